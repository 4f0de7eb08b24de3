"""Poses between OpenXR's structures and matrices, and a person's metres and the world's. Plain numpy.

The play space is the frame of the person: its origin lies on the floor of the real room, metres are real ones.
"""

from __future__ import annotations

import math
from struct import Struct

import numpy as np

from walkbox.geometry import placed, walker_matrix

__all__ = ["LOCATION", "VIEW", "matrix_of", "play_under", "quaternion_of", "scale_of", "stand"]

LOCATION, VIEW = Struct("=Q7f"), Struct("=7f4f")
"""An ``XrSpaceLocation`` from its flags on, an ``XrView`` from its pose on (quaternion, position), read at once instead
of field by field.
"""


def scale_of(world_from_play: np.ndarray) -> float:
    """Metres of the world for a metre of the person: the uniform scale of a 4x4 pose, without float32's noise."""
    return round(math.hypot(*world_from_play[:3, 0].tolist()), 6)


def stand(world_from_play: np.ndarray, play_from_eye: np.ndarray, scale: float | None = None) -> np.ndarray:
    """4x4 float32 rigid world_from_eye of a rigid pose in a play space that is scaled; lengths are the world's.

    *scale* is :func:`scale_of` the play space, where it is known.
    """
    return placed(world_from_play, play_from_eye, scale or scale_of(world_from_play))


def play_under(world_from_view: np.ndarray, eye_height_m: float) -> np.ndarray:
    """4x4 float32 world_from_play of somebody who stands upright where a camera is and looks where it looks."""
    back = world_from_view[:3, 2]
    # A camera that looks straight down has no heading but that of its upper edge.
    heading = back if np.hypot(back[0], back[2]) > 1e-3 else -np.sign(back[1]) * world_from_view[:3, 1]
    yaw = float(np.arctan2(heading[0], heading[2]))
    return walker_matrix(world_from_view[:3, 3] - (0, eye_height_m, 0), yaw, 0.0)


def quaternion_of(rotation: np.ndarray) -> tuple[float, float, float, float]:
    """(x, y, z, w) of a rotation matrix (3, 3), w >= 0.

    Shepperd, "Quaternion from rotation matrix", 1978: the largest component is divided by, so nothing is lost.
    """
    m = rotation.tolist()
    squares = (
        1 + m[0][0] - m[1][1] - m[2][2],
        1 - m[0][0] + m[1][1] - m[2][2],
        1 - m[0][0] - m[1][1] + m[2][2],
        1 + m[0][0] + m[1][1] + m[2][2],
    )
    largest = max(range(4), key=squares.__getitem__)
    products = (
        (squares[0], m[1][0] + m[0][1], m[0][2] + m[2][0], m[2][1] - m[1][2]),
        (m[1][0] + m[0][1], squares[1], m[2][1] + m[1][2], m[0][2] - m[2][0]),
        (m[0][2] + m[2][0], m[2][1] + m[1][2], squares[2], m[1][0] - m[0][1]),
        (m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1], squares[3]),
    )[largest]
    by = 2 * squares[largest] ** 0.5
    x, y, z, w = (p / by for p in products)
    return (x, y, z, w) if w >= 0 else (-x, -y, -z, -w)


def matrix_of(x: float, y: float, z: float, w: float, px: float, py: float, pz: float) -> np.ndarray:
    """4x4 float32 of the numbers of an ``XrPosef``: quaternion and position.

    The quaternion is normalised, for it may be off by a hundredth.
    """
    s = 2 / (x * x + y * y + z * z + w * w)
    numbers = (
        (1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w), px),
        (s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w), py),
        (s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y), pz),
        (0.0, 0.0, 0.0, 1.0),
    )
    return np.array(numbers, np.float32)
