"""The pass that draws the edges: a strip of ribbons for each network, written anew edge by edge."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.render.rows import runs

__all__ = ["EdgePass", "ribbons"]

ARROW_M, BULB_M = (0.3, 0.4), (0.2, 0.2)  # at most so long, and no larger share of the edge: as in edges.vert
MORE_ROWS = 4
_FLOATS = 5
_SHAPES = 3  # numbers of edges and points whose indices are kept


def ribbons(paths: np.ndarray, skip: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Middle lines of ribbons along curves, with an arrow head, and for skips a bulb where they leave.

    Args:
        paths: (E, K, 3) float32 points from tail to head, world frame.
        skip, hidden: (E,) bool.

    Returns:
        (E, K + 4, 5) float32: position, metres from the tail, and the edge's length, which is negative for skips and 0
        for hidden ones. The rows are the tail, the middle of the bulb, the curve's points between bulb and arrow (those
        beyond stand at their ends), the base of the arrow, its tip.
    """
    count, points = paths.shape[:2]
    made = np.empty((count, points + MORE_ROWS, _FLOATS), np.float32)
    if not count:
        return made
    steps = paths[:, 1:] - paths[:, :-1]
    steps *= steps
    # One curve after the other, a metre between two: a single sum and a single search do for all of them.
    along = np.ones((count, points))
    np.sqrt(steps[..., 0] + steps[..., 1] + steps[..., 2], out=along[:, 1:])
    along = np.cumsum(along.reshape(-1)).reshape(count, points)
    travelled = (along - along[:, :1]).astype(np.float32)
    length = travelled[:, -1]
    arrow = np.minimum(ARROW_M[0], length * ARROW_M[1])
    bulb = np.where(skip, np.minimum(BULB_M[0], length * BULB_M[1]), 0).astype(np.float32)
    places = np.stack([bulb * 0.5, bulb, length - arrow], axis=1)
    after, at = _along(paths, along, places)
    band = made[:, 2:-2]
    for axis in range(3):
        band[..., axis] = paths[..., axis]
    band[..., 3] = travelled
    for first, many, place in ((np.zeros(count, np.int64), after[:, 1], 1), (after[:, 2], points - after[:, 2], 2)):
        edge = np.repeat(np.arange(count), many)
        where = np.arange(len(edge)) + np.repeat(first - np.cumsum(many) + many, many)
        band[edge, where, :3], band[edge, where, 3] = at[edge, place], places[edge, place]
    made[:, 0, :3], made[:, 0, 3] = paths[:, 0], 0
    made[:, 1, :3], made[:, 1, 3] = at[:, 0], places[:, 0]
    made[:, -2, :3], made[:, -2, 3] = at[:, 2], places[:, 2]
    made[:, -1, :3], made[:, -1, 3] = paths[:, -1], length
    made[..., 4] = np.where(hidden, 0, np.where(skip, -length, length))[:, None]
    return made


def _along(paths: np.ndarray, along: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which own point comes after *places* (E, P), metres from the tails of curves, and the points there (E, P, 3).

    *along* (E, K) float64 are metres at their own points, rising from curve to curve.
    """
    count, points = along.shape
    edge, wanted = np.arange(count)[:, None], places + along[:, :1]
    after = (np.searchsorted(along.reshape(-1), wanted, side="right") - edge * points).clip(1, points - 1)
    before = along[edge, after - 1]
    step = along[edge, after] - before
    share = np.divide(wanted - before, step, out=np.zeros_like(wanted), where=step > 0)[..., None].clip(0, 1)
    share = share.astype(np.float32)
    return after, paths[edge, after - 1] * (1 - share) + paths[edge, after] * share


class _Strip:
    """The ribbons of one network: each point twice, all left ones before all right ones."""

    def __init__(self, ctx: moderngl.Context, program: moderngl.Program):
        self._ctx, self._program = ctx, program
        self.shape = 0, 0
        self._half = 0
        self._buffer = ctx.buffer(reserve=4096, dynamic=True)
        self._made: dict[tuple[int, int], tuple[moderngl.VertexArray, moderngl.Buffer]] = {}

    @property
    def vertices(self) -> moderngl.VertexArray:
        return self._made[self.shape][0]

    def fit(self, count: int, rows: int) -> None:
        """Have room for *count* edges of *rows* points. What leads back to a shape of before is kept."""
        if self.shape == (count, rows):
            return
        self.shape, self._half = (count, rows), count * rows * _FLOATS * 4
        # A point more before and behind: each vertex also reads its neighbours.
        room = 2 * self._half + 2 * _FLOATS * 4
        if self._buffer.size < room:
            self._buffer.orphan(room)
        if self.shape not in self._made:
            if len(self._made) >= _SHAPES:
                for item in self._made.pop(next(iter(self._made))):
                    item.release()
            self._made[self.shape] = self._make(count, rows)

    def _make(self, count: int, rows: int) -> tuple[moderngl.VertexArray, moderngl.Buffer]:
        first = np.arange(count, dtype=np.int32)[:, None] * rows
        order = np.repeat(np.arange(rows, dtype=np.int32), 2)
        order[1::2] += count * rows
        order = np.concatenate([order[:1], order, order[-1:]])  # triangles without area lead to the next edge
        indices = self._ctx.buffer(first + order)
        vertices = self._ctx.vertex_array(self._program, [], index_buffer=indices)
        for name, kind, offset in (("before", "3f", 0), ("point", "3f", 5), ("ribbon", "2f", 8), ("after", "3f", 10)):
            location = self._program[name].location  # pyright: ignore[reportAttributeAccessIssue]
            vertices.bind(location, "f", self._buffer, kind, offset=offset * 4, stride=_FLOATS * 4)
        return vertices, indices

    def write(self, first: int, rows: np.ndarray) -> int:
        """Replace neighbouring edges. Bytes written."""
        start = (1 + first * self.shape[1]) * _FLOATS * 4
        self._buffer.write(rows, offset=start)
        self._buffer.write(rows, offset=start + self._half)
        return 2 * rows.nbytes

    def release(self) -> None:
        for item in (*(part for made in self._made.values() for part in made), self._buffer):
            item.release()


class EdgePass:
    """All edges of all networks.

    Attributes:
        written_bytes: of all calls of :meth:`set` and :meth:`change`, ever.
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._program = glue.program(ctx, "edges")
        self._size, self._sent = glue.uniform(self._program, "size"), (0, 0)
        self._strips: dict[int, _Strip] = {}
        self.written_bytes = 0

    def set(self, network: int, paths: np.ndarray, skip: np.ndarray, hidden: np.ndarray) -> None:
        """Replace all edges of a network; arguments as of :func:`ribbons`."""
        rows = ribbons(paths, skip, hidden)
        if not len(rows):
            self.remove(network)
            return
        strip = self._strips.get(network)
        if strip is None:
            strip = self._strips[network] = _Strip(self._ctx, self._program)
        strip.fit(*rows.shape[:2])
        self.written_bytes += strip.write(0, rows)

    def change(self, network: int, edges: np.ndarray, paths: np.ndarray, skip: np.ndarray, hidden: np.ndarray) -> None:
        """Replace some edges of a network: their indices in rising order, the rest as of :func:`ribbons`."""
        rows, done = ribbons(paths, skip, hidden), 0
        for first, count in runs(edges):
            self.written_bytes += self._strips[network].write(first, rows[done : done + count])
            done += count

    def remove(self, network: int) -> None:
        """Forget the edges of a network."""
        strip = self._strips.pop(network, None)
        if strip is not None:
            strip.release()

    def draw(self) -> int:
        """Draw calls made."""
        for strip in self._strips.values():
            if strip.shape != self._sent:
                self._size.value = self._sent = strip.shape
            glue.draw(strip.vertices, moderngl.TRIANGLE_STRIP)
        return len(self._strips)

    def release(self) -> None:
        """Free all of it."""
        for strip in self._strips.values():
            strip.release()
        self._strips.clear()
        self._program.release()
