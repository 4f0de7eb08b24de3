"""Values as colours and as words, the same for every panel. numpy alone."""

from __future__ import annotations

import math

import numpy as np

from walkbox.colour import INF_RGB, NAN_RGB, table

__all__ = ["colours", "number", "per_cent", "ticks"]


def colours(values: np.ndarray, low: float, high: float, colormap: str, transfer: str = "linear") -> np.ndarray:
    """uint8 (H, W, 3) of (H, W) true values, as the shader colours them.

    Args:
        values: float32.
        low, high: the values that get the first and the last colour.
        colormap: a name of :data:`walkbox.colour.COLORMAPS`.
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


def number(value: float, digits: int = 5) -> str:
    """A number of *digits* significant digits, with a real minus sign.

    >>> number(-0.0123456)
    '−0.012346'
    """
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "\N{MINUS SIGN}Inf"
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    return text.replace("-", "\N{MINUS SIGN}", 1) if value < 0 else text


def per_cent(share: float) -> str:
    """A share of 0..1 in per cent: small ones keep a digit, and only a true zero is 0 %.

    >>> per_cent(0.4567), per_cent(0.00001), per_cent(0)
    ('45.7 %', '< 0.1 %', '0 %')
    """
    share = float(share)
    if share == 0 or math.isnan(share):
        return "0 %" if share == 0 else "?"
    if share < 0.0005:
        return "< 0.1 %"
    return f"{share * 100:.1f} %" if share < 1 else "100 %"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from *low* to *high*, at most *most* of them, at equal distances of 1, 2 or 5 times a power of ten.

    >>> ticks(-0.34, 0.41)
    [-0.2, 0.0, 0.2, 0.4]
    """
    smallest = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (smallest * n for n in (1, 2, 5, 10)):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < most:
            break
    return [float(f"{n * step:.6g}") for n in range(first, last + 1)]
