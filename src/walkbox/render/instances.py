"""Many of one shape in one draw call: what every instanced pass is made of."""

from __future__ import annotations

import moderngl
import numpy as np

from walkbox.render import glue

__all__ = ["Instances"]


class Instances:
    """A buffer of rows, one for each instance, and the draw call that shows them.

    Args:
        ctx: current on this thread.
        program: is not released with it.
        shape: buffer of the shape's vertices, their format and the name of their attribute.
        rows: format of a row (moderngl's, without ``/i``), then the names of its attributes.
        mode: of OpenGL.
        indices: of the shape, 32 bits each; without them it has four vertices.

    Attributes:
        count: instances that are drawn.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        program: moderngl.Program,
        shape: tuple[moderngl.Buffer, str, str],
        rows: tuple[str, ...],
        *,
        mode: int = moderngl.TRIANGLE_STRIP,
        indices: moderngl.Buffer | None = None,
    ):
        self._mode = mode
        self._room = 4096
        self._buffer = ctx.buffer(reserve=self._room, dynamic=True)
        content = [shape, (self._buffer, f"{rows[0]}/i", *rows[1:])]
        self._vertices = ctx.vertex_array(program, content, index_buffer=indices)
        self.count = 0

    def set(self, rows: np.ndarray) -> None:
        """Draw these from now on: an array whose first axis counts instances, C-contiguous, in the given format."""
        self.count = len(rows)
        if not self.count:
            return
        if rows.nbytes > self._room:
            self._room = rows.nbytes
            self._buffer.orphan(self._room)
        self._buffer.write(rows)

    def draw(self) -> int:
        """Draw calls made."""
        if not self.count:
            return 0
        glue.draw(self._vertices, self._mode, self.count)
        return 1

    def release(self) -> None:
        """Free all of it."""
        self._vertices.release()
        self._buffer.release()
