"""Layers as files: what can be exported, and the folder that holds it.

::

    DIR/manifest.json                                 what it is, of what, how it was made, and each file's SHA-256
        layers.csv, maps.csv                          statistics of layers and of their maps
        network0/Activation/layer3/17.png             a feature map, coloured as on its wall, a pixel a value
        network0/Activation/layer9/hot dog.png        the same of an output whose classes are known
        network0/Kernel/layer3/17.png                 the kernels that make channel 17
        network0/Sheet/layer3.png, layer3 kernels.png contact sheets
        network0/Values/layer3.npz                    the layer's tensor as it is
        network0/Weights/layer3.npz                   its parameters, by name

A layer is written as soon as its values exist, in pieces: whoever drives :class:`Writer` may pause between any two
files. Knows no torch; the engine brings the arrays.
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from walkbox import __version__
from walkbox.colour import automatic, balanced, colours, table
from walkbox.errors import UsageError, WalkboxError, nearest
from walkbox.graph import Layer, ModelGraph
from walkbox.messages import LayerStatistics
from walkbox.names import distinct_names
from walkbox.sheet import Legend, contact_sheet

__all__ = [
    "DEFAULT_KINDS",
    "KINDS",
    "ExportJob",
    "LayerContents",
    "Writer",
    "check_folder",
    "check_kinds",
    "chosen",
    "layer_range",
]

KINDS: dict[str, str] = {
    "activations": "a PNG for each feature map, a pixel a value, coloured as on the walls",
    "sheet": "a contact sheet for each layer, and with kernels one of these",
    "values": "the layer's tensor, whole and unrounded (npz)",
    "kernels": "a PNG for each channel with the kernels that make it",
    "weights": "the layer's parameters (npz)",
    "statistics": "tables of minimum, maximum, mean, ... of each layer and each map (CSV)",
}
"""What can be exported, and what that is."""

DEFAULT_KINDS = ("activations", "sheet", "statistics")

FORMAT = "walkbox export 1"
MANIFEST = "manifest.json"

_CHUNK_VALUES = 1 << 18
_NO_TOKEN = (21, 26, 35)  # as in maps.frag
_NOT_OURS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # file managers leave them anywhere
_LISTED_AT_ONCE = 64


@dataclass(frozen=True)
class ExportJob:
    """What is to be exported, and where to.

    Attributes:
        folder: a new one, or an empty one.
        layers: names, or patterns such as ``layer1.*``; none for all layers.
        what: names of :data:`KINDS`.
        force: an older export that stands there is replaced.
        display: fields of ``walkbox.scene.display.Display`` by name; what is missing is as there.
        limits: true values of the first and the last colour, by name of the layer, where they were set by hand.
        depth: which slice of volumes is drawn, 0..1.
        network: its id, for the names of the folders.
        picture, label, path: name, class and file of the picture; empty where there is none.
        strokes: how many were painted on it.
    """

    folder: Path
    layers: tuple[str, ...] = ()
    what: tuple[str, ...] = DEFAULT_KINDS
    force: bool = False
    display: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    depth: float = 0.5
    network: int = 0
    picture: str = ""
    label: str = ""
    path: str = ""
    strokes: int = 0

    @property
    def task(self) -> str:
        """Its name in ``Progress`` and ``CancelTask``."""
        return f"exporting to {self.folder.name}"

    @property
    def look(self) -> dict[str, str]:
        """The display, whole."""
        usual = {"colormap": "auto", "scope": "layer", "limits": "percentiles", "symmetric": "auto"}
        known = {**usual, "transfer": "linear", **self.display}
        known.pop("interpolation", None)  # a pixel is a value here
        return known


@dataclass(frozen=True)
class LayerContents:
    """Arrays of one layer, for :meth:`Writer.layer`.

    Attributes:
        layer: whose.
        maps: float32 (count, height, width).
        statistics: exact, from those values (of class tokens without the empty places beside them).
        tensor: its whole value as it is, when ``values`` are wanted.
        kernels: (outputs, inputs of a group, height, width), when wanted and there are any.
        parameters: by name, when ``weights`` are wanted.
    """

    layer: Layer
    maps: np.ndarray
    statistics: LayerStatistics
    tensor: np.ndarray | None = None
    kernels: np.ndarray | None = None
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)


def check_kinds(what: Iterable[str]) -> tuple[str, ...]:
    """The kinds, each once and in the order of :data:`KINDS`.

    Raises:
        UsageError: there is no such kind, or none was named.
    """
    wanted = set(what)
    for name in sorted(wanted - KINDS.keys()):
        hint = nearest(name, KINDS)
        raise UsageError(f"{name!r} cannot be exported. {hint + ' ' if hint else ''}The choices: {', '.join(KINDS)}.")
    if not wanted:
        raise UsageError(f"Nothing was named to export. The choices: {', '.join(KINDS)}.")
    return tuple(name for name in KINDS if name in wanted)


def chosen(graph: ModelGraph, patterns: Iterable[str]) -> tuple[Layer, ...]:
    """The layers of these names or patterns, in the order in which they ran; all without a pattern.

    Raises:
        LayerNotFoundError: one of them means no layer; with the nearest names.
    """
    patterns = tuple(patterns)
    if not patterns:
        return graph.layers
    found: set[int] = set()
    known = {layer.name: layer.id for layer in graph.layers}
    for pattern in patterns:
        fitting = [known[pattern]] if pattern in known else []
        if not fitting and any(c in pattern for c in "*?["):
            fitting = [id_ for name, id_ in known.items() if fnmatch.fnmatchcase(name, pattern)]
        found.update(fitting or [graph.layer(pattern).id])
    return tuple(layer for layer in graph.layers if layer.id in found)


def check_folder(folder: Path, force: bool = False) -> None:
    """Say now what would keep an export from standing there.

    Raises:
        UsageError: there can be no such folder.
        WalkboxError: it is not empty, and *force* is not given or something else than an older export is in it.
    """
    target = Path(folder).resolve()
    if not target.parent.is_dir():
        raise UsageError(
            f"The folder {target.parent}, in which to write {target.name!r}, does not exist. Make it first."
        )
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder to write to.")
    if target.is_mount():
        raise UsageError(f"{folder} is where a disk is mounted. Name a folder in it.")
    try:
        held = sorted(entry.name for entry in target.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}. Name another folder.") from error
    if not held:
        return
    if not force:
        raise WalkboxError(
            f"{folder} is not empty, it holds {_listed(held)}. Name another folder, or replace an older export with"
            " --force."
        )
    if stranger := _stranger(target):
        raise WalkboxError(
            f"{folder} is not replaced: it holds {stranger}, which no export has written. --force replaces exports"
            " alone; name another folder."
        )


def _stranger(target: Path) -> str:
    """A file that is not of the export in that folder, or an empty string."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        ours = {entry["path"] for entry in manifest["files"]} if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    for where, _, names in os.walk(target):
        for name in sorted(names):
            path = (Path(where) / name).relative_to(target).as_posix()
            if path not in ours and name not in _NOT_OURS and not (ours and path == MANIFEST):
                return path
    return ""


def layer_range(
    statistics: LayerStatistics, look: Mapping[str, str], model: tuple[float, float] | None = None
) -> np.ndarray:
    """float32 (2,) true values of the first and the last colour, or (count, 2) where each map has its own.

    The same as ``walkbox.scene.network.Network.ranges``.

    Args:
        statistics: of the layer.
        look: fields of a display.
        model: with the scope ``model``: smallest and largest of what :func:`raw_range` says of all layers.
    """
    signed = np.asarray(statistics.minimum < 0)
    if look["scope"] == "map":
        low, high = statistics.map_minimum.astype(np.float64), statistics.map_maximum.astype(np.float64)
        return balanced(low, high, np.broadcast_to(signed, low.shape), look["symmetric"])
    ends = model if look["scope"] == "model" and model is not None else raw_range(statistics, look)
    return balanced(np.asarray(ends[0], np.float64), np.asarray(ends[1], np.float64), signed, look["symmetric"])


def raw_range(statistics: LayerStatistics, look: Mapping[str, str]) -> tuple[float, float]:
    """A layer's range before it is made symmetric."""
    low, high = statistics.minimum, statistics.maximum
    first, last = float(statistics.percentiles[0]), float(statistics.percentiles[6])
    if look["limits"] == "percentiles" and last > first:
        low, high = max(low, first), min(high, last)
    return low, high


class Writer:
    """Writes an export into a folder.

    Args:
        job: what is wanted.
        folder: an empty one to write to; what raises leaves it as it then is.
        graph: the recorded model.
        classes: names of its outputs, or none.
        model: as for :func:`layer_range`.
    """

    def __init__(
        self,
        job: ExportJob,
        folder: Path,
        graph: ModelGraph,
        classes: tuple[str, ...] = (),
        model: tuple[float, float] | None = None,
    ):
        self.job = job
        self.written = 0
        self._folder = folder
        self._graph = graph
        self._classes = classes
        self._model = model
        self._files: list[dict[str, Any]] = []
        self._layers: list[dict[str, Any]] = []

    def expected(self, layer: Layer, kernels: int = 0) -> int:
        """Files that a layer will be, tables left out; *kernels*: the outputs of its kernels."""
        what, count = self.job.what, layer.maps.count if layer.maps.values else 0
        drawn = count * ("activations" in what) + (count > 0) * ("sheet" in what)
        kernel_files = (kernels + (kernels > 0) * ("sheet" in what)) * ("kernels" in what)
        return drawn + kernel_files + ("values" in what) + bool(layer.parameters and "weights" in what)

    def layer(self, contents: LayerContents) -> Iterator[None]:
        """Write one layer, a file a step."""
        layer, what = contents.layer, self.job.what
        known: dict[str, Any] = {
            **layer.to_json(),
            **{f"maps_{key}": value for key, value in asdict(layer.maps).items() if key != "channels_last"},
            "parameters": list(layer.parameters),
        }
        labels = self._labels(layer)
        if layer.maps.values and ("activations" in what or "sheet" in what):
            yield from self._maps(contents, labels, known)
        if "values" in what and contents.tensor is not None:
            self._arrays(f"Values/layer{layer.id}.npz", {"values": contents.tensor}, layer)
            yield
        if "kernels" in what and contents.kernels is not None and contents.kernels.size:
            yield from self._kernels(layer, contents.kernels, labels, known)
        if "weights" in what and contents.parameters:
            self._arrays(f"Weights/layer{layer.id}.npz", contents.parameters, layer)
            yield
        if "statistics" in what:
            self._describe(layer, contents.statistics, labels)
            yield
        self._layers.append(known)

    def finish(self, about: Mapping[str, Any]) -> Iterator[None]:
        """Write the manifest, a few lines a step; *about* are its entries on model, picture and input."""
        if "statistics" in self.job.what:
            for name in ("layers.csv", "maps.csv"):
                self._file(self._folder / name, {"kind": "statistics"})
        head = {
            "format": FORMAT,
            "walkbox": __version__,
            "date": datetime.now().astimezone().isoformat(timespec="seconds"),
            **about,
            "network": self.job.network,
            "detail": self._graph.detail,
            "what": list(self.job.what),
            "settings": {**self.job.look, "depth": self.job.depth},
            "limits": {name: list(ends) for name, ends in self.job.limits.items()},
        }
        with self._guard(MANIFEST), (self._folder / MANIFEST).open("w", encoding="utf-8", newline="\n") as out:
            out.write("{\n" + ",\n".join(f' "{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in head.items()))
            for name, entries in (("layers", self._layers), ("files", self._files)):
                out.write(f',\n "{name}": [')
                for first in range(0, len(entries), _LISTED_AT_ONCE):
                    some = entries[first : first + _LISTED_AT_ONCE]
                    lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in some)
                    out.write(("\n" if not first else ",\n") + lines)
                    yield
                out.write("\n ]")
            out.write("\n}\n")
        self.written += 1

    # Pictures -----------------------------------------------------------------------------------------------------

    def _maps(self, contents: LayerContents, labels: list[str], known: dict[str, Any]) -> Iterator[None]:
        layer = contents.layer
        look = self.job.look
        signed = contents.statistics.minimum < 0
        colormap = automatic(signed) if look["colormap"] == "auto" else look["colormap"]
        hand = self.job.limits.get(layer.name)
        ends = np.asarray(hand, np.float32) if hand else layer_range(contents.statistics, look, self._model)
        known |= {"colormap": colormap, "range": None if ends.ndim == 2 else ends.tolist()}
        names = distinct_names(labels)
        pictures: list[np.ndarray] = []
        for channel, pixels in enumerate(_coloured(contents.maps, ends, colormap, look["transfer"], layer.maps.prefix)):
            if "activations" in self.job.what:
                path = f"Activation/layer{layer.id}/{names[channel]}.png"
                self._picture(path, pixels, layer, channel)
                yield
            if "sheet" in self.job.what:
                pictures.append(pixels)
        if pictures:
            facts = f"{layer.op.replace('+', ' + ')}   {layer.shape_text}   {self.job.picture}".rstrip()
            legend = Legend(table(colormap), *_ends(ends))
            if contents.maps[0].size == 1:
                labels = [f"{name}  {_number(value)}" for name, value in zip(labels, contents.maps.flat, strict=True)]
            self._sheet(f"Sheet/layer{layer.id}.png", layer, contact_sheet(pictures, labels, layer.name, facts, legend))
            yield

    def _kernels(self, layer: Layer, kernels: np.ndarray, labels: list[str], known: dict[str, Any]) -> Iterator[None]:
        finite = kernels[np.isfinite(kernels)]
        reach = float(np.abs(finite).max()) if finite.size else 1.0
        reach = reach if reach > 0 else 1.0
        look = self.job.look["colormap"]
        colormap = automatic(True) if look == "auto" else look
        known["kernel_range"] = [-reach, reach]
        if len(labels) != len(kernels):
            labels = [str(k) for k in range(len(kernels))]
        names = distinct_names(labels)
        pictures: list[np.ndarray] = []
        for channel, kernel in enumerate(kernels):
            pixels = _tiled(kernel, reach, colormap)
            self._picture(f"Kernel/layer{layer.id}/{names[channel]}.png", pixels, layer, channel)
            yield
            if "sheet" in self.job.what:
                pictures.append(pixels)
        if pictures:
            outputs, inputs, height, width = kernels.shape
            facts = f"{outputs} times {inputs} kernels of {height} \N{MULTIPLICATION SIGN} {width}"
            legend = Legend(table(colormap), *_ends(np.array([-reach, reach])))
            title = f"{layer.name}: kernels"
            self._sheet(
                f"Sheet/layer{layer.id} kernels.png", layer, contact_sheet(pictures, labels, title, facts, legend)
            )
            yield

    def _labels(self, layer: Layer) -> list[str]:
        """What each map is called: its class where it is an output whose classes are known, else its channel."""
        if layer.output and len(self._classes) == layer.maps.count > 1:
            return list(self._classes)
        return [str(channel) for channel in range(layer.maps.count)]

    def _picture(self, path: str, pixels: np.ndarray, layer: Layer, channel: int) -> None:
        kind = "kernels" if path.startswith("Kernel") else "activations"
        self._bytes(path, _png(pixels), {"kind": kind, "layer": layer.id, "channel": channel})

    def _sheet(self, path: str, layer: Layer, pixels: np.ndarray) -> None:
        self._bytes(path, _png(pixels), {"kind": "sheet", "layer": layer.id})

    # Numbers ------------------------------------------------------------------------------------------------------

    def _arrays(self, path: str, arrays: Mapping[str, np.ndarray], layer: Layer) -> None:
        place = self._place(path)
        with self._guard(path):
            _save_npz(place, arrays)
        self._file(place, {"kind": path.partition("/")[0].lower(), "layer": layer.id})

    def _describe(self, layer: Layer, known: LayerStatistics, labels: list[str]) -> None:
        dead = float(np.mean(known.map_zeros == 1)) if layer.maps.values else 0.0
        maps = layer.maps
        row: list[Any] = [layer.id, layer.name, layer.op, "x".join(map(str, layer.shape)), maps.count, maps.height]
        row += [maps.width, np.float32(known.minimum), np.float32(known.maximum), known.mean, known.std]
        row += [known.zeros, known.nans, dead, *known.percentiles]
        self._rows("layers.csv", _LAYER_COLUMNS, [map(str, row)])  # float32: as short as is exact
        columns = (known.map_minimum, known.map_maximum, known.map_mean, known.map_std, known.map_zeros, known.map_nans)
        texts = [[str(number) for number in column] for column in columns]
        rows = ([layer.id, layer.name, k, label, *(text[k] for text in texts)] for k, label in enumerate(labels))
        self._rows("maps.csv", _MAP_COLUMNS, rows if layer.maps.values else ())

    def _rows(self, name: str, columns: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> None:
        place = self._folder / name
        with self._guard(name), place.open("a", encoding="utf-8", newline="") as out:
            table_ = csv.writer(out, lineterminator="\n")
            if not out.tell():
                table_.writerow(columns)
            table_.writerows(rows)

    # Files --------------------------------------------------------------------------------------------------------

    def _place(self, path: str) -> Path:
        place = self._folder / f"network{self.job.network}" / path
        if not place.parent.is_dir():
            with self._guard(path):
                place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _bytes(self, path: str, data: bytes, facts: dict[str, Any]) -> None:
        place = self._place(path)
        with self._guard(path):
            place.write_bytes(data)
        self._list(place, facts, len(data), hashlib.sha256(data).hexdigest())

    def _file(self, place: Path, facts: dict[str, Any]) -> None:
        with self._guard(place.name), place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._list(place, facts, place.stat().st_size, digest)

    def _list(self, place: Path, facts: dict[str, Any], size: int, digest: str) -> None:
        path = place.relative_to(self._folder).as_posix()
        self._files.append({"path": path, **facts, "bytes": size, "sha256": digest})
        self.written += 1

    def _guard(self, path: str) -> _Guard:
        return _Guard(path, self.job.folder)


class _Guard:
    """Turns an OSError into one that names the file and the export."""

    def __init__(self, path: str, folder: Path):
        self._path, self._folder = path, folder

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise WalkboxError(
                f"{self._path} cannot be written: {error.strerror or error}. Nothing was left behind, and what stood at"
                f" {self._folder} still does."
            ) from error


_LAYER_COLUMNS = (
    *("layer name op shape maps height width minimum maximum mean std zeros not_finite dead_maps".split()),
    *("p1 p5 p25 p50 p75 p95 p99".split()),
)
_MAP_COLUMNS = tuple("layer name channel label minimum maximum mean std zeros not_finite".split())


def _coloured(maps: np.ndarray, ends: np.ndarray, colormap: str, transfer: str, prefix: int) -> Iterator[np.ndarray]:
    """uint8 (height, width, 3) of each map, made a few at a time."""
    count, height, width = maps.shape
    empty = np.zeros((height, width), bool)
    if prefix:  # class tokens stand in the first column, the second is empty
        empty[:, 1], empty[prefix:, 0] = True, True
    step = 1 if ends.ndim == 2 else max(1, _CHUNK_VALUES // max(1, height * width))
    for first in range(0, count, step):
        some = maps[first : first + step]
        low, high = ends[first] if ends.ndim == 2 else ends
        flat = colours(some.reshape(-1, width), float(low), float(high), colormap, transfer)
        for pixels in flat.reshape(-1, height, width, 3):
            if prefix:
                pixels[empty] = _NO_TOKEN
            yield pixels


def _tiled(kernel: np.ndarray, reach: float, colormap: str) -> np.ndarray:
    """uint8 (h, w, 3) of the kernels (inputs, height, width) of one output in rows, a dark line between them."""
    inputs, height, width = kernel.shape
    gap = 0 if height == width == 1 else 1
    columns = inputs if inputs <= 4 else math.ceil(math.sqrt(inputs * height / width))
    rows = -(-inputs // columns)
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.uint8)
    sheet[:] = _NO_TOKEN
    pixels = colours(kernel.reshape(-1, width), -reach, reach, colormap).reshape(inputs, height, width, 3)
    for k in range(inputs):
        y, x = k // columns * (height + gap), k % columns * (width + gap)
        sheet[y : y + height, x : x + width] = pixels[k]
    return sheet


def _ends(ends: np.ndarray) -> tuple[str, str]:
    if ends.ndim == 2:
        return "each map's minimum", "its maximum"
    return _number(ends[0]), _number(ends[1])


def _number(value: float) -> str:
    return f"{float(value):.4g}".replace("-", "\N{MINUS SIGN}", 1)


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", compress_level=6)
    return out.getvalue()


def _save_npz(place: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """As ``numpy.savez``, which has no room for a parameter that is called ``file``; equal arrays give equal bytes."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
        for name, array in arrays.items():
            with out.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array, order="C"), allow_pickle=False)


def _listed(names: list[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
