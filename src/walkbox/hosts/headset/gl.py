"""Framebuffers of our own beside moderngl's, and copying between them through ctypes.

The interpreter is free meanwhile, and PyOpenGL's checks are left out: they would raise for an OpenGL error that a
runtime left behind (SteamVR on Linux does) as if it were ours.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import moderngl

__all__ = ["COLOUR", "DEPTH", "blit", "unbind"]

COLOUR, DEPTH = 0x4000, 0x100
"""Bits of what is copied."""

_READ_FRAMEBUFFER, _DRAW_FRAMEBUFFER, _NEAREST = 0x8CA8, 0x8CA9, 0x2600


@cache
def _functions() -> tuple[Callable[..., None], Callable[..., None]]:
    """GlBindFramebuffer and glBlitFramebuffer. Both are younger than OpenGL 1.1, so every platform looks them up."""
    from OpenGL import GL, platform

    find: Any = getattr(platform.PLATFORM, "getExtensionProcedure", None)
    found = [find(name) if find else None for name in (b"glBindFramebuffer", b"glBlitFramebuffer")]
    if not all(found):
        return GL.glBindFramebuffer, GL.glBlitFramebuffer
    make: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    signed, unsigned = ctypes.c_int, ctypes.c_uint
    bind = make(None, unsigned, unsigned)(found[0])
    return bind, make(None, *(signed,) * 8, unsigned, unsigned)(found[1])


def blit(source: int, target: int, size_px: tuple[int, int], x_px: int, planes: int) -> None:
    """Copy a picture pixel by pixel, to a place *x_px* to the right in the target; both stay bound.

    Args:
        source, target: GL names of framebuffers.
        size_px: width and height of the picture.
        x_px: where its left edge goes; it comes from 0.
        planes: :data:`COLOUR`, :data:`DEPTH` or both.
    """
    bind, copy = _functions()
    width, height = size_px
    bind(_READ_FRAMEBUFFER, source)
    bind(_DRAW_FRAMEBUFFER, target)
    copy(0, 0, width, height, x_px, 0, x_px + width, height, planes, _NEAREST)


def unbind(ctx: moderngl.Context) -> None:
    """Have no framebuffer in use, before one is deleted: moderngl binds the last one in use again now and then."""
    ctx.detect_framebuffer(0).use()
