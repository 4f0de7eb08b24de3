"""Networks on their way from one layout to another."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "layout"))

from graphs import chain, residual

from walkbox.app.transitions import TRANSITION_S, Transitions
from walkbox.layout import arrange
from walkbox.layout.changes import WallChange
from walkbox.layout.transition import kin
from walkbox.scene.network import Network


def begun(before: str = "linear", after: str = "folded") -> tuple[Network, Transitions]:
    graph = residual(4)
    network, transitions = Network(0, graph, arrange(graph, before)), Transitions()
    stood = network.arrangement
    network.rebuild(graph, arrange(graph, after))
    transitions.begin(network, stood)
    return network, transitions


def test_it_begins_where_all_stood_and_ends_where_all_stay() -> None:
    network, transitions = begun()
    start = arrange(network.graph, "linear")
    np.testing.assert_array_equal(network.arrangement.position, start.position)
    way, frames = [network.arrangement.position.copy()], 0
    while transitions.moving:
        revision = network.placement_revision
        transitions.advance(1 / 72)
        assert network.placement_revision > revision
        way.append(network.arrangement.position.copy())
        frames += 1
    assert frames == pytest.approx(TRANSITION_S * 72, abs=1)
    np.testing.assert_array_equal(network.arrangement.position, network.base.position)
    assert network.arrangement is network.base
    far = np.abs(way[-1] - way[0]).max()
    assert max(np.abs(b - a).max() for a, b in itertools.pairwise(way)) < 0.05 * far
    transitions.advance(1.0)
    assert network.arrangement is network.base


def test_a_long_frame_does_not_end_it() -> None:
    _, transitions = begun()
    transitions.advance(100.0)
    assert transitions.moving


def test_what_is_waited_for_arrives_at_once() -> None:
    network, transitions = begun()
    transitions.advance(0.05)
    transitions.arrive()
    assert network.arrangement is network.base and not transitions.moving


def test_who_moves_a_wall_meanwhile_has_it_where_they_put_it() -> None:
    network, transitions = begun()
    transitions.advance(0.05)
    network.change_walls({2: WallChange(position=(1.0, 2.0, 3.0))})
    transitions.advance(0.05)
    assert not transitions.moving
    assert network.arrangement.position[2].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(network.arrangement.position[3], network.base.position[3])


def test_changed_walls_stay_changed() -> None:
    graph = residual(4)
    network, transitions = Network(0, graph, arrange(graph)), Transitions()
    network.change_walls({1: WallChange(hidden=True), 2: WallChange(scale=2.0)})
    stood = network.arrangement
    network.rebuild(graph, arrange(graph, "stacked"))
    transitions.begin(network, stood)
    for _ in range(4):
        transitions.advance(0.1)
        assert network.arrangement.hidden[1] and network.arrangement.scale[2] == pytest.approx(2.0)
    transitions.arrive()
    assert network.arrangement.layout == "stacked" and network.arrangement.scale[2] == 2


def test_another_layout_begins_where_the_first_has_come() -> None:
    network, transitions = begun()
    for _ in range(4):
        transitions.advance(0.08)
    stood = network.arrangement
    network.rebuild(network.graph, arrange(network.graph, "spiral"))
    transitions.begin(network, stood)
    np.testing.assert_allclose(network.arrangement.position, stood.position)
    while transitions.moving:
        transitions.advance(0.1)
    assert network.arrangement.layout == "spiral"


def test_boards_and_frame_are_moved_once() -> None:
    network, transitions = begun("linear", "spiral")
    stands, texts = network.stand_revision, network.text_revision
    while transitions.moving:
        transitions.advance(0.05)
    assert network.stand_revision <= stands + 1 and network.text_revision == texts


def test_nothing_moves_where_nothing_has_changed() -> None:
    graph = residual(1)
    network, transitions = Network(0, graph, arrange(graph)), Transitions()
    transitions.begin(network, arrange(graph))
    assert not transitions.moving


def test_another_graph_is_shown_from_the_start() -> None:
    old, new = chain(3), chain(6)
    network, transitions = Network(0, old, arrange(old)), Transitions()
    stood = network.arrangement
    network.rebuild(new, arrange(new))
    transitions.begin(network, stood, kin(old, new))
    assert len(network.arrangement.yaw) == 6 and transitions.moving
    while transitions.moving:
        transitions.advance(0.1)
        assert len(network.world_from_wall()) == 6
    assert network.arrangement is network.base
