"""The uniform block of a view holds what walkbox.geometry says, and views that are drawn at once do not share one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.geometry import clip_from_world, depth_range_m, frustum_planes, matrix_from_pose
from walkbox.render.view_block import ViewBlock, _numbers
from walkbox.view import Fov, View

angles = st.floats(0.1, 1.2)
lengths = st.floats(-60, 60)


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(angles, angles, angles, angles),
    st.tuples(lengths, lengths, lengths),
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: math.hypot(*q) > 0.1),
    st.sampled_from([0.01, 0.3, 1.0, 7.0, 100.0]),
)
def test_it_holds_what_geometry_says(fov, place, turn, scale):
    view = View(
        matrix_from_pose(np.array(place), np.array(turn)), Fov(-fov[0], fov[1], fov[2], -fov[3]), (80, 60), scale
    )
    rows = np.array(_numbers(view)).reshape(20, 4)
    clip = clip_from_world(view)
    np.testing.assert_allclose(rows[:4].T, clip, rtol=2e-5, atol=2e-5 * np.abs(clip).max())
    np.testing.assert_array_equal(rows[4], [*view.world_from_view[:3, 3].astype(float), scale])
    expected = frustum_planes(rows[:4].T)
    reach = depth_range_m(scale)[1]
    np.testing.assert_allclose(rows[5:11] / [1, 1, 1, reach], expected / [1, 1, 1, reach], atol=2e-5)
    for x, y in [(-1, -1), (-1, 1), (1, -1), (1, 1), (0.2, -0.7)]:  # a place on the screen and its direction
        way = rows[12, :3] + x * rows[13, :3] + y * rows[14, :3]
        point = rows[:4].T @ np.append(rows[4, :3] + scale * way, 1)
        np.testing.assert_allclose(point[:2] / point[3], [x, y], atol=1e-5)
    np.testing.assert_allclose(rows[15], np.tan([-fov[0], fov[1], fov[2], -fov[3]]))
    np.testing.assert_allclose(rows[11, :3], [80, 60, 60 / (math.tan(fov[2]) + math.tan(fov[3]))])


def test_frames_that_follow_each_other_have_buffers_of_their_own(host):
    block = ViewBlock(host.ctx)
    planes, held = [], []
    for x in (0, 3, 6):
        views = []
        for eye in range(3 if x == 3 else 2):
            pose = np.eye(4, dtype=np.float32)
            pose[0, 3] = x + eye
            views.append(View(pose, Fov.symmetric(60, 1.5), (30, 20)))
        planes.extend(block.write(views))
    for buffer in block._buffers[1:] + block._buffers[:1]:  # the first one is written to last
        held.extend(np.frombuffer(buffer.read(), np.float32).reshape(-1, 32, 4))
    assert [rows[4, 0] for rows in held] == [0, 1, 3, 4, 5, 6, 7]
    for rows, seen in zip(held, planes, strict=True):
        np.testing.assert_array_equal(rows[5:11], seen)
    assert np.linalg.norm(planes[0][:, :3], axis=1) == pytest.approx(1)
    block.release()
