"""What a ray meets: walls first, then plain arithmetic inside the wall, however many maps hang on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from walkbox.geometry import ray_quads
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene

__all__ = ["Hit", "pick"]

FAR_M = 400.0


@dataclass(frozen=True, slots=True)
class Hit:
    """What a ray met first.

    Attributes:
        kind: ``map``; ``wall`` between the maps of one; ``picture`` on the shelf; ``frame``, the input frame.
        distance: metres along the ray; point: (3,) world frame.
        network, layer, channel: of a map (a wall has channel -1, a frame neither layer nor channel).
        u, v: place in the map or picture, 0..1 from its upper left corner.
        row, column: the value of the map there (row 0 on top).
        picture: id of a picture on the shelf, else None.
    """

    kind: Literal["map", "wall", "picture", "frame"]
    distance: float
    point: np.ndarray
    network: int | None = None
    layer: int = -1
    channel: int = -1
    u: float = 0.0
    v: float = 0.0
    row: int = -1
    column: int = -1
    picture: int | None = None


def pick(scene: Scene, origin: np.ndarray, direction: np.ndarray, far_m: float = FAR_M) -> Hit | None:
    """The nearest thing on a ray (world frame, unit direction), or None within *far_m* metres. Backs of walls hide."""
    origin, direction = np.asarray(origin, np.float32), np.asarray(direction, np.float32)
    found: Hit | None = None
    for network in scene.networks.values():
        found = _nearer(found, _pick_wall(network, origin, direction, far_m))
        far_m = found.distance if found else far_m
    pictures, poses, sizes = _pictures(scene)
    if len(poses):
        distance, x, y = ray_quads(origin, direction, poses, sizes)
        nearest = int(distance.argmin())
        if distance[nearest] < far_m:
            network, picture = pictures[nearest]
            found = Hit(
                "frame" if picture is None else "picture",
                float(distance[nearest]),
                origin + direction * distance[nearest],
                network=network,
                u=float(x[nearest] / sizes[nearest, 0] + 0.5),
                v=float(1 - y[nearest] / sizes[nearest, 1]),
                picture=picture,
            )
    return found


def _nearer(a: Hit | None, b: Hit | None) -> Hit | None:
    return b if a is None or (b is not None and b.distance < a.distance) else a


def _pick_wall(network: Network, origin: np.ndarray, direction: np.ndarray, far_m: float) -> Hit | None:
    poses, a = network.world_from_wall(), network.arrangement
    if not len(poses):
        return None
    distance, x, y = ray_quads(origin, direction, poses, a.size)
    layer = int(distance.argmin())
    reach = float(distance[layer])
    if not reach < far_m:
        return None
    point = origin + direction * reach
    maps = network.graph.layers[layer].maps
    at = a.map_at(layer, maps.count, float(x[layer]), float(y[layer]))
    if at is None or float(poses[layer, :3, 2] @ direction) >= 0:
        return Hit("wall", reach, point, network.id, layer)
    channel, u, v = at
    row, column = min(int(v * maps.height), maps.height - 1), min(int(u * maps.width), maps.width - 1)
    return Hit("map", reach, point, network.id, layer, channel, u, v, row, column)


def _pictures(scene: Scene) -> tuple[list[tuple[int | None, int | None]], np.ndarray, np.ndarray]:
    """(network, picture) of each rectangle that carries one, poses and sizes; kept until furniture changes."""
    key = (scene.furniture_revision, *((n.id, n.placement_revision) for n in scene.networks.values()))
    kept = scene.pickable
    if kept is None or kept[0] != key:
        names: list[tuple[int | None, int | None]] = []
        quads = []
        for id, quad in shelf_pictures(scene):
            names.append((None, id))
            quads.append(quad)
        for network in scene.networks.values():
            names.append((network.id, None))
            quads.append(frame_picture(network))
        poses = np.array([q.world_from_quad for q in quads], np.float32).reshape(-1, 4, 4)
        sizes = np.array([q.size for q in quads], np.float32).reshape(-1, 2)
        kept = scene.pickable = (key, (names, poses, sizes))
    return kept[1]
