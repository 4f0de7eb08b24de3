"""A residual, an inception and a dense block are recognisable: which rows, which lanes, which ways."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import Builder, chain, dense, inception, residual, unet

from walkbox.layout import arrange
from walkbox.layout.lanes import lanes
from walkbox.layout.walls import lower_edge, walls


def test_a_chain_is_a_straight_walk() -> None:
    a = arrange(chain(9))
    assert a.depth.tolist() == list(range(9))
    assert not a.lane.any() and not a.position[:, 0].any() and not a.skip.any()
    assert (np.diff(a.position[:, 2]) < -2.0).all()


def test_an_identity_skip_runs_beside_the_walls_of_its_block() -> None:
    graph = residual(2)
    a = arrange(graph)
    assert not a.lane.any()
    skips = [tuple(e) for e in a.edges[a.skip]]
    assert skips == [(layer.id - 3, layer.id) for layer in graph.layers if layer.op == "add"]
    for (parent, child), path in zip(a.edges[a.skip], a.paths[a.skip], strict=True):
        passed = range(parent + 1, child)
        beside = (path[:, 2] < a.position[parent + 1, 2] + 0.01) & (path[:, 2] > a.position[child - 1, 2] - 0.01)
        assert beside.sum() > 4
        assert path[beside, 0].min() > max(a.size[p, 0] / 2 for p in passed) + 0.2


def test_a_projection_stands_beside_the_first_convolution_of_its_block() -> None:
    graph = residual(1, project_every=1)
    a = arrange(graph)
    first, second, side, add = 2, 3, 4, 5
    assert graph.layers[add].parents == (second, side)
    assert a.lane[[first, second, side, add]].tolist() == [0, 0, 1, 0]
    assert a.depth[side] == a.depth[first] and a.position[side, 2] == a.position[first, 2]
    assert a.position[side, 0] > a.size[first, 0] / 2 + a.size[side, 0] / 2 + 1.0
    way = a.paths[[tuple(e) for e in a.edges].index((side, add))]
    passing = np.abs(way[:, 2] - a.position[second, 2]) < 1.0
    assert passing.any() and way[passing, 0] == pytest.approx(a.position[side, 0])  # straight on past the second one


def test_inception_branches_stand_side_by_side_and_meet_again() -> None:
    graph = inception(1)
    a = arrange(graph)
    start, cat = 1, next(layer.id for layer in graph.layers if layer.op == "cat")
    heads = graph.children[start]
    assert len(heads) == 4
    assert len({int(d) for d in a.depth[list(heads)]}) == 1
    assert sorted(a.lane[list(heads)].tolist()) == [-1, 0, 1, 2]
    assert a.lane[cat] == 0 and a.depth[cat] == a.depth[start] + 4  # after its longest branch, of three
    across = np.sort(a.position[list(heads), 0])
    assert across[0] < 0 < across[2] and (np.diff(across) > 1.0).all()


def test_lanes_are_used_again() -> None:
    two, many = lanes(inception(2)), lanes(inception(30))
    assert set(two.lane.tolist()) == set(many.lane.tolist()) == {-1, 0, 1, 2}
    a = arrange(inception(30))
    assert np.abs(a.position[:, 0]).max() == np.abs(arrange(inception(2)).position[:, 0]).max()


def test_a_dense_block_is_a_chain_with_a_fan_of_skips() -> None:
    graph = dense(8)
    a = arrange(graph)
    assert not a.lane.any()
    assert a.skip.sum() == sum(range(1, 9))
    span = a.depth[a.edges[a.skip, 1]] - a.depth[a.edges[a.skip, 0]]
    reach = a.paths[a.skip, :, 0].max(axis=1)
    last = a.edges[a.skip, 1] == a.edges[:, 1].max() - 1
    order = np.argsort(span[last])
    assert (np.diff(reach[last][order]) > 0.05).all()  # each longer skip further out than the one before


def test_nested_skips_of_a_unet_do_not_cross() -> None:
    a = arrange(unet(4))
    assert not a.lane.any()
    order = np.argsort(a.depth[a.edges[a.skip, 1]])
    reach = a.paths[a.skip, :, 0].max(axis=1)[order]
    assert len(reach) == 4 and (np.diff(reach) > 0.2).all()


def test_a_constant_stands_beside_what_it_feeds() -> None:
    b = Builder()
    x = b.add("input")
    for _ in range(5):
        x = b.add("conv2d", [x])
    table = b.add("parameter")
    b.add("add", [x, table], output=True)
    a = arrange(b.graph())
    assert a.depth[table] == a.depth[x] and a.lane[x] == 0 and a.lane[table] == 1


def test_a_second_input_stands_at_the_entrance() -> None:
    b = Builder()
    x = b.add("conv2d", [b.add("input")])
    other = b.add("input")
    b.add("cat", [b.add("conv2d", [x]), other], output=True)
    a = arrange(b.graph())
    assert a.depth[other] == 0 and a.lane[other] == 1


def test_the_trunk_leads_to_the_deepest_output() -> None:
    b = Builder()
    x = b.add("conv2d", [b.add("input")])
    auxiliary = b.add("linear", [b.add("avg_pool2d", [x])], kind="strip", output=True)
    main = b.add("linear", [b.add("conv2d", [b.add("conv2d", [x])])], kind="strip", output=True)
    a = arrange(b.graph())
    assert a.lane[main] == 0 and a.lane[auxiliary] == 1


def wall(**layer):
    b = Builder()
    b.add("conv2d", **layer)
    w = walls(b.graph())
    return w.columns[0], w.map_size[0], w.size[0]


def test_sizes_follow_the_maps() -> None:
    sides = [wall(maps=64, side=px)[1][0] for px in (7, 14, 28, 56, 112, 224)]
    assert sides == sorted(sides)
    assert sides[0] >= 0.12 and sides[-1] <= 1.0
    assert wall(maps=2048, side=7)[1][0] >= 0.08


@pytest.mark.parametrize("maps", [1, 3, 16, 64, 100, 128, 256, 512, 1000, 2048])
@pytest.mark.parametrize("side", [1, 7, 14, 28, 56, 112, 224])
def test_walls_are_landscape_and_not_over_ones_head(maps: int, side: int) -> None:
    columns, _, (width, height) = wall(maps=maps, side=side)
    assert height <= 3.21 and float(lower_edge(height, np.array(1))) + height <= 3.7
    assert width >= 0.75 * height
    rows = -(-maps // columns)
    assert rows * columns - maps < columns  # no empty row
    if maps in (16, 64, 128, 256, 512) and side <= 28:
        assert maps % columns == 0


@pytest.mark.parametrize(
    ("size", "widest"),
    [
        ({"kind": "strip", "maps": 50_257}, 12),  # the logits of a language model
        ({"kind": "strip", "maps": 50_257, "output": True}, 12),
        ({"kind": "strip", "maps": 200_000}, 21),
        ({"kind": "matrix", "maps": 1, "side": 4096, "width": 11_008}, 6),
        ({"kind": "matrix", "maps": 1, "side": 1, "width": 50_257}, 6),
        ({"kind": "signal", "maps": 80, "side": 1, "width": 160_000}, 12),
        ({"maps": 4096, "side": 14}, 26),
        ({"maps": 512, "side": 224}, 26),
    ],
)
def test_very_many_values_keep_to_a_wall_one_can_walk_along(size: dict, widest: float) -> None:
    columns, cell, (width, height) = wall(**size)
    assert width <= widest and height <= 3.21
    assert min(cell) >= 0.0149
    if size.get("maps", 1) > 100:
        assert height > 2 and columns < size["maps"] / 4  # it wraps


def test_other_kinds() -> None:
    _, (w, h), _ = wall(kind="matrix", maps=1, side=197, width=768)
    assert w / h == pytest.approx(768 / 197, rel=1e-3)
    _, (w, h), _ = wall(kind="signal", maps=1, side=1, width=4000)
    assert w > 1.5 and h < 0.4
    _, (w, h), (width, height) = wall(kind="strip", maps=1000, output=True)
    assert w > 3 * h and width < 9 and height <= 3.21  # cells with room for names
    _, cell, _ = wall(kind="strip", maps=1000)
    assert cell[0] == cell[1] > 0.08
    _, (w, h), (width, height) = wall(kind="scalar", maps=1)
    assert (w, h) == (width, height)
    _, (w, h), _ = wall(maps=1, side=1, width=100_000)
    assert w <= 5.0 and h >= 0.04
