"""Picture files, folders and data sets, read into uint8 RGB.

Nothing is trusted: what cannot be decoded, or is absurdly large, becomes a :class:`PictureError` with the reason.
Reading needs no torch.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from walkbox.errors import PictureError

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE_PX",
    "LoadedPicture",
    "array_to_rgb",
    "find_pictures",
    "load_pictures",
    "read_picture",
    "to_rgb",
]

MAX_PIXELS = 100_000_000
"""Files with more pixels are refused before they are decoded."""

MAX_SIDE_PX = 2048
"""Larger pictures are reduced to this longer side."""

_CHANNELS = (1, 3, 4)
_SEARCH_LIMIT = 200_000  # files looked at in a folder


@dataclass(frozen=True)
class LoadedPicture:
    """A picture from outside.

    Attributes:
        pixels: uint8 (H, W, 3), sRGB, row 0 on top.
        name: the file's name without its ending, or the index in the data set.
        label: the class that the source gives, or an empty string.
        path: the file, or an empty string.
    """

    pixels: np.ndarray
    name: str
    label: str = ""
    path: str = ""


def load_pictures(source: Any, limit: int = 24) -> tuple[list[LoadedPicture], list[str]]:
    """Load up to *limit* pictures, spread evenly over the source.

    Args:
        source: a folder (with its subfolders, whose names become labels) or a file, a list of files and folders, or a
            torch ``Dataset``: anything with ``__len__`` and ``__getitem__`` that yields a picture or (picture, label).
        limit: most pictures.

    Returns:
        The pictures, and a sentence for each that could not be read.

    Raises:
        PictureError: when there is not one picture.
    """
    problems: list[str] = []
    loaded: list[LoadedPicture] = []
    if isinstance(source, (str, os.PathLike)):
        source = [source]
    if isinstance(source, (list, tuple)) and all(isinstance(s, (str, os.PathLike)) for s in source):
        found = find_pictures(source, problems)
        for path, label in _spread(found, limit):
            try:
                loaded.append(LoadedPicture(read_picture(path), path.stem, label, str(path)))
            except PictureError as error:
                problems.append(str(error))
        where = ", ".join(str(s) for s in source[:3]) + (" ..." if len(source) > 3 else "")
    elif hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        for index in _spread(range(len(source)), limit):
            try:
                loaded.append(_from_dataset(source, index))
            except Exception as error:  # the data set is the user's own code
                problems.append(f"Picture {index} of {type(source).__name__}: {type(error).__name__}: {error}")
        where = f"{type(source).__name__} of {len(source)} items"
    else:
        raise PictureError(
            f"Pictures cannot come from a {type(source).__name__}. Expected a folder, a list of files, or a data set"
            " with __len__ and __getitem__."
        )
    if not loaded and limit > 0:
        raise PictureError(f"No picture in {where or 'an empty list'}. " + " ".join(problems[:3]))
    return loaded, problems


def find_pictures(
    sources: Iterable[str | os.PathLike[str]], problems: list[str] | None = None
) -> list[tuple[Path, str]]:
    """Files to read, with labels: each file named, and all pictures in each folder, sorted.

    In a folder, files that are no picture by their ending are passed over and subfolders give the label. A path that
    does not exist is added to *problems*.
    """
    endings = Image.registered_extensions().keys()
    found: list[tuple[Path, str]] = []
    for source in sources:
        root = Path(source).expanduser()
        if not root.is_dir():
            if root.exists():
                found.append((root, ""))
            elif problems is not None:
                problems.append(f"{root} does not exist.")
            continue
        inside: list[tuple[Path, str]] = []
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            label = Path(folder).name if Path(folder) != root else ""
            names = (f for f in sorted(files) if Path(f).suffix.lower() in endings and not f.startswith("."))
            inside += [(Path(folder, name), label) for name in names]
            if len(inside) > _SEARCH_LIMIT:
                break
        found += inside
    return found


def read_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """Decode a file to uint8 (H, W, 3), upright, at most :data:`MAX_SIDE_PX` wide and high.

    Raises:
        PictureError: it does not exist, is no picture, is broken, or is too large to be decoded safely.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
        with image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise PictureError(
                    f"{path} has {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are decoded."
                    " Make it smaller first."
                )
            image.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))
            return to_rgb(image)
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{path} claims to have too many pixels to be decoded safely ({error}); at most"
            f" {MAX_PIXELS // 1_000_000} million are decoded."
        ) from error
    except Exception as error:  # decoders raise whatever they like for broken files
        raise PictureError(
            f"{path} cannot be read as a picture ({type(error).__name__}: {error}). Expected PNG, JPEG, WebP or another"
            " format that Pillow reads."
        ) from error


def to_rgb(image: Image.Image) -> np.ndarray:
    """uint8 (H, W, 3) of any Pillow picture: turned upright, its first frame, 16 bits to 8, transparency over white."""
    image.seek(0)
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
        values = np.asarray(image, dtype=np.float64)
        if mode == "F" or values.min() < 0 or values.max() > 65535:
            values = _stretched(values)
        else:
            values = values / 257
        upright = ImageOps.exif_transpose(Image.fromarray(values.round().astype(np.uint8)))
        image = upright.convert("RGB")
    else:
        if max(image.size) > MAX_SIDE_PX:
            image = image.copy()  # the caller's stays as it is
            image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
        image = ImageOps.exif_transpose(image)
        if "transparency" in image.info or mode in ("RGBA", "RGBa", "LA", "La", "PA"):
            image = image.convert("RGBA")
            ground = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(ground, image)
        image = image.convert("RGB")
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return np.array(image)


def array_to_rgb(values: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) of an array (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 channels.

    Floats of 0 to 1 are taken as they are, others are stretched from their minimum to their maximum.

    Raises:
        PictureError: for another shape.
    """
    shape = values.shape
    channels_last = values.ndim == 3 and shape[2] in _CHANNELS
    # Where both ends could be channels: tensors have them first, pictures last.
    if values.ndim == 3 and shape[0] in _CHANNELS and (not channels_last or values.dtype.kind == "f"):
        values = values.transpose(1, 2, 0)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in _CHANNELS or not values.size:
        raise PictureError(
            f"An array of shape {shape} is no picture: expected (H, W), (H, W, C) or (C, H, W) with C 1, 3 or 4."
        )
    if values.dtype != np.uint8:
        values = values.astype(np.float64)
        inside = np.nanmin(values) >= 0 and np.nanmax(values) <= 1
        values = np.nan_to_num(values * 255 if inside else _stretched(values)).round().astype(np.uint8)
    if values.shape[2] == 1:
        values = values.repeat(3, axis=2)
    if values.shape[2] == 4:
        return to_rgb(Image.fromarray(np.ascontiguousarray(values), "RGBA"))
    return np.ascontiguousarray(values)


def _stretched(values: np.ndarray) -> np.ndarray:
    """float64 0..255, from the smallest to the largest finite value."""
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 1.0)
    stretched = (values - low) / (high - low or 1.0) * 255
    return np.nan_to_num(stretched, posinf=255.0, neginf=0.0).clip(0, 255)


def _from_dataset(source: Any, index: int) -> LoadedPicture:
    item = source[index]
    picture, label = (item[0], item[1]) if isinstance(item, (tuple, list)) and len(item) > 1 else (item, None)
    if isinstance(picture, (tuple, list)) and len(picture) == 1:
        picture = picture[0]
    path = ""
    if isinstance(picture, Image.Image):
        pixels = to_rgb(picture)
    elif isinstance(picture, (str, os.PathLike)):
        pixels, path = read_picture(picture), str(picture)
    else:
        tensor: Any = picture
        if "torch" in sys.modules and isinstance(tensor, sys.modules["torch"].Tensor):
            tensor = tensor.detach().cpu().numpy()
        pixels = array_to_rgb(np.asarray(tensor))
    return LoadedPicture(pixels, str(index), _label_text(label, getattr(source, "classes", None)), path)


def _label_text(label: Any, classes: Sequence[str] | None) -> str:
    if label is None or isinstance(label, str):
        return label or ""
    try:
        number = int(label)
    except (TypeError, ValueError, RuntimeError):
        return ""  # boxes, masks and the like
    return str(classes[number]) if classes is not None and 0 <= number < len(classes) else str(number)


def _spread(items: Sequence[Any], limit: int) -> list[Any]:
    """*limit* of the items, evenly spaced; all when there are fewer."""
    if len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]
