"""The mirror's pure parts: which part of an eye's picture fills a window, and how the spectator follows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.geometry import ray_through, walker_matrix
from walkbox.hosts.headset.mirror import POSITION_S, Mirror, Spectator, crop
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.view import Fov, View

ANGLES = st.floats(math.radians(15), math.radians(60))
SIDES = st.integers(32, 2500)


@given(ANGLES, ANGLES, ANGLES, ANGLES, SIDES, SIDES, SIDES, SIDES, st.floats(0, 1), st.floats(0, 1))
def test_the_mouse_points_at_what_the_window_shows_there(
    left, right, up, down, eye_width, eye_height, width, height, x, y
) -> None:
    eye = View(walker_matrix(np.array([1, 2, 3]), 0.4, -0.2), Fov(-left, right, up, -down), (eye_width, eye_height))
    (x0, y0, x1, y1), seen = crop(eye, (width, height))
    assert 0 <= x0 < x1 <= eye_width and 0 <= y0 < y1 <= eye_height
    assert seen.size_px == (width, height)
    # The pixel of the eye's picture that the blit brings to this place of the window, row 0 on top.
    of_eye = x0 + x * (x1 - x0), eye_height - (y1 + (y0 - y1) * y)
    _, expected = ray_through(eye, *of_eye)
    _, found = ray_through(seen, x * width, y * height)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@given(ANGLES, ANGLES, ANGLES, ANGLES, SIDES, SIDES)
def test_the_part_is_as_large_as_it_can_be_and_is_not_stretched(left, right, up, down, width, height) -> None:
    eye = View(np.eye(4, dtype=np.float32), Fov(-left, right, up, -down), (2000, 2200))
    (x0, y0, x1, y1), seen = crop(eye, (width, height))
    assert (x0, x1) == (0, 2000) or (y0, y1) == (0, 2200)
    across = (math.tan(seen.fov.right) - math.tan(seen.fov.left)) / width
    upwards = (math.tan(seen.fov.up) - math.tan(seen.fov.down)) / height
    # Whole pixels are cut: half of one, of however few there are.
    assert across / upwards == pytest.approx(1, rel=1.01 / min(x1 - x0, y1 - y0))


def test_the_part_is_centred_on_where_the_eye_looks() -> None:
    eye = View(np.eye(4, dtype=np.float32), Fov(-0.9, 0.7, 0.7, -0.9), (1000, 1000))
    _, wide = crop(eye, (1600, 400))
    assert wide.fov.up == pytest.approx(-wide.fov.down, abs=2e-3)
    _, tall = crop(eye, (400, 1600))
    assert tall.fov.left == pytest.approx(-tall.fov.right, abs=2e-3)


def head(x=0.0, y=1.6, z=0.0, yaw=0.0, pitch=0.0, roll=0.0) -> np.ndarray:
    pose = walker_matrix(np.array([x, y, z]), yaw, pitch)
    turned = np.eye(4, dtype=np.float32)
    turned[:2, :2] = [[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]]
    return pose @ turned


def test_the_spectator_begins_where_the_head_is_but_upright() -> None:
    pose = Spectator().follow(head(0.3, 1.7, -0.2, yaw=2.0, pitch=0.5, roll=0.7), 0.01)
    np.testing.assert_allclose(pose, head(0.3, 1.7, -0.2, yaw=2.0, pitch=0.5), atol=1e-5)


@given(st.integers(1, 40), st.floats(0.01, 1.0))
def test_the_spectator_moves_the_same_at_any_frame_rate(frames: int, duration_s: float) -> None:
    once, often = Spectator(), Spectator()
    for spectator in (once, often):
        spectator.follow(head(), 0)
    goal = head(x=1.0, yaw=1.0, pitch=-0.3)
    expected = once.follow(goal, duration_s)
    for _ in range(frames):
        pose = often.follow(goal, duration_s / frames)
    np.testing.assert_allclose(pose, expected, atol=1e-5)
    assert expected[0, 3] == pytest.approx(1 - math.exp(-duration_s / POSITION_S), abs=1e-5)


def test_the_spectator_turns_the_shorter_way_and_arrives() -> None:
    spectator = Spectator()
    spectator.follow(head(yaw=math.radians(170)), 0)
    pose = spectator.follow(head(yaw=math.radians(-170)), 0.1)
    yaw = math.degrees(math.atan2(pose[0, 2], pose[2, 2]))
    assert abs(yaw) > 170, "through 180, not through 0"
    np.testing.assert_allclose(
        spectator.follow(head(yaw=math.radians(-170)), 60), head(yaw=math.radians(-170)), atol=1e-5
    )


def test_the_spectator_calms_a_trembling_head() -> None:
    spectator, seen = Spectator(), []
    for frame in range(200):
        seen.append(spectator.follow(head(x=0.01 * (-1) ** frame, yaw=0.02 * (-1) ** frame), 1 / 90))
    xs = np.array([pose[0, 3] for pose in seen[150:]])
    assert np.ptp(xs) < 0.02 / 20


def test_straight_down_has_a_heading_too() -> None:
    for roll in (0.0, 1.0, -2.0):
        pose = Spectator().follow(head(yaw=roll, pitch=-math.pi / 2), 0)
        np.testing.assert_allclose(pose[:3, 0], [math.cos(roll), 0, -math.sin(roll)], atol=1e-3)


def test_a_desk_without_a_window_shows_nothing_and_costs_nothing() -> None:
    desk = OffscreenHost((64, 64))
    try:
        for mode in ("eye", "spectator", "off"):
            mirror = Mirror(desk, mode)
            assert mirror.begin(head(), np.eye(4, dtype=np.float32)) == []
            mirror.show(desk._targets[0].resolved, View(np.eye(4), Fov(-1, 1, 1, -1), (64, 64)))
            mirror.stop()
    finally:
        desk.close()
