"""What a ray meets."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import Builder, chain
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.layout import Arrangement, arrange
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.network import Network
from walkbox.scene.picking import pick
from walkbox.scene.scene import Scene
from walkbox.scene.viewpoints import in_front_of


def toward(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    way = np.asarray(target, np.float64) - eye
    return (way / np.linalg.norm(way)).astype(np.float32)


def eye_before(network: Network, layer: int) -> np.ndarray:
    return in_front_of(network, layer)[0] + np.array([0, 1.65, 0], np.float32)


@pytest.mark.parametrize("layout", ["linear", "spiral"])
def test_the_value_of_the_map_that_one_points_at(network: Network, layout: str) -> None:
    network.rebuild(network.graph, arrange(network.graph, layout))
    scene = Scene({0: network})
    for layer in network.graph.layers:
        eye = eye_before(network, layer.id)
        a, maps = network.arrangement, layer.maps
        for channel in {0, maps.count // 3, maps.count - 1}:
            row, column = maps.height // 3, 2 * maps.width // 3
            x, y = a.map_centres(layer.id, maps.count)[channel]
            x += ((column + 0.5) / maps.width - 0.5) * a.map_size[layer.id, 0]
            y -= ((row + 0.5) / maps.height - 0.5) * a.map_size[layer.id, 1]
            target = (network.world_from_wall()[layer.id] @ [x, y, 0, 1])[:3]
            hit = pick(scene, eye, toward(eye, target))
            assert hit is not None and hit.kind == "map"
            assert (hit.network, hit.layer, hit.channel) == (0, layer.id, channel)
            assert (hit.row, hit.column) == (row, column)
            np.testing.assert_allclose(hit.point, target, atol=1e-3)
            assert hit.distance == pytest.approx(float(np.linalg.norm(target - eye)), rel=1e-4)


def test_between_two_maps_there_is_the_wall(network: Network) -> None:
    layer = 2
    a = network.arrangement
    x, y = a.map_centres(layer, 1)[0] + np.array([a.pitch[layer, 0] / 2, 0])
    target = (network.world_from_wall()[layer] @ [x, y, 0, 1])[:3]
    eye = eye_before(network, layer)
    hit = pick(Scene({0: network}), eye, toward(eye, target))
    assert hit is not None and (hit.kind, hit.layer, hit.channel) == ("wall", layer, -1)


def test_a_wall_hides_what_is_behind_it_and_shows_no_maps_from_behind(network: Network) -> None:
    wall = network.world_from_wall()[2]
    centre = network.wall_centres()[2]
    behind = centre - wall[:3, 2] * 1.0
    hit = pick(Scene({0: network}), behind, wall[:3, 2])
    assert hit is not None and (hit.kind, hit.layer) == ("wall", 2)


def test_the_sky_is_nothing(scene: Scene) -> None:
    up = np.array([0, 1, 0], np.float32)
    assert pick(scene, np.array([0, 1.65, 0], np.float32), up) is None
    assert pick(Scene(), np.zeros(3, np.float32), up) is None


def test_what_is_too_far_is_not_met(network: Network) -> None:
    eye = eye_before(network, 3)
    direction = toward(eye, network.wall_centres()[3])
    assert pick(Scene({0: network}), eye, direction, far_m=1.0) is None


def test_every_picture_on_the_shelf_and_the_frame(scene: Scene, network: Network) -> None:
    eye = np.array([0, 1.65, 0], np.float32)
    found = []
    for id, quad in shelf_pictures(scene):
        corner = quad.world_from_quad @ [-0.25 * quad.size[0], 0.75 * quad.size[1], 0, 1]
        hit = pick(scene, eye, toward(eye, corner[:3]))
        assert hit is not None and hit.kind == "picture" and hit.picture == id
        assert (hit.u, hit.v) == pytest.approx((0.25, 0.25), abs=1e-3)
        found.append(id)
    assert found == list(scene.shelf)
    quad = frame_picture(network)
    hit = pick(scene, eye, toward(eye, (quad.world_from_quad @ [0, quad.size[1] / 2, 0, 1])[:3]))
    assert hit is not None and (hit.kind, hit.network) == ("frame", 0)


def test_new_pictures_can_be_picked_at_once(scene: Scene) -> None:
    eye = np.array([0, 1.65, 0], np.float32)
    pick(scene, eye, np.array([0, 0, -1], np.float32))
    added = scene.add_picture(np.zeros((8, 8, 3), np.uint8), "new")
    quad = dict(shelf_pictures(scene))[added.id]
    hit = pick(scene, eye, toward(eye, (quad.world_from_quad @ [0, quad.size[1] / 2, 0, 1])[:3]))
    assert hit is not None and hit.picture == added.id


@settings(max_examples=80, deadline=None)
@given(st.floats(-12, 12), st.floats(0.2, 4), st.floats(-80, 2), st.floats(-3.1, 3.1), st.floats(-0.6, 0.6))
def test_the_nearest_wall_is_met_first(x: float, y: float, z: float, yaw: float, pitch: float) -> None:
    network = _network()
    eye = np.array([x, y, z], np.float32)
    direction = np.array([-np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)], np.float32)
    hit = pick(Scene({0: network}), eye, direction, far_m=1e4)
    expected = []
    for layer, pose in enumerate(network.world_from_wall().astype(np.float64)):  # one wall after the other
        normal, width, height = pose[:3, 2], *network.arrangement.size[layer]
        slope = normal @ direction
        if abs(slope) < 1e-9:
            continue
        reach = normal @ (pose[:3, 3] - eye) / slope
        local = (eye + reach * direction - pose[:3, 3]) @ pose[:3, :3]
        if reach > 0 and abs(local[0]) <= width / 2 and 0 <= local[1] <= height:
            expected.append((reach, layer))
        bar = min(max(0.3 * width, 0.22), 0.7) / 2 + 0.04  # its handle, and a little around it
        if reach > 0 and abs(local[0]) <= bar and abs(local[1] + 0.13) <= 0.07:
            expected.append((reach, layer))
    if hit is None or hit.kind in ("frame", "table"):
        assert not expected or (hit is not None and hit.distance < min(expected)[0])
    else:
        assert hit.layer == min(expected)[1] and hit.distance == pytest.approx(min(expected)[0], rel=1e-3)


def _network(kept: list[Network] = []) -> Network:  # noqa: B006  (made once)
    if not kept:
        graph = chain(12)
        kept.append(Network(0, graph, arrange(graph)))
    return kept[0]


def test_two_hundred_thousand_maps_cost_no_more_than_two(monkeypatch: pytest.MonkeyPatch) -> None:
    b = Builder()
    for _ in range(100):
        b.add("conv2d", maps=2000, side=7)
    graph = b.graph()
    assert graph.maps_total == 200_000
    network = Network(0, graph, arrange(graph))
    asked: list[int] = []
    real = Arrangement.map_at
    monkeypatch.setattr(
        Arrangement, "map_at", lambda self, layer, *rest: asked.append(layer) or real(self, layer, *rest)
    )
    monkeypatch.setattr(Arrangement, "map_centres", None)  # nothing of the size of the maps is made
    eye = np.array([0, 1.65, 0], np.float32)
    pick(Scene({0: network}), eye, toward(eye, network.wall_centres()[50]))
    assert len(asked) == 1
