"""The curves of the edges, in plan coordinates.

A direct edge is one cubic Bezier from the back foot of its parent to the front foot of its child. A skip turns aside in
the aisle behind its parent, runs on its corridor past the walls between, bulging outward the more the longer it is, and
turns back in the aisle before its child. Along the walk every control point lies beyond the one before, so no curve
ever turns back.
"""

from __future__ import annotations

import numpy as np

from walkbox.layout.plan import Plan

__all__ = ["FLOOR_M", "FOOT_M", "edge_curves", "edge_ends"]

FOOT_M = 0.08  # between a wall and the end of an edge
SLOT_M = 0.3  # between two edges at one wall
FLOOR_M = 0.05


def edge_curves(plan: Plan, points: int) -> np.ndarray:
    """(E, points, 3) float64: across, height above the floor, along; *points* is a multiple of four."""
    start, end = edge_ends(plan)
    curves = np.empty((len(start), points, 3))
    direct = ~plan.skip
    curves[direct] = _swing(start[direct], end[direct], np.linspace(0, 1, points))
    if plan.skip.any():
        curves[plan.skip] = _skips(plan, start[plan.skip], end[plan.skip], points)
    return curves


def edge_ends(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """(E, 3) where each edge begins and where it ends: across, height above the floor, along."""
    parent, child = plan.edges[:, 0], plan.edges[:, 1]
    if not len(parent):
        return np.zeros((0, 3)), np.zeros((0, 3))
    leaves = np.where(plan.skip, plan.corridor[:, 0], plan.across[child])
    arrives = np.where(plan.skip, plan.corridor[:, 0], plan.across[parent])
    floor = np.full(len(parent), FLOOR_M)
    start = np.stack([_slots(plan, parent, leaves), floor, plan.along[parent] + FOOT_M], 1)
    end = np.stack([_slots(plan, child, arrives), floor, plan.along[child] - FOOT_M], 1)
    return start, end


def _skips(plan: Plan, start: np.ndarray, end: np.ndarray, points: int) -> np.ndarray:
    depth = plan.lanes.depth[plan.edges[plan.skip]]
    first, last = depth[:, 0] + 1, depth[:, 1] - 1
    before = plan.row_along[first] - plan.row_along[first - 1]
    behind = plan.row_along[last + 1] - plan.row_along[last]
    corridor = plan.corridor[plan.skip]
    # Longer skips run a little higher, so that crossing ribbons do not lie in one plane.
    height = FLOOR_M + 0.02 + 0.28 * (1 - np.exp(-(depth[:, 1] - depth[:, 0] - 1) / 12))
    enter = np.stack([corridor[:, 0], height, plan.row_along[first] - 0.15 * before], 1)
    leave = np.stack([corridor[:, 0], height, plan.row_along[last] + 0.15 * behind], 1)
    middle = np.stack([corridor[:, 1], height, (enter[:, 2] + leave[:, 2]) / 2], 1)
    quarter = points // 4
    later = np.linspace(0, 1, quarter + 1)[1:]
    pieces = [_swing(start, enter, np.linspace(0, 1, quarter))]
    pieces += [_swing(a, b, later) for a, b in ((enter, middle), (middle, leave), (leave, end))]
    return np.concatenate(pieces, axis=1)


def _swing(start: np.ndarray, end: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(N, T, 3) cubic Beziers that leave and arrive along the walk."""
    half = (end - start) * (0, 0, 0.5)
    a, b, c, d = (p[:, None] for p in (start, start + half, end - half, end))
    t = t[:, None]
    return a * (1 - t) ** 3 + 3 * b * (1 - t) ** 2 * t + 3 * c * (1 - t) * t**2 + d * t**3


def _slots(plan: Plan, layer: np.ndarray, wish: np.ndarray) -> np.ndarray:
    """Where each edge meets its wall, across: as near to *wish* as the wall allows, apart from its neighbours."""
    half = 0.42 * plan.walls.size[:, 0].astype(np.float64)
    placed = np.empty(len(layer))
    order = np.lexsort((wish, layer))
    for group in np.split(order, np.flatnonzero(np.diff(layer[order])) + 1):
        here = layer[group[0]]
        near = np.clip(wish[group] - plan.across[here], -half[here], half[here])
        placed[group] = plan.across[here] + _apart(near, float(half[here]))
    return placed


def _apart(near: np.ndarray, half: float) -> np.ndarray:
    """Sorted places in -half..half moved apart, their mean kept where the ends allow."""
    if len(near) == 1:
        return near
    step = min(SLOT_M, 2 * half / (len(near) - 1))
    rank = np.arange(len(near)) * step
    apart = np.maximum.accumulate(near - rank) + rank
    apart -= (apart - near).mean()
    apart = np.maximum(apart, rank - half)
    return np.minimum(apart, half - rank[::-1])
