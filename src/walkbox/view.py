"""A view: one eye, or one camera.

World frame: right-handed, +x right, +y up, -z forward, metres. Matrices multiply column vectors
(``p_world = world_from_view @ p_view``) and are float32; they are transposed only when they go to OpenGL.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["Fov", "View"]


@dataclass(frozen=True, slots=True)
class Fov:
    """Angles from the view axis in radians, as OpenXR gives them: left and down are negative."""

    left: float
    right: float
    up: float
    down: float

    @classmethod
    def symmetric(cls, vertical_deg: float, aspect: float) -> Fov:
        """An ordinary camera: vertical field of view in degrees, aspect = width / height."""
        up = math.radians(vertical_deg) / 2
        right = math.atan(math.tan(up) * aspect)
        return cls(-right, right, up, -up)


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn once a frame for one eye or camera.

    Attributes:
        world_from_view: 4x4 float32 rigid pose; the view looks along its own -z.
        fov: field of view, asymmetric in a headset.
        size_px: width and height of the target.
        scale: metres of the world that a metre of the one who looks takes; distances that belong to the eye (the near
            plane) grow with it. Positions in *world_from_view* are already in metres of the world.
    """

    world_from_view: np.ndarray
    fov: Fov
    size_px: tuple[int, int]
    scale: float = 1.0
