"""Ranges, colours and places of a network."""

from __future__ import annotations

from typing import get_args, get_type_hints

import numpy as np
import pytest
from graphs import chain
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.colour import COLORMAPS
from walkbox.errors import SettingsError
from walkbox.geometry import yaw_matrices
from walkbox.layout import arrange
from walkbox.messages import Block, LayerStatistics
from walkbox.scene.display import Display
from walkbox.scene.network import Network

LAYERS = 5
numbers = st.floats(width=32, allow_nan=True, allow_infinity=True)
displays = st.builds(
    Display,
    scope=st.sampled_from(["map", "layer", "model"]),
    limits=st.sampled_from(["extremes", "percentiles"]),
    symmetric=st.sampled_from(["auto", "on", "off"]),
)


def plain_network(layers: int = LAYERS) -> Network:
    graph = chain(layers)
    return Network(0, graph, arrange(graph))


def block(layer: int, low: float, high: float, run: int = 1) -> Block:
    return Block(0, run, layer, np.zeros((1, 1, 1), np.float16), 1.0, low, high)


def statistics(layer: int, percentiles: list[float], low=(0.0,), high=(1.0,)) -> LayerStatistics:
    zero = np.zeros(len(low), np.float32)
    return LayerStatistics(
        network=0, run=1, layer=layer,
        map_minimum=np.array(low, np.float32), map_maximum=np.array(high, np.float32),
        map_mean=zero, map_std=zero, map_zeros=zero, map_nans=zero,
        minimum=min(low), maximum=max(high), mean=0.0, std=0.0, zeros=0.0, nans=0.0,
        percentiles=np.array(percentiles, np.float32), histogram=np.zeros(64, np.int64), edges=np.zeros(65, np.float32),
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    displays,
    st.lists(st.tuples(numbers, numbers), min_size=LAYERS, max_size=LAYERS),
    st.lists(st.lists(numbers, min_size=7, max_size=7), max_size=LAYERS),
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4),
)
def test_ranges_are_finite_and_never_empty(display, extremes, percentiles, maps) -> None:
    network = plain_network()
    network.display = display
    for layer, (low, high) in enumerate(extremes):
        network.show(block(layer, low, high))
    for layer, values in enumerate(percentiles):
        network.describe(statistics(layer, values, *zip(*maps, strict=True)))
    ranges = [network.ranges(), *(r for layer in range(LAYERS) if (r := network.map_ranges(layer)) is not None)]
    assert network.ranges().shape == (LAYERS, 2)
    for r in ranges:
        assert r.dtype == np.float32 and np.isfinite(r).all()
        assert (r[:, 1] > r[:, 0]).all()
        if display.symmetric == "on":
            assert (r[:, 0] == -r[:, 1]).all()


def test_a_layer_gets_its_own_extremes() -> None:
    network = plain_network()
    network.display = Display(limits="extremes")
    network.show(block(1, 0.0, 8.0))
    network.show(block(2, -3.0, 1.0))
    assert network.ranges()[1].tolist() == [0, 8]
    assert network.ranges()[2].tolist() == [-3, 3]  # signed: symmetric about zero
    network.display = Display(limits="extremes", symmetric="off")
    assert network.ranges()[2].tolist() == [-3, 1]
    network.display = Display(limits="extremes", scope="model", symmetric="off")
    assert (network.ranges() == [-3, 8]).all()


def test_percentiles_leave_out_the_extremes_once_they_are_known() -> None:
    network = plain_network()
    network.show(block(1, 0.0, 100.0))
    assert network.ranges()[1].tolist() == [0, 100]
    network.describe(statistics(1, [0.5, 1, 2, 3, 4, 5, 6]))
    assert network.ranges()[1].tolist() == [0.5, 6]
    network.describe(statistics(1, [2.0] * 7))  # a constant: of no use
    assert network.ranges()[1].tolist() == [0, 100]


def test_maps_have_their_own_ranges_only_where_wanted_and_known() -> None:
    network = plain_network()
    network.show(block(1, 0.0, 9.0))
    assert network.map_ranges(1) is None
    network.display = Display(scope="map")
    assert network.map_ranges(1) is None
    network.describe(statistics(1, [0.0] * 7, low=(0.0, 2.0, 5.0), high=(1.0, 9.0, 5.0)))
    ranges = network.map_ranges(1)
    assert ranges is not None and ranges.tolist() == [[0, 1], [2, 9], [4.5, 5.5]]


def test_ranges_are_worked_out_once_for_each_change() -> None:
    network = plain_network()
    assert network.ranges() is network.ranges()
    before = network.ranges()
    network.show(block(0, 0.0, 2.0))
    assert network.ranges() is not before


def test_signed_layers_get_the_diverging_colours() -> None:
    network = plain_network()
    network.show(block(1, -1.0, 1.0))
    assert network.colormaps()[:2] == ["magma", "berlin"]
    assert set(network.colormaps()) <= set(COLORMAPS)
    network.display = network.display.replace(colormap="viridis")
    assert network.colormaps() == ["viridis"] * LAYERS


def test_a_layout_change_keeps_the_values_and_so_do_layers_that_stay_in_another_graph() -> None:
    network = plain_network()
    network.show(block(1, -1.0, 1.0))
    network.rebuild(network.graph, arrange(network.graph, "spiral"))
    assert network.minimum[1] == -1 and network.ranges()[1].tolist() == [-1, 1]
    graph = chain(3)
    network.rebuild(graph, arrange(graph))
    assert network.minimum.tolist() == [0, -1, 0] and len(network.ranges()) == 3
    assert network.world_from_wall().shape == (3, 4, 4)


def test_walls_move_with_their_network() -> None:
    network = plain_network()
    revision, before = network.placement_revision, network.world_from_wall()
    assert network.world_from_wall() is before
    network.world_from_network = yaw_matrices(np.array([[5.0, 0.0, 0.0]]), np.array([np.pi / 2]))[0]
    assert network.placement_revision > revision
    at = network.arrangement.position[2]
    np.testing.assert_allclose(network.world_from_wall()[2, :3, 3], [5 + at[2], at[1], -at[0]], atol=1e-4)


def test_the_nearest_layers_come_first() -> None:
    network = plain_network(9)
    assert network.nearest_layers(np.zeros(3)).tolist() == list(range(9))
    assert network.nearest_layers(network.wall_centres()[6])[0] == 6
    assert network.nearest_layers(np.array([0, 0, -1e4])).tolist() == list(range(9))[::-1]


def test_a_display_says_what_it_knows() -> None:
    hints = get_type_hints(Display)
    for name in ("scope", "limits", "symmetric", "transfer", "interpolation"):
        for choice in get_args(hints[name]):
            assert getattr(Display().replace(**{name: choice}), name) == choice
    with pytest.raises(SettingsError, match=r"no field 'scop'.*'scope'"):
        Display().replace(scop="map")
    with pytest.raises(SettingsError, match=r"scope is 'leyer'.*'layer'.*map, layer, model"):
        Display().replace(scope="leyer")
