"""Passes for what stands around the networks: rectangles of one colour, and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.scene.scene import PictureQuad, Quad

__all__ = ["PicturePass", "QuadPass"]

_QUAD = np.dtype([("pose", "<f4", (3, 4)), ("size", "<f4", 2), ("paint", "<f4", 4)])
_MOST_PIXELS = 2048


class QuadPass:
    """Frames, boards and bars, in the order given: one draw call."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx, self._corners = ctx, corners
        self._program = glue.program(ctx, "quads")
        self._made: list = []
        self._count = 0

    def set(self, quads: Sequence[Quad]) -> None:
        """Replace all rectangles."""
        self._free()
        self._count = len(quads)
        if not quads:
            return
        rows = np.zeros(len(quads), _QUAD)
        rows["pose"] = [quad.world_from_quad[:3] for quad in quads]
        rows["size"] = [quad.size for quad in quads]
        rows["paint"] = [quad.colour for quad in quads]
        rows["paint"][:, :3] = glue.encode_srgb(rows["paint"][:, :3])
        buffer = self._ctx.buffer(rows.tobytes())
        columns = (buffer, "4f 4f 4f 2f 4f/i", "pose_x", "pose_y", "pose_z", "size", "paint")
        self._vertices = self._ctx.vertex_array(self._program, [(self._corners, "2f", "corner"), columns])
        self._made = [self._vertices, buffer]

    def draw(self) -> int:
        """Draw calls made."""
        if not self._count:
            return 0
        glue.draw(self._vertices, moderngl.TRIANGLE_STRIP, self._count)
        return 1

    def _free(self) -> None:
        for item in self._made:
            item.release()
        self._made, self._count = [], 0

    def release(self) -> None:
        """Free all of it."""
        self._free()
        self._program.release()


class PicturePass:
    """Pictures on rectangles.

    A texture for each ``key``, kept while something shows it, and a draw call for each picture in sight.
    """

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        self._ctx = ctx
        self._program = glue.program(ctx, "pictures", picture=0)
        self._pose, self._size = (glue.uniform(self._program, name) for name in ("world_from_quad", "size"))
        self._vertices = ctx.vertex_array(self._program, [(corners, "2f", "corner")])
        self._textures: dict[int, tuple[moderngl.Texture, np.ndarray]] = {}
        self._shown: list[tuple[moderngl.Texture, bytes, bytes]] = []
        self._centres, self._radii = np.zeros((0, 3), np.float32), np.zeros(0, np.float32)

    @property
    def count(self) -> int:
        """Pictures that were set."""
        return len(self._shown)

    def set(self, quads: Sequence[PictureQuad]) -> None:
        """Replace all pictures; those whose key and pixels are known are not sent again."""
        wanted = {quad.key: quad.pixels for quad in quads}
        for key in [k for k, (_, pixels) in self._textures.items() if wanted.get(k) is not pixels]:
            self._textures.pop(key)[0].release()
        for key, pixels in wanted.items():
            if key not in self._textures:
                self._textures[key] = (self._texture(pixels), pixels)
        self._shown = [
            (
                self._textures[quad.key][0],
                np.ascontiguousarray(quad.world_from_quad.T, np.float32).tobytes(),
                np.array(quad.size, np.float32).tobytes(),
            )
            for quad in quads
        ]
        poses = np.array([quad.world_from_quad for quad in quads], np.float32).reshape(-1, 4, 4)
        size = np.array([quad.size for quad in quads], np.float32).reshape(-1, 2)
        self._centres = poses[:, :3, 3] + poses[:, :3, 1] * (size[:, 1:] / 2)
        self._radii = np.hypot(*size.T) / 2

    def _texture(self, pixels: np.ndarray) -> moderngl.Texture:
        step = -(-max(pixels.shape[:2]) // _MOST_PIXELS)
        pixels = np.ascontiguousarray(pixels[::step, ::step, :3])
        texture = self._ctx.texture((pixels.shape[1], pixels.shape[0]), 3, pixels, alignment=1)
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        texture.anisotropy = 4.0
        texture.repeat_x = texture.repeat_y = False
        return texture

    def draw(self, planes: np.ndarray) -> int:
        """Draw calls made; *planes* (6, 4) of the view."""
        if not self._shown:
            return 0
        seen = ((self._centres @ planes[:5, :3].T + planes[:5, 3]) >= -self._radii[:, None]).all(axis=1)
        for index in np.flatnonzero(seen):
            texture, pose, size = self._shown[index]
            texture.use(0)
            self._pose.write(pose)
            self._size.write(size)
            glue.draw(self._vertices, moderngl.TRIANGLE_STRIP)
        return int(np.count_nonzero(seen))

    def release(self) -> None:
        """Free all of it."""
        for texture, _ in self._textures.values():
            texture.release()
        self._textures.clear()
        self._shown = []
        self._vertices.release()
        self._program.release()
