"""Walls that a person has moved, and their edges."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import dense, inception, residual, unet
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.layout import LAYOUTS, Arrangement, arrange
from walkbox.layout.changes import WallChange, changed, moved_paths, spline_basis

ways = pytest.mark.parametrize("layout", sorted(LAYOUTS))


def test_no_change_changes_nothing() -> None:
    a = arrange(residual())
    assert changed(a, {}) is a
    assert (a.scale == 1).all() and not a.hidden.any() and (a.extent == a.size).all()


@ways
def test_only_the_walls_named_and_their_edges_are_touched(layout: str) -> None:
    graph = dense()
    a = arrange(graph, layout)
    kept = {name: np.array(getattr(a, name)) for name in ("position", "yaw", "paths", "scale", "hidden", "bounds")}
    b = changed(a, {4: WallChange((7.0, 1.0, 9.0), 0.5, 2.0)})
    for name, values in kept.items():
        assert (getattr(a, name) == values).all(), name
    others = np.arange(len(graph.layers)) != 4
    assert (b.position[others] == a.position[others]).all() and (b.yaw[others] == a.yaw[others]).all()
    np.testing.assert_array_equal(b.position[4], [7, 1, 9])
    assert b.yaw[4] == 0.5 and b.scale[4] == 2 and (b.size == a.size).all()
    at = (a.edges == 4).any(axis=1)
    assert at.any() and (b.paths[~at] == a.paths[~at]).all()
    assert (np.abs(b.paths[at] - a.paths[at]).max(axis=(1, 2)) > 0.1).all()


def test_a_scale_is_in_the_pose_and_in_the_bounds_but_not_in_the_size() -> None:
    a = arrange(residual())
    b = changed(a, {0: WallChange(scale=3.0)})
    pose = b.network_from_wall()[0]
    np.testing.assert_allclose(pose[:3, :3], 3 * a.network_from_wall()[0][:3, :3], rtol=1e-6)
    np.testing.assert_array_equal(pose[:3, 3], a.position[0])
    np.testing.assert_allclose(b.extent[0], 3 * a.size[0])
    top = a.position[0, 1] + 3 * a.size[0, 1]
    assert b.bounds[1, 1] == pytest.approx(max(top, a.bounds[1, 1]))
    assert b.map_at(0, 3, *map(float, b.map_centres(0, 3)[1])) == a.map_at(0, 3, *map(float, a.map_centres(0, 3)[1]))


def test_a_hidden_wall_hides_its_edges_and_moves_nothing() -> None:
    a = arrange(residual())
    b = changed(a, {2: WallChange(hidden=True)})
    assert b.hidden.tolist() == [i == 2 for i in range(len(a.yaw))]
    assert (b.hidden_edges == (a.edges == 2).any(axis=1)).all() and b.hidden_edges.any()
    assert b.paths is a.paths
    assert not changed(a, {2: WallChange()}).hidden.any()


@ways
def test_a_wall_that_is_put_where_it_stands_keeps_the_ends_of_its_edges(layout: str) -> None:
    a = arrange(inception(), layout)
    layers = np.arange(len(a.yaw))
    edges, paths = moved_paths(a, layers)
    assert edges.tolist() == list(range(len(a.edges)))
    np.testing.assert_allclose(paths[:, 0], a.paths[:, 0], atol=1e-4)
    np.testing.assert_allclose(paths[:, -1], a.paths[:, -1], atol=1e-4)


def test_the_edges_of_no_wall_are_none() -> None:
    edges, paths = moved_paths(arrange(residual()), np.array([], np.int64))
    assert edges.shape == (0,) and paths.shape == (0, 32, 3)


@st.composite
def places(draw: st.DrawFn) -> WallChange:
    place = st.floats(-40, 40, width=32)
    return WallChange(
        (draw(place), draw(st.floats(0, 5, width=32)), draw(place)),
        draw(st.floats(-7, 7, width=32)),
        draw(st.sampled_from([0.2, 1.0, 2.5])),
    )


@settings(max_examples=150, deadline=None)
@given(first=places(), second=places())
def test_moved_edges_leave_behind_and_arrive_before_and_go_round_both_walls(
    first: WallChange, second: WallChange
) -> None:
    a = changed(arrange(unet()), {2: first, 3: second})
    reach = a.extent[:, 0] / 2
    for edge in np.flatnonzero((a.edges == 2).any(axis=1) | (a.edges == 3).any(axis=1)):
        path = a.paths[edge].astype(np.float64)
        assert np.isfinite(path).all() and (path[:, 1] >= 0.04).all()
        parent, child = a.edges[edge]
        apart = np.linalg.norm((a.position[parent] - a.position[child])[[0, 2]])
        for wall, end, side in ((parent, 0, -1), (child, -1, 1)):
            local = in_wall(a, wall, path)
            assert 0 < side * local[end, 2] < 0.15
            assert abs(local[end, 0]) <= reach[wall] + 1e-3
            if apart > 1.3 * (reach[parent] + reach[child]) + 4:
                crossed = local[:-1, 2] * local[1:, 2] < 0
                assert (np.abs(local[:-1, 0])[crossed] > reach[wall]).all()


def in_wall(a: Arrangement, wall: int, path: np.ndarray) -> np.ndarray:
    """Points in the frame of a wall, metres of the network."""
    sine, cosine = np.sin(a.yaw[wall]), np.cos(a.yaw[wall])
    offset = path - a.position[wall]
    x, y, z = offset.T
    return np.stack([cosine * x - sine * z, y, sine * x + cosine * z], axis=1)


def test_the_weights_of_a_spline_add_up_and_hold_its_ends() -> None:
    weights = spline_basis(33)
    assert weights.shape == (33, 8) and (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights[[0, -1]], np.eye(8)[[0, -1]])
    np.testing.assert_allclose(weights, weights[::-1, ::-1])
    along = spline_basis(400) @ np.arange(8.0)
    assert np.abs(np.diff(along, 3)).max() < 1e-4  # smooth
