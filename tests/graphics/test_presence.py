"""What is visible of a person: every part is drawn where geometry says, and costs little."""

from __future__ import annotations

import tracemalloc

import moderngl
import numpy as np
import pytest
from people import arc, controller, joints, pose, ray, tracked
from test_drawing import live_objects
from worlds import fill, scene_of

from walkbox.config import Settings
from walkbox.geometry import clip_from_world, look_at
from walkbox.render import bodies
from walkbox.render.renderer import Renderer
from walkbox.scene.presence import Presence, VisibleHand
from walkbox.scene.scene import Scene
from walkbox.view import Fov, View

SIZE = (320, 200)
EYE = pose(0, 1.65, 0)
ORDINARY = View(EYE, Fov.symmetric(62, 1.6), SIZE)


@pytest.fixture
def see(host, renderer):
    """see(presence or scene, view) -> uint8 (H, W, 3)."""

    def take(what, view=ORDINARY, hidden=None):
        scene = what if isinstance(what, Scene) else Scene(presence=what)
        renderer.sync(scene)
        for target in host.begin(np.eye(4, dtype=np.float32)):
            renderer.draw(scene, view, target.framebuffer, hidden)
        host.end()
        return host.read_pixels()

    return take


def column_row(view, point):
    """Where a point is drawn, (N, 2) float pixels, row 0 on top."""
    clip = clip_from_world(view) @ np.append(np.asarray(point, float), 1)
    return np.array([(clip[0] / clip[3] + 1) / 2 * view.size_px[0], (1 - clip[1] / clip[3]) / 2 * view.size_px[1]])


def at(picture, view, point):
    """The pixel in which a point is drawn."""
    column, row = column_row(view, point).astype(int)
    return picture[row, column].astype(int)


def changed(picture, plain, least=6):
    return np.abs(picture.astype(int) - plain.astype(int)).max(2) >= least


def rays_of(view):
    """Direction (H, W, 3) of every pixel, not of unit length, and the eye."""
    f, (width, height) = view.fov, view.size_px
    x = np.tan(f.left) + (np.tan(f.right) - np.tan(f.left)) * (np.arange(width) + 0.5) / width
    y = np.tan(f.up) + (np.tan(f.down) - np.tan(f.up)) * (np.arange(height) + 0.5) / height
    local = np.stack([*np.broadcast_arrays(x[None, :], y[:, None]), np.full((height, width), -1.0)], axis=-1)
    return local @ view.world_from_view[:3, :3].T, view.world_from_view[:3, 3]


def silhouette(view, parts, grown=0.0):
    """(H, W) bool: rays that meet the spheres along (N, 12) parts, their radii *grown* metres larger."""
    direction, eye = rays_of(view)
    direction = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    met = np.zeros(direction.shape[:2], bool)
    for part in parts:
        for t in np.linspace(0, 1, 16):
            sphere = part[:4] * (1 - t) + part[4:8] * t
            to = sphere[:3] - eye
            along = direction @ to
            met |= (to @ to - along**2) < max(0.0, sphere[3] + grown) ** 2
    return met


# Controllers and hands


def parts_of(shown: VisibleHand):
    """(N, 12) as :func:`bodies.hand`, in the world."""
    if shown.joints is not None:
        return bodies.hand(shown)
    parts = bodies.controller(shown.name, shown.trigger).copy()
    for end in (parts[:, 0:3], parts[:, 4:7]):
        end[:] = end @ shown.world_from_grip[:3, :3].T + shown.world_from_grip[:3, 3]
    return parts


SHOWN = {
    "controller": controller("right", pose(0.0, 1.64, -0.5, -0.4, 0.6), 0.5),
    "hand": tracked("left", pose(-0.03, 1.62, -0.42, -0.4, 0.6), 0.2),
}


@pytest.mark.parametrize("name", SHOWN)
def test_bodies_have_the_outline_of_their_spheres_and_cones(see, name):
    shown, view = SHOWN[name], View(EYE, Fov.symmetric(30, 1.6), SIZE)
    marks = changed(see(Presence(hands=[shown]), view), see(Presence(), view))
    parts = parts_of(shown)
    pixel = 0.5 * 2 * np.tan(np.radians(15)) / SIZE[1]
    assert marks.sum() > 1500
    assert marks[silhouette(view, parts, -1.2 * pixel)].mean() > 0.999
    assert not marks[~silhouette(view, parts, 1.2 * pixel)].any()


def test_all_joints_of_a_hand_are_covered(see):
    view = View(EYE, Fov.symmetric(30, 1.6), SIZE)
    wrist = pose(0.08, 1.65, -0.4, 1.5, 0.1)
    marks = changed(see(Presence(hands=[tracked("right", wrist)]), view), see(Presence(), view))
    for joint in joints(wrist):
        column, row = column_row(view, joint[:3]).astype(int)
        assert marks[row, column]
    # A finger ends its radius beyond the tip.
    tip, before = joints(wrist)[10], joints(wrist)[9]
    on = (tip[:3] - before[:3]) / np.linalg.norm(tip[:3] - before[:3])
    for radii, covered in ((0.6, True), (1.8, False)):
        column, row = column_row(view, tip[:3] + on * tip[3] * radii).astype(int)
        assert marks[row, column] == covered


def test_a_hand_whose_joints_are_not_known_is_not_drawn(see, renderer):
    lost = joints(pose(0, 1.6, -0.5))
    lost[7, 0] = np.nan
    np.testing.assert_array_equal(see(Presence(hands=[VisibleHand("left", EYE, lost)])), see(Presence()))


def test_left_and_right_and_the_trigger_can_be_told_apart(see):
    grip = pose(0, 1.6, -0.4, 0, 0.9)
    left, right, pulled = (
        see(Presence(hands=[controller(name, grip, trigger)]))
        for name, trigger in (("left", 0), ("right", 0), ("right", 1))
    )
    ring = changed(left, right, 20)
    assert ring.sum() > 100
    assert left[ring][:, 2].mean() > left[ring][:, 0].mean() + 20  # teal
    assert right[ring][:, 0].mean() > right[ring][:, 2].mean() + 20  # amber
    parts = [parts_of(controller("right", grip, trigger))[bodies._TRIGGER_PART] for trigger in (0, 1)]
    assert parts[1][11] > parts[0][11] + 0.5
    assert 0.004 < np.linalg.norm(parts[1][:3] - parts[0][:3]) < 0.012
    below = View(look_at(np.array([0.0, 1.45, -0.6]), np.array([0, 1.6, -0.4])), Fov.symmetric(40, 1.6), SIZE)
    assert changed(*(see(Presence(hands=[controller("right", grip, t)]), below) for t in (0, 1)), 20).sum() > 20
    assert changed(pulled, right).sum() > 100  # the ring, from above


def test_what_is_nearer_hides_hands(see, renderer):
    scene, network = scene_of([(8, 20, 20)])
    fill(renderer, scene, network)
    wall = network.world_from_wall()[0]
    centre = wall[:3, 3] + wall[:3, 1] * network.arrangement.size[0, 1] / 2
    view = View(look_at(centre + wall[:3, 2] * 1.0, centre), ORDINARY.fov, SIZE)
    plain = see(scene, view)
    for z, seen in ((0.3, True), (-0.3, False)):
        scene.presence = Presence(hands=[controller("left", pose(*(centre + wall[:3, 2] * z)))])
        assert changed(see(scene, view), plain).any() == seen


# Rays, arcs, marks


def test_a_ray_runs_from_its_origin_to_its_end(see):
    origin, end = np.array([0.3, 1.35, -0.6]), np.array([-0.6, 1.9, -4.0])
    plain = see(Presence())
    marks = changed(see(Presence(rays=[ray(origin, end)])), plain)
    a, b = column_row(ORDINARY, origin), column_row(ORDINARY, end)
    for t in (0.1, 0.3, 0.6, 0.9):
        column, row = (a + (b - a) * t).astype(int)
        assert marks[row - 1 : row + 2, column - 1 : column + 2].any()
    rows, columns = np.nonzero(marks)
    across = (b - a)[::-1] * (1, -1) / np.linalg.norm(b - a)
    away = np.abs((np.stack([columns, rows], 1) + 0.5 - a) @ across)
    beyond = (np.stack([columns, rows], 1) + 0.5 - a) @ (b - a) / ((b - a) @ (b - a))
    radius = 0.009 * SIZE[1] / (2 * np.tan(np.radians(31)))
    assert away.max() < radius + 1.5 and beyond.min() > -0.02 and beyond.max() < 1.1
    assert (away[beyond < 0.9] < 2.6).all()


def test_a_ray_that_meets_nothing_fades_away_and_has_no_dot(see):
    origin, end = np.array([0.3, 1.35, -0.6]), np.array([-0.6, 1.9, -4.0])
    plain = see(Presence())
    light = [
        np.abs(at(see(Presence(rays=[ray(origin, end, hit, pressed)])), ORDINARY, end) - at(plain, ORDINARY, end)).max()
        for hit, pressed in ((False, False), (True, False), (True, True))
    ]
    assert light[0] <= 6 and light[1] > 120 and light[2] > 120
    colours = [see(Presence(rays=[ray(origin, end, True, p)])) for p in (False, True)]
    assert changed(*colours, 30).sum() > 20


@pytest.mark.parametrize("what", ["dot", "mark"])
def test_dots_look_as_large_from_near_and_from_far(see, what):
    sizes, view = [], View(EYE, Fov.symmetric(12, 1.6), SIZE)
    for away in (0.7, 3.0, 30.0, 300.0):
        end = np.array([0.0, 1.65, -away])
        shown = Presence(mark=end) if what == "mark" else Presence(rays=[ray(end + np.array([0, 0, 0.001]), end)])
        marks = changed(see(shown, view), see(Presence(), view), 12)
        sizes.append(marks.sum())
        assert marks[100, 160] or marks[99, 159]
    assert sizes[0] > 60
    assert max(sizes) - min(sizes) <= 0.1 * max(sizes)


def test_the_mark_of_the_desk_shines_faintly_through_walls(see, renderer):
    scene, network = scene_of([(8, 20, 20)])
    fill(renderer, scene, network)
    wall = network.world_from_wall()[0]
    centre = wall[:3, 3] + wall[:3, 1] * network.arrangement.size[0, 1] / 2
    view = View(look_at(centre + wall[:3, 2] * 2.0, centre), ORDINARY.fov, SIZE)
    plain, light = see(scene, view), []
    for z in (0.0, -1.5):  # on the wall, behind it
        scene.presence = Presence(mark=centre + wall[:3, 2] * z)
        picture = see(scene, view)
        light.append(np.abs(at(picture, view, centre) - at(plain, view, centre)).max())
    assert light[0] > 100 and 10 < light[1] < 0.5 * light[0]


@pytest.mark.parametrize("good", [True, False])
def test_an_arc_and_where_it_lands(see, good):
    thrown = arc((0.2, 1.3, -0.4), (-0.2, 0.1, -1), good)
    view = View(look_at(np.array([0.0, 2.6, 0.5]), thrown.points[-1]), ORDINARY.fov, SIZE)
    plain, picture = see(Presence(), view), see(Presence(arcs=[thrown]), view)
    marks = changed(picture, plain)
    places = [column_row(view, p).astype(int) for p in thrown.points[3:]]
    hits = [marks[row - 1 : row + 2, column - 1 : column + 2].any() for column, row in places]
    assert np.mean(hits) > 0.6  # it has gaps
    landing = thrown.world_from_landing
    turned = [(landing @ np.array([np.cos(a) * 0.372, 0, np.sin(a) * 0.372, 1]))[:3] for a in np.arange(0, 6.2, 0.4)]
    colours = np.array([at(picture, view, p) for p in turned])
    assert np.ptp(colours, axis=0).max() < 90
    red, green, _ = colours.mean(0)
    assert green > red + 40 if good else red > green + 40
    front, back = ((landing @ np.array([0, 0, z, 1]))[:3] for z in (-0.5, 0.5))
    assert changed(at(picture, view, front)[None, None], at(plain, view, front)[None, None]).any() == good
    assert not changed(at(picture, view, back)[None, None], at(plain, view, back)[None, None]).any()
    cross = [(landing @ np.array([0.1 * x, 0, 0.1 * z, 1]))[:3] for x, z in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    light = [np.abs(at(picture, view, p) - at(plain, view, p)).max() for p in cross]
    assert (min(light) > 60) != good


def test_an_arc_that_meets_no_ground_has_no_marker(see, renderer):
    thrown = arc((0.2, 1.3, -0.4), (-0.2, 0.1, -1))
    see(Presence(arcs=[thrown]))
    with_marker = renderer.counters.draw_calls
    see(Presence(arcs=[type(thrown)(thrown.points)]))
    assert renderer.counters.draw_calls == with_marker - 1


# The board

BOARD_PX = (640, 400)


def write_board(renderer, pixels):
    """Premultiplied uint8 (H, W, 4), row 0 on top."""
    framebuffer = renderer.board((pixels.shape[1], pixels.shape[0]))
    framebuffer.color_attachments[0].write(np.ascontiguousarray(pixels[::-1]))


def test_the_board_shows_its_picture_upright_and_lets_through_what_is_free(see, renderer):
    pixels = np.zeros((400, 640, 4), np.uint8)
    pixels[:200, :320], pixels[:200, 320:] = (200, 30, 60, 255), (20, 90, 180, 255)
    pixels[200:, :320] = (60, 60, 60, 128)  # the other quarter is free
    write_board(renderer, pixels)
    plain = see(Presence())
    picture = see(Presence(world_from_board=pose(0.1, 1.7, -1.5, 0.3)))
    board = pose(0.1, 1.7, -1.5, 0.3)
    upper_left, upper_right, lower_left, lower_right = (
        (board @ np.array([x, y, 0, 1]))[:3] for x, y in ((-0.4, 0.25), (0.4, 0.25), (-0.4, -0.25), (0.4, -0.25))
    )
    np.testing.assert_allclose(at(picture, ORDINARY, upper_left), (200, 30, 60), atol=1)
    np.testing.assert_allclose(at(picture, ORDINARY, upper_right), (20, 90, 180), atol=1)
    mixed = 60 + at(plain, ORDINARY, lower_left) * (1 - 128 / 255)
    np.testing.assert_allclose(at(picture, ORDINARY, lower_left), mixed, atol=1.5)
    np.testing.assert_array_equal(at(picture, ORDINARY, lower_right), at(plain, ORDINARY, lower_right))
    # It is as large as it says.
    marks = changed(picture, plain)
    for x, y, inside in ((-0.78, 0.48, True), (-0.82, 0.48, False), (-0.78, 0.52, False), (0.78, 0.48, True)):
        column, row = column_row(ORDINARY, (board @ np.array([x, y, 0, 1]))[:3]).astype(int)
        assert marks[row, column] == inside


def test_hands_before_the_board_hide_it_and_rays_behind_it_are_hidden(see, renderer):
    pixels = np.full((400, 640, 4), (40, 80, 120, 255), np.uint8)
    write_board(renderer, pixels)
    board = pose(0, 1.65, -1.2)
    flat = see(Presence(world_from_board=board))
    for z, seen in ((-0.8, True), (-1.5, False)):
        shown = Presence(world_from_board=board, hands=[controller("left", pose(0.1, 1.6, z))])
        assert changed(see(shown), flat).any() == seen
        shown = Presence(world_from_board=board, rays=[ray((0.2, 1.5, z), (0, 1.65, z))])
        assert changed(see(shown), flat).any() == seen
    behind = View(look_at(np.array([0, 1.65, -2.4]), np.array([0, 1.65, -1.2])), ORDINARY.fov, SIZE)
    assert (at(see(Presence(world_from_board=board), behind), behind, (0, 1.65, -1.2)) < 60).all()


def test_writing_on_the_board_can_be_read(host, see, renderer):
    """At 1.2 m and 20 pixels a degree, seen a little from the side, letters look as an exact resampling shows them."""
    from imgui_bundle import imgui

    from walkbox.render.panels import PanelRenderer

    panels = PanelRenderer(host.ctx)
    framebuffer = renderer.board((1280, 800))
    for _ in range(2):
        panels.begin((1280, 800), 0.01, (), 1.4)
        imgui.set_next_window_pos(imgui.ImVec2(400, 300))
        imgui.set_next_window_size(imgui.ImVec2(480, 200))
        imgui.begin("Readable")
        for line in ("layer4.2.conv3  ReLU  7 x 7", "min -0.031  max 4.125", "Walk among the feature maps"):
            imgui.text(line)
        imgui.end()
        framebuffer.use()
        framebuffer.clear(0, 0, 0, 0)
        panels.draw(framebuffer)
    panels.close()
    written = np.frombuffer(framebuffer.read(components=4), np.uint8).reshape(800, 1280, 4)[::-1].astype(float)
    board = pose(0, 1.65, -1.2, 0.2)
    view = View(EYE, Fov.symmetric(10, 1.6), SIZE)  # 20 pixels a degree
    picture = see(Presence(world_from_board=board), view)
    direction, eye = rays_of(view)
    # Sixteen rays a pixel, to the nearest texel.
    step_x, step_y = direction[0, 1] - direction[0, 0], direction[1, 0] - direction[0, 0]
    exact = np.zeros((*SIZE[::-1], 3))
    for i in range(4):
        for j in range(4):
            d = direction + step_x * ((i + 0.5) / 4 - 0.5) + step_y * ((j + 0.5) / 4 - 0.5)
            normal = board[:3, 2]
            point = eye + d * (((board[:3, 3] - eye) @ normal) / (d @ normal))[..., None]
            local = (point - board[:3, 3]) @ board[:3, :3]
            column = ((local[..., 0] / 1.6 + 0.5) * 1280).astype(int)
            row = ((0.5 - local[..., 1]) * 800).astype(int)
            exact += written[row, column, :3] / 16
    inside = np.s_[20:-20, 20:-20]
    got, wanted = picture[inside].astype(float).mean(2), exact[inside].mean(2)
    assert wanted.std() > 15  # there are letters
    assert np.corrcoef(got.ravel(), wanted.ravel())[0, 1] > 0.985
    assert got.std() > 0.95 * wanted.std()


def test_mip_levels_of_the_board_are_made_once_a_frame(host, renderer, monkeypatch):
    made = []
    monkeypatch.setattr(moderngl.Texture, "build_mipmaps", lambda self, *a, **k: made.append(self))
    scene = Scene(presence=Presence(world_from_board=pose(0, 1.65, -1.2)))
    renderer.sync(scene)
    renderer.board((64, 40))
    made.clear()
    target = host.begin(EYE)[0]
    for _ in range(2):
        renderer.draw(scene, target.view, target.framebuffer)
    assert len(made) == 1
    assert renderer.board((64, 40)) is renderer.board((64, 40))
    renderer.draw(scene, target.view, target.framebuffer)
    assert len(made) == 2


# Lenses


def darkness(see, view, strength):
    """(H, W) share of light that the vignette takes."""
    plain, dark = see(Presence(), view).astype(float), see(Presence(vignette=strength), view).astype(float)
    return ((plain - dark).sum(2) / (plain - (5.1, 6.6, 9.7)).sum(2)).round(3)


def test_the_vignette_lies_around_the_axis_of_both_eyes(see):
    left = View(EYE, Fov(-0.95, 0.70, 0.72, -0.88), SIZE)
    right = View(EYE, Fov(-0.70, 0.95, 0.72, -0.88), SIZE)
    dark = [darkness(see, view, 0.6) for view in (left, right)]
    tangents = [rays_of(view)[0] for view in (left, right)]
    for x, y in ((0.0, 0.0), (0.3, 0.2), (0.6, 0.1), (0.8, -0.3), (0.4, 0.6), (0.2, -0.9), (0.75, 0.7)):
        found = []
        for d, t in zip(dark, tangents, strict=True):
            for side in (-1, 1):
                away = np.hypot(t[..., 0] - side * x, t[..., 1] - y)
                found.append(d[np.unravel_index(away.argmin(), away.shape)])
        assert max(found) - min(found) < 0.05
    r = np.hypot(tangents[0][..., 0] / np.tan(0.95), tangents[0][..., 1] / np.tan(0.88))
    assert (np.abs(dark[0][r < 0.4]) < 0.02).all()
    assert dark[0][r > 1.15].min() > 0.9
    order = np.argsort(r.ravel())
    assert (np.diff(dark[0].ravel()[order][::400]) > -0.06).all()


def test_more_vignette_is_darker_and_none_is_nothing(see, renderer):
    plain = see(Presence())
    calls = renderer.counters.draw_calls
    np.testing.assert_array_equal(see(Presence(vignette=0.0)), plain)
    assert renderer.counters.draw_calls == calls
    means = [darkness(see, ORDINARY, s).mean() for s in (0.1, 0.3, 0.6, 1.0)]
    assert (np.diff(means) > 0.05).all()
    np.testing.assert_array_equal(see(Presence(vignette=0.6))[100, 160], plain[100, 160])


def test_what_the_lenses_hide_is_not_shaded_and_nothing_else_changes(host, see, renderer):
    scene, network = scene_of([(3, 64, 64), (16, 32, 32)])
    fill(renderer, scene, network)
    scene.presence = Presence(
        hands=[controller("left", pose(-0.2, 1.4, -0.5))], rays=[ray((0, 1.4, -0.5), (0, 1, -3))], vignette=0.4
    )
    plain = see(scene)
    # The upper left corner, and a band on the right whose edge lies between two columns.
    hidden = np.array([[-1, 1], [-1, -0.2], [0.1, 1], [0.75, -1], [1, -1], [1, 1], [0.75, -1], [1, 1], [0.75, 1]], "f4")
    masked = see(scene, hidden=hidden)
    direction, _ = rays_of(ORDINARY)
    x, y = direction[..., 0] / np.tan(ORDINARY.fov.right), direction[..., 1] / np.tan(ORDINARY.fov.up)
    inside = (x > 0.75) | ((y - 1) - (x + 1) / 1.1 * 1.2 + 1.2 > 0)
    assert 0.15 < inside.mean() < 0.5
    assert (masked[inside] == 0).all()
    np.testing.assert_array_equal(masked[~inside], plain[~inside])
    np.testing.assert_array_equal(see(scene), plain)


def test_nothing_is_shaded_when_all_is_hidden(host, see, renderer):
    scene, network = scene_of([(3, 64, 64), (16, 32, 32)])
    fill(renderer, scene, network)
    scene.presence = Presence(hands=[controller("left", pose(-0.2, 1.4, -0.5))], vignette=0.4)
    everything = np.array([[-1, -1], [3, -1], [-1, 3]], np.float32)
    counted = []
    for hidden in (None, everything):
        query = host.ctx.query(samples=True)
        with query:
            assert (see(scene, hidden=hidden) == 0).all() == (hidden is not None)
        counted.append(query.samples)
    assert counted[0] > 2 * SIZE[0] * SIZE[1] and counted[1] == SIZE[0] * SIZE[1]


def test_the_buffer_of_a_mask_is_kept(see, renderer):
    masks = [np.array([[-1, -1], [x, -1], [-1, 1]], np.float32) for x in np.linspace(-0.5, 0.5, 7)]
    for mask in masks[:2]:
        see(Presence(), hidden=mask)
    before = live_objects()
    for _ in range(3):
        for mask in masks[:2]:
            see(Presence(), hidden=mask)
    assert live_objects() == before
    for mask in masks:
        see(Presence(), hidden=mask)
    assert len(renderer._hidden._masks) == 4


# What it costs


def everything():
    return Presence(
        hands=[controller("left", pose(-0.2, 1.4, -0.4)), tracked("right", pose(0.2, 1.4, -0.4), 0.3)],
        rays=[ray((-0.2, 1.4, -0.5), (0, 1.5, -3)), ray((0.2, 1.4, -0.5), (0.4, 1.5, -3), pressed=True)],
        arcs=[arc((0.2, 1.3, -0.4), (-0.2, 0.1, -1))],
        mark=np.array([0.3, 1.2, -4]),
        world_from_board=pose(0, 1.5, -1.3),
        vignette=0.3,
    )


def test_an_empty_presence_costs_nothing(host, see, renderer):
    scene, network = scene_of([(3, 64, 64), (16, 32, 32)])
    fill(renderer, scene, network)
    plain, calls = see(scene), renderer.counters.draw_calls
    write_board(renderer, np.full((400, 640, 4), 255, np.uint8))
    scene.presence = everything()
    full = see(scene)
    assert changed(full, plain).mean() > 0.2
    assert calls < renderer.counters.draw_calls <= calls + 5
    scene.presence = Presence(scale=3.0)
    np.testing.assert_array_equal(see(scene), plain)
    assert renderer.counters.draw_calls == calls
    fresh = Renderer(host.ctx, Settings())
    fill(fresh, scene, network)
    target = host.begin(EYE)[0]
    fresh.draw(scene, ORDINARY, target.framebuffer)
    host.end()
    np.testing.assert_array_equal(host.read_pixels(), plain)
    assert fresh.counters.draw_calls == calls
    fresh.release()


def test_a_second_eye_sends_only_its_view(host, renderer, monkeypatch):
    scene, network = scene_of([(3, 64, 64), (16, 32, 32)])
    fill(renderer, scene, network)
    renderer.board((64, 40))
    scene.presence = everything()
    target = host.begin(EYE)[0]
    written = []
    for kind in (moderngl.Buffer, moderngl.Texture, moderngl.TextureArray):
        write = kind.write
        monkeypatch.setattr(kind, "write", lambda self, *a, _w=write, **k: (written.append(self), _w(self, *a, **k))[1])
    renderer.sync(scene)
    assert len(written) == 3  # hands, beams, signs
    for _ in range(2):
        written.clear()
        renderer.draw(scene, target.view, target.framebuffer)
        assert len(written) == 1 and written[0] in renderer._view._buffers


def test_frames_with_hands_leave_nothing_behind(host, renderer):
    renderer.board((64, 40))
    mask = np.array([[-1, -1], [0, -1], [-1, 1]], np.float32)
    scene, view = Scene(presence=everything()), View(EYE, ORDINARY.fov, (32, 20))
    framebuffer = host.begin(EYE)[0].framebuffer
    held, objects = [], []
    tracemalloc.start()
    for frame in range(150):
        renderer.sync(scene)
        renderer.draw(scene, view, framebuffer, mask)
        held.append(tracemalloc.get_traced_memory()[0])
        if frame in (0, 149):
            objects.append(live_objects())
    tracemalloc.stop()
    # What this list itself takes, and lists of free small objects that fill up; an array a frame would be far more.
    assert held[149] - held[75] < 75 * 100
    assert objects[0] == objects[1]


def test_more_than_there_is_room_for_is_left_out(see):
    many = Presence(rays=[ray((0, 1, -1), (0, 1 + i / 100, -3)) for i in range(200)], mark=np.array([0, 1, -3]))
    many.hands = [tracked("left", pose(0, 1.5, -0.5))] * 8
    see(many)
