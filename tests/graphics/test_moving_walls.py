"""Walls that move, grow, hide and sort their maps: the rest of the picture stays to the byte, and little is written."""

from __future__ import annotations

import numpy as np
import pytest
from test_drawing import live_objects
from worlds import block, fill, scene_of

from walkbox.geometry import clip_from_world, look_at
from walkbox.layout.changes import WallChange
from walkbox.render import text
from walkbox.render.rows import TEXELS
from walkbox.scene.handles import MIDDLE_M
from walkbox.view import View

EYE = look_at(np.array([0, 1.7, 3.0]), np.array([0, 1.2, -6.0]))
SIZES = [(3, 64, 64), (16, 32, 32), (64, 14, 14), (64, 14, 14), (32, 7, 7)]
ROW_BYTES = TEXELS * 16


@pytest.fixture
def world(renderer):
    scene, network = scene_of(SIZES)
    fill(renderer, scene, network, mips=True)
    return scene, network


def photographer(host, renderer, scene):
    def take(pose=EYE):
        renderer.sync(scene)
        for target in host.begin(pose):
            view = target.view
            renderer.draw(scene, view, target.framebuffer)
        host.end()
        return host.read_pixels(), view

    return take


def pixel(view: View, point: np.ndarray) -> tuple[int, int]:
    """Column and row of a point of the world."""
    x, y, _, w = clip_from_world(view) @ np.append(point, 1)
    width, height = view.size_px
    return int((x / w + 1) / 2 * width), int((1 - y / w) / 2 * height)


def on_wall(network, layer: int, x: float, y: float) -> np.ndarray:
    return (network.world_from_wall()[layer] @ np.array([x, y, 0, 1], np.float32))[:3]


def test_a_moved_wall_takes_its_label_along_and_the_rest_stays_to_the_byte(host, renderer, world) -> None:
    scene, network = world
    take = photographer(host, renderer, scene)
    before, view = take()
    network.change_walls({4: WallChange(position=(1.2, 1.0, -1.0), yaw=-0.2, scale=1.5)})
    after, _ = take()
    different = (before != after).any(axis=2)
    width, height = network.arrangement.size[4]
    column, row = pixel(view, on_wall(network, 4, 0.0, height / 2))
    assert different[row - 2 : row + 3, column - 2 : column + 3].mean() > 0.8
    # Its label stands over it, in light letters, and nothing over that.
    (left, base), (_, top) = (pixel(view, on_wall(network, 4, -width / 2, height + y)) for y in (0.1, 0.5))
    now, then = (picture[top : base + 1, left : left + 60].max(axis=2).astype(int) for picture in (after, before))
    assert (now - then > 60).sum() > 20
    assert not different[:top, left:].any()
    network.change_walls({4: WallChange()})
    assert (take()[0] == before).all()


def test_a_move_writes_one_row_and_its_edges(renderer, world, monkeypatch) -> None:
    scene, network = world
    renderer.sync(scene)
    laid_out = []
    monkeypatch.setattr(text, "set_text", lambda *a: laid_out.append(a))
    points = network.arrangement.paths.shape[1]
    objects = live_objects()
    for layer in (0, 2, 4):
        before = renderer.counters.placed_bytes
        network.change_walls({layer: WallChange(position=(1.0, 0.5, -2.0 * layer), scale=1.2)})
        renderer.sync(scene)
        edges = int((network.arrangement.edges == layer).any(axis=1).sum())
        assert edges and renderer.counters.placed_bytes - before == ROW_BYTES + edges * (points + 4) * 5 * 4 * 2
    assert not laid_out and live_objects() == objects


def test_another_layout_lays_out_no_text_and_makes_nothing(renderer, world, monkeypatch) -> None:
    from dataclasses import replace

    scene, network = world
    renderer.sync(scene)
    laid_out = []
    monkeypatch.setattr(text, "set_text", lambda *a: laid_out.append(a))
    objects, before = live_objects(), renderer.counters.placed_bytes
    base = network.base
    network.rebuild(network.graph, replace(base, position=base.position + np.float32(0.3)))
    renderer.sync(scene)
    edges, points = base.paths.shape[:2]
    rows = len(network.graph.layers) * ROW_BYTES
    assert renderer.counters.placed_bytes - before == rows + edges * (points + 4) * 5 * 4 * 2
    assert not laid_out and live_objects() == objects


def test_a_hidden_wall_leaves_nothing(host, renderer, world) -> None:
    scene, network = world
    take = photographer(host, renderer, scene)
    before, view = take()
    shown, maps = renderer.counters.visible_layers, renderer.counters.maps
    network.change_walls({layer: WallChange(hidden=True) for layer in range(len(SIZES))})
    bare, _ = take()
    assert (shown, renderer.counters.visible_layers) == (len(SIZES), 0) and maps > 0 == renderer.counters.maps
    # A scene without any layer, but the same hall.
    other, empty = scene_of(SIZES)
    empty.graph = network.graph
    empty.change_walls({layer: WallChange(position=(0.0, 0.0, 500.0 + layer)) for layer in range(len(SIZES))})
    renderer.sync(other)
    assert (bare[:40] == before[:40]).all()  # the sky
    height = network.arrangement.size[:, 1]
    for layer in range(len(SIZES)):
        column, row = pixel(view, on_wall(network, layer, 0.0, height[layer] / 2))
        assert bare[row, column].max() < 90  # floor or sky
    network.change_walls({layer: WallChange() for layer in range(len(SIZES))})
    assert (photographer(host, renderer, scene)()[0] == before).all()


@pytest.mark.parametrize("scale", [0.25, 1.0, 4.0])
def test_a_scaled_wall_far_away_looks_like_a_near_one(host, renderer, scale) -> None:
    """A wall that is four times as large, seen from four times as far, is the same picture but for floor and air."""
    pictures = []
    for factor in (1.0, scale):
        scene, network = scene_of([(6, 20, 20)])
        fill(renderer, scene, network)
        network.change_walls({0: WallChange(position=(0.0, 2.0 * factor, -3.0 * factor), scale=factor)})
        scene.pointed = (0, 0, 2, 0.5, 0.5)
        middle = np.array([0, 2.0 + float(network.arrangement.size[0, 1]) / 2, 0.0])
        eye = middle * factor
        picture, view = photographer(host, renderer, scene)(look_at(eye, eye - [0, 0, 1.0]))
        width, height = network.arrangement.size[0]
        corners = on_wall(network, 0, -width / 2, height), on_wall(network, 0, width / 2, 0)
        (left, top), (right, bottom) = (pixel(view, corner) for corner in corners)
        pictures.append(picture[top:bottom, left:right].astype(int))
    near, far = pictures
    assert near.shape == far.shape and near.size > 3000
    assert np.abs(near - far).max() < 12 and near.std() > 20


def test_sorted_maps_hang_in_their_cells(host, renderer) -> None:
    scene, network = scene_of([(24, 8, 8)])
    network.change_walls({0: WallChange(position=(-40.0, 1.0, -40.0), yaw=0.0)})  # away from the furniture
    network.display = network.display.replace(colormap="grey")
    renderer.sync(scene)
    values = np.broadcast_to(np.arange(24, dtype=np.float16)[:, None, None], (24, 8, 8)).copy()
    renderer.accept(block(network, 0, values))
    for done in renderer.upload(1 << 30):
        network.show(done)
    network.minimum[0], network.maximum[0] = 0, 23
    network.range_revision += 1
    wall = network.world_from_wall()[0]
    centre = on_wall(network, 0, 0.0, float(network.arrangement.size[0, 1]) / 2)
    take = photographer(host, renderer, scene)

    def shades() -> list[int]:
        picture, view = take(look_at(centre + wall[:3, 2] * 2.5, centre))
        found = []
        for x, y in network.arrangement.map_centres(0, 24):
            column, row = pixel(view, on_wall(network, 0, x, y))
            found.append(int(picture[row, column, 0]))
        return found

    plain, before = shades(), renderer.counters.placed_bytes
    assert plain == sorted(plain) and plain[-1] > 240 and plain[0] < 10
    order = np.random.default_rng(3).permutation(24)
    network.set_order(0, order)
    np.testing.assert_allclose(shades(), np.array(plain)[order], atol=1)
    assert renderer.counters.placed_bytes - before == ROW_BYTES
    network.set_order(0, order[:10])
    few = shades()
    np.testing.assert_allclose(few[:10], np.array(plain)[order[:10]], atol=1)
    assert set(few[10:]) == {few[10]} and few[10] < 30  # the empty plate
    # The border is around the cell, not around the place that the channel has otherwise.
    bare, view = take()
    scene.selected = (0, 0, int(order[4]))
    marked, _ = take()
    rows, columns = np.nonzero((bare != marked).any(axis=2))
    x, y = network.arrangement.map_centres(0, 24)[4]
    column, row = pixel(view, on_wall(network, 0, x, y))
    assert abs((columns.min() + columns.max()) / 2 - column) < 3 and abs((rows.min() + rows.max()) / 2 - row) < 3
    scene.selected = (0, 0, int(order[12]))  # is not shown
    assert (take()[0] == bare).all()
    scene.selected = None
    network.set_order(0, None)
    assert shades() == plain


def test_handles_stand_out_when_they_are_pointed_at(host, renderer, world) -> None:
    scene, network = world
    network.change_walls({1: WallChange(position=(0.3, 1.2, -1.5), scale=1.5)})
    take = photographer(host, renderer, scene)
    calm, view = take()
    calls = renderer.counters.draw_calls
    column, row = pixel(view, on_wall(network, 1, 0.0, MIDDLE_M))
    scene.handle = (0, 1)
    bright, _ = take()
    assert renderer.counters.draw_calls == calls
    assert 70 < calm[row, column].max() < 150 < 200 < bright[row, column].max()
    changed = np.argwhere((calm != bright).any(axis=2))
    assert np.abs(changed - [row, column]).max() < 60
    scene.handle = (0, 99)
    assert (take()[0] == calm).all()


def test_posts_reach_from_the_floor_to_the_wall(host, renderer, world) -> None:
    scene, network = world
    network.change_walls({3: WallChange(position=(0.0, 1.5, -1.0), scale=2.0)})
    without = {layer: WallChange(hidden=True) for layer in (0, 1, 2, 4)}
    network.change_walls(without)
    take = photographer(host, renderer, scene)
    shown, view = take()
    beside = 2 * (float(network.arrangement.size[3, 0]) / 2 - 0.03)
    for x in (-beside, beside):
        for y in (0.1, 0.7, 1.3):
            column, row = pixel(view, np.array([x, y, -1.04]))
            np.testing.assert_allclose(shown[row, column], [57, 66, 80], atol=2)  # the colour of all frames
        column, row = pixel(view, np.array([x, -0.1, -1.04]))
        assert (shown[row, column] < 50).all()  # it does not reach into the floor


def test_layers_that_stay_in_another_graph_stay_on_their_walls(host, renderer) -> None:
    """A layer is opened in two: the others show their maps on, without a byte being uploaded."""
    from dataclasses import replace

    from worlds import arrange

    scene, network = scene_of(SIZES)
    fill(renderer, scene, network, mips=True)
    take = photographer(host, renderer, scene)
    take()
    slots = {layer: renderer.store.held[0, layer].pieces for layer in range(len(SIZES))}
    levels = [renderer.store.held[0, layer].levels for layer in range(len(SIZES))]
    old = network.graph.layers
    first = replace(old[2], id=2, name="opened.a")
    second = replace(old[2], id=3, name="opened.b", parents=(2,))
    later = [replace(layer, id=layer.id + 1, parents=(layer.id,)) for layer in old[3:]]
    graph = replace(network.graph, layers=(*old[:2], first, second, *later), outputs=(5,))
    graph.__dict__.pop("edges", None)
    network.rebuild(graph, arrange(graph))
    take()
    for new, was in {0: 0, 1: 1, 4: 3, 5: 4}.items():
        held = renderer.store.held[0, new]
        assert held.pieces == slots[was] and held.run == 1 and held.levels == levels[was]
        (x, y), _ = network.arrangement.map_centres(new, 2)
        eye = on_wall(network, new, x, y) + network.world_from_wall()[new, :3, 2] * 0.4
        shown, _ = take(look_at(eye, on_wall(network, new, x, y)))
        assert shown[90:110, 150:170].reshape(-1, 3).std(axis=0).max() > 2  # values, not a plate
    assert renderer.store.held[0, 2].run is None and renderer.store.held[0, 3].run is None
    assert renderer.store.pending == 0
    taken = [piece for held in renderer.store.held.values() for piece in held.pieces]
    places = [(id(piece.page), slot) for piece in taken for slot in range(piece.first, piece.first + piece.count)]
    assert len(places) == len(set(places)) == graph.maps_total
