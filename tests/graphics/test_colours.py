"""A known value lands as the right colour on the pixel that geometry predicts."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import block, fill, scene_of, waves

from walkbox import colour
from walkbox.geometry import clip_from_world, look_at
from walkbox.messages import LayerStatistics, MipLevels
from walkbox.view import Fov, View

SIZE = (320, 200)
VIEW_DEG = 62.0


def pixel_of(pose, point):
    """Column and row (from the top) where a point of the world is drawn."""
    clip = clip_from_world(View(pose, Fov.symmetric(VIEW_DEG, SIZE[0] / SIZE[1]), SIZE)) @ np.append(point, 1)
    x, y = clip[:2] / clip[3]
    return int((x + 1) / 2 * SIZE[0]), int((1 - y) / 2 * SIZE[1])


def point_of(network, layer, channel, row, column):
    """Middle of one value of one map, in the world."""
    maps, a = network.graph.layers[layer].maps, network.arrangement
    x, y = a.map_centres(layer, maps.count)[channel]
    w, h = a.map_size[layer]
    local = (x + ((column + 0.5) / maps.width - 0.5) * w, y - ((row + 0.5) / maps.height - 0.5) * h, 0, 1)
    return (network.world_from_wall()[layer] @ np.array(local))[:3]


def facing(network, layer, away=1.2, side=0.25):
    """A pose before a wall, a little to the side."""
    a = network.arrangement
    pose = network.world_from_wall()[layer]
    centre = pose[:3, 3] + pose[:3, 1] * a.size[layer, 1] / 2
    return look_at(centre + pose[:3, 2] * away + pose[:3, 0] * side + [0, 0.1, 0], centre)


def expected(value, low, high, name):
    """The baked table, between its entries linearly."""
    at = np.clip((value - low) / (high - low), 0, 1) * 255
    table = colour.table(name).astype(float)
    return np.array([np.interp(at, np.arange(256), table[:, k]) for k in range(3)])


def shown(renderer, scene, network, values, **options):
    renderer.sync(scene)
    renderer.accept(block(network, 0, values, **options))
    for done in renderer.upload(1 << 30):
        network.show(done)
    renderer.sync(scene)


def check(picture, pose, network, values, colour_of):
    for channel, row, column in np.ndindex(values.shape):
        x, y = pixel_of(pose, point_of(network, 0, channel, row, column))
        got = picture[y, x].astype(int)
        want = colour_of(float(values[channel, row, column]), channel)
        assert np.abs(got - want).max() <= 1.01, (channel, row, column, got, want)


GRID = np.linspace(-2, 2, 2 * 3 * 4).reshape(2, 3, 4).astype(np.float16)


@pytest.mark.parametrize("name", sorted(colour.COLORMAPS))
def test_every_colour_map_exactly(renderer, photograph, name):
    scene, network = scene_of([GRID.shape])
    network.display = network.display.replace(colormap=name, symmetric="off")
    shown(renderer, scene, network, GRID)
    pose = facing(network, 0)
    check(photograph(renderer, scene, pose), pose, network, GRID, lambda v, _: expected(v, -2, 2, name))


def test_automatic_colours_follow_the_sign(renderer, photograph):
    scene, network = scene_of([GRID.shape])
    shown(renderer, scene, network, np.float16(GRID * 0.5 + 0.25))  # -0.75 to 1.25: diverging about zero
    pose = facing(network, 0)
    values = np.float16(GRID * 0.5 + 0.25)
    check(photograph(renderer, scene, pose), pose, network, values, lambda v, _: expected(v, -1.25, 1.25, "berlin"))
    values = np.abs(values)
    shown(renderer, scene, network, values, run=2)
    low, high = values.min(), values.max()
    check(photograph(renderer, scene, pose), pose, network, values, lambda v, _: expected(v, low, high, "magma"))


def test_a_range_is_changed_without_an_upload(renderer, photograph):
    scene, network = scene_of([GRID.shape])
    shown(renderer, scene, network, GRID)
    network.display = network.display.replace(colormap="viridis", transfer="log", symmetric="on")
    renderer.sync(scene)
    assert renderer.upload(1 << 30) == [] and renderer.counters.uploaded_bytes == 0
    pose, top = facing(network, 0), np.log1p(2)
    check(
        photograph(renderer, scene, pose), pose, network, GRID,
        lambda v, _: expected(np.sign(v) * np.log1p(abs(v)), -top, top, "viridis"),
    )  # fmt: skip


def test_scaled_values_show_their_true_range(renderer, photograph):
    scene, network = scene_of([GRID.shape])
    network.display = network.display.replace(colormap="cividis")
    shown(renderer, scene, network, GRID, scale=2.0**20)
    assert network.maximum[0] == 2.0**21
    pose = facing(network, 0)
    check(photograph(renderer, scene, pose), pose, network, GRID, lambda v, _: expected(v, -2, 2, "cividis"))


def test_nan_and_infinity_have_colours_of_their_own(renderer, photograph):
    values = GRID.copy()
    values[0, 1, 2], values[1, 0, 0], values[1, 2, 3] = np.nan, np.inf, -np.inf
    scene, network = scene_of([GRID.shape])
    network.display = network.display.replace(colormap="grey", symmetric="off")
    shown(renderer, scene, network, values)
    pose = facing(network, 0)

    def want(value, _):
        if np.isnan(value):
            return np.array(colour.NAN_RGB) * 255
        if np.isinf(value):
            return np.array(colour.INF_RGB) * 255
        return expected(value, network.minimum[0], network.maximum[0], "grey")

    check(photograph(renderer, scene, pose), pose, network, values, want)


def test_a_range_for_each_map(renderer, photograph):
    values = np.stack([np.linspace(0, 1, 12), np.linspace(0, 100, 12)]).reshape(2, 3, 4).astype(np.float16)
    scene, network = scene_of([values.shape])
    shown(renderer, scene, network, values)
    low, high = values.min((1, 2)).astype(np.float32), values.max((1, 2)).astype(np.float32)
    zero = np.zeros(2, np.float32)
    network.describe(
        LayerStatistics(
            0, 1, 0, low, high, zero, zero, zero, zero, 0, 100, 0, 0, 0, 0,
            np.zeros(7, np.float32), np.zeros(64, np.int64), np.zeros(65, np.float32),
        )
    )  # fmt: skip
    network.display = network.display.replace(scope="map", colormap="magma")
    renderer.sync(scene)
    pose = facing(network, 0)
    check(photograph(renderer, scene, pose), pose, network, values, lambda v, c: expected(v, low[c], high[c], "magma"))


def test_places_without_a_token_are_empty(renderer, photograph):
    scene, network = scene_of([(2, 4, 6)], kinds={0: "tokens"}, prefix=1)
    values = np.zeros((2, 4, 6), np.float16)
    values[:, :, 2:] = 1
    values[:, 0, 0] = 1
    network.display = network.display.replace(colormap="grey")
    shown(renderer, scene, network, values)
    pose = facing(network, 0, away=0.8)
    picture = photograph(renderer, scene, pose)
    empty = np.array([0.082, 0.102, 0.137]) * 255
    for channel, row, column in np.ndindex(values.shape):
        x, y = pixel_of(pose, point_of(network, 0, channel, row, column))
        filled = column >= 2 or (column == 0 and row == 0)
        want = np.full(3, 255) if filled else empty
        assert np.abs(picture[y, x] - want).max() <= 1.01, (row, column)


def test_what_is_not_computed_yet_is_a_quiet_plate(renderer, photograph):
    scene, network = scene_of([(2, 4, 4)])
    renderer.sync(scene)
    pose = facing(network, 0)
    picture = photograph(renderer, scene, pose)
    x, y = pixel_of(pose, point_of(network, 0, 0, 1, 1))
    assert np.abs(picture[y, x] - np.array([0.118, 0.141, 0.184]) * 255).max() <= 1


def test_far_maps_show_the_mean_of_their_values(renderer, photograph):
    values = (np.indices((4, 64, 64)).sum(0) % 2).astype(np.float16)  # a fine chequerboard
    for levels in (False, True):
        scene, network = scene_of([values.shape])
        network.display = network.display.replace(colormap="grey", limits="extremes")
        shown(renderer, scene, network, values)
        if levels:
            means = tuple(np.full((4, 64 >> k, 64 >> k), 0.5, np.float16) for k in range(1, 7))
            renderer.accept(MipLevels(0, 1, 0, means))
            renderer.upload(1 << 30)
            renderer.sync(scene)
        pose = facing(network, 0, away=12.0)
        picture = photograph(renderer, scene, pose)
        x, y = pixel_of(pose, point_of(network, 0, 1, 32, 32))
        assert np.abs(picture[y, x].astype(int) - 127).max() <= (2 if levels else 64)
        renderer.sync(type(scene)())


def test_smoothing_mixes_values(renderer, photograph):
    values = np.array([[[0, 1]]], np.float16)
    scene, network = scene_of([values.shape])
    network.display = network.display.replace(colormap="grey", interpolation="linear")
    shown(renderer, scene, network, values)
    pose = facing(network, 0, away=0.5, side=0.0)
    picture = photograph(renderer, scene, pose)
    x, y = pixel_of(pose, point_of(network, 0, 0, 0, 0.5))
    assert abs(int(picture[y, x, 0]) - 127) <= 6


def test_squares_stay_sharp_when_enlarged(renderer, photograph):
    values = np.array([[[0, 1], [1, 0]]], np.float16)
    scene, network = scene_of([values.shape])
    network.display = network.display.replace(colormap="grey")
    shown(renderer, scene, network, values)
    pose = facing(network, 0, away=0.5, side=0.0)
    picture = photograph(renderer, scene, pose)
    x, y = pixel_of(pose, point_of(network, 0, 0, 0, 0.5))
    line = picture[y, x - 20 : x + 20, 0].astype(int)
    assert np.count_nonzero((line > 5) & (line < 250)) <= 2  # one edge, one or two pixels wide


def test_a_signal_is_a_line(renderer, photograph):
    values = np.linspace(0, 1, 40).reshape(1, 1, 40).astype(np.float16)
    scene, network = scene_of([values.shape], kinds={0: "signal"})
    shown(renderer, scene, network, values)
    pose = facing(network, 0, away=0.8, side=0.0)
    picture = photograph(renderer, scene, pose).astype(int).sum(2)
    a = network.arrangement
    (width, height), wall = a.map_size[0], network.world_from_wall()[0]
    for share in (0.25, 0.5, 0.75):
        heights = np.linspace(0.02, 0.98, 50)
        points = [(wall @ np.array([(share - 0.5) * width, h * height, 0, 1]))[:3] for h in heights]
        pixels = [pixel_of(pose, p) for p in points]
        brightest = heights[int(np.argmax([picture[y, x] for x, y in pixels]))]
        assert abs(brightest - (share * 0.909 + 0.045)) < 0.06


def test_moving_a_network_moves_its_maps(renderer, photograph):
    scene, network = scene_of([GRID.shape])
    network.display = network.display.replace(colormap="viridis", symmetric="off")
    shown(renderer, scene, network, GRID)
    c, s = np.cos(0.7), np.sin(0.7)
    network.world_from_network = np.array([[c, 0, s, 5], [0, 1, 0, 0.2], [-s, 0, c, -3], [0, 0, 0, 1]], np.float32)
    network.placement_revision += 1
    renderer.sync(scene)
    pose = facing(network, 0)
    check(photograph(renderer, scene, pose), pose, network, GRID, lambda v, _: expected(v, -2, 2, "viridis"))


def test_all_layers_of_a_whole_network_have_their_values(renderer, photograph):
    sizes = [(3, 40, 40), (16, 20, 20), (32, 7, 7), (9, 20, 20), (20, 1, 1), (2, 7, 7)]
    scene, network = scene_of(sizes)
    network.display = network.display.replace(colormap="viridis", symmetric="off", limits="extremes")
    fill(renderer, scene, network)
    for layer in range(len(sizes)):
        values = waves(*sizes[layer], seed=layer).astype(float)
        low, high = float(values.min()), float(values.max())
        channel = sizes[layer][0] - 1
        row, column = sizes[layer][1] // 2, sizes[layer][2] // 3
        wall = network.world_from_wall()[layer]
        point = point_of(network, layer, channel, row, column)
        pose = look_at(point + wall[:3, 2] * 0.5, point)
        x, y = pixel_of(pose, point)
        got = photograph(renderer, scene, pose)[y, x].astype(int)
        want = expected(values[channel, row, column], low, high, "viridis")
        assert np.abs(got - want).max() <= 1.5, layer
