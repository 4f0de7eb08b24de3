"""Walking: where the person stands and where they look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.inputs import Input

__all__ = ["Walker"]

SETTLE_S = 0.09
"""Time in which the speed comes within 1/e of the wanted one: short enough to feel direct, long enough not to jerk."""

STEEPEST_RAD = math.radians(88)
LONGEST_FRAME_S = 0.1
MARGIN_M = 12.0
HIGHEST_M = 60.0


@dataclass
class _Journey:
    """A jump under way."""

    start: np.ndarray
    goal: np.ndarray
    turn: np.ndarray
    angles: np.ndarray
    duration_s: float
    elapsed_s: float = 0.0


class Walker:
    """A person in the world frame (desktop: the camera; headset: the origin of the play space).

    Attributes:
        position: (3,) float64, the point of the floor (or in the air above it) that they stand on, metres.
        yaw, pitch: radians; 0, 0 looks along -z, positive turns left and looks up.
        velocity: (3,) float64, metres a second.
        bounds: (2, 3) smallest and largest position, or None for no limit; y = 0 is the floor and always a limit.
    """

    def __init__(
        self, position: np.ndarray | tuple[float, float, float] = (0.0, 0.0, 0.0), yaw: float = 0.0, pitch: float = 0.0
    ):
        self.position = np.asarray(position, np.float64).copy()
        self.yaw, self.pitch = float(yaw), float(pitch)
        self.velocity = np.zeros(3)
        self.bounds: np.ndarray | None = None
        self._journey: _Journey | None = None

    @property
    def travelling(self) -> bool:
        """A jump is under way."""
        return self._journey is not None

    def stay_near(self, lowest: np.ndarray, highest: np.ndarray) -> None:
        """Keep within reach of a box in the world frame (the networks' bounds), with room to step back from it."""
        low, high = np.asarray(lowest, np.float64) - MARGIN_M, np.asarray(highest, np.float64) + MARGIN_M
        low[1], high[1] = 0.0, max(HIGHEST_M, high[1])
        self.bounds = np.stack([low, high])

    def update(self, input: Input, settings: Settings) -> None:
        """Turn and walk for one frame.

        Speed approaches the wanted one exponentially; the step is its exact integral, so the same keys lead to the same
        place at any frame rate. A long frame counts as 0.1 s.
        """
        dt = min(max(input.dt_s, 0.0), LONGEST_FRAME_S)
        self.yaw += input.look[0]
        self.pitch = min(max(self.pitch + input.look[1], -STEEPEST_RAD), STEEPEST_RAD)
        if self._journey is not None and not any(input.move) and not any(input.look):
            self._travel(dt)
            return
        self._journey = None
        right, up, forward = input.move
        length = math.hypot(right, forward)
        if length > 1:
            right, forward = right / length, forward / length
        speed = settings.walk_speed_m_s * (settings.run_factor if input.run else 1.0)
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        wanted = speed * np.array([right * cos - forward * sin, up, -right * sin - forward * cos])
        decay = math.exp(-dt / SETTLE_S)
        excess = self.velocity - wanted
        self.position += wanted * dt + excess * (SETTLE_S * (1 - decay))
        self.velocity = wanted + excess * decay
        if not any(input.move) and np.abs(self.velocity).max() < 1e-3:
            self.velocity[:] = 0
        self._stay_inside()

    def jump(
        self,
        position: np.ndarray | tuple[float, float, float],
        yaw: float,
        pitch: float = 0.0,
        *,
        duration_s: float = 0.0,
    ) -> None:
        """Stand elsewhere, at once or after a short glide that turns the shorter way; any key or look breaks it off."""
        goal = np.asarray(position, np.float64)
        self.velocity[:] = 0
        if duration_s <= 0:
            self.position, self.yaw, self.pitch = goal.copy(), float(yaw), float(pitch)
            self._journey = None
            return
        turn = math.remainder(yaw - self.yaw, 2 * math.pi)
        angles = np.array([self.yaw, self.pitch])
        self._journey = _Journey(
            self.position.copy(), goal.copy(), np.array([turn, pitch - self.pitch]), angles, duration_s
        )

    def world_from_view(self, eye_height_m: float) -> np.ndarray:
        """4x4 float32 pose of the eye above the position."""
        eye = self.position + np.array([0.0, eye_height_m, 0.0])
        return walker_matrix(eye.astype(np.float32), self.yaw, self.pitch)

    def world_from_play_space(self) -> np.ndarray:
        """4x4 float32 pose of a headset's play space: the position and the yaw, always upright."""
        return walker_matrix(self.position.astype(np.float32), self.yaw, 0.0)

    def _travel(self, dt: float) -> None:
        journey = self._journey
        assert journey is not None
        journey.elapsed_s += dt
        t = min(journey.elapsed_s / journey.duration_s, 1.0)
        eased = t * t * (3 - 2 * t)
        self.position = journey.start + (journey.goal - journey.start) * eased
        self.yaw, self.pitch = (float(a) for a in journey.angles + journey.turn * eased)
        if t >= 1.0:
            self._journey = None

    def _stay_inside(self) -> None:
        low = np.array([-np.inf, 0.0, -np.inf]) if self.bounds is None else self.bounds[0]
        high = np.full(3, np.inf) if self.bounds is None else self.bounds[1]
        inside = np.clip(self.position, low, high)
        self.velocity[inside != self.position] = 0
        self.position = inside
