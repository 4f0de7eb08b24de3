"""The pass that draws all feature maps: one draw call a page, one instance a map."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox import colour
from walkbox.render import glue
from walkbox.render.pages import Page, Piece

__all__ = ["COLORMAP_ROWS", "INSTANCE", "MapPass"]

INSTANCE = np.dtype([("row", "<i4"), ("channel", "<i4"), ("low", "<f4"), ("high", "<f4")])
"""One map: row of the layer table (-1 for a free slot), channel, and its own range."""

COLORMAP_ROWS = {name: row for row, name in enumerate(colour.COLORMAPS)}
"""Row of each colour map in the baked texture."""

_MAPS, _COLORMAPS, _LAYERS = 0, 1, 2


def _finer(table: np.ndarray) -> np.ndarray:
    """Three more colours between every two of a table, so that the nearest entry is close enough."""
    steps = np.arange(0, len(table) - 0.75, 0.25)
    columns = [np.interp(steps, np.arange(len(table)), table[:, k]) for k in range(3)]
    return (np.stack(columns, 1) + 0.5).astype(np.uint8)


class _Instances:
    """Instance rows of one page in slot order, on both sides."""

    def __init__(self, ctx: moderngl.Context, program: moderngl.Program, corners: moderngl.Buffer, page: Page):
        self.page = page
        self.rows = np.zeros(page.capacity, INSTANCE)
        self.rows["row"] = -1
        self.buffer = ctx.buffer(self.rows.tobytes(), dynamic=True)
        self.vertices = ctx.vertex_array(
            program, [(corners, "2f", "corner"), (self.buffer, "2i 2f/i", "place", "map_range")]
        )
        self.uniform = np.array([page.stack, page.size[0], page.size[1], 0], np.int32).tobytes()
        self.used = 0
        self.table_rows = np.zeros(0, np.intp)
        self._stale: list[tuple[int, int]] = []

    def set(self, first: int, rows: np.ndarray) -> None:
        self.rows[first : first + len(rows)] = rows
        self._stale.append((first, len(rows)))

    def flush(self) -> None:
        """Send what changed, and note up to which slot and by which layers the page is used."""
        for first, count in self._stale:
            self.buffer.write(self.rows[first : first + count].tobytes(), offset=first * INSTANCE.itemsize)
        if self._stale:
            taken = np.flatnonzero(self.rows["row"] >= 0)
            self.used = int(taken[-1]) + 1 if len(taken) else 0
            self.table_rows = np.unique(self.rows["row"][taken])
        self._stale.clear()

    def release(self) -> None:
        self.vertices.release()
        self.buffer.release()


class MapPass:
    """Draws the maps of every page in which a visible layer lies.

    Attributes:
        instances: maps that the newest :meth:`draw` handed to the GPU.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx, self._corners = ctx, corners
        self._program = glue.program(ctx, "maps", maps=_MAPS, colormaps=_COLORMAPS, layers=_LAYERS)
        tables = np.stack([_finer(colour.table(name)) for name in COLORMAP_ROWS])
        self._colormaps = ctx.texture((tables.shape[1], len(tables)), 3, tables.tobytes(), alignment=1)
        self._colormaps.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._instances: dict[Page, _Instances] = {}
        self._page = self._program["page"]
        self.instances = 0

    def place(self, pieces: list[Piece], row: int, ranges: np.ndarray | None = None) -> None:
        """Let the slots of a layer show it.

        Args:
            pieces: its slots, in the order of its channels.
            row: its row in the layer table.
            ranges: (count, 2) a range a map, or None.
        """
        channel = 0
        for piece in pieces:
            rows = np.zeros(piece.count, INSTANCE)
            rows["row"] = row
            rows["channel"] = np.arange(channel, channel + piece.count)
            if ranges is not None:
                rows["low"], rows["high"] = ranges[channel : channel + piece.count].T
            self._of(piece.page).set(piece.first, rows)
            channel += piece.count

    def clear(self, free: list[Page]) -> None:
        """Forget pages that are gone."""
        for page in free:
            if page in self._instances:
                self._instances.pop(page).release()

    def blank(self, pages: list[Page]) -> None:
        """Empty every slot of these pages that is not taken any more; call before :meth:`place` of what moved."""
        for page in pages:
            instances = self._of(page)
            for first, count in page.slots.free_runs:
                if (instances.rows["row"][first : first + count] >= 0).any():
                    empty = np.zeros(count, INSTANCE)
                    empty["row"] = -1
                    instances.set(first, empty)

    def _of(self, page: Page) -> _Instances:
        if page not in self._instances:
            self._instances[page] = _Instances(self._ctx, self._program, self._corners, page)
        return self._instances[page]

    def flush(self) -> None:
        """Send changed instances."""
        for instances in self._instances.values():
            instances.flush()

    def draw(self, layers: moderngl.Texture, visible: np.ndarray) -> int:
        """Draw.

        Args:
            layers: the layer table.
            visible: (R,) bool, rows of the table that are in sight.

        Returns:
            Draw calls made.
        """
        self.instances = draws = 0
        layers.use(_LAYERS)
        self._colormaps.use(_COLORMAPS)
        for instances in self._instances.values():
            if instances.used and visible[instances.table_rows].any():
                instances.page.texture.use(_MAPS)
                self._page.write(instances.uniform)
                instances.vertices.render(moderngl.TRIANGLE_STRIP, instances=instances.used)
                draws += 1
                self.instances += instances.used
        return draws

    def release(self) -> None:
        """Free buffers, the program and the colour maps."""
        for instances in self._instances.values():
            instances.release()
        self._instances.clear()
        self._colormaps.release()
        self._program.release()
