"""Finding the tensors inside arguments and results."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Set
from typing import Any

import torch

__all__ = ["direct_tensors", "named_tensors"]

_PLAIN = (str, bytes, int, float, complex, bool, type(None), torch.dtype, torch.device, type)


def direct_tensors(value: Any, found: list[torch.Tensor]) -> None:
    """Append the tensors of an operation's arguments or result: nested lists, tuples and dicts only (fast)."""
    if isinstance(value, torch.Tensor):
        found.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            direct_tensors(item, found)
    elif isinstance(value, dict):
        for item in value.values():
            direct_tensors(item, found)


def named_tensors(value: Any, name: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor in what a person gives to or gets from a model, once, with its dotted name.

    Goes through mappings, lists, tuples, sets, dataclasses and objects with attributes.
    """
    yield from _walk(value, name, set(), 0)


def _walk(value: Any, name: str, seen: set[int], depth: int) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, _PLAIN) or id(value) in seen or depth > 8:
        return
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        yield name, value
        return
    if isinstance(value, Mapping):
        items = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        items = list(zip(getattr(value, "_fields"), value, strict=True))  # noqa: B009
    elif isinstance(value, (list, tuple, Set)):
        items = [(str(i), v) for i, v in enumerate(value)]
    elif dataclasses.is_dataclass(value):
        items = [(f.name, getattr(value, f.name, None)) for f in dataclasses.fields(value)]
    elif isinstance(value, torch.nn.Module) or callable(value):
        return
    else:
        items = list(getattr(value, "__dict__", {}).items())
    for key, item in items:
        yield from _walk(item, f"{name}.{key}" if name else key, seen, depth + 1)
