"""What a person does with head and hands, from the runtime to the walk: each asserted in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from runtime.remote import pose
from visit import Visit, until

from walkbox.commands import Command, SelectMap
from walkbox.config import Settings
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.interaction.wearer import Wearer
from walkbox.scene.viewpoints import entrance, in_front_of

COMPOSITOR = "null"
SCREEN = False
HEAD = (0.3, 1.6, -0.2)
HAND = {"left": (0.1, 1.25, -0.5), "right": (0.5, 1.25, -0.5)}


class Person(Visit):
    """A visit in which the wearer drives."""

    def __init__(self) -> None:
        super().__init__("offscreen")
        self.settings = Settings()
        self.walker, self.wearer, self.pointing = Walker(*entrance(self.network)), Wearer(), Pointing()
        self.walker.stay_near(*self.network.arrangement.bounds)
        self.commands: list[Command] = []
        self.ticks: list[str] = []
        self.panels_want_ray = False

    def frame(self):
        input = self.input = self.host.poll()
        worn = self.wearer.update(
            self.walker, self.scene, input, self.settings, self.pointing, panels_want_ray=self.panels_want_ray
        )
        eye = self.walker.world_from_view(1.65)[:3, 3]
        self.commands += self.pointing.update(self.scene, input, eye, self.walker.scale)
        self.wearer.show(self.walker, self.scene, input, self.pointing)
        for pulse in self.wearer.pulses:
            self.host.pulse(pulse.hand, pulse.strength, pulse.duration_s)
            self.ticks.append(pulse.hand)
        assert worn == (input.head is not None)
        self.renderer.sync(self.scene)
        targets = self.host.begin(self.walker.world_from_view(1.65), self.walker.world_from_play())
        for target in targets:
            self.renderer.draw(self.scene, target.view, target.framebuffer, target.hidden)
        self.targets = len(targets)
        self.host.end()
        return input


@pytest.fixture(scope="module")
def everybody(monado) -> Iterator[Person]:
    made = Person()
    yield made
    made.close()


@pytest.fixture
def person(everybody: Person, remote) -> Person:
    """At the entrance, with both hands before them and everything at rest."""
    remote.state.head = pose(*HEAD)
    remote.state.left.pose, remote.state.right.pose = pose(*HAND["left"]), pose(*HAND["right"])
    remote.send()
    everybody.wear()
    until(lambda: len(everybody.input.hands) == 2, everybody.frame, "The hands never came")
    everybody.walker.recentre(*entrance(everybody.network))
    everybody.settings, everybody.wearer.board.open = Settings(), False
    everybody.frames(3)
    everybody.commands.clear()
    everybody.ticks.clear()
    return everybody


def point(person: Person, remote, name: str, target: np.ndarray) -> None:
    """Turn a hand until its ray points at a point of the world."""
    play_from_world = np.linalg.inv(person.walker.world_from_play().astype(np.float64))
    x, y, z = (play_from_world @ np.append(target, 1.0))[:3] - HAND[name]
    aimed = pose(*HAND[name], yaw=math.atan2(-x, -z), pitch=math.atan2(y, math.hypot(x, z)))
    getattr(remote.state, name).pose = aimed
    remote.send()
    person.frames(3)


def eyes(person: Person) -> np.ndarray:
    """The middle between both eyes as they were drawn last, world frame."""
    return np.mean([view.world_from_view[:3, 3] for view, _ in person.host.read_views()], axis=0)


def test_the_head_stands_where_one_came_in(person: Person) -> None:
    position, yaw = entrance(person.network)
    person.frame()
    np.testing.assert_allclose(eyes(person), position + np.array([0, HEAD[1], 0]), atol=1e-3)
    assert person.walker.facing == pytest.approx(yaw, abs=1e-4)
    assert [hand.name for hand in person.scene.presence.hands] == ["left", "right"]


@pytest.mark.parametrize("name", ["left", "right"])
@pytest.mark.parametrize(("layer", "channel"), [(1, 5), (3, 10)])
def test_a_named_map_is_pointed_at_and_the_trigger_selects_it(person: Person, remote, name, layer, channel) -> None:
    network = person.network
    position, yaw, _, _ = in_front_of(network, layer)
    person.walker.jump(position, yaw)
    person.frames(2)
    x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
    target = (network.world_from_wall()[layer] @ np.array([x, y, 0, 1], np.float32))[:3]
    point(person, remote, name, target)
    hit = person.pointing.hits[name]
    assert hit is not None
    assert (network.graph.layers[hit.layer].name, hit.channel) == (network.graph.layers[layer].name, channel)
    np.testing.assert_allclose(hit.point, target, atol=0.01)
    person.ticks.clear()
    for trigger in (0.5, 0.62, 0.58, 0.4):  # trembles: one press
        getattr(remote.state, name).trigger = trigger
        remote.send()
        person.frames(2)
        assert person.commands == []
    getattr(remote.state, name).trigger = 0.2
    remote.send()
    person.frames(2)
    assert person.commands == [SelectMap(layer, channel, 0)]
    assert person.ticks == [name]


def test_the_stick_teleports_to_the_marker(person: Person, remote) -> None:
    facing = person.walker.facing
    remote.state.right.pose = pose(*HAND["right"], yaw=-0.1)
    remote.state.right.stick = (0.0, 1.0)
    remote.send()
    person.frames(4)
    (arc,) = person.scene.presence.arcs
    assert arc.good and arc.world_from_landing is not None
    # As a ball flies that is thrown level with 8 m/s from where the hand is.
    far = 8 * math.sqrt(2 * HAND["right"][1] / 9.81)
    hand = person.scene.presence.hands[1].world_from_grip[:3, 3]
    expected = hand + far * np.array([-math.sin(-0.1), 0, -math.cos(-0.1)])
    np.testing.assert_allclose(arc.world_from_landing[[0, 2], 3], expected[[0, 2]], atol=0.1)
    remote.state.right.stick = (0.0, 0.0)
    remote.send()
    person.frames(3)
    landed = arc.world_from_landing[:3, 3] + np.array([0, HEAD[1], 0])
    np.testing.assert_allclose(eyes(person), landed, atol=2e-3)
    assert person.walker.facing == pytest.approx(facing, abs=1e-4)
    assert person.scene.presence.arcs == [] and "right" in person.ticks


def test_the_trigger_teleports_to_before_a_layer(person: Person, remote) -> None:
    """Point at the floor before a wall, pull, let go: one stands there."""
    wall = person.network.world_from_wall()[0]
    person.walker.jump(wall[:3, 3] * (1, 0, 1) + wall[:3, 2] * 4.0, math.atan2(wall[0, 2], wall[2, 2]))
    remote.state.right.pose = pose(*HAND["right"], pitch=-0.9)
    remote.send()
    person.frames(3)
    assert person.pointing.hits["right"] is None
    remote.state.right.trigger = 1.0
    remote.send()
    person.frames(6)
    (arc,) = person.scene.presence.arcs
    assert arc.good and arc.world_from_landing is not None
    remote.state.right.trigger = 0.0
    remote.send()
    person.frames(3)
    landed = eyes(person)
    np.testing.assert_allclose(landed[[0, 2]], arc.world_from_landing[[0, 2], 3], atol=2e-3)
    before = np.linalg.inv(wall) @ np.append(landed, 1)
    assert 0.5 < before[2] < 3.5 and person.commands == []


@pytest.mark.parametrize("snap_deg", [30.0, 45.0, 90.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_flick_turns_by_the_angle_about_the_head(person: Person, remote, side: int, snap_deg: float) -> None:
    person.settings = Settings(snap_deg=snap_deg)
    person.frame()
    before, facing = eyes(person), person.walker.facing
    for times in (1, 2):
        remote.state.left.stick = (float(side), 0.0)
        remote.send()
        person.frames(4)
        remote.state.left.stick = (0.0, 0.0)
        remote.send()
        person.frames(2)
        turned = math.remainder(person.walker.facing - facing + side * times * math.radians(snap_deg), 2 * math.pi)
        assert turned == pytest.approx(0, abs=1e-4)
    np.testing.assert_allclose(eyes(person), before, atol=2e-3)


def test_two_hands_scale_and_turn_the_world_that_they_hold(person: Person, remote) -> None:
    middle = np.array([0.3, 1.2, -0.6])
    hands = {"left": np.array([-0.1, 0, 0]), "right": np.array([0.1, 0, 0])}

    def hold(wider: float, yaw: float, squeeze: float) -> None:
        turned = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
        for name, offset in hands.items():
            state = getattr(remote.state, name)
            state.pose = pose(*(middle + wider * turned @ offset), yaw=yaw)
            state.squeeze = state.squeeze_force = squeeze
        remote.send()
        person.frames(3)

    def held() -> np.ndarray:
        grips = [hand.grip for hand in person.input.hands]
        assert all(grip is not None for grip in grips)
        return np.array([(person.walker.world_from_play() @ grip)[:3, 3] for grip in grips if grip is not None])

    hold(1.0, 0.0, 0.0)
    hold(1.0, 0.0, 1.0)
    world = held()
    for wider, yaw in ((1.5, 0.0), (2.5, 0.4), (4.0, -0.3)):
        hold(wider, yaw, 1.0)
        np.testing.assert_allclose(held(), world, atol=1e-3)
        assert person.walker.scale == pytest.approx(1 / wider, rel=2e-3)
    assert person.walker.facing == pytest.approx(entrance(person.network)[1] + 0.3, abs=2e-3)
    assert person.scene.presence.rays == []
    hold(1.0, 0.0, 0.0)
    assert person.walker.scale == pytest.approx(0.25, rel=2e-3)
    views = person.host.read_views()
    assert all(view.scale == pytest.approx(0.25, rel=2e-3) for view, _ in views)
    apart = np.linalg.norm(np.subtract(*(view.world_from_view[:3, 3] for view, _ in views)))
    person.walker.recentre(*entrance(person.network))
    person.frames(2)
    ordinary = np.linalg.norm(np.subtract(*(view.world_from_view[:3, 3] for view, _ in person.host.read_views())))
    assert apart == pytest.approx(ordinary / 4, rel=5e-3)  # an ant's eyes stand nearer


def test_b_opens_the_board_and_a_ray_moves_its_cursor(person: Person, remote) -> None:
    remote.state.left.b_click = True
    remote.send()
    person.frames(4)
    board = person.wearer.board
    assert board.open and person.scene.presence.world_from_board is not None
    away = board.play_from_board[:3, 3] - np.array(HEAD)
    assert np.hypot(away[0], away[2]) == pytest.approx(1.25, abs=1e-3)
    remote.state.left.b_click = False
    local = np.array([(900 / 1280 - 0.5) * 1.6, (0.5 - 650 / 800) * 1.0, 0, 1], np.float32)
    remote.state.left.pose = pose(*HAND["left"], yaw=1.5)
    remote.send()
    moved = []
    person.panels_want_ray = True
    target = (person.walker.world_from_play() @ board.play_from_board @ local)[:3]
    play_from_world = np.linalg.inv(person.walker.world_from_play().astype(np.float64))
    x, y, z = (play_from_world @ np.append(target, 1.0))[:3] - HAND["right"]
    remote.state.right.pose = pose(*HAND["right"], yaw=math.atan2(-x, -z), pitch=math.atan2(y, math.hypot(x, z)))
    remote.send()
    for trigger in (0, 0, 0, 0, 1, 1, 1, 0, 0):
        remote.state.right.trigger = float(trigger)
        remote.send()
        moved += person.frame().ui
    person.panels_want_ray = False
    (*_, last) = [event for event in moved if event.kind == "move"]
    np.testing.assert_allclose((last.x, last.y), (900, 650), atol=2)
    assert [event.down for event in moved if event.kind == "button"] == [True, False]
    assert person.commands == []
    remote.state.right.a_click = True
    remote.send()
    person.frames(4)
    assert not board.open
