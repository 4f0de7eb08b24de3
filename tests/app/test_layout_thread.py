"""Networks are laid out beside the frame loop, and who stands at a layer stays there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from walkbox.app.layouts import Arranged
from walkbox.app.walk import Walk
from walkbox.commands import CloseBlock, FollowEdge, JumpToLayer, OpenBlock, SetLayout, Undo
from walkbox.errors import LayerNotFoundError
from walkbox.geometry import walker_matrix
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import Input
from walkbox.layout import LAYOUTS, arrange, register
from walkbox.messages import Failure, RunFinished

MODEL = """
import torch
from torch import nn

title = "Blocks"
example = (3, 16, 16)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn, self.conv2 = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 1)

    def forward(self, x):
        return torch.relu(x + self.conv2(torch.relu(self.bn(self.conv1(x)))))


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.body = nn.Sequential(*[Block() for _ in range(4)])
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        return self.head(self.body(self.stem(x)))


def model():
    return Blocks()
"""


@pytest.fixture
def walk(tmp_path: Path):
    file = tmp_path / "blocks.py"
    file.write_text(MODEL, encoding="utf-8")
    with Walk(str(file), OffscreenHost((160, 90))) as walk:
        walk.settle(120)
        assert walk.failed is None
        yield walk


def arrive(walk: Walk) -> None:
    """Let a glide come to its end."""
    for _ in range(40):
        walk.walker.update(Input(dt_s=0.05), walk.settings)


def at_layer(walk: Walk, name: str) -> bool:
    """The walker stands before the middle of a wall and looks at it."""
    network = walk.network()
    assert network is not None
    wall = network.world_from_wall()[network.graph.layer(name).id]
    local = np.linalg.inv(wall) @ np.append(walk.walker.position, 1)
    level = walker_matrix(walk.walker.position, walk.walker.yaw, 0.0)[:3, 2] @ wall[:3, 2]
    return bool(abs(local[0]) < 0.05 and 0.5 < local[2] < 15 and level > 0.999)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_who_stands_at_a_layer_stands_there_in_the_next_layout(walk: Walk, layout: str):
    network = walk.network()
    assert network is not None
    walk.do(JumpToLayer(network.graph.layer("body.2.conv1").id))
    arrive(walk)
    assert at_layer(walk, "body.2.conv1")
    walk.do(SetLayout(layout))
    walk.settle(60)
    arrive(walk)
    assert network.base.layout == layout
    assert at_layer(walk, "body.2.conv1")


def test_who_has_just_come_in_stays_at_the_entrance(walk: Walk):
    walk.do(SetLayout("spiral"))
    walk.settle(60)
    arrive(walk)
    network = walk.network()
    assert network is not None and network.base.layout == "spiral"
    np.testing.assert_allclose(walk.walker.position, network.arrangement.entrance, atol=1e-3)


def test_who_flies_is_left_in_the_air(walk: Walk):
    walk.walker.jump((3.0, 20.0, -10.0), 0.5)
    walk.do(SetLayout("folded"))
    walk.settle(60)
    arrive(walk)
    assert walk.walker.position.tolist() == [3.0, 20.0, -10.0]


def test_a_frame_does_not_wait_for_a_layout_and_the_newest_wins(walk: Walk):
    network = walk.network()
    assert network is not None
    shown = []

    def slow(graph):
        shown.append(network.base.layout)
        return arrange(graph, "linear")

    register("slow")(slow)
    try:
        walk.do(SetLayout("slow"))
        assert network.base.layout == "linear" and walk.layouts.busy
        walk.do(SetLayout("folded"))
        walk.do(SetLayout("stacked"))
        walk.settle(60)
    finally:
        del LAYOUTS["slow"]
    assert network.base.layout == "stacked" and not walk.layouts.busy
    walk.do(Undo())
    walk.settle(60)
    assert network.base.layout == "folded"


def test_a_layout_that_fails_says_so_and_the_plain_one_is_shown(walk: Walk):
    def broken(graph):
        raise ZeroDivisionError("no room")

    register("broken")(broken)
    try:
        walk.do(SetLayout("broken"))
        walk.settle(60)
    finally:
        del LAYOUTS["broken"]
    network = walk.network()
    assert network is not None and network.base.layout == "linear"
    assert any("'broken' failed: ZeroDivisionError: no room" in notice.text for notice in walk.ui.notices)


def test_what_is_said_of_a_graph_waits_until_it_stands(walk: Walk):
    network = walk.network()
    assert network is not None
    from walkbox.messages import GraphReady

    other = arrange(network.graph, "linear")
    ready, after = GraphReady(7, 0, network.graph, "Other", (), ()), RunFinished(7, 1, 0.1)
    failure, elsewhere = Failure(7, 1, "raised"), RunFinished(0, 1, 0.1)
    assert walk.layouts.due([ready, after, elsewhere, failure]) == [elsewhere]
    assert walk.layouts.busy
    serial = walk.layouts._newest[7].serial
    stale, fresh = (Arranged(7, 0, network.graph, other, n) for n in (serial - 1, serial))
    assert walk.layouts.due([stale]) == []
    assert walk.layouts.due([fresh]) == [fresh, after, failure]
    assert walk.layouts.take_ready(7) is ready and walk.layouts.take_ready(7) is None
    assert not walk.layouts.busy


def test_a_layer_is_opened_and_closed_where_it_stands(walk: Walk):
    network = walk.network()
    assert network is not None
    names = [layer.name for layer in network.graph.layers]
    kept = network.graph.layer("body.0.conv1").id
    run, maximum = int(network.shown_run[kept]), float(network.maximum[kept])
    walk.do(JumpToLayer(network.graph.layer("body.1.conv1").id))
    arrive(walk)
    walk.do(OpenBlock(network.graph.layer("body.1.conv1").id))
    walk.settle(60)
    arrive(walk)
    assert set(names) < {layer.name for layer in network.graph.layers}
    assert "body.1.bn" in {layer.name for layer in network.graph.layers}
    assert at_layer(walk, "body.1.conv1")
    assert int(network.shown_run[kept]) > run and float(network.maximum[kept]) == maximum
    assert (network.shown_run == network.run).all() and all(known is not None for known in network.statistics)
    walk.do(CloseBlock(network.graph.layer("body.1.bn").id))
    walk.settle(60)
    assert [layer.name for layer in network.graph.layers if "body.1" in layer.name] == ["body.1"]
    walk.do(Undo())
    walk.do(Undo())
    walk.settle(60)
    assert [layer.name for layer in network.graph.layers] == names


def test_following_edges_leads_along_the_walk(walk: Walk):
    network = walk.network()
    assert network is not None
    first, second = (network.graph.layer(f"body.1.{name}").id for name in ("conv1", "conv2"))
    walk.do(FollowEdge(first, "forward"))
    arrive(walk)
    assert at_layer(walk, "body.1.conv2")
    walk.do(FollowEdge(second, "back"))
    arrive(walk)
    assert at_layer(walk, "body.1.conv1")
    with pytest.raises(LayerNotFoundError, match="input reads no layer that is shown: it is an input"):
        walk.do(FollowEdge(0, "back"))
