"""One short name for all of a model's weights: equal weights have it, other weights do not."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["digest", "digest_steps"]

_CHUNK_BYTES = 32 << 20


def digest(model: nn.Module) -> str:
    """SHA-256, as 64 hexadecimal digits, of the name, dtype, shape and values of everything in ``state_dict()``.

    The same on every device. Quantised and sparse tensors count with the values they stand for. What a state dict holds
    beside tensors counts by its type alone.
    """
    steps = digest_steps(model)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def digest_steps(model: nn.Module) -> Generator[None, None, str]:
    """As :func:`digest`, pausing after at most 32 MiB each, for whoever has other things to do in between."""
    found = hashlib.sha256()
    pending = 0
    state: dict[str, Any] = getattr(model, "_orig_mod", model).state_dict()
    for name in sorted(state):
        value = state[name]
        if not isinstance(value, torch.Tensor):
            found.update(f"{name} {type(value).__name__}\n".encode())
            continue
        if is_lazy(value) or value.device.type == "meta":
            found.update(f"{name} without values\n".encode())
            continue
        found.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        data = _bytes(value)
        for first in range(0, len(data), _CHUNK_BYTES):
            chunk = data[first : first + _CHUNK_BYTES]
            found.update(chunk)
            pending += len(chunk)
            if pending >= _CHUNK_BYTES:
                pending = 0
                yield
    return found.hexdigest()


def _bytes(tensor: torch.Tensor) -> memoryview:
    """A tensor's values in reading order; shares its memory where that is possible."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    plain = tensor.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    if not plain.numel():
        return memoryview(b"")
    return plain.view(torch.uint8).numpy().data
