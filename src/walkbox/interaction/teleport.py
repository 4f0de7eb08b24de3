"""Teleporting: the flight of a thrown ball, and whether one may stand where it lands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walkbox.interaction.ground import Ground
from walkbox.interaction.locomotion import Walker
from walkbox.scene.scene import Scene

__all__ = ["Aim", "aim"]

SPEED_M_S = 8.0
GRAVITY_M_S2 = 9.81
LONGEST_S = 3.0
POINTS = 32
STRAIGHT_RAD = math.radians(20)
"""A thumb pushes forward no more exactly than this: within it one goes on looking where one looks."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A teleport that is being aimed, world frame.

    Attributes:
        points: (N, 3) float32 along the flight, up to where it ends.
        spot: (3,) float64 where it meets the floor, None where it does not.
        turn: radians to the left that one would turn there.
        good: one may land there.
    """

    points: np.ndarray
    spot: np.ndarray | None
    turn: float
    good: bool


def aim(
    ground: Ground, scene: Scene, walker: Walker, origin: np.ndarray, direction: np.ndarray, thumb: float = 0.0
) -> Aim:
    """Throw a ball from a hand: it flies as far for an ant or a giant as they are large.

    Args:
        ground: where one may stand.
        scene, walker: who stands where.
        origin, direction: (3,) of the ray, world frame, the direction of unit length.
        thumb: where the stick is pushed, radians to the left of forward: it turns where one will look.
    """
    scale = walker.scale
    falls_s = _falls(float(origin[1]) / scale, SPEED_M_S * float(direction[1]))
    times = np.linspace(0.0, min(falls_s, LONGEST_S), POINTS)[:, None]
    flown = np.asarray(direction, np.float64) * (SPEED_M_S * times)
    flown[:, 1] -= 0.5 * GRAVITY_M_S2 * times[:, 0] ** 2
    points = np.asarray(origin, np.float64) + scale * flown
    turn = math.copysign(max(abs(thumb) - STRAIGHT_RAD, 0.0) / (math.pi - STRAIGHT_RAD) * math.pi, thumb)
    # From the head on: a hand that reaches through a wall does not throw from behind it.
    head = walker.world_from_view(0.0)[:3, 3]
    met = ground.obstacle(scene, np.vstack([head, points]), scale)
    if met is not None:
        segment, point = met
        return Aim(np.vstack([points[: max(segment, 1)], point]).astype(np.float32), None, turn, False)
    if falls_s > LONGEST_S:
        return Aim(points.astype(np.float32), None, turn, False)
    spot = points[-1].copy()
    spot[1] = 0.0
    return Aim(points.astype(np.float32), spot, turn, ground.free(scene, spot, walker.bounds, scale))


def _falls(height: float, rise: float) -> float:
    """Seconds until a ball that starts with *rise* metres a second comes down to the floor, inf from below it."""
    if height < 0:
        return math.inf
    return (rise + math.sqrt(rise * rise + 2 * GRAVITY_M_S2 * height)) / GRAVITY_M_S2
