"""Leaving a model exactly as it was, whatever its forward pass does to it."""

from __future__ import annotations

import random
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import is_
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
    modules = list(model.modules())
    parameters = _unique(m._parameters for m in modules)
    buffers = _unique(m._buffers for m in modules)
    lazy = any(map(is_lazy, parameters))
    attributes = [] if lazy else [(m.__dict__, dict(m.__dict__)) for m in modules]
    containers = [v for _, then in attributes for v in then.values() if type(v) in _COPIED]
    # A module has a dozen empty hook dictionaries: they are only asked whether they are empty still.
    empty = [v for v in containers if not v]
    filled = [(v, v.copy()) for v in containers if v]
    training = any(m.training for m in modules)
    kept: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def keep(tensor: torch.Tensor) -> None:
        if id(tensor) not in kept:
            kept[id(tensor)] = (tensor, tensor.detach().clone())

    for tensor in inputs:
        keep(tensor)
    if names := set(written):
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            if name in names:
                keep(tensor)
    before = [] if lazy else [(t, t.detach().clone(), _version(t)) for t in buffers if id(t) not in kept]
    gradients = [] if lazy else [(p, p.grad, p.requires_grad) for p in parameters]
    for parameter, gradient, _ in gradients:
        if gradient is not None:
            parameter.grad = None
    try:
        with random_state_kept():
            yield keep
    finally:
        for now, then in attributes:
            if not _same(now, then):
                _put_back(now, then)
        for container, copy in filled:
            if not _same(container, copy):
                _put_back(container, copy)
        for container in filter(None, empty):
            container.clear()
        with torch.no_grad():
            for tensor, value, version in before:
                # Batch norm writes its running statistics without raising their version.
                told = version is not None and not training
                if version != _version(tensor) if told else not _equal(tensor, value):
                    tensor.copy_(value)
            for tensor, value in kept.values():
                if not _equal(tensor, value):
                    tensor.copy_(value)
        for parameter, gradient, flag in gradients:
            if parameter.grad is not gradient:
                parameter.grad = gradient
            if parameter.requires_grad != flag:
                parameter.requires_grad_(flag)


def _unique(tables: Iterable[dict[str, Any]]) -> list[Any]:
    return list({id(t): t for table in tables for t in table.values() if t is not None}.values())


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


def _same(now: Any, then: Any) -> bool:
    """The same objects under the same keys and in the same order."""
    if len(now) != len(then):
        return False
    if not now:
        return True
    if isinstance(now, dict):
        return all(map(is_, now, then)) and all(map(is_, now.values(), then.values()))
    return now == then if isinstance(now, set) else all(map(is_, now, then))


def _put_back(container: Any, copy: Any) -> None:
    container.clear()
    if isinstance(container, (list, deque)):
        container.extend(copy)
    else:
        container.update(copy)
