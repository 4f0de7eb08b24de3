"""The whole application in a real window: a model, its thread, mouse and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from visits import on_screen, picture, until, x

from walkbox.app.walk import Walk
from walkbox.commands import SelectMap
from walkbox.scene.viewpoints import in_front_of


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
    centre = [*network.arrangement.map_centres(layer.id, layer.maps.count)[3], 0, 1]
    x("mousemove", *on_screen(walk, network.world_from_wall()[layer.id] @ np.array(centre, np.float32)))
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
    until(walk, lambda: network.picture is not None and network.picture.id == walk.scene.shelf[1])

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
