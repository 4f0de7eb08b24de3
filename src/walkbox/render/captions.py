"""Texts that belong to values: numbers on plates, and what is missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from walkbox.scene.network import Network
from walkbox.scene.scene import Text

__all__ = ["numbers", "shortfalls"]

_ABOVE_M = 0.003
_WARNING = (0.9, 0.6, 0.3, 1.0)


def _on_wall(pose: np.ndarray, x: float, y: float) -> np.ndarray:
    """A pose on a wall's face."""
    matrix = pose.copy()
    matrix[:3, 3] = pose[:3] @ np.array([x, y, _ABOVE_M, 1], np.float32)
    return matrix


def numbers(network: Network) -> list[Text]:
    """The values of scalars, on their plates."""
    texts, arrangement, poses = [], network.arrangement, network.world_from_wall()
    for layer in network.graph.layers:
        if layer.maps.kind == "scalar" and network.shown_run[layer.id]:
            width, height = (float(v) for v in arrangement.size[layer.id])
            capital = height * 0.32
            at = _on_wall(poses[layer.id], 0.0, (height - capital) / 2)
            value = f"{network.minimum[layer.id]:.5g}".replace("-", "\N{MINUS SIGN}")
            texts.append(Text(value, at, capital, anchor="centre", max_width_m=width * 0.9))
    return texts


def shortfalls(network: Network, missing: Callable[[int], bool]) -> list[Text]:
    """What stands on a wall whose maps have no room in the texture memory."""
    texts, arrangement, poses = [], network.arrangement, network.world_from_wall()
    for layer in network.graph.layers:
        if missing(layer.id):
            width, height = (float(v) for v in arrangement.size[layer.id])
            at = _on_wall(poses[layer.id], 0.0, height * 0.5)
            texts.append(Text("not shown: texture memory is full", at, 0.08, _WARNING, "centre", width * 0.9))
    return texts
