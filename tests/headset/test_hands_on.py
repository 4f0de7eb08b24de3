"""The whole application on the runtime: hands carry a picture, move and scale a layer, drag a limit of its colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from runtime.remote import pose
from visit import until

from walkbox.app.walk import Walk
from walkbox.config import Settings
from walkbox.geometry import clip_from_world
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.handles import handle_rectangles

MODEL = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
)
with torch.no_grad():  # the class is the colour
    model[0].weight.zero_()
    for k in range(8):
        model[0].weight[k, k % 3, 1, 1] = 1
    model[2].weight.zero_()
    for k in range(8):
        model[2].weight[k % 3, k] = 4
    model[0].bias.zero_(), model[2].bias.zero_()
example = (3, 32, 32)
images = "pictures"
classes = ["red", "green", "blue"]
"""
HEAD = (0.0, 1.6, 0.0)
REST = {"left": (-0.25, 1.2, -0.35), "right": (0.25, 1.2, -0.35)}


@pytest.fixture(scope="module")
def visited(monado, tmp_path_factory) -> Iterator[Walk]:
    from walkbox.hosts.desktop import DesktopHost
    from walkbox.hosts.headset.host import HeadsetHost

    folder = tmp_path_factory.mktemp("model")
    (folder / "model.py").write_text(MODEL)
    (folder / "pictures").mkdir()
    for index, name in enumerate(("red", "green", "blue")):
        pixels = np.full((40, 40, 3), 30, np.uint8)
        pixels[4:36, 4:36, index] = 220
        Image.fromarray(pixels).save(folder / "pictures" / f"{index}-{name}.png")
    settings = Settings(msaa=1)
    desk = DesktopHost(settings, swap_interval=0)
    desk._glfw.set_window_pos(desk._window, 960, 0)  # beside Monado's
    with Walk(str(folder / "model.py"), HeadsetHost(desk, settings), panels=True, settings=settings) as walk:
        soon(walk, lambda: (network := walk.network()) is not None and network.prediction is not None, "no model")
        soon(walk, lambda: len(walk.scene.shelf) == 3 and not walk.pictures.busy, "no pictures")
        yield walk


def soon(walk: Walk, reached: Callable[[], object], what: str) -> None:
    until(lambda: bool(reached()), walk.frame, what, 60.0)


def frames(walk: Walk, count: int = 3) -> None:
    for _ in range(count):
        walk.frame()


@pytest.fixture
def walk(visited: Walk, remote) -> Walk:
    """Worn, with both hands at rest and no panel open."""
    remote.state.head = pose(*HEAD)
    for name in REST:
        getattr(remote.state, name).pose = pose(*REST[name])
    remote.send()
    soon(visited, lambda: visited.ui.worn and len(visited.scene.presence.hands) == 2, "nobody wears it")
    visited.ui.open = set()
    visited.scene.selected = None
    visited.wearer.board.open = False
    frames(visited)
    return visited


def in_play(walk: Walk, point: np.ndarray) -> np.ndarray:
    return (np.linalg.inv(walk.walker.world_from_play().astype(np.float64)) @ np.append(np.asarray(point)[:3], 1.0))[:3]


def stand(walk: Walk, spot: np.ndarray, target: np.ndarray) -> None:
    """The play space's origin on the floor at *spot*, looking towards a point."""
    x, z = float(target[0] - spot[0]), float(target[2] - spot[2])
    walk.walker.jump((float(spot[0]), 0.0, float(spot[2])), math.atan2(-x, -z))
    frames(walk, 4)


def aim(walk: Walk, remote, name: str, target: np.ndarray, at: tuple[float, ...] | None = None) -> None:
    """Let a hand (at a place of the play space) point at a point of the world."""
    place = np.array(at or REST[name])
    x, y, z = in_play(walk, target) - place
    getattr(remote.state, name).pose = pose(*place, yaw=math.atan2(-x, -z), pitch=math.atan2(y, math.hypot(x, z)))
    remote.send()
    frames(walk, 12)  # a ray is steadied


def press(walk: Walk, remote, name: str, **what: float) -> None:
    for field, value in what.items():
        setattr(getattr(remote.state, name), field, value)
    remote.send()
    frames(walk, 4)


def middle(quad) -> np.ndarray:
    return (quad.world_from_quad @ [0, quad.size[1] / 2, 0, 1])[:3]


def top_class(walk: Walk) -> str:
    network = walk.network()
    assert network is not None and network.prediction is not None
    return network.classes[int(network.prediction.probabilities.argmax())]


def test_a_hand_takes_a_picture_off_the_shelf_and_lets_go_at_the_frame(walk: Walk, remote, composited) -> None:
    network = walk.network()
    assert network is not None
    frame = frame_picture(network)
    wanted = next(id for id, _ in shelf_pictures(walk.scene) if walk.scene.shelf.name(id).endswith("blue"))
    before, values = top_class(walk), network.maximum.copy()
    quad = dict(shelf_pictures(walk.scene))[wanted]
    stand(walk, middle(quad) + 1.6 * quad.world_from_quad[:3, 2], middle(quad))
    aim(walk, remote, "right", middle(quad))
    hit = walk.pointing.hits["right"]
    assert hit is not None and (hit.kind, hit.picture) == ("picture", wanted)
    press(walk, remote, "right", squeeze=1.0, squeeze_force=1.0)
    assert walk.pointing.carried == wanted and wanted in walk.scene.shelf  # a copy: the original stays
    (shown,) = walk.scene.presence.carried
    assert np.linalg.norm(shown.world_from_quad[:3, 3] - walk.scene.presence.hands[1].world_from_grip[:3, 3]) < 0.35

    # It is carried to the frame: who carries it walks there, then holds it before the frame.
    stand(walk, middle(frame) + 1.0 * frame.world_from_quad[:3, 2], middle(frame))
    seen = composited()[0].astype(int)
    goal = in_play(walk, middle(frame) + 0.25 * frame.world_from_quad[:3, 2])
    remote.state.right.pose = pose(*goal)
    remote.send()
    frames(walk, 6)
    assert walk.pointing.carried == wanted
    press(walk, remote, "right", squeeze=0.0, squeeze_force=0.0)
    soon(walk, lambda: walk.scene.setup.networks[0].picture == wanted, "it never went into the frame")
    soon(walk, lambda: top_class(walk) == "blue" and not network.busy, f"the top class stayed {before}")
    soon(walk, lambda: not np.array_equal(network.maximum, values), "no map changed")
    assert not walk.scene.presence.carried and not walk.scene.setup.objects
    remote.state.right.pose = pose(*REST["right"])
    remote.send()
    soon(walk, lambda: network.seen is not None and not walk.renderer.pending, "the frame never showed it")
    frames(walk, 6)
    # In what the headset shows, the frame is blue now.
    (view, _), picture = walk.host.read_views()[0], composited()[0].astype(int)
    clip = clip_from_world(view) @ np.append(middle(frame), 1).astype(np.float32)
    x = round((clip[0] / clip[3] + 1) / 2 * picture.shape[1])
    y = round((1 - clip[1] / clip[3]) / 2 * picture.shape[0])
    patch = picture[y - 8 : y + 8, x - 8 : x + 8].reshape(-1, 3).mean(axis=0)
    assert patch[2] > 2 * max(patch[0], patch[1]), patch
    assert np.abs(picture - seen).mean() > 0.5


def test_a_layer_is_grabbed_moved_and_scaled_with_two_hands(walk: Walk, remote, composited) -> None:
    network, scene = walk.network(), walk.scene
    assert network is not None
    layer = network.graph.layer("0")
    poses, sizes = handle_rectangles(network)
    bar = (poses[layer.id] @ [0, sizes[layer.id, 1] / 2, 0, 1])[:3].astype(np.float64)
    out = poses[layer.id][:3, 2]
    stand(walk, bar + 2.0 * out, bar)
    start = network.world_from_wall()[layer.id].copy()
    before = composited()[0].astype(int)
    aim(walk, remote, "right", bar)
    hit = walk.pointing.hits["right"]
    assert hit is not None and (hit.kind, hit.layer) == ("handle", layer.id)
    press(walk, remote, "right", trigger=1.0)
    assert walk.pointing.wall.wall == (0, layer.id)

    # One hand: the wall follows it.
    shift = np.array([0.3, 0.1, -0.1])
    held = remote.state.right.pose
    remote.state.right.pose = (*held[:4], *(np.array(held[4:]) + shift).tolist())
    remote.send()
    frames(walk, 6)
    moved = network.world_from_wall()[layer.id][:3, 3] - start[:3, 3]
    turn = walk.walker.world_from_play()[:3, :3]
    np.testing.assert_allclose(moved, turn @ shift, atol=0.02)

    # The second hand takes the same wall: twice as far apart, twice as large.
    aim(walk, remote, "left", network.wall_centres()[layer.id])
    other = walk.pointing.hits["left"]
    assert other is not None and other.layer == layer.id
    press(walk, remote, "left", trigger=1.0)
    assert walk.pointing.wall.holds("left") and walk.pointing.wall.holds("right")
    left, right = (np.array(getattr(remote.state, name).pose[4:]) for name in ("left", "right"))
    half = (right - left) / 2
    for name, place in (("left", left - half), ("right", right + half)):
        state = getattr(remote.state, name)
        state.pose = (*state.pose[:4], *place.tolist())
    remote.send()
    frames(walk, 6)
    press(walk, remote, "left", trigger=0.0)
    press(walk, remote, "right", trigger=0.0)
    change = scene.setup.networks[0].walls[layer.name]
    assert change.scale == pytest.approx(2.0, abs=0.03) and walk.pointing.wall.wall is None
    size = np.linalg.norm(network.world_from_wall()[layer.id][:3, 0])
    assert size == pytest.approx(change.scale, rel=1e-4)
    frames(walk, 6)
    assert np.abs(composited()[0].astype(int) - before).mean() > 1.0
    walk.arranging.undo()  # the whole drag, with one hand and with two
    np.testing.assert_allclose(network.world_from_wall()[layer.id], start, atol=1e-5)


def test_a_limit_of_the_histogram_is_dragged_with_the_ray(walk: Walk, remote, monkeypatch) -> None:
    from walkbox.ui import widgets

    network, scene = walk.network(), walk.scene
    assert network is not None
    layer = network.graph.layer("0")
    lines: dict[int, tuple[float, float]] = {}
    original = widgets.implot.drag_line_x

    def noted(index: int, value: float, *rest):
        at = widgets.implot.plot_to_pixels(value, 0.5)
        lines[index] = at.x, at.y
        return original(index, value, *rest)

    monkeypatch.setattr(widgets.implot, "drag_line_x", noted)
    wall = network.world_from_wall()[layer.id]
    x, y = network.arrangement.map_centres(layer.id, layer.maps.count)[2]
    target = (wall @ np.array([x, y, 0, 1], np.float32))[:3]
    stand(walk, target + 2.2 * wall[:3, 2], target)
    aim(walk, remote, "right", target)
    press(walk, remote, "right", trigger=1.0)
    press(walk, remote, "right", trigger=0.0)
    assert scene.selected == (0, layer.id, 2)
    soon(walk, lambda: layer.id in network.readings and walk.wearer.board.open, "its panel never opened")
    frames(walk, 6)

    def on_board(px: tuple[float, float]) -> np.ndarray:
        """World, of a pixel of the board."""
        board = walk.wearer.board
        (width, height), (columns, rows) = board.size_m, board.size_px
        spot = np.array([(px[0] / columns - 0.5) * width, (0.5 - px[1] / rows) * height, 0, 1])
        return (walk.walker.world_from_play() @ board.play_from_board @ spot)[:3]

    left, top, *_ = walk.ui.place("map")
    scale = walk.ui.scale
    for across in range(70, 260, 30):  # the tab with the numbers
        if lines:
            break
        aim(walk, remote, "right", on_board(((left + across) * scale, (top + 84) * scale)))
        press(walk, remote, "right", trigger=1.0)
        press(walk, remote, "right", trigger=0.0)
        frames(walk, 4)
    assert lines, "no histogram"
    low, high = (float(v) for v in network.ranges()[layer.id])
    aim(walk, remote, "right", on_board(lines[1]))
    press(walk, remote, "right", trigger=1.0)
    assert walk.ui.local.dragged == ("activations", 1)
    aim(walk, remote, "right", on_board((lines[1][0] - 60, lines[1][1])))
    press(walk, remote, "right", trigger=0.0)
    frames(walk, 4)
    new = scene.setup.networks[0].limits[layer.name]
    assert new[0] == pytest.approx(low, abs=1e-6) and low < new[1] < high - 0.02 * (high - low)
    np.testing.assert_allclose(network.ranges()[layer.id], new, rtol=1e-6)
    assert walk.arranging.history.can_undo
    walk.arranging.undo()
    np.testing.assert_allclose(network.ranges()[layer.id], (low, high), rtol=1e-6)
