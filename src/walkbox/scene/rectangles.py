"""Very many upright rectangles, and which of them a ray meets first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from walkbox.geometry import quads_from_world

__all__ = ["Meeting", "Rectangles"]

Meeting = tuple[float, int, float, float]
"""Metres along the ray, which rectangle, and x and y in the frame of that one."""

NOWHERE = 1e30
ROUNDING = 1e-5  # by how much larger spheres are taken than they are


class Rectangles:
    """Rectangles that stand on the middle of their lower edge: x in -w/2..w/2, y in 0..h and z = 0.

    Args:
        world_from_quad: (N, 4, 4) poses, scaled or not.
        size: (N, 2) widths and heights, in the units of their own frames; negative ones are never met.

    Attributes:
        from_world: (3, N, 4) of :func:`walkbox.geometry.quads_from_world`; size: float64, as given.
    """

    def __init__(self, world_from_quad: np.ndarray, size: np.ndarray):
        poses = world_from_quad.astype(np.float64)
        self.from_world, self.size = quads_from_world(poses), size.astype(np.float64)
        width, height = self.size.T
        centres = poses[:, :3, 3] + poses[:, :3, 1] * (height[:, None] / 2)
        scales = np.sqrt(np.einsum("ni,ni->n", poses[:, :3, 0], poses[:, :3, 0]))
        self._radii = np.hypot(width, height) / 2 * scales * (1 + ROUNDING) + ROUNDING
        reach = np.einsum("ni,ni->n", centres, centres) - self._radii**2
        reach[(self.size < 0).any(axis=1)] = NOWHERE
        self._spheres = np.stack([*centres.T, reach, np.ones(len(centres))])
        self._rows = np.column_stack([*self.from_world, self.size]).tolist()

    def meet(self, rays: Sequence[tuple[np.ndarray, np.ndarray]], far_m: float) -> list[Meeting | None]:
        """What each ray (origin and unit direction, (3,), world frame) meets first, nearer than *far_m* metres.

        Of rectangles at the same distance the first. In one go all those are found whose bounding spheres a ray meets
        (for centre c and radius r: |c - o|^2 - r^2 <= ((c - o) d)^2); these few are then looked at one by one.
        """
        lines = [(*origin.tolist(), *_unit(*direction.tolist())) for origin, direction in rays]
        away = [(-2 * x, -2 * y, -2 * z, 1.0, x * x + y * y + z * z) for x, y, z, *_ in lines]
        along = [(dx, dy, dz, 0.0, -(x * dx + y * dy + z * dz)) for x, y, z, dx, dy, dz in lines]
        numbers = np.array(away + along) @ self._spheres
        outside, middle = numbers[: len(lines)], numbers[len(lines) :]
        found: list[Meeting | None] = [None] * len(lines)
        for place in (outside <= middle * middle).ravel().nonzero()[0].tolist():
            line, index = divmod(place, len(self._rows))
            best = found[line]
            if best is not None and middle[line, index] - self._radii[index] > best[0]:
                continue  # it begins behind what was found
            met = self._meet(index, lines[line])
            if met is not None and met[0] < far_m and (best is None or met[0] < best[0]):
                found[line] = met
        return found

    def normal(self, index: int) -> Sequence[float]:
        """World frame; as long as a metre of the world is in the rectangle's own frame."""
        return self._rows[index][8:11]

    def _meet(self, index: int, line: tuple[float, ...]) -> Meeting | None:
        ox, oy, oz, dx, dy, dz = line
        ax, ay, az, a, bx, by, bz, b, cx, cy, cz, c, width, height = self._rows[index]
        towards = cx * dx + cy * dy + cz * dz
        distance = -(cx * ox + cy * oy + cz * oz + c) / towards if towards else -1.0
        if not 0 < distance < math.inf:
            return None
        px, py, pz = ox + distance * dx, oy + distance * dy, oz + distance * dz
        x, y = ax * px + ay * py + az * pz + a, bx * px + by * py + bz * pz + b
        return (distance, index, x, y) if abs(x) <= width / 2 and 0 <= y <= height else None


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Of unit length beyond what float32 can hold, which the spheres need."""
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length
