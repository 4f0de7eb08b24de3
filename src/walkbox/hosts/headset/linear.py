"""From the sRGB-encoded colours that walkbox draws to the linear ones that a compositor blends."""

from __future__ import annotations

import moderngl

from walkbox.render import glue

__all__ = ["FRAMEBUFFER_SRGB", "LinearCopy"]

FRAMEBUFFER_SRGB = 0x8DB9


class LinearCopy:
    """Copies a picture and decodes it on the way; alpha is premultiplied before and after.

    Where the framebuffer's format is an sRGB one OpenGL encodes the colours again as they are written: what changes
    then is that alpha has been multiplied into linear colours, as a compositor expects it.
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._program = glue.program(ctx, "linear", picture=0)
        self._triangle = ctx.vertex_array(self._program, [])

    def draw(
        self, picture: moderngl.Texture, framebuffer: moderngl.Framebuffer, origin_px: tuple[int, int] = (0, 0)
    ) -> None:
        """Copy all of *picture* into a framebuffer, its lower left corner at *origin_px*."""
        framebuffer.viewport = (*origin_px, *picture.size)
        framebuffer.use()
        self._ctx.disable(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
        self._ctx.enable_direct(FRAMEBUFFER_SRGB)
        try:
            picture.use(0)
            glue.uniform(self._program, "origin").value = origin_px
            self._triangle.render(moderngl.TRIANGLES, vertices=3)
        finally:
            self._ctx.disable_direct(FRAMEBUFFER_SRGB)

    def release(self) -> None:
        """Free its GL objects."""
        self._triangle.release()
        self._program.release()
