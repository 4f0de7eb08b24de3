"""Running a recorded model again and handing out each layer's value the moment it exists.

Nothing is kept, nothing is followed: the sequence of operations is compared with the recorded one, which costs a few
microseconds an operation, and where a layer's value is made it is handed out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from walkbox.capture.preserve import unchanged
from walkbox.capture.recorder import MARK, Recording, eager, inputs_of, module_calls
from walkbox.capture.tensors import direct_tensors, named_tensors
from walkbox.graph import Layer, ModelGraph
from walkbox.marks import listening

__all__ = ["ControlFlowChanged", "Perform", "replay"]

Perform = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
"""How an operation is carried out: called with the function and its arguments."""


class ControlFlowChanged(Exception):
    """The model did something else than when it was recorded (another branch, another size): record it anew."""


def replay(
    model: nn.Module,
    recording: Recording,
    graph: ModelGraph,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    on_value: Callable[[Layer, torch.Tensor], None],
    perform: Perform | None = None,
) -> Any:
    """Run ``model(*args, **kwargs)`` without gradients; returns its output, bit for bit that of the plain forward pass.

    With *perform*, gradients are on, and it carries out each operation.

    ``on_value(layer, tensor)`` is called for each layer of *graph* as soon as its value exists, inputs first. A later
    operation may overwrite the tensor in place: whoever keeps it copies it. The model, its inputs and the random state
    are as before when this returns.

    Raises:
        ControlFlowChanged: when the sequence of operations or a shape differs from *recording*. Layers that came before
        have
            been handed out.
        Exception: what the model or *on_value* raises.
    """
    kwargs = kwargs or {}
    wanted: dict[int, list[tuple[int, Layer]]] = {}
    for layer in graph.layers:
        wanted.setdefault(layer.source[0], []).append((layer.source[1], layer))
    inputs = [tensor for _, tensor in inputs_of(model, args, kwargs)]
    follower = _Follower(model, recording, wanted, on_value, perform)
    with unchanged(model, inputs, recording.written), torch.set_grad_enabled(perform is not None), eager(model):
        for k, tensor in enumerate(inputs):
            follower.hand_out(-1 - k, [tensor])
        if len(inputs) != len(recording.trace.inputs):
            raise ControlFlowChanged(f"{len(inputs)} input tensors, {len(recording.trace.inputs)} were recorded")
        with listening(follower.marked), follower:
            if recording.deferred:
                with module_calls(follower.enter, follower.leave):
                    output = model(*args, **kwargs)
            else:
                output = model(*args, **kwargs)
    if follower.event != len(recording.events):
        raise ControlFlowChanged(f"{follower.event} operations, {len(recording.events)} were recorded")
    return output


class _Follower(TorchFunctionMode):
    def __init__(
        self,
        model: nn.Module,
        recording: Recording,
        wanted: dict[int, list[tuple[int, Layer]]],
        on_value: Callable[[Layer, torch.Tensor], None],
        perform: Perform | None = None,
    ) -> None:
        super().__init__()
        self.event = 0
        self._perform = perform
        self._events = recording.events
        self._wanted = wanted
        self._on_value = on_value
        self._hidden = recording.hidden
        self._deferred = recording.deferred
        self._paths = {id(m): name for name, m in model.named_modules()} if recording.deferred else {}
        self._counts: dict[int, int] = {}
        self._stack: list[tuple[nn.Module, int]] = []

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        event = self.event
        self.event = event + 1
        if event >= len(self._events):
            raise ControlFlowChanged(f"more than the {event} recorded operations")
        expected = self._events[event]
        if function is not expected and function != expected:
            raise ControlFlowChanged(f"operation {event} is {function!r}, {expected!r} was recorded")
        if self._perform is not None:
            result = self._perform(function, args, kwargs or {})
            if event not in self._wanted:
                return result
        elif event not in self._wanted:
            return function(*args, **kwargs) if kwargs else function(*args)
        else:
            result = function(*args, **(kwargs or {}))
        values: list[torch.Tensor] = []
        direct_tensors(result, values)
        if event in self._hidden:
            read: list[torch.Tensor] = []
            direct_tensors(args, read)
            direct_tensors(kwargs, read)
            values += [read[k] for k in self._hidden[event]]
        self.hand_out(event, values)
        return result

    def marked(self, tensor: Any, name: str) -> None:
        if isinstance(tensor, torch.Tensor):
            self._next(MARK, [tensor])

    def enter(self, module: nn.Module, args: Any) -> None:
        index = self._counts.get(id(module), 0)
        self._counts[id(module)] = index + 1
        self._stack.append((module, index))

    def leave(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        _, index = self._stack.pop()
        key = (self._paths.get(id(module)), index)
        if key in self._deferred and result is not None:
            self._next(key, [t for _, t in named_tensors(result)])

    def _next(self, expected: Any, values: list[torch.Tensor]) -> None:
        event = self.event
        self.event = event + 1
        if event >= len(self._events) or self._events[event] != expected:
            raise ControlFlowChanged(f"operation {event} is {expected!r}, which was not recorded there")
        with torch._C.DisableTorchFunction():
            self.hand_out(event, values)

    def hand_out(self, event: int, values: list[torch.Tensor]) -> None:
        for index, layer in self._wanted.get(event, ()):
            if index >= len(values) or tuple(values[index].shape) != layer.shape:
                got = tuple(values[index].shape) if index < len(values) else "nothing"
                raise ControlFlowChanged(f"{layer.name} has shape {got}, {layer.shape} was recorded")
            self._on_value(layer, values[index])
