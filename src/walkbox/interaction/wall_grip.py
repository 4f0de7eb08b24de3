"""Walls in the hand: one hand or the mouse moves a wall, two hands turn and scale it, the wheel does so at the desk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walkbox.commands import MoveWall
from walkbox.geometry import invert_rigid
from walkbox.inputs import Input, Pointer
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene

__all__ = ["WALL_SCALES", "WallGrip", "wheeled"]

WALL_SCALES = 0.1, 10.0
"""Smallest and largest scale of a wall."""

NOTCH_SCALE, NOTCH_RAD = 1.1, math.radians(7.5)
"""What a notch of the wheel does to a wall's scale, and with Shift to its yaw."""

STEEP = 0.08
"""A mouse's ray that falls less than this drags a wall before the eye, not over the floor."""

FARTHEST_M = 60.0
NEAREST_M = 0.03
FLOOR_GAP_M = 0.02


@dataclass
class _Held:
    """One pointer's hold.

    Attributes:
        point: (3,) what it holds, in the wall's frame.
        distance: of that point along the ray.
        height: of that point in the world.
        turn: yaw of the wall less that of the hand.
    """

    point: np.ndarray
    distance: float
    height: float
    turn: float


@dataclass
class _Both:
    """How both hands and the wall stood when the second hand took hold.

    Attributes:
        left, right: (3,) the hands, world frame.
        position, yaw, scale: of the wall, world frame.
    """

    left: np.ndarray
    right: np.ndarray
    position: np.ndarray
    yaw: float
    scale: float


class WallGrip:
    """One wall that is held, by one pointer or two.

    Attributes:
        wall: (network, layer), or None while none is held.
    """

    def __init__(self) -> None:
        self.wall: tuple[int, int] | None = None
        self._held: dict[str, _Held] = {}
        self._both: _Both | None = None
        self._newest: MoveWall | None = None

    def holds(self, name: str) -> bool:
        """Whether a pointer holds the wall."""
        return name in self._held

    def take(self, scene: Scene, pointer: Pointer, wall: tuple[int, int], point: np.ndarray) -> bool:
        """Take hold of a wall at a point of the world; False while another wall is held."""
        if self.wall is not None and wall != self.wall:
            return False
        self.wall = wall
        position, yaw, scale = _stands(scene.networks[wall[0]], wall[1])
        offset = np.asarray(point, np.float64) - position
        self._held[pointer.name] = _Held(
            _turned(offset, -yaw) / scale,
            float(np.linalg.norm(np.asarray(point, np.float64) - pointer.origin)),
            float(point[1]),
            yaw - _yaw(pointer),
        )
        self._both = None
        return True

    def update(self, scene: Scene, input: Input) -> MoveWall | None:
        """Follow the pointers that hold the wall; None when none does.

        Args:
            scene: the wall stands in it; when it is gone, it is let go.
            input: pointers that are not among its own any more let go; at the desk ``wheel`` scales,
                with ``shift`` it turns and a drag raises, and a wheel that was used is set to zero.
        """
        if self.wall is None:
            return None
        network = scene.networks.get(self.wall[0])
        if network is None or self.wall[1] >= len(network.graph.layers):
            self.forget()
            return None
        pointers = {p.name: p for p in input.pointers if p.name in self._held}
        for name in self._held.keys() - pointers.keys():
            if name != "mouse":
                del self._held[name]
                self._both = None
        if not self._held:
            return self._end()
        if not pointers:  # the mouse is over a panel
            return None
        position, yaw, scale = _stands(network, self.wall[1])
        if len(pointers) == 2:
            position, yaw, scale = self._by_two(list(pointers.values()), position, yaw, scale)
        else:
            position, yaw, scale = self._by_one(next(iter(pointers.values())), input, position, yaw, scale)
        floor = float(network.world_from_network[1, 3])
        position[1] = max(position[1], floor + FLOOR_GAP_M)
        self._newest = _command(network, self.wall[1], position, yaw, scale, done=False)
        return self._newest

    def let_go(self, name: str) -> MoveWall | None:
        """A pointer lets go; the last one's command ends the drag."""
        if self._held.pop(name, None) is None:
            return None
        self._both = None
        return None if self._held else self._end()

    def forget(self) -> None:
        """Let go without a word."""
        self.wall, self._held, self._both, self._newest = None, {}, None, None

    def _end(self) -> MoveWall | None:
        newest = self._newest
        self.forget()
        if newest is None:
            return None
        return MoveWall(newest.layer, newest.position, newest.yaw, newest.scale, newest.network, done=True)

    def _by_one(
        self, pointer: Pointer, input: Input, position: np.ndarray, yaw: float, scale: float
    ) -> tuple[np.ndarray, float, float]:
        held = self._held[pointer.name]
        origin, direction = pointer.origin.astype(np.float64), pointer.direction.astype(np.float64)
        if pointer.pose is not None:
            yaw = held.turn + _yaw(pointer)
            held.distance = min(max(held.distance * math.exp(input.pull), NEAREST_M), FARTHEST_M)
            goal = origin + direction * held.distance
        else:
            if input.wheel:
                scale, held.turn, yaw = _wheel(input, scale, held.turn, yaw)
            down = (held.height - origin[1]) / direction[1] if abs(direction[1]) > STEEP else -1.0
            if input.shift or not 0 < down < FARTHEST_M:
                goal = origin + direction * held.distance
                held.height = float(goal[1])
            else:
                goal = origin + direction * down
                held.distance = down
        return goal - _turned(held.point, yaw) * scale, yaw, scale

    def _by_two(
        self, pointers: list[Pointer], position: np.ndarray, yaw: float, scale: float
    ) -> tuple[np.ndarray, float, float]:
        first, second = (_hand(p) for p in sorted(pointers, key=lambda p: p.name))
        if self._both is None:
            self._both = _Both(first, second, position, yaw, scale)
        both = self._both
        before, after = both.right - both.left, second - first
        apart, apart_now = float(np.linalg.norm(before)), float(np.linalg.norm(after))
        if min(apart, apart_now) > NEAREST_M:
            scale = min(max(both.scale * apart_now / apart, WALL_SCALES[0]), WALL_SCALES[1])
        if min(math.hypot(before[0], before[2]), math.hypot(after[0], after[2])) > NEAREST_M:
            yaw = both.yaw + math.atan2(-after[2], after[0]) - math.atan2(-before[2], before[0])
        position = both.position + (first + second - both.left - both.right) / 2
        for pointer in pointers:  # so that the one that stays takes it from here
            held = self._held[pointer.name]
            held.turn = yaw - _yaw(pointer)
            goal = pointer.origin.astype(np.float64) + pointer.direction.astype(np.float64) * held.distance
            held.point = _turned(goal - position, -yaw) / scale
        return position, yaw, scale


def wheeled(scene: Scene, network: int, layer: int, input: Input) -> MoveWall | None:
    """What the wheel does to a wall whose handle is pointed at: scale, with Shift turn. Uses the wheel up."""
    if not input.wheel:
        return None
    position, yaw, scale = _stands(scene.networks[network], layer)
    scale, _, yaw = _wheel(input, scale, 0.0, yaw)
    return _command(scene.networks[network], layer, position, yaw, scale, done=True)


def _wheel(input: Input, scale: float, turn: float, yaw: float) -> tuple[float, float, float]:
    """Scale, held turn and yaw after the wheel, which is used up."""
    notches, input.wheel = input.wheel, 0.0
    if input.shift:
        return scale, turn + notches * NOTCH_RAD, yaw + notches * NOTCH_RAD
    return min(max(scale * NOTCH_SCALE**notches, WALL_SCALES[0]), WALL_SCALES[1]), turn, yaw


def _stands(network: Network, layer: int) -> tuple[np.ndarray, float, float]:
    """Position (3,) float64, yaw and scale of a wall in the world."""
    pose = network.world_from_wall()[layer].astype(np.float64)
    return pose[:3, 3].copy(), math.atan2(pose[0, 2], pose[2, 2]), float(np.linalg.norm(pose[:3, 1]))


def _command(network: Network, layer: int, position: np.ndarray, yaw: float, scale: float, done: bool) -> MoveWall:
    world = network.world_from_network
    x, y, z = (float(v) for v in (invert_rigid(world) @ np.append(position, 1))[:3])
    turn = yaw - math.atan2(world[0, 2], world[2, 2])
    return MoveWall(layer, (x, y, z), math.remainder(turn, math.tau), scale, network.id, done=done)


def _turned(vector: np.ndarray, yaw: float) -> np.ndarray:
    cos, sin = math.cos(yaw), math.sin(yaw)
    x, y, z = (float(v) for v in vector)
    return np.array([cos * x + sin * z, y, cos * z - sin * x])


def _yaw(pointer: Pointer) -> float:
    """How far a hand is turned left; 0 for a mouse."""
    if pointer.pose is None:
        return 0.0
    return math.atan2(-pointer.direction[0], -pointer.direction[2])


def _hand(pointer: Pointer) -> np.ndarray:
    """Where a hand is in the world."""
    return (pointer.origin if pointer.pose is None else pointer.pose[:3, 3]).astype(np.float64)
