"""Painting on pictures: a round brush along a line, its edge as smooth as pixels allow.

The same strokes on the same picture give the same bytes, whether they come whole or point by point: what a stroke
covers is the largest cover of its segments, and a :class:`Canvas` only has to look at those that are new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.errors import PictureError, nearest

__all__ = ["BRUSHES", "Canvas", "Stroke", "painted"]

BRUSHES = ("paint", "erase", "occlude", "blur")
"""A colour; the picture as it was; its mean as a grey; its surroundings."""

KEPT = 32
"""So many pictures are kept, one after each stroke, for strokes that are taken back."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A stroke of a brush: as :class:`walkbox.commands.Brush`.

    Attributes:
        tool: a name of :data:`BRUSHES`.
        points: ((u, v), ...), 0..1 of the picture, v down.
        radius: share of the picture's shorter side.
        colour: sRGB 0..255, for paint.
        done: False while it goes on; that makes no difference to the picture.
    """

    tool: str
    points: tuple[tuple[float, float], ...]
    radius: float
    colour: tuple[int, int, int]
    done: bool = True


def painted(original: np.ndarray, strokes: tuple[Stroke, ...]) -> np.ndarray:
    """uint8 (H, W, 3): a picture after some strokes, the first one first.

    Args:
        original: uint8 (H, W, 3).
        strokes: what was painted.

    Raises:
        PictureError: a tool that does not exist.
    """
    return Canvas(original).paint(strokes)


class Canvas:
    """A picture that is being painted on.

    Args:
        original: uint8 (H, W, 3); it is not changed.
    """

    def __init__(self, original: np.ndarray):
        self._original = original
        self._strokes: list[_Painted] = []

    def paint(self, strokes: tuple[Stroke, ...]) -> np.ndarray:
        """uint8 (H, W, 3), a new array: the picture after these strokes.

        Strokes that were painted before are not painted again; one that only grew is gone on with.
        """
        for stroke in strokes:
            if stroke.tool not in BRUSHES:
                raise PictureError(
                    f"There is no brush {stroke.tool!r}. {nearest(stroke.tool, BRUSHES)} There are: "
                    f"{', '.join(BRUSHES)}."
                )
        same = 0
        while same < min(len(strokes), len(self._strokes)) and self._strokes[same].grow(strokes[same]):
            same += 1
            if self._strokes[same - 1].grew:
                break  # what lies on it has to be painted anew
        del self._strokes[same:]
        while same and self._strokes[same - 1].after is None:
            same -= 1
            del self._strokes[same]
        for stroke in strokes[same:]:
            under = self._strokes[-1].after if self._strokes else self._original
            assert under is not None
            self._strokes.append(_Painted(self._original, under, stroke))
        for old in self._strokes[:-KEPT]:
            old.forget()
        after = self._strokes[-1].after if self._strokes else self._original
        assert after is not None
        return after.copy()


class _Painted:
    """One stroke on a picture.

    Attributes:
        after: uint8 (H, W, 3), the picture with it; None when it was forgotten.
        grew: the newest :meth:`grow` found new points.
    """

    def __init__(self, original: np.ndarray, under: np.ndarray, stroke: Stroke):
        self._stroke = stroke
        self._under = under
        self.after: np.ndarray | None = under.copy()
        self.grew = False
        height, width = under.shape[:2]
        self._radius = max(stroke.radius * min(height, width), 0.5)
        self._cover = np.zeros((height, width), np.float32)
        self._target = _target(original, under, stroke, self._radius)
        self._cover_segments(0)

    def grow(self, stroke: Stroke) -> bool:
        """Go on with a stroke that begins like this one; False for another one."""
        old = self._stroke
        self.grew = False
        if (stroke.tool, stroke.radius, stroke.colour) != (old.tool, old.radius, old.colour):
            return False
        if stroke.points == old.points:
            return True
        if self.after is None:
            return False
        if stroke.points[: len(old.points)] != old.points:
            return False
        self._stroke, self.grew = stroke, True
        self._cover_segments(max(len(old.points) - 1, 0))
        return True

    def forget(self) -> None:
        """Free its pixels."""
        self.after = None
        self._cover = self._cover[:0]

    def _cover_segments(self, first: int) -> None:
        """Cover what lies along the line from its point *first* on."""
        height, width = self._under.shape[:2]
        points = np.array(self._stroke.points[first:], np.float64).reshape(-1, 2) * (width, height) - 0.5
        if not len(points) or not np.isfinite(points).all():
            return
        ends = points[1:] if len(points) > 1 else points
        for start, end in zip(points, ends, strict=False):
            self._cover_segment(start, end)

    def _cover_segment(self, start: np.ndarray, end: np.ndarray) -> None:
        height, width = self._under.shape[:2]
        reach = self._radius + 1
        left, top = np.maximum(np.floor(np.minimum(start, end) - reach), 0).astype(int)
        right, bottom = np.minimum(np.ceil(np.maximum(start, end) + reach), (width - 1, height - 1)).astype(int) + 1
        if left >= right or top >= bottom:
            return
        x = np.arange(left, right, dtype=np.float32) - np.float32(start[0])
        y = (np.arange(top, bottom, dtype=np.float32) - np.float32(start[1]))[:, None]
        along = (end - start).astype(np.float32)
        length = float(along @ along)
        if length:
            share = np.clip((x * along[0] + y * along[1]) / np.float32(length), 0, 1)
            x, y = x - share * along[0], y - share * along[1]
        cover = np.clip(np.float32(self._radius + 0.5) - np.sqrt(x * x + y * y), 0, 1)
        box = np.s_[top:bottom, left:right]
        np.maximum(self._cover[box], cover, out=self._cover[box])
        share = self._cover[box][..., None]
        under, target = self._under[box].astype(np.float32), self._target
        over = target[box] if target.ndim == 3 else target
        assert self.after is not None
        self.after[box] = (under + (over - under) * share + np.float32(0.5)).astype(np.uint8)


def _target(original: np.ndarray, under: np.ndarray, stroke: Stroke, radius: float) -> np.ndarray:
    """float32 (3,) or (H, W, 3): what a full cover leaves."""
    if stroke.tool == "paint":
        return np.clip(np.array(stroke.colour, np.float32), 0, 255)
    if stroke.tool == "erase":
        return original.astype(np.float32)
    if stroke.tool == "occlude":
        return np.full(3, round(float(original.mean(dtype=np.float64))), np.float32)
    from PIL import Image, ImageFilter

    blurred = Image.fromarray(under).filter(ImageFilter.GaussianBlur(max(1.0, radius / 2)))
    return np.asarray(blurred, np.float32)
