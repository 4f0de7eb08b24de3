"""The spiral layout: the walk winds outward on an Archimedean spiral, counter-clockwise seen from above.

Every row stands on a ray from the centre, so walls of one turn cannot meet; the arms are as far apart as the widest
rows need, so walls of two turns cannot meet either. Rows are spaced where they are closest, at their inner ends.
"""

from __future__ import annotations

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.bend import arranged
from walkbox.layout.plan import Plan, make_plan
from walkbox.layout.registry import register

__all__ = ["spiral"]

POINTS = 64
CENTRE_M = 6.0  # free radius in the middle
ARM_GAP_M = 2.5
INNER_AISLE_M = 1.6  # least distance between two rows, at their inner ends


@register("spiral")
def spiral(graph: ModelGraph) -> Arrangement:
    """Rows on rays, lanes along them; skips run on the outer side."""
    plan = make_plan(graph)
    return arranged("spiral", plan, _Winding(plan), POINTS)


class _Winding:
    """The bend: polar angle grows along the walk, radius across it and with every turn."""

    def __init__(self, plan: Plan) -> None:
        inner = max(float(plan.left.max(initial=0.0)), 2.0)
        outer = max(float(plan.right.max(initial=0.0)), 4.0)
        self.start = CENTRE_M + inner
        self.growth = (inner + outer + ARM_GAP_M) / (2 * np.pi)
        stations = np.concatenate([[0.0], plan.row_along, [plan.end[1]]])
        reach = np.concatenate([[0.0], plan.left, [0.0]])
        angle = np.zeros(len(stations))
        for row in range(1, len(stations)):
            radius = self.start + self.growth * angle[row - 1]
            aisle = stations[row] - stations[row - 1]
            closest = radius - max(reach[row], reach[row - 1])
            angle[row] = angle[row - 1] + max(aisle / radius, INNER_AISLE_M / closest)
        self.stations, self.angle = stations, angle

    def __call__(
        self, across: np.ndarray, height: np.ndarray, along: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        angle = np.interp(along, self.stations, self.angle)
        radius = self.start + self.growth * angle + across
        return radius * np.cos(angle) - self.start, height, -radius * np.sin(angle), angle
