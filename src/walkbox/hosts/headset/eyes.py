"""What an eye is drawn into, before it is copied into a swapchain image."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np

from walkbox.hosts.headset.gl import COLOUR, DEPTH, blit, unbind
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
        self._ctx, self.size_px, self.samples = ctx, size_px, samples
        self._renderbuffers: list[int] = []
        self._framebuffers: list[int] = []
        self.resolved = self._framebuffer(0, depth_format)
        self.drawn = self._framebuffer(samples, depth_format) if samples > 1 else self.resolved

    def _framebuffer(self, samples: int, depth_format: int) -> moderngl.Framebuffer:
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
        return self._ctx.detect_framebuffer(framebuffer)

    def resolve(self, *, depth: bool) -> None:
        """Average the samples of each pixel; depth takes one of them."""
        if self.drawn is not self.resolved:
            planes = COLOUR | DEPTH if depth else COLOUR
            blit(self.drawn.glo, self.resolved.glo, self.size_px, 0, planes)

    def copy_to(self, framebuffer: moderngl.Framebuffer, x_px: int, planes: int) -> None:
        """Copy the resolved picture, pixel by pixel, to a place *x_px* to the right in a framebuffer."""
        blit(self.resolved.glo, framebuffer.glo, self.size_px, x_px, planes)

    def read(self) -> np.ndarray:
        """uint8 (H, W, 3), row 0 on top."""
        width, height = self.size_px
        pixels = np.frombuffer(self.resolved.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(height, width, 3)[::-1].copy()

    def release(self) -> None:
        """Free its GL objects. May be called twice."""
        from OpenGL import GL

        unbind(self._ctx)
        for delete, names in (
            (GL.glDeleteFramebuffers, self._framebuffers),
            (GL.glDeleteRenderbuffers, self._renderbuffers),
        ):
            if names:
                delete(len(names), np.array(names, np.uint32))
            names.clear()

    resolved: Any
    drawn: Any
