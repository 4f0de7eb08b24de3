"""Colour maps, baked to tables of 256 colours by the ``cmap`` package."""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["COLORMAPS", "DIVERGING", "INF_RGB", "NAN_RGB", "table"]

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
