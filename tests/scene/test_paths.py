"""Following edges."""

from __future__ import annotations

import pytest
from graphs import inception, residual, unet

from walkbox.errors import LayerNotFoundError, UsageError
from walkbox.layout import arrange
from walkbox.layout.changes import WallChange
from walkbox.scene.network import Network
from walkbox.scene.paths import follow, targets


def network(graph) -> Network:
    return Network(0, graph, arrange(graph))


def test_forward_and_back_lead_along_the_trunk() -> None:
    n = network(residual(3))
    here, walked = 0, [0]
    while targets(n, here, "forward"):
        here = follow(n, here, "forward")
        walked.append(here)
    assert walked == list(range(len(n.graph.layers)))  # every wall of such a network is on its trunk
    while targets(n, here, "back"):
        here = follow(n, here, "back")
        assert here == walked[walked.index(here)]
    assert here == 0


def test_branches_come_in_the_order_of_their_lanes() -> None:
    n = network(inception(1))
    split = 1
    found = targets(n, split, "forward")
    lanes = [abs(int(n.arrangement.lane[i])) for i in found]
    assert sorted(found) == sorted(n.graph.children[split])
    next_row = [lane for i, lane in zip(found, lanes, strict=True) if n.arrangement.depth[i] == 2]
    assert next_row == sorted(next_row) and lanes[0] == 0


def test_a_skip_leads_there_and_back() -> None:
    n = network(unet(3))
    skips = n.arrangement.edges[n.arrangement.skip].tolist()
    assert skips
    for parent, child in skips:
        assert child in targets(n, parent, "skip") and parent in targets(n, child, "skip")
        assert follow(n, parent, "skip") == min(targets(n, parent, "skip"), key=lambda i: abs(i - parent))
        assert follow(n, follow(n, parent, "skip"), "skip") == parent


def test_hidden_walls_are_passed_over() -> None:
    n = network(residual(1))
    child = follow(n, 1, "forward")
    n.change_walls({child: WallChange(hidden=True)})
    assert child not in targets(n, 1, "forward") and follow(n, 1, "forward") != child


def test_where_no_edge_leads_says_so() -> None:
    n = network(residual(1))
    last = len(n.graph.layers) - 1
    with pytest.raises(LayerNotFoundError, match="it is an output of the model, so there is nowhere to go"):
        follow(n, last, "forward")
    with pytest.raises(LayerNotFoundError, match="it is an input of the model"):
        follow(n, 0, "back")
    with pytest.raises(LayerNotFoundError, match="has no skip"):
        follow(n, 0, "skip")
    with pytest.raises(UsageError, match=r"'sideways'.*forward, back, skip"):
        follow(n, 0, "sideways")
    with pytest.raises(UsageError, match="no layer 99"):
        follow(n, 99, "back")
