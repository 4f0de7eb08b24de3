"""From one arrangement to another."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from graphs import dense, inception, residual

from walkbox.graph import Layer, ModelGraph
from walkbox.layout import LAYOUTS, arrange
from walkbox.layout.changes import WallChange, changed
from walkbox.layout.transition import SWITCH, Transition, between, kin

pairs = pytest.mark.parametrize(("before", "after"), list(itertools.permutations(sorted(LAYOUTS), 2)))


def centres(a) -> np.ndarray:
    return a.position + np.stack([0 * a.yaw, a.extent[:, 1] / 2, 0 * a.yaw], axis=1)


@pairs
def test_it_begins_and_ends_where_it_should(before: str, after: str) -> None:
    graph = residual(3, project_every=2)
    a, b = arrange(graph, before), arrange(graph, after)
    assert between(a, b, 0) is a and between(a, b, 1) is b
    assert between(a, b, -1) is a and between(a, b, 2) is b


@pairs
def test_nothing_jumps(before: str, after: str) -> None:
    graph = inception()
    way = Transition(arrange(graph, before), arrange(graph, after))
    times = np.linspace(0, 1, 401)
    stages = [way.at(float(t)) for t in times]
    far = np.abs(way.b.position - way.a.position).max() + 1
    for name in ("position", "extent"):
        steps = [np.abs(getattr(q, name) - getattr(p, name)).max() for p, q in itertools.pairwise(stages)]
        assert max(steps) < 0.01 * far
    turns = [np.abs(np.angle(np.exp(1j * (q.yaw - p.yaw)))).max() for p, q in itertools.pairwise(stages)]
    assert max(turns) < 0.02
    assert steps_of_paths(stages, len(way.a.edges)) < 0.02 * far


def steps_of_paths(stages: list, edges: int) -> float:
    """The longest step of the first and the last point of any edge."""
    assert all(len(s.paths) == edges for s in stages)
    ends = [s.paths[:, [0, -1]] for s in stages]
    return max(float(np.abs(q - p).max()) for p, q in itertools.pairwise(ends))


def test_it_starts_and_stops_gently() -> None:
    graph = residual()
    a, b = arrange(graph, "linear"), arrange(graph, "spiral")
    way = Transition(a, b)
    first, middle = (np.abs(way.at(t + 0.01).position - way.at(t).position).max() for t in (0.0, 0.495))
    assert first < 0.05 * middle
    np.testing.assert_allclose(way.at(0.5).position, (a.position + b.position) / 2, atol=1e-3)


def test_walls_turn_the_shorter_way() -> None:
    graph = residual()
    a = arrange(graph)
    a, b = (changed(a, {i: WallChange(yaw=yaw) for i in range(len(a.yaw))}) for yaw in (3.0, -3.0))
    for t in (0.2, 0.5, 0.8):
        assert (np.abs(np.angle(np.exp(1j * (between(a, b, t).yaw - np.pi)))) < 0.15).all()


def test_grids_of_maps_change_once_half_way() -> None:
    graph = residual()
    a = arrange(graph)
    b = dataclasses.replace(a, columns=a.columns + 1, size=a.size * np.float32(1.5))
    assert (between(a, b, SWITCH - 0.01).columns == a.columns).all()
    assert (between(a, b, SWITCH + 0.01).columns == b.columns).all()
    for t in (SWITCH - 1e-4, SWITCH + 1e-4):
        np.testing.assert_allclose(between(a, b, t).extent, 1.25 * a.size, rtol=1e-3)


def named(graph: ModelGraph, names: list[str]) -> ModelGraph:
    layers = [dataclasses.replace(la, name=n, module=n) for la, n in zip(graph.layers, names, strict=True)]
    return dataclasses.replace(graph, layers=tuple(layers))


def opened_and_closed() -> tuple[ModelGraph, ModelGraph]:
    """A block that is one wall, and the same model with its three layers shown."""

    def layer(id: int, name: str, parents: tuple[int, ...]) -> Layer:
        return dataclasses.replace(residual().layers[2], id=id, name=name, module=name, parents=parents)

    closed = tuple(layer(i, n, (i - 1,) if i else ()) for i, n in enumerate(["stem", "block.0", "head"]))
    names = ["stem", "block.0.a", "block.0.b", "block.0.c", "head"]
    opened = tuple(layer(i, n, (i - 1,) if i else ()) for i, n in enumerate(names))
    return ModelGraph("Test", "blocks", closed, (2,)), ModelGraph("Test", "blocks", opened, (4,))


def test_layers_belong_to_the_block_that_they_are_in() -> None:
    closed, opened = opened_and_closed()
    shown_by, comes_from = kin(closed, opened)
    assert shown_by.tolist() == [0, 3, 4]
    assert comes_from.tolist() == [0, 1, 1, 1, 2]
    assert [k.tolist() for k in kin(opened, closed)] == [[0, 1, 1, 1, 2], [0, 3, 4]]


def test_layers_that_share_nothing_are_matched_in_order() -> None:
    a, b = named(residual(1), list("abcdef")), named(residual(2), list("ghijklmno"))
    there, back = kin(a, b)
    assert there[0] == 0 and there[-1] == 8 and (np.diff(there) >= 0).all() and back.max() == 5


def test_the_layers_of_a_block_grow_out_of_it() -> None:
    closed, opened = opened_and_closed()
    a, b = arrange(closed), arrange(opened)
    way = Transition(a, b, kin(closed, opened))
    assert way.shows_new(0)
    start = way.at(0)
    assert len(start.yaw) == 5
    np.testing.assert_allclose(start.position, a.position[[0, 1, 1, 1, 2]], atol=1e-5)
    assert (start.scale[[1, 2]] < 0.1).all() and np.allclose(start.scale[[0, 3, 4]], 1)
    half = way.at(0.5)
    assert (half.scale[[1, 2]] > 0.4).all() and np.isfinite(half.paths).all()
    assert way.at(1) is b


def test_the_layers_of_a_block_shrink_into_it() -> None:
    closed, opened = opened_and_closed()
    a, b = arrange(opened), arrange(closed)
    way = Transition(a, b, kin(opened, closed), switch=1)
    assert way.at(0) is a and way.at(1) is b and not way.shows_new(0.99)
    end = way.at(0.9999)
    assert len(end.yaw) == 5
    np.testing.assert_allclose(end.position, b.position[[0, 1, 1, 1, 2]], atol=1e-3)
    assert (end.scale[[1, 2]] < 0.1).all() and np.allclose(end.scale[[0, 3, 4]], 1, atol=1e-3)


def test_curves_with_other_numbers_of_points_meet_half_way() -> None:
    graph = dense()
    a, b = arrange(graph, "linear"), arrange(graph, "spiral")
    assert a.paths.shape[1] != b.paths.shape[1]
    way = Transition(a, b)
    finer = max(a.paths.shape[1], b.paths.shape[1])
    assert way.at(0.4).paths.shape == way.at(0.6).paths.shape == (len(a.edges), finer, 3)


def test_nothing_becomes_something() -> None:
    empty, graph = ModelGraph("Test", "layers", ()), residual()
    way = Transition(arrange(empty), arrange(graph), kin(empty, graph))
    assert np.isfinite(way.at(0.3).position).all() and len(way.at(0.3).yaw) == len(graph.layers)
    back = Transition(arrange(graph), arrange(empty), kin(graph, empty))
    assert len(back.at(0.3).yaw) == 0
