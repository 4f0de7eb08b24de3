"""What an eye is drawn into, before it is copied into a swapchain image."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np

from walkbox.hosts.headset.swapchains import DEPTH24, DEPTH24_STENCIL8

__all__ = ["EyeTarget"]


class EyeTarget:
    """A multisampled framebuffer and the plain one that it is resolved into, like the other hosts' own.

    Colours are 8-bit RGBA and hold sRGB-encoded values as they are. The format of depth is that of the depth swapchain:
    OpenGL copies depth between equal formats only.

    Args:
        ctx: current on this thread.
        size_px: width and height.
        samples: multisampling, 1 for none.
        depth_format: of OpenGL.

    Attributes:
        drawn: draw here.
        resolved: what :meth:`resolve` leaves.
    """

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], samples: int, depth_format: int = DEPTH24):
        self.size_px, self.samples = size_px, samples
        self._renderbuffers: list[int] = []
        self._framebuffers: list[int] = []
        self.resolved = self._framebuffer(ctx, 0, depth_format)
        self.drawn = self._framebuffer(ctx, samples, depth_format) if samples > 1 else self.resolved

    def _framebuffer(self, ctx: moderngl.Context, samples: int, depth_format: int) -> moderngl.Framebuffer:
        from OpenGL import GL

        stencil = depth_format == DEPTH24_STENCIL8
        framebuffer = int(GL.glGenFramebuffers(1))
        self._framebuffers.append(framebuffer)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        for format, attachment in (
            (GL.GL_RGBA8, GL.GL_COLOR_ATTACHMENT0),
            (depth_format, GL.GL_DEPTH_STENCIL_ATTACHMENT if stencil else GL.GL_DEPTH_ATTACHMENT),
        ):
            name = int(GL.glGenRenderbuffers(1))
            self._renderbuffers.append(name)
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, name)
            GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, format, *self.size_px)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, attachment, GL.GL_RENDERBUFFER, name)
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, 0)
        return ctx.detect_framebuffer(framebuffer)

    def resolve(self, *, depth: bool) -> None:
        """Average the samples of each pixel; depth takes one of them."""
        from OpenGL import GL

        if self.drawn is not self.resolved:
            planes = int(GL.GL_COLOR_BUFFER_BIT) | (int(GL.GL_DEPTH_BUFFER_BIT) if depth else 0)
            self.copy_to(self.resolved.glo, 0, planes, self.drawn.glo)

    def copy_to(self, framebuffer: int, x_px: int, planes: int, source: int | None = None) -> None:
        """Copy the resolved picture, pixel by pixel, to a place *x_px* to the right in a framebuffer."""
        from OpenGL import GL

        width, height = self.size_px
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.resolved.glo if source is None else source)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, framebuffer)
        GL.glBlitFramebuffer(0, 0, width, height, x_px, 0, x_px + width, height, planes, GL.GL_NEAREST)

    def read(self) -> np.ndarray:
        """uint8 (H, W, 3), row 0 on top."""
        width, height = self.size_px
        pixels = np.frombuffer(self.resolved.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(height, width, 3)[::-1].copy()

    def release(self) -> None:
        """Free its GL objects. May be called twice."""
        from OpenGL import GL

        for delete, names in (
            (GL.glDeleteFramebuffers, self._framebuffers),
            (GL.glDeleteRenderbuffers, self._renderbuffers),
        ):
            if names:
                delete(len(names), np.array(names, np.uint32))
            names.clear()

    resolved: Any
    drawn: Any
