from __future__ import annotations

import math

import hall
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.commands import MoveWall
from walkbox.geometry import walker_matrix
from walkbox.inputs import Input, Pointer
from walkbox.interaction.wall_grip import WALL_SCALES, WallGrip, wheeled
from walkbox.scene.scene import Scene

LAYER = 3


@pytest.fixture
def scene() -> Scene:
    return hall.scene()


def hand(at: np.ndarray, target: np.ndarray, name: str = "right") -> Pointer:
    """A controller at a point of the world that points at another."""
    x, y, z = np.asarray(target, float) - at
    pose = walker_matrix(np.asarray(at), math.atan2(-x, -z), math.atan2(y, math.hypot(x, z)))
    return Pointer(name, pose[:3, 3].copy(), -pose[:3, 2], pressed=True, pose=pose)


def mouse(eye: np.ndarray, target: np.ndarray) -> Pointer:
    way = np.asarray(target, np.float32) - eye
    return Pointer("mouse", np.asarray(eye, np.float32), way / np.linalg.norm(way), pressed=True)


def frame(*pointers: Pointer, **input) -> Input:
    return Input(dt_s=0.02, pointers=list(pointers), **input)


def lower_edge(scene: Scene) -> np.ndarray:
    """World, middle of the wall's lower edge."""
    return scene.networks[0].world_from_wall()[LAYER][:3, 3].astype(np.float64)


def test_a_hand_moves_a_wall_along_its_ray(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    at = np.add(foot, (0.3, 0.9, 4.0))
    grip.take(scene, hand(at, foot), (0, LAYER), foot)
    still = grip.update(scene, frame(hand(at, foot)))
    np.testing.assert_allclose(still.position, foot, atol=1e-5)  # nothing jumps
    assert still.done is False and still.scale == pytest.approx(1.0)
    shift = np.array([1.2, 0.4, -0.7])
    moved = grip.update(scene, frame(hand(at + shift, foot + shift)))
    np.testing.assert_allclose(moved.position, foot + shift, atol=1e-5)
    ended = grip.let_go("right")
    assert ended == MoveWall(LAYER, moved.position, moved.yaw, moved.scale, 0, done=True)
    assert grip.wall is None and grip.update(scene, frame(hand(at, foot))) is None


def test_a_hand_that_turns_turns_the_wall_about_what_it_holds(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    at = np.add(foot, (0.0, 0.0, 3.0))
    grip.take(scene, hand(at, foot), (0, LAYER), foot)
    before = grip.update(scene, frame(hand(at, foot)))
    side = np.add(foot, (3.0 * math.sin(-0.4), 0, 3.0 - 3.0 * math.cos(0.4)))  # the ray turned right by 0.4
    moved = grip.update(scene, frame(hand(at, side)))
    assert math.remainder(moved.yaw - before.yaw, math.tau) == pytest.approx(0.4, abs=1e-5)
    np.testing.assert_allclose(moved.position, side, atol=1e-4)


def test_the_stick_pushes_it_away(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    pointer = hand(np.add(foot, (0, 0, 4.0)), foot)
    grip.take(scene, pointer, (0, LAYER), foot)
    moved = grip.update(scene, frame(pointer, pull=math.log(1.5)))
    np.testing.assert_allclose(moved.position, np.add(foot, (0, 0, -2.0)), atol=1e-4)


@given(st.floats(0.3, 3.0), st.floats(-1.0, 1.0), st.tuples(*[st.floats(0.0, 0.5)] * 3))
def test_two_hands_scale_turn_and_move(ratio: float, turn: float, shift: tuple[float, ...]) -> None:
    scene, grip = hall.scene(), WallGrip()
    foot = lower_edge(scene)
    middle = np.add(foot, (0, 1.0, 3.0))
    apart = np.array([0.25, 0.0, 0.0])
    grip.take(scene, hand(middle - apart, foot, "left"), (0, LAYER), foot)
    assert grip.take(scene, hand(middle + apart, foot, "right"), (0, LAYER), foot)
    first = grip.update(scene, frame(hand(middle - apart, foot, "left"), hand(middle + apart, foot, "right")))
    np.testing.assert_allclose(first.position, foot, atol=1e-5)
    turned = ratio * np.array([0.25 * math.cos(turn), 0, -0.25 * math.sin(turn)])
    now = middle + shift
    moved = grip.update(scene, frame(hand(now - turned, foot, "left"), hand(now + turned, foot, "right")))
    assert moved.scale == pytest.approx(ratio, rel=1e-4)
    assert math.remainder(moved.yaw - first.yaw, math.tau) == pytest.approx(turn, abs=1e-4)
    np.testing.assert_allclose(moved.position, foot + shift, atol=1e-4)
    assert grip.let_go("left") is None  # the other one still holds it
    alone = grip.update(scene, frame(hand(now + turned, foot, "right")))
    assert alone.scale == pytest.approx(1.0)  # nobody carried the command out, so the wall is as it was


def test_a_scale_has_limits(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    middle = np.add(foot, (0, 1.0, 3.0))
    for name, x in (("left", -0.04), ("right", 0.04)):
        grip.take(scene, hand(np.add(middle, (x, 0, 0)), foot, name), (0, LAYER), foot)
    near = [hand(np.add(middle, (x, 0, 0)), foot, name) for name, x in (("left", -0.04), ("right", 0.04))]
    grip.update(scene, frame(*near))
    far = [hand(np.add(middle, (x, 0, 0)), foot, name) for name, x in (("left", -0.9), ("right", 0.9))]
    assert grip.update(scene, frame(*far)).scale == WALL_SCALES[1]


def test_a_mouse_drags_it_over_the_floor(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    eye = np.add(foot, (0.0, 1.5, 4.0))
    grip.take(scene, mouse(eye, foot), (0, LAYER), foot)
    goal = np.add(foot, (1.5, 0.0, 1.0))
    moved = grip.update(scene, frame(mouse(eye, goal)))
    np.testing.assert_allclose(moved.position, goal, atol=1e-4)
    assert moved.position[1] == pytest.approx(foot[1], abs=1e-5)
    raised = grip.update(scene, frame(mouse(eye, np.add(goal, (0, 0.5, 0))), shift=True))
    assert raised.position[1] > foot[1] + 0.3


def test_never_below_the_floor(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    at = np.add(foot, (0, 1.0, 3.0))
    grip.take(scene, hand(at, foot), (0, LAYER), foot)
    assert grip.update(scene, frame(hand(np.subtract(at, (0, 5, 0)), np.subtract(foot, (0, 5, 0))))).position[1] > 0


def test_the_wheel_scales_and_with_shift_turns(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    pointer = mouse(np.add(foot, (0, 1.5, 4)), foot)
    grip.take(scene, pointer, (0, LAYER), foot)
    turned = frame(pointer, wheel=2.0, shift=True)
    first = grip.update(scene, frame(pointer))
    assert grip.update(scene, turned).yaw - first.yaw == pytest.approx(math.radians(15))
    assert turned.wheel == 0.0
    assert grip.update(scene, frame(pointer, wheel=1.0)).scale == pytest.approx(1.1)
    hovering = frame(pointer, wheel=-1.0)
    command = wheeled(scene, 0, LAYER, hovering)
    assert command.done and command.scale == pytest.approx(1 / 1.1) and hovering.wheel == 0.0
    np.testing.assert_allclose(command.position, foot, atol=1e-5)


def test_one_wall_at_a_time_and_a_lost_hand_lets_go(scene: Scene) -> None:
    foot, grip = lower_edge(scene), WallGrip()
    pointer = hand(np.add(foot, (0, 1, 3)), foot)
    grip.take(scene, pointer, (0, LAYER), foot)
    assert not grip.take(scene, hand(foot, foot + 1, "left"), (0, 1), foot)
    newest = grip.update(scene, frame(pointer))
    ended = grip.update(scene, frame())
    assert ended == MoveWall(LAYER, newest.position, newest.yaw, newest.scale, 0, done=True)
    assert grip.wall is None


def test_a_network_that_stands_elsewhere(scene: Scene) -> None:
    network = scene.networks[0]
    network.world_from_network = walker_matrix(np.array([5.0, 0.0, -2.0]), 0.7, 0.0)
    foot, grip = lower_edge(scene), WallGrip()
    pointer = hand(np.add(foot, (0, 1, 3)), foot)
    grip.take(scene, pointer, (0, LAYER), foot)
    still = grip.update(scene, frame(pointer))
    np.testing.assert_allclose(still.position, network.arrangement.position[LAYER], atol=1e-4)
    assert math.remainder(still.yaw - network.arrangement.yaw[LAYER], math.tau) == pytest.approx(0, abs=1e-5)
