"""What the renderer takes and leaves: draw calls, culling, flips, labels, edges, GL objects."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from worlds import block, fill, scene_of, waves

from walkbox.config import Settings
from walkbox.geometry import look_at, walker_matrix
from walkbox.render.renderer import Renderer
from walkbox.scene.scene import Quad, Scene, Text

ENTRANCE = walker_matrix(np.array([0, 1.65, 0.5]), 0.0, 0.0)


def frame(host, renderer, scene, pose=ENTRANCE):
    for target in host.begin(pose):
        renderer.draw(scene, target.view, target.framebuffer)
    host.end()


def live_objects():
    """Names of GL objects that exist."""
    from OpenGL import GL

    kinds = (GL.glIsTexture, GL.glIsBuffer, GL.glIsVertexArray, GL.glIsProgram, GL.glIsFramebuffer, GL.glIsRenderbuffer)
    return {(kind.__name__, name) for kind in kinds for name in range(1, 400) if kind(name)}


def test_nothing_is_left_on_the_gpu(host):
    def whole_life():
        renderer = Renderer(host.ctx, Settings())
        scene, network = scene_of([(3, 40, 40), (16, 20, 20), (32, 7, 7)])
        scene.add_picture(np.zeros((8, 8, 3), np.uint8), "black")
        fill(renderer, scene, network, mips=True)
        scene.selected = (0, 0, 1)
        frame(host, renderer, scene)
        renderer.sync(Scene())
        fill(renderer, scene, network)
        renderer.release()
        gc.collect()

    whole_life()
    before = live_objects()
    whole_life()
    assert live_objects() == before


def test_very_many_single_values_and_a_very_large_matrix(renderer, photograph):
    """50,257 logits and 2,048 x 20,000 values take a draw call a page, and every end of both walls is drawn."""
    scene, network = scene_of([(50_257, 1, 1), (1, 2048, 20_000)], kinds={0: "strip", 1: "matrix"})
    renderer.sync(scene)
    for layer, shape in enumerate([(50_257, 1, 1), (1, 2048, 20_000)]):
        renderer.accept(block(network, layer, np.full(shape, 1 - 2 * layer, np.float16)))
        for done in renderer.upload(1 << 30):
            network.show(done)
    renderer.sync(scene)
    network.display = network.display.replace(colormap="grey", limits="extremes", symmetric="off")
    network.minimum[:], network.maximum[:] = -1, 1
    renderer.sync(scene)
    for layer, count, value in ((0, 50_257, 1.0), (1, 1, -1.0)):
        centres = network.arrangement.map_centres(layer, count)
        reach = network.arrangement.map_size[layer] * 0.45
        for x, y in (centres[0] + reach * (-1, 1), centres[-1] + reach * (1, -1)):
            pose = network.world_from_wall()[layer].copy()
            pose[:3, 3] += pose[:3, :3] @ np.array([x, y, 0.2], np.float32)
            shown = photograph(renderer, scene, pose)
            middle = shown[shown.shape[0] // 2, shown.shape[1] // 2].astype(int)
            assert (np.abs(middle - (255 if value > 0 else 0)) <= 3).all()
            assert renderer.counters.draw_calls < 16 and renderer.counters.maps >= count


def test_more_layers_than_a_texture_is_high(host, renderer, photograph):
    """Behind 20,000 rows that others hold, walls look as they do in the first rows."""
    crowded = Renderer(host.ctx, Settings())
    assert crowded._table.take(20_000) == 0
    pictures = []
    for each in (renderer, crowded):
        scene, network = scene_of([(3, 40, 40), (16, 20, 20), (32, 7, 7)])
        scene.selected = (0, 1, 5)
        fill(each, scene, network)
        pictures.append(photograph(each, scene, ENTRANCE))
        assert each.counters.visible_layers == 3
    assert crowded._known[0].first_row == 20_000
    np.testing.assert_array_equal(*pictures)
    crowded.release()


def test_few_draw_calls_for_many_maps(host, renderer):
    sizes = [(64, 56, 56)] * 6 + [(256, 28, 28)] * 10 + [(1024, 14, 14)] * 20 + [(2048, 7, 7)] * 14 + [(1000, 1, 1)]
    scene, network = scene_of(sizes)
    assert network.graph.maps_total > 50_000
    fill(renderer, scene, network)
    frame(host, renderer, scene, look_at(np.array([30, 25, 30.0]), np.array([0, 0, -60.0])))
    assert renderer.counters.visible_layers == len(sizes)
    assert renderer.counters.maps >= 50_000
    assert renderer.counters.draw_calls <= 20


def test_few_draw_calls_even_with_the_fewest_array_layers(host):
    """256 layers an array are all that GL 3.3 guarantees."""
    renderer = Renderer(host.ctx, Settings(), max_page_layers=256)
    sizes = [(64, 56, 56)] * 60 + [(256, 28, 28)] * 40 + [(1024, 14, 14)] * 20 + [(2048, 7, 7)] * 8 + [(1000, 1, 1)]
    scene, network = scene_of(sizes)
    assert network.graph.maps_total > 50_000
    renderer.sync(scene)
    frame(host, renderer, scene, look_at(np.array([30, 25, 60.0]), np.array([0, 0, -300.0])))
    assert renderer.counters.draw_calls <= 64
    assert all(page.shape.layers <= 256 for page in renderer.store.pool.pages)
    renderer.release()


def calls_of_a_frame(host, renderer, scene):
    count = 0

    def tally(_, event, __):
        nonlocal count
        count += event in ("call", "c_call")

    target = host.begin(ENTRANCE)[0]
    sys.setprofile(tally)
    try:
        renderer.sync(scene)
        renderer.upload(1 << 20)
        renderer.draw(scene, target.view, target.framebuffer)
    finally:
        sys.setprofile(None)
    host.end()
    return count


def test_python_does_not_work_more_for_more_maps(host, renderer):
    calls, memory = [], []
    for factor in (1, 40):
        scene, network = scene_of([(8 * factor, 20, 20), (16 * factor, 7, 7), (5 * factor, 1, 1)])
        fill(renderer, scene, network)
        frame(host, renderer, scene)
        calls.append(calls_of_a_frame(host, renderer, scene))
        target = host.begin(ENTRANCE)[0]
        tracemalloc.start()
        renderer.sync(scene)
        renderer.draw(scene, target.view, target.framebuffer)
        memory.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        renderer.sync(Scene())
    assert calls[0] == calls[1] < 700
    assert memory[1] < memory[0] + 2000


def test_walls_out_of_sight_are_not_drawn(host, renderer):
    scene, network = scene_of([(8, 20, 20), (16, 7, 7), (5, 1, 1), (4, 33, 33)])
    fill(renderer, scene, network)
    frame(host, renderer, scene)
    assert renderer.counters.visible_layers == 4
    all_calls = renderer.counters.draw_calls
    frame(host, renderer, scene, walker_matrix(np.array([0, 1.65, 0.5]), np.pi, 0.0))
    assert renderer.counters.visible_layers == 0 and renderer.counters.maps == 0
    assert renderer.counters.draw_calls <= all_calls - 4


def test_a_frame_where_nothing_changed_sends_nothing(host, renderer):
    scene, network = scene_of([(8, 20, 20), (16, 7, 7)])
    fill(renderer, scene, network)
    frame(host, renderer, scene)
    before = live_objects()
    written = renderer.counters.placed_bytes
    renderer.sync(scene)
    assert renderer.counters.placed_bytes == written
    assert live_objects() == before


def test_the_same_scene_gives_the_same_bytes(renderer, photograph):
    scene, network = scene_of([(8, 20, 20), (16, 7, 7), (5, 1, 1), (4, 33, 33)])
    fill(renderer, scene, network)
    first = photograph(renderer, scene, ENTRANCE)
    photograph(renderer, scene, walker_matrix(np.array([3, 1, 2.0]), 1.0, 0.2))
    np.testing.assert_array_equal(photograph(renderer, scene, ENTRANCE), first)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 200


def test_a_second_network_and_a_new_graph(host, renderer):
    scene, network = scene_of([(8, 20, 20), (16, 7, 7)])
    fill(renderer, scene, network)
    _, other = scene_of([(30, 20, 20), (5, 9, 9)])
    other.id = 1
    scene.networks[1] = other
    fill(renderer, scene, other)
    frame(host, renderer, scene, look_at(np.array([8, 6, 12.0]), np.array([0, 0, -6.0])))
    assert renderer.counters.maps >= 8 + 16 + 30 + 5
    _, replacement = scene_of([(2, 20, 20)])
    network.rebuild(replacement.graph, replacement.arrangement)
    del scene.networks[1]
    fill(renderer, scene, network)
    frame(host, renderer, scene)
    assert renderer.counters.visible_layers == 1
    assert len(renderer.store.held) == 1


def test_a_large_layer_is_shown_old_until_it_is_whole(renderer, photograph):
    scene, network = scene_of([(30, 40, 40)])
    fill(renderer, scene, network)
    old = photograph(renderer, scene, ENTRANCE)
    renderer.accept(block(network, 0, waves(30, 40, 40, seed=9), run=2))
    for _ in range(3):
        assert renderer.upload(30 * 1600 * 2 // 4 + 8) == []
        renderer.sync(scene)
        np.testing.assert_array_equal(photograph(renderer, scene, ENTRANCE), old)
    while renderer.pending:
        for done in renderer.upload(30 * 1600 * 2 // 4 + 8):
            network.show(done)
    renderer.sync(scene)
    new = photograph(renderer, scene, ENTRANCE)
    assert (new != old).any()
    fresh = Renderer(renderer._ctx, Settings())
    fresh.sync(scene)
    fresh.accept(block(network, 0, waves(30, 40, 40, seed=9), run=2))
    fresh.upload(1 << 30)
    network.range_revision += 1
    fresh.sync(scene)
    np.testing.assert_array_equal(photograph(fresh, scene, ENTRANCE), new)
    fresh.release()


def test_the_nearest_layers_come_first(host, renderer):
    scene, network = scene_of([(4, 30, 30)] * 6)
    renderer.sync(scene)
    frame(host, renderer, scene, walker_matrix(np.array([0, 1.65, -16.0]), 0.0, 0.0))
    for layer in range(6):
        renderer.accept(block(network, layer, waves(4, 30, 30, layer)))
    first = [renderer.upload(4 * 900 * 2 + 10)[0].layer for _ in range(3)]
    away = np.abs(network.arrangement.position[:, 2] + 16)
    assert set(first) == set(np.argsort(away)[:3].tolist())
    rest = [layer for layer in range(6) if layer not in first]
    assert [b.layer for b in renderer.upload(1 << 30, order=rest[::-1])] == rest[::-1]


def test_layers_without_room_say_so_on_their_wall(host):
    renderer = Renderer(host.ctx, Settings(texture_budget_bytes=8 * 900 * 2))
    scene, network = scene_of([(8, 30, 30), (8, 30, 30)])
    fill(renderer, scene, network)
    assert renderer.shortfall and "1 of 2 layers" in renderer.shortfall
    plain = Renderer(host.ctx, Settings())
    fill(plain, scene, network)
    assert plain.shortfall is None
    assert renderer._text.labels.glyphs - plain._text.labels.glyphs == len("notshown:texturememoryisfull")
    for made in (renderer, plain):
        made.release()


# Labels


def ink(picture, background):
    return np.abs(picture.astype(int) - background.astype(int)).sum(2) > 30


def written(renderer, text, height=0.3):
    pose = np.eye(4, dtype=np.float32)
    pose[:3, 3] = (-0.15, 1.5, -2)
    renderer._stands["hall"].texts.set(renderer._text.font, [Text(text, pose, height)])
    renderer._text.flush()


def test_labels_read_from_left_to_right_and_upright(renderer, photograph):
    scene = Scene()
    renderer.sync(scene)
    empty = photograph(renderer, scene, ENTRANCE)
    written(renderer, "L")
    marks = ink(photograph(renderer, scene, ENTRANCE), empty)
    rows, columns = np.flatnonzero(marks.any(1)), np.flatnonzero(marks.any(0))
    letter = marks[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = letter.shape
    assert height > 15
    assert letter[:, : width // 4].mean() > 0.7  # the stem on the left
    assert letter[-height // 5 :].mean() > 0.6  # the foot below
    assert letter[: height // 2, width // 2 :].mean() < 0.1


def test_labels_are_never_mirrored(renderer, photograph):
    scene = Scene()
    renderer.sync(scene)
    behind = look_at(np.array([0, 1.65, -4.5]), np.array([0, 1.65, 0.0]))
    empty = photograph(renderer, scene, behind)
    written(renderer, "LF7")
    assert not ink(photograph(renderer, scene, behind), empty).any()


def test_a_letter_has_the_height_that_was_asked_for(renderer, photograph):
    scene = Scene()
    renderer.sync(scene)
    empty = photograph(renderer, scene, ENTRANCE)
    written(renderer, "H")
    bright = (photograph(renderer, scene, ENTRANCE).astype(int) - empty).sum(2).max(1)
    rows = np.flatnonzero(bright > bright.max() / 2)
    expected = 0.3 / 2.5 * 200 / (2 * np.tan(np.radians(31)))
    assert abs((rows[-1] - rows[0] + 1) - expected) <= 1.5


def test_a_label_keeps_to_its_width_and_its_anchor(renderer):
    from walkbox.render.text import set_text

    font = renderer._text.font
    for anchor, low, high in (("left", 0, 1), ("centre", -0.5, 0.5), ("right", -1, 0)):
        text = Text("a long name: layer4.2.conv3", np.eye(4), 0.2, anchor=anchor, max_width_m=1.0)
        glyphs, _ = set_text(font, [text])
        left, right = glyphs["box"][:, 0].min(), (glyphs["box"][:, 0] + glyphs["box"][:, 2]).max()
        assert low - 0.05 < left and right < high + 0.05
        assert right - left > 0.9


def test_characters_that_the_font_lacks_become_a_box(renderer):
    font = renderer._text.font
    assert font.glyph("\u4e2d") is font.glyph("\u0e01")
    assert font.glyph("\u4e2d").box[2] > 0
    assert font.glyph("×") is not font.glyph("\u4e2d")


def test_the_atlas_grows_and_keeps_its_glyphs(renderer, photograph):
    scene = Scene()
    renderer.sync(scene)
    written(renderer, "Hello")
    before = photograph(renderer, scene, ENTRANCE)
    rows = len(renderer._text.font.atlas)
    for code in range(0xC0, 0x250):
        renderer._text.font.glyph(chr(code))
    assert len(renderer._text.font.atlas) > rows
    renderer._text.flush()
    np.testing.assert_array_equal(photograph(renderer, scene, ENTRANCE), before)


# What stands around


def test_edges_show_their_direction(renderer, photograph):
    """An arrow head is wider than its ribbon, at the child's end."""
    scene = Scene()
    renderer.sync(scene)
    empty = photograph(renderer, scene, ENTRANCE)
    path = np.stack([np.linspace(-0.8, 0.8, 24), np.full(24, 1.6), np.full(24, -1.5)], 1)[None].astype(np.float32)
    renderer._edges.set(0, path, np.array([False]), np.array([False]))
    marks = ink(photograph(renderer, scene, ENTRANCE), empty)
    thickness = marks.sum(0)
    columns = np.flatnonzero(thickness)
    assert columns.size > 80
    assert thickness[columns[-20:]].max() > 1.8 * np.median(thickness[columns])
    assert thickness[columns[:20]].max() <= np.median(thickness[columns]) + 1


def test_edges_far_away_can_still_be_followed(renderer, photograph):
    """60 m away a ribbon would be a fraction of a pixel wide; it is drawn as a line without gaps that stands out."""
    scene = Scene()
    renderer.sync(scene)
    empty = photograph(renderer, scene, ENTRANCE)
    path = np.stack([np.linspace(-20, 20, 24), np.full(24, 1.8), np.full(24, -60.0)], 1)[None].astype(np.float32)
    renderer._edges.set(0, path, np.array([True]), np.array([False]))
    marks = np.abs(photograph(renderer, scene, ENTRANCE).astype(int) - empty.astype(int)).max(2)
    columns = np.flatnonzero(marks.any(0))
    assert len(columns) > 100 and len(columns) == columns[-1] - columns[0] + 1
    assert marks.max(0)[columns[2:-2]].min() > 40
    assert (marks[:, columns] > 20).sum(0).max() <= 5


def test_ribbons_follow_their_curve():
    from walkbox.render.edges import ribbons

    t = np.linspace(0, 1, 24)
    paths = np.stack([np.stack([np.sin(3 * t), 0 * t, -5 * t], 1), np.stack([0 * t, t, -2 * t], 1)]).astype(np.float32)
    rows = ribbons(paths, np.array([False, True]), np.array([False, False]))
    assert rows.shape == (2, 28, 5) and np.isfinite(rows).all()
    np.testing.assert_allclose(rows[:, 0, :3], paths[:, 0], atol=1e-6)
    np.testing.assert_allclose(rows[:, -1, :3], paths[:, -1], atol=1e-6)
    assert (np.diff(rows[..., 3]) >= -1e-6).all()
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(1)
    np.testing.assert_allclose(rows[..., 4], np.repeat(lengths[:, None] * [[1], [-1]], 28, 1), rtol=1e-5)
    # Every place is where the distance that it names is along the curve.
    for path, ribbon in zip(paths.astype(np.float64), rows, strict=True):
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        for axis in range(3):
            np.testing.assert_allclose(ribbon[:, axis], np.interp(ribbon[:, 3], along, path[:, axis]), atol=1e-5)
    np.testing.assert_allclose(rows[:, -2, 3], lengths - 0.3, atol=1e-5)  # the arrow's base
    np.testing.assert_allclose(rows[:, 1, 3], [0, 0.1], atol=1e-6)  # the middle of the bulb
    hidden = ribbons(paths, np.array([False, True]), np.array([True, False]))
    assert (hidden[0, :, 4] == 0).all() and (hidden[1] == rows[1]).all()
    assert len(ribbons(np.zeros((0, 24, 3), np.float32), np.zeros(0, bool), np.zeros(0, bool))) == 0


def test_boards_have_the_colour_that_linear_light_means(renderer, photograph):
    scene = Scene()
    renderer.sync(scene)
    pose = np.eye(4, dtype=np.float32)
    pose[:3, 3] = (0, 1.0, -2)
    renderer._stands["hall"].quads.set([Quad(pose, (1.0, 1.0), (0.5, 0.0, 1.0, 1.0))])
    np.testing.assert_allclose(photograph(renderer, scene, ENTRANCE)[90, 160], [188, 0, 255], atol=1)


def test_pictures_keep_their_bytes_and_stand_upright(renderer, photograph):
    from walkbox.scene.scene import PictureQuad

    scene = Scene()
    renderer.sync(scene)
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2, :2], pixels[:2, 2:] = (10, 77, 200), (250, 3, 99)
    pixels[2:, :2], pixels[2:, 2:] = (31, 32, 33), (128, 200, 4)
    pose = np.eye(4, dtype=np.float32)
    pose[:3, 3] = (0, 1.15, -1)
    renderer._stands["hall"].pictures.set([PictureQuad(5, pixels, pose, (1.0, 1.0))])
    picture = photograph(renderer, scene, ENTRANCE)
    for (dy, dx), corner in {(-35, -35): (0, 0), (-35, 35): (0, 3), (35, -35): (3, 0), (35, 35): (3, 3)}.items():
        np.testing.assert_allclose(picture[100 + dy, 160 + dx].astype(int), pixels[corner].astype(int), atol=1)


def test_the_marked_maps_have_borders(renderer, photograph):
    scene, network = scene_of([(8, 20, 20)])
    fill(renderer, scene, network)
    plain = photograph(renderer, scene, ENTRANCE)
    scene.pointed = (0, 0, 3, 0.5, 0.5)
    pointed = photograph(renderer, scene, ENTRANCE)
    scene.selected = (0, 0, 0)
    both = photograph(renderer, scene, ENTRANCE)
    assert 10 < ink(pointed, plain).sum() < 2000
    assert 10 < ink(both, pointed).sum() < 2000
    scene.selected = scene.pointed = None
    np.testing.assert_array_equal(photograph(renderer, scene, ENTRANCE), plain)


@pytest.mark.parametrize("away", [0.3, 5, 60, 300])
def test_maps_do_not_fight_with_their_plate(renderer, photograph, away):
    """Seen from the side and from far away every pixel of a wall of white maps is white."""
    scene, network = scene_of([(1, 64, 64)])
    a = network.arrangement
    a.size[0] = a.map_size[0] = a.pitch[0] = max(1.0, away * 0.4)
    a.frame_position[0] = 2000
    network.display = network.display.replace(colormap="grey")
    renderer.sync(scene)
    renderer.accept(block(network, 0, np.ones((1, 64, 64), np.float16)))
    for done in renderer.upload(1 << 30):
        network.show(done)
    network.minimum[0] = 0
    renderer.sync(scene)
    wall = network.world_from_wall()[0]
    centre = wall[:3, 3] + wall[:3, 1] * a.size[0, 1] / 2
    for side in (0.0, 0.8):
        eye = centre + wall[:3, 2] * away + wall[:3, 0] * away * side
        picture = photograph(renderer, scene, look_at(eye, centre))
        middle = picture[85:115, 145:175].astype(int)
        assert max(np.abs(np.diff(middle, axis=axis)).max() for axis in (0, 1)) <= 3
        assert middle.min() > 60


def test_from_behind_a_wall_is_a_dark_plate(renderer, photograph):
    scene, network = scene_of([(4, 20, 20)])
    fill(renderer, scene, network)
    wall = network.world_from_wall()[0]
    centre = wall[:3, 3] + wall[:3, 1] * network.arrangement.size[0, 1] / 2
    picture = photograph(renderer, scene, look_at(centre - wall[:3, 2] * 1.0, centre))
    assert picture[80:120, 140:180].max() < 70


# Hosts and drivers


def test_two_eyes_see_from_two_places(another_host):
    stereo = another_host((64, 48), samples=1, eye_distance_m=0.064)
    targets = stereo.begin(ENTRANCE)
    difference = targets[1].view.world_from_view[:3, 3] - targets[0].view.world_from_view[:3, 3]
    np.testing.assert_allclose(difference, [0.064, 0, 0], atol=1e-6)
    renderer = Renderer(stereo.ctx, Settings())
    scene, network = scene_of([(8, 20, 20)])
    fill(renderer, scene, network)
    for target in targets:
        renderer.draw(scene, target.view, target.framebuffer)
    stereo.end()
    picture = stereo.read_pixels()
    assert picture.shape == (48, 128, 3)
    assert (picture[:, :64] != picture[:, 64:]).any()
    renderer.release()


SCRIPT = """
import sys, hashlib, numpy as np
sys.path.insert(0, {folder!r})
from worlds import fill, scene_of
from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.render.renderer import Renderer
host = OffscreenHost((160, 100), samples=4)
renderer = Renderer(host.ctx, Settings())
scene, network = scene_of([(3, 40, 40), (16, 20, 20), (32, 7, 7), (4, 1, 90)], kinds={{3: "signal"}})
fill(renderer, scene, network, mips=True)
for target in host.begin(walker_matrix(np.array([0, 1.65, 0.5]), 0.0, 0.0)):
    renderer.draw(scene, target.view, target.framebuffer)
host.end()
assert host.ctx.error == "GL_NO_ERROR"
print(host.ctx.version_code, hashlib.sha256(host.read_pixels().tobytes()).hexdigest())
"""


def test_the_shading_language_of_gl_33_is_enough():
    """The same picture comes from a context that offers no more than OpenGL 3.3, and again in another process."""
    script = SCRIPT.format(folder=os.path.dirname(__file__))
    said = []
    for version in ({"MESA_GL_VERSION_OVERRIDE": "3.3", "MESA_GLSL_VERSION_OVERRIDE": "330"}, {}):
        done = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **version}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split())
    assert said[0][1] == said[1][1]
    assert int(said[0][0]) == 330 or int(said[1][0]) == 330 or "llvmpipe" not in said


def test_numbers_stand_on_their_plates(renderer):
    scene, network = scene_of([(4, 8, 8), (1, 1, 1)], kinds={1: "scalar"})
    renderer.sync(scene)
    assert renderer._text.numbers.glyphs == 0
    network.show(block(network, 1, np.full((1, 1, 1), -2.5, np.float16)))
    renderer.sync(scene)
    assert renderer._text.numbers.glyphs == len("-2.5")


def test_multisampled_edges_are_resolved(another_host):
    pictures = []
    for samples in (1, 4):
        host = another_host((160, 100), samples=samples)
        assert host.samples == samples
        renderer = Renderer(host.ctx, Settings())
        renderer.sync(Scene())
        c, s = np.cos(0.3), np.sin(0.3)
        pose = np.array([[c, -s, 0, 0], [s, c, 0, 1.2], [0, 0, 1, -2], [0, 0, 0, 1]], np.float32)
        renderer._stands["hall"].quads.set([Quad(pose, (1.0, 1.0), (1.0, 1.0, 1.0, 1.0))])
        frame(host, renderer, Scene())
        pictures.append(host.read_pixels())
        assert host.ctx.error == "GL_NO_ERROR"
        renderer.release()
    between = [((p > 90) & (p < 240)).all(2).sum() for p in pictures]
    assert between[0] == 0 and between[1] > 40
