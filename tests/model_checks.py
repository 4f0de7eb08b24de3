"""What must hold for every model that is captured, whoever wrote it."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from walkbox.capture.maps import to_block
from walkbox.capture.recorder import Recording, record
from walkbox.capture.replay import replay
from walkbox.capture.tensors import named_tensors
from walkbox.graph import DETAILS, ModelGraph

SEED = 7


def state_of(model: nn.Module) -> dict[str, Any]:
    """Everything that capture must leave as it was, in a form that compares bit for bit."""
    modules = dict(model.named_modules())
    return {
        "tensors": {k: bits(v) for k, v in [*model.named_parameters(), *model.named_buffers()]},
        "identity": {k: id(v) for k, v in [*model.named_parameters(), *model.named_buffers()]},
        "gradients": {k: None if p.grad is None else (id(p.grad), bits(p.grad)) for k, p in model.named_parameters()},
        "requires": {k: p.requires_grad for k, p in model.named_parameters()},
        "training": {k: m.training for k, m in modules.items()},
        "hooks": {
            k: (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for k, m in modules.items()
        },
        "attributes": {k: sorted(vars(m)) for k, m in modules.items()},
        "global hooks": len(nn.modules.module._global_forward_hooks) + len(nn.modules.module._global_forward_pre_hooks),
        "random": (bits(torch.get_rng_state()), random.getstate(), repr(np.random.get_state())),
        "gradient mode": torch.is_grad_enabled(),
    }


def bits(tensor: torch.Tensor) -> tuple[Any, ...]:
    """Shape, dtype and bytes: NaN equals NaN, and 0 is not -0."""
    tensor = tensor.detach()
    if is_lazy(tensor):
        return ("uninitialised",)
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    flat = tensor.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    return (tuple(tensor.shape), str(tensor.dtype), flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")


def plain(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The output's bits of an ordinary forward pass, without PyTorch's fused transformer kernel (see the notes)."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return outputs_of(model(*args, **kwargs))
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def outputs_of(output: Any) -> list[tuple[Any, ...]]:
    return [(name, *bits(t)) for name, t in named_tensors(output)]


def check_graph(graph: ModelGraph) -> None:
    """Names are unique, parents come first, every layer is reached from an input (where there is one)."""
    names = [layer.name for layer in graph.layers]
    assert len(set(names)) == len(names)
    assert [layer.id for layer in graph.layers] == list(range(len(names)))
    reached = set()
    for layer in graph.layers:
        assert all(parent < layer.id for parent in layer.parents), layer
        assert layer.id not in layer.parents and len(set(layer.parents)) == len(layer.parents)
        starts = layer.is_input or (not graph.layers[0].is_input and not layer.parents)
        if starts or reached & set(layer.parents):
            reached.add(layer.id)
    assert [names[i] for i in range(len(names)) if i not in reached] == []
    assert graph.outputs == tuple(layer.id for layer in graph.layers if layer.output)


def check_replay(model: nn.Module, recording: Recording, graph: ModelGraph, args: Any, kwargs: Any) -> Any:
    """Every layer is handed out once, with its shape, and gives the maps that the graph promises."""
    delivered = []

    def on_value(layer, tensor):
        assert tuple(tensor.shape) == layer.shape and str(tensor.dtype) == f"torch.{layer.dtype}"
        block = to_block(tensor, layer.maps)
        assert tuple(block.shape) == (layer.maps.count, layer.maps.height, layer.maps.width), layer
        assert not block.is_complex()
        delivered.append(layer.id)

    output = replay(model, recording, graph, args, kwargs, on_value)
    assert sorted(delivered) == list(range(len(graph.layers)))
    return output


def check(
    model: nn.Module,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    complete: bool = True,
    compare: bool = True,
) -> Recording:
    """Record and replay a model at every detail and check all of the above; returns the recording.

    *compare*: and run the model plainly at the end, which must give the same bits.
    """
    kwargs = kwargs or {}
    torch.manual_seed(SEED)
    before = state_of(model)
    given = [(name, *bits(t)) for name, t in named_tensors((args, kwargs))]
    recording = record(model, args, kwargs)
    assert recording.error is None, recording.error
    assert state_of(model) == before
    assert [(name, *bits(t)) for name, t in named_tensors((args, kwargs))] == given
    expected = outputs_of(recording.output)
    recording.output = None
    for detail in DETAILS:
        graph = recording.graph(detail)
        check_graph(graph)
        assert graph.complete is complete, graph.notes
        assert graph.outputs or not complete
        output = check_replay(model, recording, graph, args, kwargs)
        assert outputs_of(output) == expected
        assert state_of(model) == before
    if compare:
        assert plain(model, args, kwargs) == expected
    return recording
