"""The weight of a layer, as pictures can be made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from walkbox.graph import Layer

__all__ = ["kernels_of"]


def kernels_of(model: nn.Module, layer: Layer) -> tuple[str, np.ndarray] | None:
    """Name of a layer's weight, and float32 (outputs, inputs of a group, height, width); None where it has none.

    Of a transposed convolution the outputs come first, too. A linear layer's kernels are 1 x 1, a 1-D convolution's
    have one row, a 3-D convolution's slices lie one under another. Quantised weights are what they stand for. Only
    the weight itself is copied.
    """
    found = _weight(model, layer)
    if found is None:
        return None
    name, weight, module = found
    weight = weight.detach()
    if weight.is_quantized:
        weight = weight.dequantize()
    if weight.layout != torch.strided:
        weight = weight.to_dense()
    if weight.is_complex():
        weight = weight.abs()
    if _transposed(layer, module):
        groups = int(getattr(module, "groups", 1))
        # (inputs, outputs of a group, ...) -> (outputs, inputs of a group, ...)
        weight = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    if weight.dim() == 1:
        weight = weight[:, None]
    shape = tuple(weight.shape)
    if len(shape) == 2:
        shape = (*shape, 1, 1)
    elif len(shape) == 3:
        shape = (*shape[:2], 1, shape[2])
    else:
        shape = (*shape[:2], int(np.prod(shape[2:-1])), shape[-1])
    values = weight.to("cpu", torch.float32, copy=True).contiguous()
    return name, values.reshape(shape).numpy()


def _weight(model: nn.Module, layer: Layer) -> tuple[str, torch.Tensor, nn.Module | None] | None:
    """The parameter that the layer used first, else the weight of its module (quantised ones keep it to themselves)."""
    for name in layer.parameters:
        path, _, last = name.rpartition(".")
        module = _module(model, path)
        value = getattr(module, last, None)
        if isinstance(value, torch.Tensor) and value.numel() and not _is_lazy(value):
            return name, value, module
    module = _module(model, layer.module) if layer.module else None
    maker: Any = getattr(module, "weight", None)
    if not isinstance(module, nn.Module) or not callable(maker) or isinstance(maker, nn.Module):
        return None
    value = maker()
    return (f"{layer.module}.weight", value, module) if isinstance(value, torch.Tensor) and value.numel() else None


def _module(model: nn.Module, path: str) -> nn.Module | None:
    try:
        return model.get_submodule(path)
    except AttributeError:
        return None


def _is_lazy(value: torch.Tensor) -> bool:
    return nn.parameter.is_lazy(value)


def _transposed(layer: Layer, module: nn.Module | None) -> bool:
    if module is not None and hasattr(module, "transposed"):
        return bool(module.transposed)
    return "transpose" in layer.op
