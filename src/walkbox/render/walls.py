"""Passes of single shapes: floor and sky, the plates behind the walls, their shadows, the borders of marked maps."""

from __future__ import annotations

import moderngl

from walkbox.render import glue
from walkbox.render.rows import LAYERS

__all__ = ["FloorPass", "HandlePass", "HighlightPass", "RowPass"]


class FloorPass:
    """Sky, horizon and floor grid: one triangle over the whole view, behind everything."""

    def __init__(self, ctx: moderngl.Context):
        self._programs = [glue.program(ctx, "floor", variant) for variant in ("PERSON", "")]
        self._person, self._other = (ctx.vertex_array(program, []) for program in self._programs)

    def draw(self, scale: float) -> None:
        """*scale* is that of the view."""
        glue.draw(self._person if scale == 1.0 else self._other, moderngl.TRIANGLES, count=3)

    def release(self) -> None:
        for item in (self._person, self._other, *self._programs):
            item.release()


class RowPass:
    """One quad, or *each* of them, a row of the layer table, in one draw call.

    ``walls`` are dark plates with a thin frame behind the maps, ``shadows`` soft shadows on the floor below them,
    ``posts`` the two posts that each stands on.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer, program: str, each: int = 1):
        self._each = each
        self._program = glue.program(ctx, program, layers=LAYERS)
        self._vertices = ctx.vertex_array(self._program, [(corners, "2f", "corner")])

    def draw(self, count: int) -> None:
        """*count* is that of the table's rows."""
        glue.draw(self._vertices, moderngl.TRIANGLE_STRIP, self._each * count)

    def release(self) -> None:
        self._vertices.release()
        self._program.release()


class HandlePass(RowPass):
    """The handles of all walls."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        super().__init__(ctx, corners, "handles")
        self._uniform, self._marked = glue.uniform(self._program, "marked"), -1
        self._uniform.value = -1

    def mark(self, row: int) -> None:
        """Let that row's handle stand out; -1 for none."""
        if row != self._marked:
            self._uniform.value = self._marked = row


class HighlightPass:
    """Bright borders around the selected map and the one pointed at."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._program = glue.program(ctx, "highlight", layers=LAYERS)
        self._uniform = glue.uniform(self._program, "marked")
        self._marked: tuple[int, ...] = ()
        self._vertices = ctx.vertex_array(self._program, [(corners, "2f", "corner")])

    def draw(self, selected: tuple[int, int], pointed: tuple[int, int]) -> None:
        """Each is a row of the layer table and a cell of its wall; row -1 for none."""
        marked = (*selected, *pointed)
        if marked != self._marked:
            self._uniform.value = self._marked = marked
        glue.draw(self._vertices, moderngl.TRIANGLE_STRIP, 2)

    def release(self) -> None:
        self._vertices.release()
        self._program.release()
