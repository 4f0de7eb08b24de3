"""Float16 blocks: a layer's maps packed for the render thread, in memory that is used again once nobody holds it."""

from __future__ import annotations

import math
import weakref

import numpy as np
import torch

__all__ = ["FLOAT16_MAX", "BlockPool", "finite_range", "pack", "power_of_two_scale"]

FLOAT16_MAX = 65504.0
"""Largest finite float16."""

_TINY = 2.0**-10
"""Below this largest magnitude, float16's fixed step of 2**-24 near zero would show: such layers are scaled up."""


class BlockPool:
    """Float16 arrays whose memory comes back by itself.

    Fresh memory costs a page fault for every 4 KiB, which for all maps of a model can take longer than computing them;
    and a block must not be written again while anybody reads it. So each array handed out is watched by a weak
    reference: when the last array or view that uses it is gone, wherever that was, its memory is taken for the next
    block of the same size.

    Any thread may drop arrays; only one may take them.
    """

    def __init__(self) -> None:
        self._free: dict[int, list[memoryview]] = {}

    def take(self, shape: tuple[int, ...]) -> np.ndarray:
        """A writable float16 array of that shape with arbitrary content."""
        size = 2 * math.prod(shape)
        if not size:
            return np.empty(shape, np.float16)
        waiting = self._free.setdefault(size, [])
        memory = waiting.pop() if waiting else np.empty(size, np.uint8).data
        # Views of this array keep it alive, because numpy does not look for a base beyond a memoryview.
        array = np.frombuffer(memory, np.float16)
        weakref.finalize(array, waiting.append, memory).atexit = False
        return array.reshape(shape)

    def clear(self) -> None:
        """Free all unused memory (another graph has other sizes); arrays in use are freed with their last reader."""
        self._free = {}

    @property
    def free_bytes(self) -> int:
        """Bytes that wait to be used again."""
        return sum(size * len(waiting) for size, waiting in self._free.items())


def finite_range(values: torch.Tensor) -> tuple[float, float]:
    """Smallest and largest finite value of a real tensor, (0, 0) where there is none."""
    if not values.numel():
        return 0.0, 0.0
    low, high = (float(v) for v in torch.aminmax(values))
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
    if values.dtype == torch.bool or values.dtype.itemsize == 1:
        values = values.to(torch.float32)  # bool and float8 have no minimum
    minimum, maximum = finite_range(values)
    scale = power_of_two_scale(minimum, maximum)
    if scale != 1.0:
        values = (values if values.dtype == torch.float64 else values.to(torch.float32)) / scale
    if values.device.type != "cpu":
        values = values.to(torch.float16)  # halve what crosses the bus
    array = pool.take(tuple(values.shape))
    torch.from_numpy(array).copy_(values)
    return array, scale, minimum, maximum
