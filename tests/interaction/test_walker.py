from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.config import Settings
from walkbox.inputs import Input
from walkbox.interaction.locomotion import Walker

SETTINGS = Settings(walk_speed_m_s=2.0, run_factor=3.0)
axis = st.floats(-1, 1)


def walk(walker: Walker, seconds: float, frames: int, **input) -> Walker:
    for _ in range(frames):
        walker.update(Input(dt_s=seconds / frames, **input), SETTINGS)
    return walker


@given(right=axis, up=st.floats(0, 1), forward=axis, frames=st.integers(11, 300), yaw=st.floats(-7, 7))
def test_the_same_keys_lead_to_the_same_place_at_any_frame_rate(right, up, forward, frames, yaw) -> None:
    slow = walk(Walker(yaw=yaw), 1.0, 10, move=(right, up, forward))
    fast = walk(Walker(yaw=yaw), 1.0, frames, move=(right, up, forward))
    np.testing.assert_allclose(slow.position, fast.position, atol=1e-9)
    np.testing.assert_allclose(slow.velocity, fast.velocity, atol=1e-9)


@pytest.mark.parametrize(
    ("yaw", "direction"),
    [(0.0, (0, 0, -1)), (math.pi / 2, (-1, 0, 0)), (math.pi, (0, 0, 1)), (-math.pi / 2, (1, 0, 0))],
)
def test_forward_is_where_the_yaw_looks(yaw: float, direction: tuple[int, int, int]) -> None:
    walker = walk(Walker(yaw=yaw), 2.0, 100, move=(0.0, 0.0, 1.0))
    np.testing.assert_allclose(walker.velocity, 2.0 * np.array(direction), atol=1e-6)
    looks = -walker.world_from_view(1.65)[:3, 2]
    np.testing.assert_allclose(looks, direction, atol=1e-6)


def test_speed_runs_and_a_diagonal_is_no_faster() -> None:
    speed = {
        name: float(np.linalg.norm(walk(Walker(), 2.0, 60, move=move, run=run).velocity))
        for name, move, run in (
            ("walk", (0.0, 0.0, 1.0), False),
            ("run", (0.0, 0.0, 1.0), True),
            ("diagonal", (1.0, 0.0, 1.0), False),
        )
    }
    assert speed == pytest.approx({"walk": 2.0, "run": 6.0, "diagonal": 2.0})


def test_it_comes_to_rest_when_the_keys_are_let_go() -> None:
    walker = walk(Walker(), 1.0, 60, move=(0.0, 0.0, 1.0))
    walk(walker, 1.5, 90)
    assert not walker.velocity.any()
    before = walker.position.copy()
    walk(walker, 1.0, 60)
    np.testing.assert_array_equal(walker.position, before)


@given(move=st.tuples(axis, axis, axis), seconds=st.floats(0.1, 30))
def test_nobody_leaves_the_bounds_or_sinks_below_the_floor(move, seconds) -> None:
    walker = Walker()
    walker.stay_near(np.array([-3, 0, -40]), np.array([3, 5, 0]))
    walk(walker, seconds, int(seconds * 30) + 1, move=move, run=True)
    assert walker.bounds is not None
    assert (walker.position >= walker.bounds[0]).all() and (walker.position <= walker.bounds[1]).all()
    assert walker.position[1] >= 0
    free = walk(Walker(), 5.0, 100, move=(0.0, -1.0, 0.0))
    assert free.position[1] == 0


@given(look=st.tuples(st.floats(-10, 10), st.floats(-10, 10)))
def test_nobody_looks_over_the_top(look) -> None:
    walker = walk(Walker(), 0.1, 1, look=look)
    assert abs(walker.pitch) < math.pi / 2
    assert walker.yaw == pytest.approx(look[0])


def test_a_long_frame_does_not_throw_anybody_through_the_hall() -> None:
    walker = Walker()
    walker.velocity[:] = (0, 0, -2)
    walker.update(Input(dt_s=60.0, move=(0.0, 0.0, 1.0)), SETTINGS)
    assert walker.position[2] == pytest.approx(-0.2)


def test_a_jump_is_at_once_or_glides_there() -> None:
    walker = Walker((1, 0, 2), 0.3)
    walker.jump((4, 0, -9), 1.0, 0.2)
    assert (walker.position.tolist(), walker.yaw, walker.pitch) == ([4, 0, -9], 1.0, 0.2)

    walker.jump((0, 0, 0), 0.0, duration_s=0.5)
    along = []
    while walker.travelling:
        walker.update(Input(dt_s=0.02), SETTINGS)
        along.append(walker.position[2])
    assert len(along) == pytest.approx(25, abs=1)
    assert np.all(np.diff(along) >= 0) and along[0] < -8.9 and along[-1] == 0
    assert walker.yaw == pytest.approx(0) and walker.pitch == pytest.approx(0)


@given(start=st.floats(-20, 20), goal=st.floats(-20, 20))
def test_a_glide_turns_the_shorter_way(start: float, goal: float) -> None:
    walker = Walker(yaw=start)
    walker.jump((0, 0, 0), goal, duration_s=0.1)
    walk(walker, 0.3, 6)
    assert abs(walker.yaw - start) <= math.pi + 1e-9
    assert math.cos(walker.yaw) == pytest.approx(math.cos(goal), abs=1e-9)
    assert math.sin(walker.yaw) == pytest.approx(math.sin(goal), abs=1e-9)


@pytest.mark.parametrize("input", [{"move": (1.0, 0.0, 0.0)}, {"look": (0.01, 0.0)}])
def test_a_key_or_a_look_breaks_a_glide_off(input) -> None:
    walker = Walker()
    walker.jump((0, 0, -10), 0.0, duration_s=1.0)
    walk(walker, 0.3, 6)
    assert walker.travelling and -10 < walker.position[2] < 0
    walk(walker, 0.1, 2, **input)
    assert not walker.travelling
    assert walker.position[2] > -9


def test_eye_and_play_space() -> None:
    walker = Walker((1, 0.5, 2), 0.4, 0.3)
    np.testing.assert_allclose(walker.world_from_view(1.65)[:3, 3], (1, 2.15, 2), atol=1e-6)
    play_space = walker.world_from_play()
    np.testing.assert_allclose(play_space[:3, 3], (1, 0.5, 2))
    np.testing.assert_allclose(play_space[:3, 1], (0, 1, 0))
