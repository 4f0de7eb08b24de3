"""What is laid over the picture in the input frame: what a value sees of it, and the classes of its pixels."""

from __future__ import annotations

import numpy as np

from walkbox.colour import class_colours

__all__ = ["lit", "masked"]

GLOW = np.array([255, 176, 84], np.float32)
DIM, GREY, STRONGEST = 0.26, 0.6, 0.62
SHARE = 0.55


def lit(pixels: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """A picture dimmed and greyed, lit warmly where a value sees it.

    Args:
        pixels: uint8 (H, W, 3).
        strength: float32 (h, w), 0..1.
    """
    picture = pixels[..., :3].astype(np.float32)
    # The root: half of the pixels of a field have a hundredth of its largest gradient.
    seen = np.sqrt(np.clip(np.nan_to_num(_fitted(strength, picture), nan=0.0), 0, 1))[..., None]
    grey = picture.mean(axis=2, keepdims=True)
    dim = DIM * (GREY * grey + (1 - GREY) * picture)
    bright = picture * (1 - STRONGEST) + GLOW * STRONGEST
    return (dim * (1 - seen) + bright * seen + 0.5).clip(0, 255).astype(np.uint8)


def masked(pixels: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """A picture with the colours of classes half transparent over it.

    Args:
        pixels: uint8 (H, W, 3).
        classes: whole numbers (h, w) below *count*.
        count: classes there are.
    """
    colours = class_colours(count)[np.minimum(_fitted(classes, pixels), count - 1)]
    return (pixels[..., :3] * (1 - SHARE) + colours * SHARE + 0.5).astype(np.uint8)


def _fitted(values: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Values (h, w) for each pixel of a picture, the nearest ones."""
    (height, width), (rows, columns) = picture.shape[:2], values.shape
    if (height, width) == (rows, columns):
        return values
    return values[np.arange(height)[:, None] * rows // height, np.arange(width) * columns // width]
