"""One hand of the wearer: its ray, its trigger and squeeze, its stick."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from walkbox.geometry import placed
from walkbox.inputs import Hand, Pointer
from walkbox.interaction.smoothing import SteadyDirection
from walkbox.interaction.switches import PUSHED, Flick, Switch

__all__ = ["CLICK_RAD", "RayHand"]

CLICK_RAD = 0.06
"""A press that is let go within this angle is a click: pulling a trigger moves the hand by a few degrees."""


@dataclass
class RayHand:
    """What is remembered of a hand from frame to frame.

    Attributes:
        name: ``left`` or ``right``.
        now: as the host gave it this frame; None while there is no such hand.
        origin, direction: (3,) float32 of the steadied ray in the play space, direction of unit length; None while the
            hand is not tracked. grip: (3,) middle of the fist, or None.
        trigger, squeeze, flick: what the fingers mean.
        thumb: radians to the left of forward at which the stick was last pushed.
        press: what the trigger acts on while it is down: ``asked`` (the panels have not said yet whether it is
            theirs), ``panel``, ``behind`` (they did not want it), ``scene``, ``aim`` (a teleport), ``nothing``; empty
            while it is up.
        held_s: for how long it has been down, or was when it was down last.
        clicked, released: it was let go in this frame, having pressed the scene; clicked: on the spot.
    """

    name: str
    now: Hand | None = None
    origin: np.ndarray | None = None
    direction: np.ndarray | None = None
    grip: np.ndarray | None = None
    trigger: Switch = field(default_factory=lambda: Switch(0.6, 0.35))
    squeeze: Switch = field(default_factory=lambda: Switch(0.7, 0.5))
    flick: Flick = field(default_factory=Flick)
    thumb: float = 0.0
    press: Literal["", "asked", "panel", "behind", "scene", "aim", "nothing"] = ""
    held_s: float = 0.0
    clicked: bool = False
    released: bool = False
    _steady: SteadyDirection = field(default_factory=SteadyDirection)
    _pressed_along: np.ndarray | None = None
    _ray: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def update(self, now: Hand | None, dt_s: float) -> None:
        """Take in this frame's hand, None where there is none."""
        self.now, self._ray = now, None
        self.clicked = self.released = False
        # A fist brings thumb and forefinger together, who pinches may curl the rest: what came first counts.
        bare = now is not None and now.joints is not None
        if now is None or now.grip is None:
            self.grip = None
            self.squeeze.let_go()
        else:
            self.grip = now.grip[:3, 3]
            self.squeeze.let_go() if bare and self.trigger.down else self.squeeze.update(now.squeeze)
        if now is None or now.aim is None:
            self.origin = self.direction = None
            self._steady.reset()
            self.trigger.let_go()
        else:
            self.origin = now.aim[:3, 3]
            x, y, z = now.aim[:3, 2].tolist()
            self.direction = self._steady.update((-x, -y, -z), dt_s)
            self.trigger.let_go() if bare and self.squeeze.down else self.trigger.update(now.trigger)
        x, y = self.stick
        self.flick.update(x, y)
        if math.hypot(x, y) >= PUSHED:
            self.thumb = math.atan2(-x, y)
        if self.trigger.down and self.trigger.changed:
            self._pressed_along, self.held_s = self.direction, 0.0
        elif self.trigger.down:
            self.held_s += dt_s

    @property
    def stick(self) -> tuple[float, float]:
        """(right, forward), -1..1."""
        return self.now.stick if self.now is not None else (0.0, 0.0)

    @property
    def pressed_now(self) -> bool:
        """The trigger went down in this frame."""
        return self.trigger.down and self.trigger.changed

    def let_go(self) -> None:
        """The trigger is up: end what it acted on."""
        if self.press == "scene":
            self.released = True
            along, direction = self._pressed_along, self.direction
            if along is not None and direction is not None and not self.trigger.blocked:
                self.clicked = bool(along @ direction > math.cos(CLICK_RAD))
        self.press = ""

    @property
    def tracked(self) -> bool:
        """It has a ray."""
        return self.direction is not None

    def pointer(self, world_from_play: np.ndarray, scale: float) -> Pointer:
        """Its ray as a pointer in the world; it must be tracked."""
        origin, direction = self.ray_in(world_from_play, scale)
        pressed, grip = self.press == "scene", self.squeeze.down
        assert self.now is not None and self.now.aim is not None
        pose = placed(world_from_play, self.now.aim, scale)
        return Pointer(self.name, origin, direction, pressed, self.clicked, self.released, grip, pose)

    def ray_in(self, world_from_play: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """Origin and unit direction (3,) float32 of its ray in the world; it must be tracked."""
        assert self.origin is not None and self.direction is not None
        if self._ray is not None and self._ray[0] is world_from_play:
            return self._ray[1:]
        x, y, z = self.origin.tolist()
        dx, dy, dz = (length / scale for length in self.direction.tolist())
        rows = world_from_play[:3].tolist()
        origin = [a * x + b * y + c * z + t for a, b, c, t in rows]
        direction = [a * dx + b * dy + c * dz for a, b, c, _ in rows]
        self._ray = world_from_play, np.array(origin, np.float32), np.array(direction, np.float32)
        return self._ray[1:]
