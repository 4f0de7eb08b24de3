"""What the window shows while the headset is worn, and where somebody at the desk points in it."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest
from runtime.remote import ViewState, pose
from runtime.screen import read_xwd
from visit import until

from walkbox.config import Settings
from walkbox.geometry import ray_through
from walkbox.inputs import Input
from walkbox.view import View

CORNER = (1000, 640)
GRID = 6
PANEL = np.array([250, 10, 250])
LEFT, RIGHT = tuple(math.radians(a) for a in (-52, 40, 43, -50)), tuple(math.radians(a) for a in (-40, 52, 43, -50))

pytestmark = pytest.mark.skipif(
    shutil.which("xdotool") is None, reason="xdotool is not installed (apt install xdotool)"
)


def shade(row: int, column: int) -> np.ndarray:
    """The colour of a patch of what is drawn: another one for each."""
    return np.array([40 + 30 * row, 40 + 30 * column, 90])


class Desk:
    """A window beside Monado's, a headset over it, and a chequered picture in each view."""

    def __init__(self, monado, mirror: str):
        from walkbox.hosts.desktop import DesktopHost
        from walkbox.hosts.headset.host import HeadsetHost

        self._screen = monado.picture
        self.desk = DesktopHost(Settings(msaa=1), size=(480, 270))
        self.desk._glfw.set_window_pos(self.desk._window, *CORNER)
        self.host = HeadsetHost(self.desk, mirror=mirror)
        self.world_from_play = np.eye(4, dtype=np.float32)
        self.panel: np.ndarray | None = None
        self.views: list[View] = []
        self.input = Input()

    def frame(self) -> None:
        self.input = self.host.poll()
        targets = self.host.begin(np.eye(4, dtype=np.float32), self.world_from_play)
        self.views = [target.view for target in targets]
        panel = self.host.panel_layer(self.panel, (0.4, 0.3), (40, 30)) if targets and self.panel is not None else None
        if panel is not None:
            panel.clear(*(PANEL / 255), 1.0)
        for target in targets:
            width, height = target.view.size_px
            xs = [round(width * i / GRID) for i in range(GRID + 1)]
            ys = [round(height * i / GRID) for i in range(GRID + 1)]
            for row in range(GRID):
                for column in range(GRID):
                    # Row 0 on top; OpenGL counts from the bottom.
                    box = (xs[column], height - ys[row + 1], xs[column + 1] - xs[column], ys[row + 1] - ys[row])
                    target.framebuffer.clear(*(shade(row, column) / 255), viewport=box)
        self.host.end()

    def wear(self) -> None:
        seen = self.host.rendered
        until(lambda: self.host.rendered > seen + 2, self.frame, "The headset never showed the walk")

    def shown(self) -> np.ndarray:
        """int (H, W, 3): the window as it is on the screen."""
        width, height = self.desk.size_px
        x, y = CORNER
        return read_xwd(self._screen)[y : y + height, x : x + width, :3].astype(int)


@pytest.fixture
def made(monado) -> Iterator[Desk]:
    desk = Desk(monado, "eye")
    yield desk
    desk.host.close()


@pytest.fixture
def desk(made: Desk, remote) -> Desk:
    remote.state.head = pose(0.4, 1.6, -0.2, yaw=0.5, pitch=-0.1)
    remote.state.views = (ViewState(pose(-0.03, 0, 0), LEFT), ViewState(pose(0.03, 0, 0), RIGHT))
    remote.send()
    made.wear()
    return made


def patch_of(eye: View, direction: np.ndarray) -> tuple[int, int]:
    """Row and column of the patch of an eye's picture in a direction of the world, worked out from the angles alone."""
    x, y, z = eye.world_from_view[:3, :3].T @ direction
    tan = {side: math.tan(getattr(eye.fov, side)) for side in ("left", "right", "up", "down")}
    right = (x / -z - tan["left"]) / (tan["right"] - tan["left"])
    down = (tan["up"] - y / -z) / (tan["up"] - tan["down"])
    return int(down * GRID), int(right * GRID)


def x(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True)


def shows_what_the_eye_sees(desk: Desk) -> int:
    """Each patch's middle that is in the window has its colour there. Returns how many patches were seen."""
    left, shown = desk.views[0], desk.shown()
    height, width = shown.shape[:2]
    tan = {side: math.tan(getattr(left.fov, side)) for side in ("left", "right", "up", "down")}
    # The window is wider than the picture: all of its width, and of its height what fits around the line of sight.
    per_px = (tan["right"] - tan["left"]) / width
    seen = 0
    for row in range(GRID):
        for column in range(GRID):
            across = (column + 0.5) / GRID * width
            up = tan["up"] - (tan["up"] - tan["down"]) * (row + 0.5) / GRID
            down = height / 2 - up / per_px
            if 4 <= down < height - 4:
                np.testing.assert_allclose(shown[int(down), int(across)], shade(row, column), atol=2)
                seen += 1
    return seen


def test_the_window_shows_the_left_eye_and_never_waits(desk: Desk) -> None:
    assert len(desk.views) == 2 and desk.desk.waits is False
    until(lambda: bool(desk.shown().any()), desk.frame, "nothing in the window")
    desk.frame()
    assert shows_what_the_eye_sees(desk) >= 2 * GRID


def test_it_follows_the_size_of_the_window(desk: Desk) -> None:
    desk.desk._glfw.set_window_size(desk.desk._window, 700, 300)
    until(lambda: desk.desk.size_px == (700, 300), desk.frame, "the window never grew")
    desk.wear()
    assert shows_what_the_eye_sees(desk) >= GRID


def test_the_mouse_points_through_the_mirror(desk: Desk) -> None:
    width, height = desk.desk.size_px
    for right, down in ((0.1, 0.2), (0.9, 0.15), (0.45, 0.55), (0.3, 0.85)):
        at = int(width * right), int(height * down)
        x("mousemove", CORNER[0] + at[0], CORNER[1] + at[1])
        until(lambda at=at: desk.desk._cursor == at, desk.frame, "the mouse never came")
        desk.wear()
        desk.host.panels_have_mouse = True  # the wearer's ray is over a panel of the board
        desk.frame()
        (pointer,) = desk.input.pointers
        assert pointer.name == "mouse"
        np.testing.assert_allclose(pointer.origin, desk.views[0].world_from_view[:3, 3], atol=1e-4)
        expected = shade(*patch_of(desk.views[0], pointer.direction))
        np.testing.assert_allclose(desk.shown()[at[1], at[0]], expected, atol=2)


def test_the_keys_of_the_desk_go_on_working(desk: Desk) -> None:
    x("mousemove", CORNER[0] + 100, CORNER[1] + 100)
    desk.desk._glfw.focus_window(desk.desk._window)
    desk.wear()
    x("key", "F12")
    seen: list[str] = []

    def frame() -> None:
        desk.frame()
        seen.extend(desk.input.actions)

    until(lambda: "screenshot" in seen, frame, "F12 never came")
    assert seen.count("screenshot") == 1 and desk.input.head is not None


def test_the_spectator_is_a_calm_third_view(desk: Desk, remote) -> None:
    desk.host.mirror.mode = "spectator"
    desk.world_from_play = np.diag([2, 2, 2, 1]).astype(np.float32)
    thirds: list[View] = []

    def frame() -> None:
        desk.frame()
        thirds.extend(desk.views[2:])

    until(lambda: len(thirds) > 20, frame, "there is no third view")
    third = thirds[-1]
    assert third.size_px == desk.desk.size_px and third.scale == 2
    # The head stands still, so the spectator has come to it: 1.6 m up, twice as large.
    np.testing.assert_allclose(third.world_from_view[:3, 3], [0.8, 3.2, -0.4], atol=5e-3)
    np.testing.assert_allclose(np.linalg.det(third.world_from_view[:3, :3]), 1, atol=1e-4)
    remote.state.head = pose(0.4, 1.6, -0.2, yaw=1.0)
    remote.send()
    thirds.clear()
    until(lambda: len(thirds) > 40, frame, "there is no third view")
    yaws = [math.atan2(v.world_from_view[0, 2], v.world_from_view[2, 2]) for v in thirds]
    assert min(np.diff(yaws)) > -1e-4, "it never swings back"
    assert max(np.diff(yaws)) < 0.4, "it does not jump with the head"
    assert yaws[-1] == pytest.approx(1.0, abs=0.1)
    until(lambda: len(desk.views) == 3, frame, "there is no third view")
    shown = desk.shown()
    for row in range(GRID):
        for column in range(GRID):
            at = int((row + 0.5) / GRID * shown.shape[0]), int((column + 0.5) / GRID * shown.shape[1])
            np.testing.assert_allclose(shown[at], shade(row, column), atol=2)


@pytest.mark.parametrize("mode", ["eye", "spectator"])
def test_the_panel_is_seen_in_the_window_too(desk: Desk, remote, mode: str) -> None:
    """The runtime itself shows it to the wearer, so it is in no picture that the walk draws."""
    remote.state.head = pose(0, 1.6, 0)
    remote.send()
    desk.host.mirror.mode = mode
    desk.panel = np.eye(4, dtype=np.float32)
    desk.panel[:3, 3] = (0, 1.6, -1)
    desk.wear()

    def seen() -> np.ndarray:
        """Where the window shows the panel."""
        return np.abs(desk.shown() - PANEL).max(2) < 10

    until(lambda: seen().any(), desk.frame, "the panel is not in the window")
    for _ in range(60):  # until the spectator has come to rest
        desk.frame()
    height, rows = len(seen()), np.nonzero(seen())[0]
    view = desk.desk._view
    assert view is not None
    tan_up = math.tan(view.fov.up) - math.tan(view.fov.down)
    assert seen().mean() > 0.02
    assert rows.max() - rows.min() + 1 == pytest.approx(0.3 / tan_up * height, abs=3)
    middle = height * math.tan(view.fov.up) / tan_up
    assert (rows.max() + rows.min()) / 2 == pytest.approx(middle, abs=3)


def test_off_shows_nothing(desk: Desk) -> None:
    from walkbox.hosts.desktop import EMPTY

    desk.host.mirror.mode = "off"
    desk.wear()
    np.testing.assert_allclose(desk.shown(), np.broadcast_to(np.array(EMPTY[:3]) * 255, desk.shown().shape), atol=2)
    assert desk.input.pointers == []


def test_without_the_headset_the_window_is_a_window_again(desk: Desk, monado) -> None:
    monado.kill()
    until(lambda: desk.input.head is None, desk.frame, "the headset never went")
    desk.frame()
    assert desk.desk.waits is True
    (view,) = desk.views
    assert view.size_px == desk.desk.size_px
    desk.frame()
    shown = desk.shown()
    middle = int(0.5 / GRID * shown.shape[0]), int(0.5 / GRID * shown.shape[1])
    np.testing.assert_allclose(shown[middle], shade(0, 0), atol=2)
    origin, direction = ray_through(view, 0, 0)
    assert np.isfinite([origin, direction]).all()
