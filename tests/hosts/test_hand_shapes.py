"""What a hand's shape means, on hands of bones that bend. Numpy alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.geometry import matrix_from_pose
from walkbox.hosts.headset.hand_shapes import aim_pose, fist, grip_pose, pinch

THUMB_TIP, INDEX_TIP, INDEX_KNUCKLE, PALM = 5, 10, 7, 0
MIRROR = np.array([-1, 1, 1, 1], np.float32)


def right_hand(curl: float = 0.0) -> np.ndarray:
    """A right hand, palm down, fingers along -z: (26, 4). *curl* bends the fingers (not the thumb) into the palm."""
    joints = np.zeros((26, 4), np.float32)
    joints[:, 3] = 0.01
    joints[0, :3], joints[1, :3] = (0, 0, -0.06), (0, 0, 0)
    joints[2:6, :3] = [(-0.02, -0.01, -0.03), (-0.045, -0.02, -0.05), (-0.06, -0.025, -0.08), (-0.065, -0.03, -0.1)]
    for first, x, length in ((6, -0.03, 0.09), (11, -0.01, 0.095), (16, 0.01, 0.09), (21, 0.03, 0.08)):
        at, angle = np.array((x, 0.0, -length)), 0.0
        joints[first, :3], joints[first + 1, :3] = (x / 2, 0, -0.03), at
        for place, bone in zip((2, 3, 4), (0.04, 0.025, 0.02), strict=True):
            angle += curl * np.radians(85)
            at = at + bone * np.array((0, -np.sin(angle), -np.cos(angle)))
            joints[first + place, :3] = at
    return joints


def moved(joints: np.ndarray, pose: np.ndarray) -> np.ndarray:
    there = joints.copy()
    there[:, :3] = joints[:, :3] @ pose[:3, :3].T + pose[:3, 3]
    return there


numbers = st.floats(-1, 1, allow_nan=False, width=32)
rigid = st.builds(
    lambda q, p: matrix_from_pose(np.array(p), np.array(q)),
    st.tuples(numbers, numbers, numbers, numbers).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.tuples(numbers, numbers, numbers),
)


@pytest.mark.parametrize(
    ("apart_m", "strength"), [(0.005, 1), (0.01, 1), (0.02, 0.75), (0.03, 0.5), (0.05, 0), (0.12, 0)]
)
def test_a_pinch_is_measured_between_thumb_and_forefinger(apart_m: float, strength: float) -> None:
    joints = right_hand()
    joints[INDEX_TIP, :3] = joints[THUMB_TIP, :3] + np.array((0, 0, -apart_m), np.float32)
    assert pinch(joints) == pytest.approx(strength, abs=1e-4)


def test_a_fist_is_no_pinch() -> None:
    joints = right_hand(curl=1.0)
    joints[THUMB_TIP, :3] = joints[INDEX_TIP, :3] + (0, -0.01, 0)
    assert fist(joints) == 1.0 and pinch(joints) == 0.0


def test_a_pinch_with_the_other_fingers_half_bent_is_one() -> None:
    joints = right_hand(curl=0.7)
    joints[THUMB_TIP, :3] = joints[INDEX_TIP, :3] + (0, -0.01, 0)
    assert 0.3 < fist(joints) < 0.5 and pinch(joints) == pytest.approx(1)


def test_a_hand_closes_to_a_fist_step_by_step() -> None:
    values = [fist(right_hand(curl)) for curl in np.linspace(0, 1, 21)]
    assert values[0] == 0 and values[-1] == 1
    assert all(a <= b for a, b in pairwise(values))


@given(rigid, st.floats(0, 1), st.booleans())
def test_shapes_do_not_depend_on_where_the_hand_is(pose: np.ndarray, curl: float, left: bool) -> None:
    joints = right_hand(curl) * (MIRROR if left else 1)
    there = moved(joints, pose)
    assert pinch(there) == pytest.approx(pinch(joints), abs=1e-3)
    assert fist(there) == pytest.approx(fist(joints), abs=1e-3)
    for shape in (grip_pose, aim_pose):
        np.testing.assert_allclose(shape(there, left), pose @ shape(joints, left), atol=1e-4)


@given(rigid, st.booleans())
def test_poses_are_rigid(pose: np.ndarray, left: bool) -> None:
    joints = moved(right_hand() * (MIRROR if left else 1), pose)
    for shape in (grip_pose, aim_pose):
        made = shape(joints, left)
        assert made.dtype == np.float32 and made.shape == (4, 4)
        np.testing.assert_allclose(made[:3, :3] @ made[:3, :3].T, np.eye(3), atol=1e-5)
        assert np.linalg.det(made[:3, :3]) == pytest.approx(1, abs=1e-5)
        np.testing.assert_array_equal(made[3], (0, 0, 0, 1))


def test_the_ray_leaves_the_knuckle_forward_and_a_little_towards_the_palm() -> None:
    joints = right_hand()
    aim = aim_pose(joints, left=False)
    np.testing.assert_allclose(aim[:3, 3], joints[INDEX_KNUCKLE, :3], atol=1e-6)
    x, y, z = -aim[:3, 2]
    assert z < -0.9 and np.degrees(np.arctan2(-y, -z)) == pytest.approx(20, abs=0.5) and abs(x) < 0.12


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=16, max_size=16))
def test_fingers_do_not_move_the_ray(places: list[tuple[float, float, float]]) -> None:
    joints = right_hand()
    before = aim_pose(joints, left=False), grip_pose(joints, left=False)
    joints[[3, 4, 5, 8, 9, 10, 13, 14, 15, 18, 19, 20, 23, 24, 25, 2], :3] = places
    np.testing.assert_array_equal(before, (aim_pose(joints, left=False), grip_pose(joints, left=False)))


@given(rigid)
def test_the_left_hand_is_the_right_one_in_a_mirror(pose: np.ndarray) -> None:
    right = moved(right_hand(), pose)
    left = right * MIRROR
    mirror = np.diag((-1.0, 1.0, 1.0, 1.0)).astype(np.float32)
    # Where the ray starts, where it goes, what is up; x turns over, or the pose would be left-handed.
    np.testing.assert_allclose(
        (mirror @ aim_pose(right, left=False))[:, 1:], aim_pose(left, left=True)[:, 1:], atol=1e-5
    )
    np.testing.assert_allclose(
        (mirror @ grip_pose(right, left=False))[:, 1:], grip_pose(left, left=True)[:, 1:], atol=1e-5
    )


def test_a_hand_holds_as_openxr_says() -> None:
    """+x into the palm of the right hand and out of that of the left; -z from the little finger to the thumb."""
    right, left = grip_pose(right_hand(), left=False), grip_pose(right_hand() * MIRROR, left=True)
    np.testing.assert_allclose(right[:3, 3], right_hand()[PALM, :3], atol=1e-6)
    np.testing.assert_allclose(right[:3, 0], (0, 1, 0), atol=0.02)  # palm down: into it is up
    np.testing.assert_allclose(left[:3, 0], (0, -1, 0), atol=0.02)
    assert right[0, 2] > 0.9 and left[0, 2] < -0.9
    assert right[2, 1] > 0.9 and left[2, 1] > 0.9  # +y to the wrist


def test_joints_that_all_lie_in_one_point_break_nothing() -> None:
    nowhere = np.zeros((26, 4), np.float32)
    for made in (aim_pose(nowhere, left=True), grip_pose(nowhere, left=False)):
        assert np.isfinite(made).all()
    assert 0 <= pinch(nowhere) <= 1 and 0 <= fist(nowhere) <= 1
