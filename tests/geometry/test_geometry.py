"""Each convention of walkbox.geometry, pinned."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from walkbox.geometry import (
    clip_from_view,
    clip_from_world,
    frustum_planes,
    invert_rigid,
    look_at,
    matrix_from_pose,
    ray_through,
    spheres_in_frustum,
    walker_matrix,
    yaw_matrices,
)
from walkbox.scene.rectangles import Rectangles
from walkbox.view import Fov, View

lengths = st.floats(-50, 50, width=32)
angles = st.floats(-3.0, 3.0, width=32)
pitches = st.floats(-1.5, 1.5, width=32)
points = arrays(np.float32, 3, elements=lengths)
quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
fovs = st.builds(
    Fov, st.floats(-1.2, -0.1), st.floats(0.1, 1.2), st.floats(0.1, 1.2), st.floats(-1.2, -0.1)
)  # as headsets give them, asymmetric
many = settings(max_examples=150, deadline=None)


def project(clip: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Normalised device coordinates of a world point."""
    p = clip.astype(np.float64) @ np.append(point, 1.0)
    return p[:3] / p[3]


def rotate(axis: np.ndarray, angle: float, v: np.ndarray) -> np.ndarray:
    """Rodrigues' formula."""
    return v * math.cos(angle) + np.cross(axis, v) * math.sin(angle) + axis * np.dot(axis, v) * (1 - math.cos(angle))


@many
@given(points, angles, arrays(np.float64, 3, elements=st.floats(-1, 1)), points)
def test_a_pose_turns_as_its_quaternion_says(position, angle, axis, v) -> None:
    assume(np.linalg.norm(axis) > 0.1)
    axis = axis / np.linalg.norm(axis)
    quaternion = np.append(axis * math.sin(angle / 2), math.cos(angle / 2))
    matrix = matrix_from_pose(position, quaternion * 3.0)  # need not be of unit length
    assert matrix.dtype == np.float32
    moved = (matrix @ np.append(v, 1))[:3]
    np.testing.assert_allclose(moved, rotate(axis, angle, v.astype(np.float64)) + position, atol=1e-3)


@many
@given(points, quaternions)
def test_rotations_are_rotations(position, quaternion) -> None:
    rotation = matrix_from_pose(position, quaternion)[:3, :3].astype(np.float64)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-5)


def test_a_quarter_turn_about_up_looks_left() -> None:
    half = math.sqrt(0.5)
    forward = matrix_from_pose(np.zeros(3), np.array([0, half, 0, half]))[:3, :3] @ [0, 0, -1]
    np.testing.assert_allclose(forward, [-1, 0, 0], atol=1e-6)


@many
@given(points, quaternions)
def test_the_inverse_undoes(position, quaternion) -> None:
    matrix = matrix_from_pose(position, quaternion)
    np.testing.assert_allclose(invert_rigid(matrix) @ matrix, np.eye(4), atol=1e-4)
    assert (invert_rigid(matrix)[3] == [0, 0, 0, 1]).all()


def test_a_walker_turns_left_and_looks_up() -> None:
    ahead = np.array([0, 0, -1])
    np.testing.assert_allclose(walker_matrix(np.zeros(3), 0, 0)[:3, :3] @ ahead, ahead, atol=1e-7)
    np.testing.assert_allclose(walker_matrix(np.zeros(3), math.pi / 2, 0)[:3, :3] @ ahead, [-1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(walker_matrix(np.zeros(3), 0, math.pi / 2)[:3, :3] @ ahead, [0, 1, 0], atol=1e-6)
    up = walker_matrix(np.zeros(3), 1.0, 0.7)
    assert up[1, 0] == 0  # the right hand stays level
    np.testing.assert_array_equal(walker_matrix(np.array([1, 2, 3]), 0.3, 0.2)[:3, 3], [1, 2, 3])


@many
@given(points, angles)
def test_yaw_matrices_turn_like_a_level_walker(position, yaw) -> None:
    both = yaw_matrices(np.stack([position, position]), np.array([yaw, 0.0]))
    np.testing.assert_allclose(both[0], walker_matrix(position, yaw, 0.0), atol=1e-6)
    np.testing.assert_array_equal(both[1, :3, :3], np.eye(3))


@many
@given(points, points)
def test_look_at_looks_at_with_a_level_head(eye, target) -> None:
    assume(np.linalg.norm(target - eye) > 0.1)
    matrix = look_at(eye, target)
    toward = (target - eye) / np.linalg.norm(target.astype(np.float64) - eye)
    np.testing.assert_allclose(-matrix[:3, 2], toward, atol=1e-4)
    assert abs(matrix[1, 0]) < 1e-6 and matrix[1, 1] >= -1e-6
    np.testing.assert_array_equal(matrix[:3, 3], eye)


@pytest.mark.parametrize("down", [1.0, -1.0])
def test_looking_straight_up_or_down_keeps_the_right_hand(down: float) -> None:
    matrix = look_at(np.zeros(3), np.array([0, -down, 0]))
    np.testing.assert_allclose(-matrix[:3, 2], [0, -down, 0], atol=1e-6)
    np.testing.assert_allclose(matrix[:3, 0], [1, 0, 0], atol=1e-6)


def test_looking_at_ones_own_eye_looks_ahead() -> None:
    np.testing.assert_array_equal(look_at(np.ones(3), np.ones(3))[:3, :3], np.eye(3))


@many
@given(fovs, st.floats(0.06, 1000))
def test_the_edges_of_a_field_of_view_are_the_edges_of_the_picture(fov: Fov, depth: float) -> None:
    clip = clip_from_view(fov)
    assert clip.dtype == np.float32 and clip.flags.c_contiguous
    for angle, axis, edge in ((fov.left, 0, -1), (fov.right, 0, 1), (fov.down, 1, -1), (fov.up, 1, 1)):
        point = np.zeros(3)
        point[axis], point[2] = math.tan(angle) * depth, -depth
        assert project(clip, point)[axis] == pytest.approx(edge, abs=1e-4)


def test_depth_runs_from_near_to_far() -> None:
    clip = clip_from_view(Fov.symmetric(62, 16 / 9), near_m=0.1, far_m=100)
    assert project(clip, np.array([0, 0, -0.1]))[2] == pytest.approx(-1, abs=1e-5)
    assert project(clip, np.array([0, 0, -100]))[2] == pytest.approx(1, abs=1e-4)
    up = math.tan(math.radians(31))
    np.testing.assert_allclose(project(clip, np.array([up * 16 / 9, up, -1]))[:2], [1, 1], atol=1e-5)


views = st.builds(
    lambda p, yaw, pitch, fov: View(walker_matrix(p, yaw, pitch), fov, (640, 480)), points, angles, pitches, fovs
)


@many
@given(views, st.floats(0, 640), st.floats(0, 480), st.floats(0.5, 100))
def test_a_ray_through_a_pixel_projects_back_to_it(view: View, x: float, y: float, distance: float) -> None:
    origin, direction = ray_through(view, x, y)
    np.testing.assert_array_equal(origin, view.world_from_view[:3, 3])
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-5)
    ndc = project(clip_from_world(view), origin.astype(np.float64) + direction.astype(np.float64) * distance)
    np.testing.assert_allclose((ndc[0] + 1) / 2 * 640, x, atol=0.5)
    np.testing.assert_allclose((1 - ndc[1]) / 2 * 480, y, atol=0.5)


@many
@given(views, points)
def test_the_planes_hold_what_the_picture_shows(view: View, point) -> None:
    clip = clip_from_world(view, near_m=0.1, far_m=60)
    planes = frustum_planes(clip)
    np.testing.assert_allclose(np.linalg.norm(planes[:, :3], axis=1), 1, atol=1e-5)
    p = clip.astype(np.float64) @ np.append(point, 1)
    margin = (np.abs(p[:3]) - p[3]).max()
    assume(abs(margin) > 1e-2)
    assert bool((planes @ np.append(point, 1) >= 0).all()) == (margin < 0)


def test_spheres_that_touch_are_kept() -> None:
    planes = frustum_planes(clip_from_view(Fov.symmetric(90, 1), 0.1, 100))
    centres = np.array([[0, 0, -5], [0, 0, 5], [7, 0, -5], [7, 0, -5], [0, 0, -101]], np.float32)
    kept = spheres_in_frustum(planes, centres, np.array([0.1, 0.1, 0.1, 2.0, 0.5], np.float32))
    assert kept.tolist() == [True, False, False, True, False]


@many
@given(points, angles, st.floats(0.1, 9), st.floats(0.1, 9), st.floats(-0.99, 0.99), st.floats(0.01, 0.99), points)
def test_a_ray_at_a_point_of_a_rectangle_meets_it_there(position, yaw, width, height, u, v, eye) -> None:
    pose = yaw_matrices(position[None], np.array([yaw]))
    local = np.array([u * width / 2, v * height, 0, 1])
    target = (pose[0].astype(np.float64) @ local)[:3]
    way = target - eye
    reach = np.linalg.norm(way)
    assume(reach > 0.1 and abs(np.dot(way / reach, pose[0, :3, 2])) > 0.05)
    ray = eye, (way / reach).astype(np.float32)
    met = Rectangles(pose, np.array([[width, height]])).meet([ray], 1e6)[0]
    assume(min(1 - abs(u), v, 1 - v) * min(width, height) > 0.01)
    assert met is not None and met[:2] == pytest.approx((reach, 0), rel=1e-3)
    assert met[2:] == pytest.approx((local[0], local[1]), abs=5e-3)


def test_rays_miss_beside_behind_and_along() -> None:
    pose = yaw_matrices(np.array([[0, 0, -3]]), np.array([0.0]))
    size = np.array([[2.0, 2.0]])

    def reach(origin, direction) -> float:
        ray = np.array(origin, np.float32), np.array(direction, np.float32)
        met = Rectangles(pose, size).meet([ray], np.inf)[0]
        return np.inf if met is None else met[0]

    assert reach([0, 1, 0], [0, 0, -1]) == 3
    assert reach([0, 1, 0], [0, 0, 1]) == np.inf  # behind the eye
    assert reach([1.1, 1, 0], [0, 0, -1]) == np.inf
    assert reach([0, -0.1, 0], [0, 0, -1]) == np.inf  # it stands on its lower edge
    assert reach([0, 1, 0], [1, 0, 0]) == np.inf  # along it
    assert reach([0, 1, -3], [1, 0, 0]) == np.inf  # in its plane
    assert reach([0, 1, -6], [0, 0, 1]) == 3  # from its back
    none = Rectangles(np.zeros((0, 4, 4)), np.zeros((0, 2)))
    assert none.meet([(np.zeros(3), np.array([0, 0, -1]))], np.inf) == [None]


def test_several_rays_at_once_and_rectangles_of_another_scale() -> None:
    poses = yaw_matrices(np.array([[0, 0, -3], [5, 1, -2]]), np.array([0.0, -0.7]))
    poses[1, :3, :3] *= 4
    size = np.array([[2.0, 2.0], [0.5, 1.0]])
    local = [(0, 0.3, 0.5), (1, -0.2, 0.9)]  # rectangle, x, y
    eye = np.array([0.5, 1.5, 1.0])
    rays = []
    for which, x, y in local:
        way = (poses[which] @ [x, y, 0, 1])[:3] - eye
        rays.append((eye, way / np.linalg.norm(way)))
    found = Rectangles(poses, size).meet([*rays, (eye, np.array([0, 0, 1]))], np.inf)
    assert found[2] is None
    for met, (which, across, up) in zip(found, local, strict=False):
        assert met is not None and met[1:] == pytest.approx((which, across, up), abs=1e-6)
        there = (poses[which] @ [across, up, 0, 1])[:3]
        assert met[0] == pytest.approx(np.linalg.norm(there - eye), rel=1e-6)


@many
@given(st.integers(0, 2**32 - 1))
def test_of_very_many_rectangles_the_nearest_is_met(seed: int) -> None:
    random = np.random.default_rng(seed)
    poses = yaw_matrices(random.uniform(-9, 9, (60, 3)), random.uniform(-3, 3, 60))
    size = random.uniform(0.2, 6, (60, 2))
    size[::7] = -1  # hidden
    way = random.normal(size=3)
    ray = random.uniform(-9, 9, 3), way / np.linalg.norm(way)
    local = [np.linalg.inv(pose.astype(np.float64)) for pose in poses]
    expected = []
    for index, (inverse, (width, height)) in enumerate(zip(local, size, strict=True)):
        start, step = inverse[:3, :3] @ ray[0] + inverse[:3, 3], inverse[:3, :3] @ ray[1]
        reach = -start[2] / step[2]
        x, y, _ = start + reach * step
        if reach > 0 and abs(x) <= width / 2 and 0 <= y <= height:
            expected.append((reach, index, x, y))
    met = Rectangles(poses, size).meet([ray], np.inf)[0]
    assert (met is None) == (not expected)
    if met is not None:
        assert met == pytest.approx(min(expected), abs=1e-4)
    assert Rectangles(poses, size).meet([ray], 0.01)[0] in (None, met)
