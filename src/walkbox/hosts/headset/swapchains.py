"""Swapchains: the images that the compositor takes, and how colours and depth get into them.

What walkbox draws are sRGB-encoded bytes. A swapchain of an sRGB format gets them as they are: the compositor decodes
them itself. Other formats are taken as linear, so there they are decoded first (:class:`walkbox.hosts.headset.decode`).
"""

from __future__ import annotations

import contextlib
import ctypes
from ctypes import byref, c_uint32
from typing import Any

import moderngl
import xr

from walkbox.hosts.headset.calls import TROUBLE, check, raw
from walkbox.hosts.headset.gl import unbind
from walkbox.hosts.headset.graphics import Graphics

__all__ = ["DEPTH_FORMATS", "SRGB8_ALPHA8", "Swapchain", "choose"]

SRGB8_ALPHA8 = 0x8C43
RGBA16F, RGBA16, RGBA8 = 0x881A, 0x805B, 0x8058
COLOUR_FORMATS = (SRGB8_ALPHA8, RGBA16F, RGBA16, RGBA8)
"""In the order in which they are wanted; of the linear ones those first that darken without steps."""

DEPTH24, DEPTH24_STENCIL8, DEPTH32F = 0x81A6, 0x88F0, 0x8CAC
DEPTH_FORMATS = (DEPTH24, DEPTH24_STENCIL8, DEPTH32F)
"""In the order in which they are wanted: 24 bits, as the desktop has, first."""


def choose(wanted: tuple[int, ...], offered: list[int]) -> int | None:
    """The first wanted format that is offered."""
    return next((f for f in wanted if f in offered), None)


class Swapchain:
    """A chain of images, each with a framebuffer of ours. Needs the context current.

    Args:
        graphics: the context.
        session: ``xr.Session``.
        size_px: width and height of an image.
        format: of OpenGL.
        depth: the images are depth, not colour.

    Attributes:
        handle: ``xr.Swapchain``.
        size_px, format: as given.
        textures: GL names of the images; they belong to the runtime.
    """

    def __init__(self, graphics: Graphics, session: Any, size_px: tuple[int, int], format: int, *, depth: bool = False):
        from OpenGL import GL

        self._graphics, self.size_px, self.format = graphics, size_px, format
        usage = xr.SwapchainUsageFlags
        drawn = usage.DEPTH_STENCIL_ATTACHMENT_BIT if depth else usage.COLOR_ATTACHMENT_BIT
        self.handle: Any = xr.create_swapchain(
            session,
            xr.SwapchainCreateInfo(
                usage_flags=drawn | usage.SAMPLED_BIT,
                format=format,
                sample_count=1,
                width=size_px[0],
                height=size_px[1],
                face_count=1,
                array_size=1,
                mip_count=1,
            ),
        )
        graphics.settle()
        images = xr.enumerate_swapchain_images(self.handle, xr.SwapchainImageOpenGLKHR)
        self.textures = [int(image.image) for image in images]
        attachment = GL.GL_COLOR_ATTACHMENT0
        if depth:
            attachment = GL.GL_DEPTH_STENCIL_ATTACHMENT if format == DEPTH24_STENCIL8 else GL.GL_DEPTH_ATTACHMENT
        self._framebuffers: list[moderngl.Framebuffer] = []
        for texture in self.textures:
            name = int(GL.glGenFramebuffers(1))
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, name)
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, attachment, GL.GL_TEXTURE_2D, texture, 0)
            if depth:
                GL.glDrawBuffer(GL.GL_NONE)
                GL.glReadBuffer(GL.GL_NONE)
            self._framebuffers.append(graphics.ctx.detect_framebuffer(name))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
        self._index = c_uint32()
        self._waiting = xr.SwapchainImageWaitInfo(timeout=xr.Duration(xr.INFINITE_DURATION))

    def __enter__(self) -> moderngl.Framebuffer:
        """``with chain as framebuffer``: of the image that may be written; it is given back whatever happens."""
        check(raw.xrAcquireSwapchainImage(self.handle, None, byref(self._index)))
        try:
            check(raw.xrWaitSwapchainImage(self.handle, self._waiting))
        except BaseException:
            raw.xrReleaseSwapchainImage(self.handle, None)
            raise
        self._graphics.settle()
        return self._framebuffers[self._index.value]

    def __exit__(self, *_: object) -> None:
        check(raw.xrReleaseSwapchainImage(self.handle, None))

    def sub_image(self, x: int, y: int, width: int, height: int) -> xr.SwapchainSubImage:
        """A part of the images; (0, 0) is the lower left corner, as in OpenGL."""
        rectangle = xr.Rect2Di(offset=xr.Offset2Di(x, y), extent=xr.Extent2Di(width, height))
        return xr.SwapchainSubImage(swapchain=self.handle, image_rect=rectangle, image_array_index=0)

    def release(self) -> None:
        """Free the chain and the framebuffers. May be called twice, and after the runtime has ended."""
        from OpenGL import GL

        handle, self.handle = self.handle, None
        if handle is None:
            return
        unbind(self._graphics.ctx)
        names = [framebuffer.glo for framebuffer in self._framebuffers]
        GL.glDeleteFramebuffers(len(names), (ctypes.c_uint * len(names))(*names))
        with contextlib.suppress(TROUBLE):
            xr.destroy_swapchain(handle)
