"""Both hands hold the world: they move it, turn it about the vertical and make it larger or smaller."""

from __future__ import annotations

import math

import numpy as np

from walkbox.interaction.locomotion import SCALES, Walker

__all__ = ["WorldGrip"]

NEAREST_M = 0.03
"""Hands nearer to each other than this say nothing of size or direction."""


class WorldGrip:
    """Keeps the points of the world that both hands took hold of under these hands.

    Each frame follows from the one before, so that a jump or turn in between takes nothing back. The world stays
    upright: where one hand rises against the other, what lies between them stays, and the distance.

    Attributes:
        holding: the world is being held.
    """

    def __init__(self) -> None:
        self._hands: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def holding(self) -> bool:
        """The world is held since the last frame."""
        return self._hands is not None

    def let_go(self) -> None:
        """The world stays as it is."""
        self._hands = None

    def move(self, walker: Walker, left: np.ndarray, right: np.ndarray) -> None:
        """Take hold, then follow the hands: (3,) each, play space, metres of the person."""
        hands = np.asarray(left, np.float64), np.asarray(right, np.float64)
        if self._hands is not None:
            self._follow(walker, self._hands, hands)
        self._hands = hands

    @staticmethod
    def _follow(walker: Walker, old: tuple[np.ndarray, np.ndarray], new: tuple[np.ndarray, np.ndarray]) -> None:
        middle = _in_world(walker, (old[0] + old[1]) / 2)
        before, after = old[1] - old[0], new[1] - new[0]
        apart, apart_now = math.sqrt(before @ before), math.sqrt(after @ after)
        if min(apart, apart_now) > NEAREST_M:
            walker.scale = min(max(walker.scale * apart / apart_now, SCALES[0]), SCALES[1])
        if min(math.hypot(before[0], before[2]), math.hypot(after[0], after[2])) > NEAREST_M:
            # The hands turn left in the play space: for the world to turn with them, the play space turns right.
            walker.yaw += math.atan2(-before[2], before[0]) - math.atan2(-after[2], after[0])
        walker.position += middle - _in_world(walker, (new[0] + new[1]) / 2)


def _in_world(walker: Walker, point: np.ndarray) -> np.ndarray:
    """A point of the play space in the world, as exactly as the walker is kept."""
    cos, sin = math.cos(walker.yaw), math.sin(walker.yaw)
    x, y, z = (float(v) for v in point)
    turned = np.array([cos * x + sin * z, y + walker.lift_m, cos * z - sin * x])
    return walker.position + walker.scale * turned
