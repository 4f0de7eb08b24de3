"""The walker while a headset is worn: the person, not the play space, stands somewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wearing import angle_between, heads, rolled, scales, walkers

from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.inputs import Input
from walkbox.interaction.locomotion import Walker, yaw_of

angles = st.floats(-7, 7)
points = st.tuples(st.floats(-50, 50), st.just(0.0), st.floats(-400, 50))


def under_head(walker: Walker) -> np.ndarray:
    """The head's place in the world as a renderer gets it."""
    return walker.world_from_view(1.65)[:3, 3]


@given(walkers(), heads(), heads(), scales)
def test_who_puts_it_on_and_takes_it_off_stands_and_looks_as_before(walker, head, later, scale) -> None:
    walker.scale = scale
    spot, yaw = walker.position.copy(), walker.yaw
    walker.put_on(head)
    np.testing.assert_allclose(under_head(walker)[[0, 2]], spot[[0, 2]], atol=1e-3)
    assert angle_between(walker.facing, yaw) == pytest.approx(0, abs=1e-5)
    walker.head = later  # they walk about the room
    spot, yaw = walker.spot, walker.facing
    walker.take_off()
    np.testing.assert_allclose(walker.position, spot, atol=1e-9)
    assert angle_between(walker.yaw, yaw) == pytest.approx(0, abs=1e-9)
    assert walker.head is None and walker.scale == scale


@given(heads(), scales, angles)
def test_a_turn_keeps_the_heads_place(head, scale, angle) -> None:
    walker = Walker((3, 0, -9), 0.4)
    walker.scale = scale
    walker.put_on(head)
    before, yaw = under_head(walker), walker.facing
    walker.turn(angle)
    np.testing.assert_allclose(under_head(walker), before, atol=2e-4)
    assert angle_between(walker.facing, yaw + angle) == pytest.approx(0, abs=1e-6)


@given(walkers(), heads(), scales, points, angles)
def test_a_jump_puts_the_head_there_at_once(walker, head, scale, goal, yaw) -> None:
    walker.scale = scale
    walker.put_on(head)
    walker.jump(goal, yaw, 0.7, duration_s=0.6)
    assert not walker.travelling
    np.testing.assert_allclose(under_head(walker)[[0, 2]], (goal[0], goal[2]), atol=1e-3)
    assert under_head(walker)[1] == pytest.approx(scale * head[1, 3], rel=1e-5)
    assert angle_between(walker.facing, yaw) == pytest.approx(0, abs=1e-5)
    assert walker.world_from_play()[1, 1] == pytest.approx(scale)  # upright


@given(heads(), scales, scales)
def test_another_size_on_the_same_spot(head, first, second) -> None:
    walker = Walker((1, 0, -2), 0.5)
    walker.scale = first
    walker.put_on(head)
    spot, facing = walker.spot, walker.facing
    walker.resize(second)
    assert walker.scale == second
    np.testing.assert_allclose(walker.spot, spot, atol=1e-9)
    assert walker.facing == pytest.approx(facing)
    assert under_head(walker)[1] == pytest.approx(second * head[1, 3], rel=1e-5)


@pytest.mark.parametrize(("asked", "given_"), [(1e-9, 0.01), (1e9, 100.0), (3.0, 3.0)])
def test_nobody_gets_smaller_than_an_ant_or_larger_than_a_giant(asked: float, given_: float) -> None:
    walker = Walker()
    walker.resize(asked)
    assert walker.scale == given_


@given(heads(), scales, st.floats(1.0, 2.0))
def test_the_seated_look_from_the_height_of_who_stands(head, scale, height) -> None:
    walker = Walker()
    walker.scale = scale
    walker.put_on(head)
    walker.sit(height)
    assert under_head(walker)[1] == pytest.approx(height * scale, rel=1e-5)
    walker.recentre(np.array([1.0, 0, -3]), 0.2)
    assert under_head(walker)[1] == pytest.approx(height, rel=1e-5)
    assert walker.scale == 1.0
    walker.sit(None)
    assert under_head(walker)[1] == pytest.approx(head[1, 3], rel=1e-5)


def test_recentring_measures_the_seat_again_and_putting_it_on_too() -> None:
    walker = Walker()
    walker.seat_m = 1.6
    walker.put_on(walker_matrix(np.array([0, 1.1, 0]), 0, 0))
    assert under_head(walker)[1] == pytest.approx(1.6)
    walker.head = walker_matrix(np.array([0, 0.7, 0]), 0, 0)
    assert under_head(walker)[1] == pytest.approx(1.2)  # who bends down, bends down
    walker.recentre(np.zeros(3), 0.0)
    assert under_head(walker)[1] == pytest.approx(1.6)


@given(heads(), scales, angles)
def test_poses_for_the_renderer(head, scale, yaw) -> None:
    walker = Walker((4, 1.5, -6), yaw)
    walker.scale = scale
    walker.put_on(head)
    play, view = walker.world_from_play(), walker.world_from_view(1.65)
    assert play.dtype == view.dtype == np.float32
    np.testing.assert_allclose(play[:3, :3].T @ play[:3, :3], scale**2 * np.eye(3), rtol=1e-5, atol=1e-5 * scale**2)
    np.testing.assert_allclose(view[:3, :3].T @ view[:3, :3], np.eye(3), atol=1e-5)  # rigid
    np.testing.assert_allclose(view[:3, 3], (play @ head)[:3, 3], rtol=1e-6)
    np.testing.assert_allclose(play[:3, 1] / scale, (0, 1, 0), atol=1e-6)


@pytest.mark.parametrize("roll", [0.0, 0.4])
@pytest.mark.parametrize("yaw", [-3.0, -1.0, 0.0, 2.0])
def test_where_one_looks(yaw: float, roll: float) -> None:
    for pitch in (-1.2, -0.3, 0.0, 0.9):
        assert angle_between(yaw_of(rolled(walker_matrix(np.zeros(3), yaw, pitch), roll)), yaw) == pytest.approx(
            0, abs=1e-5
        )
    for pitch in (-math.pi / 2, math.pi / 2, -1.5, 1.5):  # straight down and up: the top of the head tells
        assert angle_between(yaw_of(walker_matrix(np.zeros(3), yaw, pitch)), yaw) == pytest.approx(0, abs=1e-5)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3)), max_size=20), heads())
def test_gliding_stays_within_bounds_but_nobody_is_thrown_back(velocities, head) -> None:
    walker = Walker((0, 0, -3))
    walker.stay_near(np.array([-1, 0, -20]), np.array([1, 3, 0]))
    assert walker.bounds is not None
    walker.put_on(head)
    for velocity in velocities:
        walker.move(np.array(velocity) * 20, 0.1)
        assert (walker.spot >= walker.bounds[0] - 1e-9).all() and (walker.spot <= walker.bounds[1] + 1e-9).all()
    walker.stand(np.array([300.0, -2.0, 0.0]), 0.0)
    walker.velocity[:] = 0
    walker.move(np.array([5.0, -5.0, 0.0]), 0.1)
    np.testing.assert_allclose(walker.spot, (300, -2, 0), atol=1e-9)


def test_the_desk_takes_over_where_no_headset_is_worn() -> None:
    walker = Walker((0, 0, -3), 0.3)
    walker.put_on(walker_matrix(np.array([0.5, 1.7, 0.2]), 1.0, -0.5))
    walker.scale = 5.0
    spot, facing = walker.spot, walker.facing
    walker.update(Input(dt_s=0.01), Settings())
    assert walker.head is None
    np.testing.assert_allclose(walker.position, spot, atol=1e-9)
    assert walker.yaw == pytest.approx(facing)
    np.testing.assert_allclose(walker.world_from_view(1.65)[:3, 3], spot + np.array([0, 1.65, 0]), atol=1e-5)
