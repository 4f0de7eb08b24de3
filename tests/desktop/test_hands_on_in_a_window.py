"""Carrying, arranging, painting and writing with a real mouse and keyboard, on the whole application."""

from __future__ import annotations

import math

import numpy as np
import pytest
from visits import on_screen, until, x

from walkbox.app.walk import Walk
from walkbox.commands import SelectMap, ShowPanel
from walkbox.geometry import look_at
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.handles import handle_rectangles


def middle(quad) -> np.ndarray:
    return (quad.world_from_quad @ [0, quad.size[1] / 2, 0, 1])[:3]


def stand(walk: Walk, eye: tuple[float, float, float], target: np.ndarray) -> None:
    """Stand so that one sees a point, at the height of a person."""
    pose = look_at(np.array(eye), target)
    yaw, pitch = math.atan2(pose[0, 2], pose[2, 2]), math.asin(float(-pose[1, 2]))
    walk.walker.jump((eye[0], 0.0, eye[2]), yaw, pitch)
    walk.frame()
    walk.frame()


def drag(walk: Walk, start: tuple[int, int], end: tuple[int, int], steps: int = 8) -> None:
    x("mousemove", *start)
    for _ in range(4):
        walk.frame()
    x("mousedown", 1)
    walk.frame()
    walk.frame()
    for share in np.linspace(0, 1, steps + 1)[1:]:
        at = (np.array(start) * (1 - share) + np.array(end) * share).round().astype(int)
        x("mousemove", *at.tolist())
        walk.frame()
        walk.frame()


def let_go(walk: Walk) -> None:
    x("mouseup", 1)
    for _ in range(3):
        walk.frame()


def test_a_picture_goes_from_the_shelf_to_the_frame_and_into_the_air(walk: Walk) -> None:
    network, scene = walk.network(), walk.scene
    assert network is not None
    frame = frame_picture(network)
    id, quad = shelf_pictures(scene)[2]
    between = (middle(quad) + middle(frame)) / 2
    stand(walk, (between[0], 1.65, between[2] + 3.2), between)
    before = network.prediction
    drag(walk, on_screen(walk, middle(quad)), on_screen(walk, middle(frame)))
    assert walk.pointing.carried == id and len(scene.presence.carried) == 1
    let_go(walk)
    until(walk, lambda: network.picture is not None and network.picture.id == id and not network.busy)
    until(walk, lambda: network.prediction is not before)
    assert scene.setup.networks[0].picture == id

    # Into the air: beside the frame there is sky.
    above = (frame.world_from_quad @ [0, frame.size[1] + 0.7, 0, 1])[:3]
    drag(walk, on_screen(walk, middle(quad)), on_screen(walk, above))
    let_go(walk)
    ((object, pinned),) = scene.setup.objects.items()
    assert pinned.picture == id
    at = np.array(pinned.pose[:3])

    # It is taken again, pushed away with the wheel, and taken away with Delete.
    spot = on_screen(walk, np.add(at, (0, 0.1, 0)))
    drag(walk, spot, (spot[0] + 60, spot[1] + 10))
    x("click", 4)
    walk.frame()
    walk.frame()
    let_go(walk)
    moved = np.array(scene.setup.objects[object].pose[:3])
    eye = walk.pose()[:3, 3]
    assert np.linalg.norm(moved - eye) > 1.05 * np.linalg.norm(at - eye)
    assert scene.setup.objects[object].pose != pinned.pose
    x("mousemove", *on_screen(walk, np.add(moved, (0, 0.1, 0))))
    until(walk, lambda: (hit := walk.pointing.hits.get("mouse")) is not None and hit.object == object)
    x("key", "Delete")
    until(walk, lambda: not scene.setup.objects)
    x("key", "ctrl+z")
    until(walk, lambda: object in scene.setup.objects)
    x("key", "ctrl+z")  # the whole drag at once
    until(walk, lambda: scene.setup.objects[object].pose == pinned.pose)
    x("key", "ctrl+y")
    until(walk, lambda: scene.setup.objects[object].pose != pinned.pose)


def test_a_wall_is_dragged_by_its_bar_scaled_by_the_wheel_and_put_back(walk: Walk) -> None:
    network, scene = walk.network(), walk.scene
    assert network is not None
    layer = network.graph.layer("0")
    poses, sizes = handle_rectangles(network)
    bar = (poses[layer.id] @ [0, sizes[layer.id, 1] / 2, 0, 1])[:3]
    stand(walk, (bar[0], 1.65, bar[2] + 2.6), bar)
    start = network.world_from_wall()[layer.id][:3, 3].copy()
    at = on_screen(walk, bar)
    drag(walk, at, (at[0] + 120, at[1] + 40))
    assert walk.pointing.wall.wall == (0, layer.id) and scene.handle == (0, layer.id)
    let_go(walk)
    end = network.world_from_wall()[layer.id][:3, 3]
    assert np.linalg.norm(end - start) > 0.3 and end[1] == pytest.approx(start[1], abs=1e-3)  # over the floor
    assert layer.name in scene.setup.networks[0].walls
    x("click", 4)  # the pointer is still over the bar
    until(walk, lambda: scene.setup.networks[0].walls[layer.name].scale > 1.05)
    x("key", "Home")
    until(walk, lambda: layer.name not in scene.setup.networks[0].walls)
    np.testing.assert_allclose(network.world_from_wall()[layer.id][:3, 3], start, atol=1e-5)
    for _ in range(3):
        x("key", "ctrl+z")
        walk.frame()
        walk.frame()
    until(walk, lambda: not scene.setup.networks[0].walls and not walk.arranging.history.can_undo.startswith("moved"))


def test_a_brush_paints_on_the_picture_in_the_frame_and_the_maps_follow(walk: Walk) -> None:
    network, scene = walk.network(), walk.scene
    assert network is not None
    x("key", "1")
    until(walk, lambda: network.picture is not None and not network.busy and network.seen is not None)
    quad = frame_picture(network)
    stand(walk, tuple((quad.world_from_quad @ [0, 0.5, 1.8, 1])[:3]), middle(quad))
    clean, said = network.seen.copy(), network.prediction
    x("key", "b")
    until(walk, lambda: scene.tool.name == "paint")
    left, right = ((quad.world_from_quad @ [u, 0.5, 0, 1])[:3] for u in (-0.3, 0.3))
    drag(walk, on_screen(walk, left), on_screen(walk, right))
    let_go(walk)
    until(walk, lambda: scene.setup.networks[0].strokes and not network.busy and network.prediction is not said)
    until(walk, lambda: (network.seen != clean).any())
    changed = (network.seen != clean).any(axis=2)
    rows, columns = changed.shape
    assert changed[rows // 2, columns // 4 : 3 * columns // 4].mean() > 0.9  # along the stroke
    assert not changed[: rows // 4].any() and not changed[3 * rows // 4 :].any()
    assert not np.array_equal(network.prediction.scores, said.scores)
    x("key", "ctrl+z")
    until(walk, lambda: not scene.setup.networks[0].strokes and np.array_equal(network.seen, clean))
    x("key", "v")
    until(walk, lambda: scene.tool.name == "hand")


def test_a_note_is_written_and_pinned_before_the_eyes(walk: Walk) -> None:
    scene = walk.scene
    walk.frame()
    x("key", "n")
    until(walk, lambda: walk.ui.shows("note"))
    for _ in range(3):
        walk.frame()
    left, top, width, _ = walk.ui.place("note")
    x("mousemove", round(left + width / 2), round(top + 80))
    walk.frame()
    x("click", 1)
    until(walk, lambda: walk.host.panels_have_keyboard)
    x("type", "Why so dark")
    until(walk, lambda: walk.ui.local.note[0] == "Why so dark")
    x("mousemove", round(left + width / 2), round(top + 190))
    walk.frame()
    x("click", 1)
    until(walk, lambda: scene.setup.notes)
    (note,) = scene.setup.notes.values()
    assert note.text == "Why so dark"
    eye, ahead = walk.pose()[:3, 3], -walk.pose()[:3, 2]
    away = np.array(note.pose[:3]) - eye
    assert 0.8 < np.linalg.norm(away) < 1.6 and away @ ahead > 0.7
    assert not walk.ui.shows("note")


def test_the_limits_of_a_layer_are_dragged_in_its_panel(walk: Walk) -> None:
    network, scene = walk.network(), walk.scene
    assert network is not None
    layer = network.graph.layer("0").id
    walk.do(ShowPanel("help", False))
    walk.do(SelectMap(layer, 2))
    until(walk, lambda: layer in network.readings and network.statistics[layer] is not None)
    for _ in range(5):
        walk.frame()
    left, top, width, _ = walk.ui.place("map")
    x("mousemove", round(left + 120), round(top + 82))  # in this window the numbers have a tab of their own
    walk.frame()
    x("click", 1)
    for _ in range(4):
        walk.frame()
    low, high = (float(v) for v in network.ranges()[layer])
    name = network.graph.layers[layer].name
    for row in np.arange(top + 110, top + 260, 16):
        for at in np.arange(left + 16, left + width - 16, 5):
            x("mousemove", round(float(at)), round(float(row)))
            walk.frame()
            x("mousedown", 1)
            walk.frame()
            walk.frame()
            if walk.ui.local.dragged is not None:
                break
            x("mouseup", 1)
            walk.frame()
        if walk.ui.local.dragged is not None:
            break
    assert walk.ui.local.dragged is not None
    x("mousemove", round(float(at)) + 30, round(float(row)))
    walk.frame()
    walk.frame()
    let_go(walk)
    until(walk, lambda: name in scene.setup.networks[0].limits)
    new = scene.setup.networks[0].limits[name]
    assert new[0] > low or new[1] > high
    np.testing.assert_allclose(network.ranges()[layer], new, rtol=1e-6)
    x("key", "ctrl+z")
    until(walk, lambda: name not in scene.setup.networks[0].limits)
    np.testing.assert_allclose(network.ranges()[layer], (low, high), rtol=1e-6)
