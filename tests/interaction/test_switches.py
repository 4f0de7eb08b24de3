from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.interaction.smoothing import SteadyDirection
from walkbox.interaction.switches import Flick, Switch

values = st.lists(st.floats(0, 1), max_size=60)


@given(values)
def test_a_switch_goes_down_and_up_in_turn_at_its_two_limits(pulls: list[float]) -> None:
    switch, before = Switch(0.6, 0.35), False
    for value in pulls:
        down = switch.update(value)
        assert switch.changed == (down != before)
        if switch.changed:
            assert value >= 0.6 if down else value < 0.35
        else:
            assert not (down and value < 0.35) and not (not down and value >= 0.6)
        before = down


@given(st.lists(st.floats(0.351, 0.599), max_size=60))
def test_trembling_between_the_limits_does_nothing(pulls: list[float]) -> None:
    switch = Switch(0.6, 0.35)
    assert not any(switch.update(value) for value in pulls)
    switch.update(1.0)
    assert all(switch.update(value) for value in pulls)


def test_what_was_let_go_of_must_be_pressed_again() -> None:
    switch = Switch(0.6, 0.35)
    assert switch.update(1.0)
    switch.let_go()
    assert not switch.down and switch.changed
    assert not switch.update(1.0) and not switch.update(0.5) and not switch.update(0.9)
    assert not switch.update(0.1)
    assert switch.update(0.7) and switch.changed


@pytest.mark.parametrize(
    ("stick", "meaning"),
    [
        ((0, 1), "aim"),
        ((0.5, 0.6), "aim"),
        ((1, 0), "turn"),
        ((-0.9, 0.3), "turn"),
        ((0.1, -0.9), "back"),
        ((0, 0.5), ""),
    ],
)
def test_what_a_push_means(stick: tuple[float, float], meaning: str) -> None:
    flick = Flick()
    flick.update(*stick)
    assert (flick.meaning, flick.began) == (meaning, bool(meaning))
    flick.update(-stick[1], stick[0])  # turned in its socket: the same push goes on
    assert (flick.meaning, flick.began) == (meaning, False)
    flick.update(0.05, 0.0)
    assert (flick.meaning, flick.ended) == ("", meaning)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=60))
def test_a_push_begins_once_until_the_stick_rests(pushes) -> None:
    flick, held = Flick(), False
    for x, y in pushes:
        flick.update(x, y)
        assert not (flick.began and held)
        held = bool(flick.meaning)
        if math.hypot(x, y) < 0.3:
            assert not held


def test_a_stick_that_was_taken_means_nothing_until_it_rests() -> None:
    flick = Flick()
    flick.take()
    flick.update(1.0, 0.0)
    assert (flick.meaning, flick.began) == ("other", False)
    flick.update(0.0, 0.0)
    flick.update(1.0, 0.0)
    assert (flick.meaning, flick.began) == ("turn", True)


def along(angle: float, tremor: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    direction = np.array([math.sin(angle + tremor[0]), tremor[1], -math.cos(angle + tremor[0])])
    return direction / np.linalg.norm(direction)


def angle_of(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * np.arcsin(np.linalg.norm(a - b) / 2))


@given(st.integers(0, 1000), st.sampled_from([60, 72, 90, 120]))
def test_a_resting_hands_tremor_is_mostly_gone(seed: int, rate: int) -> None:
    tremor = np.random.default_rng(seed).normal(0, 0.004, (2 * rate, 2))
    steady = SteadyDirection()
    out = [angle_of(steady.update(along(0.3, t), 1 / rate), along(0.3)) for t in tremor]
    raw = [angle_of(along(0.3, t), along(0.3)) for t in tremor]
    assert np.std(out[rate:]) < 0.6 * np.std(raw[rate:])
    assert np.mean(out[rate:]) < 0.6 * np.mean(raw[rate:])


@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
def test_a_moving_hand_is_followed(speed: float) -> None:
    steady, rate = SteadyDirection(), 90
    for frame in range(rate // 2):
        steadied = steady.update(along(speed * frame / rate), 1 / rate)
    assert angle_of(steadied, along(speed * (rate // 2 - 1) / rate)) < speed * 0.016  # behind by less than 16 ms


def test_a_leap_and_the_first_direction_are_taken_as_they_are() -> None:
    steady = SteadyDirection()
    np.testing.assert_allclose(steady.update(along(0.2), 0.01), along(0.2))
    np.testing.assert_allclose(steady.update(along(1.2), 0.01), along(1.2))
    np.testing.assert_allclose(steady.update(along(1.3), 0.0), along(1.2))  # no time has passed
    steady.reset()
    np.testing.assert_allclose(steady.update(along(1.3), 0.01), along(1.3))


@given(st.floats(-0.3, 0.3))
def test_a_hand_that_comes_to_rest_is_pointed_at_exactly(angle: float) -> None:
    steady = SteadyDirection()
    steady.update(along(0), 1 / 90)
    for _ in range(120):
        steadied = steady.update(along(angle), 1 / 90)
    assert angle_of(steadied, along(angle)) < 1e-4
