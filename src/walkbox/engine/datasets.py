"""Data sets as one numbered list of pictures, of which nothing is read before it is asked for.

Folders, files and torch data sets become a :class:`PictureSource`: 100,000 files are listed in a fraction of a second,
and each picture is decoded only by :meth:`PictureSource.read`. Needs no torch. Nothing is ever changed in place, so any
thread may use a source; what it finds out meanwhile (labels that only a read item tells) is added to by one thread at a
time.
"""

from __future__ import annotations

import bisect
import hashlib
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from walkbox.engine.pictures import LoadedPicture, array_to_rgb, read_picture, reduced, to_rgb
from walkbox.errors import PictureError

__all__ = ["MOST_FILES", "PictureSource", "open_source"]

MOST_FILES = 2_000_000
"""So many files of a folder are listed, no more: somebody gave the whole disk by mistake."""

_TARGETS = ("targets", "labels", "_labels")  # where the data sets of torchvision keep one label an item
_IMAGE_KEYS = ("image", "img", "picture", "pixel_values")
_LABEL_KEYS = ("label", "labels", "target", "fine_label")


class PictureSource:
    """Pictures by their number, 0 to ``len(source) - 1``, in the order in which they were given.

    Attributes:
        problems: a sentence for each path or folder that could not be listed.
    """

    def __init__(self, parts: Sequence[_Part] = (), problems: Sequence[str] = ()):
        self._parts = tuple(part for part in parts if len(part))
        self._starts = [0, *accumulate(len(part) for part in self._parts)]
        self.problems = tuple(problems)

    def __len__(self) -> int:
        return self._starts[-1]

    def name(self, index: int) -> str:
        """The file's name without its ending, or the number in the data set."""
        part, at = self._at(index)
        return part.name(at)

    def label(self, index: int) -> str:
        """The picture's class, or an empty string where it is not known (some data sets tell only when it is read)."""
        part, at = self._at(index)
        return part.label(at)

    def path(self, index: int) -> str:
        """The file, or an empty string."""
        part, at = self._at(index)
        return part.path(at)

    def read(self, index: int) -> LoadedPicture:
        """Decode a picture, as large as :data:`walkbox.engine.pictures.MAX_SIDE_PX` allows.

        Raises:
            PictureError: it vanished, is broken, too large or no picture, or the data set raised.
        """
        part, at = self._at(index)
        return part.read(at)

    def thumbnail(self, index: int, side_px: int) -> np.ndarray:
        """uint8 (H, W, 3), at most *side_px* wide and high; much faster than :meth:`read` for JPEG files.

        Raises:
            PictureError: as of :meth:`read`.
        """
        part, at = self._at(index)
        return part.thumbnail(at, side_px)

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The classes that are present, sorted, and int32 (N,) the place of each picture's in them (-1: not known)."""
        pieces = [part.labels() for part in self._parts]
        names = sorted({name for present, _ in pieces for name in present})
        place = {name: number for number, name in enumerate(names)}
        codes = np.full(len(self), -1, np.int32)
        for start, (present, part_codes) in zip(self._starts, pieces, strict=False):
            table = np.array([*(place[name] for name in present), -1], np.int32)
            codes[start : start + len(part_codes)] = table[part_codes]
        return tuple(names), codes

    @property
    def learns(self) -> bool:
        """Some labels are told only by pictures that are read: what :meth:`label` and :meth:`labels` say grows."""
        return any(part.learns for part in self._parts)

    def extended(self, images: Any, classes: Sequence[str] = ()) -> PictureSource:
        """Another source with more pictures behind these, which keep their numbers.

        Raises:
            PictureError: as of :func:`open_source`; this source stays as it is.
        """
        more = open_source(images, classes)
        return PictureSource((*self._parts, *more._parts), more.problems)

    def fingerprint(self) -> str:
        """Changes when a picture comes, goes or changes: of names, sizes and times of files; of a data set its kind,
        length, labels and a few items. Asks the disk about every file (a tenth of a second for 50,000).
        """
        digest = hashlib.sha256()
        for part in self._parts:
            part.describe(digest)
        return digest.hexdigest()

    def _at(self, index: int) -> tuple[_Part, int]:
        if not 0 <= index < len(self):
            raise IndexError(f"There is no picture {index}; the source has {len(self)}.")
        part = bisect.bisect_right(self._starts, index) - 1
        return self._parts[part], index - self._starts[part]


def open_source(images: Any, classes: Sequence[str] = ()) -> PictureSource:
    """List pictures without reading them.

    Args:
        images: a folder (with its subfolders, whose names become labels) or a file, a list of files and folders, a
            data set (anything with ``__len__`` and ``__getitem__`` that yields a picture, (picture, label) or a
            dictionary with "image" and "label"), or another source.
        classes: the model's; they name the labels of a data set that has only numbers, and a file in a folder named
            like one of them belongs to it.

    Raises:
        PictureError: there is not one picture, or *images* is nothing of these.
    """
    if isinstance(images, PictureSource):
        return images
    if isinstance(images, (str, os.PathLike)):
        images = [images]
    if isinstance(images, (list, tuple)) and all(isinstance(s, (str, os.PathLike)) for s in images):
        problems: list[str] = []
        source = PictureSource(list(_files(images, frozenset(classes), problems)), problems)
        if not len(source):
            where = ", ".join(str(s) for s in images[:3]) + (" ..." if len(images) > 3 else "")
            raise PictureError(
                " ".join([f"No picture in {where or 'an empty list'}.", *problems[:3]])
                + " Expected PNG, JPEG, WebP or another format that Pillow reads."
            )
        return source
    if hasattr(images, "__getitem__") and hasattr(images, "__len__"):
        source = PictureSource([_Items(images, tuple(classes))])
        if not len(source):
            raise PictureError(f"No picture in a {type(images).__name__} of no items.")
        return source
    raise PictureError(
        f"Pictures cannot come from a {type(images).__name__}. Expected a folder, a list of files, or a data set"
        " with __len__ and __getitem__."
    )


class _Part(Protocol):
    """Pictures that lie together; their numbers begin at 0."""

    @property
    def learns(self) -> bool: ...
    def __len__(self) -> int: ...
    def name(self, index: int) -> str: ...
    def label(self, index: int) -> str: ...
    def path(self, index: int) -> str: ...
    def read(self, index: int) -> LoadedPicture: ...
    def thumbnail(self, index: int, side_px: int) -> np.ndarray: ...
    def labels(self) -> tuple[tuple[str, ...], np.ndarray]: ...
    def describe(self, digest: Any) -> None: ...


class _Folder:
    """Files of one folder, which share a label. All that is kept of a file is its name."""

    learns = False

    def __init__(self, folder: str, names: list[str], label: str):
        self._folder, self._names, self._label = folder, names, label

    def __len__(self) -> int:
        return len(self._names)

    def name(self, index: int) -> str:
        stem = os.path.splitext(self._names[index])[0]
        return stem.encode("utf-8", "replace").decode()  # a name of broken bytes can be written, too

    def label(self, index: int) -> str:
        return self._label

    def path(self, index: int) -> str:
        return os.path.join(self._folder, self._names[index])

    def read(self, index: int) -> LoadedPicture:
        path = self.path(index)
        return LoadedPicture(read_picture(path), self.name(index), self._label, path)

    def thumbnail(self, index: int, side_px: int) -> np.ndarray:
        return read_picture(self.path(index), side_px)

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        present = (self._label,) if self._label else ()
        return present, np.full(len(self._names), len(present) - 1, np.int32)

    def describe(self, digest: Any) -> None:
        digest.update(f"folder {self._folder} {len(self)} {self._label}\n".encode("utf-8", "replace"))
        for name in self._names:
            try:
                known = os.stat(os.path.join(self._folder, name))
                line = f"{name} {known.st_size} {known.st_mtime_ns}\n"
            except OSError:
                line = f"{name} gone\n"
            digest.update(line.encode("utf-8", "replace"))


class _Items:
    """A data set, the user's own code: only one thread at a time calls it, and whatever it raises is told."""

    def __init__(self, items: Any, classes: tuple[str, ...]):
        self._items = items
        self._title = type(items).__name__
        self._lock = threading.Lock()
        try:
            self._count = len(items)
        except Exception as error:
            raise PictureError(
                f"The data set {self._title} does not say how long it is ({type(error).__name__}: {error}). Expected a"
                " number from its __len__."
            ) from error
        own = _classes(items)
        self._classes = classes if own is None else own
        self._numbers = _targets(items, self._count)
        self._learned: dict[int, str] = {}

    def __len__(self) -> int:
        return self._count

    @property
    def learns(self) -> bool:
        return self._numbers is None

    def name(self, index: int) -> str:
        return str(index)

    def label(self, index: int) -> str:
        if self._numbers is not None:
            return _label_text(self._numbers[index], self._classes)
        return self._learned.get(index, "")

    def path(self, index: int) -> str:
        return ""

    def read(self, index: int) -> LoadedPicture:
        try:
            with self._lock:
                picture, label = _split(self._items[index])
                pixels, path = _pixels(picture)
        except Exception as error:
            why = str(error) if isinstance(error, PictureError) else f"{type(error).__name__}: {error}"
            raise PictureError(f"Picture {index} of {self._title}: {why}") from error
        text = _label_text(label, self._classes) or self.label(index)
        self._learned[index] = text
        return LoadedPicture(pixels, str(index), text, path)

    def thumbnail(self, index: int, side_px: int) -> np.ndarray:
        return reduced(self.read(index).pixels, side_px)

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        codes = np.full(self._count, -1, np.int32)
        if self._numbers is not None:
            numbers, codes = np.unique(self._numbers, return_inverse=True)
            return tuple(_label_text(number, self._classes) for number in numbers), codes.astype(np.int32)
        learned = {index: text for index, text in list(self._learned.items()) if text}
        names = tuple(sorted(set(learned.values())))
        place = {name: number for number, name in enumerate(names)}
        for index, text in learned.items():
            codes[index] = place[text]
        return names, codes

    def describe(self, digest: Any) -> None:
        kind = f"{type(self._items).__module__}.{type(self._items).__qualname__}"
        digest.update(f"items {kind} {self._count} {getattr(self._items, 'root', '')}\n".encode("utf-8", "replace"))
        if self._numbers is not None:
            digest.update("\n".join(map(str, self._numbers.tolist())).encode("utf-8", "replace"))
        for index in sorted({0, self._count // 2, self._count - 1}):
            try:
                pixels = self.read(index).pixels
                digest.update(f"{pixels.shape}".encode() + pixels.tobytes())
            except PictureError as error:
                digest.update(str(error).encode("utf-8", "replace"))


# Files ----------------------------------------------------------------------------------------------------------------


def _files(
    sources: Iterable[str | os.PathLike[str]], classes: frozenset[str], problems: list[str]
) -> Iterator[_Folder]:
    """What there is to read: each file named, and all pictures in each folder, sorted, its subfolders after it.

    In a folder, files that are no picture by their ending are passed over. What cannot be listed becomes a problem.
    """
    Image.init()  # all formats are registered now
    endings = frozenset(Image.registered_extensions())
    for source in sources:
        root = Path(source).expanduser()
        if root.is_dir():
            yield from _tree(str(root), endings, classes, problems)
        elif root.exists():
            folder = root.parent.name
            place = "" if root.parent == Path() else str(root.parent)
            yield _Folder(place, [root.name], folder if folder in classes else "")
        else:
            problems.append(f"{root} does not exist.")


def _tree(root: str, endings: frozenset[str], classes: frozenset[str], problems: list[str]) -> Iterator[_Folder]:
    count = 0
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        inside: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    dot = name.rfind(".")
                    if dot > 0 and name[dot:].lower() in endings:
                        names.append(name)
                    elif entry.is_dir(follow_symlinks=False):
                        inside.append(entry.path)
        except OSError as error:
            problems.append(f"The folder {folder} cannot be read: {error.strerror or error}.")
        names.sort()
        waiting += sorted(inside, reverse=True)
        if names:
            below = os.path.basename(folder)
            yield _Folder(folder, names, below if folder != root or below in classes else "")
        count += len(names)
        if count > MOST_FILES:
            problems.append(f"{root} holds more than {MOST_FILES:,} pictures; only the first {count:,} are listed.")
            return


# Data sets ------------------------------------------------------------------------------------------------------------


def _split(item: Any) -> tuple[Any, Any]:
    """Picture and label of an item of a data set."""
    if isinstance(item, dict):
        picture = next((item[key] for key in _IMAGE_KEYS if key in item), None)
        if picture is None:
            raise PictureError(f"an item with the keys {', '.join(map(repr, item))}; 'image' was expected among them.")
        return picture, next((item[key] for key in _LABEL_KEYS if key in item), None)
    picture, label = (item[0], item[1]) if isinstance(item, (tuple, list)) and len(item) > 1 else (item, None)
    if isinstance(picture, (tuple, list)) and len(picture) == 1:
        picture = picture[0]
    return picture, label


def _pixels(picture: Any) -> tuple[np.ndarray, str]:
    """uint8 (H, W, 3) of what a data set calls a picture, and its file if it has one."""
    if isinstance(picture, Image.Image):
        return to_rgb(picture), ""
    if isinstance(picture, (str, os.PathLike)):
        return read_picture(picture), str(picture)
    if picture is None or isinstance(picture, (bool, int, float)):
        raise PictureError(f"{picture!r} is no picture; a Pillow image, an array, a tensor or a path was expected.")
    if "torch" in sys.modules and isinstance(picture, sys.modules["torch"].Tensor):
        tensor: Any = picture.detach().cpu()
        picture = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    return array_to_rgb(np.asarray(picture)), ""


def _label_text(label: Any, classes: Sequence[str]) -> str:
    if label is None or isinstance(label, str):
        return str(label or "")
    try:
        number = int(label)
    except (TypeError, ValueError, RuntimeError):
        return ""  # boxes, masks and the like
    return str(classes[number]) if 0 <= number < len(classes) else str(number)


def _classes(items: Any) -> tuple[str, ...] | None:
    """The class names that a data set (or the one that it is a part of) gives, or None."""
    found = getattr(items, "classes", None)
    if isinstance(found, (list, tuple)) and found:
        return tuple(map(str, found))
    whole = getattr(items, "dataset", None)
    return None if whole is None or whole is items else _classes(whole)


def _targets(items: Any, count: int) -> np.ndarray | None:
    """(N,) labels of all items where the data set has them as a list, so that none need be read; else None."""
    for name in _TARGETS:
        found = getattr(items, name, None)
        if found is None or callable(found):
            continue
        try:
            labels = np.asarray(found)
        except Exception:  # a ragged list, a tensor on a device: then they are told item by item
            continue
        if labels.shape == (count,) and labels.dtype.kind in "iuU":
            return labels
    whole, chosen = getattr(items, "dataset", None), getattr(items, "indices", None)
    if whole is None or chosen is None or whole is items:
        return None
    try:
        labels = _targets(whole, len(whole))
        return None if labels is None else labels[np.asarray(chosen, np.int64)]
    except Exception:
        return None
