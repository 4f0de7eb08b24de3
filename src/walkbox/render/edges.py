"""The pass that draws the edges: all ribbons in one draw call."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from walkbox.render import glue

__all__ = ["EdgePass", "ribbons"]

_HALF_WIDTH_M, _ARROW_M, _ARROW_HALF_M = 0.035, 0.3, 0.11
_BULB_M, _BULB_HALF_M = 0.2, 0.09
_VERTEX_FLOATS = 10


def ribbons(paths: np.ndarray, skip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles along curves: bands with an arrow head, and for skips a bulb where they leave.

    Args:
        paths: (E, K, 3) points from tail to head, world frame.
        skip: (E,) bool.

    Returns:
        vertices (E * M * 2, 10) float32: position, tangent, signed half width, metres from the tail, length, skip;
        and triangle indices, int32.
    """
    count = len(paths)
    if count == 0:
        return np.zeros((0, _VERTEX_FLOATS), np.float32), np.zeros(0, np.int32)
    steps = np.linalg.norm(np.diff(paths, axis=1), axis=2)
    travelled = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1)
    length = travelled[:, -1]
    arrow = np.minimum(_ARROW_M, length * 0.4)
    bulb = np.where(skip, np.minimum(_BULB_M, length * 0.2), 0)
    # Where points are wanted: the bulb, the band, the arrow's base twice, its tip.
    band = np.clip(travelled, bulb[:, None], (length - arrow)[:, None])  # the curve's own points: closer where it bends
    base = (length - arrow)[:, None]
    wanted = np.concatenate([np.zeros((count, 1)), bulb[:, None] * 0.5, band, base, length[:, None]], axis=1)
    half = np.full(wanted.shape, _HALF_WIDTH_M)
    half[:, 0] = np.where(skip, 0.0, _HALF_WIDTH_M)
    half[:, 1] = np.where(skip, _BULB_HALF_M, _HALF_WIDTH_M)
    half[:, -2], half[:, -1] = _ARROW_HALF_M, 0.0
    # The middle line and its direction, at those places.
    curve = np.concatenate([paths, np.gradient(paths, axis=1)], axis=2)
    at = np.empty((*wanted.shape, 6))
    for e in range(count):
        for axis in range(6):
            at[e, :, axis] = np.interp(wanted[e], travelled[e], curve[e, :, axis])
    centre, tangent = at[..., :3], at[..., 3:]
    norm = np.linalg.norm(tangent, axis=2, keepdims=True)
    tangent = np.divide(tangent, norm, out=np.zeros_like(tangent), where=norm > 1e-9)

    rows = wanted.shape[1]
    vertices = np.zeros((count, rows, 2, _VERTEX_FLOATS), np.float32)
    vertices[..., 0:3] = centre[:, :, None]
    vertices[..., 3:6] = tangent[:, :, None]
    vertices[:, :, 0, 6], vertices[:, :, 1, 6] = -half, half
    vertices[..., 7] = wanted[:, :, None]
    vertices[..., 8] = length[:, None, None]
    vertices[..., 9] = skip[:, None, None]
    first = (np.arange(count)[:, None] * rows + np.arange(rows - 1)) * 2
    quads = first[..., None] + np.array([0, 1, 2, 2, 1, 3])
    return vertices.reshape(-1, _VERTEX_FLOATS), quads.astype(np.int32).reshape(-1)


class EdgePass:
    """All edges of all networks."""

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._program = glue.program(ctx, "edges")
        self._made: list = []
        self._vertices: moderngl.VertexArray | None = None

    def set(self, paths: Sequence[np.ndarray], skips: Sequence[np.ndarray]) -> None:
        """Replace all edges: for each network its (E, K, 3) points in the world, and its (E,) skips."""
        self._free()
        parts = [ribbons(p, s) for p, s in zip(paths, skips, strict=True) if len(p)]
        if not parts:
            return
        starts = np.cumsum([0] + [len(v) for v, _ in parts[:-1]])
        vertices = self._ctx.buffer(np.concatenate([v for v, _ in parts]).tobytes())
        indices = self._ctx.buffer(
            np.concatenate([i + s for (_, i), s in zip(parts, starts, strict=True)]).astype(np.int32).tobytes()
        )
        self._vertices = self._ctx.vertex_array(
            self._program, [(vertices, "3f 3f 4f", "position", "tangent", "ribbon")], index_buffer=indices
        )
        self._made = [self._vertices, vertices, indices]

    def draw(self) -> int:
        """Draw calls made."""
        if self._vertices is None:
            return 0
        glue.draw(self._vertices, moderngl.TRIANGLES)
        return 1

    def _free(self) -> None:
        for item in self._made:
            item.release()
        self._made, self._vertices = [], None

    def release(self) -> None:
        """Free all of it."""
        self._free()
        self._program.release()
