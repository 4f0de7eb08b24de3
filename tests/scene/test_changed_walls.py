"""Walls moved, scaled and hidden, sorted maps, limits set by hand, and what stays in another graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from graphs import chain

from walkbox.layout import arrange
from walkbox.layout.changes import WallChange
from walkbox.messages import Block
from walkbox.scene.display import Display
from walkbox.scene.network import Network, same_layers


def network_of(layers: int = 6) -> Network:
    graph = chain(layers)
    return Network(0, graph, arrange(graph))


def shown(layer: int, low: float, high: float) -> Block:
    return Block(0, 1, layer, np.zeros((1, 1, 1), np.float16), 1.0, low, high)


def test_a_moved_wall_changes_its_own_row_and_is_named() -> None:
    network = network_of()
    network.world_from_network = np.diag([2, 2, 2, 1]).astype(np.float32)
    before, centres = network.world_from_wall().copy(), network.wall_centres().copy()
    revision, texts, stands = network.placement_revision, network.text_revision, network.stand_revision
    assert network.moved_since(revision).tolist() == []
    network.change_walls({2: WallChange(position=(1.0, 0.5, -3.0), yaw=np.pi / 2, scale=1.5)})
    after = network.world_from_wall()
    others = [0, 1, 3, 4, 5]
    assert (after[others] == before[others]).all() and (network.wall_centres()[others] == centres[others]).all()
    np.testing.assert_allclose(after[2] @ [1, 0, 0, 1], [2, 1, -6 - 3, 1], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(after[2, :3, :3], axis=0), 3.0, rtol=1e-5)
    height = network.arrangement.size[2, 1]
    np.testing.assert_allclose(network.wall_centres()[2], [2, 1 + 1.5 * height, -6], atol=1e-4)
    assert network.moved_since(revision).tolist() == [2] and network.moved_since(revision - 1) is None
    assert (network.text_revision, network.stand_revision) == (texts, stands)  # no text is laid out anew
    np.testing.assert_allclose(after, Network.world_from_wall(_anew(network)), atol=1e-5)


def _anew(network: Network) -> Network:
    """The same network with everything worked out from nothing."""
    other = Network(0, network.graph, network.arrangement)
    other.world_from_network = network.world_from_network
    return other


def test_moves_add_up_and_a_move_to_where_it_stands_is_none() -> None:
    network = network_of()
    start = network.placement_revision
    network.change_walls({1: WallChange(scale=2.0)})
    network.change_walls({4: WallChange(hidden=True), 1: WallChange(scale=2.0)})
    assert network.moved_since(start).tolist() == [1, 4] and network.moved_since(start + 1).tolist() == [4]
    assert dict(network.walls) == {1: WallChange(scale=2.0), 4: WallChange(hidden=True)}
    assert network.arrangement.hidden.tolist() == [False] * 4 + [True, False]
    revision = network.placement_revision
    network.change_walls({1: WallChange(scale=2.0)})
    assert network.placement_revision == revision
    network.change_walls({1: WallChange(), 4: WallChange()})
    assert network.arrangement is network.base and not network.walls
    for _ in range(200):
        network.change_walls({0: WallChange(scale=float(network.placement_revision))})
    assert network.moved_since(start) is None and network.moved_since(network.placement_revision - 1).tolist() == [0]
    with pytest.raises(IndexError, match="no layer 6"):
        network.change_walls({6: WallChange()})


def test_whoever_raises_the_revision_himself_means_all_walls() -> None:
    network = network_of()
    before = network.placement_revision
    network.placement_revision += 1
    assert network.moved_since(before) is None


def test_another_layout_keeps_changed_walls_and_says_when_the_hall_moves() -> None:
    network = network_of()
    network.change_walls({2: WallChange(position=(1.0, 0.5, -3.0), scale=1.5)})
    texts, stands = network.text_revision, network.stand_revision
    base = arrange(network.graph, "spiral")
    network.rebuild(network.graph, base)
    assert network.base is base and network.arrangement.scale[2] == 1.5
    np.testing.assert_allclose(network.arrangement.position[2], [1.0, 0.5, -3.0])
    assert network.stand_revision > stands and network.text_revision == texts
    stands = network.stand_revision
    network.rebuild(network.graph, replace(base, position=base.position + np.float32(0.1)))
    assert network.stand_revision == stands and network.moved_since(network.placement_revision - 1) is None


def test_an_order_decides_what_hangs_where() -> None:
    network = network_of()
    count = network.graph.layers[2].maps.count
    order = np.arange(count)[::-2]
    revision = network.order_revision
    network.set_order(2, order)
    assert network.order_revision > revision and network.cells(2) == len(order) and network.cells(1) > 0
    centres = network.arrangement.map_centres(2, count)
    for cell, channel in enumerate(order):
        assert network.channel_at(2, *centres[cell])[0] == channel and network.cell_of(2, channel) == cell
    assert network.channel_at(2, *centres[len(order)]) is None and network.cell_of(2, int(order[0]) - 1) is None
    revision = network.order_revision
    network.set_order(2, order.copy())
    assert network.order_revision == revision
    network.set_order(2, None)
    assert not network.orders and network.channel_at(2, *centres[3])[0] == 3 and network.cell_of(2, count) is None
    for wrong in ([0, 0], [-1], [count]):
        with pytest.raises(ValueError, match=f"order of {count} maps"):
            network.set_order(2, np.array(wrong))


@pytest.mark.parametrize("scope", ["map", "layer", "model"])
def test_limits_set_by_hand_win(scope) -> None:
    network = network_of()
    network.show(shown(1, -4.0, 2.0))
    network.display = Display(scope=scope)
    before = network.ranges().copy()
    network.set_limits(1, (-0.5, 1.25))
    assert network.ranges()[1].tolist() == [-0.5, 1.25] and network.map_ranges(1) is None
    assert (np.delete(network.ranges(), 1, 0) == np.delete(before, 1, 0)).all()
    network.set_limits(1, (3.0, 3.0))
    assert np.diff(network.ranges()[1])[0] > 0
    for wrong in ((1.0, 0.0), (float("nan"), 1.0), (0.0, float("inf"))):
        with pytest.raises(ValueError, match="Limits"):
            network.set_limits(1, wrong)
    network.set_limits(1, None)
    assert (network.ranges() == before).all() and not network.limits


def test_layers_that_stay_keep_what_is_known_and_set() -> None:
    graph = chain(6)
    stay = [replace(layer, id=k, parents=tuple(range(k))[-1:]) for k, layer in enumerate(graph.layers[2:])]
    opened = replace(graph, layers=tuple(stay))
    assert same_layers(graph, opened).tolist() == [2, 3, 4, 5]
    other = replace(opened.layers[1], shape=(1, 99, 1, 1))
    assert same_layers(graph, replace(opened, layers=(opened.layers[0], other))).tolist() == [2, -1]
    network = Network(0, graph, arrange(graph))
    network.show(shown(3, -2.0, 5.0))
    network.set_limits(4, (0.0, 9.0))
    network.set_order(3, np.array([2, 1]))
    network.change_walls({1: WallChange(hidden=True), 5: WallChange(scale=2.0)})
    network.rebuild(opened, arrange(opened))
    assert network.minimum.tolist() == [0, -2, 0, 0] and network.shown_run.tolist() == [0, 1, 0, 0]
    assert dict(network.limits) == {2: (0.0, 9.0)} and network.orders[1].tolist() == [2, 1]
    assert dict(network.walls) == {3: WallChange(scale=2.0)}
    assert network.arrangement.scale.tolist() == [1, 1, 1, 2] and not network.arrangement.hidden.any()
