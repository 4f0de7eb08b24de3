"""From what fingers do (numbers that tremble) to what they mean: pressed or not, flicked or not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["PUSHED", "Flick", "Switch"]


@dataclass
class Switch:
    """A trigger or squeeze with hysteresis.

    Attributes:
        press, release: it goes down when the value reaches *press* and up when it falls below *release*.
        down: it is down.
        changed: it went down or up with the last update.
        blocked: see :meth:`let_go`.
    """

    press: float
    release: float
    down: bool = False
    changed: bool = False
    blocked: bool = False

    def update(self, value: float) -> bool:
        """Take in this frame's value, 0..1; returns :attr:`down`."""
        self.blocked = self.blocked and value >= self.release
        down = not self.blocked and value >= (self.release if self.down else self.press)
        self.changed, self.down = down != self.down, down
        return down

    def let_go(self) -> None:
        """It counts as up from now on, until it has really been let go and pressed again (the hand was out of sight,
        or its press meant something else).
        """
        self.changed, self.down, self.blocked = self.down, False, True


PUSHED, RESTS = 0.65, 0.3
"""How far a stick is pushed to mean something, and how near to its middle it has come to rest again."""


@dataclass
class Flick:
    """What a push of the stick means, decided where it began and kept until the stick rests.

    Attributes:
        meaning: ``turn`` (sideways), ``aim`` (forward), ``back``, ``other`` (see :meth:`take`); empty while it rests.
        began, ended: with the last update; ended holds what it meant.
    """

    meaning: Literal["", "turn", "aim", "back", "other"] = ""
    began: bool = False
    ended: str = ""

    def update(self, x: float, y: float) -> None:
        """Take in where the stick is this frame (right, forward)."""
        length, self.began, self.ended = math.hypot(x, y), False, ""
        if self.meaning and length < RESTS:
            self.ended, self.meaning = self.meaning, ""
        elif not self.meaning and length >= PUSHED:
            self.began = True
            self.meaning = "turn" if abs(x) > abs(y) else "aim" if y > 0 else "back"

    def take(self) -> None:
        """Somebody else uses the stick (it scrolls a panel): it means nothing here until it has come to rest."""
        self.meaning, self.began, self.ended = "other", False, ""
