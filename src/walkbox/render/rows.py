"""The table of layers on the GPU: where each wall stands and how its values become colours, one row a layer.

Moving a wall or changing its range writes one row; nothing that has the size of the maps is touched.
"""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox.render.allocator import Run, SlotAllocator

__all__ = ["KIND_SIGNAL", "LOG", "PER_MAP", "SHOWN", "SMOOTH", "LayerTable", "rows_of"]

TEXELS = 7
SHOWN, LOG, SMOOTH, PER_MAP = 1, 2, 4, 8
KIND_SIGNAL = 1
_BATCH = 256
_HEIGHT = 4096  # most rows of the texture; further rows of the table lie beside them


class LayerTable:
    """Rows of :data:`TEXELS` RGBA32F texels, the same as ``shaders/layers.glsl`` reads.

    Attributes:
        pose: (R, 3, 4) upper rows of world_from_wall.
        wall: (R, 4) width and height in metres, maps in a row, number of maps.
        cell: (R, 4) width and height of a map, distance to the next one across and down.
        colours: (R, 4) true values of the first and last colour, scale, row of the colour map.
        look: (R, 4) kind, flags, mip levels, class tokens.
        All are views of one array; write to them, then call :meth:`changed`.
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._slots = SlotAllocator(0)
        self.data = np.zeros((0, TEXELS, 4), np.float32)
        self.texture: moderngl.Texture | None = None
        self._stale = False

    @property
    def pose(self) -> np.ndarray:
        return self.data[:, 0:3]

    @property
    def wall(self) -> np.ndarray:
        return self.data[:, 3]

    @property
    def cell(self) -> np.ndarray:
        return self.data[:, 4]

    @property
    def colours(self) -> np.ndarray:
        return self.data[:, 5]

    @property
    def look(self) -> np.ndarray:
        return self.data[:, 6]

    @property
    def _size(self) -> tuple[int, int]:
        height = min(len(self.data), _HEIGHT)
        return TEXELS * (len(self.data) // height), height

    def take(self, count: int) -> int:
        """Rows for a network of *count* layers (at least one); returns the first."""
        if self._slots.longest < count:
            rows = len(self.data) + count
            batch = _BATCH if rows <= _HEIGHT else _HEIGHT
            added = -(-rows // batch) * batch - len(self.data)
            self._slots.grow(added)
            self.data = np.concatenate([self.data, np.zeros((added, TEXELS, 4), np.float32)])
            self.release()
            texture = self.texture = self._ctx.texture(self._size, 4, dtype="f4")
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._stale = True
        return self._slots.take(count)[0][0]

    def give_back(self, run: Run) -> None:
        """Free the rows of a network."""
        self.data[run[0] : run[0] + run[1]] = 0
        self._slots.give_back([run])
        self._stale = True

    def changed(self) -> None:
        """The arrays were written to."""
        self._stale = True

    def upload(self) -> None:
        """Send the table when it changed."""
        if self._stale and self.texture is not None:
            width, height = self._size
            beside = self.data.reshape(width // TEXELS, height, TEXELS, 4).swapaxes(0, 1)
            self.texture.write(np.ascontiguousarray(beside))
        self._stale = False

    def release(self) -> None:
        """Free the texture."""
        if self.texture is not None:
            self.texture.release()
            self.texture = None


def rows_of(texture: moderngl.Texture) -> int:
    """Rows of the table that a texture of :class:`LayerTable` holds."""
    return texture.width // TEXELS * texture.height
