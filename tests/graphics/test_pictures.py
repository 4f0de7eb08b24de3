"""Small pictures kept beside the tests, compared within two grey levels on the rasteriser they were made on.

``WALKBOX_NEW_PICTURES=1 pytest tests/graphics/test_pictures.py`` writes them anew; look at them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from people import arc, controller, pose, ray, tracked
from PIL import Image
from worlds import fill, scene_of

from walkbox.geometry import look_at
from walkbox.scene.presence import Presence
from walkbox.scene.scene import PictureQuad, Quad, Text
from walkbox.scene.stand import Stand

FOLDER = Path(__file__).parent / "pictures"
SIZES = [(3, 64, 64), (16, 32, 32), (64, 16, 16), (4, 1, 120), (40, 7, 7), (10, 1, 1)]
VIEWS = {
    "walk": ((0.2, 1.7, 1.0), (0.0, 1.2, -6.0)),
    "above": ((5.0, 5.0, 2.0), (0.0, 0.5, -9.0)),
    "close": ((1.5, 0.9, -4.9), (1.9, 0.9, -6.0)),
}


def captions(network):
    poses = network.world_from_wall()
    for layer, wall in enumerate(poses):
        at = wall.copy()
        at[1, 3] += network.arrangement.size[layer, 1] + 0.12
        yield Text(network.graph.layers[layer].name, at, 0.12, anchor="centre")


def boards(_):
    stand = Stand(np.eye(4, dtype=np.float32))
    at = np.eye(4, dtype=np.float32)
    at[:3, 3] = (-1.6, 0.7, -1.2)
    above = at.copy()
    above[2, 3] += 0.01
    pixels = (np.indices((8, 8)).sum(0)[..., None] * np.array([16, 9, 2])).astype(np.uint8)
    stand.quads.append(Quad(at, (0.7, 0.7), (0.05, 0.06, 0.08, 1.0)))
    stand.pictures.append(PictureQuad(1, pixels, above, (0.6, 0.6)))
    return [stand]


@pytest.fixture
def world(renderer, monkeypatch):
    """A scene with a network, boards and a picture."""
    monkeypatch.setattr("walkbox.render.renderer.layer_texts", lambda network: list(captions(network)))
    monkeypatch.setattr("walkbox.render.renderer.hall_stands", boards)
    monkeypatch.setattr("walkbox.render.renderer.frame_stands", lambda scene: [])
    monkeypatch.setattr("walkbox.render.renderer.shelf_stand", lambda scene: None)
    scene, network = scene_of(SIZES, kinds={3: "signal"})
    fill(renderer, scene, network, mips=True)
    scene.selected = (0, 1, 5)
    return scene


def compare(host, picture, name):
    file = FOLDER / f"{name}.png"
    if os.environ.get("WALKBOX_NEW_PICTURES"):
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(picture).save(file)
    if "llvmpipe" not in host.ctx.info["GL_RENDERER"]:
        pytest.skip(f"made on llvmpipe, this is {host.ctx.info['GL_RENDERER']}")
    difference = np.abs(picture.astype(int) - np.asarray(Image.open(file)).astype(int)).max(2)
    # Another llvmpipe rounds edges its own way: a few pixels may differ more.
    assert (difference > 2).mean() < 0.002, f"{(difference > 2).sum()} pixels differ, by up to {difference.max()}"


@pytest.mark.parametrize("name", VIEWS)
def test_picture(host, renderer, photograph, world, name):
    eye, target = VIEWS[name]
    compare(host, photograph(renderer, world, look_at(np.array(eye), np.array(target))), name)


def test_picture_of_what_a_wearer_sees_of_themselves(host, renderer, photograph, world):
    world.presence = Presence(
        hands=[
            controller("left", pose(-0.22, 1.35, -0.2, 0.1, 0.5)),
            tracked("right", pose(0.2, 1.38, -0.1, 0.2, 0.4)),
        ],
        rays=[ray((0.17, 1.39, -0.28), (1.4, 1.0, -5.98))],
        arcs=[arc((-0.22, 1.35, -0.3), (0.0, 0.3, -1))],
        mark=np.array([-2.0, 1.6, -9.0]),
        vignette=0.25,
    )
    renderer.sync(world)
    eye, target = np.array([0, 1.65, 0.4]), np.array([0, 1.35, -1.6])
    compare(host, photograph(renderer, world, look_at(eye, target)), "worn")
