"""The block of uniforms that every pass reads: who looks, from where, how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

import moderngl
import numpy as np

from walkbox.geometry import depth_range_m
from walkbox.view import Fov, View

__all__ = ["BINDING", "ViewBlock"]

BINDING = 0
_ROWS, _PLANES = 20, slice(5 * 4, 11 * 4)
_SIZE, _APART = _ROWS * 16, 512  # blocks begin at multiples of 256 bytes at most (GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT)
_PACK = Struct(f"{_ROWS * 4}f{_APART - _SIZE}x").pack
_KEPT = 3  # frames that may be on their way at the same time


class ViewBlock:
    """The uniform blocks ``View`` of ``shaders/view.glsl``: written once a frame for all views, read by every pass.

    Frames take turns with a few buffers: to write to one that is still drawn from would wait for that.
    """

    def __init__(self, ctx: moderngl.Context):
        self._buffers = [ctx.buffer(reserve=2 * _APART, dynamic=True) for _ in range(_KEPT)]
        self._turn = 0

    def write(self, views: Sequence[View]) -> np.ndarray:
        """Fill them in. Returns (V, 6, 4) frustum planes, world frame (normals inward, of unit length)."""
        packed = b"".join([_PACK(*_numbers(view)) for view in views])
        self._turn = (self._turn + 1) % _KEPT
        buffer = self._buffers[self._turn]
        if len(packed) > buffer.size:
            buffer.orphan(len(packed))
        buffer.write(packed)
        return np.frombuffer(packed, np.float32).reshape(len(views), -1)[:, _PLANES].reshape(len(views), 6, 4)

    def bind(self, index: int) -> None:
        """Let the passes read the block of a view of those that were written last."""
        self._buffers[self._turn].bind_to_uniform_block(BINDING, index * _APART, _SIZE)

    def release(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers:
            buffer.release()


def _numbers(view: View) -> list[float]:
    """All rows, one after the other. Plain numbers instead of small arrays: five times as fast."""
    (xx, yx, zx, px), (xy, yy, zy, py), (xz, yz, zz, pz), _ = view.world_from_view.tolist()
    # view_from_world, and what the projection makes of it (see walkbox.geometry.clip_from_world).
    tx, ty, tz = -(xx * px + xy * py + xz * pz), -(yx * px + yy * py + yz * pz), -(zx * px + zy * py + zz * pz)
    (left, right, up, down), (a, b, c, d, e, g), floor = _lens(view.fov, view.scale)
    r0, r1, r2, r3 = a * xx + b * zx, a * xy + b * zy, a * xz + b * zz, a * tx + b * tz
    s0, s1, s2, s3 = c * yx + d * zx, c * yy + d * zy, c * yz + d * zz, c * ty + d * tz
    q0, q1, q2, q3 = e * zx, e * zy, e * zz, e * tz + g
    w0, w1, w2, w3 = -zx, -zy, -zz, -tz
    numbers = [r0, s0, q0, w0, r1, s1, q1, w1, r2, s2, q2, w2, r3, s3, q3, w3, px, py, pz, view.scale]
    # Planes: Gribb and Hartmann, as walkbox.geometry.frustum_planes.
    for x, y, z, rest in ((r0, r1, r2, r3), (s0, s1, s2, s3), (q0, q1, q2, q3)):
        for sign in (1.0, -1.0):
            nx, ny, nz = w0 + sign * x, w1 + sign * y, w2 + sign * z
            length = math.sqrt(nx * nx + ny * ny + nz * nz)
            numbers += (nx / length, ny / length, nz / length, (w3 + sign * rest) / length)
    width, height = view.size_px
    numbers += (width, height, height / (up - down), 0.0)
    # What turns a place on the screen into a direction.
    mx, my, wide, high = (left + right) / 2, (up + down) / 2, (right - left) / 2, (up - down) / 2
    numbers += (mx * xx + my * yx - zx, mx * xy + my * yy - zy, mx * xz + my * yz - zz, 0.0)
    numbers += (wide * xx, wide * xy, wide * xz, 0.0, high * yx, high * yy, high * yz, 0.0, left, right, up, down)
    numbers += floor
    return numbers


@lru_cache(maxsize=32)
def _lens(fov: Fov, scale: float) -> tuple[tuple[float, ...], ...]:
    """Tangents of the field of view, the numbers of the projection that are not 0 or -1, the floor's lines."""
    left, right, up, down = (math.tan(angle) for angle in (fov.left, fov.right, fov.up, fov.down))
    near, far = depth_range_m(scale)
    across, along, deep = right - left, up - down, far - near
    projection = (2 / across, (right + left) / across, 2 / along, (up + down) / along)
    projection += (-(far + near) / deep, -2 * far * near / deep)
    return (left, right, up, down), projection, _floor_lines(scale)


def _floor_lines(scale: float) -> tuple[float, ...]:
    """Rows ``grid`` and ``coarse`` of ``shaders/view.glsl``: the floor's lines for one of that size."""
    decade = math.floor(math.log10(scale))
    grown = math.log10(scale) - decade  # 0..1: on the way to lines ten times as far apart
    rows: list[float] = []
    shares: list[float] = []
    for k in range(3):
        role = k - grown
        coarse = min(max(role, 0.0), 1.0)
        step_m, width_m = 10.0 ** (decade + k), scale * (0.012 + 0.018 * coarse)
        seen = min(max(1 + role, 0.0), 1.0) * min(max(2 - role, 0.0), 1.0)
        rows += (1 / step_m, width_m / step_m, 1 / (scale * (14 + 46 * coarse)), seen)
        shares.append(coarse)
    return (*rows, *shares, 0.0)
