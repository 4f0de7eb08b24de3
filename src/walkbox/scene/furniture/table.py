"""A table beside the way in, to lay pictures on."""

from __future__ import annotations

import numpy as np

from walkbox.geometry import walker_matrix
from walkbox.scene.furniture.places import hall
from walkbox.scene.network import Network
from walkbox.scene.scene import Quad
from walkbox.scene.stand import FRAME, Stand, turned

__all__ = ["table_stand", "table_top"]

PLACE = (-2.4, -0.85, 0.9)
"""Across and along from where one comes in, metres, and its yaw: at hand, and out of sight of who looks ahead."""

HIGH_M, SIZE_M, EDGE_M, LEG_M = 0.82, (1.2, 0.7), 0.04, 0.05
TOP_RGBA = (0.055, 0.072, 0.105, 1.0)


def table_top(network: Network) -> Quad:
    """Where pictures can be laid: its face looks up, its lower edge is the one near the way in."""
    lying = walker_matrix(np.array([0.0, HIGH_M, SIZE_M[1] / 2]), 0.0, -np.pi / 2)
    return Quad((_stands(network) @ lying).astype(np.float32), SIZE_M, TOP_RGBA)


def table_stand(network: Network) -> Stand:
    """Its top, the edge of that, and four legs."""
    stand = Stand(_stands(network))
    stand.quads.append(table_top(network))
    width, depth = SIZE_M
    for yaw in (0.0, np.pi / 2, np.pi, -np.pi / 2):
        side = Stand(turned(stand.pose, 0, 0, 0, yaw))
        across, out = (width, depth / 2) if abs(np.sin(yaw)) < 0.5 else (depth, width / 2)
        side.pose = turned(side.pose, 0, 0, out, 0.0)
        side.rectangle(0, HIGH_M - EDGE_M, across, EDGE_M, FRAME)
        for x in (-1, 1):
            side.rectangle(x * (across / 2 - LEG_M / 2), 0, LEG_M, HIGH_M - EDGE_M, FRAME)
        stand.quads += side.quads
    return stand


def _stands(network: Network) -> np.ndarray:
    x, z, yaw = PLACE
    return turned(hall(network), x, 0.0, z, yaw)
