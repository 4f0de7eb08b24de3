"""The folded layout: the walk runs back and forth in parallel aisles of one length, like the rooms of a gallery.

Rows stand on the straight parts only; between two aisles the walk turns round by half an ellipse. It turns where the
fewest values are carried along, between two blocks if it can. Two neighbouring aisles are as far apart as what stands
in them reaches, so nothing of one meets anything of the other.
"""

from __future__ import annotations

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.bend import arranged
from walkbox.layout.plan import Plan, alive, make_plan
from walkbox.layout.registry import register

__all__ = ["Folding", "folded"]

POINTS = 64
LENGTH_M = (24.0, 110.0)  # of an aisle
SLACK = 0.25  # an aisle may be so much shorter or longer, to turn at a better place
GAP_M = 2.5  # between what stands in two aisles
BEHIND_M = 2.0  # free floor behind the last row of an aisle
HALL_M = (5.0, 7.0)  # what the furniture at the entrance takes to the left and to the right
BOARD_M = 5.0  # what the board at the end takes beside the last row
TURN_M = 6.0  # no turn is deeper
LEAST_REACH_M, LEAST_TURN_M = 2.0, 0.3


@register("folded")
def folded(graph: ModelGraph) -> Arrangement:
    """Parallel aisles; the first turn is to the left."""
    plan = make_plan(graph)
    return arranged("folded", plan, Folding(plan), POINTS)


class Folding:
    """The bend: runs along -z and +z by turns, each further to the left.

    Attributes:
        begin, end: (N,) along of the plan where each straight run begins and ends; between them the walk turns.
        x: (N,) of the trunk in each run.
        length: of the straight runs in metres; the last one may be shorter.
        stretch: (N,) metres of a run for a metre of the plan.
        turn: (N - 1, 2) metres from a turn's centre to the trunk of the run before it and behind it.
        depth: (N - 1,) how deep each turn is for its width.
        room: (N, 2) metres that edges of a run may take to its left and to its right.
    """

    def __init__(self, plan: Plan) -> None:
        rows = len(plan.row_along)
        cuts = _cuts(plan)
        first, last = np.append(0, cuts + 1), np.append(cuts, max(rows - 1, 0))
        along = plan.row_along if rows else np.array([plan.end[1]])
        aisle = along[np.minimum(cuts + 1, rows - 1)] - along[cuts] if rows else np.zeros(0)
        self.begin = np.append(0.0, along[last[:-1]] + 0.6 * aisle)
        self.end = np.append(along[last[:-1]] + 0.3 * aisle, max(plan.end[1], float(along[-1])) + 1.0)
        spans = self.end - self.begin
        self.length = float(spans[:-1].max()) if len(spans) > 1 else float(spans[0])
        self.stretch = np.append(self.length / spans[:-1], min(1.0, self.length / spans[-1]))
        left, right = (
            np.maximum([side[a : b + 1].max(initial=0.0) for a, b in zip(first, last, strict=True)], LEAST_REACH_M)
            for side in (plan.left, plan.right)
        )
        left[0], right[0] = max(left[0], HALL_M[0]), max(right[0], HALL_M[1])
        right[-1] += BOARD_M
        runs = np.arange(len(spans) - 1)
        inner = np.where((runs % 2 == 0)[:, None], *(np.stack([s[:-1], s[1:]], axis=1) for s in (left, right)))
        self.turn = inner + GAP_M / 2
        # How far to the left and to the right an edge may run before it would cross the middle of a turn.
        ends, begins = np.append(self.turn[:, 0], np.inf), np.append(np.inf, self.turn[:, 1])
        even = np.arange(len(spans)) % 2 == 0
        self.room = np.stack([np.where(even, ends, begins), np.where(even, begins, ends)], axis=1) - LEAST_TURN_M
        self.x = -np.append(0.0, np.cumsum(self.turn.sum(axis=1)))
        self.depth = np.minimum(1.0, TURN_M / np.maximum(self.turn.max(axis=1, initial=1.0), 1e-6))

    def __call__(
        self, across: np.ndarray, height: np.ndarray, along: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        across, along = np.asarray(across, np.float64), np.asarray(along, np.float64)
        run = np.searchsorted(self.begin, along, side="right") - 1
        run = np.clip(run, 0, len(self.begin) - 1)
        across = np.clip(across, -self.room[run, 0], self.room[run, 1])
        back = run % 2 == 1
        gone = (np.minimum(along, self.end[run]) - self.begin[run]) * self.stretch[run]
        x = self.x[run] + np.where(back, -across, across)
        z = np.where(back, gone - self.length, -gone)
        yaw = np.where(back, np.pi, 0.0)
        turning = (along > self.end[run]) & (run < len(self.turn))
        if turning.any():
            here, u = run[turning], along[turning]
            share = (u - self.end[here]) / (self.begin[here + 1] - self.end[here])
            angle = np.pi * share
            # The inner side of a turn to the left is the walk's left; what runs there keeps its distance from it.
            outward = np.where(here % 2 == 0, across[turning], -across[turning])
            reach = self.turn[here, 0] + (self.turn[here, 1] - self.turn[here, 0]) * share + outward
            reach = np.maximum(reach, LEAST_TURN_M)
            centre = self.x[here] - self.turn[here, 0]
            deep = self.depth[here] * reach * np.sin(angle)
            x[turning] = centre + reach * np.cos(angle)
            z[turning] = np.where(here % 2 == 0, -self.length - deep, deep)
            yaw[turning] = np.where(here % 2 == 0, angle, np.pi - angle)
        return x, height, z, yaw


def _cuts(plan: Plan) -> np.ndarray:
    """Rows behind which the walk turns: about a square's side apart, where the fewest values are carried along."""
    rows = plan.row_along
    if not len(rows):
        return np.zeros(0, np.int64)
    width = float(np.mean(plan.left + plan.right)) + GAP_M
    length = float(np.clip(np.sqrt(rows[-1] * width), *LENGTH_M))
    carried, cuts, begin = alive(plan), [], 0.0
    while rows[-1] - begin > (1 + SLACK) * length:
        low, high = np.searchsorted(rows, begin + np.array([1 - SLACK, 1 + SLACK]) * length)
        low = min(max(low, cuts[-1] + 1 if cuts else 0), len(rows) - 2)
        window = np.arange(low, max(high, low + 1))
        best = window[np.lexsort((np.abs(rows[window] - begin - length), carried[window]))[0]]
        cuts.append(int(min(best, len(rows) - 2)))
        begin = float(rows[cuts[-1]])
    return np.array(cuts, np.int64)
