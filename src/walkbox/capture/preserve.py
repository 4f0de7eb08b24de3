"""Leaving a model exactly as it was, whatever its forward pass does to it."""

from __future__ import annotations

import random
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["random_state_kept", "unchanged"]

_COPIED = (dict, OrderedDict, defaultdict, list, set, deque)


@contextmanager
def random_state_kept(seed: int | None = None) -> Iterator[None]:
    """Put the random states of torch (every device in use), numpy and Python back at the end; *seed* them first."""
    cpu, np_state, py_state = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() and torch.cuda.is_initialized() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        if seed is not None:
            torch.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
        yield
    finally:
        torch.set_rng_state(cpu)
        np.random.set_state(np_state)  # noqa: NPY002
        random.setstate(py_state)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)


@contextmanager
def unchanged(
    model: nn.Module, inputs: Iterable[torch.Tensor] = (), written: Iterable[str] = ()
) -> Iterator[Callable[[torch.Tensor], None]]:
    """Run something inside, then put back all that it changed.

    Attributes of every module (training flags, hooks, caches; lists, dicts and sets one level deep), buffers,
    gradients, ``requires_grad``, the *inputs* and the random states are put back, also after an exception. Copying all
    parameters would double a model's memory: only those that are named in *written* are copied, and any that the caller
    hands to the function that this yields before it lets it change. These are put back even when their version counter
    stands still (it does when ``tensor.data`` is written).

    Parameters and buffers that a lazy module creates in its first forward pass stay.
    """
    named = list(model.named_parameters())
    lazy = any(is_lazy(p) for _, p in named)
    attributes = [] if lazy else [(m.__dict__, dict(m.__dict__), _copies(m.__dict__)) for m in model.modules()]
    training = any(m.training for m in model.modules())
    saved: dict[int, tuple[torch.Tensor, torch.Tensor, int | None]] = {}
    names = set(written)

    def copy(tensor: torch.Tensor, version: int | None) -> None:
        before = saved.get(id(tensor))
        saved[id(tensor)] = (tensor, tensor.detach().clone() if before is None else before[1], version)

    def keep(tensor: torch.Tensor) -> None:
        copy(tensor, None)

    for tensor in inputs:
        keep(tensor)
    for name, tensor in [] if lazy else model.named_buffers():
        copy(tensor, None if name in names else _version(tensor))
    for name, tensor in named:
        if name in names:
            keep(tensor)
    gradients = [] if lazy else [(p, p.grad, p.requires_grad) for _, p in named]
    for parameter, gradient, _ in gradients:
        if gradient is not None:
            parameter.grad = None
    try:
        with random_state_kept():
            yield keep
    finally:
        for now, before, copies in attributes:
            if len(now) != len(before) or any(now.get(k, now) is not v for k, v in before.items()):
                now.clear()
                now.update(before)
            for container, copy in copies:
                _put_back(container, copy)
        with torch.no_grad():
            for tensor, value, version in saved.values():
                # Batch norm writes its running statistics without raising their version.
                told = version is not None and not training
                if version != _version(tensor) if told else not _equal(tensor, value):
                    tensor.copy_(value)
        for parameter, gradient, flag in gradients:
            if parameter.grad is not gradient:
                parameter.grad = gradient
            if parameter.requires_grad != flag:
                parameter.requires_grad_(flag)


def _equal(tensor: torch.Tensor, value: torch.Tensor) -> bool:
    try:
        return torch.equal(tensor, value)
    except (NotImplementedError, RuntimeError):  # sparse, nested and the like
        return False


def _version(tensor: torch.Tensor) -> int | None:
    try:
        return tensor._version
    except RuntimeError:  # an inference tensor keeps no count
        return None


def _copies(attributes: dict[str, Any]) -> list[tuple[Any, Any]]:
    # A module has a dozen empty hook dictionaries: copying and comparing those took longer than all else here.
    return [(v, v.copy() if v else ()) for v in attributes.values() if type(v) in _COPIED]


def _put_back(container: Any, copy: Any) -> None:
    if not container and not copy:
        return
    same = len(container) == len(copy) and all(a is b for a, b in zip(_flat(container), _flat(copy), strict=True))
    if same:
        return
    container.clear()
    if isinstance(container, (list, deque)):
        container.extend(copy)
    else:
        container.update(copy)


def _flat(container: Any) -> Iterator[Any]:
    if isinstance(container, dict):
        for key, value in container.items():
            yield key
            yield value
    else:
        yield from container
