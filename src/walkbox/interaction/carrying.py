"""Pictures in the hand: taken as a copy, carried on the ray or in the fist, let go over a frame or in the air."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from walkbox.commands import Command, CopyMap, MoveObject, PinPicture, PlacePicture, Pose, RemoveObject
from walkbox.geometry import invert_rigid, pose_of, walker_matrix
from walkbox.inputs import Input, Pointer
from walkbox.scene.furniture import frame_picture
from walkbox.scene.picking import Hit
from walkbox.scene.scene import PictureQuad, Scene

__all__ = ["CARRIABLE", "Carried", "Carrying"]

CARRIABLE = ("picture", "object", "note", "frame", "map")
"""Kinds of :class:`walkbox.scene.picking.Hit` that one can take; of the first and the last two a copy comes along."""

RAY_M, FIST_M = 0.7, 0.16
"""How far from the hand a picture is carried, on its ray and in its fist; metres of the person."""

SIDE_M = 0.2
"""Longer side of a copy that was taken, metres of the person."""

DESK_M, DESK_SIDE_M = 1.1, 0.3
"""The same at the desk: how far from the eye, and how large."""

WIDTHS_M = 0.05, 8.0
DISTANCES_M = 0.25, 30.0
NOTCH = 1.1
NEAR_FRAME_M = 0.35
"""A picture in the fist that is let go within this distance of an input frame goes into it; metres of the person."""

TILT_RAD = 0.35  # a picture in the fist leans back, as one holds a photograph
PLACEHOLDER = np.full((1, 1, 3), 40, np.uint8)


@dataclass
class Carried:
    """What a pointer carries.

    Attributes:
        picture: id of the picture; its pixels may still be on their way. -1 for a note.
        object: id of the object (or note) that is moved, None for a copy that was just taken.
        shape: width and height, metres.
        distance: along the ray, metres of the world; None in the fist.
        hand_from_quad: pose in the fist's frame; None on the ray.
        pose: where it is now, world frame.
    """

    picture: int
    object: int | None
    shape: tuple[float, float]
    distance: float | None
    hand_from_quad: np.ndarray | None = None
    pose: np.ndarray = field(default_factory=lambda: np.eye(4, dtype=np.float32))


class Carrying:
    """What each pointer carries, by the pointer's name."""

    def __init__(self) -> None:
        self.held: dict[str, Carried] = {}

    def take(
        self, scene: Scene, pointer: Pointer, hit: Hit, *, fist: bool, scale: float, maps: tuple[int, int, int] | None
    ) -> list[Command]:
        """Take what was met.

        Args:
            scene: it stands there.
            pointer: takes it.
            hit: of a kind in :data:`CARRIABLE`.
            fist: it comes into the hand and turns with it; else it hangs on the ray.
            scale: metres of the world that a metre of the person takes.
            maps: (network, layer, channel) of a map that is to become a picture.

        Returns:
            What has to be done for it to exist.
        """
        commands: list[Command] = []
        reach, side = (DESK_M, DESK_SIDE_M) if pointer.pose is None else (RAY_M, SIDE_M)
        object: int | None = None
        shape: tuple[float, float] | None = None
        if hit.kind in ("object", "note"):
            object = hit.object
            pinned = scene.setup.objects.get(-1 if object is None else object)
            picture = -1 if pinned is None else pinned.picture
            shape = hit.size
        elif hit.kind == "map" and maps is not None:
            picture = scene.new_id()
            commands.append(CopyMap(picture, maps[1], maps[2], maps[0]))
        elif hit.kind == "frame" and hit.network is not None:
            placed = scene.networks[hit.network].picture
            if placed is None:
                return []
            picture = placed.id
        elif hit.picture is not None:
            picture = hit.picture
        else:
            return []
        if shape is None:
            shape = _shape(_pixels(scene, picture), side * scale)
        far = hit.distance if object is not None else min(reach * scale, hit.distance)
        carried = Carried(picture, object, shape, None if fist else far)
        if fist and pointer.pose is not None:
            lean = walker_matrix(np.array([0, -shape[1] / 3, -FIST_M * scale]), 0.0, -TILT_RAD)
            carried.hand_from_quad = lean
            if object is not None and hit.pose is not None and hit.distance < 2 * FIST_M * scale:
                carried.hand_from_quad = invert_rigid(pointer.pose) @ hit.pose
        self.held[pointer.name] = carried
        return commands

    def move(self, scene: Scene, input: Input, hits: dict[str, Hit | None], eye: np.ndarray) -> list[Command]:
        """Bring what is carried along with its pointer.

        Args:
            scene: ids that no longer exist are let go.
            input: this frame's; ``pull``, and at the desk ``wheel`` (with Shift: larger and smaller), which is used up.
            hits: what each pointer meets: what is carried stays before it.
            eye: (3,) of the person, world frame: what hangs on a ray faces it.
        """
        commands: list[Command] = []
        for pointer in input.pointers:
            carried = self.held.get(pointer.name)
            if carried is None:
                continue
            object, setup = carried.object, scene.setup
            if object is not None and object not in setup.objects and object not in setup.notes:
                del self.held[pointer.name]  # undone meanwhile
                continue
            if carried.object is None:
                self._fit(scene, carried)
            self._wheel(carried, pointer, input)
            carried.pose = self._pose(carried, pointer, hits.get(pointer.name), eye)
            if carried.object is not None:
                commands.append(MoveObject(carried.object, _pose(carried.pose), carried.shape[0], done=False))
        return commands

    def drop(self, scene: Scene, name: str, hit: Hit | None, scale: float) -> list[Command]:
        """Let go of what a pointer carries.

        Args:
            scene: where it is let go.
            name: of the pointer.
            hit: what its ray meets there.
            scale: as for :meth:`take`.
        """
        carried = self.held.pop(name, None)
        if carried is None:
            return []
        moved = carried.object
        frame = self._frame(scene, carried, hit, scale)
        if frame is not None and carried.picture >= 0:
            # An object goes back to where it hung: the frame takes a copy.
            return [PlacePicture(carried.picture, frame)]
        if carried.distance is not None and hit is not None and hit.kind in ("picture", "shelf"):
            return [] if moved is None else [RemoveObject(moved)]
        pose = carried.pose
        if hit is not None and hit.kind == "table" and carried.distance is not None:
            pose = _lying(pose, hit.point)
        if moved is not None:
            return [MoveObject(moved, _pose(pose), carried.shape[0])]
        return [PinPicture(scene.new_id(), carried.picture, _pose(pose), carried.shape[0])]

    def lose(self, name: str) -> list[Command]:
        """A hand that carried something is gone: a copy vanishes, an object stays where it is."""
        carried = self.held.pop(name, None)
        if carried is None or carried.object is None:
            return []
        return [MoveObject(carried.object, _pose(carried.pose), carried.shape[0])]

    def quads(self, scene: Scene) -> list[PictureQuad]:
        """Copies that are being carried, to be drawn; moved objects stand in the scene already."""
        found = []
        for carried in self.held.values():
            if carried.object is None:
                pixels = _pixels(scene, carried.picture)
                found.append(PictureQuad(carried.picture, pixels, carried.pose, carried.shape))
        return found

    @staticmethod
    def _fit(scene: Scene, carried: Carried) -> None:
        """Once the pixels are there the quad gets their shape; its longer side stays."""
        carried.shape = _shape(_pixels(scene, carried.picture), max(carried.shape))

    @staticmethod
    def _wheel(carried: Carried, pointer: Pointer, input: Input) -> None:
        if pointer.pose is not None:
            if carried.distance is not None:
                carried.distance = min(max(carried.distance * math.exp(input.pull), DISTANCES_M[0]), DISTANCES_M[1])
            return
        notches, input.wheel = input.wheel, 0.0
        if notches and input.shift:
            factor = min(max(carried.shape[0] * NOTCH**notches, WIDTHS_M[0]), WIDTHS_M[1]) / carried.shape[0]
            carried.shape = carried.shape[0] * factor, carried.shape[1] * factor
        elif notches and carried.distance is not None:
            carried.distance = min(max(carried.distance * NOTCH**notches, DISTANCES_M[0]), DISTANCES_M[1])

    @staticmethod
    def _pose(carried: Carried, pointer: Pointer, hit: Hit | None, eye: np.ndarray) -> np.ndarray:
        if carried.hand_from_quad is not None and pointer.pose is not None:
            return (pointer.pose @ carried.hand_from_quad).astype(np.float32)
        assert carried.distance is not None
        own = hit is not None and hit.object is not None and hit.object == carried.object
        near = carried.distance if hit is None or own else min(carried.distance, 0.8 * hit.distance)
        at = (pointer.origin + pointer.direction * np.float32(near)).astype(np.float64)
        # On a hand's ray it hangs below, so that one sees where it leads; at the desk its middle is under the mouse.
        at[1] -= carried.shape[1] * (1.0 if pointer.pose is not None else 0.5)
        away = at - eye
        return walker_matrix(at, math.atan2(-away[0], -away[2]), 0.0)

    @staticmethod
    def _frame(scene: Scene, carried: Carried, hit: Hit | None, scale: float) -> int | None:
        """Network whose input frame takes it, or None."""
        if hit is not None and hit.kind == "frame" and hit.network is not None:
            return hit.network
        if carried.hand_from_quad is None:
            return None
        middle = carried.pose[:3, 3] + carried.pose[:3, 1] * carried.shape[1] / 2
        for network in scene.networks.values():
            quad = frame_picture(network)
            x, y, z = (invert_rigid(quad.world_from_quad) @ np.append(middle, 1))[:3]
            outside = np.array([max(abs(x) - quad.size[0] / 2, 0), max(-y, y - quad.size[1], 0), z])
            if np.linalg.norm(outside) < NEAR_FRAME_M * scale:
                return network.id
        return None


def _pixels(scene: Scene, picture: int) -> np.ndarray:
    """uint8 (H, W, 3): as much of a picture as is here by now."""
    known = scene.pictures.get(picture)
    found = scene.shelf.thumbnails.get(picture) if known is None else known.thumbnail
    return PLACEHOLDER if found is None else found


def _shape(pixels: np.ndarray, longer: float) -> tuple[float, float]:
    """Width and height of a picture whose longer side is so many metres."""
    rows, columns = pixels.shape[:2]
    side = longer / max(rows, columns, 1)
    return columns * side, rows * side


def _lying(pose: np.ndarray, point: np.ndarray) -> np.ndarray:
    """A pose that lies on its back at a point, its upper edge away from who faced it."""
    yaw = math.atan2(pose[0, 2], pose[2, 2])
    return walker_matrix(np.asarray(point) + np.array([0, 0.004, 0]), yaw, -math.pi / 2 + 1e-3)


def _pose(matrix: np.ndarray) -> Pose:
    return pose_of(matrix)
