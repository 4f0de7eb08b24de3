"""Handles: a slim bar under each wall, by which one takes hold of it."""

from __future__ import annotations

import numpy as np

from walkbox.layout.arrangement import Arrangement
from walkbox.scene.network import Network

__all__ = ["handle_rectangles", "handle_widths"]

MIDDLE_M = -0.13  # of the bar, from the wall's lower edge: as in handles.vert
REACH_M = (0.04, 0.07)  # how far beside and over its middle a handle can still be hit
SHARE, WIDTH_M = 0.3, (0.22, 0.7)


def handle_widths(arrangement: Arrangement) -> np.ndarray:
    """(L,) lengths of the bars, in metres of the walls' frames."""
    return np.clip(arrangement.size[:, 0] * SHARE, *WIDTH_M)


def handle_rectangles(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Where handles can be hit: poses (L, 4, 4) of the middles of lower edges in the world, and sizes (L, 2).

    Sizes are in metres of the walls' frames; those of hidden walls are negative.
    """
    a = network.arrangement
    poses = network.world_from_wall().copy()
    poses[:, :3, 3] += poses[:, :3, 1] * (MIDDLE_M - REACH_M[1])
    sizes = np.stack([handle_widths(a) + 2 * REACH_M[0], np.full(len(poses), 2 * REACH_M[1])], axis=1)
    sizes[a.hidden] = -1.0
    return poses, sizes
