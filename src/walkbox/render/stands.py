"""Passes for things that stand somewhere and carry rectangles, pictures and writing, in groups that change together."""

from __future__ import annotations

from collections.abc import Iterable

import moderngl

from walkbox.render.font import Font
from walkbox.render.furniture import PicturePass, QuadPass
from walkbox.render.text import TextBatch
from walkbox.scene.stand import Stand

__all__ = ["StandPass"]


class StandPass:
    """One group.

    Args:
        ctx: current on this thread.
        corners: of a rectangle.
        texts: the batch of its writing, which is drawn with all other texts.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer, texts: TextBatch):
        self.quads, self.pictures, self.texts = QuadPass(ctx, corners), PicturePass(ctx, corners), texts

    def set(self, font: Font, stands: Iterable[Stand]) -> None:
        """Replace all that stands there."""
        stands = list(stands)
        self.texts.set(font, [text for stand in stands for text in stand.texts])
        self.quads.set([quad for stand in stands for quad in stand.quads])
        self.pictures.set([picture for stand in stands for picture in stand.pictures])

    def release(self) -> None:
        """Free all of it but its writing."""
        self.quads.release()
        self.pictures.release()
