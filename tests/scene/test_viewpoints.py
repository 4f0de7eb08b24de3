"""Where to stand."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import Builder, chain, dense, inception, residual, unet

from walkbox.geometry import clip_from_world, look_at, walker_matrix, yaw_matrices
from walkbox.layout import LAYOUTS, arrange
from walkbox.scene.network import Network
from walkbox.scene.viewpoints import entrance, in_front_of, overview
from walkbox.view import Fov, View

EYE = np.array([0, 1.65, 0], np.float32)


def seen(pose: np.ndarray, points: np.ndarray, fov_deg: float = 62, aspect: float = 16 / 9) -> np.ndarray:
    clip = clip_from_world(View(pose, Fov.symmetric(fov_deg, aspect), (1600, 900)))
    p = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ clip.T.astype(np.float64)
    return np.all(np.abs(p[:, :3]) <= p[:, 3:], axis=1)


def corners(network: Network, layer: int) -> np.ndarray:
    width, height = network.arrangement.size[layer]
    local = np.array([[x, y, 0, 1] for x in (-width / 2, width / 2) for y in (0, height)])
    return (local @ network.world_from_wall()[layer].T)[:, :3]


@pytest.mark.parametrize("graph", [residual(2, project_every=2), inception(), dense(), unet()])
def test_a_wall_is_seen_whole_from_before_it(graph) -> None:
    network = Network(0, graph, arrange(graph))
    for layer in range(len(graph.layers)):
        position, yaw, pitch, distance = in_front_of(network, layer)
        assert position[1] == 0 and distance > 0.5
        if network.arrangement.size[layer, 0] < 8:  # the widest do not fit into their aisle
            assert seen(walker_matrix(position + EYE, yaw, pitch), corners(network, layer)).all()


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_one_stands_on_the_walls_own_axis_with_nothing_between(layout: str) -> None:
    graph = inception()
    network = Network(0, graph, arrange(graph, layout))
    network.world_from_network = yaw_matrices(np.array([[3.0, 0.5, -2.0]]), np.array([1.0]))[0]
    for layer in range(len(graph.layers)):
        position, yaw, _, distance = in_front_of(network, layer)
        wall = network.world_from_wall()[layer]
        assert position[1] == pytest.approx(0.5)
        np.testing.assert_allclose(walker_matrix(position, yaw, 0)[:3, 2], wall[:3, 2], atol=1e-5)
        local = (position - wall[:3, 3]) @ wall[:3, :3]
        assert local[0] == pytest.approx(0, abs=1e-3) and local[2] == pytest.approx(distance, rel=1e-3)
        others = [i for i in range(len(graph.layers)) if i != layer]
        between = (network.world_from_wall()[others, :3, 3] - wall[:3, 3]) @ wall[:3, :3]
        half = network.arrangement.size[others, 0] / 2
        assert not ((between[:, 2] > 0.05) & (between[:, 2] < distance) & (np.abs(between[:, 0]) < half)).any()


def test_a_narrow_picture_is_taken_from_further_away() -> None:
    b = Builder()
    b.add("conv2d", maps=64, side=28)
    network = Network(0, b.graph(), arrange(b.graph()))
    assert in_front_of(network, 0, aspect=0.6)[3] > in_front_of(network, 0)[3]
    assert in_front_of(network, 0, fov_deg=100)[3] < in_front_of(network, 0)[3]


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("graph", [chain(1), residual(2), inception(), dense(), unet(), chain(300)])
def test_the_overview_shows_the_beginning_from_above(layout: str, graph) -> None:
    network = Network(0, graph, arrange(graph, layout))
    eye, target = overview(network)
    assert eye[1] > 3 and np.isfinite(eye).all()
    shown = seen(look_at(eye, target), network.wall_centres())
    assert shown[:3].all()


def test_one_comes_in_looking_down_the_walk() -> None:
    network = Network(0, chain(4), arrange(chain(4)))
    position, yaw = entrance(network)
    assert position.tolist() == [0, 0, 0] and yaw == 0
    assert seen(walker_matrix(position + EYE, yaw, 0), network.wall_centres()).all()
    network.world_from_network = yaw_matrices(np.array([[1.0, 0.0, 2.0]]), np.array([0.5]))[0]
    position, yaw = entrance(network)
    assert position.tolist() == [1, 0, 2] and yaw == pytest.approx(0.5)


def test_a_place_without_walls_has_viewpoints_too() -> None:
    network = Network(0, Builder().graph(), arrange(Builder().graph()))
    assert np.isfinite(overview(network)).all() and entrance(network)[1] == 0
