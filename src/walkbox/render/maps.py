"""The pass that draws all feature maps: one draw call a page, one instance a map."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox import colour
from walkbox.render import glue
from walkbox.render.pages import Page, Piece

__all__ = ["COLORMAP_ROWS", "INSTANCE", "MapPass"]

INSTANCE = np.dtype([("row", "<f4"), ("channel", "<f4"), ("low", "<f4"), ("high", "<f4")])
"""One map: row of the layer table (-1 for a free slot), channel, and its own range. One RGBA32F texel."""

COLORMAP_ROWS = {name: row for row, name in enumerate(colour.COLORMAPS)}
"""Row of each colour map in the baked texture."""

_MAPS, _COLORMAPS, _LAYERS, _INSTANCES = 0, 1, 2, 3
_WIDTH = 1024
_QUAD = np.array([0, 1, 2, 2, 1, 3], np.uint32)


def _finer(table: np.ndarray) -> np.ndarray:
    """Three more colours between every two of a table, so that the nearest entry is close enough."""
    steps = np.arange(0, len(table) - 0.75, 0.25)
    columns = [np.interp(steps, np.arange(len(table)), table[:, k]) for k in range(3)]
    return (np.stack(columns, 1) + 0.5).astype(np.uint8)


class _Instances:
    """The maps of one page in slot order, on both sides."""

    def __init__(self, ctx: moderngl.Context, page: Page):
        self.page = page
        lines = -(-page.capacity // _WIDTH)
        self.rows = np.zeros(lines * _WIDTH, INSTANCE)
        self.rows["row"] = -1
        self.texture = ctx.texture((_WIDTH, lines), 4, self.rows, dtype="f4")
        self.texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.uniform = np.array([page.stack, *page.size, 0], np.int32).tobytes()
        self.layers = np.zeros(0, np.intp)
        self.first = self.end = np.zeros(0, np.intp)
        self._stale: list[tuple[int, int]] = []

    def set(self, first: int, rows: np.ndarray) -> None:
        self.rows[first : first + len(rows)] = rows
        self._stale.append((first, first + len(rows)))

    def flush(self) -> None:
        """Send what changed, and note which layer has which run of slots."""
        if not self._stale:
            return
        first = min(start for start, _ in self._stale) // _WIDTH
        end = -(-max(stop for _, stop in self._stale) // _WIDTH)
        self.texture.write(self.rows[first * _WIDTH : end * _WIDTH], viewport=(0, first, _WIDTH, end - first))
        self._stale.clear()
        row = self.rows["row"]
        bounds = np.concatenate([[0], np.flatnonzero(np.diff(row)) + 1, [len(row)]])
        taken = row[bounds[:-1]] >= 0
        self.layers = row[bounds[:-1]][taken].astype(np.intp)
        self.first, self.end = bounds[:-1][taken], bounds[1:][taken]

    def release(self) -> None:
        self.texture.release()


class MapPass:
    """Draws the maps of every page in which a visible layer lies, from its first visible slot to its last.

    A map is four vertices that read their instance from a texture (``gl_VertexID / 4`` is the slot). Hardware instances
    of four vertices fill neither a GPU's groups of threads nor a CPU's vectors: on llvmpipe they cost three times more.

    Attributes:
        instances: maps that the newest :meth:`draw` handed to the GPU.
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        units = {"maps": _MAPS, "colormaps": _COLORMAPS, "layers": _LAYERS, "instances": _INSTANCES}
        self._program = glue.program(ctx, "maps", **units)
        self._indices: moderngl.Buffer | None = None
        self._vertices: moderngl.VertexArray | None = None
        self._slots = 0
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
            self._instances[page] = _Instances(self._ctx, page)
        return self._instances[page]

    def flush(self) -> None:
        """Send changed instances."""
        for instances in self._instances.values():
            instances.flush()
        slots = max((page.capacity for page in self._instances), default=0)
        if slots > self._slots:
            self._free_vertices()
            self._slots = slots
            indices = (np.arange(slots, dtype=np.uint32)[:, None] * 4 + _QUAD).reshape(-1)
            self._indices = self._ctx.buffer(indices.tobytes())
            self._vertices = self._ctx.vertex_array(self._program, [], index_buffer=self._indices)

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
        if self._vertices is None:
            return 0
        for instances in self._instances.values():
            seen = visible[instances.layers]
            if seen.any():
                first = int(instances.first[seen.argmax()])
                end = int(instances.end[len(seen) - 1 - seen[::-1].argmax()])
                instances.page.texture.use(_MAPS)
                instances.texture.use(_INSTANCES)
                self._page.write(instances.uniform)
                self._vertices.render(moderngl.TRIANGLES, vertices=(end - first) * 6, first=first * 6)
                draws += 1
                self.instances += end - first
        return draws

    def _free_vertices(self) -> None:
        if self._vertices is not None and self._indices is not None:
            self._vertices.release()
            self._indices.release()
            self._vertices = None

    def release(self) -> None:
        """Free all of it."""
        self._free_vertices()
        for instances in self._instances.values():
            instances.release()
        self._instances.clear()
        self._colormaps.release()
        self._program.release()
