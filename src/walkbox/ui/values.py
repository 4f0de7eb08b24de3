"""Values as colours and as words, the same for every panel. numpy alone."""

from __future__ import annotations

import math

from walkbox.colour import colours

__all__ = ["colours", "number", "per_cent", "ticks"]


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
