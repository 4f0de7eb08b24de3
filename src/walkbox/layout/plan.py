"""The plan of a walk: metres across and along, before the walk is bent into its layout.

Plan coordinates: ``across`` grows to the right of the walker, ``along`` in the direction of the walk from the entrance;
metres. :mod:`linear` lays the plan out straight, :mod:`spiral` winds it up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.lanes import Lanes, lanes
from walkbox.layout.walls import Walls, label_width, view_distance, walls

__all__ = ["FRAME_ACROSS_M", "FRAME_ALONG_M", "Plan", "alive", "make_plan"]

FRAME_ACROSS_M, FRAME_ALONG_M = -1.5, 4.4  # the input frame: beside the way in, so that the walls are seen past it
LANE_GAP_M = 1.2
AISLE_M = (2.4, 7.0)
RIBBON_M = 0.3  # half of what an edge takes of a lane that it has for itself
SKIP_M = (0.3, 0.5, 5.0)  # a skip's way beside a wall, its bulge for the root of the rows it passes, the most of it
END_M = (2.3, 0.5)  # the board with the results: beside all of the last row, and a little behind it


@dataclass(frozen=True)
class Plan:
    """One graph on a straight walk: L layers, E edges, R rows.

    Attributes:
        lanes, walls: as their modules say.
        pixels: (L,) values of a map of each layer.
        row_along: (R,) where each row of walls stands.
        end: across and along of the board with the results.
        across, along: (L,) middle of each wall.
        left, right: (R,) how far walls, labels and edges of each row reach to both sides of the trunk's middle, >= 0.
        edges: (E, 2) int32.
        skip: (E,) bool, the edge passes rows between its ends.
        corridor: (E, 2) across-coordinates of the way it passes them on: at both ends of it and in its middle.
    """

    lanes: Lanes
    walls: Walls
    pixels: np.ndarray
    row_along: np.ndarray
    end: tuple[float, float]
    across: np.ndarray
    along: np.ndarray
    left: np.ndarray
    right: np.ndarray
    edges: np.ndarray
    skip: np.ndarray
    corridor: np.ndarray


def make_plan(graph: ModelGraph) -> Plan:
    """Place rows by what stands in them, lanes by what they hold, and give every skip a free way."""
    placed, hung = lanes(graph), walls(graph)
    edges = np.array(graph.edges, np.int32).reshape(-1, 2)
    row_along = _rows(placed, hung)
    along = row_along[placed.depth] if len(placed.depth) else np.zeros(0)
    across, left, right, skip, corridor = _across(placed, hung, edges, len(row_along))
    last_along, last_right = (row_along[-1], right[-1]) if len(row_along) else (FRAME_ALONG_M, 0.0)
    end = (float(last_right) + END_M[0], float(last_along) + END_M[1])
    pixels = np.array([layer.maps.height * layer.maps.width for layer in graph.layers], np.int64)
    return Plan(placed, hung, pixels, row_along, end, across, along, left, right, edges, skip, corridor)


def alive(plan: Plan) -> np.ndarray:
    """(R,) how many layers' values are carried past the place behind each row: 1 between two blocks."""
    rows = len(plan.row_along)
    last = plan.lanes.depth.astype(np.int64).copy()
    np.maximum.at(last, plan.edges[:, 0], plan.lanes.depth[plan.edges[:, 1]])
    steps = np.zeros(rows + 1, np.int64)
    np.add.at(steps, plan.lanes.depth, 1)
    np.add.at(steps, last, -1)
    return np.cumsum(steps)[:rows]


def _rows(placed: Lanes, hung: Walls) -> np.ndarray:
    if not len(placed.depth):
        return np.zeros(0)
    aisle = np.zeros(placed.depth.max() + 1)
    np.maximum.at(aisle, placed.depth, view_distance(hung.size[:, 0], hung.size[:, 1]) + 0.5)
    aisle = np.clip(aisle, *AISLE_M)
    return FRAME_ALONG_M + np.cumsum(aisle)


def _across(
    placed: Lanes, hung: Walls, edges: np.ndarray, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    depth, half = placed.depth, label_width(hung.size) / 2
    across = np.zeros(len(depth))
    left, right = np.zeros(rows), np.zeros(rows)
    skip = depth[edges[:, 1]] - depth[edges[:, 0]] > 1
    corridor = np.zeros((len(edges), 2))
    leaving: dict[int, list[int]] = {}
    for edge in np.flatnonzero(skip):
        leaving.setdefault(int(placed.chain[edges[edge, 0]]), []).append(int(edge))
    order = sorted(range(len(placed.chains)), key=lambda c: (abs(placed.chains[c].lane), placed.chains[c].first))
    for index in order:
        chain = placed.chains[index]
        rows_kept = slice(chain.first, chain.last + 1)
        members = list(chain.layers)
        inner = np.full(chain.last + 1 - chain.first, RIBBON_M)
        inner[depth[members] - chain.first] = half[members]
        outer = inner.copy()
        bends: dict[int, tuple[float, float]] = {}
        for edge in leaving.get(index, ()):
            parent, child = edges[edge]
            if parent == members[-1]:
                bends[edge] = (0.0, 0.0)  # nothing of its own lane stands before it: straight on
                continue
            passed = slice(depth[parent] + 1 - chain.first, depth[child] - chain.first)
            base = float(inner[passed].max())
            span = depth[child] - depth[parent] - 1
            bulge = min(SKIP_M[1] * float(np.sqrt(span)), SKIP_M[2])
            bends[edge] = (base + SKIP_M[0] + 0.35 * bulge, base + SKIP_M[0] + bulge)
            outer[passed] = np.maximum(outer[passed], bends[edge][1] + RIBBON_M)
        if chain.lane == 0:
            centre, side = 0.0, 1
            left[rows_kept], right[rows_kept] = inner, outer
        else:
            side = 1 if chain.lane > 0 else -1
            taken = (right if side > 0 else left)[rows_kept]
            reach = float((taken + inner).max()) + LANE_GAP_M
            taken[:] = reach + outer
            centre = side * reach
        across[members] = centre
        for edge, (end, middle) in bends.items():
            corridor[edge] = centre + side * end, centre + side * middle
    return across, left, right, skip, corridor
