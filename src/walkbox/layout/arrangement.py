"""Where every layer of a network stands.

Network frame: the entrance is at the origin, one walks along -z, +y is up, metres. A wall stands upright on the middle
of its lower edge; its own +z points out of it towards whoever reads it (yaw 0 faces the entrance), its +x to their
right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.geometry import yaw_matrices

__all__ = ["Arrangement", "bounds_of"]


@dataclass(frozen=True)
class Arrangement:
    """One layout of one graph of L layers and E edges.

    Attributes:
        layout: name of the layout that made it.
        position: (L, 3) float32, the middle of each wall's lower edge, network frame.
        yaw: (L,) float32, radians turned left about +y.
        size: (L, 2) float32, width and height of each wall without its frame, in metres of the wall's own frame.
        scale: (L,) float32, how much larger each wall stands there than that; 1 where nobody changed it.
        hidden: (L,) bool, the wall is not shown, nor are its edges.
        columns: (L,) int32, maps in a row. Map c is in row c // columns (row 0 on top), column c % columns (from left).
        map_size: (L, 2) float32, width and height of one map, in metres of the wall's frame.
        pitch: (L, 2) float32, distance from one map to the next, map included, in metres of the wall's frame.
        depth: (L,) int32, step along the walk; lane: (L,) int32, place across it (0 is the trunk).
        edges: (E, 2) int32, parent and child, as ``graph.edges``.
        paths: (E, K, 3) float32, points of each edge's curve from parent to child, network frame.
        ends: (E, 2, 3) float32, where each edge leaves its parent and meets its child: in the frames of these two walls
            as if their scale were 1.
        skip: (E,) bool, the edge passes other layers on its way.
        entrance: (3,) float32 where one starts (on the floor), and entrance_yaw, where one looks then.
        frame_position: (3,) float32 and frame_yaw: where the input frame stands (middle of its lower edge).
        end_position, end_yaw: where the board with the results stands.
        bounds: (2, 3) float32, smallest and largest coordinates of all walls.
    """

    layout: str
    position: np.ndarray
    yaw: np.ndarray
    size: np.ndarray
    scale: np.ndarray
    hidden: np.ndarray
    columns: np.ndarray
    map_size: np.ndarray
    pitch: np.ndarray
    depth: np.ndarray
    lane: np.ndarray
    edges: np.ndarray
    paths: np.ndarray
    ends: np.ndarray
    skip: np.ndarray
    entrance: np.ndarray
    entrance_yaw: float
    frame_position: np.ndarray
    frame_yaw: float
    end_position: np.ndarray
    end_yaw: float
    bounds: np.ndarray

    def network_from_wall(self) -> np.ndarray:
        """(L, 4, 4) float32 poses of the walls, each with its scale."""
        poses = yaw_matrices(self.position, self.yaw)
        poses[:, :3, :3] *= self.scale[:, None, None]
        return poses

    @property
    def extent(self) -> np.ndarray:
        """(L, 2) float32 width and height of each wall as it stands there, metres of the network."""
        return self.size * self.scale[:, None]

    @property
    def hidden_edges(self) -> np.ndarray:
        """(E,) bool: edges of which an end is hidden."""
        return self.hidden[self.edges[:, 0]] | self.hidden[self.edges[:, 1]]

    def map_centres(self, layer: int, count: int) -> np.ndarray:
        """(count, 2) float32 centres of a layer's maps in the wall's frame, metres."""
        index = np.arange(count)
        column, row = index % self.columns[layer], index // self.columns[layer]
        width, height = self.size[layer]
        map_width, map_height = self.map_size[layer]
        x = -width / 2 + map_width / 2 + column * self.pitch[layer, 0]
        y = height - map_height / 2 - row * self.pitch[layer, 1]
        return np.stack([x, y], axis=1).astype(np.float32)

    def map_at(self, layer: int, count: int, x: float, y: float) -> tuple[int, float, float] | None:
        """The map at a point of the wall's frame: (channel, u, v) with u right and v down in 0..1, or None in a gap."""
        (width, height), columns = self.size[layer].tolist(), int(self.columns[layer])
        (map_width, map_height), (right, down) = self.map_size[layer].tolist(), self.pitch[layer].tolist()
        column, row = int((x + width / 2) // right), int((height - y) // down)
        u, v = (x + width / 2 - column * right) / map_width, (height - y - row * down) / map_height
        channel = row * columns + column
        inside = 0 <= u < 1 and 0 <= v < 1 and 0 <= column < columns and 0 <= channel < count
        return (channel, u, v) if inside else None


def bounds_of(position: np.ndarray, yaw: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """(2, 3) float32 smallest and largest coordinates of walls, as of :class:`Arrangement`; zeros for none."""
    if not len(position):
        return np.zeros((2, 3), np.float32)
    zero = np.zeros_like(yaw)
    reach = np.stack([np.abs(np.cos(yaw)), zero, np.abs(np.sin(yaw))], axis=1) * extent[:, :1] / 2
    top = position + reach + np.stack([zero, extent[:, 1], zero], axis=1)
    return np.stack([(position - reach).min(axis=0), top.max(axis=0)]).astype(np.float32)
