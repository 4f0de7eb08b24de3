"""Exporting: a forward pass whose layers go to files as their values exist, in pieces between which others may work.

One layer's values are held at a time. When the model thread is wanted elsewhere the pass is given up; later the layer
that was under way is written to its end, and another pass goes on with the next one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from walkbox.capture.digest import digest_steps
from walkbox.capture.maps import to_block
from walkbox.capture.recorder import Recording
from walkbox.capture.replay import ControlFlowChanged, replay
from walkbox.engine.inputs import normalisation, picture_slot
from walkbox.engine.kernels import kernels_of
from walkbox.engine.statistics import exact_statistics
from walkbox.errors import PictureError, WalkboxError
from walkbox.export import ExportJob, LayerContents, Writer, check_folder, check_kinds, chosen, raw_range
from walkbox.files import NewFolder
from walkbox.findings import Exported
from walkbox.graph import Layer, ModelGraph
from walkbox.messages import LayerStatistics, Message, Progress

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["ExportTask", "Exporter"]

_TURN_S = 1.0
"""So long an export keeps the other tasks of the background waiting; then it gives up a forward pass."""

_PROGRESS_S = 0.1


class _Pause(BaseException):
    """Somebody else wants the thread. Not an Exception, so that a model's own ``except Exception`` lets it through."""


class _Enough(BaseException):
    """All layers that were asked for are written."""


class Exporter:
    """One export under way. All methods on one thread.

    Args:
        job: what to export.
        spec: the loaded model.
        recording, graph: as they are now; the export keeps to them.
        inputs: positional and keyword arguments of the forward pass.
        pixels: uint8 (H, W, 3) of the picture that they were made from, or None; for the manifest.
        weights_hash: of ``walkbox.capture.digest``, or empty: then it is computed.

    Attributes:
        done, total: files written, and files that there will be (tables and the manifest left out).
        layer: name of the layer that was written last.

    Raises:
        WalkboxError: the folder is not free, or there is no such layer or kind.
    """

    def __init__(
        self,
        job: ExportJob,
        spec: ModelSpec,
        recording: Recording,
        graph: ModelGraph,
        inputs: tuple[tuple[Any, ...], dict[str, Any]],
        pixels: np.ndarray | None = None,
        weights_hash: str = "",
    ):
        check_kinds(job.what)
        check_folder(job.folder, job.force)
        self.job = job
        self.layer = ""
        self._spec, self._recording, self._graph, self._pixels = spec, recording, graph, pixels
        self._hash = weights_hash
        wanted = chosen(graph, job.layers)
        self._inputs = inputs
        self._parameters = dict(spec.model.named_parameters(remove_duplicate=False))
        self._left = {layer.id for layer in wanted}
        self._measured = self.job.look["scope"] != "model"
        self._ranges: dict[int, tuple[float, float]] = {}
        self._current: Iterator[None] = iter(())
        self._ending = False
        self._folder = NewFolder(job.folder)
        self._writer = self._writing(None)
        self.total = sum(self._writer.expected(layer, self._outputs(layer)) for layer in wanted)

    @property
    def done(self) -> int:
        return min(self._writer.written, self.total)

    @property
    def written(self) -> int:
        """Files that were really written, the manifest included once it is finished."""
        return self._writer.written

    @property
    def folder(self) -> Path:
        """Where it stands in the end."""
        return self._folder.target

    def work(self, paused: Callable[[], bool] = lambda: False) -> bool:
        """Go on until it is finished (True: the folder stands) or *paused* turns true, which is asked at each file.

        What it raises ends the export, and nothing is left of it.
        """
        try:
            self._go_on(paused)
        except _Pause:
            return False
        except BaseException:
            self.discard()
            raise
        return True

    def discard(self) -> None:
        """Give it up and leave nothing behind; after the end it does nothing."""
        self._current = iter(())
        self._folder.discard()

    # Parts --------------------------------------------------------------------------------------------------------

    def _go_on(self, paused: Callable[[], bool]) -> None:
        self._write(self._current, paused)
        if (
            self.job.look["scope"] == "model"
            and len(self._ranges) < len(self._graph.layers)
            and not self._writer.written
        ):
            self._forward(lambda layer, tensor: self._measure(layer, tensor, paused))
            ends = list(self._ranges.values()) or [(0.0, 0.0)]
            self._writer = self._writing((min(e[0] for e in ends), max(e[1] for e in ends)))
            self._measured = True
        if self._left:
            self._forward(lambda layer, tensor: self._take(layer, tensor, paused))
        if not self._ending:
            self._ending = True
            self._write(self._end(), paused)
        self._folder.finish()

    def _forward(self, on_value: Callable[[Layer, torch.Tensor], None]) -> None:
        """Run the model until all wanted layers have been seen."""
        try:
            replay(self._spec.model, self._recording, self._graph, *self._inputs, on_value)
        except _Enough:
            return
        except ControlFlowChanged as error:
            raise WalkboxError(
                f"{self._spec.title} took another path than when it was recorded ({error}), so its layers are others"
                " now. Export again."
            ) from error

    def _write(self, steps: Iterator[None], paused: Callable[[], bool]) -> None:
        self._current = steps
        for _ in steps:
            if paused():
                raise _Pause

    def _take(self, layer: Layer, tensor: torch.Tensor, paused: Callable[[], bool]) -> None:
        """Write a layer, now that its value exists."""
        if paused():
            raise _Pause
        if layer.id not in self._left:
            return
        maps, statistics = self._read(layer, tensor)
        what = self.job.what
        contents = LayerContents(
            layer,
            maps,
            statistics,
            _plain(tensor) if "values" in what else None,
            self._kernels(layer) if "kernels" in what else None,
            {n: _plain(self._parameters[n]) for n in layer.parameters if n in self._parameters}
            if "weights" in what
            else {},
        )
        self.layer = layer.name
        self._left.discard(layer.id)
        self._write(self._writer.layer(contents), paused)
        if not self._left:
            raise _Enough

    def _measure(self, layer: Layer, tensor: torch.Tensor, paused: Callable[[], bool]) -> None:
        """Note a layer's range, for a range of the whole model."""
        if paused():
            raise _Pause
        if layer.id not in self._ranges:
            self._ranges[layer.id] = raw_range(self._read(layer, tensor)[1], self.job.look)
        if len(self._ranges) == len(self._graph.layers):
            raise _Enough

    def _read(self, layer: Layer, tensor: torch.Tensor) -> tuple[np.ndarray, LayerStatistics]:
        block = to_block(tensor, layer.maps, self.job.depth)
        maps = block.detach().to("cpu", torch.float32, copy=True).contiguous().numpy()
        values = maps
        if layer.maps.prefix:  # the empty places beside the class tokens are no values
            kept = np.zeros(maps.shape[1:], bool)
            kept[:, 2:] = kept[: layer.maps.prefix, 0] = True
            values = np.ascontiguousarray(maps[:, kept])[:, None]
        return maps, exact_statistics(values, network=self.job.network, run=0, layer=layer.id)

    def _kernels(self, layer: Layer) -> np.ndarray | None:
        """The layer's kernels; a single number for each channel (a normalisation's) is no kernel."""
        found = kernels_of(self._spec.model, layer)
        return None if found is None or found[1].size <= len(found[1]) else found[1]

    def _outputs(self, layer: Layer) -> int:
        """How many channels have kernels, about."""
        weights = [self._parameters[name] for name in layer.parameters[:1] if name in self._parameters]
        return layer.maps.count if weights and not _lazy(weights[0]) and weights[0].dim() > 1 else 0

    def _writing(self, model: tuple[float, float] | None) -> Writer:
        return Writer(self.job, self._folder.path, self._graph, tuple(self._spec.classes), model)

    def _end(self) -> Iterator[None]:
        """The weights' hash, then the manifest."""
        if not self._hash:
            self._hash = yield from digest_steps(self._spec.model)
        yield from self._writer.finish(self._about())

    def _about(self) -> dict[str, Any]:
        spec, job, model = self._spec, self.job, self._spec.model
        about: dict[str, Any] = {
            "model": {
                "title": spec.title,
                "target": spec.target,
                "class": type(model).__name__,
                "weights_sha256": self._hash,
                "parameters": sum(p.numel() for p in model.parameters() if not _lazy(p)),
                "dtypes": sorted({str(p.dtype).removeprefix("torch.") for p in model.parameters()}),
                "device": str(spec.device),
                "error": self._graph.error,
            },
            "picture": None,
            "input": None,
            "classes": list(spec.classes),
        }
        if self._pixels is not None:
            height, width = self._pixels.shape[:2]
            about["picture"] = {
                "name": job.picture,
                "label": job.label,
                "path": job.path,
                "size_px": [width, height],
                "strokes": job.strokes,
                "pixels_sha256": hashlib.sha256(np.ascontiguousarray(self._pixels).tobytes()).hexdigest(),
            }
        tensor = _input_tensor(spec, self._inputs)
        if tensor is not None:
            mean, std = normalisation(spec)
            about["input"] = {
                "shape": list(tensor.shape),
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "sha256": hashlib.sha256(_plain(tensor).tobytes()).hexdigest(),
                "mean": _numbers(mean),
                "std": _numbers(std),
                "transform": None if spec.transform is None else _transform_text(spec.transform),
            }
        return about


class ExportTask:
    """An export in the background (a :class:`walkbox.engine.background.Task`).

    Args:
        exporter: drives it.
        post: takes the progress, and :class:`walkbox.findings.Exported` at the end.
        away: the model thread is wanted elsewhere.
    """

    def __init__(self, exporter: Exporter, post: Callable[[Message], object], away: Callable[[], bool]):
        self.name = exporter.job.task
        self._exporter, self._post, self._away = exporter, post, away
        self._told = 0.0
        self._over = False

    def step(self) -> bool:
        """Go on until it is finished, the thread is wanted elsewhere, or its turn is over."""
        until, before = time.monotonic() + _TURN_S, self._exporter.written

        def paused() -> bool:
            now = time.monotonic()
            if now - self._told > _PROGRESS_S:
                self._told = now
                # One is kept back for the end.
                self._tell(min(self._exporter.done, self._exporter.total - 1))
            # Each turn gets somewhere, however slow the model is.
            return self._away() or (now > until and self._exporter.written > before)

        self._over = True  # unless it comes back
        if self._exporter.work(paused):
            self._post(Exported(self._exporter.job.network, 0, str(self._exporter.folder), self._exporter.written))
            return False
        self._over = False
        return True

    def stop(self) -> None:
        """Leave nothing behind of an export that is not whole."""
        if not self._over:
            self._post(Exported(self._exporter.job.network, 0, str(self._exporter.folder), 0))
        self._exporter.discard()
        self._tell(self._exporter.total)

    def _tell(self, done: int) -> None:
        total = max(self._exporter.total, 1)
        self._post(Progress(self._exporter.job.network, 0, self.name, max(done, 0) if done < total else total, total))


def _input_tensor(spec: ModelSpec, inputs: tuple[tuple[Any, ...], dict[str, Any]]) -> torch.Tensor | None:
    """The argument that takes pictures, else the first tensor."""
    try:
        found: Any = inputs
        for key in picture_slot(spec).path:
            found = found[key]
    except PictureError:
        found = next((a for a in (*inputs[0], *inputs[1].values()) if isinstance(a, torch.Tensor)), None)
    return found


def _plain(tensor: torch.Tensor) -> np.ndarray:
    """A copy with the same values: dense, and of a dtype that numpy has (float32 for those it lacks)."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_floating_point() and tensor.dtype not in (torch.float16, torch.float32, torch.float64):
        tensor = tensor.to(torch.float32)
    return tensor.resolve_conj().resolve_neg().to("cpu", copy=True).contiguous().numpy()


def _numbers(given: Any) -> list[float] | None:
    return None if given is None else torch.as_tensor(given, dtype=torch.float64).flatten().tolist()


def _lazy(parameter: torch.Tensor) -> bool:
    return torch.nn.parameter.is_lazy(parameter)


def _transform_text(transform: Any) -> str:
    """How a transform describes itself, an object's address left out."""
    text = str(transform)
    return getattr(transform, "__name__", type(transform).__name__) if " at 0x" in text else text
