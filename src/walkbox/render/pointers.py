"""Rays, teleport arcs, and the dots and markers at their ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import moderngl
import numpy as np

from walkbox.render import glue
from walkbox.render.instances import Instances
from walkbox.scene.presence import Arc, Presence, Ray

__all__ = ["BeamPass", "MarkerPass", "pieces"]

_RAY, _ARC = 0.0, 1.0
_DOT, _BEACON, _HIDDEN_BEACON, _LANDING, _REFUSED = range(5)

# sRGB-encoded colours and alpha.
_IDLE, _HIT, _PRESSED = (0.62, 0.72, 0.84, 0.55), (0.74, 0.87, 1.0, 0.9), (1.0, 0.88, 0.62, 1.0)
_GOOD, _BAD, _DESK = (0.50, 0.86, 0.76, 0.95), (0.86, 0.47, 0.40, 0.85), (1.0, 0.66, 0.78, 1.0)
_THROUGH = 0.22  # how much of the desk's mark shines through what hides it

_RAY_STEPS = (0.0, 0.03, 0.1, 0.3, 1.0)  # along a piece: what is thin far away does not get thinner evenly
_RAY_M, _RAY_END_M, _ARC_M = 0.0016, 0.0006, 0.006  # half widths
_RAY_PX, _ARC_PX = 0.9, 1.6  # least half widths
_DOT_RAD, _BEACON_RAD, _LANDING_M = 0.009, 0.013, 0.6


def pieces(points: np.ndarray, widths: np.ndarray, scale: float) -> np.ndarray:
    """(N - 1, 16) float32 pieces of a ribbon: ends, metres of the person travelled there, tangents, half widths.

    Args:
        points: (N, 3), world frame.
        widths: (N,) half widths in metres of the world.
        scale: metres of the world for a metre of the person.
    """
    steps = np.diff(points, axis=0)
    tangents = np.empty_like(points)
    tangents[0], tangents[-1] = steps[0], steps[-1]
    tangents[1:-1] = steps[1:] + steps[:-1]
    made = np.empty((len(steps), 16), np.float32)
    made[:, 0:3], made[:, 4:7] = points[:-1], points[1:]
    travelled = np.cumsum(np.sqrt((steps * steps).sum(1))) / scale
    made[0, 3], made[1:, 3], made[:, 7] = 0, travelled[:-1], travelled
    made[:, 8:11], made[:, 12:15] = tangents[:-1], tangents[1:]
    made[:, 11], made[:, 15] = widths[:-1], widths[1:]
    return made


def _painted(made: np.ndarray, colour: tuple, kind: float, end_light: float, least_px: float) -> np.ndarray:
    rows = np.empty((len(made), 24), np.float32)
    rows[:, :16], rows[:, 16:20] = made, colour
    rows[:, 20:] = made[-1, 7], kind, end_light, least_px
    return rows


def _ray(ray: Ray, scale: float) -> tuple[float, ...]:
    """The row of its only piece, as of :func:`_painted`: a ray is straight."""
    (ox, oy, oz), (ex, ey, ez) = ray.origin.tolist(), ray.end.tolist()
    dx, dy, dz = ex - ox, ey - oy, ez - oz
    metres = math.sqrt(dx * dx + dy * dy + dz * dz) / scale
    thick = scale * (1.5 if ray.pressed else 1.0)
    colour = _PRESSED if ray.pressed else _HIT if ray.hit else _IDLE
    style = (metres, _RAY, 0.4 if ray.hit else 0.0, _RAY_PX)
    way = dx, dy, dz
    return (ox, oy, oz, 0.0, ex, ey, ez, metres, *way, thick * _RAY_M, *way, thick * _RAY_END_M, *colour, *style)


def _arc(arc: Arc, scale: float) -> np.ndarray:
    points = np.asarray(arc.points, np.float32)
    made = pieces(points, np.full(len(points), _ARC_M * scale, np.float32), scale)
    return _painted(made, _GOOD if arc.good else _BAD, _ARC, 1.0, _ARC_PX)


class _PointerPass:
    """Instances of one quad, set anew in every frame."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer, program: str, *names: str):
        self._program = glue.program(ctx, program)
        rows = (" ".join(["4f"] * len(names)), *names)
        self._instances = Instances(ctx, self._program, (corners, "2f", "corner"), rows)

    def draw(self) -> int:
        """Draw calls made."""
        return self._instances.draw()

    def release(self) -> None:
        """Free all of it."""
        self._instances.release()
        self._program.release()


class BeamPass(_PointerPass):
    """Rays and arcs in one draw call."""

    def __init__(self, ctx: moderngl.Context):
        corners = [(side, step) for step in _RAY_STEPS for side in (0, 1)]
        self._corners = ctx.buffer(np.array(corners, np.float32).tobytes())
        super().__init__(ctx, self._corners, "beams", "a", "b", "a_tangent", "b_tangent", "paint", "style")

    def set(self, presence: Presence) -> None:
        """Take over the rays and arcs of this frame."""
        rows: list[float] = []
        for ray in presence.rays:
            rows += _ray(ray, presence.scale)
        for arc in presence.arcs:
            if len(arc.points) > 1:
                rows += _arc(arc, presence.scale).ravel().tolist()
        self._instances.set(np.array(rows, np.float32).reshape(-1, 24))

    def release(self) -> None:
        """Free all of it."""
        super().release()
        self._corners.release()


class MarkerPass(_PointerPass):
    """Dots where rays meet something, landing markers, and where the desk points, in one draw call."""

    def __init__(self, ctx: moderngl.Context, corners: moderngl.Buffer):
        super().__init__(ctx, corners, "markers", "pose_x", "pose_y", "pose_z", "paint", "style")

    def set(self, presence: Presence) -> None:
        """Take over the signs of this frame."""
        signs = list(chain.from_iterable(_signs(presence)))
        self._instances.set(np.array(signs, np.float32).reshape(-1, 20))


def _signs(presence: Presence) -> Iterator[list[float]]:
    """Rows of a pose (3, 4), colour and style, what lies on the ground first."""
    for arc in presence.arcs:
        if arc.world_from_landing is not None:
            pose = np.array(arc.world_from_landing[:3], np.float32)
            pose[:, :3] /= np.linalg.norm(pose[:, :3], axis=0)
            pose[:, 3] += pose[:, 1] * (0.005 * presence.scale)
            kind, colour = (_LANDING, _GOOD) if arc.good else (_REFUSED, _BAD)
            yield [*pose.reshape(-1).tolist(), *colour, kind, _LANDING_M * presence.scale, 0, 0]
    for ray in presence.rays:
        if ray.hit:
            colour = _PRESSED if ray.pressed else _HIT
            yield [*_at(ray.end), *colour, _DOT, _DOT_RAD, float(ray.pressed), 0]
    if presence.mark is not None:
        yield [*_at(presence.mark), *_DESK[:3], _THROUGH, _HIDDEN_BEACON, _BEACON_RAD, 0, 0]
        yield [*_at(presence.mark), *_DESK, _BEACON, _BEACON_RAD, 0, 0]


def _at(point: np.ndarray) -> tuple[float, ...]:
    x, y, z = point.tolist()
    return 0, 0, 0, x, 0, 0, 0, y, 0, 0, 0, z
