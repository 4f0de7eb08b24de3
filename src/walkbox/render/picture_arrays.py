"""Pictures in texture arrays, so that many are drawn at once: an array for each size, a layer for each picture."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import moderngl
import numpy as np

from walkbox.render.arrays import gl_functions

__all__ = ["PictureArray", "PictureArrays", "thinned"]

MOST_PX = 2048
"""Larger pictures are thinned out."""

STEP_PX = 32
"""Sides of layers are multiples of it, as most models' input is; the rest of a layer gets the colours of the edge."""

_GL_TEXTURE_2D, _GL_TEXTURE_2D_ARRAY, _GL_TEXTURE0 = 0x0DE1, 0x8C1A, 0x84C0
_GL_READ_FRAMEBUFFER, _GL_COLOR_ATTACHMENT0 = 0x8CA8, 0x8CE0


class PictureArray:
    """Layers of one size, with mip levels.

    Args:
        ctx: current on this thread.
        size_px: width and height of a layer.

    Attributes:
        size_px: as given.
        layers: key of each picture, and its layer; it may move when others come or go.
        texture: None while there are none; another one when the number of layers has changed.
    """

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]):
        self._ctx, self.size_px = ctx, size_px
        self.layers: dict[int, int] = {}
        self.texture: moderngl.TextureArray | None = None

    def fit(self, coming: int, most: int) -> None:
        """Have room for that many pictures more, with *most* layers at most, but not for twice as many as there are."""
        needed, have = len(self.layers) + coming, 0 if self.texture is None else self.texture.layers
        if not needed:
            self.release()
        elif needed > have or 2 * needed < have:
            self._resize(min(needed + needed // 4, most))

    def _resize(self, layers: int) -> None:
        new = self._ctx.texture_array((*self.size_px, layers), 4)
        new.build_mipmaps()
        new.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        new.anisotropy = 4.0
        new.repeat_x = new.repeat_y = False
        old, self.texture = self.texture, new
        if old is not None:
            self._copy(old, list(self.layers.values()), range(len(self.layers)))
            self.layers = {key: layer for layer, key in enumerate(self.layers)}
            old.release()

    def write(self, key: int, pixels: np.ndarray) -> None:
        """Put a picture, uint8 (H, W, 3), into a free layer."""
        assert self.texture is not None
        taken = set(self.layers.values())
        self.layers[key] = layer = next(layer for layer in range(self.texture.layers) if layer not in taken)
        height, width = pixels.shape[:2]
        whole = np.full((*self.size_px[::-1], 4), 255, np.uint8)
        whole[:height, :width, :3] = pixels
        whole[height:, :width, :3] = pixels[-1:]
        whole[:, width:, :3] = whole[:, width - 1 : width, :3]
        # OpenGL makes the mip levels of a whole texture only.
        alone = self._ctx.texture(self.size_px, 4, whole)
        alone.build_mipmaps()
        self._copy(alone, [0], [layer])
        alone.release()

    def _copy(self, source: moderngl.Texture | moderngl.TextureArray, layers: Sequence[int], to: Sequence[int]) -> None:
        """Copy layers of another texture of this size, mip levels and all."""
        assert self.texture is not None
        generate, delete, bind, attach_layer, attach, activate, bind_texture, copy = _copy_functions()
        framebuffer = (ctypes.c_uint * 1)()
        generate(1, framebuffer)
        bind(_GL_READ_FRAMEBUFFER, framebuffer[0])
        activate(_GL_TEXTURE0)
        bind_texture(_GL_TEXTURE_2D_ARRAY, self.texture.glo)
        attached = _GL_READ_FRAMEBUFFER, _GL_COLOR_ATTACHMENT0
        for level in range(max(self.size_px).bit_length()):
            width, height = (max(1, side >> level) for side in self.size_px)
            for layer, place in zip(layers, to, strict=True):
                if isinstance(source, moderngl.TextureArray):
                    attach_layer(*attached, source.glo, level, layer)
                else:
                    attach(*attached, _GL_TEXTURE_2D, source.glo, level)
                copy(_GL_TEXTURE_2D_ARRAY, level, 0, 0, place, 0, 0, width, height)
        bind(_GL_READ_FRAMEBUFFER, 0)
        delete(1, framebuffer)

    def release(self) -> None:
        """Free the texture."""
        if self.texture is not None:
            self.texture.release()
        self.texture = None
        self.layers.clear()


@cache
def _copy_functions() -> tuple[Callable[..., None], ...]:
    unsigned, signed, pointer = ctypes.c_uint, ctypes.c_int, ctypes.POINTER(ctypes.c_uint)
    return gl_functions(
        {
            "glGenFramebuffers": (signed, pointer),
            "glDeleteFramebuffers": (signed, pointer),
            "glBindFramebuffer": (unsigned, unsigned),
            "glFramebufferTextureLayer": (unsigned, unsigned, unsigned, signed, signed),
            "glFramebufferTexture2D": (unsigned, unsigned, unsigned, unsigned, signed),
            "glActiveTexture": (unsigned,),
            "glBindTexture": (unsigned, unsigned),
            "glCopyTexSubImage3D": (unsigned, *(signed,) * 8),
        }
    )


class PictureArrays:
    """The pictures that something shows, each under a key."""

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._most_layers = int(ctx.info["GL_MAX_ARRAY_TEXTURE_LAYERS"])
        self._arrays: dict[tuple[int, int], list[PictureArray]] = {}
        self._held: dict[int, tuple[PictureArray, np.ndarray]] = {}

    def hold(self, wanted: Mapping[int, np.ndarray]) -> None:
        """Keep the pixels, uint8 (H, W, 3), of these keys and no others; those that are known are not sent again."""
        for key in [key for key, (_, pixels) in self._held.items() if wanted.get(key) is not pixels]:
            del self._held.pop(key)[0].layers[key]
        coming: dict[PictureArray, dict[int, np.ndarray]] = {}
        for key, pixels in wanted.items():
            if key not in self._held:
                shown = thinned(pixels)
                array = self._with_room(shown.shape[:2], coming)
                coming.setdefault(array, {})[key] = shown
                self._held[key] = array, pixels
        for array in [array for arrays in self._arrays.values() for array in arrays]:
            new = coming.get(array, {})
            array.fit(len(new), self._most_layers)
            for key, shown in new.items():
                array.write(key, shown)

    def _with_room(self, shape: tuple[int, ...], coming: Mapping[PictureArray, Mapping]) -> PictureArray:
        """The array that a picture of *shape* (rows, columns) goes to."""
        height, width = (-(-side // STEP_PX) * STEP_PX for side in shape)
        arrays = self._arrays.setdefault((width, height), [])
        for array in arrays:
            if len(array.layers) + len(coming.get(array, ())) < self._most_layers:
                return array
        arrays.append(PictureArray(self._ctx, (width, height)))
        return arrays[-1]

    def array(self, key: int) -> PictureArray:
        """Where a picture is."""
        return self._held[key][0]

    def release(self) -> None:
        """Free all of it."""
        for array in {array for array, _ in self._held.values()}:
            array.release()
        self._arrays.clear()
        self._held.clear()


def thinned(pixels: np.ndarray) -> np.ndarray:
    """Every so many rows and columns of a very large picture, others as they are."""
    step = -(-max(pixels.shape[:2]) // MOST_PX)
    return pixels[::step, ::step, :3]
