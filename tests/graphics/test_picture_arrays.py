"""Pictures lie in a few texture arrays: few draw calls, nothing sent twice, every picture as it would be alone."""

from __future__ import annotations

import numpy as np
import pytest
from test_drawing import live_objects

from walkbox.geometry import look_at
from walkbox.render.picture_arrays import PictureArray, PictureArrays
from walkbox.scene.presence import Presence
from walkbox.scene.scene import PictureQuad, Scene


@pytest.fixture
def arrays(host):
    made = PictureArrays(host.ctx)
    yield made
    made.release()


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def held(arrays: PictureArrays, key: int, pixels: np.ndarray) -> bool:
    """The picture is in its layer, and around it are its outermost colours."""
    array = arrays.array(key)
    assert array.texture is not None
    width, height, layers = array.texture.size
    whole = np.frombuffer(array.texture.read(), np.uint8).reshape(layers, height, width, 4)
    rows, columns = np.minimum(np.arange(height), len(pixels) - 1), np.minimum(np.arange(width), pixels.shape[1] - 1)
    return np.array_equal(whole[array.layers[key], :, :, :3], pixels[rows][:, columns])


def test_each_picture_keeps_its_layer_while_others_come_and_go(arrays, monkeypatch):
    sent = []
    real = PictureArray.write
    monkeypatch.setattr(PictureArray, "write", lambda self, key, pixels: sent.append(key) or real(self, key, pixels))
    pictures = {key: noise(key, *((40, 70) if key % 2 else (64, 64))) for key in range(20)}
    arrays.hold(pictures)
    assert sorted(sent) == list(range(20))
    assert all(held(arrays, key, pixels) for key, pixels in pictures.items())
    first = arrays.array(0).texture
    assert len({arrays.array(key) for key in pictures}) == 2
    sent.clear()
    for key in range(20, 60):  # one after the other: old ones move to a larger array by themselves
        pictures[key] = noise(key, 64, 64)
        arrays.hold(pictures)
    assert sent == list(range(20, 60)) and arrays.array(0).texture is not first
    pictures[4] = noise(99, 64, 64)  # other pixels under a known key
    arrays.hold(pictures)
    assert sent[40:] == [4]
    assert all(held(arrays, key, pixels) for key, pixels in pictures.items())
    few = {key: pictures[key] for key in (3, 40, 58)}
    arrays.hold(few)
    assert sent[41:] == [] and all(held(arrays, key, pixels) for key, pixels in few.items())
    texture = arrays.array(40).texture
    assert texture is not None and texture.layers <= 3  # memory goes back
    arrays.hold({})
    assert few[3] is not None and len(arrays._held) == 0


def test_more_pictures_than_an_array_has_layers(arrays):
    arrays._most_layers = 4
    pictures = {key: noise(key, 32, 32) for key in range(11)}
    arrays.hold(pictures)
    assert len({arrays.array(key) for key in pictures}) == 3
    assert all(held(arrays, key, pixels) for key, pixels in pictures.items())


def test_nothing_is_left(host):
    def life():
        made = PictureArrays(host.ctx)
        made.hold({key: noise(key, 8 * key + 8, 30) for key in range(8)})
        made.hold({3: noise(1, 5, 5)})
        made.release()

    life()
    before = live_objects()
    life()
    assert live_objects() == before


def test_very_large_pictures_are_thinned_out(arrays):
    arrays.hold({1: noise(0, 3, 5000)})
    texture = arrays.array(1).texture
    assert texture is not None and texture.size == (1696, 32, 1)


@pytest.mark.parametrize("shape", [(64, 64), (50, 90), (1, 1), (33, 31)])
def test_a_picture_looks_the_same_beside_others_to_its_very_edge(renderer, photograph, shape):
    """One of a single colour has no other at its edges, near or far, whatever lies beside it in the texture."""
    colour = np.array([200, 90, 30])
    pixels = np.full((*shape, 3), colour, np.uint8)
    others = [
        PictureQuad(k, noise(k, *shape), look_at(np.array([90.0 + k, 0, 0]), np.zeros(3)), (1, 1)) for k in (2, 3)
    ]
    eye = look_at(np.array([0, 1.65, 0]), np.array([0, 1.65, -1]))
    for away in (0.5, 3.0, 30.0):
        pose = np.eye(4, dtype=np.float32)
        pose[:3, 3] = (0, 1.65 - 0.2 * away, -away)
        plain = Scene()
        renderer.sync(plain)
        empty = photograph(renderer, plain, eye)
        scene = Scene(presence=Presence(carried=[*others, PictureQuad(1, pixels, pose, (0.5 * away, 0.4 * away))]))
        renderer.sync(scene)
        shown = photograph(renderer, scene, eye)
        changed = (shown != empty).any(axis=2)
        assert changed.sum() > 1000 and np.abs(shown[changed].astype(int) - colour).max() <= 1


def test_a_shelf_of_pictures_takes_a_draw_call_for_each_size(renderer, photograph):
    from worlds import fill, scene_of

    scene, network = scene_of([(3, 16, 16)])
    fill(renderer, scene, network)
    eye = look_at(np.array([0.6, 1.7, -1.0]), np.array([3, 1.3, -6]))
    photograph(renderer, scene, eye)
    without = renderer.counters.draw_calls
    for number in range(30):
        scene.add_picture(noise(number, *((40, 90) if number % 3 else (64, 64))), str(number))
    renderer.sync(scene)
    photograph(renderer, scene, eye)
    assert renderer.counters.draw_calls == without + 2 + 2  # its boards, its writing
