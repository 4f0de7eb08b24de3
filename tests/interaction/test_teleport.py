"""Teleporting: where the arc lands, which ground is refused, and that the head comes to stand on the marker."""

from __future__ import annotations

import math

import hall
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from wearing import HEAD, Worn, angle_between, hand, heads, scales

from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.interaction.ground import Ground
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.teleport import aim
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.scene import Scene

HALL = hall.scene()
FORWARD = (0.0, 1.0)


def direction(yaw: float, pitch: float) -> np.ndarray:
    return -walker_matrix(np.zeros(3), yaw, pitch)[:3, 2]


# -- the flight -----------------------------------------------------------------------------------------------------


@given(scales, st.floats(0.5, 2.0), st.floats(-3, 3), st.floats(-1.4, 0.9))
def test_it_flies_as_a_thrown_ball_does(scale, height, yaw, pitch) -> None:
    """Landing where the school's formula says, as far for an ant or a giant as they are large."""
    walker = Walker()
    walker.scale = scale
    origin = np.array([1.0, height * scale, 2.0])
    aimed = aim(Ground(), Scene(), walker, origin, direction(yaw, pitch))
    v, g = 8.0, 9.81
    rise = v * math.sin(pitch)
    seconds = (rise + math.sqrt(rise**2 + 2 * g * height)) / g
    far = v * math.cos(pitch) * seconds * scale
    assert aimed.spot is not None and aimed.good
    np.testing.assert_allclose(
        aimed.spot, (1.0 - far * math.sin(yaw), 0.0, 2.0 - far * math.cos(yaw)), rtol=1e-4, atol=1e-4 * scale
    )
    np.testing.assert_allclose(aimed.points[0], origin, rtol=1e-5)
    np.testing.assert_allclose(aimed.points[-1], aimed.spot, rtol=1e-4, atol=1e-4 * scale)
    heights = aimed.points[:, 1] / scale
    times = np.linspace(0, seconds, len(heights))
    np.testing.assert_allclose(heights, height + rise * times - g / 2 * times**2, atol=1e-3)


@pytest.mark.parametrize("height", [-0.1, 60.0])
def test_no_landing_from_below_the_floor_or_far_above_it(height: float) -> None:
    aimed = aim(Ground(), Scene(), Walker(), np.array([0, height, 0]), direction(0, 0.2))
    assert aimed.spot is None and not aimed.good and len(aimed.points) > 1
    assert np.isfinite(aimed.points).all()


@pytest.mark.parametrize(
    ("thumb_deg", "turn_deg"), [(0, 0), (15, 0), (-20, 0), (100, 90), (-100, -90), (180, 180), (-179, -178.9)]
)
def test_the_thumb_turns_where_one_will_look(thumb_deg: float, turn_deg: float) -> None:
    origin = np.array([0, 1.2, 0])
    aimed = aim(Ground(), Scene(), Walker(), origin, direction(0, 0), math.radians(thumb_deg))
    assert math.degrees(aimed.turn) == pytest.approx(turn_deg, abs=0.1)


# -- bad ground -----------------------------------------------------------------------------------------------------


def before_wall(layer: int, x: float, z: float) -> np.ndarray:
    """A point of the floor in a wall's frame."""
    network = HALL.networks[0]
    pose = network.world_from_wall()[layer]
    point = (pose @ np.array([x, 0, z, 1], np.float32))[:3].astype(np.float64)
    point[1] = 0
    return point


@pytest.mark.parametrize("layer", range(len(hall.SHAPES)))
def test_nobody_lands_in_a_wall(layer: int) -> None:
    ground, width = Ground(), float(HALL.networks[0].arrangement.size[layer, 0])
    for x in np.linspace(-width / 2, width / 2, 7):
        for z in (-0.2, 0.0, 0.2):
            assert not ground.free(HALL, before_wall(layer, float(x), z), None)
    assert ground.free(HALL, before_wall(layer, 0.0, 0.5), None)
    assert ground.free(HALL, before_wall(layer, width / 2 + 0.4, 0.0), None)


def test_nobody_lands_in_the_furniture() -> None:
    ground = Ground()
    quads = [frame_picture(HALL.networks[0]), *(quad for _, quad in shelf_pictures(HALL))]
    for quad in quads:
        spot = quad.world_from_quad[:3, 3] * np.array([1, 0, 1])
        assert not ground.free(HALL, spot, None)
        before = spot + quad.world_from_quad[:3, 2] * 0.6
        assert ground.free(HALL, before, None)


def test_an_ant_fits_where_a_person_does_not_and_a_giant_steps_on() -> None:
    ground = Ground()
    near = before_wall(1, 0.0, 0.05)
    assert not ground.free(HALL, near, None, 1.0)
    assert ground.free(HALL, near, None, 0.02)
    assert ground.free(HALL, before_wall(1, 0.0, 0.0), None, 30.0)
    # Walls hang at the height of a person's chest: an ant walks below.
    assert ground.free(HALL, before_wall(1, 0.3, 0.0), None, 0.02)


def test_nobody_lands_outside_of_the_bounds() -> None:
    ground, bounds = Ground(), np.array([[-3.0, 0, -20], [3, 60, 5]])
    assert ground.free(Scene(), np.array([2.9, 0, 4.9]), bounds)
    for outside in ([3.1, 0, 0], [-3.1, 0, 0], [0, 0, 5.1], [0, 0, -20.1]):
        assert not ground.free(Scene(), np.array(outside), bounds)


@given(st.integers(0, len(hall.SHAPES) - 1), st.floats(-0.45, 0.45), st.floats(0.05, 0.95), st.booleans())
def test_what_flies_through_a_wall_is_stopped_at_it(layer: int, across: float, up: float, from_behind: bool) -> None:
    pose, (width, height) = HALL.networks[0].world_from_wall()[layer], HALL.networks[0].arrangement.size[layer]
    through = (pose @ np.array([across * width, up * height, 0, 1]))[:3]
    normal = pose[:3, 2] * (-1 if from_behind else 1)
    path = np.stack([through + normal * 0.3, through + normal * 0.1, through - normal * 0.1, through - normal * 0.3])
    met = Ground().obstacle(HALL, path)
    assert met is not None
    assert met[0] == 1
    np.testing.assert_allclose(met[1], through, atol=1e-4)
    assert Ground().obstacle(HALL, path[:2]) is None
    assert Ground().obstacle(HALL, path, 30.0) is None  # a giant


def test_a_wall_that_moves_is_found_where_it_stands_now() -> None:
    scene, ground = hall.scene(), Ground()
    spot = before_wall(1, 0.0, 0.0)
    assert not ground.free(scene, spot, None)
    moved = np.eye(4, dtype=np.float32)
    moved[0, 3] = 100.0
    scene.networks[0].world_from_network = moved
    assert ground.free(scene, spot, None)
    assert not ground.free(scene, spot + np.array([100, 0, 0]), None)


# -- the wearer -----------------------------------------------------------------------------------------------------


@given(
    heads(),
    heads(),
    scales,
    st.floats(-3, 3),
    st.floats(-0.9, 0.3),
    st.floats(-3, 3),
    st.sampled_from(["left", "right"]),
)
def test_the_head_lands_on_the_marker(head, later, scale, yaw, pitch, thumb, name) -> None:
    person = Worn(scene=Scene(HALL.networks), head=head)
    person.walker.scale = scale
    person.walker.bounds = None
    person.frame(hand(name, yaw, pitch, at=tuple(head[:3, 3] + [0.1, -0.3, 0.1])))
    stick = (-math.sin(thumb), math.cos(thumb))
    at = tuple(head[:3, 3] + [0.1, -0.3, 0.1])
    person.frame(hand(name, yaw, pitch, at=at, stick=FORWARD))
    person.frame(hand(name, yaw, pitch, at=at, stick=stick))
    (arc,) = person.scene.presence.arcs
    assume(arc.good)
    assert arc.world_from_landing is not None
    person.head = later  # the head goes on moving until the stick is let go
    expected = (
        person.walker.yaw + angle_of_head(later) + angle_between(angle_of(arc.world_from_landing), facing(person, head))
    )
    person.frame(hand(name, yaw, pitch, at=at))
    landed = person.head_in_world()
    np.testing.assert_allclose(
        landed[[0, 2]], arc.world_from_landing[[0, 2], 3], atol=1e-3 + 1e-5 * np.abs(landed).max()
    )
    assert landed[1] == pytest.approx(scale * later[1, 3], rel=1e-4)
    assert angle_between(person.walker.facing, expected) == pytest.approx(0, abs=1e-4)
    assert person.scene.presence.arcs == []


def angle_of(pose: np.ndarray) -> float:
    return math.atan2(pose[0, 2], pose[2, 2])


def angle_of_head(head: np.ndarray) -> float:
    from walkbox.interaction.locomotion import yaw_of

    return yaw_of(head)


def facing(person: Worn, head: np.ndarray) -> float:
    return person.walker.yaw + angle_of_head(head)


def test_pushing_the_stick_aims_and_letting_it_go_lands() -> None:
    person = Worn()
    person.frame(hand())
    assert person.scene.presence.arcs == [] and len(person.scene.presence.rays) == 1
    person.frame(hand(stick=FORWARD))
    (arc,) = person.scene.presence.arcs
    assert arc.good and arc.world_from_landing is not None
    assert person.scene.presence.rays == [] and person.input.pointers == []
    assert not person.walker.spot.any()
    person.frame(hand(stick=(0.0, 0.4)))  # still pushed
    assert person.scene.presence.arcs
    person.frame(hand(stick=(0.0, 0.1)))
    np.testing.assert_allclose(person.walker.spot, arc.world_from_landing[:3, 3], atol=1e-5)
    assert person.felt[-1][0] == "right" and person.felt[-1][1] > 0.5


def test_a_refused_landing_goes_nowhere() -> None:
    person = Worn()
    person.walker.bounds = np.array([[-1.0, 0, -1], [1, 9, 1]])
    person.frame(hand())
    person.frame(hand(stick=FORWARD))
    (arc,) = person.scene.presence.arcs
    assert not arc.good and arc.world_from_landing is not None
    person.frame(hand())
    assert not person.walker.spot.any() and person.scene.presence.arcs == []


def test_a_hand_that_reaches_through_a_wall_does_not_land_behind_it() -> None:
    person = Worn()
    wall = person.scene.networks[0].world_from_wall()[1]
    person.walker.jump((wall[0, 3], 0, wall[2, 3] + 0.5), 0.0)  # half a metre before it
    person.frame(hand())
    person.frame(hand(at=(0.0, 1.2, -0.8), stick=FORWARD))
    (arc,) = person.scene.presence.arcs
    assert not arc.good
    assert arc.points[-1, 2] == pytest.approx(wall[2, 3], abs=0.01)


@pytest.mark.parametrize("motion", ["teleport", "smooth"])
def test_a_trigger_held_on_nothing_lands_too(motion: str) -> None:
    """For controllers without a stick, and for bare hands."""
    person = Worn(settings=Settings(motion=motion))
    down = {"pitch": -0.4}
    person.frame(hand(**down))
    assert person.pointing.hits["right"] is None
    person.frame(hand(**down, trigger=1.0))
    (arc,) = person.scene.presence.arcs
    assert arc.good and arc.world_from_landing is not None
    person.frames(15, hand(**down, trigger=1.0))
    person.frame(hand(**down))
    np.testing.assert_allclose(person.walker.spot, arc.world_from_landing[:3, 3], atol=1e-5)
    assert angle_between(person.walker.facing, 0.0) == pytest.approx(0, abs=1e-5)


def test_a_short_click_beside_something_lands_nowhere() -> None:
    person = Worn()
    person.frame(hand(pitch=-0.4))
    person.frames(4, hand(pitch=-0.4, trigger=1.0))
    person.frames(2, hand(pitch=-0.4))
    assert not person.walker.spot.any()


def test_a_trigger_on_a_map_does_not_teleport() -> None:
    person = Worn()
    person.frame(hand())
    hit = person.pointing.hits["right"]
    assert hit is not None and hit.kind == "map"
    person.frames(30, hand(trigger=1.0))
    assert person.scene.presence.arcs == []


def test_a_squeeze_or_a_lost_hand_calls_it_off() -> None:
    for last in ((hand(stick=FORWARD, squeeze=1.0),), ()):
        person = Worn()
        person.frame(hand())
        person.frame(hand(stick=FORWARD))
        assert person.scene.presence.arcs
        person.frame(*last)
        assert person.scene.presence.arcs == []
        person.frame(hand(stick=FORWARD) if last else hand())
        person.frames(3, hand())
        assert not person.walker.spot.any()


def test_only_one_hand_aims() -> None:
    person = Worn()
    person.frame(hand("left"), hand("right"))
    person.frame(hand("left", stick=FORWARD), hand("right"))
    person.frame(hand("left", stick=FORWARD), hand("right", stick=FORWARD))
    assert len(person.scene.presence.arcs) == 1
    assert [ray.pressed for ray in person.scene.presence.rays] == [False]


def test_the_seated_land_with_their_eyes_at_the_height_of_who_stands() -> None:
    person = Worn(settings=Settings(seated=True), head=walker_matrix(np.array([0.3, 1.1, 0.1]), 0.0, 0.0))
    person.frame(hand())
    person.frame(hand(stick=FORWARD))
    person.frame(hand())
    assert person.walker.spot[2] < -1
    assert person.head_in_world()[1] == pytest.approx(1.65)


def test_smooth_motion_has_no_arc_on_the_stick() -> None:
    person = Worn(settings=Settings(motion="smooth"), head=HEAD)
    person.frame(hand("left"), hand("right"))
    person.frame(hand("left", stick=FORWARD), hand("right", stick=FORWARD))
    assert person.scene.presence.arcs == []
