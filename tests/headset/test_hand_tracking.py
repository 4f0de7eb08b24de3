"""Bare hands, on the runtime itself: Monado makes the joints from the pose and the curl of fingers that were sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from input_session import INDEX, InputSession
from runtime.remote import pose

COMPOSITOR, SCREEN = "null", False
PINCH = (0.0, 0.0, 0.0, 1.0, 1.0)  # forefinger and thumb
FIST = (1.0,) * 5


@pytest.fixture
def session(monado, remote) -> Iterator[InputSession]:
    """Two bare hands, their controllers laid down."""
    remote.state.left.active = remote.state.right.active = False
    remote.send()
    made = InputSession()
    yield made
    made.close()


def test_joints_are_where_the_hand_is(session, remote) -> None:
    before = session.frame()
    remote.state.left.pose, remote.state.right.pose = pose(-0.5, 1.0, -0.25), pose(0.5, 1.5, -0.75)
    remote.send()
    after = session.frame()
    for hand, then, shift in zip(after, before, ((-0.3, -0.3, 0.25), (0.3, 0.2, -0.25)), strict=True):
        assert hand.joints.shape == (26, 4) and hand.joints.dtype == np.float32
        np.testing.assert_allclose(hand.joints[:, :3], then.joints[:, :3] + shift, atol=1e-5)
        assert (hand.joints[:, 3] > 0.003).all() and (hand.joints[:, 3] < 0.03).all()
        np.testing.assert_allclose(hand.grip[:3, 3], hand.joints[0, :3], atol=1e-6)
        np.testing.assert_allclose(hand.aim[:3, 3], hand.joints[7, :3], atol=1e-6)
    assert after[0].joints[:, 0].max() < after[1].joints[:, 0].min()


def test_joints_of_one_frame_are_not_those_of_the_next(session, remote) -> None:
    first = session.frame()[0].joints
    kept = first.copy()
    remote.state.left.pose = pose(0, 0, 0)
    remote.send()
    session.frame()
    np.testing.assert_array_equal(first, kept)


def test_a_pinch_pulls_the_trigger(session, remote) -> None:
    left, right = session.frame()
    assert left.trigger == right.trigger == left.squeeze == right.squeeze == 0
    strengths = []
    for closed in (0.25, 0.5, 0.75, 1.0):
        remote.state.right.curl = tuple(closed * c for c in PINCH)
        remote.send()
        left, right = session.frame()
        apart = np.linalg.norm(right.joints[5, :3] - right.joints[10, :3])
        assert right.trigger == pytest.approx(np.clip((0.05 - apart) / 0.04, 0, 1), abs=1e-4)
        assert left.trigger == 0 and right.squeeze == 0
        strengths.append(right.trigger)
    assert strengths == sorted(strengths) and strengths[0] == 0 and strengths[-1] == 1


def test_a_fist_squeezes_and_does_not_pinch(session, remote) -> None:
    remote.state.left.curl = FIST
    remote.send()
    left, right = session.frame()
    assert left.squeeze == 1 and left.trigger == 0
    assert right.squeeze == 0 and right.trigger == 0


def test_a_pinch_does_not_move_the_ray(session, remote) -> None:
    before = [hand.aim for hand in session.frame()]
    remote.state.left.curl = remote.state.right.curl = PINCH
    remote.send()
    left, right = session.frame()
    assert left.trigger == right.trigger == 1
    np.testing.assert_allclose([left.aim, right.aim], before, atol=1e-6)


def test_the_rays_of_both_hands_mirror_each_other_and_turn_with_them(session, remote) -> None:
    left, right = session.frame()
    ahead = [-hand.aim[:3, 2] for hand in (left, right)]
    np.testing.assert_allclose(ahead[0], ahead[1] * (-1, 1, 1), atol=1e-4)
    assert ahead[1][2] < -0.85 and -0.5 < ahead[1][1] < -0.2
    remote.state.right.pose = pose(0.2, 1.3, -0.5, yaw=0.5)
    remote.send()
    c, s = np.cos(0.5), np.sin(0.5)
    turned = np.array(((c, 0, s), (0, 1, 0), (-s, 0, c))) @ ahead[1]
    np.testing.assert_allclose(-session.frame()[1].aim[:3, 2], turned, atol=1e-4)


def test_a_controller_wins_over_the_hand_that_holds_it(session, remote) -> None:
    assert all(hand.joints is not None for hand in session.frame())
    remote.state.right.active, remote.state.right.trigger, remote.state.right.curl = True, 0.5, PINCH
    remote.send()
    left, right = session.frame()
    assert left.joints is not None
    assert right.joints is None and right.trigger == 0.5 and right.grip[0, 3] == pytest.approx(0.2)
    remote.state.right.active = False
    remote.send()
    right = session.frame()[1]
    assert right.joints is not None and right.trigger == 1


def test_a_hand_out_of_sight_is_not_there(session, remote) -> None:
    remote.state.left.tracked_hand = False
    remote.state.left.curl = PINCH
    remote.send()
    left, right = session.frame()
    assert left.joints is None and left.grip is None and left.aim is None and left.trigger == 0
    assert right.joints is not None
    remote.state.left.tracked_hand = True
    remote.send()
    assert session.frame()[0].trigger == 1


@pytest.mark.parametrize("bare", [True, False])
def test_where_the_runtime_says_what_it_sees_that_counts(session, remote, bare: bool) -> None:
    """Monado lacks XR_EXT_hand_tracking_data_source: what it would say is set here, and contradicts the controllers."""
    remote.state.left.active = bare
    remote.state.left.trigger = 0.5
    remote.send()
    tracker = session.actions._trackers["left"]
    tracker.says_source, tracker.bare = True, bare
    left = session.frame()[0]
    assert (left.joints is not None) is bare
    assert left.trigger == 0


def test_the_runtimes_own_pinch_and_ray_are_taken(session, remote, monkeypatch) -> None:
    """XR_EXT_hand_interaction. Monado binds no such profile to these hands: the Index controllers stand in for it."""
    from walkbox.hosts.headset import actions

    monkeypatch.setattr(actions, "HAND_INTERACTION", INDEX)
    remote.state.right.active, remote.state.right.trigger, remote.state.right.curl = True, 0.5, PINCH
    remote.send()
    right = session.frame()[1]
    assert right.joints is not None and right.trigger == 0.5
    np.testing.assert_allclose(right.aim[:3, 3], (0.2, 1.3, -0.5), atol=1e-6)


def test_without_the_extension_there_are_no_joints(session, remote) -> None:
    session.close()
    bare = InputSession(without=["XR_EXT_hand_tracking"])
    try:
        assert all(hand.joints is None and hand.aim is None for hand in bare.frame())
    finally:
        bare.close()
