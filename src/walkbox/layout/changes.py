"""Walls that a person has moved, turned, scaled or hidden, and the edges that go with them.

Whatever a layout has computed is kept; only the walls named and the edges at them are touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from walkbox.layout.arrangement import Arrangement, bounds_of

__all__ = ["WallChange", "changed", "ends_of", "moved_paths", "spline_basis"]

FLOOR_M = 0.05  # no end of an edge lies lower
BESIDE_M = 0.5  # between the end of a wall and an edge that goes round it
LEAVE_M = (0.5, 5.0)  # an edge leaves its wall straight for about so far


@dataclass(frozen=True, slots=True)
class WallChange:
    """How a wall differs from what the layout says.

    Attributes:
        position: middle of its lower edge, network frame, metres; None where the layout puts it.
        yaw: radians turned left about +y; None as the layout turns it.
        scale: 1 is the layout's size.
        hidden: it is not shown, nor are its edges.
    """

    position: tuple[float, float, float] | None = None
    yaw: float | None = None
    scale: float = 1.0
    hidden: bool = False


def changed(arrangement: Arrangement, changes: Mapping[int, WallChange]) -> Arrangement:
    """An arrangement with some walls changed; *arrangement* is what the layout says and stays as it is.

    Args:
        arrangement: of a layout.
        changes: by layer id.
    """
    if not changes:
        return arrangement
    position, yaw = arrangement.position.copy(), arrangement.yaw.copy()
    scale, hidden = arrangement.scale.copy(), arrangement.hidden.copy()
    moved = []
    for layer, change in changes.items():
        if change.position is not None:
            position[layer] = change.position
        if change.yaw is not None:
            yaw[layer] = change.yaw
        scale[layer] = change.scale
        hidden[layer] = change.hidden
        if change.position is not None or change.yaw is not None or change.scale != 1:
            moved.append(layer)
    result = replace(arrangement, position=position, yaw=yaw, scale=scale, hidden=hidden)
    if not moved:
        return result
    edges, paths = moved_paths(result, np.array(moved))
    everything = arrangement.paths.copy()
    everything[edges] = paths
    return replace(result, paths=everything, bounds=bounds_of(position, yaw, result.extent))


def moved_paths(arrangement: Arrangement, layers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """New curves for all edges at some walls, wherever these walls stand.

    Each leaves behind its parent and arrives in front of its child; where the way between the two leads round one of
    them, it goes round that wall's nearer end. They are uniform cubic B-splines, clamped at their ends.

    Args:
        arrangement: with the walls where they stand now; its own paths of these edges are not looked at.
        layers: ids of the walls.

    Returns:
        (e,) indices of edges, and (e, K, 3) float32 paths.
    """
    points = arrangement.paths.shape[1]
    chosen = np.flatnonzero(np.isin(arrangement.edges, np.asarray(layers, np.int64)).any(axis=1))
    pair = arrangement.edges[chosen]
    place = arrangement.position[pair].astype(np.float64)  # (e, 2, 3): parent, child
    sine, cosine = np.sin(arrangement.yaw[pair]), np.cos(arrangement.yaw[pair])
    zero = np.zeros_like(sine)
    right, front = np.stack([cosine, zero, -sine], axis=-1), np.stack([sine, zero, cosine], axis=-1)
    scale = arrangement.scale[pair]
    half = arrangement.size[pair, 0] * scale / 2
    local = arrangement.ends[chosen]
    end = place + right * (local[..., :1] * scale[..., None]) + front * local[..., 2:]
    end[..., 1] = np.maximum(place[..., 1] + local[..., 1], FLOOR_M)
    outward = front * np.array([-1.0, 1.0])[:, None]  # away from each wall, on the side where the edge is
    toward = end[:, ::-1] - end
    distance = np.linalg.norm(toward, axis=-1, keepdims=True)
    leave = np.clip(0.35 * distance, *LEAVE_M)
    # Where the other end lies on the wrong side of a wall, the edge goes round the wall's end that is nearer to it.
    wrong = np.einsum("eij,eij->ei", toward, outward) < 0
    leave = np.where(wrong[..., None], LEAVE_M[0], leave)
    tip = end + outward * leave
    across = np.einsum("eij,eij->ei", end[:, ::-1] - place, right)
    # The spline cuts its corners, the more the farther it goes on from them.
    beside = np.where(across < 0, -1.0, 1.0) * (1.15 * half + BESIDE_M + 0.03 * distance[..., 0])
    corner = place + right * beside[..., None]
    corner[..., 1] = end[..., 1]
    behind, before = corner + outward * LEAVE_M[0], corner - outward * LEAVE_M[0]
    control = np.empty((len(chosen), 8, 3))
    control[:, 0], control[:, 1], control[:, 6], control[:, 7] = end[:, 0], tip[:, 0], tip[:, 1], end[:, 1]
    control[:, 2] = np.where(wrong[:, :1], behind[:, 0], (4 * tip[:, 0] + tip[:, 1]) / 5)
    control[:, 3] = np.where(wrong[:, :1], before[:, 0], (3 * tip[:, 0] + 2 * tip[:, 1]) / 5)
    control[:, 4] = np.where(wrong[:, 1:], before[:, 1], (2 * tip[:, 0] + 3 * tip[:, 1]) / 5)
    control[:, 5] = np.where(wrong[:, 1:], behind[:, 1], (tip[:, 0] + 4 * tip[:, 1]) / 5)
    return chosen, (spline_basis(points) @ control).astype(np.float32)


def ends_of(position: np.ndarray, yaw: np.ndarray, edges: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """(E, 2, 3) float32 ends of edges in the frames of their walls, as of :class:`Arrangement`."""
    if not len(edges):
        return np.zeros((0, 2, 3), np.float32)
    offset = paths[:, [0, -1]] - position[edges]
    sine, cosine = np.sin(yaw[edges]), np.cos(yaw[edges])
    x, y, z = np.moveaxis(offset, -1, 0)
    return np.stack([cosine * x - sine * z, y, sine * x + cosine * z], axis=-1).astype(np.float32)


@lru_cache(maxsize=8)
def spline_basis(points: int, controls: int = 8) -> np.ndarray:
    """(points, controls) weights of a clamped uniform cubic B-spline.

    By the recurrence of de Boor, "On calculating with B-splines", 1972.
    """
    knots = np.concatenate([np.zeros(3), np.arange(controls - 2), np.full(3, controls - 3)]).astype(np.float64)
    t = np.linspace(0, controls - 3, points)
    weights = ((knots[:-1] <= t[:, None]) & (t[:, None] < knots[1:])).astype(np.float64)
    weights[-1, controls - 1] = 1.0
    for degree in range(1, 4):
        count = len(knots) - 1 - degree
        below, above = knots[degree : degree + count] - knots[:count], knots[degree + 1 :] - knots[1 : 1 + count]
        left = np.divide(t[:, None] - knots[:count], below, out=np.zeros((points, count)), where=below > 0)
        right = np.divide(knots[degree + 1 :] - t[:, None], above, out=np.zeros((points, count)), where=above > 0)
        weights = left * weights[:, :count] + right * weights[:, 1 : 1 + count]
    return weights
