"""What a person arranges is carried out, taken back and made again, on a real walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from walkbox.app.walk import Walk
from walkbox.commands import (
    AlignWall,
    HideWall,
    MoveWall,
    PlaceBeside,
    PlacePicture,
    Redo,
    ResetWall,
    SetChannels,
    SetDisplay,
    SetLayout,
    SetLimits,
    Undo,
)
from walkbox.errors import UsageError
from walkbox.hosts.offscreen import OffscreenHost


@pytest.fixture
def walk(model_file: Path):
    with Walk(str(model_file), OffscreenHost((160, 90))) as walk:
        walk.settle(120)
        assert walk.failed is None
        yield walk


def layer(walk: Walk, name: str = "conv") -> int:
    network = walk.network()
    assert network is not None
    return network.graph.layer(name).id


def said(walk: Walk) -> str:
    return walk.ui.notices[-1].text


def test_a_wall_is_moved_put_back_and_moved_again(walk: Walk):
    network = walk.network()
    assert network is not None
    conv = layer(walk)
    before = network.world_from_wall()[conv].copy()
    walk.do(MoveWall(conv, (3.0, 1.0, -2.0), 0.5, 2.0))
    moved = network.world_from_wall()[conv].copy()
    assert moved[:3, 3] == pytest.approx([3, 1, -2]) and np.linalg.norm(moved[:3, 0]) == pytest.approx(2)
    walk.do(Undo())
    assert (network.world_from_wall()[conv] == before).all()
    assert said(walk) == "Undone: moved conv"
    walk.do(Redo())
    assert (network.world_from_wall()[conv] == moved).all()
    assert said(walk) == "Done again: moved conv"
    walk.do(ResetWall(conv))
    assert (network.world_from_wall()[conv] == before).all() and not walk.scene.setup.networks[0].walls


def test_a_drag_is_one_step(walk: Walk):
    conv = layer(walk)
    start = walk.scene.setup
    walk.do(HideWall(layer(walk, "relu") if "relu" in _names(walk) else 0))
    hidden = walk.scene.setup
    for step in range(20):
        walk.do(MoveWall(conv, (step * 0.1, 1.0, -2.0), 0.0, done=False))
    walk.do(MoveWall(conv, (2.0, 1.0, -2.0), 0.0))
    walk.do(Undo())
    assert walk.scene.setup == hidden
    walk.do(Undo())
    assert walk.scene.setup == start


def _names(walk: Walk) -> set[str]:
    network = walk.network()
    assert network is not None
    return {layer.name for layer in network.graph.layers}


def test_the_picture_before_runs_again(walk: Walk):
    network = walk.network()
    assert network is not None and network.prediction is not None
    dark, bright = walk.scene.shelf
    walk.do(PlacePicture(bright))
    walk.settle(60)
    assert network.classes[int(network.prediction.probabilities.argmax())] == "bright"
    walk.do(Undo())
    walk.settle(60)
    assert network.picture is walk.scene.pictures[dark]
    assert network.classes[int(network.prediction.probabilities.argmax())] == "dark"
    assert said(walk) == "Undone: placed b bright"


def test_channels_stay_sorted_until_asked_again(walk: Walk):
    network = walk.network()
    assert network is not None
    conv = layer(walk)
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)
    walk.do(PlacePicture(walk.scene.add_picture(pixels, "noise").id))
    walk.settle(60)
    walk.do(SetChannels(conv, "mean"))
    known = network.statistics[conv]
    assert known is not None
    order = network.orders[conv]
    assert order.tolist() == np.argsort(-known.map_mean, kind="stable").tolist()
    walk.do(SetChannels(conv, "similarity", like=2))
    walk.settle(60)
    assert network.orders[conv][0] == 2
    similar = network.orders[conv].tolist()
    walk.do(PlacePicture(walk.scene.shelf[2]))
    walk.settle(60)
    assert network.orders[conv].tolist() == similar
    walk.do(Undo())
    walk.do(Undo())
    walk.settle(60)
    assert walk.scene.setup.networks[0].channels["conv"].sort == "mean"
    walk.do(Undo())
    assert conv not in network.orders


def test_limits_display_and_layout(walk: Walk):
    network = walk.network()
    assert network is not None
    conv, start = layer(walk), walk.scene.setup
    walk.do(SetLimits(conv, -2.0, 5.0))
    assert network.ranges()[conv].tolist() == [-2, 5]
    walk.do(SetDisplay("colormap", "viridis"))
    walk.do(MoveWall(conv, (3.0, 1.0, -2.0), 0.5, 2.0))
    walk.do(SetLayout("spiral"))
    walk.settle(60)
    assert network.base.layout == "spiral"
    kept = walk.scene.setup.networks[0].walls["conv"]
    assert kept.position is None and kept.scale == 2
    for _ in range(4):
        walk.do(Undo())
    walk.settle(60)
    assert network.base.layout == "linear" and not network.walls and not network.limits
    assert walk.scene.setup == start
    walk.do(Undo())  # the picture that was placed when it came
    walk.do(Undo())
    assert said(walk) == "There is nothing to undo."


def test_aligning_and_placing_beside(walk: Walk):
    network = walk.network()
    assert network is not None
    conv, other = layer(walk), len(network.graph.layers) - 1
    walk.do(MoveWall(other, (3.2, 4.0, -2.1), 0.7, 1.0))
    walk.do(AlignWall(other))
    pose = network.world_from_wall()[other]
    assert pose[0, 3] == pytest.approx(3.0) and pose[2, 3] == pytest.approx(-2.0)
    assert pose[1, 3] == pytest.approx(float(network.base.position[other, 1]))
    assert np.arctan2(pose[0, 2], pose[2, 2]) == pytest.approx(np.pi / 4)
    walk.do(PlaceBeside(conv, other))
    beside = network.world_from_wall()[conv]
    local = np.linalg.inv(pose) @ beside[:, 3]
    sizes = network.arrangement.extent
    assert local[0] == pytest.approx(sizes[[conv, other], 0].sum() / 2 + 0.6, abs=1e-4)
    assert local[1:3] == pytest.approx([0, 0], abs=1e-4)
    assert beside[:3, 2] == pytest.approx(pose[:3, 2])
    with pytest.raises(UsageError, match="itself"):
        walk.do(PlaceBeside(conv, conv))


def test_wrong_ids_change_nothing(walk: Walk):
    before = walk.scene.setup
    for command in (
        MoveWall(99, (0, 0, 0), 0),
        SetLimits(0, 2.0, 1.0),
        SetChannels(0, "colour"),
        HideWall(0, network=3),
    ):
        with pytest.raises(UsageError, match=r"expected|are:|can by"):
            walk.do(command)
    assert walk.scene.setup is before
