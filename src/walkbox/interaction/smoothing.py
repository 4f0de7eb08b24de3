"""Steadying what a hand points at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["SteadyDirection"]

SLOW_HZ = 1.8
"""Cut-off for a hand that rests: a tremor of 8 to 12 Hz is mostly gone."""

PER_SPEED_HZ = 14.0
"""How much the cut-off rises for each radian a second: one turn of the hand is followed within a frame or two."""

SPEED_HZ = 1.0
LEAP_RAD = 0.35
"""A direction that changes more than this in one frame was not moved there: it is taken as it is."""


class SteadyDirection:
    """The one-euro filter on a unit vector: slow movement is smoothed, fast movement followed.

    Casiez, Roussel and Vogel, "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
    Systems", CHI 2012.
    """

    def __init__(self) -> None:
        self._value: tuple[float, float, float] | None = None
        self._speed = (0.0, 0.0, 0.0)

    def reset(self) -> None:
        """Forget everything: the next direction is taken as it is."""
        self._value = None

    def update(self, direction: Sequence[float], dt_s: float) -> np.ndarray:
        """The steadied direction: (3,) float32, unit length.

        Args:
            direction: x, y and z, of unit length, in a frame that does not turn with the person.
            dt_s: seconds since the last one.
        """
        x, y, z = direction
        if self._value is None or _dot(self._value, (x, y, z)) < math.cos(LEAP_RAD):
            self._value, self._speed = _unit(x, y, z), (0.0, 0.0, 0.0)
        elif dt_s > 0:
            (vx, vy, vz), (sx, sy, sz), share = self._value, self._speed, _share(SPEED_HZ, dt_s)
            sx += share * ((x - vx) / dt_s - sx)
            sy += share * ((y - vy) / dt_s - sy)
            sz += share * ((z - vz) / dt_s - sz)
            self._speed = sx, sy, sz
            share = _share(SLOW_HZ + PER_SPEED_HZ * math.hypot(sx, sy, sz), dt_s)
            self._value = _unit(vx + share * (x - vx), vy + share * (y - vy), vz + share * (z - vz))
        return np.array(self._value, np.float32)


def _dot(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length


def _share(cutoff_hz: float, dt_s: float) -> float:
    """How much of a new value a low pass takes over in one step."""
    return 1.0 / (1.0 + 1.0 / (2 * math.pi * cutoff_hz * dt_s))
