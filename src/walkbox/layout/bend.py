"""From the plan to the arrangement: everything that two layouts share is here, the bend itself is theirs."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from walkbox.layout.arrangement import Arrangement, bounds_of
from walkbox.layout.changes import ends_of
from walkbox.layout.edges import edge_curves
from walkbox.layout.plan import FRAME_ACROSS_M, FRAME_ALONG_M, Plan
from walkbox.layout.walls import lower_edge

__all__ = ["BOARD_EDGE_M", "FRAME_EDGE_M", "Bend", "arranged", "placed"]

FRAME_EDGE_M = 0.95  # lower edge of the picture in the input frame
FRAME_YAW = 0.2  # it turns a little towards the way in
BOARD_EDGE_M = 0.7


class Bend(Protocol):
    """Bring points of the plan to the network frame."""

    def __call__(
        self, across: np.ndarray, height: np.ndarray, along: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """x, y, z and yaw (turned left about +y, 0 faces the entrance) of points of the plan; any equal shapes."""
        ...


def arranged(name: str, plan: Plan, bend: Bend, points: int) -> Arrangement:
    """An :class:`Arrangement` of a bent plan, *points* for each edge."""
    x, y, z, yaw = bend(plan.across, lower_edge(plan.walls.size[:, 1], plan.lanes.depth), plan.along)
    curves = edge_curves(plan, points)
    paths = np.stack(bend(curves[..., 0], curves[..., 1], curves[..., 2])[:3], axis=2)
    *spots, turns = bend(
        np.array([0.0, FRAME_ACROSS_M, plan.end[0]]),
        np.array([0.0, FRAME_EDGE_M, BOARD_EDGE_M]),
        np.array([0.0, FRAME_ALONG_M, plan.end[1]]),
    )
    return placed(name, plan, np.stack([x, y, z], axis=1), yaw, paths, np.stack(spots, axis=1), turns)


def placed(
    name: str,
    plan: Plan,
    position: np.ndarray,
    yaw: np.ndarray,
    paths: np.ndarray,
    landmarks: np.ndarray,
    turns: np.ndarray,
) -> Arrangement:
    """An :class:`Arrangement` of walls (L, 3), (L,) and edges (E, K, 3) in the network frame.

    *landmarks* (3, 3) and *turns* (3,) are those of the entrance, the input frame and the board at the end.
    """
    size = plan.walls.size
    position, yaw, paths = (values.astype(np.float32) for values in (position, yaw, paths))
    entrance, frame, end = landmarks.astype(np.float32)
    return Arrangement(
        layout=name,
        position=position,
        yaw=yaw,
        size=size,
        scale=np.ones(len(size), np.float32),
        hidden=np.zeros(len(size), bool),
        columns=plan.walls.columns,
        map_size=plan.walls.map_size,
        pitch=plan.walls.pitch,
        depth=plan.lanes.depth,
        lane=plan.lanes.lane,
        edges=plan.edges,
        paths=paths,
        ends=ends_of(position, yaw, plan.edges, paths),
        skip=plan.skip,
        entrance=entrance,
        entrance_yaw=float(turns[0]),
        frame_position=frame,
        frame_yaw=float(turns[1]) + FRAME_YAW,
        end_position=end,
        end_yaw=float(turns[2]),
        bounds=bounds_of(position, yaw, size),
    )
