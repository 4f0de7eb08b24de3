"""Tools for pictures: strokes on the one in the input frame, and cutting a part out of others."""

from __future__ import annotations

import numpy as np

from walkbox.commands import Brush, Command, CropPicture
from walkbox.scene.network import Network
from walkbox.scene.picking import Hit
from walkbox.scene.scene import PictureQuad, Scene
from walkbox.scene.stand import moved

__all__ = ["Cut", "Stroke", "picture_point"]

STEP = 0.004
"""Points of a stroke are at least so far apart, as a share of the picture."""

SMALLEST = 0.03
"""A cut-out smaller than this share of the picture was a slip of the hand."""

LINE_M = 0.006
LINE_PIXEL = np.array([[[255, 214, 120]]], np.uint8)
LINE_KEY = -1 << 60  # no picture has it, and no run of a network


def picture_point(network: Network, hit: Hit) -> tuple[float, float]:
    """(u, v) of the picture that the model sees, for a hit on the (square) input frame. May lie outside 0..1."""
    seen = network.seen
    if seen is None:
        return hit.u, hit.v
    rows, columns = seen.shape[:2]
    longer = max(rows, columns, 1)
    return (hit.u - 0.5) * longer / max(columns, 1) + 0.5, (hit.v - 0.5) * longer / max(rows, 1) + 0.5


class Stroke:
    """A stroke that is being painted."""

    def __init__(self, network: int):
        self.network = network
        self._points: list[tuple[float, float]] = []
        self._told = 0

    def paint(self, scene: Scene, hit: Hit | None) -> list[Command]:
        """Go on to where the pointer is; the command of the stroke so far when it grew."""
        if hit is not None and hit.kind == "frame" and hit.network == self.network:
            u, v = picture_point(scene.networks[self.network], hit)
            last = self._points[-1] if self._points else (-9.0, -9.0)
            if max(abs(u - last[0]), abs(v - last[1])) >= STEP:
                self._points.append((round(u, 4), round(v, 4)))
        if len(self._points) == self._told:
            return []
        self._told = len(self._points)
        return [self._command(scene, False)]

    def end(self, scene: Scene) -> list[Command]:
        """The whole stroke."""
        return [self._command(scene, True)] if self._points else []

    def _command(self, scene: Scene, done: bool) -> Brush:
        tool = scene.tool
        return Brush(tool.name, tuple(self._points), tool.radius, tool.colour, self.network, done)


class Cut:
    """A rectangle that is being drawn on a picture of the shelf or in the air."""

    def __init__(self, hit: Hit):
        self._on = hit
        self._from = self._to = hit.u, hit.v

    def draw(self, hit: Hit | None) -> None:
        """Go on to where the pointer is; beside the picture it stays."""
        on = self._on
        if hit is not None and (hit.kind, hit.picture, hit.object) == (on.kind, on.picture, on.object):
            self._to = hit.u, hit.v

    def end(self, scene: Scene) -> list[Command]:
        """The command that cuts it out; none for a slip."""
        source, box = self._source(scene), self._box()
        if source is None or min(box[2] - box[0], box[3] - box[1]) < SMALLEST:
            return []
        return [CropPicture(scene.new_id(), source, box)]

    def quads(self) -> list[PictureQuad]:
        """Its outline."""
        on = self._on
        if on.pose is None or on.size is None:
            return []
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(self._from, self._to, strict=True))
        width, height = on.size
        x0, x1 = (left - 0.5) * width, (right - 0.5) * width
        y0, y1 = (1 - bottom) * height, (1 - top) * height
        sides = (
            ((x0 + x1) / 2, y0, x1 - x0, LINE_M),
            ((x0 + x1) / 2, y1, x1 - x0, LINE_M),
            (x0, y0, LINE_M, y1 - y0),
            (x1, y0, LINE_M, y1 - y0),
        )
        return [
            PictureQuad(LINE_KEY, LINE_PIXEL, moved(on.pose, x, y, 0.012), (max(w, LINE_M), max(h, LINE_M)))
            for x, y, w, h in sides
        ]

    def _source(self, scene: Scene) -> int | None:
        """Id of the picture it is drawn on."""
        pinned = scene.setup.objects.get(-1 if self._on.object is None else self._on.object)
        return self._on.picture if pinned is None else pinned.picture

    def _box(self) -> tuple[float, float, float, float]:
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(self._from, self._to, strict=True))
        left, top, right, bottom = (round(min(max(v, 0.0), 1.0), 4) for v in (left, top, right, bottom))
        return left, top, right, bottom
