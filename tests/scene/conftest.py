"""Scenes made of the graphs that the layout's tests use."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "layout"))

from graphs import residual

from walkbox.layout import arrange
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene


@pytest.fixture
def network() -> Network:
    graph = residual(3, project_every=2)
    return Network(0, graph, arrange(graph), title="Nine")


@pytest.fixture
def scene(network: Network) -> Scene:
    scene = Scene({0: network})
    for number in range(6):
        pixels = np.full((60 + 10 * number, 90, 3), number, np.uint8)
        scene.add_picture(pixels, f"picture{number}.png", id=number, label="moon")
    return scene
