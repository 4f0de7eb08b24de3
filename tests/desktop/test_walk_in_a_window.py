"""The whole application in a real window: a model, its thread, mouse and keys."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from walkbox.app.walk import Walk
from walkbox.commands import SelectMap
from walkbox.config import Settings
from walkbox.geometry import clip_from_world
from walkbox.scene.viewpoints import in_front_of

MODEL = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(4), nn.Conv2d(8, 12, 3), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 4),
)
example = (3, 32, 32)
images = "pictures"
classes = ["one", "two", "three", "four"]
"""


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def walk(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    from walkbox.hosts.desktop import DesktopHost

    (tmp_path / "model.py").write_text(MODEL)
    for index in range(3):
        picture(tmp_path / "pictures" / f"{index}.png", index)
    settings = Settings(msaa=1)
    host = DesktopHost(settings, swap_interval=0)
    host._glfw.set_window_pos(host._window, 0, 0)
    host._glfw.focus_window(host._window)
    monkeypatch.setattr("walkbox.app.execute.next_screenshot", lambda: tmp_path / "shot.png")
    with Walk(str(tmp_path / "model.py"), host, panels=True, settings=settings) as walk:
        until(walk, lambda: walk.network() is not None and len(walk.scene.shelf) == 3 and not walk.renderer.pending)
        until(walk, lambda: (network := walk.network()) is not None and network.prediction is not None)
        yield walk


def until(walk: Walk, done: Callable[[], object], seconds: float = 30.0) -> None:
    """Frames until something has happened."""
    deadline = time.monotonic() + seconds
    while not done():
        assert not walk.failed, walk.failed
        assert time.monotonic() < deadline, "it did not happen"
        walk.frame()


def x(*words: str | int) -> None:
    subprocess.run(["xdotool", *(str(w) for w in words)], check=True)


def test_walk_click_drop_and_photograph(walk: Walk, tmp_path: Path) -> None:
    from walkbox.hosts.desktop import DesktopHost

    network, host = walk.network(), walk.host
    assert network is not None and network.prediction is not None and isinstance(host, DesktopHost)

    start = walk.walker.position.copy()
    x("keydown", "w")
    until(walk, lambda: np.linalg.norm(walk.walker.position - start) > 0.3)
    x("keyup", "w")
    until(walk, lambda: not walk.walker.velocity.any())
    assert walk.walker.position[2] < start[2]

    # A click on a map opens its panel with the exact values.
    layer = network.graph.layer("0")
    position, yaw, pitch, _ = in_front_of(network, layer.id)
    walk.walker.jump(position, yaw, pitch)
    walk.frame()
    assert host._view is not None
    centre = [*network.arrangement.map_centres(layer.id, layer.maps.count)[3], 0, 1]
    clip = clip_from_world(host._view) @ network.world_from_wall()[layer.id] @ np.array(centre, np.float32)
    at = round((clip[0] / clip[3] + 1) * 640), round((1 - clip[1] / clip[3]) * 360)
    x("mousemove", *at)
    until(walk, lambda: walk.scene.pointed is not None and walk.scene.pointed[:3] == (0, layer.id, 3))
    x("click", 1)
    until(walk, lambda: layer.id in network.readings)
    assert walk.scene.selected == (0, layer.id, 3)
    assert network.readings[layer.id].values.shape == (8, 32, 32)

    # A dropped file comes onto the shelf and is run; number keys place another.
    before = network.prediction
    dropped = picture(tmp_path / "dropped" / "dropped.png", 9)
    host._on_drop(host._window, [str(dropped)])
    until(walk, lambda: len(walk.scene.shelf) == 4 and network.prediction is not before)
    assert network.picture is not None and Path(network.picture.path) == dropped
    assert not np.array_equal(network.prediction.probabilities, before.probabilities)
    x("key", "2")
    until(walk, lambda: network.picture is walk.scene.pictures[walk.scene.shelf[1]])

    # The screenshot is what the window shows.
    x("key", "F12")
    until(walk, lambda: walk.saved)
    assert walk.saved == [tmp_path / "shot.png"]
    assert np.asarray(Image.open(walk.saved[0])).shape == (720, 1280, 3)

    x("key", "Escape")
    until(walk, lambda: walk.scene.selected is None)
    assert walk.running
    x("key", "ctrl+q")
    until(walk, lambda: not walk.running)


def test_the_panel_follows_the_picture(walk: Walk) -> None:
    """With a map panel open, placing another picture brings its new values."""
    network = walk.network()
    assert network is not None
    walk.do(SelectMap(1, 0))
    until(walk, lambda: 1 in network.readings)
    old = network.readings[1]
    x("key", "3")
    until(walk, lambda: network.readings[1].run > old.run)
    assert not np.array_equal(network.readings[1].values, old.values)
