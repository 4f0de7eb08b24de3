"""What belongs to the headset's lenses: the part that they cut off, and the dark edge while one is moved."""

from __future__ import annotations

from collections import OrderedDict

import moderngl
import numpy as np

from walkbox.render import glue

__all__ = ["HiddenPass", "VignettePass"]

_KEPT = 4


class HiddenPass:
    """Marks what the wearer cannot see as nearest of all, before anything else is drawn.

    The buffer of a mask is kept while the same array comes again; those of the last few masks are kept (one an eye).
    """

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._program = glue.program(ctx, "hidden")
        self._masks: OrderedDict[int, tuple[np.ndarray, moderngl.Buffer, moderngl.VertexArray]] = OrderedDict()

    def draw(self, triangles: np.ndarray) -> int:
        """Draw calls made; *triangles* (3 N, 2) float32 in normalised device coordinates."""
        if not len(triangles):
            return 0
        glue.draw(self._mask(triangles), moderngl.TRIANGLES)
        return 1

    def _mask(self, triangles: np.ndarray) -> moderngl.VertexArray:
        key = id(triangles)
        if key not in self._masks:  # the array is kept with it, so that its id stays its own
            buffer = self._ctx.buffer(np.ascontiguousarray(triangles, np.float32).tobytes())
            vertices = self._ctx.vertex_array(self._program, [(buffer, "2f", "position")])
            self._masks[key] = (triangles, buffer, vertices)
        self._masks.move_to_end(key)
        while len(self._masks) > _KEPT:
            self._free(next(iter(self._masks)))
        return self._masks[key][2]

    def _free(self, key: int) -> None:
        _, buffer, vertices = self._masks.pop(key)
        vertices.release()
        buffer.release()

    def release(self) -> None:
        """Free all of it."""
        for key in list(self._masks):
            self._free(key)
        self._program.release()


class VignettePass:
    """A soft dark edge around what one looks at."""

    def __init__(self, ctx: moderngl.Context):
        self._program = glue.program(ctx, "vignette")
        self._strength = glue.uniform(self._program, "strength")
        self._vertices = ctx.vertex_array(self._program, [])

    def draw(self, strength: float) -> int:
        """Draw calls made; *strength* 0 (nothing) to 1."""
        if strength <= 0:
            return 0
        self._strength.value = min(strength, 1.0)
        glue.draw(self._vertices, moderngl.TRIANGLES, count=3)
        return 1

    def release(self) -> None:
        """Free all of it."""
        self._vertices.release()
        self._program.release()
