"""What one value of a feature map sees of the picture.

Two gradients of that value with respect to the picture, each of one forward pass that ends where the value is made:
the real one says how much each pixel matters for this picture (*strength*), that of :mod:`walkbox.engine.dependence`
says which pixels can matter at all (*box*). Both follow what the model's own code does, whatever its graph.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from walkbox.capture.maps import to_maps
from walkbox.capture.recorder import Recording
from walkbox.capture.replay import ControlFlowChanged, Perform, replay
from walkbox.engine.dependence import Dependence, followed_through
from walkbox.engine.inputs import order_of, picture_slot, tensor_at, with_tensor
from walkbox.errors import WalkboxError
from walkbox.graph import Layer, ModelGraph

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["Box", "Field", "Place", "boxes_of", "field_of"]

Place = tuple[int, int, int]
"""Channel, row and column of a value in its layer's maps."""

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels, ends not included; (0, 0, 0, 0) is nothing."""

_NOTHING: Box = (0, 0, 0, 0)


@dataclass(frozen=True)
class Field:
    """As :class:`walkbox.findings.ReceptiveField`: float32 (H, W) strength, box, and what is to be said of them."""

    strength: np.ndarray
    box: Box
    note: str = ""


class _Enough(BaseException):
    """The value has been made."""


@dataclass
class _Run:
    """A forward pass on the newest inputs, as the worker knows it."""

    spec: ModelSpec
    recording: Recording
    graph: ModelGraph
    inputs: tuple[tuple[Any, ...], dict[str, Any]]
    depth: float
    obsolete: Callable[[], None]

    def gradients(self, layer: int, places: list[Place], perform: Perform) -> list[torch.Tensor | None]:
        """|gradient| of each value, summed over all but rows and columns: (H, W); None where nothing leads there.

        Raises:
            PictureError: the model takes no picture.
            Exception: what the model raises, or PyTorch where there is no gradient.
        """
        slot = picture_slot(self.spec)
        picture = tensor_at(self.inputs, slot.path)
        order = order_of(picture)
        start = picture.detach().clone()
        if not start.is_floating_point():
            start = start.to(torch.float32)
        found: list[torch.Tensor | None] = []

        def on_value(at: Layer, tensor: torch.Tensor) -> None:
            self.obsolete()
            if at.id != layer:
                return
            # Here and now: later operations may write into it.
            maps = to_maps(tensor, at.maps, self.depth)
            for k, place in enumerate(places):
                self.obsolete()
                gradient = None
                if maps.requires_grad:
                    more = k + 1 < len(places)
                    (gradient,) = torch.autograd.grad(maps[place], start, allow_unused=True, retain_graph=more)
                found.append(None if gradient is None else _of_pixels(gradient, order))
            raise _Enough

        with torch.enable_grad(), _only_the_picture(self.spec.model):
            start.requires_grad_()
            args, kwargs = with_tensor(self.inputs, slot.path, start.clone())
            with contextlib.suppress(_Enough), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of values that leave PyTorch with their gradients
                replay(self.spec.model, self.recording, self.graph, args, kwargs, on_value, perform)
        return found


def field_of(
    spec: ModelSpec,
    recording: Recording,
    graph: ModelGraph,
    inputs: tuple[tuple[Any, ...], dict[str, Any]],
    layer: int,
    place: Place,
    depth: float,
    obsolete: Callable[[], None],
) -> Field:
    """What the value at *place* of a layer's maps sees of the picture among *inputs*.

    The model, its parameters' flags and the random state are as before. What goes wrong becomes the field's note.

    Args:
        spec, recording, graph, inputs: the newest run.
        layer: layer id.
        place: channel, row, column; inside the maps.
        depth: which slice of volumes is shown, 0 to 1.
        obsolete: called now and then; raises when nobody wants to know any more.

    Raises:
        PictureError: the model takes no picture.
    """
    run = _Run(spec, recording, graph, inputs, depth, obsolete)
    strength, notes = _strength(run, layer, place)
    height, width = strength.shape
    (box,), said = _boxes(run, layer, [place])
    if box is None:
        box = _around(torch.from_numpy(strength))
    else:
        box = _joined(box, _around(torch.from_numpy(strength)))
    notes += said
    if box == _NOTHING and not notes:
        notes.append("Nothing in the picture can change this value.")
    assert box[2] <= height and box[3] <= width
    return Field(strength, box, " ".join(notes))


def boxes_of(
    spec: ModelSpec,
    recording: Recording,
    graph: ModelGraph,
    inputs: tuple[tuple[Any, ...], dict[str, Any]],
    layer: int,
    places: list[Place],
    depth: float,
    obsolete: Callable[[], None],
) -> tuple[list[Box | None], tuple[int, int]]:
    """The boxes of several values at once (None: not to be found out), and the picture's height and width."""
    picture = tensor_at(inputs, picture_slot(spec).path)
    order = order_of(picture)
    size = tuple(picture.shape[order.index(letter)] if letter in order else 1 for letter in "HW")
    boxes, _ = _boxes(_Run(spec, recording, graph, inputs, depth, obsolete), layer, places)
    return boxes, (size[0], size[1])


def _strength(run: _Run, layer: int, place: Place) -> tuple[np.ndarray, list[str]]:
    notes: list[str] = []
    gradient: torch.Tensor | None = None
    try:
        try:
            (gradient,) = run.gradients(layer, [place], followed_through)
        except RuntimeError as error:
            if "inplace" not in str(error):
                raise
            # Made for inference alone, it overwrites what gradients need: they are told of copies.
            with torch.autograd.graph.allow_mutation_on_saved_tensors():
                (gradient,) = run.gradients(layer, [place], followed_through)
    except WalkboxError:
        raise
    except (Exception, ControlFlowChanged) as error:
        notes.append(f"How much each pixel matters cannot be told: {_said(error)}.")
    if gradient is None:
        picture = tensor_at(run.inputs, picture_slot(run.spec).path)
        order = order_of(picture)
        shape = [picture.shape[order.index(letter)] if letter in order else 1 for letter in "HW"]
        return np.zeros(shape, np.float32), notes
    strength = torch.nan_to_num(gradient, nan=0.0, posinf=torch.finfo(torch.float32).max)
    largest = float(strength.max())
    if largest > 0:
        strength = strength / largest
    return strength.cpu().numpy().astype(np.float32), notes


def _boxes(run: _Run, layer: int, places: list[Place]) -> tuple[list[Box | None], list[str]]:
    follow = Dependence()
    try:
        gradients = run.gradients(layer, places, follow)
    except WalkboxError:
        raise
    except (Exception, ControlFlowChanged) as error:
        return [None] * len(places), [f"The box holds what matters for this picture alone: {_said(error)}."]
    notes = []
    real = follow.real | {path or run.graph.model for path, _ in run.recording.deferred}
    if real:
        notes.append(f"Of {_listed(real)} only the gradients for this picture are known.")
    if follow.lost:
        notes.append(f"What {_listed(follow.lost)} decides is not followed.")
    return [_NOTHING if g is None else _around(g) for g in gradients], notes


@contextlib.contextmanager
def _only_the_picture(model: torch.nn.Module) -> Iterator[None]:
    """Inside, no parameter asks for gradients, and no buffer keeps what leads to them."""
    asking = [p for p in model.parameters() if p.requires_grad and p.is_leaf]
    for parameter in asking:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.grad_fn is not None and not tensor._is_view():
                tensor.detach_()
        for parameter in asking:
            parameter.requires_grad_(True)


def _of_pixels(gradient: torch.Tensor, order: str) -> torch.Tensor:
    """(H, W): absolute values summed over everything else."""
    values = gradient.abs().to(torch.float32)
    if not order:
        return values.sum().reshape(1, 1)
    return values.sum([k for k, letter in enumerate(order) if letter not in "HW"])


def _around(mask: torch.Tensor) -> Box:
    """The smallest box around all that is above zero (or NaN)."""
    marked = mask != 0
    rows, columns = marked.any(1).nonzero(), marked.any(0).nonzero()
    if not len(rows):
        return _NOTHING
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _joined(a: Box, b: Box) -> Box:
    if _NOTHING in (a, b):
        return a if b == _NOTHING else b
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _said(error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [""])[0].rstrip(".")
    return f"{type(error).__name__}: {text}"[:300]
