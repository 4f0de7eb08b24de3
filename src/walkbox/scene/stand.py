"""Something flat that stands in the scene and carries texts, rectangles and pictures."""

from __future__ import annotations

import numpy as np

from walkbox.commands import Command
from walkbox.geometry import yaw_matrices
from walkbox.scene.scene import Button, PictureQuad, Quad, Text

__all__ = ["BOARD", "CALM", "FRAME", "INK", "LIGHT", "Stand", "moved", "turned"]

Colour = tuple[float, float, float, float]

BOARD: Colour = (0.012, 0.016, 0.024, 1.0)
FRAME: Colour = (0.040, 0.054, 0.080, 1.0)
LIGHT: Colour = (0.12, 0.42, 0.66, 1.0)
INK: Colour = (0.86, 0.88, 0.92, 1.0)
CALM: Colour = (0.42, 0.46, 0.53, 1.0)
LAYER_M = 0.006  # between what lies on one another, so that depth decides


class Stand:
    """Collects what a flat thing carries, placed in metres of its own frame: x right, y up, z towards the reader.

    Args:
        world_from_stand: 4x4.
    """

    def __init__(self, world_from_stand: np.ndarray):
        self.pose = world_from_stand
        self.texts: list[Text] = []
        self.quads: list[Quad] = []
        self.pictures: list[PictureQuad] = []
        self.buttons: list[Button] = []

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour, level: int = 0) -> None:
        """A rectangle whose lower edge has its middle at (x, y); higher levels lie on lower ones."""
        self.quads.append(Quad(moved(self.pose, x, y, level * LAYER_M), (width, height), colour))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        height: float,
        *,
        colour: Colour = INK,
        anchor: str = "left",
        width: float = 0.0,
        level: int = 2,
    ) -> None:
        """A line with its base line at y, set smaller to fit into *width* metres (0 for no limit)."""
        self.texts.append(Text(text, moved(self.pose, x, y, level * LAYER_M), height, colour, anchor, width))

    def picture(self, x: float, y: float, width: float, height: float, key: int, pixels: np.ndarray) -> PictureQuad:
        """A picture as large as fits into a box whose lower edge has its middle at (x, y)."""
        rows, columns = pixels.shape[:2]
        scale = min(width / max(columns, 1), height / max(rows, 1))
        size = (columns * scale, rows * scale)
        quad = PictureQuad(key, pixels, moved(self.pose, x, y + (height - size[1]) / 2, LAYER_M), size)
        self.pictures.append(quad)
        return quad

    def button(
        self, x: float, y: float, width: float, height: float, command: Command, text: str = "", colour: Colour = FRAME
    ) -> None:
        """A rectangle that does something, its lower edge's middle at (x, y), with a word on it."""
        self.rectangle(x, y, width, height, colour, level=1)
        self.buttons.append(Button(command, moved(self.pose, x, y, LAYER_M), (width, height)))
        if text:
            capital = min(0.45 * height, 0.05)
            self.text(x, y + (height - capital) / 2, text, capital, anchor="centre", width=0.86 * width)

    def post(self, x: float, top: float, floor: float = 0.0, width: float = 0.05) -> None:
        """A post from the floor to *top*."""
        self.rectangle(x, floor, width, top - floor, FRAME)


def moved(world_from_a: np.ndarray, x: float, y: float, z: float) -> np.ndarray:
    """A pose shifted in its own frame."""
    result = np.array(world_from_a, np.float32)
    result[:3, 3] += world_from_a[:3, :3] @ np.array([x, y, z], np.float32)
    return result


def turned(world_from_a: np.ndarray, x: float, y: float, z: float, yaw: float) -> np.ndarray:
    """A pose shifted in its own frame, then turned left about its own +y."""
    return (moved(world_from_a, x, y, z) @ yaw_matrices(np.zeros((1, 3)), np.array([yaw]))[0]).astype(np.float32)
