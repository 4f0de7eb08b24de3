"""Values as colours: ranges, and colour maps baked to tables of 256 colours by the ``cmap`` package."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

__all__ = ["COLORMAPS", "DIVERGING", "INF_RGB", "NAN_RGB", "automatic", "balanced", "class_colours", "colours", "table"]

FINITE = 1e38  # larger values would leave no room in float32 for a range around them

COLORMAPS: dict[str, str] = {
    "balance": "cmocean:balance",
    "berlin": "crameri:berlin",
    "magma": "bids:magma",
    "viridis": "bids:viridis",
    "cividis": "cividis:cividis",
    "grey": "matplotlib:grey",
}
"""Our name of each colour map, and the catalogue's."""

DIVERGING = frozenset({"balance", "berlin"})
"""Those whose middle means zero."""

NAN_RGB = (0.95, 0.25, 0.85)
INF_RGB = (1.0, 0.85, 0.1)
"""Colours that no map holds, for what is not a number and for what is infinite."""


@cache
def table(name: str) -> np.ndarray:
    """uint8 (256, 3), sRGB, from the smallest value to the largest. The array is shared: do not write to it."""
    import cmap

    colours = np.asarray(cmap.Colormap(COLORMAPS[name])(np.linspace(0, 1, 256)))[:, :3]
    result = (colours * 255 + 0.5).astype(np.uint8)
    result.setflags(write=False)
    return result


@cache
def class_colours(count: int) -> np.ndarray:
    """uint8 (count, 3), sRGB: a colour for each class of a segmentation. Neighbours differ; class 0 is a dark grey.

    Hues a golden angle apart, in three lightnesses in turn. The array is shared: do not write to it.
    """
    import colorsys

    made = [
        colorsys.hls_to_rgb((0.58 + k * 0.381966) % 1.0, (0.5, 0.65, 0.38)[k % 3], 0.55) if k else (0.16, 0.17, 0.19)
        for k in range(count)
    ]
    result = (np.array(made).reshape(-1, 3) * 255 + 0.5).astype(np.uint8)
    result.setflags(write=False)
    return result


def automatic(signed: bool) -> str:
    """The colour map that ``auto`` stands for: diverging for layers with negative values, else sequential."""
    return "berlin" if signed else "magma"


def balanced(low: np.ndarray, high: np.ndarray, signed: np.ndarray, symmetric: str = "auto") -> np.ndarray:
    """(..., 2) float32: the true values that get the first and the last colour. Finite, the second above the first.

    Args:
        low, high: (...) float64, the smallest and the largest value to tell apart; swapped ones and NaN are put right.
        signed: (...) bool, where ``auto`` makes the range symmetric about zero.
        symmetric: ``auto``, ``on`` or ``off``.
    """
    about_zero = signed if symmetric == "auto" else np.full(np.shape(low), symmetric == "on")
    low, high = (np.nan_to_num(v, nan=0.0).clip(-FINITE, FINITE) for v in (low, high))
    low, high = np.minimum(low, high), np.maximum(low, high)
    reach = np.maximum(np.abs(low), np.abs(high))
    low, high = np.where(about_zero, -reach, low), np.where(about_zero, reach, high)
    # A constant map gets a range that float32 can still tell apart.
    room = np.maximum(np.abs(low) * 1e-3, 0.5)
    flat = (high - low) <= np.maximum(np.abs(low), np.abs(high)) * 1e-6
    low, high = np.where(flat, low - room, low), np.where(flat, high + room, high)
    return np.stack([low, high], axis=-1).astype(np.float32)


def colours(values: np.ndarray, low: float, high: float, colormap: str, transfer: str = "linear") -> np.ndarray:
    """uint8 (H, W, 3) of (H, W) true values, as the shader colours them.

    Args:
        values: float32.
        low, high: the values that get the first and the last colour.
        colormap: a name of :data:`COLORMAPS`.
        transfer: ``linear`` or ``log`` (symmetric logarithm with the same ends).
    """
    finite = np.isfinite(values)
    known = np.where(finite, values, low).astype(np.float64)
    if transfer == "log":
        low, high = _log(low), _log(high)
        known = np.sign(known) * np.log1p(np.abs(known))
    place = np.clip((known - low) / max(high - low, 1e-300), 0, 1)
    found = table(colormap)[(place * 255 + 0.5).astype(np.uint8)]
    if not finite.all():
        found[np.isnan(values)] = _bytes(NAN_RGB)
        found[np.isinf(values)] = _bytes(INF_RGB)
    return found


def _log(value: float) -> float:
    return math.copysign(math.log1p(abs(value)), value)


def _bytes(rgb: tuple[float, float, float]) -> np.ndarray:
    return (np.asarray(rgb) * 255 + 0.5).astype(np.uint8)
