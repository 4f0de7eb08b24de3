"""Walking: where the person stands, where they look, and how large they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from walkbox.config import Settings
from walkbox.geometry import placed, walker_matrix
from walkbox.inputs import Input

__all__ = ["SCALES", "Walker", "yaw_of"]

SETTLE_S = 0.09
"""Time in which the speed comes within 1/e of the wanted one: short enough to feel direct, long enough not to jerk."""

SCALES = (0.01, 100.0)
"""From ant to giant: least and most metres of the world that a metre of the person takes."""

STEEPEST_RAD = math.radians(88)
WHEEL_STEP_S = 0.12
"""A notch of the wheel walks forward for this long."""

LONGEST_FRAME_S = 0.1
MARGIN_M = 12.0
HIGHEST_M = 60.0
LEVEL = 0.2  # a look whose horizontal part is shorter than this goes up or down


def yaw_of(pose: np.ndarray) -> float:
    """Where the one in a pose looks, radians turned left from -z; of a steep look the top of the head tells."""
    x, y, z = -float(pose[0, 2]), -float(pose[1, 2]), -float(pose[2, 2])
    if x * x + z * z < LEVEL * LEVEL:
        side = -math.copysign(1.0, y)
        x, z = side * float(pose[0, 1]), side * float(pose[2, 1])
    return math.atan2(-x, -z)


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
    """A person in the world frame. Main thread only.

    At the desk ``position`` is where they stand. While a headset is worn it is the origin of its play space, and they
    stand where their head is in that: :attr:`spot` and :attr:`facing` say where they are in either case, :meth:`stand`
    puts them elsewhere.

    Attributes:
        position: (3,) float64, a point of the floor (or in the air above it), metres.
        yaw, pitch: radians; 0, 0 looks along -z, positive turns left and looks up. Worn: the yaw of the play space.
        velocity: (3,) float64, metres a second.
        bounds: (2, 3) smallest and largest position, or None for no limit; y = 0 is the floor and always a limit.
        scale: metres of the world that a metre of the wearer takes. At the desk everyone is of ordinary size.
        head: 4x4 float32 play_from_head while a headset is worn, else None.
        seat_m: height that the eyes of a wearer who sits are lifted to (:meth:`sit`), None for who stands.
        lift_m: metres of the person that the play space stands above the position for that.
    """

    def __init__(
        self, position: np.ndarray | tuple[float, float, float] = (0.0, 0.0, 0.0), yaw: float = 0.0, pitch: float = 0.0
    ):
        self.position = np.asarray(position, np.float64).copy()
        self.yaw, self.pitch = float(yaw), float(pitch)
        self.velocity = np.zeros(3)
        self.bounds: np.ndarray | None = None
        self.scale = 1.0
        self.head: np.ndarray | None = None
        self.seat_m: float | None = None
        self.lift_m = 0.0
        self._journey: _Journey | None = None
        self._wheel_s = 0.0

    # -- the person ---------------------------------------------------------------------------------------------

    @property
    def travelling(self) -> bool:
        """A jump is under way."""
        return self._journey is not None

    @property
    def spot(self) -> np.ndarray:
        """(3,) float64 point of the floor under the person, world frame."""
        return self.position + self._head_offset(self.yaw)

    @property
    def facing(self) -> float:
        """The yaw along which the person looks, world frame, radians."""
        return self.yaw if self.head is None else self.yaw + yaw_of(self.head)

    def stand(self, spot: np.ndarray, facing: float) -> None:
        """Put the person on a point of the floor, looking along a yaw (world frame), at once."""
        self.yaw = float(facing) if self.head is None else float(facing) - yaw_of(self.head)
        self.position = np.asarray(spot, np.float64) - self._head_offset(self.yaw)

    def turn(self, angle: float) -> None:
        """Turn the person left on the spot by radians; a wearer's head stays where it is."""
        self.stand(self.spot, self.facing + angle)

    def _head_offset(self, yaw: float) -> np.ndarray:
        """From the position to the floor under the head, world frame."""
        if self.head is None:
            return np.zeros(3)
        x, z = self.scale * float(self.head[0, 3]), self.scale * float(self.head[2, 3])
        cos, sin = math.cos(yaw), math.sin(yaw)
        return np.array([cos * x + sin * z, 0.0, cos * z - sin * x])

    def put_on(self, head: np.ndarray) -> None:
        """A headset is worn from now on: the person stays on the spot and looks the same way, as large as they were
        when they last wore it.

        Args:
            head: 4x4 play_from_head. Assign later ones to :attr:`head`.
        """
        spot, facing = self.spot, self.facing
        self.head, self.pitch, self._journey = head, 0.0, None
        self.velocity[:] = 0
        self.stand(spot, facing)
        self.sit(self.seat_m)

    def sit(self, eye_height_m: float | None) -> None:
        """Lift a wearer until their eyes, where they are now, stand that high above the floor; None: they stand."""
        self.seat_m = eye_height_m
        self.lift_m = 0.0 if eye_height_m is None or self.head is None else eye_height_m - float(self.head[1, 3])

    def resize(self, scale: float) -> None:
        """Give a wearer another scale (within :data:`SCALES`) on the spot."""
        spot = self.spot
        self.scale = min(max(float(scale), SCALES[0]), SCALES[1])
        self.stand(spot, self.facing)

    def take_off(self) -> None:
        """The headset is gone: the person stays on the spot and looks the same way, level."""
        spot, facing = self.spot, self.facing
        self.head, self.pitch = None, 0.0
        self.velocity[:] = 0
        self.stand(spot, facing)

    # -- moving -------------------------------------------------------------------------------------------------

    def stay_near(self, lowest: np.ndarray, highest: np.ndarray) -> None:
        """Keep within reach of a box in the world frame (the networks' bounds), with room to step back from it."""
        low, high = np.asarray(lowest, np.float64) - MARGIN_M, np.asarray(highest, np.float64) + MARGIN_M
        low[1], high[1] = 0.0, max(HIGHEST_M, high[1])
        self.bounds = np.stack([low, high])

    def update(self, input: Input, settings: Settings) -> None:
        """Turn and walk for one frame at the desk; takes the headset off where one was worn until now.

        Speed approaches the wanted one exponentially; the step is its exact integral, so the same keys lead to the same
        place at any frame rate. A long frame counts as 0.1 s.
        """
        if self.head is not None:
            self.take_off()
        dt = min(max(input.dt_s, 0.0), LONGEST_FRAME_S)
        right, up, forward = input.move
        if self._wheel_s or input.wheel:
            self._wheel_s += input.wheel * WHEEL_STEP_S
            forward = min(max(forward + math.copysign(1.0, self._wheel_s), -1.0), 1.0)
            self._wheel_s -= math.copysign(min(abs(self._wheel_s), dt), self._wheel_s)
        self.yaw += input.look[0]
        self.pitch = min(max(self.pitch + input.look[1], -STEEPEST_RAD), STEEPEST_RAD)
        if self._journey is not None and not (right or up or forward) and not any(input.look):
            self._travel(dt)
            return
        self._journey = None
        length = math.hypot(right, forward)
        if length > 1:
            right, forward = right / length, forward / length
        speed = settings.walk_speed_m_s * (settings.run_factor if input.run else 1.0)
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        self.move(speed * np.array([right * cos - forward * sin, up, -right * sin - forward * cos]), dt)

    def move(self, wanted: np.ndarray, dt_s: float) -> None:
        """Go on for *dt_s* seconds (0.1 at most), towards a wanted velocity: (3,) world frame, metres a second."""
        dt = min(max(dt_s, 0.0), LONGEST_FRAME_S)
        before = self.spot
        decay = math.exp(-dt / SETTLE_S)
        excess = self.velocity - wanted
        self.position += wanted * dt + excess * (SETTLE_S * (1 - decay))
        self.velocity = wanted + excess * decay
        if not wanted.any() and np.abs(self.velocity).max() < 1e-3 * self.scale:
            self.velocity[:] = 0
        self._stay_inside(before)

    def jump(
        self,
        position: np.ndarray | tuple[float, float, float],
        yaw: float,
        pitch: float = 0.0,
        *,
        duration_s: float = 0.0,
        scale: float | None = None,
    ) -> None:
        """Stand elsewhere, at once or after a short glide that turns the shorter way; any key or look breaks it off.

        A wearer is there at once: the head comes to stand over the position and looks along the yaw.

        Args:
            position: (3,) a point of the floor, world frame, metres.
            yaw, pitch: radians, as the attributes; a wearer's pitch is their own.
            duration_s: of the glide; 0 for none.
            scale: what :attr:`scale` becomes, None to leave it.
        """
        goal = np.asarray(position, np.float64)
        self.velocity[:] = 0
        if scale is not None:
            self.resize(scale)
        if duration_s <= 0 or self.head is not None:
            self.stand(goal, yaw)
            self.pitch = float(pitch) if self.head is None else 0.0
            self._journey = None
            return
        turn = math.remainder(yaw - self.yaw, 2 * math.pi)
        angles = np.array([self.yaw, self.pitch])
        self._journey = _Journey(
            self.position.copy(), goal.copy(), np.array([turn, pitch - self.pitch]), angles, duration_s
        )

    def recentre(self, position: np.ndarray, yaw: float, *, duration_s: float = 0.0) -> None:
        """:meth:`jump` there in ordinary size; who sits, sits as high as they should from where their head is now."""
        self.jump(position, yaw, duration_s=duration_s, scale=1.0)
        self.sit(self.seat_m)

    # -- poses --------------------------------------------------------------------------------------------------

    def world_from_view(self, eye_height_m: float) -> np.ndarray:
        """4x4 float32 rigid pose of the eye above the position; of the head while a headset is worn."""
        if self.head is not None:
            return placed(self.world_from_play(), self.head, self.scale)
        eye = self.position + np.array([0.0, eye_height_m, 0.0])
        return walker_matrix(eye.astype(np.float32), self.yaw, self.pitch)

    def world_from_play(self) -> np.ndarray:
        """4x4 float32 pose of a headset's play space, always upright, with the scale. Not to be written to."""
        return _play_pose(*self.position.tolist(), self.yaw, self.scale, self.lift_m)

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

    def _stay_inside(self, before: np.ndarray) -> None:
        low = np.array([-np.inf, 0.0, -np.inf]) if self.bounds is None else self.bounds[0]
        high = np.full(3, np.inf) if self.bounds is None else self.bounds[1]
        if self.head is not None:  # who has pulled the world away is not thrown back, only kept from going on
            low, high = np.minimum(low, before), np.maximum(high, before)
        spot = self.spot
        inside = np.clip(spot, low, high)
        self.velocity[inside != spot] = 0
        self.position += inside - spot


@lru_cache(maxsize=2)
def _play_pose(x: float, y: float, z: float, yaw: float, scale: float, lift_m: float) -> np.ndarray:
    """Asked for several times a frame, and the same while nobody moves the play space."""
    cos, sin = scale * math.cos(yaw), scale * math.sin(yaw)
    rows = [[cos, 0, sin, x], [0, scale, 0, y + scale * lift_m], [-sin, 0, cos, z], [0, 0, 0, 1]]
    pose = np.array(rows, np.float32)
    pose.flags.writeable = False
    return pose
