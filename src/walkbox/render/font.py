"""The bundled font as distance fields, glyph by glyph as they are needed.

Each texel holds the distance to the outline (128 on it, more inside), so that one small atlas is sharp at every size.
Rendered by FreeType's own distance-field mode (FT_RENDER_MODE_SDF).
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import freetype
import numpy as np
from freetype.ft_enums import FT_LOAD_FLAGS

from walkbox import resources
from walkbox.errors import ResourceError

__all__ = ["Font", "Glyph"]

_EM_PX = 48
_MOST_LINES = 8192
_LOAD = FT_LOAD_FLAGS["FT_LOAD_NO_HINTING"] | FT_LOAD_FLAGS["FT_LOAD_NO_BITMAP"]
_SDF = 5  # FT_RENDER_MODE_SDF, which freetype-py does not name
_USUAL = "".join(map(chr, range(32, 127))) + "\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}\N{HORIZONTAL ELLIPSIS}"
_WIDTH, _ROWS, _MOST_ROWS = 1024, 512, 4096


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph, in texels of the atlas.

    Attributes:
        box: left, top, width and height in the atlas; zero width for white space.
        left, bottom: where the box starts from the pen, the base line being 0.
        advance: how far the pen moves.
    """

    box: tuple[int, int, int, int]
    left: float
    bottom: float
    advance: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, in texels of the atlas.

    Attributes:
        boxes: float64 (N, 4) left, bottom, width and height of each glyph that is seen, from the line's beginning.
        texels: float32 (N, 4) left, top, width and height in the atlas.
        width: of the whole line.
    """

    boxes: np.ndarray
    texels: np.ndarray
    width: float


class Font:
    """Glyphs and the atlas that holds them.

    Attributes:
        atlas: uint8 (rows, 1024); it grows as glyphs come, and never moves one.
        revision: rises when the atlas changes.
        cap_height: of a capital letter in texels.
    """

    def __init__(self, file: str = "fonts/Inter-Medium.otf"):
        self._face = freetype.Face(str(resources.asset(file)))
        self._face.set_pixel_sizes(0, _EM_PX)
        self.atlas = np.zeros((_ROWS, _WIDTH), np.uint8)
        self.revision = 0
        self._glyphs: dict[str, Glyph] = {}
        self._by_index: dict[int, Glyph] = {}
        self._lines: dict[str, Line] = {}
        self._pen = (0, 0, 0)  # x, y, height of the row of glyphs
        self._face.load_char("H", _LOAD)
        self.cap_height = self._face.glyph.metrics.height / 64
        # The usual ones at once, in one order: where a glyph lies in the atlas decides on the last bit of its pixels,
        # and the order in which texts come depends on threads.
        for character in _USUAL:
            self.glyph(character)

    def glyph(self, character: str) -> Glyph:
        """The glyph of a character; a box when the font lacks it."""
        found = self._glyphs.get(character)
        if found is None:
            index = self._face.get_char_index(character)
            found = self._by_index.get(index)
            if found is None:
                found = self._by_index[index] = self._render(index)
            self._glyphs[character] = found
        return found

    def width(self, text: str) -> float:
        """Length of a line in texels."""
        return self.line(text).width

    def line(self, text: str) -> Line:
        """The glyphs of a line, kept: the same words come again and again."""
        found = self._lines.get(text)
        if found is None:
            if len(self._lines) >= _MOST_LINES:
                self._lines.clear()
            found = self._lines[text] = self._set_line(text)
        return found

    def _set_line(self, text: str) -> Line:
        pen, boxes, texels = 0.0, [], []
        for glyph in map(self.glyph, text):
            width, height = glyph.box[2:]
            if width:
                boxes.append((pen + glyph.left, glyph.bottom, width, height))
                texels.append(glyph.box)
            pen += glyph.advance
        shape = len(boxes), 4
        return Line(np.array(boxes, np.float64).reshape(shape), np.array(texels, np.float32).reshape(shape), pen)

    def _render(self, index: int) -> Glyph:
        self._face.load_glyph(index, _LOAD)
        slot = self._face.glyph
        advance = slot.advance.x / 64
        if slot.outline.n_points == 0:
            return Glyph((0, 0, 0, 0), 0, 0, advance)
        code = freetype.FT_Render_Glyph(slot._FT_GlyphSlot, _SDF)
        if code:
            raise ResourceError(
                f"FreeType could not render glyph {index} as a distance field (error {code}); version 2.11 or newer is"
                f" needed, this is {'.'.join(map(str, freetype.version()))}. Reinstall freetype-py."
            )
        bitmap = slot.bitmap
        height, width = bitmap.rows, bitmap.width
        # Not `bitmap.buffer`, which makes a list of Python numbers.
        texels = ctypes.string_at(bitmap._FT_Bitmap.buffer, height * bitmap.pitch)
        pixels = np.frombuffer(texels, np.uint8).reshape(height, bitmap.pitch)[:, :width]
        place = self._room(width, height)
        if place is None:
            return Glyph((0, 0, 0, 0), 0, 0, advance)
        x, y = place
        self.atlas[y : y + height, x : x + width] = pixels
        self.revision += 1
        return Glyph((x, y, width, height), slot.bitmap_left, slot.bitmap_top - height, advance)

    def _room(self, width: int, height: int) -> tuple[int, int] | None:
        """A free place in the atlas, one texel from its neighbours; None when the atlas is as large as it may be."""
        x, y, row = self._pen
        if x + width + 1 > _WIDTH:
            x, y, row = 0, y + row + 1, 0
        while y + height + 1 > len(self.atlas):
            if len(self.atlas) >= _MOST_ROWS:
                return None
            self.atlas = np.concatenate([self.atlas, np.zeros_like(self.atlas)])
        self._pen = (x + width + 1, y, max(row, height))
        return x, y
