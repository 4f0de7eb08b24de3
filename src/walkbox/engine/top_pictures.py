"""The pictures of a data set that excite each channel most: one pass over it serves all layers, and is kept on disk."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import torch

from walkbox.capture.maps import to_block
from walkbox.engine.datasets import PictureSource
from walkbox.engine.inputs import normalisation
from walkbox.errors import WalkboxError
from walkbox.files import written_whole
from walkbox.findings import FINDING_TOP, TopPicture, TopPictures
from walkbox.graph import Layer, ModelGraph
from walkbox.messages import Message, Progress, Remark

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["TOP", "Best", "TopTask", "cache_folder", "cache_name"]

TOP = 9
"""So many pictures are kept for each channel."""

TELL_S = 0.5
FORMAT = 1
NOWHERE = (0.0, 0.0, 0.0, 0.0)

Boxes = dict[tuple[int, int], tuple[tuple[float, float, float, float], ...]]
"""For a layer and a channel the box of each of its top pictures, as of :class:`walkbox.findings.TopPicture`."""


def cache_folder() -> Path:
    """Where results are kept: in the platform's folder for caches, or in that of ``WALKBOX_CACHE_DIR``."""
    return Path(os.environ.get("WALKBOX_CACHE_DIR") or platformdirs.user_cache_dir("walkbox")) / "top"


def cache_name(weights: str, graph: ModelGraph, spec: ModelSpec, source: PictureSource, depth: float) -> str:
    """A file's name that is another one for other weights, layers, pictures, or another way to the model's input."""
    mean, std = normalisation(spec)
    transform = "" if spec.transform is None else str(spec.transform).split(" at 0x")[0]
    digest = hashlib.sha256(f"{FORMAT} {TOP} {weights} {source.fingerprint()} {mean} {std} {transform}".encode())
    for layer in graph.layers:
        digest.update(f"{layer.name} {layer.shape} {layer.maps.kind}\n".encode())
    digest.update(f"{depth:.4f}".encode() if any(layer.maps.kind == "volume" for layer in graph.layers) else b"")
    return f"{digest.hexdigest()[:32]}.npz"


class Best:
    """The largest values of each channel of each layer, and where they were.

    Attributes:
        done: pictures taken in.
        values: for each layer float32 (count, TOP), the largest first, -inf where there is none yet.
        entries, places: the same int32: the pictures' numbers, and row * width + column in the map.
    """

    def __init__(self, graph: ModelGraph):
        self.done = 0
        shapes = [(layer.maps.count if layer.maps.values else 0, TOP) for layer in graph.layers]
        self.values = [np.full(shape, -np.inf, np.float32) for shape in shapes]
        self.entries = [np.full(shape, -1, np.int32) for shape in shapes]
        self.places = [np.zeros(shape, np.int32) for shape in shapes]

    def take(self, layer: int, entry: int, maps: torch.Tensor) -> None:
        """Take in the maps (count, H, W) of a picture."""
        flat = torch.nan_to_num(maps.detach().reshape(len(maps), -1).float(), nan=-torch.inf)
        found = flat.max(dim=1)
        value, place = found.values.cpu().numpy(), found.indices.cpu().numpy().astype(np.int32)
        rows = np.flatnonzero(value > self.values[layer][:, -1])
        if not len(rows):
            return
        both = np.concatenate([self.values[layer][rows], value[rows, None]], axis=1)
        order = np.argsort(-both, axis=1, kind="stable")[:, :TOP]
        self.values[layer][rows] = np.take_along_axis(both, order, axis=1)
        for kept, new in ((self.entries, np.full(len(rows), entry, np.int32)), (self.places, place[rows])):
            wider = np.concatenate([kept[layer][rows], new[:, None]], axis=1)
            kept[layer][rows] = np.take_along_axis(wider, order, axis=1)

    def message(self, network: int, layer: Layer, total: int, boxes: Boxes) -> TopPictures:
        """What is known of a layer."""
        width = max(layer.maps.width, 1)
        channels = []
        for channel in range(len(self.values[layer.id])):
            known = boxes.get((layer.id, channel), ())
            rows = zip(
                self.values[layer.id][channel],
                self.entries[layer.id][channel],
                self.places[layer.id][channel],
                strict=True,
            )
            channels.append(
                tuple(
                    TopPicture(
                        int(entry),
                        float(value),
                        int(place) // width,
                        int(place) % width,
                        known[rank] if rank < len(known) else NOWHERE,
                    )
                    for rank, (value, entry, place) in enumerate(rows)
                    if entry >= 0
                )
            )
        return TopPictures(network, 0, layer.id, self.done, total, tuple(channels))

    def save(self, path: Path) -> None:
        """Write it to a file, whole or not at all.

        Raises:
            WalkboxError: that is not possible.
        """
        arrays = {
            f"{name}{k}": array
            for name in ("values", "entries", "places")
            for k, array in enumerate(getattr(self, name))
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WalkboxError(f"Cannot make the folder {path.parent}: {error.strerror}.") from error
        with written_whole(path) as beside, beside.open("wb") as file:
            np.savez(file, done=np.int64(self.done), **arrays)

    def load(self, path: Path) -> None:
        """Take over what a file says.

        Raises:
            OSError, ValueError, KeyError: it does not exist, is broken or of something else; nothing has changed then.
        """
        with np.load(path, allow_pickle=False) as file:
            done = int(file["done"])
            read = {
                name: [file[f"{name}{k}"] for k in range(len(self.values))] for name in ("values", "entries", "places")
            }
        for name, arrays in read.items():
            for mine, theirs in zip(getattr(self, name), arrays, strict=True):
                if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
                    raise ValueError(f"{name} is {theirs.dtype} {theirs.shape}, {mine.dtype} {mine.shape} was expected")
        self.done, self.values, self.entries, self.places = done, read["values"], read["entries"], read["places"]


class TopTask:
    """A task of :class:`walkbox.engine.background.Background`.

    Args:
        graph: the layers.
        source: the data set.
        network: id for the messages.
        post: takes :class:`walkbox.findings.TopPictures` of the layers that somebody asked for, and progress.
        replayed: runs the model on uint8 (H, W, 3) and hands out each layer's tensor; the model stays as it was.
        file: where results are kept.

    Attributes:
        best: what was found so far.
        asked: ids of the layers that somebody asked for.
        boxes: where the values see something, as far as that is known.
    """

    name = FINDING_TOP

    def __init__(
        self,
        graph: ModelGraph,
        source: PictureSource,
        network: int,
        post: Callable[[Message], object],
        replayed: Callable[[np.ndarray, Callable[[Layer, torch.Tensor], None]], None],
        file: Path,
        depth: float = 0.5,
    ):
        self.graph, self.source = graph, source
        self._network, self._post, self._replayed, self._file, self._depth = network, post, replayed, file, depth
        self.best = Best(graph)
        self.asked: set[int] = set()
        self.boxes: Boxes = {}
        self._told_s = time.perf_counter()
        self._saved = 0
        try:
            self.best.load(file)
            self._saved = self.best.done
        except FileNotFoundError:
            pass
        except Exception as error:  # whatever a damaged file makes numpy raise
            self.best = Best(graph)
            post(Remark(network, 0, f"What was kept of the top pictures cannot be read and is made anew ({error})."))

    @property
    def finished(self) -> bool:
        """All pictures were taken in."""
        return self.best.done >= len(self.source)

    def step(self) -> bool:
        """Run the model on the next picture."""
        if not self.finished:
            self._one(self.best.done)
            self.best.done += 1
        if time.perf_counter() - self._told_s > TELL_S:
            self._told_s = time.perf_counter()
            self._post(Progress(self._network, 0, self.name, self.best.done, len(self.source)))
            self.tell()
        return not self.finished

    def stop(self) -> None:
        """Say what was found, and keep it."""
        total = max(len(self.source), 1)
        self._post(Progress(self._network, 0, self.name, total, total))
        self.tell()
        if self.best.done > self._saved:
            self._saved = self.best.done
            self.best.save(self._file)

    def tell(self, layer: int | None = None) -> None:
        """Post what is known of a layer, or of all that somebody asked for."""
        for one in self.asked if layer is None else (layer,):
            self._post(self.best.message(self._network, self.graph.layers[one], len(self.source), self.boxes))

    def _one(self, entry: int) -> None:
        def on_value(layer: Layer, tensor: torch.Tensor) -> None:
            if layer.maps.values:
                self.best.take(layer.id, entry, to_block(tensor, layer.maps, self._depth))

        try:
            self._replayed(self.source.read(entry).pixels, on_value)
        except Exception:  # a broken picture, or one on which the model raises: there are others
            return
