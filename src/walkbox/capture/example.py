"""The example input: as given, from a size, or guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from walkbox.capture.preserve import unchanged
from walkbox.errors import ExampleError

__all__ = ["LINE", "example_of", "guessed", "moved"]

LINE = "example = (3, 224, 224)    # the input's size without the batch"
_SIZES = (224, 32, 28, 64, 96, 128, 256, 299, 384, 512)


def random_input(size: tuple[int, ...]) -> torch.Tensor:
    """(1, *size) values from 0 to 1, always the same; the global random state is not touched."""
    return torch.rand((1, *size), generator=torch.Generator().manual_seed(0))


def is_size(value: Any) -> bool:
    """A tuple of ints: the size of an input without the batch."""
    return isinstance(value, tuple) and bool(value) and all(type(v) is int for v in value)


def example_of(value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments from what a model file gives as ``example``.

    A tensor is the one argument; a tuple of ints is a size without the batch; any other tuple or list is the positional
    arguments; a dict is the keyword arguments.

    Raises:
        ExampleError: for anything else.
    """
    if isinstance(value, torch.Tensor):
        return (value,), {}
    if is_size(value):
        if min(value) < 0:
            raise ExampleError(f"`example` is {value}: a size cannot be negative. Write it as in: {LINE}")
        return (random_input(value),), {}
    if isinstance(value, (tuple, list)):
        return tuple(value), {}
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
        return (), dict(value)
    raise ExampleError(
        f"`example` is {_short(value)}. A tensor, a size such as (3, 224, 224), a tuple or list of positional"
        " arguments, or a"
        " dict of keyword arguments was expected."
    )


def _short(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) < 60 else text[:57] + '...'}"


def guessed(model: nn.Module, size: tuple[int, ...] | None = None) -> tuple[torch.Tensor, str]:
    """An input that the model accepts, and a sentence on how it was found.

    *size* (without the batch) is what the model's package says. Else the first layer with weights tells the channels,
    and the first side of 224 and a few usual ones that the model runs with is taken.

    Raises:
        ExampleError: with the line to add, when nothing tells the size.
    """
    if size is not None:
        return random_input(size), f"The input {size} is the one that the model's package gives as its default."
    first = next((m for m in model.modules() if isinstance(m, _FIRST)), None)
    if first is None:
        raise ExampleError(
            f"No example input is known for {type(model).__name__}, and it has no convolution, linear or embedding"
            " layer to"
            f" work it out from. Add a line to the model file such as:\n    {LINE}\n"
            "or `example = (tensor, tensor)` for positional, `example = {'name': tensor}` for keyword arguments."
        )
    if isinstance(first, nn.Embedding):
        tokens = torch.arange(16).remainder(first.num_embeddings)[None]
        return tokens, f"The input was guessed: 16 token numbers for the embedding of {first.num_embeddings}. {_ADVICE}"
    if isinstance(first, nn.Linear):
        return random_input((first.in_features,)), f"The input was guessed from the first linear layer. {_ADVICE}"
    dims = 1 if isinstance(first, nn.Conv1d) else 3 if isinstance(first, nn.Conv3d) else 2
    sides = (64, 32, 96, 128, 16) if dims == 3 else (1024, 16000, 512, 256, 128, 64) if dims == 1 else _SIZES
    candidates = [(first.in_channels, *(side,) * dims) for side in sides]
    for candidate in candidates:
        example = random_input(candidate)
        if _runs(model, example):
            return example, f"The input {candidate} was guessed from the first convolution. {_ADVICE}"
    return random_input(candidates[0]), (
        f"The input {candidates[0]} was guessed from the first convolution, but the model does not run with it or other"
        f" usual sizes. {_ADVICE}"
    )


_FIRST = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.Embedding)
_ADVICE = "A line `example = (channels, height, width)` in the model file settles it."


def _runs(model: nn.Module, example: torch.Tensor) -> bool:
    parameter = next((p for p in model.parameters() if p.is_floating_point()), None)
    if parameter is not None:
        example = moved(example, parameter.device, parameter.dtype)
    try:
        with unchanged(model), torch.no_grad():
            model(example)
    except Exception:
        return False
    return True


def moved(value: Any, device: torch.device, dtype: torch.dtype | None) -> Any:
    """The same structure with its tensors on *device*, floating ones of *dtype* (None keeps theirs)."""
    if isinstance(value, torch.Tensor):
        return value.to(device, dtype if dtype is not None and value.is_floating_point() else None)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(moved(v, device, dtype) for v in value))
    if type(value) in (tuple, list):
        return type(value)(moved(v, device, dtype) for v in value)
    if type(value) is dict:
        return {k: moved(v, device, dtype) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: moved(getattr(value, f.name), device, dtype) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(value, **fields)
    return value
