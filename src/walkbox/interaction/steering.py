"""Sticks: turning, gliding, stepping back, and how much of the edge of sight is dimmed for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from walkbox.config import Settings
from walkbox.interaction.ground import Ground
from walkbox.interaction.hands import RayHand
from walkbox.interaction.locomotion import Walker
from walkbox.scene.scene import Scene

__all__ = ["Steering"]

STICK_RESTS = 0.15
STEP_BACK_M = 0.6
CHEST_M = 1.1
VIGNETTE_S = 0.15
"""Time in which the vignette comes within 1/e of where it should be."""


class Steering:
    """Moves the walker as both sticks say.

    With ``motion`` ``teleport`` either stick turns (sideways) and steps back, and teleports forward (not here). With
    ``smooth`` the left one glides where the head looks, with ``fly`` where its hand points, and the right one turns.

    Attributes:
        vignette: 0..1, of this frame.
    """

    def __init__(self) -> None:
        self.vignette = 0.0

    def update(
        self, hands: Sequence[RayHand], walker: Walker, scene: Scene, ground: Ground, settings: Settings, dt_s: float
    ) -> list[str]:
        """One frame; returns the names of the hands that made a snap turn or a step."""
        ticks = []
        turning = 0.0
        for hand in hands:
            x, meaning = hand.stick[0], hand.flick.meaning
            if meaning == "turn" and (settings.motion == "teleport" or hand.name == "right"):
                if settings.turn == "smooth":
                    turning = -x
                elif hand.flick.began:
                    walker.turn(-math.copysign(math.radians(settings.snap_deg), x))
                    ticks.append(hand.name)
            if settings.motion == "teleport" and meaning == "back" and hand.flick.began:
                ticks += [hand.name] * self._step_back(walker, scene, ground)
        if turning:
            walker.turn(turning * math.radians(settings.turn_deg_s) * dt_s)
        if settings.motion == "smooth":
            walker.move(self._wanted(hands[0], walker, settings), dt_s)
        else:
            walker.velocity[:] = 0
        self._dim(walker, settings, abs(turning), dt_s)
        return ticks

    def rest(self, walker: Walker, settings: Settings, dt_s: float) -> None:
        """A frame in which the sticks count for nothing."""
        walker.velocity[:] = 0
        self._dim(walker, settings, 0.0, dt_s)

    def _dim(self, walker: Walker, settings: Settings, turning: float, dt_s: float) -> None:
        gliding = math.hypot(*walker.velocity.tolist()) / (settings.walk_speed_m_s * walker.scale)
        wanted = min(max(gliding, turning), 1.0) * settings.vignette
        if wanted == self.vignette:
            return
        self.vignette += (wanted - self.vignette) * -math.expm1(-max(dt_s, 0.0) / VIGNETTE_S)
        if wanted == 0 and self.vignette < 1e-3:
            self.vignette = 0.0

    @staticmethod
    def _wanted(hand: RayHand, walker: Walker, settings: Settings) -> np.ndarray:
        """Velocity in the world frame."""
        x, y = hand.stick if hand.flick.meaning != "other" else (0.0, 0.0)
        length = math.hypot(x, y)
        if length <= STICK_RESTS:
            return np.zeros(3)
        speed = min((length - STICK_RESTS) / (1 - STICK_RESTS), 1.0) * settings.walk_speed_m_s * walker.scale / length
        yaw, up, level = walker.facing, 0.0, 1.0
        if settings.fly and hand.direction is not None:
            right, up, back = (float(v) for v in hand.direction)
            yaw, level = walker.yaw + math.atan2(-right, -back), math.hypot(right, back)
        sin, cos = math.sin(yaw), math.cos(yaw)
        return speed * np.array([x * cos - y * level * sin, y * up, -x * sin - y * level * cos])

    @staticmethod
    def _step_back(walker: Walker, scene: Scene, ground: Ground) -> bool:
        """A step away from where one looks, unless something stands there."""
        here, yaw = walker.spot, walker.facing
        there = here + STEP_BACK_M * walker.scale * np.array([math.sin(yaw), 0.0, math.cos(yaw)])
        chest = np.array([0.0, CHEST_M * walker.scale, 0.0])
        if ground.obstacle(scene, np.stack([here, there]) + chest, walker.scale) is not None:
            return False
        if not ground.free(scene, there, walker.bounds, walker.scale):
            return False
        walker.position += there - here
        return True
