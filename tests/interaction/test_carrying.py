"""Taking, carrying and letting go, with hits made by hand: what a ray meets is tested with picking."""

from __future__ import annotations

import math

import hall
import numpy as np
import pytest

from walkbox.commands import CopyMap, MoveObject, PinPicture, PlacePicture, RemoveObject
from walkbox.geometry import matrix_from_pose, walker_matrix
from walkbox.inputs import Input, Pointer
from walkbox.interaction.carrying import Carrying
from walkbox.scene.furniture import frame_picture
from walkbox.scene.picking import Hit
from walkbox.scene.scene import FIRST_MADE, Scene
from walkbox.scene.setup import Pinned, Setup

EYE = np.array([0.0, 1.6, 0.0])
HERE = np.array([0.0, 1.4, -0.3])


@pytest.fixture
def scene() -> Scene:
    return hall.scene()


def hand(at: np.ndarray = HERE, yaw: float = 0.0, pitch: float = 0.0) -> Pointer:
    pose = walker_matrix(at, yaw, pitch)
    return Pointer("right", pose[:3, 3].copy(), -pose[:3, 2], pressed=True, pose=pose)


def mouse() -> Pointer:
    return Pointer("mouse", EYE.astype(np.float32), np.array([0, 0, -1], np.float32), pressed=True)


def frame(*pointers: Pointer, **input) -> Input:
    return Input(dt_s=0.02, pointers=list(pointers), **input)


def on_shelf(scene: Scene) -> Hit:
    return Hit("picture", 3.0, np.zeros(3), picture=scene.shelf[1])


def matrix(pose: tuple[float, ...]) -> np.ndarray:
    return matrix_from_pose(np.array(pose[:3]), np.array(pose[3:]))


def test_a_copy_hangs_below_the_ray_and_faces_the_eye(scene: Scene) -> None:
    carrying, pointer = Carrying(), hand(yaw=0.5)
    assert carrying.take(scene, pointer, on_shelf(scene), fist=False, scale=2.0, maps=None) == []
    assert carrying.move(scene, frame(pointer), {}, EYE) == []  # a copy is no object yet
    (quad,) = carrying.quads(scene)
    width, height = quad.size
    assert max(quad.size) == pytest.approx(0.4)  # twice as large for a giant of 2
    assert width / height == pytest.approx(64 / 48)
    top = (quad.world_from_quad @ [0, height, 0, 1])[:3]
    np.testing.assert_allclose(top, pointer.origin + 1.4 * pointer.direction, atol=1e-5)
    facing = EYE - quad.world_from_quad[:3, 3]
    facing[1] = 0
    np.testing.assert_allclose(quad.world_from_quad[:3, 2], facing / np.linalg.norm(facing), atol=1e-5)
    (pinned,) = carrying.drop(scene, "right", None, 2.0)
    assert isinstance(pinned, PinPicture) and pinned.picture == scene.shelf[1] and pinned.object > FIRST_MADE
    np.testing.assert_allclose(matrix(pinned.pose), quad.world_from_quad, atol=1e-5)
    assert pinned.width_m == pytest.approx(width) and not carrying.held


def test_what_is_in_the_fist_turns_with_the_hand(scene: Scene) -> None:
    carrying = Carrying()
    carrying.take(scene, hand(), on_shelf(scene), fist=True, scale=1.0, maps=None)
    carrying.move(scene, frame(hand()), {}, EYE)
    (before,) = carrying.quads(scene)
    now = hand(np.add(HERE, (0.3, 0.1, -0.2)), yaw=1.0, pitch=-0.4)
    carrying.move(scene, frame(now), {}, EYE)
    (after,) = carrying.quads(scene)
    moved = now.pose @ np.linalg.inv(hand().pose)
    np.testing.assert_allclose(after.world_from_quad, moved @ before.world_from_quad, atol=1e-5)


def test_a_map_becomes_a_picture(scene: Scene) -> None:
    carrying = Carrying()
    hit = Hit("map", 2.0, np.zeros(3), network=0, layer=3, channel=5)
    (made,) = carrying.take(scene, mouse(), hit, fist=False, scale=1.0, maps=(0, 3, 5))
    assert made == CopyMap(made.picture, 3, 5, 0) and made.picture not in scene.pictures
    carrying.move(scene, frame(mouse()), {}, EYE)
    (waiting,) = carrying.quads(scene)
    assert waiting.size[0] == waiting.size[1]  # its shape is not known before its pixels are
    scene.add_picture(np.zeros((10, 30, 3), np.uint8), "map", id=made.picture, on_shelf=False)
    carrying.move(scene, frame(mouse()), {}, EYE)
    (there,) = carrying.quads(scene)
    assert there.size == pytest.approx((0.3, 0.1))


def test_an_object_is_moved_not_copied(scene: Scene) -> None:
    pose = (0.0, 1.0, -2.0, 0.0, 0.0, 0.0, 1.0)
    scene.setup = Setup(objects={9: Pinned(scene.shelf[0], pose, 0.5)})
    carrying = Carrying()
    hit = Hit("object", 1.7, np.zeros(3), picture=scene.shelf[0], object=9, pose=matrix(pose), size=(0.5, 0.4))
    carrying.take(scene, mouse(), hit, fist=False, scale=1.0, maps=None)
    (moved,) = carrying.move(scene, frame(mouse(), wheel=2.0), {"mouse": hit}, EYE)
    assert isinstance(moved, MoveObject) and not moved.done and moved.object == 9
    assert EYE[2] - moved.pose[2] == pytest.approx(1.7 * 1.21, abs=1e-4)  # the wheel pushed it away
    assert carrying.quads(scene) == []
    (larger,) = carrying.move(scene, frame(mouse(), wheel=1.0, shift=True), {}, EYE)
    assert larger.width_m == pytest.approx(0.55)
    (ended,) = carrying.drop(scene, "mouse", None, 1.0)
    assert ended == MoveObject(9, larger.pose, larger.width_m, done=True)


def test_an_object_that_was_undone_is_let_go(scene: Scene) -> None:
    carrying = Carrying()
    hit = Hit("object", 1.7, np.zeros(3), object=9, size=(0.5, 0.4))
    carrying.take(scene, mouse(), hit, fist=False, scale=1.0, maps=None)
    assert carrying.move(scene, frame(mouse()), {}, EYE) == [] and not carrying.held


@pytest.mark.parametrize("fist", [False, True])
def test_over_the_frame_it_is_placed(scene: Scene, fist: bool) -> None:
    carrying = Carrying()
    quad = frame_picture(scene.networks[0])
    before = (quad.world_from_quad @ [0.1, 0.5, 0.3, 1])[:3]
    pointer = hand(before, math.atan2(quad.world_from_quad[0, 2], quad.world_from_quad[2, 2]))
    carrying.take(scene, pointer, on_shelf(scene), fist=fist, scale=1.0, maps=None)
    carrying.move(scene, frame(pointer), {}, EYE)
    hit = None if fist else Hit("frame", 0.3, before, network=0)
    assert carrying.drop(scene, "right", hit, 1.0) == [PlacePicture(scene.shelf[1], 0)]


def test_the_fist_must_be_near_the_frame(scene: Scene) -> None:
    carrying = Carrying()
    carrying.take(scene, hand(), on_shelf(scene), fist=True, scale=1.0, maps=None)
    carrying.move(scene, frame(hand()), {}, EYE)
    (pinned,) = carrying.drop(scene, "right", None, 1.0)
    assert isinstance(pinned, PinPicture)


def test_over_the_shelf_a_copy_is_gone_and_an_object_is_removed(scene: Scene) -> None:
    scene.setup = Setup(objects={9: Pinned(scene.shelf[0], (0, 1, -2, 0, 0, 0, 1), 0.5)})
    carrying = Carrying()
    carrying.take(scene, mouse(), on_shelf(scene), fist=False, scale=1.0, maps=None)
    assert carrying.drop(scene, "mouse", on_shelf(scene), 1.0) == []
    carrying.take(
        scene, mouse(), Hit("object", 2.0, np.zeros(3), object=9, size=(1, 1)), fist=False, scale=1.0, maps=None
    )
    assert carrying.drop(scene, "mouse", on_shelf(scene), 1.0) == [RemoveObject(9)]


def test_on_a_table_it_lies_on_its_back(scene: Scene) -> None:
    carrying = Carrying()
    carrying.take(scene, mouse(), on_shelf(scene), fist=False, scale=1.0, maps=None)
    carrying.move(scene, frame(mouse()), {}, EYE)
    spot = np.array([0.2, 0.8, -1.0])
    (pinned,) = carrying.drop(scene, "mouse", Hit("table", 1.2, spot), 1.0)
    lying = matrix(pinned.pose)
    np.testing.assert_allclose(lying[:3, 2], (0, 1, 0), atol=0.01)  # its face looks up
    assert lying[1, 3] == pytest.approx(0.8, abs=0.01) and lying[2, 1] < -0.99  # its upper edge points away


def test_a_lost_hand_drops_a_copy_and_leaves_an_object_where_it_is(scene: Scene) -> None:
    scene.setup = Setup(objects={9: Pinned(scene.shelf[0], (0, 1, -2, 0, 0, 0, 1), 0.5)})
    carrying = Carrying()
    carrying.take(scene, hand(), on_shelf(scene), fist=False, scale=1.0, maps=None)
    assert carrying.lose("right") == [] and carrying.quads(scene) == []
    hit = Hit("object", 2.0, np.zeros(3), object=9, size=(0.5, 0.4))
    carrying.take(scene, hand(), hit, fist=False, scale=1.0, maps=None)
    (newest,) = carrying.move(scene, frame(hand()), {}, EYE)
    assert carrying.lose("right") == [MoveObject(9, newest.pose, newest.width_m, done=True)]
