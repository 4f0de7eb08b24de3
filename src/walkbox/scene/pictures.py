"""Pictures: whatever can be carried to an input frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["THUMBNAIL_PX", "Picture"]

THUMBNAIL_PX = 256
"""A thumbnail has fewer than twice as many rows and columns."""


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        id: unique in the scene.
        pixels: uint8 (H, W, 3), sRGB, row 0 on top.
        name: what is written under it.
        label: its true class, or an empty string.
        path: the file it came from, or an empty string.
    """

    id: int
    pixels: np.ndarray
    name: str
    label: str = ""
    path: str = ""

    @cached_property
    def thumbnail(self) -> np.ndarray:
        """The same for the shelf: whole pixels averaged where it is large, else the pixels themselves."""
        step = max(self.pixels.shape[:2]) // THUMBNAIL_PX
        if step < 2:
            return self.pixels
        height, width = (max(1, side // step) for side in self.pixels.shape[:2])
        cut = self.pixels[: height * step, : width * step]
        if min(cut.shape[:2]) < step:  # a strip thinner than a step
            return self.pixels
        total = cut.reshape(height, step, width, step, 3).sum(axis=(1, 3), dtype=np.uint32)
        return ((total + step * step // 2) // (step * step)).astype(np.uint8)
