"""Float16 blocks: a layer's maps packed for the render thread, in memory that is used again once nobody holds it."""

from __future__ import annotations

import math
from collections import deque
from sys import getrefcount

import numpy as np
import torch

__all__ = ["FLOAT16_MAX", "BlockPool", "finite_range", "pack", "power_of_two_scale"]

FLOAT16_MAX = 65504.0
"""Largest finite float16."""

_TINY = 2.0**-10
"""Below this largest magnitude, float16's fixed step of 2**-24 near zero would show: such layers are scaled up."""


class BlockPool:
    """Float16 arrays that are taken again once nobody reads them.

    Fresh memory costs a page fault for every 4 KiB, which for all maps of a model can take longer than computing them;
    and a block must not be written again while anybody reads it. The pool keeps each array it has handed out; every
    reader, a view or a tensor on the array too, holds a reference to it, so its reference count tells when it is free.

    Any thread may drop arrays; only one may take them.
    """

    def __init__(self) -> None:
        # By number of values; the least recently taken comes first: the likeliest to be free.
        self._arrays: dict[int, deque[_Pooled]] = {}

    def take(self, shape: tuple[int, ...]) -> tuple[np.ndarray, torch.Tensor]:
        """A float16 array of that shape with arbitrary content, and a tensor on the same memory to write it with.

        The array is for the readers. The tensor is the pool's own: it does not keep the array from being taken again.
        """
        array, tensor = self._unread(math.prod(shape))
        return array.reshape(shape), tensor.view(shape)

    def _unread(self, size: int) -> _Pooled:
        known = self._arrays.setdefault(size, deque())
        for _ in range(len(known)):
            pooled = known[0]
            known.rotate(-1)
            if getrefcount(pooled[0]) == _UNREAD:
                return pooled
        known.append(pooled := _new(size))
        return pooled

    def clear(self) -> None:
        """Keep nothing (another graph has other sizes); arrays in use are freed with their last reader."""
        self._arrays = {}

    @property
    def free_bytes(self) -> int:
        """Bytes that wait to be used again."""
        return sum(p[0].nbytes for known in self._arrays.values() for p in known if getrefcount(p[0]) == _UNREAD)


_Pooled = tuple[np.ndarray, torch.Tensor]


def _new(size: int) -> _Pooled:
    array = np.empty(size, np.float16)
    return array, torch.from_numpy(array)


_PROBE = _new(1)
_UNREAD = getrefcount(_PROBE[0])
"""References to an array that only its pool holds."""


def finite_range(values: torch.Tensor) -> tuple[float, float]:
    """Smallest and largest finite value of a real tensor, (0, 0) where there is none."""
    if not values.numel():
        return 0.0, 0.0
    low, high = torch.aminmax(values)
    low, high = low.item(), high.item()
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = torch.isfinite(values)
    if not finite.any():
        return 0.0, 0.0
    return float(values.where(finite, math.inf).amin()), float(values.where(finite, -math.inf).amax())


def power_of_two_scale(minimum: float, maximum: float) -> float:
    """What to divide by before rounding to float16.

    1 as long as float16 serves; else the power of two that brings the largest magnitude to between 2**14 and 2**15,
    where most of float16's range is left for the small values beside it.
    """
    largest = max(abs(minimum), abs(maximum))
    if largest == 0 or _TINY <= largest <= FLOAT16_MAX:
        return 1.0
    # Not below 2**-126, so that the factor 1 / scale is a finite float32.
    return math.ldexp(1.0, max(math.frexp(largest)[1] - 15, -126))


def pack(values: torch.Tensor, pool: BlockPool) -> tuple[np.ndarray, float, float, float]:
    """Copy maps into a float16 array of *pool*.

    Args:
        values: (count, height, width), any real dtype and device, any strides; read at once and not kept.
        pool: where the array's memory comes from.

    Returns:
        The array, its scale, and the smallest and largest finite true value (as in :class:`walkbox.messages.Block`).
    """
    if values.dtype is not torch.float32 and values.dtype.itemsize == 1:
        values = values.to(torch.float32)  # bool and float8 have no minimum
    minimum, maximum = finite_range(values)
    scale = power_of_two_scale(minimum, maximum)
    if scale != 1.0:
        values = (values if values.dtype == torch.float64 else values.to(torch.float32)) / scale
    if values.device.type != "cpu":
        values = values.to(torch.float16)  # halve what crosses the bus
    array, writer = pool.take(tuple(values.shape))
    writer.copy_(values)
    return array, scale, minimum, maximum
