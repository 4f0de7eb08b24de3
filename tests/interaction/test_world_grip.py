"""Two hands hold the world."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from wearing import HEAD, Worn, hand, heads, scales

from walkbox.interaction.locomotion import SCALES, Walker
from walkbox.interaction.world_grip import WorldGrip

place = st.tuples(st.floats(-0.8, 0.8), st.floats(0.3, 2.0), st.floats(-0.8, 0.8)).map(np.array)
yaws = st.floats(-3, 3)


def in_world(walker: Walker, point: np.ndarray) -> np.ndarray:
    return (walker.world_from_play().astype(np.float64) @ np.append(point, 1.0))[:3]


def worn(head: np.ndarray, scale: float, yaw: float = 0.3, seat_m: float | None = None) -> Walker:
    walker = Walker((2.0, 0.0, -5.0), yaw)
    walker.scale, walker.seat_m = scale, seat_m
    walker.put_on(head)
    return walker


@given(heads(), scales, place, place, yaws, st.floats(0.3, 3), place, st.booleans())
def test_points_under_both_hands_stay_under_them(head, scale, left, right, turn, wider, shift, seated) -> None:
    """Hands that turn about the vertical, move and part, in one go or in steps: both points stay, exactly."""
    assume(np.hypot(*(right - left)[[0, 2]]) > 0.1)
    walker = worn(head, scale, seat_m=1.65 if seated else None)
    goal = min(max(scale / wider, SCALES[0]), SCALES[1])
    assume(goal == scale / wider)
    points = in_world(walker, left), in_world(walker, right)
    grip, middle = WorldGrip(), (left + right) / 2
    for share in np.linspace(0, 1, 5):
        c, s = math.cos(share * turn), math.sin(share * turn)
        turned = wider**share * np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        hands = [middle + share * shift + turned @ (point - middle) for point in (left, right)]
        grip.move(walker, *hands)
        for point, now in zip(points, hands, strict=True):
            np.testing.assert_allclose(in_world(walker, now), point, atol=2e-5 * (10 + 3 * scale * max(1, 1 / wider)))
    assert walker.scale == pytest.approx(goal)
    np.testing.assert_allclose(walker.world_from_play()[:3, 1] / walker.scale, (0, 1, 0), atol=1e-6)  # upright


@given(heads(), scales, st.lists(st.tuples(place, place), min_size=2, max_size=6))
def test_what_lies_between_the_hands_stays_whatever_they_do(head, scale, moves) -> None:
    walker, grip = worn(head, scale), WorldGrip()
    middle = in_world(walker, (moves[0][0] + moves[0][1]) / 2)
    for left, right in moves:
        grip.move(walker, left, right)
        reach = 4 * walker.scale + 20
        np.testing.assert_allclose(in_world(walker, (left + right) / 2), middle, atol=1e-6 * reach * len(moves) + 1e-4)
        assert SCALES[0] <= walker.scale <= SCALES[1]
        np.testing.assert_allclose(walker.world_from_play()[:3, 1] / walker.scale, (0, 1, 0), atol=1e-6)


@given(heads(), scales, place, place)
def test_hands_that_come_back_bring_the_world_back(head, scale, left, right) -> None:
    assume(np.hypot(*(right - left)[[0, 2]]) > 0.1)
    walker, grip = worn(head, scale), WorldGrip()
    before = walker.world_from_play()
    for wider in (1.0, 1.2, 1.1, 0.9, 1.0):
        grip.move(walker, left * wider, right * wider)
    assume(SCALES[0] * 1.3 < scale < SCALES[1] / 1.3)
    np.testing.assert_allclose(walker.world_from_play(), before, atol=1e-4 * (1 + scale))


def test_pulling_the_hands_apart_makes_a_smaller_person() -> None:
    """The world grows under hands that part: a metre of the person takes fewer of it."""
    walker, grip = worn(HEAD, 1.0), WorldGrip()
    grip.move(walker, np.array([-0.1, 1.2, -0.4]), np.array([0.1, 1.2, -0.4]))
    assert grip.holding
    grip.move(walker, np.array([-0.4, 1.2, -0.4]), np.array([0.4, 1.2, -0.4]))
    assert walker.scale == pytest.approx(0.25)
    grip.let_go()
    grip.move(walker, np.array([-0.1, 1.2, -0.4]), np.array([0.1, 1.2, -0.4]))  # taken anew: nothing moves
    assert walker.scale == pytest.approx(0.25)


def test_a_jump_while_holding_is_not_taken_back() -> None:
    walker, grip = worn(HEAD, 1.0), WorldGrip()
    hands = np.array([-0.2, 1.2, -0.4]), np.array([0.2, 1.2, -0.4])
    grip.move(walker, *hands)
    walker.jump((9, 0, -9), 1.0)
    grip.move(walker, *hands)
    np.testing.assert_allclose(walker.spot, (9, 0, -9), atol=1e-6)


@pytest.mark.parametrize("stack", [0.0, 0.01])
def test_hands_over_one_another_or_together_do_not_spin_the_world(stack: float) -> None:
    walker, grip = worn(HEAD, 1.0), WorldGrip()
    yaw = walker.yaw
    for angle in np.linspace(0, 6, 30):
        sideways = stack * np.array([math.cos(angle), 0, math.sin(angle)])
        grip.move(walker, np.array([0, 1.0, -0.4]) - sideways, np.array([0, 1.3, -0.4]) + sideways)
    assert walker.yaw == pytest.approx(yaw)
    assert walker.scale == pytest.approx(1.0, rel=0.01)


def test_both_squeezes_hold_the_world_one_does_not() -> None:
    person = Worn()
    pair = lambda squeeze, apart: [  # noqa: E731
        hand(name, at=(side * apart, 1.2, -0.4), squeeze=squeeze[index])
        for index, (name, side) in enumerate((("left", -1), ("right", 1)))
    ]
    person.frame(*pair((0, 0), 0.2))
    person.frame(*pair((0.9, 0.0), 0.2))
    person.frame(*pair((0.9, 0.0), 0.4))
    assert person.walker.scale == 1.0
    person.frame(*pair((0.9, 0.9), 0.2))
    assert person.scene.presence.rays == [] and person.input.pointers == []
    person.frame(*pair((0.6, 0.6), 0.4))  # above the release: still held
    assert person.walker.scale == pytest.approx(0.5)
    assert person.scene.presence.scale == pytest.approx(0.5)
    person.frame(*pair((0.6, 0.4), 0.8))
    assert person.walker.scale == pytest.approx(0.5)
    assert len(person.scene.presence.rays) == 2


def test_taking_hold_calls_off_what_the_triggers_did() -> None:
    person = Worn()
    person.frame(hand("left"), hand("right"))
    down = [hand(name, pitch=-0.5, trigger=1.0) for name in ("left", "right")]
    person.frame(*down)
    assert person.scene.presence.arcs
    spot = person.walker.spot
    person.frames(20, *[hand(name, pitch=-0.5, trigger=1.0, squeeze=1.0) for name in ("left", "right")])
    assert not person.scene.presence.arcs
    person.frames(3, *down)  # still held: it has to be let go first
    assert not person.scene.presence.arcs and not any(p.pressed for p in person.input.pointers)
    person.frames(3, hand("left", pitch=-0.5), hand("right", pitch=-0.5))
    np.testing.assert_allclose(person.walker.spot, spot, atol=1e-5)
