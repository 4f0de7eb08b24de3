"""The board that carries the panels: where it hangs, and where a ray meets it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from walkbox.geometry import walker_matrix
from walkbox.interaction.locomotion import yaw_of

__all__ = ["Board"]

AWAY_M = 1.25
BELOW_M = 0.12  # its middle below the eyes: a look rests a little below the horizon
TILT_RAD = math.radians(-7)
LOWEST_M = 0.65  # its middle above the real floor, for who lies or sits low
SEEN = math.cos(math.radians(40))
FARTHEST_M = 2.2


@dataclass
class Board:
    """A transparent rectangle in the play space; all poses in its frame, metres of the person.

    Attributes:
        open: it is shown.
        play_from_board: 4x4 float32 of its middle: +x right, +y up, its face is +z.
        size_m: width and height in metres of the person.
        size_px: of the picture on it.
    """

    open: bool = False
    play_from_board: np.ndarray = field(default_factory=lambda: np.eye(4, dtype=np.float32))
    size_m: tuple[float, float] = (1.6, 1.0)
    size_px: tuple[int, int] = (1280, 800)

    def open_before(self, head: np.ndarray) -> None:
        """Show it before a head (4x4 play_from_head), upright and a little tilted; where it is before the eyes
        already, it stays.
        """
        if not (self.open and self._seen_from(head)):
            self.hang(head, self._before(head))
        self.open = True

    def toggle(self, head: np.ndarray) -> None:
        """Close it, or open it before a head."""
        if self.open:
            self.open = False
        else:
            self.open_before(head)

    def hang(self, head: np.ndarray, middle: np.ndarray) -> None:
        """Put its middle to a point (3,), its face to a head."""
        away = np.asarray(middle, np.float64) - head[:3, 3]
        yaw = math.atan2(-away[0], -away[2]) if math.hypot(away[0], away[2]) > 1e-3 else yaw_of(head)
        self.play_from_board = walker_matrix(middle, yaw, TILT_RAD)

    def meet(self, origin: np.ndarray, direction: np.ndarray) -> tuple[float, float, float] | None:
        """Where a ray (play space, unit direction) meets its face's plane: (metres, x_px, y_px), row 0 on top; also
        beside it (see :meth:`holds`). None from behind, or for a ray that leads away.
        """
        pose = self.play_from_board
        normal, offset = pose[:3, 2], np.asarray(origin) - pose[:3, 3]
        before, towards = float(offset @ normal), float(direction @ normal)
        if before <= 0 or towards >= -1e-3:
            return None
        distance = -before / towards
        point = offset + distance * np.asarray(direction)
        x = (float(point @ pose[:3, 0]) / self.size_m[0] + 0.5) * self.size_px[0]
        y = (0.5 - float(point @ pose[:3, 1]) / self.size_m[1]) * self.size_px[1]
        return distance, x, y

    def holds(self, x_px: float, y_px: float) -> bool:
        """Whether a point lies on the board."""
        return 0 <= x_px < self.size_px[0] and 0 <= y_px < self.size_px[1]

    def _before(self, head: np.ndarray) -> np.ndarray:
        yaw = yaw_of(head)
        x, y, z = (float(v) for v in head[:3, 3])
        return np.array([x - AWAY_M * math.sin(yaw), max(y - BELOW_M, LOWEST_M), z - AWAY_M * math.cos(yaw)])

    def _seen_from(self, head: np.ndarray) -> bool:
        away = self.play_from_board[:3, 3] - head[:3, 3]
        distance = float(np.linalg.norm(away))
        faces = float(away @ self.play_from_board[:3, 2]) < 0
        return faces and distance < FARTHEST_M and float(away @ -head[:3, 2]) > SEEN * distance
