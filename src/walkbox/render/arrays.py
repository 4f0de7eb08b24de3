"""Texture arrays of float16 values: made with just the memory they need, written without holding the interpreter."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import moderngl
import numpy as np

from walkbox.render import glue

__all__ = ["gl_functions", "value_array", "write_values"]

_GL_TEXTURE_2D_ARRAY, _GL_RED, _GL_R16F, _GL_HALF_FLOAT = 0x8C1A, 0x1903, 0x822D, 0x140B
_GL_TEXTURE_MAX_LEVEL, _GL_UNPACK_ALIGNMENT, _GL_TEXTURE0 = 0x813D, 0x0CF5, 0x84C0


def value_array(ctx: moderngl.Context, size: tuple[int, int], layers: int, levels: int = 0) -> moderngl.TextureArray:
    """An empty array of float16 values with just as many mip levels beside level 0. *size* is its (height, width).

    moderngl says only after it has made an array that it has no mip levels, by when Mesa has made room for all of them:
    twice the memory, of narrow arrays. So it makes one of a single value, which is then made anew; its ``read``,
    ``write`` and size still speak of that single value.
    """
    made = ctx.texture_array((1, 1, 1), 1, dtype="f2")
    made.filter = (moderngl.NEAREST_MIPMAP_NEAREST if levels else moderngl.NEAREST, moderngl.NEAREST)
    made.repeat_x = made.repeat_y = False
    activate, bind, _, _, make, parameter = _array_functions()
    activate(_GL_TEXTURE0)
    bind(_GL_TEXTURE_2D_ARRAY, made.glo)
    parameter(_GL_TEXTURE_2D_ARRAY, _GL_TEXTURE_MAX_LEVEL, levels)
    height, width = size
    for level in range(levels + 1):
        of_level = (max(1, width >> level), max(1, height >> level), layers)
        make(_GL_TEXTURE_2D_ARRAY, level, _GL_R16F, *of_level, 0, _GL_RED, _GL_HALF_FLOAT, None)
    return made


def write_values(
    texture: moderngl.TextureArray, level: int, at: tuple[int, int, int], size: tuple[int, int, int], values: np.ndarray
) -> None:
    """Write float16 values into a part of a :func:`value_array`, without holding the interpreter meanwhile.

    Args:
        texture: the array.
        level: mip level.
        at: array layer, row and column to begin at.
        size: array layers, rows and columns to write.
        values: as many values, in that order.
    """
    data = np.ascontiguousarray(values)
    activate, bind, store, write, _, _ = _array_functions()
    activate(_GL_TEXTURE0)
    bind(_GL_TEXTURE_2D_ARRAY, texture.glo)
    store(_GL_UNPACK_ALIGNMENT, 1)
    where = (*at[::-1], *size[::-1])
    write(_GL_TEXTURE_2D_ARRAY, level, *where, _GL_RED, _GL_HALF_FLOAT, ctypes.c_void_p(data.ctypes.data))


@cache
def _array_functions() -> tuple[Callable[..., None], ...]:
    """glActiveTexture, glBindTexture, glPixelStorei, glTexSubImage3D, glTexImage3D and glTexParameteri."""
    unsigned, signed = ctypes.c_uint, ctypes.c_int
    return gl_functions(
        {
            "glActiveTexture": (unsigned,),
            "glBindTexture": (unsigned, unsigned),
            "glPixelStorei": (unsigned, signed),
            "glTexSubImage3D": (unsigned, *(signed,) * 7, unsigned, unsigned, ctypes.c_void_p),
            "glTexImage3D": (unsigned, *(signed,) * 6, unsigned, unsigned, ctypes.c_void_p),
            "glTexParameteri": (unsigned, unsigned, signed),
        }
    )


def gl_functions(kinds: dict[str, tuple[Any, ...]]) -> tuple[Callable[..., None], ...]:
    """OpenGL functions with the types of their arguments, which let other threads run meanwhile.

    They come from PyOpenGL, whose import takes 5 MB, only where they cannot be looked up by themselves.
    """
    found = glue.free_running(kinds)
    if found is None:
        from OpenGL import GL

        found = tuple(getattr(GL, name) for name in kinds)
    return found
