"""The table of layers on the GPU: where each wall stands and how its values become colours, one row a layer.

Moving a wall or changing its range writes one row; nothing that has the size of the maps is touched.
"""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import numpy as np

from walkbox.render.allocator import Run, SlotAllocator

__all__ = ["KIND_SIGNAL", "LAYERS", "LOG", "PER_MAP", "SHOWN", "SMOOTH", "LayerTable", "runs"]

LAYERS = 5
"""Texture unit of the table, for all passes: it is bound once a view."""

TEXELS = 8
SHOWN, LOG, SMOOTH, PER_MAP = 1, 2, 4, 8
KIND_SIGNAL = 1
_BATCH = 256
_HEIGHT = 4096  # most rows of the texture; further rows of the table lie beside them
_MOST_RUNS = 16  # of changed rows that are sent one by one


class LayerTable:
    """Rows of :data:`TEXELS` RGBA32F texels, the same as ``shaders/layers.glsl`` reads.

    Attributes:
        pose: (R, 3, 4) upper rows of world_from_wall; zeros for a wall that is hidden, which leaves nothing to draw.
        wall: (R, 4) width and height in metres, maps in a row, number of maps.
        cell: (R, 4) width and height of a map, distance to the next one across and down.
        colours: (R, 4) true values of the first and last colour, scale, row of the colour map.
        look: (R, 4) kind, flags, mip levels, class tokens.
        stand: (R, 4) height of its lower edge above the floor (metres of the wall, as all lengths here); where its
            order begins in the table of ``MapPass.set_orders`` (-1: channels as they are), and its cells; length of its
            handle.
        All are views of one array; write to them, then call :meth:`changed`.
        written_bytes: sent to the GPU, ever.
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._slots = SlotAllocator(0)
        self.data = np.zeros((0, TEXELS, 4), np.float32)
        self.texture: moderngl.Texture | None = None
        self.written_bytes = 0
        self._sent = self.data.copy()
        self._stale = (0, 0)

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
    def stand(self) -> np.ndarray:
        return self.data[:, 7]

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
            self._sent = np.full_like(self.data, np.nan)
            self.release()
            texture = self.texture = self._ctx.texture(self._size, 4, dtype="f4")
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
            self.changed()
        return self._slots.take(count)[0][0]

    def give_back(self, run: Run) -> None:
        """Free the rows of a network."""
        self.data[run[0] : run[0] + run[1]] = 0
        self._slots.give_back([run])
        self.changed(*run)

    def changed(self, first: int = 0, count: int | None = None) -> None:
        """The arrays were written to, in these rows; in any of them when *count* is None."""
        stop = len(self.data) if count is None else first + count
        before = self._stale
        self._stale = (first, stop) if before[0] == before[1] else (min(first, before[0]), max(stop, before[1]))

    def upload(self) -> None:
        """Send the rows that differ from what was sent before."""
        first, stop = self._stale
        self._stale = (0, 0)
        if first == stop or self.texture is None:
            return
        now, sent = self.data[first:stop], self._sent[first:stop]
        different = np.flatnonzero((now.view(np.int32) != sent.view(np.int32)).any(axis=(1, 2)))
        if not len(different):
            return
        parts = list(runs(different))
        if len(parts) > _MOST_RUNS:
            parts = [(int(different[0]), int(different[-1]) - int(different[0]) + 1)]
        for start, count in parts:
            self._send(first + start, count)
        sent[:] = now

    def _send(self, first: int, count: int) -> None:
        assert self.texture is not None
        height = self._size[1]
        while count:
            beside, row = divmod(first, height)
            fit = min(count, height - row)
            part = np.ascontiguousarray(self.data[first : first + fit])
            self.texture.write(part, viewport=(TEXELS * beside, row, TEXELS, fit))
            self.written_bytes += part.nbytes
            first, count = first + fit, count - fit

    def release(self) -> None:
        """Free the texture."""
        if self.texture is not None:
            self.texture.release()
            self.texture = None


def runs(numbers: np.ndarray) -> Iterator[tuple[int, int]]:
    """First one and number of neighbours, of rising whole numbers."""
    if len(numbers):
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        for part in np.split(numbers, breaks):
            yield int(part[0]), len(part)
