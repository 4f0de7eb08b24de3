from __future__ import annotations

import hall
import numpy as np
import pytest

from walkbox.commands import JumpToLayer, PinPicture, PlacePicture, SelectMap
from walkbox.inputs import Input, Pointer
from walkbox.interaction.pointing import Pointing
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.scene import FIRST_MADE, Scene

NAMES = ["mouse", "left", "right"]
EYE = np.array([0.0, 1.65, 0.0], np.float32)


@pytest.fixture
def scene() -> Scene:
    return hall.scene()


def ray(pose: np.ndarray, x: float, y: float, name: str, **state) -> Pointer:
    """A pointer half a metre before a point of something's frame, aimed at it."""
    target = (pose @ np.array([x, y, 0, 1], np.float32))[:3]
    return Pointer(name, (target + pose[:3, 2] * 0.5).astype(np.float32), (-pose[:3, 2]).astype(np.float32), **state)


def at_map(
    scene: Scene, layer: int, channel: int, name: str = "mouse", u: float = 0.5, v: float = 0.5, **state
) -> Pointer:
    network = scene.networks[0]
    x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
    width, height = network.arrangement.map_size[layer]
    return ray(network.world_from_wall()[layer], x + (u - 0.5) * width, y + (0.5 - v) * height, name, **state)


def at_shelf(scene: Scene, index: int, name: str = "mouse", **state) -> Pointer:
    _, quad = shelf_pictures(scene)[index]
    return ray(quad.world_from_quad, 0.0, quad.size[1] / 2, name, **state)


def at_frame(scene: Scene, name: str = "mouse", **state) -> Pointer:
    quad = frame_picture(scene.networks[0])
    return ray(quad.world_from_quad, 0.0, quad.size[1] / 2, name, **state)


def at_nothing(name: str = "mouse", **state) -> Pointer:
    return Pointer(name, np.array([0, 500, 0], np.float32), np.array([0, 1, 0], np.float32), **state)


def frame(pointer: Pointer | None, dt_s: float = 0.02, **input) -> Input:
    return Input(dt_s=dt_s, pointers=[] if pointer is None else [pointer], **input)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("layer", "channel"), [(0, 2), (1, 0), (3, 15), (8, 7)])
def test_hovering_points_and_clicking_selects(scene: Scene, name: str, layer: int, channel: int) -> None:
    pointing = Pointing()
    assert pointing.update(scene, frame(at_map(scene, layer, channel, name, 0.25, 0.75)), EYE) == []
    assert scene.pointed is not None and scene.pointed[:3] == (0, layer, channel)
    np.testing.assert_allclose(scene.pointed[3:], (0.25, 0.75), atol=1e-3)
    commands = pointing.update(scene, frame(at_map(scene, layer, channel, name, clicked=True, released=True)), EYE)
    assert commands == [SelectMap(layer, channel, 0)]


@pytest.mark.parametrize("name", NAMES)
def test_a_double_click_jumps_and_a_slow_one_does_not(scene: Scene, name: str) -> None:
    pointing = Pointing()
    click = lambda layer=1: pointing.update(scene, frame(at_map(scene, layer, 0, name, clicked=True)), EYE)  # noqa: E731
    assert click() == [SelectMap(1, 0, 0)]
    assert click() == [JumpToLayer(1, 0)]
    assert click() == [SelectMap(1, 0, 0)]  # a third one begins anew
    pointing.update(scene, frame(at_map(scene, 1, 0, name), dt_s=0.6), EYE)
    assert click() == [SelectMap(1, 0, 0)]
    assert click(2) == [SelectMap(2, 0, 0)]  # another layer


@pytest.mark.parametrize("name", NAMES)
def test_a_click_on_the_shelf_places_that_picture(scene: Scene, name: str) -> None:
    commands = Pointing().update(scene, frame(at_shelf(scene, 3, name, clicked=True, released=True)), EYE, network=0)
    assert commands == [PlacePicture(scene.shelf[3], 0)]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_carried_to_the_input_frame(scene: Scene, name: str) -> None:
    pointing = Pointing()
    assert pointing.update(scene, frame(at_shelf(scene, 2, name, pressed=True)), EYE) == []
    assert pointing.carried is None  # not yet moved: may still become a click
    assert pointing.update(scene, frame(at_nothing(name, pressed=True)), EYE) == []
    assert pointing.carried == scene.shelf[2]
    assert pointing.update(scene, frame(at_frame(scene, name, pressed=True)), EYE) == []
    assert pointing.update(scene, frame(at_frame(scene, name, released=True)), EYE) == [PlacePicture(scene.shelf[2], 0)]
    assert pointing.carried is None
    assert pointing.update(scene, frame(at_frame(scene, name)), EYE) == []


def test_a_picture_let_go_in_the_air_stays_there(scene: Scene) -> None:
    pointing = Pointing()
    pointing.update(scene, frame(at_shelf(scene, 2, pressed=True)), EYE)
    pointing.update(scene, frame(at_nothing(pressed=True)), EYE)
    (command,) = pointing.update(scene, frame(at_nothing(released=True)), EYE)
    assert isinstance(command, PinPicture) and command.picture == scene.shelf[2]
    assert command.pose[1] > 500  # the ray begins there, and goes up
    assert command.object >= FIRST_MADE and pointing.carried is None


def test_a_copy_let_go_over_the_shelf_is_gone(scene: Scene) -> None:
    pointing = Pointing()
    pointing.update(scene, frame(at_shelf(scene, 2, pressed=True)), EYE)
    pointing.update(scene, frame(at_nothing(pressed=True)), EYE)
    assert pointing.update(scene, frame(at_shelf(scene, 4, released=True)), EYE) == []


def test_a_drag_turns_the_view_only_where_nothing_is_carried(scene: Scene) -> None:
    pointing = Pointing()
    looked = frame(at_nothing(pressed=True), drag=(0.3, -0.1), look=(0.1, 0.0))
    pointing.update(scene, looked, EYE)
    assert looked.look == pytest.approx((0.4, -0.1))

    pointing = Pointing()
    carrying = frame(at_shelf(scene, 0, pressed=True), drag=(0.3, -0.1), look=(0.1, 0.0))
    pointing.update(scene, carrying, EYE)
    assert carrying.look == (0.1, 0.0)


def test_clicks_on_nothing_walls_and_frames_do_nothing(scene: Scene) -> None:
    network = scene.networks[0]
    x, y = network.arrangement.map_centres(1, 16)[0]
    gap_m = float(network.arrangement.pitch[1, 0] - network.arrangement.map_size[1, 0])
    assert gap_m > 0
    between = ray(
        network.world_from_wall()[1], x + float(network.arrangement.pitch[1, 0]) / 2, y, "mouse", clicked=True
    )
    for pointer in (at_nothing(clicked=True), at_frame(scene, clicked=True), between):
        assert Pointing().update(scene, frame(pointer), EYE) == []
        assert scene.pointed is None


def test_without_a_pointer_nothing_is_pointed_at(scene: Scene) -> None:
    pointing = Pointing()
    pointing.update(scene, frame(at_map(scene, 1, 0)), EYE)
    assert scene.pointed is not None
    pointing.update(scene, frame(None), EYE)
    assert scene.pointed is None


def test_two_hands_are_told_apart(scene: Scene) -> None:
    pointing = Pointing()
    both = Input(
        dt_s=0.02, pointers=[at_map(scene, 1, 0, "left", clicked=True), at_map(scene, 2, 1, "right", clicked=True)]
    )
    assert pointing.update(scene, both, EYE) == [SelectMap(1, 0, 0), SelectMap(2, 1, 0)]
    assert {name: hit.layer for name, hit in pointing.hits.items() if hit} == {"left": 1, "right": 2}
