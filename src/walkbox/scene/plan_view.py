"""A map of a network as seen from above, for a panel: where one stands, and what stands around.

On the map -z of the world is up. Where it fits the panel much better, the whole map is turned a quarter to the right,
so that a long walk runs along the panel's longer side.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walkbox.scene.network import Network

__all__ = ["PlanMap", "PlanView"]

EDGE_POINTS = 7
"""Points of an edge on the map."""

MARGIN = 0.06  # free share of the panel at each side
TURN_GAIN = 1.25  # a map is turned where that makes it larger by as much
LEAST_M = 6.0  # nothing is shown larger than if it were so wide


@dataclass(frozen=True)
class PlanView:
    """A map in the units of the rectangle it was made for; x grows to the right and y down, as on a screen.

    Attributes:
        layers: (N,) int64 ids of the walls that are on it; hidden ones are not.
        walls: (N, 2, 2) float32 left and right end of each, as who reads it sees them.
        fronts: (N, 2) float32 unit vectors out of each wall's face.
        edges: (E, 7, 2) float32 simplified curves from parent to child; skip: (E,) bool of them.
        spot: (2,) where the walker is, perhaps outside of the rectangle; heading: (2,) unit vector of their look.
        frame: (2,) where the input frame stands; end: (2,) where the board with the results stands.
        scale: units for a metre of the world.
        current: id of the layer nearest to the walker, -1 where there is none.
    """

    layers: np.ndarray
    walls: np.ndarray
    fronts: np.ndarray
    edges: np.ndarray
    skip: np.ndarray
    spot: np.ndarray
    heading: np.ndarray
    frame: np.ndarray
    end: np.ndarray
    scale: float
    current: int

    def layer_at(self, x: float, y: float, reach: float = 8.0) -> int | None:
        """The wall within *reach* units of a point that is nearest to it, or None."""
        if not len(self.layers):
            return None
        point = np.array([x, y], np.float32)
        start, along = self.walls[:, 0], self.walls[:, 1] - self.walls[:, 0]
        length = np.maximum((along**2).sum(axis=1), 1e-9)
        share = np.clip(((point - start) * along).sum(axis=1) / length, 0, 1)
        distance = np.linalg.norm(start + share[:, None] * along - point, axis=1)
        nearest = int(distance.argmin())
        return int(self.layers[nearest]) if distance[nearest] <= reach else None


@dataclass
class _Ground:
    """What does not depend on walker and rectangle: world metres, x and z."""

    layers: np.ndarray
    walls: np.ndarray
    fronts: np.ndarray
    edges: np.ndarray
    skip: np.ndarray
    frame: np.ndarray
    end: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass
class PlanMap:
    """Makes views of one network and keeps what can be kept until something moves. Main thread only."""

    _key: tuple = ()
    _ground: _Ground | None = field(default=None, repr=False)

    def view(
        self,
        network: Network,
        rectangle: tuple[float, float, float, float],
        spot: np.ndarray,
        facing: float,
        radius_m: float | None = None,
    ) -> PlanView:
        """The map of a network.

        Args:
            network: what to show.
            rectangle: x, y, width and height of where it is drawn, any units, y down.
            spot: (3,) where the walker stands, world frame.
            facing: yaw along which they look, radians turned left from -z.
            radius_m: show only so much around the walker, None for the whole network.
        """
        key = (network.id, id(network), network.placement_revision)
        if self._ground is None or key != self._key:
            self._key, self._ground = key, _ground_of(network)
        ground = self._ground
        x, y, width, height = rectangle
        room = np.maximum(np.array([width, height]) * (1 - 2 * MARGIN), 1e-6)
        here = np.array([spot[0], spot[2]], np.float64)
        if radius_m is None:
            low, high = ground.low, ground.high
        else:
            low, high = here - radius_m, here + radius_m
        extent = np.maximum(high - low, LEAST_M)
        upright, lying = float((room / extent).min()), float((room / extent[::-1]).min())
        turned = lying > TURN_GAIN * upright
        scale = lying if turned else upright
        # Columns: where a metre along the world's x and along its z leads on the map.
        basis = scale * (np.array([[0.0, -1.0], [1.0, 0.0]]) if turned else np.eye(2))
        centre, middle = (low + high) / 2, np.array([x + width / 2, y + height / 2])

        def on_map(points: np.ndarray) -> np.ndarray:
            return ((points - centre) @ basis.T + middle).astype(np.float32)

        def direction(vectors: np.ndarray) -> np.ndarray:
            return (vectors @ basis.T / scale).astype(np.float32)

        current = -1
        if len(ground.layers):
            middles = ground.walls.mean(axis=1)
            current = int(ground.layers[((middles - here) ** 2).sum(axis=1).argmin()])
        return PlanView(
            ground.layers,
            on_map(ground.walls),
            direction(ground.fronts),
            on_map(ground.edges),
            ground.skip,
            on_map(here),
            direction(np.array([-np.sin(facing), -np.cos(facing)])),
            on_map(ground.frame),
            on_map(ground.end),
            scale,
            current,
        )


def _ground_of(network: Network) -> _Ground:
    a, world = network.arrangement, network.world_from_network.astype(np.float64)

    def floor(points: np.ndarray) -> np.ndarray:
        return (points @ world[:3, :3].T + world[:3, 3])[..., [0, 2]]

    poses = network.world_from_wall().astype(np.float64)
    shown, drawn = np.flatnonzero(~a.hidden), ~a.hidden_edges
    right, front = poses[shown][:, [0, 2], 0], poses[shown][:, [0, 2], 2]
    middle, reach = poses[shown][:, [0, 2], 3], right * (a.size[shown, :1] / 2)
    walls = np.stack([middle - reach, middle + reach], axis=1)
    fronts = front / np.maximum(np.linalg.norm(front, axis=1, keepdims=True), 1e-9)
    kept = np.linspace(0, a.paths.shape[1] - 1, EDGE_POINTS).round().astype(np.int64)
    edges = floor(a.paths[drawn][:, kept].astype(np.float64))
    frame, end = floor(a.frame_position.astype(np.float64)), floor(a.end_position.astype(np.float64))
    marks = np.concatenate([walls.reshape(-1, 2), edges.reshape(-1, 2), [frame, end, floor(a.entrance.astype(float))]])
    return _Ground(shown, walls, fronts, edges, a.skip[drawn], frame, end, marks.min(axis=0), marks.max(axis=0))
