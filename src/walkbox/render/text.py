"""Labels: every line of text in one draw call."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.render.font import Font
from walkbox.render.instances import Instances
from walkbox.render.rows import LAYERS
from walkbox.scene.scene import Text

__all__ = ["GLYPH", "TextBatch", "TextPass", "set_text"]

GLYPH = np.dtype([("line", "<i4"), ("box", "<f4", 4), ("texels", "<f4", 4)])
"""One glyph: its line, its rectangle in the line's frame (metres), its rectangle in the atlas (texels)."""

_LINE_TEXELS, _LINE_ROWS = 5, 4096
_ATLAS, _LINES = 0, 1


def set_text(font: Font, texts: Sequence[Text], walls: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Glyphs (:data:`GLYPH`), and lines (N, 5, 4).

    A line is its pose's rows, sRGB colour and alpha, capital height in metres and the row of the layer table of the
    wall on which it hangs: those given in *walls*, or -1 for none.
    """
    lines = np.zeros((len(texts), _LINE_TEXELS, 4), np.float32)
    boxes, texels = [np.zeros((0, 4))], [np.zeros((0, 4), np.float32)]
    for index, text in enumerate(texts):
        line = font.line(text.text)
        scale = text.height_m / font.cap_height
        width = line.width * scale
        if text.max_width_m and width > text.max_width_m:
            scale *= text.max_width_m / width
            width = text.max_width_m
        pen = {"left": 0.0, "centre": -width / 2, "right": -width}[text.anchor]
        boxes.append(line.boxes * scale + (pen, 0, 0, 0))
        texels.append(line.texels)
        lines[index, 0:3] = text.world_from_text[:3]
        lines[index, 3] = text.colour
        lines[index, 4, 0] = scale * font.cap_height
    lines[:, 4, 1] = walls if len(walls) else -1
    lines[:, 3, :3] = glue.encode_srgb(lines[:, 3, :3])
    counts = [len(one) for one in texels[1:]]
    glyphs = np.zeros(sum(counts), GLYPH)
    glyphs["line"] = np.repeat(np.arange(len(texts), dtype=np.int32), counts)
    glyphs["box"], glyphs["texels"] = np.concatenate(boxes), np.concatenate(texels)
    return glyphs, lines


class TextBatch:
    """Texts that change together."""

    def __init__(self, ctx: moderngl.Context, program: moderngl.Program, corners: moderngl.Buffer):
        self._ctx = ctx
        rows = ("1i 4f 4f", "line", "box", "texels")
        self._glyphs = Instances(ctx, program, (corners, "2f", "corner"), rows)
        self._lines: moderngl.Texture | None = None

    @property
    def glyphs(self) -> int:
        """Glyphs that are drawn."""
        return self._glyphs.count

    def set(self, font: Font, texts: Sequence[Text], walls: Sequence[int] = ()) -> None:
        """Replace all texts; *walls* as of :func:`set_text`."""
        self._free()
        glyphs, lines = set_text(font, texts, walls)
        self._glyphs.set(glyphs)
        if not len(glyphs):
            return
        blocks = -(-len(lines) // _LINE_ROWS)
        rows = min(len(lines), _LINE_ROWS)
        table = np.zeros((blocks * rows, _LINE_TEXELS, 4), np.float32)
        table[: len(lines)] = lines
        table = table.reshape(blocks, rows, _LINE_TEXELS, 4).transpose(1, 0, 2, 3)
        texture = self._ctx.texture((blocks * _LINE_TEXELS, rows), 4, np.ascontiguousarray(table), dtype="f4")
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._lines = texture

    def draw(self) -> int:
        """Draw calls made."""
        if self._lines is None:
            return 0
        self._lines.use(_LINES)
        return self._glyphs.draw()

    def _free(self) -> None:
        if self._lines is not None:
            self._lines.release()
            self._lines = None

    def release(self) -> None:
        """Free what it holds."""
        self._free()
        self._glyphs.release()


class TextPass:
    """The labels of the layers, numbers, the writing on boards: batches, so that each changes on its own."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx, self._corners = ctx, corners
        self._program = glue.program(ctx, "text", atlas=_ATLAS, lines=_LINES, layers=LAYERS)
        self.font = Font()
        self._batches: list[TextBatch] = []
        self.labels, self.numbers = self.batch(), self.batch()
        self._atlas: moderngl.Texture | None = None
        self._revision = -1

    def batch(self) -> TextBatch:
        """Another batch, drawn with the others."""
        self._batches.append(TextBatch(self._ctx, self._program, self._corners))
        return self._batches[-1]

    def flush(self) -> None:
        """Send the atlas when glyphs were added."""
        if self._revision == self.font.revision:
            return
        self._revision = self.font.revision
        if self._atlas is not None:
            self._atlas.release()
        rows, columns = self.font.atlas.shape
        atlas = self._atlas = self._ctx.texture((columns, rows), 1, self.font.atlas, alignment=1)
        atlas.build_mipmaps(max_level=3)
        atlas.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)

    def draw(self, layers: moderngl.Texture | None) -> int:
        """Draw calls made; *layers* is the layer table, by which labels follow their walls: bound, if there is one."""
        if self._atlas is None:
            return 0
        self._atlas.use(_ATLAS)
        if layers is None:
            self._atlas.use(LAYERS)
        return sum([batch.draw() for batch in self._batches])

    def release(self) -> None:
        """Free all of it."""
        for item in (*self._batches, self._program, self._atlas):
            if item is not None:
                item.release()
        self._atlas = None
