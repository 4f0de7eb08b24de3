"""The pass that draws all feature maps: one draw call a page, one instance a wall."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox import colour
from walkbox.render import glue
from walkbox.render.pages import Page, Piece
from walkbox.render.rows import LAYERS

__all__ = ["COLORMAP_ROWS", "INSTANCE", "MapPass"]

INSTANCE = np.dtype([("row", "<i4"), ("slot", "<i4"), ("channel", "<i4"), ("count", "<i4")])
"""Maps of one wall that lie in neighbouring slots: row of the layer table, first slot, first channel, number."""

COLORMAP_ROWS = {name: row for row, name in enumerate(colour.COLORMAPS)}
"""Row of each colour map in the baked texture."""

_MAPS, _COLORMAPS, _RANGES, _ORDERS = range(4)
_WIDTH = 1024


def _finer(table: np.ndarray) -> np.ndarray:
    """Three more colours between every two of a table, so that the nearest entry is close enough."""
    steps = np.arange(0, len(table) - 0.75, 0.25)
    columns = [np.interp(steps, np.arange(len(table)), table[:, k]) for k in range(3)]
    return (np.stack(columns, 1) + 0.5).astype(np.uint8)


def _order_table(ctx: moderngl.Context, channels: np.ndarray) -> moderngl.Texture:
    table = np.zeros((max(1, -(-len(channels) // _WIDTH)), _WIDTH), np.int32)
    table.reshape(-1)[: len(channels)] = channels
    texture = ctx.texture((_WIDTH, len(table)), 1, table, dtype="i4")
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    return texture


class _PageMaps:
    """Which walls have maps on one page, and where."""

    def __init__(self, ctx: moderngl.Context, program: moderngl.Program, corners: moderngl.Buffer, page: Page):
        self._ctx, self._program, self._corners = ctx, program, corners
        self.page = page
        shape = page.shape
        lying = (shape.across, shape.down) if shape.flat else (shape.layers, 0)
        self.uniform = np.array([lying[0], *page.size, lying[1]], np.int32).tobytes()
        self.pieces: dict[int, list[tuple[int, int, int, int]]] = {}
        self.instances = np.zeros(0, INSTANCE)
        self.ranges: moderngl.Texture | None = None
        self._vertices: moderngl.VertexArray | None = None
        self._buffer: moderngl.Buffer | None = None
        self.stale = False

    def flush(self) -> None:
        """Send the list of pieces when it changed."""
        if not self.stale:
            return
        self.stale = False
        self._free()
        self.instances = np.array([piece for pieces in self.pieces.values() for piece in pieces], INSTANCE)
        if len(self.instances):
            self._buffer = self._ctx.buffer(self.instances.tobytes())
            self._vertices = self._ctx.vertex_array(
                self._program, [(self._corners, "2f", "corner"), (self._buffer, "4i/i", "piece")]
            )

    def set_ranges(self, first: int, ranges: np.ndarray) -> None:
        """Ranges (count, 2) of the maps in the slots from *first* on."""
        texture = self.ranges
        if texture is None:
            texture = self.ranges = self._ctx.texture((_WIDTH, -(-self.page.shape.capacity // _WIDTH)), 2, dtype="f4")
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        done = 0
        while done < len(ranges):
            line, inside = divmod(first + done, _WIDTH)
            part = np.ascontiguousarray(ranges[done : done + _WIDTH - inside], np.float32)
            texture.write(part, viewport=(inside, line, len(part), 1))
            done += len(part)

    def draw(self) -> None:
        """Draw all its walls."""
        if self._vertices is not None:
            glue.draw(self._vertices, moderngl.TRIANGLE_STRIP, len(self.instances))

    def _free(self) -> None:
        for item in (self._vertices, self._buffer):
            if item is not None:
                item.release()
        self._vertices = self._buffer = None

    def release(self) -> None:
        self._free()
        if self.ranges is not None:
            self.ranges.release()
            self.ranges = None


class MapPass:
    """Draws the maps of every page on which a visible wall has some.

    A wall is one rectangle, and its shader works out which map a pixel belongs to: the time of a frame depends on the
    pixels and hardly on the number of maps.

    Attributes:
        maps: maps of the walls that the newest :meth:`draw` handed to the GPU.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx, self._corners = ctx, corners
        units = {"maps": _MAPS, "colormaps": _COLORMAPS, "layers": LAYERS, "ranges": _RANGES, "orders": _ORDERS}
        self._program = glue.program(ctx, "maps", "", **units)
        tables = np.stack([_finer(colour.table(name)) for name in COLORMAP_ROWS])
        self._colormaps = ctx.texture((tables.shape[1], len(tables)), 3, tables.tobytes(), alignment=1)
        self._colormaps.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._orders = _order_table(ctx, np.zeros(0, np.int32))
        self._pages: dict[Page, _PageMaps] = {}
        self._page = glue.uniform(self._program, "page")
        self._in_use: list[_PageMaps] = []
        self._rows = self._counts = self._starts = np.zeros(0, np.int64)
        self.maps = 0

    def place(self, pieces: list[Piece], row: int) -> None:
        """Let the wall of that row of the layer table show these slots, in the order of its channels."""
        self.remove(row)
        channel = 0
        for piece in pieces:
            maps = self._of(piece.page)
            maps.pieces.setdefault(row, []).append((row, piece.first, channel, piece.count))
            maps.stale = True
            channel += piece.count

    def remove(self, row: int) -> None:
        """Show nothing on the wall of that row."""
        for maps in self._pages.values():
            if maps.pieces.pop(row, None) is not None:
                maps.stale = True

    def set_ranges(self, pieces: list[Piece], ranges: np.ndarray) -> None:
        """Ranges (count, 2) of a layer's maps, one each."""
        channel = 0
        for piece in pieces:
            self._of(piece.page).set_ranges(piece.first, ranges[channel : channel + piece.count])
            channel += piece.count

    def set_orders(self, channels: np.ndarray) -> None:
        """Replace the table of orders: int32 channels, to which rows of the layer table (``stand``) point."""
        self._orders.release()
        self._orders = _order_table(self._ctx, channels)

    def clear(self, gone: list[Page]) -> None:
        """Forget pages that are gone."""
        for page in gone:
            if page in self._pages:
                self._pages.pop(page).release()
        self._gather()

    def _of(self, page: Page) -> _PageMaps:
        if page not in self._pages:
            self._pages[page] = _PageMaps(self._ctx, self._program, self._corners, page)
        return self._pages[page]

    def flush(self) -> None:
        """Send what changed."""
        if any(maps.stale for maps in self._pages.values()):
            for maps in self._pages.values():
                maps.flush()
            self._gather()

    def _gather(self) -> None:
        """Rows and numbers of maps of all pieces, page after page: one look at them tells which pages are in sight."""
        self._in_use = [maps for maps in self._pages.values() if len(maps.instances)]
        pieces = [maps.instances for maps in self._in_use]
        self._starts = np.cumsum([0] + [len(p) for p in pieces[:-1]])
        together = np.concatenate(pieces) if pieces else np.zeros(0, INSTANCE)
        self._rows, self._counts = together["row"].astype(np.int64), together["count"].astype(np.int64)

    def in_sight(self, visible: np.ndarray) -> list[list[int]]:
        """How many maps hang on the visible walls of each page in use.

        Args:
            visible: (V, R) bool, for each view the rows of the table that are in sight.

        Returns:
            A list a view, for :meth:`draw`.
        """
        if not self._in_use:
            return [[] for _ in visible]
        return np.add.reduceat(visible[:, self._rows] * self._counts, self._starts, axis=1).tolist()

    def draw(self, seen: list[int]) -> int:
        """Draw the pages of which maps are *seen*; draw calls made. The layer table is bound."""
        self.maps = draws = 0
        if not any(seen):
            return 0
        self._colormaps.use(_COLORMAPS)
        self._orders.use(_ORDERS)
        bound = None
        for maps, count in zip(self._in_use, seen, strict=True):
            if count:
                maps.page.texture.use(_MAPS)
                ranges = maps.ranges or self._colormaps
                if ranges is not bound:
                    ranges.use(_RANGES)
                    bound = ranges
                self._page.write(maps.uniform)
                maps.draw()
                draws += 1
                self.maps += count
        return draws

    def release(self) -> None:
        """Free all of it."""
        for maps in self._pages.values():
            maps.release()
        self._pages.clear()
        self._colormaps.release()
        self._orders.release()
        self._program.release()
