"""The wearer in the hall: rays and clicks, carrying, turning and gliding, what is shown and felt."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wearing import DT_S, HEAD, Worn, angle_between, hand, hand_at, heads, scales

from walkbox.commands import JumpToLayer, PlacePicture, SelectMap
from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.inputs import Hand, Pointer
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.picking import pick
from walkbox.scene.scene import Scene
from walkbox.scene.viewpoints import entrance

NAMES = ["left", "right"]


def middle(quad) -> np.ndarray:
    return (quad.world_from_quad @ np.array([0, quad.size[1] / 2, 0, 1], np.float32))[:3]


# -- coming and going -----------------------------------------------------------------------------------------------


@given(heads())
def test_the_first_frame_with_a_head_puts_the_headset_on_and_one_without_takes_it_off(head) -> None:
    person = Worn(scene=Scene(Worn().scene.networks), head=head)
    spot, yaw = person.walker.position.copy(), person.walker.yaw
    person.frame(hand("left"), hand("right"))
    assert person.worn
    np.testing.assert_allclose(person.head_in_world()[[0, 2]], spot[[0, 2]], atol=1e-5)
    assert angle_between(person.walker.facing, yaw) == pytest.approx(0, abs=1e-6)
    presence = person.scene.presence
    assert len(presence.hands) == len(presence.rays) == 2
    person.head = None
    person.frame()
    assert not person.worn
    np.testing.assert_allclose(person.walker.position, spot, atol=1e-9)
    assert angle_between(person.walker.yaw, yaw) == pytest.approx(0, abs=1e-6)
    presence = person.scene.presence
    assert not presence.hands and not presence.rays and not presence.arcs and presence.vignette == 0
    person.frame()  # and without a head nothing breaks


def test_frames_without_a_head_or_hands_in_between_change_nothing() -> None:
    person = Worn()
    person.frame(hand("left"), hand("right"))
    pose = person.walker.world_from_play()
    for head, hands in (
        (None, ()),
        (HEAD, ()),
        (HEAD, (Hand("left"),)),
        (None, (hand("left"),)),
        (HEAD, (hand("right"),)),
    ):
        person.head = head
        person.frame(*hands)
    np.testing.assert_allclose(person.walker.world_from_play(), pose, atol=1e-6)
    assert [visible.name for visible in person.scene.presence.hands] == ["right"]


def test_sitting_down_is_noticed_when_the_setting_changes() -> None:
    person = Worn(head=walker_matrix(np.array([0, 1.1, 0]), 0, 0))
    person.frame()
    assert person.head_in_world()[1] == pytest.approx(1.1)
    person.settings = Settings(seated=True, eye_height_m=1.5)
    person.frame()
    assert person.head_in_world()[1] == pytest.approx(1.5)
    person.head = walker_matrix(np.array([0, 1.0, 0]), 0, 0)
    person.frame()
    assert person.head_in_world()[1] == pytest.approx(1.4)
    person.settings = Settings(seated=False)
    person.frame()
    assert person.head_in_world()[1] == pytest.approx(1.0)


# -- rays and clicks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 0.3, 2.0])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("layer", "channel"), [(1, 5), (3, 0), (8, 7)])
def test_the_trigger_selects_the_map_that_the_ray_points_at(name: str, layer: int, channel: int, scale: float) -> None:
    person = Worn()
    wall = person.scene.networks[0].world_from_wall()[layer]
    person.walker.scale = scale
    person.frame()
    person.walker.jump(wall[:3, 3] * (1, 0, 1) + wall[:3, 2] * 1.2 * scale, 0.4)
    target = person.map_centre(layer, channel)
    aimed = lambda **state: hand_at(person.play_from_world, target, name, **state)  # noqa: E731
    person.frame(aimed())
    hit, (ray,) = person.pointing.hits[name], person.scene.presence.rays
    assert hit is not None and (hit.kind, hit.layer, hit.channel) == ("map", layer, channel)
    np.testing.assert_allclose(ray.end, target, atol=2e-3)
    assert ray.hit and not ray.pressed
    assert person.frame(aimed(trigger=1.0)) == []
    assert person.scene.presence.rays[0].pressed
    assert person.frame(aimed()) == [SelectMap(layer, channel, 0)]
    assert person.frame(aimed()) == []


@given(st.lists(st.floats(0, 1), max_size=80))
def test_clicks_are_as_many_as_full_pulls(pulls: list[float]) -> None:
    """However the trigger trembles, a click needs a pull past 0.6 and a release below 0.35, never twice for one."""
    person, clicks, full, down = Worn(), 0, 0, False
    person.frame(hand())
    for value in [*pulls, 0.0]:
        person.frame(hand(trigger=value))
        clicks += sum(pointer.clicked for pointer in person.input.pointers)
        if not down and value >= 0.6:
            down = True
        elif down and value < 0.35:
            down, full = False, full + 1
    assert clicks == full


@pytest.mark.parametrize(("moved", "clicks"), [(0.03, 1), (0.12, 0)])
def test_a_shaky_hand_clicks_what_it_pressed(moved: float, clicks: int) -> None:
    person = Worn()
    person.frames(3, hand())
    hit = person.pointing.hits["right"]
    assert hit is not None
    person.frames(3, hand(trigger=1.0))
    commands = []
    for _ in range(30):
        commands += person.frame(hand(yaw=moved, trigger=1.0))
    commands += person.frame(hand(yaw=moved))
    now = person.pointing.hits["right"]
    assert now is None or now.channel != hit.channel  # it points at another map by now
    assert commands == [SelectMap(hit.layer, hit.channel, 0)] * clicks


def test_a_double_click_jumps_and_the_head_stands_there() -> None:
    person = Worn()
    person.frame(hand())
    commands = []
    for trigger in (1.0, 0.0, 0.0, 1.0, 0.0):
        commands += person.frame(hand(trigger=trigger), dt_s=0.05)
    assert [type(command) for command in commands] == [SelectMap, JumpToLayer]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_carried_from_the_shelf_to_the_frame(name: str) -> None:
    person = Worn()
    person.frame()
    quads = shelf_pictures(person.scene)
    id, quad = quads[2]
    frame = middle(frame_picture(person.scene.networks[0]))
    to = lambda point, **state: hand_at(person.play_from_world, point, name, **state)  # noqa: E731
    person.frames(2, to(middle(quad)))
    hit = person.pointing.hits[name]
    assert hit is not None and (hit.kind, hit.picture) == ("picture", id)
    commands = person.frame(to(middle(quad), trigger=1.0))
    assert person.pointing.carried is None
    for share in np.linspace(0, 1, 30):
        commands += person.frame(to(middle(quad) * (1 - share) + frame * share, trigger=1.0))
    assert person.pointing.carried == id
    (shown,) = person.scene.presence.carried
    assert shown.key == id and shown.pixels is person.scene.pictures[id].pixels
    assert max(shown.size) == pytest.approx(0.2) and shown.size[0] / shown.size[1] == pytest.approx(64 / 48)
    (ray,) = person.scene.presence.rays
    along = (ray.end - ray.origin) / np.linalg.norm(ray.end - ray.origin)
    top = shown.world_from_quad[:3, 3] + np.array([0, shown.size[1], 0])
    np.testing.assert_allclose(top, ray.origin + 0.7 * along, atol=1e-3)
    away = person.head_in_world() - shown.world_from_quad[:3, 3]
    assert shown.world_from_quad[:3, 2] @ away > 0.9 * np.hypot(away[0], away[2])  # it faces the head
    person.frames(20, to(frame, trigger=1.0))
    person.felt.clear()
    commands += person.frame(to(frame))
    assert commands == [PlacePicture(id, 0)]
    assert person.felt == [(name, 0.7)]
    assert person.pointing.carried is None and person.scene.presence.carried == []


def test_a_carried_picture_goes_past_a_panel() -> None:
    person = Worn(panels_want_ray=True)
    person.frame(actions=["menu"])
    _, quad = shelf_pictures(person.scene)[0]
    person.wearer.board.open = False
    pressing = hand_at(person.play_from_world, middle(quad), trigger=1.0)
    person.frames(2, hand_at(person.play_from_world, middle(quad)))
    person.frame(pressing)
    person.wearer.board.open = True
    board = person.wearer.board.play_from_board[:3, 3]
    over = hand_at(np.eye(4), board, trigger=1.0)
    person.frames(5, over)
    assert person.pointing.carried == person.scene.shelf[0]
    assert person.input.ui == [] and [p.pressed for p in person.input.pointers] == [True]


@pytest.mark.parametrize("lost", ["hand", "headset"])
def test_what_a_lost_hand_carried_is_let_go_and_goes_nowhere(lost: str) -> None:
    person = Worn()
    person.frame()
    frame = middle(frame_picture(person.scene.networks[0]))
    shelf = middle(shelf_pictures(person.scene)[1][1])
    to = lambda point, **state: hand_at(person.play_from_world, point, **state)  # noqa: E731
    person.frames(2, to(shelf))
    person.frame(to(shelf, trigger=1.0))
    person.frames(60, to(frame, trigger=1.0))
    assert person.pointing.carried is not None
    person.head = None if lost == "headset" else person.head
    commands = person.frame()
    assert person.pointing.carried is None and person.scene.presence.carried == []
    person.head = HEAD
    for trigger in (1.0, 1.0, 0.0, 0.0):
        commands += person.frame(to(frame, trigger=trigger))
    assert commands == []


def test_the_hand_that_pressed_last_points_first_and_the_desks_mouse_last() -> None:
    person = Worn()
    desk = Pointer("mouse", np.array([0, 1.6, 0], np.float32), np.array([0, 0, -1], np.float32))
    person.frame(hand("left", pitch=-0.02), hand("right"), pointers=[desk])
    assert [p.name for p in person.input.pointers] == ["right", "left", "mouse"]
    person.frame(hand("left", trigger=1.0), hand("right"), pointers=[desk])
    assert [p.name for p in person.input.pointers] == ["left", "right", "mouse"]
    left, hit = person.pointing.hits["left"], pick(person.scene, desk.origin, desk.direction)
    assert left is not None and person.scene.pointed is not None and person.scene.pointed[2] == left.channel
    assert hit is not None and person.scene.presence.mark is not None
    np.testing.assert_allclose(person.scene.presence.mark, hit.point)
    person.frame(hand("left"))
    assert person.scene.presence.mark is None


def test_a_fist_does_not_pinch() -> None:
    joints = np.zeros((26, 4), np.float32)
    person = Worn()
    person.frame(hand(joints=joints))
    person.frame(hand(joints=joints, squeeze=0.9, trigger=1.0))
    person.frame(hand(joints=joints, squeeze=0.9, trigger=1.0))
    assert not any(p.pressed for p in person.input.pointers)
    person.frame(hand(joints=joints, trigger=1.0))
    assert not any(p.pressed for p in person.input.pointers)  # it opens from a fist
    person.frame(hand(joints=joints, trigger=0.0))
    person.frame(hand(joints=joints, trigger=1.0))
    assert [p.pressed for p in person.input.pointers] == [True]


def test_fingers_that_curl_while_pinching_are_no_fist() -> None:
    joints = np.zeros((26, 4), np.float32)
    person = Worn()
    person.frame(hand(joints=joints))
    person.frame(hand(joints=joints, trigger=1.0))
    person.frames(3, hand(joints=joints, trigger=1.0, squeeze=1.0))
    assert [p.pressed for p in person.input.pointers] == [True]
    assert len(person.frame(hand(joints=joints, squeeze=1.0))) == 1  # clicked


# -- turning and gliding --------------------------------------------------------------------------------------------


@given(heads(), scales, st.sampled_from([30.0, 45.0, 90.0]), st.sampled_from([-1.0, 1.0]), st.sampled_from(NAMES))
def test_a_flick_turns_once_about_the_head(head, scale, snap_deg, side, name) -> None:
    person = _alone(head, snap_deg)
    person.walker.scale = scale
    person.frame(hand(name))
    before, facing = person.head_in_world(), person.walker.facing
    person.frames(20, hand(name, stick=(side, 0.1)))
    assert angle_between(person.walker.facing, facing - side * math.radians(snap_deg)) == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(person.head_in_world(), before, atol=2e-5 * (1 + scale))
    person.frame(hand(name, stick=(side * 0.4, 0)))
    person.frame(hand(name, stick=(side, 0)))  # it did not come to rest
    assert angle_between(person.walker.facing, facing - side * math.radians(snap_deg)) == pytest.approx(0, abs=1e-6)
    person.frame(hand(name, stick=(0, 0)))
    person.frame(hand(name, stick=(side, 0)))
    assert angle_between(person.walker.facing, facing - 2 * side * math.radians(snap_deg)) == pytest.approx(0, abs=1e-6)
    assert person.felt == [(name, 0.25)] * 2


def _alone(head: np.ndarray, snap_deg: float = 45.0, **settings) -> Worn:
    person = Worn(settings=Settings(snap_deg=snap_deg, **settings), head=head)
    person.scene.networks.clear()
    return person


@pytest.mark.parametrize("motion", ["teleport", "smooth"])
def test_a_smooth_turn_goes_on_as_long_as_the_stick_is_pushed(motion: str) -> None:
    person = _alone(walker_matrix(np.array([0.4, 1.6, -0.3]), 0.7, -0.2), turn="smooth", turn_deg_s=90.0, motion=motion)
    person.frame(hand())
    before, facing = person.head_in_world(), person.walker.facing
    person.frames(90, hand(stick=(1.0, 0.0)), dt_s=1 / 90)
    assert math.degrees(angle_between(facing, person.walker.facing)) == pytest.approx(90, abs=1e-3)
    np.testing.assert_allclose(person.head_in_world(), before, atol=1e-5)
    assert person.scene.presence.vignette == pytest.approx(0.7, abs=0.01)
    person.frames(120, hand(), dt_s=1 / 90)
    assert person.scene.presence.vignette == 0


@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0])
def test_gliding_goes_where_the_head_looks_and_dims_the_edge_of_sight(scale: float) -> None:
    person = _alone(walker_matrix(np.array([0.4, 1.6, -0.3]), 0.7, -0.5), motion="smooth", walk_speed_m_s=2.0)
    person.walker.bounds = None
    person.frame(hand("left"), hand("right"))
    person.walker.scale = scale
    person.walker.jump((0, 0, 0), 0.3)
    person.frames(90, hand("left", stick=(0.0, 1.0)), hand("right"), dt_s=1 / 90)
    looks = np.array([-math.sin(0.3), 0, -math.cos(0.3)])
    np.testing.assert_allclose(person.walker.velocity, 2.0 * scale * looks, rtol=1e-3, atol=1e-3 * scale)
    travelled = 2.0 * scale * (1 - 0.09)  # a second, less what starting took
    np.testing.assert_allclose(person.walker.spot, travelled * looks, rtol=1e-3, atol=1e-3 * scale)
    assert person.scene.presence.vignette == pytest.approx(0.7, abs=0.01)
    person.frames(120, hand("left"), hand("right"), dt_s=1 / 90)
    assert not person.walker.velocity.any() and person.scene.presence.vignette == 0


def test_sideways_half_and_in_the_dead_zone() -> None:
    person = _alone(HEAD, motion="smooth", walk_speed_m_s=2.0)
    person.frame(hand("left"), hand("right"))
    person.frames(90, hand("left", stick=(-1.0, 0.0)), hand("right"))
    np.testing.assert_allclose(person.walker.velocity, (-2, 0, 0), atol=1e-3)
    person.frames(90, hand("left", stick=(0.0, -0.575)), hand("right"))
    np.testing.assert_allclose(person.walker.velocity, (0, 0, 1), atol=1e-3)
    person.frames(120, hand("left", stick=(0.1, -0.1)), hand("right"))
    assert not person.walker.velocity.any()


@pytest.mark.parametrize(("fly", "rises"), [(False, 0.0), (True, 2.0 * math.sin(0.6))])
def test_flying_goes_where_the_hand_points(fly: bool, rises: float) -> None:
    person = _alone(HEAD, motion="smooth", walk_speed_m_s=2.0, fly=fly)
    person.frame(hand("left"), hand("right"))
    person.frames(90, hand("left", yaw=math.pi / 2, pitch=0.6, stick=(0.0, 1.0)), hand("right"))
    level = (-2.0 * math.cos(0.6), rises, 0) if fly else (0, 0, -2)
    np.testing.assert_allclose(person.walker.velocity, level, atol=1e-3)
    assert (person.walker.spot[1] > 1) == fly


def test_pulling_the_stick_back_steps_back_unless_something_stands_there() -> None:
    person = Worn()
    person.frame(hand())
    person.frames(30, hand(stick=(0, -1)))
    np.testing.assert_allclose(person.walker.spot, (0, 0, 0.6), atol=1e-6)
    wall = person.scene.networks[0].world_from_wall()[1]
    before = wall[:3, 3] * np.array([1, 0, 1]) + wall[:3, 2] * 0.4
    person.walker.jump(before, math.pi + math.atan2(wall[0, 2], wall[2, 2]))  # the back to the wall
    person.frame(hand())
    person.frames(3, hand(stick=(0, -1)))
    np.testing.assert_allclose(person.walker.spot[[0, 2]], before[[0, 2]], atol=1e-5)
    assert person.walker.bounds is not None
    edge = person.walker.bounds[1] * (0, 0, 1) - (0, 0, 0.1)  # the back to the end of the world
    person.walker.jump(edge, 0.0)
    person.frame(hand())
    person.frames(3, hand(stick=(0, -1)))
    np.testing.assert_allclose(person.walker.spot, edge, atol=1e-5)


# -- shown and felt -------------------------------------------------------------------------------------------------


@given(heads(), scales)
def test_hands_and_rays_are_shown_in_the_world_at_the_persons_size(head, scale) -> None:
    person = _alone(head)
    person.walker.scale = scale
    joints = np.random.default_rng(0).normal(0, 1, (26, 4)).astype(np.float32)
    person.frame(hand("left", joints=joints, trigger=0.3), hand("right", yaw=0.5))
    pose, presence = person.walker.world_from_play(), person.scene.presence
    left, right = presence.hands
    grip = hand("left").grip
    assert grip is not None and left.joints is not None and right.joints is None
    np.testing.assert_allclose(left.world_from_grip, pose @ grip, rtol=1e-5, atol=1e-4)
    expected = (pose @ np.append(joints[7, :3], 1))[:3]
    np.testing.assert_allclose(left.joints[7, :3], expected, rtol=1e-4, atol=1e-4 * (1 + scale))
    np.testing.assert_allclose(left.joints[:, 3], joints[:, 3] * scale, rtol=1e-5)
    assert left.trigger == 0.3 and presence.scale == scale
    ray = presence.rays[1]
    assert not ray.hit
    assert np.linalg.norm(ray.end - ray.origin) == pytest.approx(3 * scale, rel=1e-3)
    assert all(a.dtype == np.float32 for a in (ray.origin, ray.end, left.world_from_grip, left.joints))


def test_ticks_come_when_the_ray_comes_over_something_new_and_not_while_it_rests() -> None:
    person = Worn()
    aim = lambda layer, channel: hand_at(person.play_from_world, person.map_centre(layer, channel))  # noqa: E731
    person.frame()
    person.frames(10, hand(yaw=2.5))
    assert person.felt == []
    person.frames(60, aim(1, 5))
    first = len(person.felt)
    assert first >= 1 and {hand for hand, _ in person.felt} == {"right"}
    person.frames(200, aim(1, 5))
    assert len(person.felt) == first
    person.frames(60, aim(1, 6))
    assert len(person.felt) > first
    sweep = len(person.felt)
    for channel in range(16):  # ten maps a tenth of a second are not ten ticks
        person.frame(aim(1, channel))
    assert len(person.felt) - sweep <= 16 * DT_S / 0.05 + 1


def test_a_click_is_felt_and_a_resting_trigger_is_not() -> None:
    person = Worn()
    person.frames(30, hand())
    person.felt.clear()
    person.frames(30, hand(trigger=1.0))
    assert person.felt == []
    person.frame(hand())
    assert person.felt == [("right", 0.5)]


def test_recentring_brings_a_giant_back_to_the_entrance() -> None:
    person = Worn(head=walker_matrix(np.array([0.7, 1.6, -0.2]), 1.2, 0.1))
    person.frame(hand())
    person.walker.scale = 40.0
    person.walker.position[:] = (50, -30, -200)
    position, yaw = entrance(person.scene.networks[0])
    person.walker.recentre(position, yaw)
    person.frame(hand())
    np.testing.assert_allclose(person.head_in_world(), position + np.array([0, 1.6, 0]), atol=1e-5)
    assert angle_between(person.walker.facing, yaw) == pytest.approx(0, abs=1e-6)
