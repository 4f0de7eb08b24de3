"""An ant and a giant see the same world, each from their own size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from people import arc, controller, pose, ray, tracked
from test_presence import SIZE, at, changed, column_row
from worlds import block, fill, scene_of

from walkbox.geometry import clip_from_world, depth_range_m
from walkbox.scene.presence import Presence
from walkbox.scene.scene import Quad, Scene, Text
from walkbox.view import Fov, View

FOV = Fov.symmetric(62, 1.6)
SCALES = (0.01, 0.02, 0.3, 1.0, 30.0, 100.0)


@pytest.fixture
def see(host, renderer):
    """see(scene, view) -> uint8 (H, W, 3)."""

    def take(scene, view):
        renderer.sync(scene)
        for target in host.begin(np.eye(4, dtype=np.float32)):
            renderer.draw(scene, view, target.framebuffer)
        host.end()
        return host.read_pixels()

    return take


def upright(scale, x=0.0, z=0.0):
    """The view of one whose eyes are 1.65 m of their own above the floor."""
    return View(pose(x, 1.65 * scale, z), FOV, SIZE, scale)


def quad(renderer, z, size):
    at_place = pose(0, 0, z)
    renderer._stands["hall"].quads.set([Quad(at_place, (size, size), (1.0, 1.0, 1.0, 1.0))])


@pytest.mark.parametrize("scale", SCALES)
def test_the_near_plane_belongs_to_the_eye(see, renderer, scale):
    near, far = depth_range_m(scale)
    assert near == pytest.approx(0.05 * scale) and far >= 2000
    for away, seen in ((0.045, False), (0.055, True), (1.0, True)):
        see(Scene(), upright(scale))
        renderer._stands["hall"].quads.set([])
        plain = see(Scene(), upright(scale))
        quad(renderer, -away * scale, 8 * scale)
        assert changed(see(Scene(), upright(scale)), plain)[90:110].any() == seen


@pytest.mark.parametrize("scale", SCALES)
def test_depth_covers_the_whole_network(scale):
    view = upright(scale)
    for away in (0.06 * scale, 1.0, 500.0, 1900.0):
        if away > 0.05 * scale:
            clip = clip_from_world(view) @ np.array([0, 1.65 * scale, -away, 1])
            assert -1 < clip[2] / clip[3] < 1


def walls(renderer, distances, size, values):
    """A scene of single grey maps, *size* metres large, one behind the other on the way ahead."""
    scene, network = scene_of([(1, 8, 8)] * len(distances))
    a = network.arrangement
    a.size[:] = a.map_size[:] = a.pitch[:] = size
    a.position[:] = [(0, 0, -away) for away in distances]
    a.frame_position[0] = a.end_position[0] = 5000
    a.paths[:] = 0
    network.display = network.display.replace(colormap="grey", limits="extremes", symmetric="off")
    renderer.sync(scene)
    for layer, value in enumerate(values):
        renderer.accept(block(network, layer, np.full((1, 8, 8), value, np.float16)))
    for done in renderer.upload(1 << 30):
        network.show(done)
    network.minimum[:], network.maximum[:] = 0, 1
    renderer.sync(scene)
    return scene


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_500_m_away_can_be_seen(see, renderer, scale):
    view = upright(scale)
    plain = see(Scene(), view)
    picture = see(walls(renderer, [500.0], 200.0, [1.0]), view)
    light = np.abs(at(picture, view, (0, 60, -500)) - at(plain, view, (0, 60, -500))).max()
    assert light > 15  # the air takes most of it from one who is no giant
    if scale >= 30:
        assert light > 150


@pytest.mark.parametrize(("scale", "away"), [(0.01, 100), (0.02, 150), (1.0, 500), (30.0, 500)])
@pytest.mark.parametrize("first", [0, 1])
def test_walls_far_away_hide_those_behind_them(see, renderer, scale, away, first):
    """Of two walls 3 m apart the nearer, white one is seen, whichever is drawn first."""
    view = upright(scale)
    distances, values = [away, away + 3.0], [1.0, 0.0]
    step = 1 if first == 0 else -1
    alone = see(walls(renderer, [away], away / 2, [1.0]), view)
    picture = see(walls(renderer, distances[::step], away / 2, values[::step]), view)
    column, row = column_row(view, (0, away / 4, -away)).astype(int)
    area = np.s_[row - 15 : row + 15, column - 30 : column + 30]
    np.testing.assert_array_equal(picture[area], alone[area])
    assert picture[area].min() > at(see(Scene(), view), view, (0, away / 4, -away)).max() + 10


@pytest.mark.parametrize("scale", [0.01, 0.1, 10.0, 100.0])
def test_what_belongs_to_the_person_looks_the_same_in_every_size(see, renderer, scale):
    """Hands, rays, arcs, marker and board, seen by an ant or a giant, cover the same pixels as a person's."""

    def worn(s):
        def larger(matrix):
            matrix = matrix.copy()
            matrix[:3] *= s
            return matrix

        a = arc((0.2, 1.3, -0.4), (-0.2, 0.1, -1))
        return Presence(
            hands=[
                controller("left", larger(pose(-0.2, 1.5, -0.5))),
                tracked("right", larger(pose(0.15, 1.5, -0.5, 0.3, 0.4))),
            ],
            rays=[ray(np.array([-0.2, 1.5, -0.6]) * s, np.array([-0.3, 1.6, -3]) * s)],
            arcs=[type(a)(a.points * s, larger(a.world_from_landing), True)],
            mark=np.array([0.6, 2.0, -4]) * s,
            vignette=0.3,
            scale=s,
        )

    covered = []
    for s in (1.0, scale):
        with_it = see(Scene(presence=worn(s)), upright(s))
        covered.append(changed(with_it, see(Scene(presence=Presence(vignette=0.3)), upright(s)), 25))
    assert covered[0].sum() > 1000
    assert (covered[0] != covered[1]).sum() < 0.01 * covered[0].sum()


@pytest.mark.parametrize("scale", [10.0, 100.0])
def test_a_giant_sees_the_floor_as_a_person_does(see, scale):
    """Its lines are ten times as far apart, and it melts into the horizon ten times as far away."""
    difference = np.abs(see(Scene(), upright(scale)).astype(int) - see(Scene(), upright(1.0)).astype(int)).max(2)
    assert (difference > 2).mean() < 0.002


def test_the_floor_of_a_person_is_that_of_one_who_is_hardly_larger(see):
    """A shader of its own draws it."""
    np.testing.assert_allclose(see(Scene(), upright(1.0)), see(Scene(), upright(1.0000002)), atol=1)


def test_the_floor_changes_smoothly_while_one_grows(see):
    pictures = [see(Scene(), upright(10**exponent)).astype(int) for exponent in np.linspace(-0.05, 1.05, 56)]
    steps = [np.abs(b - a).max(2)[110:].mean() for a, b in pairwise(pictures)]
    assert max(steps) < 4 * np.median(steps)


def test_labels_fade_by_the_pixels_they_take_whatever_the_size(see, renderer):
    """A label twice as many times away for a giant is as clear as for a person; one too small to read is gone."""
    light = []
    for scale, away in ((1.0, 10.0), (30.0, 10.0), (1.0, 200.0), (30.0, 200.0)):
        view = View(pose(0, 1.65, 0), FOV, SIZE, scale)
        renderer._stands["hall"].texts.set(renderer._text.font, [])
        plain = see(Scene(), view)
        label = Text("WWWWWWWW", pose(0, 1.6, -away), 0.6, anchor="centre")
        renderer._stands["hall"].texts.set(renderer._text.font, [label])
        renderer._text.flush()
        light.append(int(np.abs(see(Scene(), view).astype(int) - plain).max()))
    assert light[0] > 100 and abs(light[0] - light[1]) <= 3
    assert light[2] == light[3] == 0


def test_a_giant_sees_walls_through_clear_air(see, renderer):
    """150 m of the world are 5 m of a giant: maps are clear; for a person they are in the haze."""
    scene, network = scene_of([(1, 64, 64)])
    network.arrangement.size[0] = network.arrangement.map_size[0] = network.arrangement.pitch[0] = 60.0
    fill(renderer, scene, network)
    wall = network.world_from_wall()[0]
    centre = wall[:3, 3] + wall[:3, 1] * 30
    eye = centre + wall[:3, 2] * 150
    pictures = [see(scene, View(pose(*eye), FOV, SIZE, scale)) for scale in (1.0, 30.0)]
    contrast = [p[60:140, 120:200].astype(float).std() for p in pictures]
    assert contrast[1] > 1.5 * contrast[0]
