"""Pictures: whatever can be carried to an input frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Picture"]


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
