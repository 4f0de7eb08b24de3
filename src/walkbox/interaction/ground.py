"""Where one may stand: on the floor, not inside of what stands there, and not through it."""

from __future__ import annotations

import numpy as np

from walkbox.scene.furniture import furniture
from walkbox.scene.scene import Scene

__all__ = ["Ground"]

BODY_M = 0.25
"""Room that a person takes to each side."""

TALL_M = 1.9
"""What hangs higher than this is passed under."""

OVER_M = 0.02
GIANT = 4.0
"""From this scale on, walls are stepped over."""


class Ground:
    """Walls and furniture as upright rectangles. Kept until something moves; numpy only."""

    def __init__(self) -> None:
        self._key: object = None
        self._origin = self._right = self._normal = np.zeros((0, 3))
        self._size = np.zeros((0, 2))

    def _look(self, scene: Scene) -> None:
        key = (id(scene), scene.furniture_revision, *((n.id, n.placement_revision) for n in scene.networks.values()))
        if key == self._key:
            return
        self._key = key
        quads = furniture(scene)[1]
        shown = [(n, ~n.arrangement.hidden) for n in scene.networks.values()]
        poses = [n.world_from_wall()[walls] for n, walls in shown]
        poses.append(np.array([q.world_from_quad for q in quads], np.float32).reshape(-1, 4, 4))
        sizes = [n.arrangement.size[walls] for n, walls in shown]
        sizes.append(np.array([q.size for q in quads], np.float32).reshape(-1, 2))
        stands = np.concatenate(poses).astype(np.float64)
        scale = np.linalg.norm(stands[:, :3, 0], axis=1)
        self._size = np.concatenate(sizes).astype(np.float64) * scale[:, None]
        self._origin = stands[:, :3, 3]
        self._right, self._normal = stands[:, :3, 0] / scale[:, None], stands[:, :3, 2] / scale[:, None]

    def obstacle(self, scene: Scene, path: np.ndarray, scale: float = 1.0) -> tuple[int, np.ndarray] | None:
        """What a path meets first: (segment, point), or None.

        Args:
            scene: what stands where.
            path: (N, 3) points in the world frame; segment i leads from point i to point i + 1.
            scale: of the one who goes; a giant meets nothing.
        """
        self._look(scene)
        if scale >= GIANT or not len(self._size):
            return None
        path = np.asarray(path, np.float64)
        before = path @ self._normal.T - (self._origin * self._normal).sum(axis=1)
        segment, which = np.nonzero((before[:-1] > 0) != (before[1:] > 0))
        if not len(segment):
            return None
        near, far = before[segment, which], before[segment + 1, which]
        share = near / (near - far)
        point = path[segment] + share[:, None] * (path[segment + 1] - path[segment])
        local = point - self._origin[which]
        across, height = np.abs((local * self._right[which]).sum(axis=1)), local[:, 1]
        width, tall = self._size[which].T
        met = np.flatnonzero((across <= width / 2) & (height >= 0) & (height <= tall))
        if not len(met):
            return None
        first = met[np.argmin((segment + share)[met])]
        return int(segment[first]), point[first]

    def free(self, scene: Scene, spot: np.ndarray, bounds: np.ndarray | None, scale: float = 1.0) -> bool:
        """Whether a person of that scale has room on a point (3,) of the floor, within bounds (2, 3)."""
        self._look(scene)
        if bounds is not None and not (
            bounds[0, 0] <= spot[0] <= bounds[1, 0] and bounds[0, 2] <= spot[2] <= bounds[1, 2]
        ):
            return False
        if scale >= GIANT or not len(self._size):
            return True
        body = BODY_M * min(scale, 1.0)
        offset = np.asarray(spot, np.float64) - self._origin
        across, before = np.abs((offset * self._right).sum(axis=1)), np.abs((offset * self._normal).sum(axis=1))
        low, high = -offset[:, 1], self._size[:, 1] - offset[:, 1]
        inside = (across < self._size[:, 0] / 2 + body) & (before < body) & (low < TALL_M * scale) & (high > OVER_M)
        return not inside.any()
