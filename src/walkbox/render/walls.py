"""Passes of single shapes: the floor with its sky, and the plates behind the walls."""

from __future__ import annotations

import moderngl

from walkbox.render import glue

__all__ = ["FloorPass", "WallPass"]


class FloorPass:
    """Sky, horizon and floor grid: one triangle over the whole view, behind everything."""

    def __init__(self, ctx: moderngl.Context):
        self._program = glue.program(ctx, "floor")
        self._vertices = ctx.vertex_array(self._program, [])

    def draw(self) -> None:
        self._vertices.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._vertices.release()
        self._program.release()


class WallPass:
    """A dark plate with a thin frame behind each wall: one draw call for all rows of the layer table."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._program = glue.program(ctx, "walls", layers=0)
        self._vertices = ctx.vertex_array(self._program, [(corners, "2f", "corner")])

    def draw(self, layers: moderngl.Texture) -> None:
        layers.use(0)
        self._vertices.render(moderngl.TRIANGLE_STRIP, instances=layers.height)

    def release(self) -> None:
        self._vertices.release()
        self._program.release()
