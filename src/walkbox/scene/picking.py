"""What a ray meets: walls first, then plain arithmetic inside the wall, however many maps hang on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from walkbox.commands import Command
from walkbox.geometry import along
from walkbox.scene.furniture import frame_picture, pinned_quads, shelf_board, shelf_buttons, shelf_pictures, table_top
from walkbox.scene.handles import handle_rectangles
from walkbox.scene.network import Network
from walkbox.scene.rectangles import Rectangles
from walkbox.scene.scene import Button, PictureQuad, Quad, Scene

__all__ = ["Hit", "pick", "pick_all"]

FAR_M = 400.0


@dataclass(frozen=True, slots=True)
class Hit:
    """What a ray met first.

    Attributes:
        kind: ``map``; ``wall`` between the maps of one; ``handle`` of a wall; ``picture`` on the shelf, ``shelf``
            between them; ``frame``, the input frame; ``object``, a picture that hangs in the air; ``note``; ``table``;
            ``button``.
        distance: metres along the ray; point: (3,) world frame.
        network, layer, channel: of a map (a wall has channel -1, a frame neither layer nor channel).
        u, v: place in the map or picture, 0..1 from its upper left corner.
        row, column: the value of the map there (row 0 on top).
        picture: id of a picture on the shelf, else None.
        object: id of an object or a note, else None.
        pose: 4x4 float32 world_from_quad of all but maps and walls, size: its width and height in metres; of a handle
            those of its wall.
        command: what a button does, else None.
    """

    kind: Literal["map", "wall", "handle", "picture", "shelf", "frame", "object", "note", "table", "button"]
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
    object: int | None = None
    pose: np.ndarray | None = None
    size: tuple[float, float] | None = None
    command: Command | None = None


def pick(scene: Scene, origin: np.ndarray, direction: np.ndarray, far_m: float = FAR_M) -> Hit | None:
    """The nearest thing on a ray (world frame, unit direction), or None within *far_m* metres. Backs of walls hide."""
    return pick_all(scene, [(origin, direction)], far_m)[0]


def pick_all(scene: Scene, rays: Sequence[tuple[np.ndarray, np.ndarray]], far_m: float = FAR_M) -> list[Hit | None]:
    """:func:`pick` of several rays at once, which takes hardly longer than that of one.

    Args:
        scene: what stands where.
        rays: origin and unit direction of each, (3,), world frame.
        far_m: how far they reach.
    """
    surfaces = _surfaces(scene)
    if not rays or not len(surfaces.rectangles.size):
        return [None] * len(rays)
    hits: list[Hit | None] = []
    for (origin, direction), met in zip(rays, surfaces.rectangles.meet(rays, far_m), strict=True):
        if met is None:
            hits.append(None)
            continue
        reach, nearest, *place = met
        point = along(origin, direction, reach)
        hits.append(surfaces.hit(nearest, reach, point, (place[0], place[1]), direction))
    return hits


@dataclass
class _Surfaces:
    """All rectangles that a ray can meet: the walls of each network, then everything else.

    Attributes:
        key: what it depends on.
        walls: the networks, and which rectangle is the first of each: first its walls, then their handles.
        things: of each rectangle after the walls its pose and those fields of :class:`Hit` that are always the same.
        rectangles: all of them.
    """

    key: tuple
    walls: list[tuple[Network, int]]
    things: list[tuple[np.ndarray, dict[str, Any]]]
    rectangles: Rectangles

    def __post_init__(self) -> None:
        self.first_thing = len(self.rectangles.size) - len(self.things)

    def hit(
        self, index: int, reach: float, point: np.ndarray, place: tuple[float, float], direction: np.ndarray
    ) -> Hit:
        """What a ray meets at a *place* (x, y) of a rectangle."""
        thing = index - self.first_thing
        if thing < 0:
            network, first = next(wall for wall in reversed(self.walls) if wall[1] <= index)
            layer, count = index - first, len(network.graph.layers)
            if layer >= count:
                return _on_handle(network, layer - count, reach, point)
            (x, y, z), (dx, dy, dz) = self.rectangles.normal(index), direction.tolist()
            return _on_wall(network, layer, reach, point, place, behind=x * dx + y * dy + z * dz >= 0)
        pose, fields = self.things[thing]
        width, height = self.rectangles.size[index].tolist()
        u, v = place[0] / width + 0.5, 1 - place[1] / height
        return Hit(distance=reach, point=point, u=u, v=v, pose=pose, size=(width, height), **fields)


def _on_wall(
    network: Network, layer: int, reach: float, point: np.ndarray, place: tuple[float, float], behind: bool
) -> Hit:
    maps = network.graph.layers[layer].maps
    at = None if behind else network.channel_at(layer, *place)
    if at is None:
        return Hit("wall", reach, point, network.id, layer)
    channel, u, v = at
    row, column = min(int(v * maps.height), maps.height - 1), min(int(u * maps.width), maps.width - 1)
    return Hit("map", reach, point, network.id, layer, channel, u, v, row, column)


def _on_handle(network: Network, layer: int, reach: float, point: np.ndarray) -> Hit:
    pose, size = network.world_from_wall()[layer], network.arrangement.size[layer].tolist()
    return Hit("handle", reach, point, network.id, layer, pose=pose, size=(size[0], size[1]))


def _surfaces(scene: Scene) -> _Surfaces:
    """Kept until walls or furniture change."""
    networks = scene.networks.values()
    key = (scene.furniture_revision, scene.shelf.revision, *((id(n), n.placement_revision) for n in networks))
    kept: _Surfaces | None = scene.pickable
    if kept is not None and kept.key == key:
        return kept
    walls, first = [], 0
    poses, sizes = [], []
    for network in networks:
        walls.append((network, first))
        a, (handles, reach) = network.arrangement, handle_rectangles(network)
        poses += [network.world_from_wall(), handles]
        sizes += [np.where(a.hidden[:, None], -1.0, a.size), reach]  # no ray meets what is hidden
        first += 2 * len(handles)
    quads: list[Quad | PictureQuad | Button] = []
    fields: list[dict[str, Any]] = []

    def add(quad: Quad | PictureQuad | Button, kind: str, **others: Any) -> None:
        quads.append(quad)
        fields.append({"kind": kind, **others})

    for picture, quad in shelf_pictures(scene):
        add(quad, "picture", picture=picture)
    for button in shelf_buttons(scene):
        add(button, "button", command=button.command)
    if (board := shelf_board(scene)) is not None:
        add(board, "shelf")
    for network in networks:
        add(frame_picture(network), "frame", network=network.id)
        add(table_top(network), "table", network=network.id)
    for kind, number, quad in pinned_quads(scene):
        add(quad, kind, object=number)
    poses.append(np.array([q.world_from_quad for q in quads], np.float32).reshape(-1, 4, 4))
    sizes.append(np.array([q.size for q in quads], np.float32).reshape(-1, 2))
    things = [(quad.world_from_quad, found) for quad, found in zip(quads, fields, strict=True)]
    rectangles = Rectangles(np.concatenate(poses), np.concatenate(sizes))
    scene.pickable = _Surfaces(key, walls, things, rectangles)
    return scene.pickable
