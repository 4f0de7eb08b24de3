"""Passes for what stands around the networks: rectangles of one colour, and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.render.instances import Instances
from walkbox.render.picture_arrays import PictureArray, PictureArrays, thinned
from walkbox.scene.scene import PictureQuad, Quad

__all__ = ["PicturePass", "QuadPass"]

_QUAD = np.dtype([("pose", "<f4", (3, 4)), ("size", "<f4", 2), ("paint", "<f4", 4)])
_PICTURE = np.dtype([("pose", "<f4", (3, 4)), ("size", "<f4", 2), ("share", "<f4", 2), ("layer", "<f4")])
_POSE = "4f 4f 4f", ("pose_x", "pose_y", "pose_z")


def _rows(quads: Sequence[Quad] | Sequence[PictureQuad], kind: np.dtype) -> np.ndarray:
    """Poses and sizes filled in."""
    rows = np.zeros(len(quads), kind)
    rows["pose"] = [quad.world_from_quad[:3] for quad in quads]
    rows["size"] = [quad.size for quad in quads]
    return rows


class QuadPass:
    """Frames, boards and bars, in the order given: one draw call."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._program = glue.program(ctx, "quads")
        formats, names = _POSE
        rows = (f"{formats} 2f 4f", *names, "size", "paint")
        self._instances = Instances(ctx, self._program, (corners, "2f", "corner"), rows)

    def set(self, quads: Sequence[Quad]) -> None:
        """Replace all rectangles."""
        if not quads:
            self._instances.count = 0
            return
        rows = _rows(quads, _QUAD)
        rows["paint"] = [quad.colour for quad in quads]
        rows["paint"][:, :3] = glue.encode_srgb(rows["paint"][:, :3])
        self._instances.set(rows)

    def draw(self) -> int:
        """Draw calls made."""
        return self._instances.draw()

    def release(self) -> None:
        """Free all of it."""
        self._instances.release()
        self._program.release()


class PicturePass:
    """Pictures on rectangles: a draw call for all of one size.

    What is the same for each ``key`` is on the GPU once, as long as something shows it.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx, self._corners = ctx, corners
        self._program = glue.program(ctx, "pictures", pictures=0)
        self._arrays = PictureArrays(ctx)
        self._batches: dict[PictureArray, Instances] = {}
        self.count = 0
        """Pictures that were set."""

    def set(self, quads: Sequence[PictureQuad]) -> None:
        """Replace all pictures; those whose key and pixels are known are not sent again."""
        self.count = len(quads)
        self._arrays.hold({quad.key: quad.pixels for quad in quads})
        together: dict[PictureArray, list[PictureQuad]] = {}
        for quad in quads:
            together.setdefault(self._arrays.array(quad.key), []).append(quad)
        for array in self._batches.keys() - together.keys():
            self._batches.pop(array).release()
        for array, group in together.items():
            rows = _rows(group, _PICTURE)
            shapes = np.array([thinned(quad.pixels).shape[1::-1] for quad in group])
            rows["share"] = shapes / array.size_px
            rows["layer"] = [array.layers[quad.key] for quad in group]
            if array not in self._batches:
                self._batches[array] = self._new_batch()
            self._batches[array].set(rows)

    def _new_batch(self) -> Instances:
        formats, names = _POSE
        rows = (f"{formats} 2f 2f 1f", *names, "size", "share", "layer")
        return Instances(self._ctx, self._program, (self._corners, "2f", "corner"), rows)

    def draw(self) -> int:
        """Draw calls made."""
        if not self._batches:
            return 0
        for array, batch in self._batches.items():
            assert array.texture is not None
            array.texture.use(0)
            batch.draw()
        return len(self._batches)

    def release(self) -> None:
        """Free all of it."""
        for batch in self._batches.values():
            batch.release()
        self._batches.clear()
        self._arrays.release()
        self.count = 0
        self._program.release()
