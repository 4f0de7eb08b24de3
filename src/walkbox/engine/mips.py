"""Mip levels: halved copies of a block for maps drawn smaller than they are."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from walkbox.messages import mip_sizes

__all__ = ["mip_levels"]

_CHUNK_VALUES = 1 << 18  # of float32: 1 MiB, stays in a core's cache


def mip_levels(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Levels of a float16 block (count, height, width); empty where its maps are small.

    Values are averaged in float32. A NaN or Inf makes only those values NaN or Inf that it is part of.
    """
    levels: list[np.ndarray] = []
    above = torch.from_numpy(values)
    for height, width in mip_sizes(*values.shape[1:]):
        below = torch.empty(len(values), height, width, dtype=torch.float16)
        _halve(above, below)
        levels.append(below.numpy())
        above = below
    return tuple(levels)


def _halve(above: torch.Tensor, level: torch.Tensor) -> None:
    count, height, width = above.shape
    step = max(1, _CHUNK_VALUES // (height * width))
    buffer = torch.empty(min(step, count), height, width)
    for first in range(0, count, step):
        maps = buffer[: min(step, count - first)].copy_(above[first : first + step])
        if height % 2 or width % 2:
            # Odd sizes: windows overlap, so that no row is dropped.
            half = functional.adaptive_avg_pool2d(maps, (level.shape[1], level.shape[2]))
        else:
            rows = maps[:, ::2] + maps[:, 1::2]
            half = (rows[:, :, ::2] + rows[:, :, 1::2]).mul_(0.25)
        level[first : first + step].copy_(half)
