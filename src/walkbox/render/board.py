"""The board that carries the panels in the scene, where the runtime does not show them itself."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox.render import glue

__all__ = ["BoardPass"]


class BoardPass:
    """A picture of panels on a rectangle that lets shine through what they leave free."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx = ctx
        self._program = glue.program(ctx, "board", panels=0)
        self._pose, self._size = (glue.uniform(self._program, name) for name in ("world_from_board", "size"))
        self._vertices = ctx.vertex_array(self._program, [(corners, "2f", "corner")])
        self._texture: moderngl.Texture | None = None
        self._framebuffer: moderngl.Framebuffer | None = None
        self._stale = False

    def framebuffer(self, size_px: tuple[int, int]) -> moderngl.Framebuffer:
        """Where to draw the panels, alpha premultiplied; the caller clears it. Kept while the size stays."""
        if self._texture is None or self._framebuffer is None or self._texture.size != size_px:
            self._free()
            texture = self._texture = self._ctx.texture(size_px, 4)
            texture.repeat_x = texture.repeat_y = False
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            self._framebuffer = self._ctx.framebuffer([texture])
        self._stale = True
        return self._framebuffer

    def draw(self, world_from_board: np.ndarray | None, size_m: tuple[float, float]) -> int:
        """Draw calls made; nothing before :meth:`framebuffer` was asked for."""
        if world_from_board is None or self._texture is None:
            return 0
        if self._stale:  # once a frame, whatever the number of eyes
            self._texture.build_mipmaps()
            self._stale = False
        self._texture.use(0)
        self._pose.write(np.ascontiguousarray(world_from_board.T, np.float32))
        self._size.value = size_m
        glue.draw(self._vertices, moderngl.TRIANGLE_STRIP)
        return 1

    def _free(self) -> None:
        for item in (self._framebuffer, self._texture):
            if item is not None:
                item.release()
        self._framebuffer = self._texture = None

    def release(self) -> None:
        """Free all of it."""
        self._free()
        self._vertices.release()
        self._program.release()
