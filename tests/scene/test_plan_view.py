"""The map of a network from above."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import Builder, chain, dense, residual

from walkbox.geometry import yaw_matrices
from walkbox.layout import LAYOUTS, arrange
from walkbox.layout.changes import WallChange
from walkbox.scene.network import Network
from walkbox.scene.plan_view import PlanMap

RECTANGLE = (100.0, 50.0, 300.0, 200.0)
ORIGIN = np.zeros(3)


def inside(points: np.ndarray) -> bool:
    x, y, width, height = RECTANGLE
    flat = points.reshape(-1, 2)
    return bool((flat >= (x, y)).all() and (flat <= (x + width, y + height)).all())


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("graph", [residual(), dense(), chain(60)], ids=["residual", "dense", "long"])
def test_all_of_a_network_fits_and_keeps_its_shape(layout: str, graph) -> None:
    network = Network(0, graph, arrange(graph, layout))
    network.world_from_network = yaw_matrices(np.array([[3.0, 0.0, -8.0]]), np.array([0.7]))[0]
    view = PlanMap().view(network, RECTANGLE, ORIGIN, 0.0)
    assert inside(view.walls) and inside(view.edges) and inside(view.frame) and inside(view.end)
    assert view.edges.shape == (len(graph.edges), 7, 2) and view.layers.tolist() == list(range(len(graph.layers)))
    lengths = np.linalg.norm(view.walls[:, 1] - view.walls[:, 0], axis=1)
    np.testing.assert_allclose(lengths, network.arrangement.size[:, 0] * view.scale, rtol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(view.fronts, axis=1), 1, rtol=1e-4)
    along = view.walls[:, 1] - view.walls[:, 0]
    # Seen from above with y down, the reader's right is a quarter to the left of where the wall faces.
    turned = np.stack([view.fronts[:, 1], -view.fronts[:, 0]], axis=1) * lengths[:, None]
    np.testing.assert_allclose(along, turned, atol=1e-2 * max(1.0, lengths.max()))


def test_a_long_walk_lies_along_the_longer_side() -> None:
    network = Network(0, chain(60), arrange(chain(60)))
    lying = PlanMap().view(network, RECTANGLE, ORIGIN, 0.0)
    assert (np.diff(lying.walls[:, :, 0].mean(axis=1)) > 0).all()
    np.testing.assert_allclose(lying.heading, [1, 0], atol=1e-6)
    upright = PlanMap().view(network, (0.0, 0.0, 100.0, 400.0), ORIGIN, 0.0)
    assert (np.diff(upright.walls[:, :, 1].mean(axis=1)) < 0).all()
    np.testing.assert_allclose(upright.heading, [0, -1], atol=1e-6)
    assert upright.scale == pytest.approx(lying.scale * (400 / 300), rel=1e-3)


def test_around_the_walker_only_so_much_is_shown() -> None:
    network = Network(0, chain(60), arrange(chain(60)))
    spot = network.arrangement.position[30].astype(np.float64)
    view = PlanMap().view(network, RECTANGLE, spot, np.pi / 2, radius_m=10.0)
    np.testing.assert_allclose(view.spot, [250, 150], atol=1e-3)
    np.testing.assert_allclose(view.heading, [-1, 0], atol=1e-6)
    assert view.scale == pytest.approx(200 * 0.88 / 20) and view.current == 30


def test_a_wall_is_found_on_the_map() -> None:
    network = Network(0, dense(), arrange(dense(), "spiral"))
    view = PlanMap().view(network, RECTANGLE, ORIGIN, 0.0)
    for index, layer in enumerate(view.layers.tolist()):
        assert view.layer_at(*view.walls[index].mean(axis=0).tolist(), reach=1e-3) == layer
    assert view.layer_at(100, 50, reach=1e-3) is None


def test_it_follows_what_moves_and_leaves_out_what_is_hidden() -> None:
    graph = residual()
    network, plan = Network(0, graph, arrange(graph)), PlanMap()
    first = plan.view(network, RECTANGLE, ORIGIN, 0.0)
    again = plan.view(network, RECTANGLE, ORIGIN, 1.0)
    assert (first.walls == again.walls).all() and (first.heading != again.heading).any()
    network.change_walls({2: WallChange(position=(6.0, 1.0, -10.0), scale=2.0), 3: WallChange(hidden=True)})
    after = plan.view(network, RECTANGLE, ORIGIN, 0.0)
    assert after.layers.tolist() == [i for i in range(len(graph.layers)) if i != 3]
    assert len(after.edges) == (~network.arrangement.hidden_edges).sum() < len(first.edges)
    length = np.linalg.norm(after.walls[2, 1] - after.walls[2, 0])
    assert length == pytest.approx(2 * network.arrangement.size[2, 0] * after.scale, rel=1e-3)


def test_nothing_has_a_map_too() -> None:
    graph = Builder().graph()
    view = PlanMap().view(Network(0, graph, arrange(graph)), RECTANGLE, ORIGIN, 0.0)
    assert view.current == -1 and view.layer_at(0, 0) is None and np.isfinite(view.spot).all()
