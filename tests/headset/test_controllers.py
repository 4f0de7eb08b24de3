"""Controllers, on the runtime itself: every value that is read was sent to Monado's remote controllers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from input_session import INDEX, SIMPLE, TOUCH, InputSession
from runtime.remote import pose

COMPOSITOR, SCREEN = "null", False


@pytest.fixture
def opened(monado, remote) -> Iterator[Callable[..., InputSession]]:
    """Opens a session; at most one is open."""
    sessions: list[InputSession] = []

    def open_one(*args, **kwargs) -> InputSession:
        for session in sessions:
            session.close()
        sessions.append(InputSession(*args, **kwargs))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()


def bound(session: InputSession) -> set[tuple[str, str]]:
    """(action, path) of everything that the runtime has bound."""
    xr, found = session.xr, set()
    for name, action in session.actions._actions.items():
        info = xr.BoundSourcesForActionEnumerateInfo(action)
        for path in xr.enumerate_bound_sources_for_action(session.session, info):
            found.add((name, xr.path_to_string(session.instance, path)))
    return found


@pytest.mark.parametrize("path", [SIMPLE, TOUCH, INDEX])
def test_a_profile_binds_with_every_action_live(opened, remote, path: str) -> None:
    from walkbox.hosts.headset.profiles import PROFILES

    session = opened([path])
    session.frame()
    assert session.actions.profiles == {"left": path, "right": path} and session.actions.refused == {}
    (profile,) = (p for p in PROFILES if p.path == path)
    assert bound(session) == set(profile.paths())

    turn = pose(0.3, 1.1, -0.7, yaw=0.5, pitch=-0.25)
    remote.state.right.pose = turn
    remote.state.right.trigger, remote.state.right.trigger_click = 1.0, True
    remote.state.right.squeeze, remote.state.right.squeeze_force = 0.5, 0.25
    remote.state.right.stick = (0.25, -0.5)
    remote.state.left.stick = (-1.0, 1.0)
    remote.send()
    left, right = session.frame()
    assert left.trigger == left.squeeze == 0 and right.trigger == 1
    if path == SIMPLE:
        assert right.squeeze == 0 and left.stick == right.stick == (0, 0)
    else:
        assert right.squeeze == pytest.approx(0.5 if path == TOUCH else 0.4 * 0.5 + 2 * 0.25)
        assert right.stick == (0.25, -0.5) and left.stick == (-1, 1)
    np.testing.assert_allclose(left.grip, ((1, 0, 0, -0.2), (0, 1, 0, 1.3), (0, 0, 1, -0.5), (0, 0, 0, 1)), atol=1e-6)
    for found in (right.grip, right.aim):  # the remote controllers point along their grip
        assert found.dtype == np.float32
        np.testing.assert_allclose(found[:3, 3], (0.3, 1.1, -0.7), atol=1e-6)
        forward = (-np.sin(0.5) * np.cos(0.25), -np.sin(0.25), -np.cos(0.5) * np.cos(0.25))
        np.testing.assert_allclose(found[:3, 2], np.negative(forward), atol=1e-5)
    assert left.joints is None and right.joints is None


def test_how_far_the_trigger_is_pulled(opened, remote) -> None:
    session = opened([TOUCH])
    for sent in (0.0, 0.25, 0.75, 1.0, 0.5):
        remote.state.left.trigger, remote.state.right.trigger = sent, 1 - sent
        remote.send()
        left, right = session.frame()
        assert (left.trigger, right.trigger) == pytest.approx((sent, 1 - sent), abs=1e-6)


def test_all_profiles_are_taken_by_the_runtime(opened) -> None:
    session = opened()
    session.frame()
    assert session.actions.refused == {}
    assert session.actions.profiles == {"left": INDEX, "right": INDEX}  # what Monado prefers


def test_a_profile_without_its_extension_is_left_out(opened) -> None:
    session = opened(without=["XR_BD_controller_interaction", "XR_EXT_hand_interaction"])
    session.frame()
    names = ["bytedance/pico_neo3_controller", "bytedance/pico4_controller", "ext/hand_interaction_ext"]
    assert sorted(session.actions.refused) == sorted(f"/interaction_profiles/{name}" for name in names)
    assert "XR_BD_controller_interaction" in session.actions.refused[f"/interaction_profiles/{names[0]}"]
    assert session.actions.profiles["right"] == INDEX


def test_a_refused_suggestion_is_survived_and_remembered(opened, remote, monkeypatch) -> None:
    from walkbox.hosts.headset import actions
    from walkbox.hosts.headset.profiles import Profile

    wrong = Profile(INDEX, {"trigger": "input/crank/value"})
    touch = next(p for p in actions.PROFILES if p.path == TOUCH)
    monkeypatch.setattr(actions, "PROFILES", (wrong, touch))
    session = opened()
    remote.state.left.trigger = 0.5
    remote.send()
    assert session.frame()[0].trigger == 0.5
    assert list(session.actions.refused) == [INDEX] and "refused" in session.actions.refused[INDEX]
    assert session.actions.profiles == {"left": TOUCH, "right": TOUCH}


def test_a_hand_around_the_index_controller_is_no_grab(opened, remote) -> None:
    session = opened([INDEX])
    remote.state.left.squeeze, remote.state.right.squeeze, remote.state.right.squeeze_force = 1.0, 1.0, 0.5
    remote.send()
    left, right = session.frame()
    assert left.squeeze == pytest.approx(0.4) and right.squeeze == 1.0


def test_a_trackpad_is_a_stick_only_while_it_is_pressed(opened, remote, monkeypatch) -> None:
    """The Vive's wand. Monado has none to offer here: the Index's trackpad is bound as that of the wand is."""
    from walkbox.hosts.headset import actions
    from walkbox.hosts.headset.profiles import Profile

    table = {"trackpad": "input/trackpad", "trackpad_press": "input/trackpad/force"}
    monkeypatch.setattr(actions, "PROFILES", (Profile(INDEX, table),))
    session = opened()
    remote.state.right.trackpad, remote.state.right.trackpad_touch = (0.25, 0.75), True
    remote.send()
    assert session.frame()[1].stick == (0, 0)
    remote.state.right.trackpad_force = 1.0
    remote.send()
    left, right = session.frame()
    assert right.stick == (0.25, 0.75) and left.stick == (0, 0)
    remote.state.right.trackpad_force = 0.0
    remote.send()
    assert session.frame()[1].stick == (0, 0)


def test_a_controller_goes_and_comes_back(opened, remote) -> None:
    session = opened(without=["XR_EXT_hand_tracking"])
    remote.state.right.trigger = remote.state.left.trigger = 1.0
    remote.state.right.stick = (0.5, 0.5)
    remote.send()
    assert session.frame()[1].trigger == 1
    remote.state.right.active = False
    remote.send()
    left, right = session.frame()
    assert right.grip is None and right.aim is None and right.joints is None
    assert right.trigger == right.squeeze == 0 and right.stick == (0, 0)
    assert left.grip is not None and left.aim is not None and left.trigger == 1
    remote.state.right.active = True
    remote.send()
    left, right = session.frame()
    assert right.trigger == 1 and right.grip[0, 3] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("path", "hand", "button", "action"),
    [(TOUCH, "left", "a_click", "close"), (TOUCH, "right", "a_click", "close"), (TOUCH, "left", "b_click", "menu"),
     (TOUCH, "right", "b_click", "menu"), (TOUCH, "left", "system_click", "menu"), (INDEX, "left", "a_click", "close"),
     (INDEX, "right", "b_click", "menu"), (SIMPLE, "left", "b_click", "menu"),
     (SIMPLE, "right", "b_click", "menu")],
)  # fmt: skip
def test_a_button_counts_once_each_time_it_goes_down(opened, remote, path, hand, button, action) -> None:
    session = opened([path])

    def press(down: bool) -> None:
        setattr(getattr(remote.state, hand), button, down)
        remote.send()

    for _ in range(2):
        press(True)
        pressed = []
        for _ in range(3):  # held for three frames
            session.frame()
            pressed += session.actions.pressed()
        assert pressed == [action]
        press(False)
        session.frame()
        assert session.actions.pressed() == []


def test_presses_between_two_questions_are_all_reported(opened, remote) -> None:
    session = opened([TOUCH])
    for down in (True, False, True):
        remote.state.left.a_click = remote.state.right.b_click = down
        remote.send()
        session.frame()
    assert sorted(session.actions.pressed()) == ["close", "close", "menu", "menu"]


def test_a_button_held_when_the_focus_comes_is_not_pressed(opened, remote) -> None:
    remote.state.left.b_click = True
    remote.send()
    session = opened([TOUCH])
    session.frame()
    assert session.actions.pressed() == []
    for down in (False, True):
        remote.state.left.b_click = down
        remote.send()
        session.frame()
    assert session.actions.pressed() == ["menu"]


def test_ticks_are_taken(opened) -> None:
    session = opened([TOUCH])
    session.frame()
    for hand, strength, duration_s in (("left", 0.5, 0.02), ("right", 2.0, 0.0), ("left", 0.0, 1.0)):
        assert session.actions.pulse(hand, strength, duration_s) is True


def test_without_the_focus_there_are_no_hands_and_no_ticks(opened, remote) -> None:
    session = opened([TOUCH], focused=False)
    assert session.actions.sync() is False and session.actions.profiles == {"left": None, "right": None}
    assert session.actions.hands(session.floor, time.clock_gettime_ns(time.CLOCK_MONOTONIC)) == ()
    assert session.actions.pulse("left", 1.0, 0.01) is False
    session.until_focused()
    assert len(session.frame()) == 2
    remote.state.left.a_click = True
    remote.send()
    assert session.actions.sync()  # pressed, but nobody asks before the focus has gone
    session.xr.request_exit_session(session.session)
    session.until_focused(False)
    assert session.actions.hands(session.floor, time.clock_gettime_ns(time.CLOCK_MONOTONIC)) == ()
    assert session.actions.pressed() == [] and session.actions.pulse("right", 1.0, 0.01) is False


def test_what_is_pressed_in_another_program_is_not_pressed_here(monado, remote) -> None:
    """On a host that draws: Monado takes the focus from no other."""
    from walkbox.config import Settings
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    host, pressed = HeadsetHost(OffscreenHost((64, 64), samples=1), Settings(), required=True), []

    def until(focused: bool):
        deadline = time.monotonic() + 10
        while True:
            input = host.poll()
            host.begin(np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32))
            host.end()
            pressed.extend(action for action in input.actions if action in ("menu", "close"))
            if (len(input.hands) == 2) == focused:
                return input
            assert time.monotonic() < deadline, list(host.states)

    try:
        until(True)
        with monado.second():
            assert until(False).hands == ()
            remote.state.right.b_click, remote.state.right.trigger = True, 1.0
            remote.send()
            until(False)
        assert until(True).hands[1].trigger == 1  # a trigger is as far as it is pulled
        until(True)
        assert pressed == []
        for down in (False, True):
            remote.state.right.b_click = down
            remote.send()
            until(True)
        assert pressed == ["menu"]
    finally:
        host.close()


def test_the_event_of_a_new_profile_is_followed(opened) -> None:
    session = opened([TOUCH], focused=False)
    assert session.actions.profiles == {"left": None, "right": None}
    deadline = time.monotonic() + 10
    while "EVENT_DATA_INTERACTION_PROFILE_CHANGED" not in session.events:
        assert time.monotonic() < deadline
        # Not Actions.sync: at the first focus it asks for the profiles anyway.
        session.xr.raw_functions.xrSyncActions(session.session, session.actions._sync_info)
        time.sleep(0.005)
        session.poll()
    assert session.actions.profiles == {"left": TOUCH, "right": TOUCH}


def test_sessions_may_follow_each_other_on_one_instance(opened, remote) -> None:
    session = opened([TOUCH])
    session.frame()
    session.end()
    session.actions.close()  # twice does no harm
    session.begin([INDEX])
    session.states.clear()
    session.until_focused()
    remote.state.right.trigger = 0.5
    remote.send()
    assert session.frame()[1].trigger == 0.5 and session.actions.profiles["left"] == INDEX


def test_actions_that_cannot_be_attached_leave_nothing_behind(opened) -> None:
    from walkbox.hosts.headset.actions import Actions

    session = opened([TOUCH])
    session.actions.close()
    for _ in range(2):  # were anything left, the second attempt would find its name taken
        with pytest.raises(session.xr.exception.ActionsetsAlreadyAttachedError):
            Actions(session.instance, session.system, session.session, session.extensions)


@pytest.mark.parametrize(("path", "bare", "calls"), [(SIMPLE, False, 17), (TOUCH, False, 15), (INDEX, True, 19)])
def test_how_often_a_frame_asks_the_runtime(opened, remote, monkeypatch, path: str, bare: bool, calls: int) -> None:
    from walkbox.hosts.headset import actions, hand_tracking

    session = opened([path])
    remote.state.left.active = remote.state.right.active = not bare
    remote.send()
    session.frame()
    asked = []
    for module in (actions, hand_tracking):  # every result goes through check
        check = module.check
        monkeypatch.setattr(module, "check", lambda result, check=check: asked.append(result) or check(result))
    session.actions.sync()
    hands = session.actions.hands(session.floor, time.clock_gettime_ns(time.CLOCK_MONOTONIC))
    assert (hands[0].joints is not None) is bare
    assert len(asked) == calls
