"""What the model thread does: load, record, run, read, describe. Everything here runs on that one thread.

Forward passes run under ``torch.no_grad`` (in ``capture``), not ``inference_mode``: tensors made in inference mode can
never again take part in autograd, so a model that keeps one (a cache, a running average that it assigns) would come out
changed, and one that asks for gradients inside its forward (``torch.enable_grad``) would fail.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import time
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from walkbox.brush import Stroke
from walkbox.capture.digest import digest
from walkbox.capture.maps import to_block
from walkbox.capture.preserve import unchanged
from walkbox.capture.recorder import Recording, eager, record
from walkbox.capture.replay import ControlFlowChanged, replay
from walkbox.engine.background import Background
from walkbox.engine.blocks import BlockPool, pack
from walkbox.engine.datasets import PictureSource
from walkbox.engine.easel import Easel
from walkbox.engine.evaluation import EvaluationTask
from walkbox.engine.exporting import Exporter, ExportTask
from walkbox.engine.inputs import order_of, picture_slot, prepare, takes_pictures, tensor_at
from walkbox.engine.kernels import kernels_of
from walkbox.engine.memory import give_back
from walkbox.engine.mips import mip_levels
from walkbox.engine.outcome import outcome
from walkbox.engine.receptive_field import boxes_of, field_of
from walkbox.engine.statistics import block_statistics, exact_statistics, weight_histogram
from walkbox.engine.top_pictures import NOWHERE, TopTask, cache_folder, cache_name
from walkbox.errors import PictureError, WalkboxError
from walkbox.export import ExportJob
from walkbox.findings import Kernels, ReceptiveField, WeightsKnown
from walkbox.graph import Detail, Layer, ModelGraph
from walkbox.messages import (
    Block,
    Failure,
    GraphReady,
    InputPicture,
    LayerReading,
    LayerStatistics,
    Message,
    MipLevels,
    Remark,
    RunFinished,
)

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["Cancelled", "Worker"]

_RECORDINGS_A_RUN = 3
_MESSAGE_LENGTH = 400


class Cancelled(BaseException):
    """A run was given up. Not an Exception, so that a model's own ``except Exception`` lets it through."""


class _Enough(BaseException):
    """All layers that were asked for have been read."""


class Worker:
    """One model and its newest run.

    Args:
        spec: the loaded model.
        network: id for the messages.
        detail: level of detail of the graph.
        depth: which slice of volumes is shown, 0 to 1.
        post: takes each message as soon as it is made.

    Attributes:
        graph: the newest recorded graph, None until then.
        weights_hash: digest of the weights, empty until it is known.
    """

    def __init__(
        self,
        spec: ModelSpec,
        post: Callable[[Message], object],
        *,
        network: int = 0,
        detail: Detail = "layers",
        depth: float = 0.5,
    ):
        self.spec = spec
        self.network = network
        self.detail: Detail = detail
        self.depth = depth
        self.opened: frozenset[str] = frozenset()
        self.closed: frozenset[str] = frozenset()
        self.graph: ModelGraph | None = None
        self.weights_hash = ""
        self._post = post
        self._background = Background(lambda error: self.fail(error, run=0), self._digested)
        self._recording: Recording | None = None
        self._top: TopTask | None = None
        self._pool = BlockPool()
        self._easel = Easel(spec)
        self._remarks: set[str] = set()
        self._inputs: tuple[tuple[Any, ...], dict[str, Any]] = (spec.args, spec.kwargs)
        self._pixels: np.ndarray | None = None
        self._run = 0
        self._blocks: dict[int, Block] = {}
        self._chores: list[int] = []
        self._weight_chores: list[int] = []
        self._rank: dict[int, int] = {}
        self._statistics: dict[int, LayerStatistics] = {}
        self._weights: dict[int, tuple[np.ndarray, np.ndarray] | None] = {}

    # Jobs ---------------------------------------------------------------------------------------------------------

    def record(self, run: int = 0) -> None:
        """Record the model on the newest inputs and post its graph."""
        self._recording = record(self.spec.model, *self._inputs)
        self.rebuild(run)

    def rebuild(self, run: int = 0) -> None:
        """Post the recorded graph at the present level of detail."""
        if self._recording is None:
            return
        self._forget()
        self._pool.clear()
        self._weights.clear()
        self._background.stop(TopTask.name)
        self._top = None
        self.graph = self._recording.graph(self.detail, self.spec.title, self.opened, self.closed)
        notes = tuple(self.spec.notes)
        self._post(GraphReady(self.network, run, self.graph, self.spec.title, tuple(self.spec.classes), notes))

    def run(
        self,
        number: int,
        picture: np.ndarray | None,
        obsolete: Callable[[], bool],
        strokes: tuple[Stroke, ...] = (),
    ) -> None:
        """Run the model on a picture (None: the example) with *strokes* on it, posting each block as soon as its values
        exist.

        What the model raises is posted as a :class:`Failure`.

        Raises:
            Cancelled: *obsolete* turned true, which is asked at each layer.
        """
        began = time.perf_counter()
        self._forget()
        self._run = number
        last: int | None = None

        def on_value(layer: Layer, tensor: torch.Tensor) -> None:
            nonlocal last
            if obsolete():
                raise Cancelled
            last = layer.id
            if layer.maps.values:
                self._send(layer, tensor)

        try:
            self._inputs = self._easel.inputs(picture, strokes)
            self._pixels = picture
            if (remark := self._easel.remark) and remark not in self._remarks:
                self._remarks.add(remark)
                self._post(Remark(self.network, number, remark))
            if strokes:  # to be seen under the brush at once
                self._show_input(number)
            if self._recording is None:
                self.record(number)
            output = self._forward(on_value)
        except Cancelled:
            raise
        except BaseException as error:
            self.fail(error, last)
            return
        finally:
            self._background.want_digest(self.spec.model)  # by now a lazy module has its weights
        assert self.graph is not None
        for message in self._outcome(output):
            self._post(message)
        self._post(RunFinished(self.network, number, time.perf_counter() - began))
        del output
        if not strokes:
            self._show_input(number)
        self._chores = list(self._blocks)
        self._weight_chores = [
            layer for layer in self._blocks if self.graph.layers[layer].parameters and layer not in self._weights
        ]
        self._sort_chores()

    def read(self, layers: Sequence[int], obsolete: Callable[[], bool]) -> None:
        """Run the newest inputs again and post exact values and statistics of some layers."""
        if self._recording is None or self.graph is None:
            return
        wanted = {layer for layer in layers if 0 <= layer < len(self.graph.layers)}
        found: dict[int, np.ndarray] = {}

        def on_value(layer: Layer, tensor: torch.Tensor) -> None:
            if obsolete():
                raise Cancelled
            if layer.id in wanted and layer.id not in found:
                block = to_block(tensor, layer.maps, self.depth)
                found[layer.id] = block.detach().to("cpu", torch.float32, copy=True).contiguous().numpy()
                if len(found) == len(wanted):
                    raise _Enough

        with contextlib.suppress(_Enough):
            replay(self.spec.model, self._recording, self.graph, *self._inputs, on_value)
        for layer, values in found.items():
            known = exact_statistics(values, network=self.network, run=self._run, layer=layer)
            known = self._with_weights(known, self._weight_of(layer))
            self._post(LayerReading(self.network, self._run, layer, values, known))

    def near(self, order: Sequence[int]) -> None:
        """Describe these layers first."""
        self._rank = {layer: rank for rank, layer in enumerate(order)}
        self._sort_chores()

    @property
    def has_chores(self) -> bool:
        """Mip levels or statistics of the newest run are still to be made."""
        return bool(self._chores or self._weight_chores)

    def chore(self) -> None:
        """Describe the nearest layer that lacks it (mip levels, statistics); after the last, weight histograms.

        With the last of all, memory that is free goes back to the system.
        """
        if self._chores:
            block = self._blocks.pop(self._chores.pop())
            levels = mip_levels(block.values)
            if levels:
                self._post(MipLevels(self.network, block.run, block.layer, levels))
            known = block_statistics(block)
            known = self._with_weights(known, self._weights.get(block.layer))
            self._statistics[block.layer] = known
            self._post(known)
        elif self._weight_chores:
            layer = self._weight_chores.pop()
            known = self._statistics[layer]
            weights = self._weight_of(layer)
            if weights is not None:
                self._post(self._with_weights(known, weights))
        if not self.has_chores:
            give_back()

    @property
    def has_background(self) -> bool:
        """There is something to do that nobody waits for."""
        return bool(self._background)

    def background(self) -> None:
        """Do one step of it."""
        self._background.step()

    def export(self, job: ExportJob, run: int, away: Callable[[], bool]) -> None:
        """Begin to write layers to files, in the background.

        Args:
            job: what, and where to.
            run: the run that the job's words about the picture are about.
            away: the model thread is wanted elsewhere, so the export shall pause.

        Raises:
            WalkboxError: it cannot begin.
        """
        if self._recording is None or self.graph is None:
            raise WalkboxError(f"{self.spec.title} has not run yet, so there is nothing to export. Try again later.")
        if run != self._run:  # another picture came in between
            job = dataclasses.replace(job, picture="", label="", path="", strokes=0)
        inputs = copy.deepcopy(self._inputs)  # strokes change them in place
        exporter = Exporter(job, self.spec, self._recording, self.graph, inputs, self._pixels, self.weights_hash)
        self._background.start(ExportTask(exporter, self._post, away))

    def cancel_task(self, task: str) -> None:
        """Give up a task of the background."""
        self._background.stop(task)

    def close(self) -> None:
        """Give up the background; what it has found is kept."""
        self._background.close()

    def kernels(self, layer: int) -> None:
        """Post the weight of a layer, where it has one."""
        if self.graph is not None and 0 <= layer < len(self.graph.layers):
            found = kernels_of(self.spec.model, self.graph.layers[layer])
            if found is not None:
                self._post(Kernels(self.network, self._run, layer, *found))

    def field(self, layer: int, channel: int, row: int, column: int, obsolete: Callable[[], bool]) -> None:
        """Post what one value sees of the newest picture.

        Raises:
            Cancelled: *obsolete* turned true.
        """

        def go_on() -> None:
            if obsolete():
                raise Cancelled

        if self._recording is None or self.graph is None or not 0 <= layer < len(self.graph.layers):
            return
        maps = self.graph.layers[layer].maps
        if not (0 <= channel < maps.count and 0 <= row < maps.height and 0 <= column < maps.width):
            return
        place = channel, row, column
        found = field_of(self.spec, self._recording, self.graph, self._inputs, layer, place, self.depth, go_on)
        self._post(ReceptiveField(self.network, self._run, layer, *place, found.strength, found.box, found.note))

    def evaluate(self, source: PictureSource) -> None:
        """Begin to run the model on a data set, in the background.

        Raises:
            WalkboxError: the model takes no picture, or there are none.
        """
        self._check_source(source)
        self._background.start(EvaluationTask(self.spec, source, self.network, self._post, self._forward_plainly))

    def find_top(self, layer: int, source: PictureSource) -> None:
        """Begin to look for the pictures that excite each channel most, or post what is known of them.

        Raises:
            WalkboxError: the model takes no picture, or there are none.
        """
        self._check_source(source)
        if self._recording is None or self.graph is None or not 0 <= layer < len(self.graph.layers):
            return
        task = self._top
        if task is None or task.graph is not self.graph or task.source is not source:
            if not self.weights_hash:
                self._digested(digest(self.spec.model))
            file = cache_folder() / cache_name(self.weights_hash, self.graph, self.spec, source, self.depth)
            task = TopTask(self.graph, source, self.network, self._post, self._replay_picture, file, self.depth)
            self._background.stop(TopTask.name)
            self._top = task
        task.asked.add(layer)
        task.tell(layer)
        if not task.finished and self._background.get(TopTask.name) is not task:
            self._background.start(task)

    def locate(self, layer: int, channel: int, obsolete: Callable[[], bool]) -> None:
        """Post the top pictures of a layer again, with the boxes of one channel's values.

        Raises:
            Cancelled: *obsolete* turned true.
        """

        def go_on() -> None:
            if obsolete():
                raise Cancelled

        task = self._top
        if task is None or self._recording is None or task.graph is not self.graph or layer not in task.asked:
            return
        known = task.best.entries[layer][channel] >= 0
        width = max(task.graph.layers[layer].maps.width, 1)
        places = [(channel, int(p) // width, int(p) % width) for p in task.best.places[layer][channel][known]]
        # A box does not depend on the picture: that in the frame will do.
        boxes, (rows, columns) = boxes_of(
            self.spec, self._recording, task.graph, self._inputs, layer, places, self.depth, go_on
        )
        task.boxes[layer, channel] = tuple(
            NOWHERE if box is None else (box[0] / rows, box[1] / columns, box[2] / rows, box[3] / columns)
            for box in boxes
        )
        task.tell(layer)

    def _check_source(self, source: PictureSource) -> None:
        picture_slot(self.spec)  # says why when there is none
        if not len(source):
            raise PictureError("There is no data set. Name one with `images` in the model file, or drop a folder.")

    def _forward_plainly(self, picture: np.ndarray) -> Any:
        args, kwargs, tensor = prepare(picture, self.spec)
        written = () if self._recording is None else self._recording.written
        with unchanged(self.spec.model, [tensor], written), torch.no_grad(), eager(self.spec.model):
            return self.spec.model(*args, **kwargs)

    def _replay_picture(self, picture: np.ndarray, on_value: Callable[[Layer, torch.Tensor], None]) -> None:
        assert self._recording is not None and self._top is not None
        args, kwargs, _ = prepare(picture, self.spec)
        replay(self.spec.model, self._recording, self._top.graph, args, kwargs, on_value)

    def fail(self, error: BaseException, layer: int | None = None, *, run: int | None = None) -> None:
        """Post what was raised. Its traceback becomes text at once: it would keep the forward's tensors alive.

        Args:
            error: whatever it was.
            layer: the last layer that was still computed.
            run: the run that failed by it, 0 for none; None for the newest.
        """
        text = str(error) or "(no message)"
        if not isinstance(error, WalkboxError):
            where = "" if layer is None or self.graph is None else f" after layer {self.graph.layers[layer].name!r}"
            text = f"{self.spec.title} raised {type(error).__name__}{where}: {text}"
        if len(text) > _MESSAGE_LENGTH:
            text = text[:_MESSAGE_LENGTH].rstrip() + " ..."
        run = self._run if run is None else run
        self._post(Failure(self.network, run, text, "".join(traceback.format_exception(error)), layer))

    # Parts --------------------------------------------------------------------------------------------------------

    def _forward(self, on_value: Callable[[Layer, torch.Tensor], None]) -> Any:
        recordings = 1
        while True:
            assert self._recording is not None and self.graph is not None
            try:
                return replay(self.spec.model, self._recording, self.graph, *self._inputs, on_value)
            except ControlFlowChanged:
                if recordings == _RECORDINGS_A_RUN:
                    raise
                recordings += 1
                self.record(self._run)

    def _digested(self, digest: str) -> None:
        self.weights_hash = digest
        self._post(WeightsKnown(self.network, self._run, digest))

    def _outcome(self, output: Any) -> list[Message]:
        """What the model says of the picture."""
        size, channels = None, 3
        if takes_pictures(self.spec):
            picture = tensor_at(self._inputs, picture_slot(self.spec).path)
            order = order_of(picture)
            if order:
                size = picture.shape[order.index("H")], picture.shape[order.index("W")]
                channels = picture.shape[order.index("C")]
        classes = self.spec.classes
        return outcome(output, self.network, self._run, classes=classes, size=size, channels=channels)

    def _send(self, layer: Layer, tensor: torch.Tensor) -> None:
        values, scale, minimum, maximum = pack(to_block(tensor, layer.maps, self.depth), self._pool)
        block = Block(self.network, self._run, layer.id, values, scale, minimum, maximum)
        self._post(block)
        self._blocks[layer.id] = block

    def _show_input(self, number: int) -> None:
        pixels = self._easel.seen()
        if pixels is not None:
            self._post(InputPicture(self.network, number, pixels))

    def _forget(self) -> None:
        """Let go of the last run's blocks, so that their memory serves the next."""
        self._blocks.clear()
        self._chores.clear()
        self._weight_chores.clear()
        self._statistics.clear()

    def _sort_chores(self) -> None:
        far = len(self._rank)
        for chores in (self._chores, self._weight_chores):
            # The next one is taken from the end.
            chores.sort(key=lambda layer: (self._rank.get(layer, far), layer), reverse=True)

    def _weight_of(self, layer: int) -> tuple[np.ndarray, np.ndarray] | None:
        assert self.graph is not None
        if layer not in self._weights:
            names = self.graph.layers[layer].parameters
            parameters = dict(self.spec.model.named_parameters(remove_duplicate=False)) if names else {}
            weight = parameters.get(names[0]) if names else None
            self._weights[layer] = None if weight is None else weight_histogram(weight)
        return self._weights[layer]

    @staticmethod
    def _with_weights(known: LayerStatistics, weights: tuple[np.ndarray, np.ndarray] | None) -> LayerStatistics:
        if weights is None:
            return known
        return dataclasses.replace(known, weight_histogram=weights[0], weight_edges=weights[1])
