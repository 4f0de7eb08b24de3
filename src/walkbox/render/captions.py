"""Texts that belong to values: numbers on plates, and what is missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from walkbox.scene.network import Network
from walkbox.scene.scene import Text

__all__ = ["numbers", "shortfalls"]

_ABOVE_M = 0.003
_WARNING = (0.9, 0.6, 0.3, 1.0)


def _on_wall(x: float, y: float) -> np.ndarray:
    """A pose on a wall's face, in its frame."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 3] = x, y, _ABOVE_M
    return matrix


def numbers(network: Network) -> list[Text]:
    """The values of scalars, on their plates."""
    texts, arrangement = [], network.arrangement
    for layer in network.graph.layers:
        if layer.maps.kind == "scalar" and network.shown_run[layer.id]:
            width, height = (float(v) for v in arrangement.size[layer.id])
            capital = height * 0.32
            at = _on_wall(0.0, (height - capital) / 2)
            value = f"{network.minimum[layer.id]:.5g}".replace("-", "\N{MINUS SIGN}")
            texts.append(Text(value, at, capital, anchor="centre", max_width_m=width * 0.9, wall=layer.id))
    return texts


def shortfalls(network: Network, missing: Callable[[int], bool]) -> list[Text]:
    """What stands on a wall whose maps have no room in the texture memory."""
    texts, arrangement = [], network.arrangement
    for layer in network.graph.layers:
        if missing(layer.id):
            width, height = (float(v) for v in arrangement.size[layer.id])
            at = _on_wall(0.0, height * 0.5)
            said = "not shown: texture memory is full"
            texts.append(Text(said, at, 0.08, _WARNING, "centre", width * 0.9, layer.id))
    return texts
