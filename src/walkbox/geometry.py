"""Poses, projections, rays and frusta: small numpy functions.

World frame: right-handed, +x right, +y up, -z forward, metres. A matrix named ``a_from_b`` takes column vectors of
frame b to frame a. All matrices are float32 4x4. Quaternions are (x, y, z, w), as in OpenXR.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pyrr import Matrix44

from walkbox.view import Fov, View

__all__ = [
    "along",
    "clip_from_view",
    "clip_from_world",
    "depth_range_m",
    "frustum_planes",
    "invert_rigid",
    "look_at",
    "matrix_from_pose",
    "placed",
    "pose_of",
    "quads_from_world",
    "ray_through",
    "spheres_in_frustum",
    "walker_matrix",
    "yaw_matrices",
]


NEAR_M, FAR_M = 0.05, 2000.0


def depth_range_m(scale: float) -> tuple[float, float]:
    """Nearest and farthest distance that is drawn, in metres of the world, for one of that size (``View.scale``).

    The near plane belongs to the eye and grows and shrinks with it. The far one belongs to the world, which an ant sees
    from as far as anybody; only a giant stands back farther.
    """
    return NEAR_M * scale, FAR_M * max(scale, 1.0)


def clip_from_view(fov: Fov, near_m: float = NEAR_M, far_m: float = FAR_M) -> np.ndarray:
    """OpenGL projection (depth -1..1) of an asymmetric field of view."""
    left, right, up, down = (near_m * np.tan(a) for a in (fov.left, fov.right, fov.up, fov.down))
    # pyrr stores matrices for row vectors: transposed, it is ours.
    return np.asarray(Matrix44.perspective_projection_bounds(left, right, down, up, near_m, far_m), np.float32).T.copy()


def clip_from_world(view: View, near_m: float | None = None, far_m: float | None = None) -> np.ndarray:
    """Projection times the inverse of the view's pose; the planes are :func:`depth_range_m`'s where not given."""
    near, far = depth_range_m(view.scale)
    return _projection(view.fov, near_m or near, far_m or far) @ invert_rigid(view.world_from_view)


@lru_cache(maxsize=32)
def _projection(fov: Fov, near_m: float, far_m: float) -> np.ndarray:
    """The same field of view comes again frame after frame."""
    return clip_from_view(fov, near_m, far_m)


def invert_rigid(a_from_b: np.ndarray) -> np.ndarray:
    """Inverse of a rotation and translation, without the error of a general inverse."""
    inverse = np.eye(4, dtype=np.float32)
    inverse[:3, :3] = a_from_b[:3, :3].T
    inverse[:3, 3] = -a_from_b[:3, :3].T @ a_from_b[:3, 3]
    return inverse


def placed(a_from_b: np.ndarray, b_from_c: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """4x4 float32 product of two poses, the scale (of both together) taken out of its axes: a rigid pose.

    Plain numbers: for two matrices several times as fast as the calls into numpy.
    """
    (px, py, pz, pt), (qx, qy, qz, qt), (rx, ry, rz, rt), _ = b_from_c.tolist()
    s = 1.0 / scale
    rows = [
        (
            s * (x * px + y * qx + z * rx),
            s * (x * py + y * qy + z * ry),
            s * (x * pz + y * qz + z * rz),
            x * pt + y * qt + z * rt + t,
        )
        for x, y, z, t in a_from_b[:3].tolist()
    ]
    return np.array([*rows, (0.0, 0.0, 0.0, 1.0)], np.float32)


def along(origin: np.ndarray, direction: np.ndarray, metres: float) -> np.ndarray:
    """(3,) float32 point on a ray. Plain numbers, as :func:`placed`."""
    (x, y, z), (dx, dy, dz) = origin.tolist(), direction.tolist()
    return np.array((x + metres * dx, y + metres * dy, z + metres * dz), np.float32)


def matrix_from_pose(position: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """4x4 of a position (3,) and a quaternion (x, y, z, w); the quaternion is normalised first."""
    x, y, z, w = np.asarray(orientation, np.float64) / np.linalg.norm(orientation)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, 3] = position
    return matrix


def pose_of(matrix: np.ndarray) -> tuple[float, float, float, float, float, float, float]:
    """Position and unit quaternion (x, y, z, w; w is not negative) of a rigid 4x4: the way back from
    :func:`matrix_from_pose`.

    Bar-Itzhack, "New method for extracting the quaternion from a rotation matrix", 2000: the largest eigenvector.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.asarray(matrix, np.float64)[:3, :3]
    key = np.array(
        [
            [xx - yy - zz, 0, 0, 0],
            [yx + xy, yy - xx - zz, 0, 0],
            [zx + xz, zy + yz, zz - xx - yy, 0],
            [zy - yz, xz - zx, yx - xy, xx + yy + zz],
        ]
    )
    _, vectors = np.linalg.eigh(key / 3)
    x, y, z, w = vectors[:, 3] if vectors[3, 3] >= 0 else -vectors[:, 3]
    px, py, pz = (float(v) for v in matrix[:3, 3])
    return px, py, pz, float(x), float(y), float(z), float(w)


def walker_matrix(position: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """Pose of an eye at *position* that turned left by *yaw* and up by *pitch* (radians; 0, 0 looks along -z)."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = [[cy, sy * sp, sy * cp], [0, cp, -sp], [-sy, cy * sp, cy * cp]]
    matrix[:3, 3] = position
    return matrix


def look_at(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Pose of an eye that looks at a target with its head upright; looking straight up or down keeps +x right."""
    forward = np.asarray(target, np.float64) - np.asarray(eye, np.float64)
    length = np.linalg.norm(forward)
    if length == 0:
        return walker_matrix(np.asarray(eye), 0.0, 0.0)
    x, y, z = forward / length
    yaw = np.arctan2(-x, -z) if np.hypot(x, z) > 1e-6 else 0.0
    return walker_matrix(np.asarray(eye), float(yaw), float(np.arctan2(y, np.hypot(x, z))))


def yaw_matrices(positions: np.ndarray, yaws: np.ndarray) -> np.ndarray:
    """(L, 4, 4) poses that stand upright at (L, 3) positions, turned left by (L,) yaws."""
    matrices = np.zeros((len(positions), 4, 4), np.float32)
    c, s = np.cos(yaws), np.sin(yaws)
    matrices[:, 0, 0], matrices[:, 0, 2] = c, s
    matrices[:, 2, 0], matrices[:, 2, 2] = -s, c
    matrices[:, 1, 1] = matrices[:, 3, 3] = 1
    matrices[:, :3, 3] = positions
    return matrices


def frustum_planes(clip_from_world_: np.ndarray) -> np.ndarray:
    """(6, 4) planes, normals inward and of unit length: a point p is inside where ``planes @ (p, 1) >= 0``.

    Gribb and Hartmann, "Fast extraction of viewing frustum planes from the world-view-projection matrix", 2001.
    """
    m = clip_from_world_
    planes = np.empty((6, 4), np.float32)
    planes[0::2], planes[1::2] = m[3] + m[:3], m[3] - m[:3]
    planes /= np.sqrt((planes[:, :3] ** 2).sum(1))[:, None]
    return planes


def spheres_in_frustum(planes: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """(N,) bool: which spheres touch the frustum; centres (N, 3), radii (N,)."""
    return np.all(centres @ planes[:, :3].T + planes[:, 3] >= -radii[:, None], axis=1)


def ray_through(view: View, x_px: float, y_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Origin and unit direction (world frame) of the ray through a pixel; (0, 0) is the picture's upper left corner."""
    width, height = view.size_px
    left, right, up, down = np.tan([view.fov.left, view.fov.right, view.fov.up, view.fov.down])
    direction = np.array([left + (right - left) * x_px / width, up + (down - up) * y_px / height, -1.0])
    direction = view.world_from_view[:3, :3] @ direction
    return view.world_from_view[:3, 3].copy(), (direction / np.linalg.norm(direction)).astype(np.float32)


def quads_from_world(world_from_quad: np.ndarray) -> np.ndarray:
    """(3, N, 4) float64 of (N, 4, 4) poses: what takes a point of the world to x, y and z in each rectangle's frame.

    The poses may carry a scale, the same along all axes.
    """
    turn, place = world_from_quad[:, :3, :3].astype(np.float64), world_from_quad[:, :3, 3].astype(np.float64)
    inverse = turn / np.einsum("nij,nij->nj", turn, turn)[:, None]  # (N, world axis, own axis)
    made = np.empty((3, len(turn), 4))
    made[:, :, :3] = inverse.transpose(2, 0, 1)
    made[:, :, 3] = -np.einsum("nij,ni->jn", inverse, place)
    return made
