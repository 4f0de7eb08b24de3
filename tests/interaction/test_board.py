"""The board with the panels: where it hangs, and two rays that share one cursor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wearing import HEAD, Worn, angle_between, hand, heads, scales

from walkbox.geometry import walker_matrix
from walkbox.inputs import Hand, UiEvent
from walkbox.interaction.board import Board
from walkbox.interaction.locomotion import yaw_of

# -- where it hangs -------------------------------------------------------------------------------------------------


@given(heads())
def test_it_hangs_before_the_head_upright_and_readable(head) -> None:
    board = Board()
    board.open_before(head)
    assert board.open
    pose, eyes = board.play_from_board, head[:3, 3]
    away = pose[:3, 3] - eyes
    assert math.hypot(away[0], away[2]) == pytest.approx(1.25, abs=1e-5)
    assert angle_between(math.atan2(-away[0], -away[2]), yaw_of(head)) == pytest.approx(0, abs=1e-5)
    assert -0.3 < away[1] < 0
    np.testing.assert_allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-6)
    assert pose[1, 0] == pytest.approx(0, abs=1e-6)  # its edge is level
    assert math.degrees(math.acos(pose[1, 1])) < 10  # tilted a little
    towards = -away / np.linalg.norm(away)
    assert pose[:3, 2] @ towards > math.cos(math.radians(10))  # its face to the eyes


def test_it_stays_where_it_is_seen_and_comes_back_where_it_is_not() -> None:
    board = Board()
    board.open_before(HEAD)
    first = board.play_from_board.copy()
    board.open_before(walker_matrix(np.array([0.2, 1.5, 0.1]), 0.3, 0.0))
    np.testing.assert_array_equal(board.play_from_board, first)
    for elsewhere in (
        walker_matrix(np.array([0.0, 1.6, 0.0]), 2.0, 0.0),  # looks away
        walker_matrix(np.array([0.0, 1.6, 3.0]), 0.0, 0.0),  # went away
        walker_matrix(np.array([0.0, 1.6, -2.5]), math.pi, 0.0),  # stands behind it
    ):
        board.play_from_board = first.copy()
        board.open_before(elsewhere)
        assert not np.allclose(board.play_from_board, first)
    board.toggle(HEAD)
    assert not board.open
    board.toggle(HEAD)
    np.testing.assert_allclose(board.play_from_board, first, atol=1e-6)


@given(heads(), st.floats(0, 1280, exclude_max=True), st.floats(0, 800, exclude_max=True), st.floats(0.3, 3))
def test_a_ray_meets_the_pixel_it_points_at(head, x, y, away) -> None:
    board = Board()
    board.open_before(head)
    local = np.array([(x / 1280 - 0.5) * 1.6, (0.5 - y / 800) * 1.0, 0, 1])
    goal = (board.play_from_board @ local)[:3]
    origin = goal + board.play_from_board[:3, 2] * away + board.play_from_board[:3, 0] * 0.2
    ray = (goal - origin) / np.linalg.norm(goal - origin)
    met = board.meet(origin, ray)
    assert met is not None
    np.testing.assert_allclose(met, (np.linalg.norm(goal - origin), x, y), atol=0.02)
    assert board.meet(origin, -ray) is None
    behind = goal - board.play_from_board[:3, 2]
    for leads in (1, -1):
        assert board.meet(behind, leads * board.play_from_board[:3, 2]) is None


@pytest.mark.parametrize(("x", "y", "on"), [(0, 0, True), (1279, 799, True), (-1, 5, False), (5, 800, False)])
def test_what_lies_on_it(x: float, y: float, on: bool) -> None:
    assert Board().holds(x, y) is on


# -- the cursor -----------------------------------------------------------------------------------------------------


class Panels:
    """Stands for imgui: it wants the cursor over one rectangle, and while a button is held that went down there."""

    def __init__(self, rectangle: tuple[float, float, float, float] = (100, 100, 500, 500)):
        self.rectangle, self.at, self.held = rectangle, None, False
        self.seen: list[tuple] = []

    def take(self, events: list[UiEvent]) -> bool:
        for event in events:
            if event.kind == "move":
                self.at = (event.x, event.y)
                self.seen.append(("move", round(event.x), round(event.y)))
            elif event.kind == "leave":
                self.at = None
                self.seen.append(("leave",))
            elif event.kind == "button":
                assert self.held != event.down, "the button went down or up twice"
                assert self.at is not None or not event.down
                self.held = event.down
                self.seen.append(("down" if event.down else "up", event.button))
            elif event.kind == "wheel":
                self.seen.append(("wheel", event.y))
            else:
                self.seen.append((event.kind, event.text))
        return self.held or self.over

    @property
    def over(self) -> bool:
        left, top, right, bottom = self.rectangle
        return self.at is not None and left <= self.at[0] <= right and top <= self.at[1] <= bottom

    def clicks(self) -> list[tuple]:
        return [event for event in self.seen if event[0] in ("down", "up")]


class AtBoard(Worn):
    """A wearer with the board open before them, and panels on it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.panels = Panels()
        self.frame(actions=["menu"])

    def frame(self, *hands: Hand, **input):
        commands = super().frame(*hands, **input)
        self.panels_want_ray = self.panels.take(self.input.ui)
        return commands

    def at(self, x: float, y: float, name: str = "right", **state) -> Hand:
        """A hand that points at a pixel of the board."""
        local = np.array([(x / 1280 - 0.5) * 1.6, (0.5 - y / 800) * 1.0, 0, 1])
        start = np.array([-0.2 if name == "left" else 0.2, 1.2, -0.3])
        dx, dy, dz = (self.wearer.board.play_from_board @ local)[:3] - start
        return hand(name, math.atan2(-dx, -dz), math.atan2(dy, math.hypot(dx, dz)), tuple(start), **state)


ON, OFF = (300, 300), (800, 620)


def test_a_ray_over_a_panel_ends_there_and_elsewhere_goes_on_into_the_scene() -> None:
    person = AtBoard()
    assert person.wearer.board.open and person.scene.presence.world_from_board is not None
    person.frames(2, person.at(*ON))
    assert person.panels.seen == [("move", *ON)]  # and not again while it rests
    (ray,) = person.scene.presence.rays
    assert person.input.pointers == [] and ray.hit
    on_board = (person.scene.presence.world_from_board @ np.array([(300 / 1280 - 0.5) * 1.6, 0.125, 0, 1]))[:3]
    np.testing.assert_allclose(ray.end, on_board, atol=1e-3)
    person.frames(2, person.at(*OFF))
    assert [p.name for p in person.input.pointers] == ["right"]
    person.frames(1, hand(yaw=2.0))
    assert person.panels.seen[-1] == ("leave",)


def test_a_click_on_a_panel_goes_to_it_and_not_to_the_scene() -> None:
    person = AtBoard()
    person.frames(2, person.at(*ON))
    commands = []
    for trigger in (1.0, 1.0, 1.0, 0.0, 0.0):
        commands += person.frame(person.at(*ON, trigger=trigger))
    assert person.panels.clicks() == [("down", 0), ("up", 0)]
    assert commands == [] and person.scene.presence.arcs == []
    assert person.felt and person.felt[-1][0] == "right"


def test_a_ray_that_leaps_onto_a_panel_and_presses_at_once_asks_the_panel_first() -> None:
    person = AtBoard()
    person.frames(3, hand(yaw=2.0))
    for trigger in (1.0, 0.0, 0.0):
        person.frame(person.at(*ON, trigger=trigger))
    assert person.panels.clicks() == [("down", 0), ("up", 0)]


@pytest.mark.parametrize("frames", [1, 5])
def test_a_click_between_the_panels_goes_to_the_map_behind(frames: int) -> None:
    person = AtBoard()
    person.frames(2, person.at(*OFF))
    hit = person.pointing.hits["right"]
    assert hit is not None and hit.kind == "map"
    person.frames(frames, person.at(*OFF, trigger=1.0))
    commands = person.frame(person.at(*OFF)) + person.frame(person.at(*OFF))
    assert [type(command).__name__ for command in commands] == ["SelectMap"]
    assert person.panels.clicks() == []


def test_what_is_dragged_may_leave_the_panel_and_the_board() -> None:
    person = AtBoard()
    person.frames(2, person.at(*ON))
    person.frames(2, person.at(*ON, trigger=1.0))
    person.frames(40, person.at(900, 400, trigger=1.0))
    person.frames(40, person.at(1500, 400, trigger=1.0))
    assert person.input.pointers == [] and person.panels.seen[-1][0] == "move" and person.panels.seen[-1][1] > 1400
    person.frames(2, person.at(1500, 400))
    assert person.panels.clicks() == [("down", 0), ("up", 0)]
    assert person.panels.seen[-1] == ("leave",)


def test_two_hands_do_not_fight_over_the_cursor() -> None:
    person = AtBoard()
    person.frames(3, person.at(*ON, "left"), hand("right", yaw=2.0))
    moves = len(person.panels.seen)
    person.frames(10, person.at(*ON, "left"), person.at(400, 400, "right"))  # comes over the same panel
    assert len(person.panels.seen) == moves
    # The one that presses gets it.
    person.frame(person.at(*ON, "left"), person.at(400, 400, "right", trigger=1.0))
    person.frame(person.at(*ON, "left"), person.at(400, 400, "right", trigger=1.0))
    assert person.panels.seen[moves:] == [("move", 400, 400), ("down", 0)]
    # While it holds the button, nobody takes it away.
    person.frames(3, person.at(*ON, "left", trigger=1.0), person.at(400, 400, "right", trigger=1.0))
    assert person.panels.seen[moves:] == [("move", 400, 400), ("down", 0)]
    person.frames(2, person.at(*ON, "left", trigger=1.0), person.at(400, 400, "right"))
    assert person.panels.clicks() == [("down", 0), ("up", 0)]


def test_a_panel_is_found_by_either_hand() -> None:
    person = AtBoard()
    person.frames(6, person.at(*OFF, "left"), person.at(*ON, "right"))
    assert person.panels.over
    seen = len(person.panels.seen)
    person.frames(6, person.at(*OFF, "left"), person.at(*ON, "right"))
    assert len(person.panels.seen) == seen
    assert [p.name for p in person.input.pointers] == ["left"]


def test_on_a_panel_the_stick_scrolls_and_nothing_else() -> None:
    person = AtBoard()
    person.frames(2, person.at(*ON))
    yaw, spot = person.walker.yaw, person.walker.spot
    for stick in ((0.0, 1.0), (0.0, -1.0), (1.0, 0.0)):
        person.frames(45, person.at(*ON, stick=stick))
        person.frames(2, person.at(*ON))
    wheel = np.array([event[1] for event in person.panels.seen if event[0] == "wheel"])
    assert wheel[:45].sum() == pytest.approx(6, abs=0.2) and wheel[45:90].sum() == pytest.approx(-6, abs=0.2)
    assert person.walker.yaw == yaw and person.scene.presence.arcs == []
    np.testing.assert_array_equal(person.walker.spot, spot)
    # Pushed on the panel, still held beside it: it has to rest first.
    person.frames(3, person.at(*ON, stick=(1.0, 0.0)))
    person.frames(30, person.at(*OFF, stick=(1.0, 0.0)))
    assert person.walker.yaw == yaw


def test_a_turn_that_began_beside_the_panel_does_not_scroll_it() -> None:
    person = AtBoard()
    person.frames(2, person.at(*OFF))
    person.frames(2, person.at(*OFF, stick=(0.2, -0.9)))
    person.frames(4, person.at(*ON, stick=(0.2, -0.9)))
    assert not any(event[0] == "wheel" for event in person.panels.seen)


def test_a_lost_hand_and_a_closed_board_let_the_button_go() -> None:
    for last in ({}, {"actions": ["menu"]}):
        person = AtBoard()
        person.frames(2, person.at(*ON))
        person.frames(3, person.at(*ON, trigger=1.0))
        assert person.panels.held
        person.frames(2, *([person.at(*ON)] if last else []), **last)
        assert not person.panels.held
        assert ("leave",) in person.panels.seen


def test_a_press_that_a_grip_takes_away_is_no_click() -> None:
    person = AtBoard()
    grip = {"squeeze": 1.0}
    person.frames(2, person.at(*ON), hand("left", yaw=2.0))
    person.frame(person.at(*ON, trigger=1.0), hand("left", yaw=2.0))
    person.frames(3, person.at(*ON, trigger=1.0, **grip), hand("left", yaw=2.0, **grip))
    assert person.panels.clicks() == []


def test_taking_the_headset_off_lets_the_button_go_too() -> None:
    person = AtBoard()
    person.frames(2, person.at(*ON))
    person.frames(3, person.at(*ON, trigger=1.0))
    person.head = None
    person.frame()
    assert not person.panels.held and person.panels.seen[-1] == ("leave",)
    assert person.scene.presence.world_from_board is None and person.wearer.board.open


def test_the_desks_mouse_leaves_the_panels_alone_and_its_keys_do_not() -> None:
    person = AtBoard()
    desk = [
        UiEvent("move", 5, 5),
        UiEvent("key", text="a", down=True),
        UiEvent("text", text="a"),
        UiEvent("wheel", 0, 1),
    ]
    person.frame(ui=desk)
    assert person.panels.seen == [("key", "a"), ("text", "a")]


def test_close_closes_the_board_when_no_panel_is_open() -> None:
    person = AtBoard()
    person.panel_open = True
    person.frame(actions=["close"])
    assert person.wearer.board.open
    person.panel_open = False
    person.frame(actions=["close"])
    assert not person.wearer.board.open and person.scene.presence.world_from_board is None


@given(scales, st.floats(-3, 3))
def test_the_board_goes_with_the_play_space(scale, yaw) -> None:
    person = AtBoard()
    person.walker.jump((3, 0, -8), yaw, scale=scale)
    person.frame()
    shown = person.scene.presence.world_from_board
    assert shown is not None
    expected = person.walker.world_from_play() @ person.wearer.board.play_from_board
    np.testing.assert_allclose(shown, expected, rtol=1e-6, atol=1e-6 * scale)
    away = np.linalg.norm(shown[:3, 3] - person.head_in_world())
    assert away == pytest.approx(scale * np.hypot(1.25, 0.12), rel=1e-3)


def test_squeezing_at_a_panel_carries_the_board() -> None:
    person = AtBoard()
    person.frames(2, person.at(*ON))
    first = person.wearer.board.play_from_board.copy()
    grabbing = person.at(*ON, squeeze=1.0)
    person.frame(grabbing)
    assert grabbing.aim is not None
    lifted = grabbing.aim.copy()
    lifted[:3, 3] += (0.3, 0.1, -0.2)
    person.frame(Hand("right", lifted, lifted, squeeze=1.0))
    moved = person.wearer.board.play_from_board
    np.testing.assert_allclose(moved[:3, 3] - first[:3, 3], (0.3, 0.1, -0.2), atol=1e-5)
    assert moved[1, 0] == pytest.approx(0, abs=1e-6)
    person.frame(Hand("right", lifted, lifted))
    person.frame(grabbing)
    np.testing.assert_array_equal(person.wearer.board.play_from_board, moved)  # let go


tremble = st.tuples(st.floats(0, 1), st.floats(0, 1280), st.floats(0, 800))


@given(st.lists(st.tuples(tremble, tremble, st.booleans()), max_size=40))
def test_whatever_two_hands_do_buttons_go_down_and_up_in_turn(moves) -> None:
    """The stand-in for the panels checks each event; at the end nothing is held."""
    person = AtBoard()
    for (left, lx, ly), (right, rx, ry), lost in moves:
        hands = [person.at(lx, ly, "left", trigger=left)]
        hands += [] if lost else [person.at(rx, ry, "right", trigger=right)]
        person.frame(*hands)
    person.frames(3)
    assert not person.panels.held and person.panels.at is None
