"""Steadying what a hand points at."""

from __future__ import annotations

import math

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
        self._value: np.ndarray | None = None
        self._speed = np.zeros(3)

    def reset(self) -> None:
        """Forget everything: the next direction is taken as it is."""
        self._value = None

    def update(self, direction: np.ndarray, dt_s: float) -> np.ndarray:
        """The steadied direction: (3,) float64, unit length.

        Args:
            direction: (3,), unit length, in a frame that does not turn with the person.
            dt_s: seconds since the last one.
        """
        direction = np.asarray(direction, np.float64)
        if self._value is None or self._value @ direction < math.cos(LEAP_RAD):
            self._value, self._speed = direction / math.sqrt(direction @ direction), np.zeros(3)
            return self._value
        if dt_s <= 0:
            return self._value
        change = (direction - self._value) / dt_s
        self._speed = self._speed + _share(SPEED_HZ, dt_s) * (change - self._speed)
        cutoff = SLOW_HZ + PER_SPEED_HZ * math.sqrt(self._speed @ self._speed)
        value = self._value + _share(cutoff, dt_s) * (direction - self._value)
        self._value = value / math.sqrt(value @ value)
        return self._value


def _share(cutoff_hz: float, dt_s: float) -> float:
    """How much of a new value a low pass takes over in one step."""
    return 1.0 / (1.0 + 1.0 / (2 * math.pi * cutoff_hz * dt_s))
