"""Where every layer of a network stands.

Network frame: the entrance is at the origin, one walks along -z, +y is up, metres. A wall stands upright on the middle
of its lower edge; its own +z points out of it towards whoever reads it (yaw 0 faces the entrance), its +x to their
right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.geometry import yaw_matrices

__all__ = ["Arrangement"]


@dataclass(frozen=True)
class Arrangement:
    """One layout of one graph of L layers and E edges.

    Attributes:
        layout: name of the layout that made it.
        position: (L, 3) float32, the middle of each wall's lower edge, network frame.
        yaw: (L,) float32, radians turned left about +y.
        size: (L, 2) float32, width and height of each wall in metres, without its frame.
        columns: (L,) int32, maps in a row. Map c is in row c // columns (row 0 on top), column c % columns (from left).
        map_size: (L, 2) float32, width and height of one map in metres.
        pitch: (L, 2) float32, distance from one map to the next, map included.
        depth: (L,) int32, step along the walk; lane: (L,) int32, place across it (0 is the trunk).
        edges: (E, 2) int32, parent and child, as ``graph.edges``.
        paths: (E, K, 3) float32, points of each edge's curve from parent to child, network frame.
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
    columns: np.ndarray
    map_size: np.ndarray
    pitch: np.ndarray
    depth: np.ndarray
    lane: np.ndarray
    edges: np.ndarray
    paths: np.ndarray
    skip: np.ndarray
    entrance: np.ndarray
    entrance_yaw: float
    frame_position: np.ndarray
    frame_yaw: float
    end_position: np.ndarray
    end_yaw: float
    bounds: np.ndarray

    def network_from_wall(self) -> np.ndarray:
        """(L, 4, 4) float32 poses of the walls."""
        return yaw_matrices(self.position, self.yaw)

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
        width, height = self.size[layer]
        across, down = x + width / 2, height - y
        column, row = int(across // self.pitch[layer, 0]), int(down // self.pitch[layer, 1])
        u = (across - column * self.pitch[layer, 0]) / self.map_size[layer, 0]
        v = (down - row * self.pitch[layer, 1]) / self.map_size[layer, 1]
        channel = row * int(self.columns[layer]) + column
        inside = 0 <= u < 1 and 0 <= v < 1 and 0 <= column < self.columns[layer] and 0 <= channel < count
        return (channel, float(u), float(v)) if inside else None
