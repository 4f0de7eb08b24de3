from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from walkbox.commands import (
    AddPictures,
    CopyMap,
    JumpToLayer,
    PinPicture,
    PlacePicture,
    Quit,
    Screenshot,
    SelectMap,
    ShowPanel,
    ToggleFullscreen,
)
from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.inputs import Input
from walkbox.scene.furniture import frame_picture, shelf_pictures
from walkbox.scene.scene import FIRST_MADE


def test_the_window_shows_what_was_drawn(window) -> None:
    window.frames(3)
    drawn, shown = window.host.read_pixels(), window.screen()
    assert drawn.shape == (720, 1280, 3) and drawn.std() > 10
    np.testing.assert_array_equal(drawn, shown)


@pytest.mark.parametrize(
    ("key", "along"),
    [("w", 2), ("Up", 2), ("s", -2), ("Down", -2), ("d", 0), ("a", -1), ("e", 1), ("Prior", 1), ("space", 1)],
)
def test_keys_walk(window, key: str, along: int) -> None:
    """*along*: 2 forward, -2 back, 0 right, -1 left, 1 up, seen from the walker."""
    start, yaw = window.walker.position.copy(), window.walker.yaw
    window.x("keydown", key)
    window.until(lambda: np.linalg.norm(window.walker.position - start) > 0.2)
    window.x("keyup", key)
    window.until(lambda: not window.walker.velocity.any())
    step = window.walker.position - start
    own = {2: [-np.sin(yaw), 0, -np.cos(yaw)], 0: [np.cos(yaw), 0, -np.sin(yaw)], 1: [0, 1, 0]}
    direction = -np.array(own[2]) if along == -2 else -np.array(own[0]) if along == -1 else np.array(own[along])
    assert step @ direction / np.linalg.norm(step) > 0.999


def test_shift_runs_and_arrows_turn(window) -> None:
    window.x("keydown", "shift", "keydown", "w")
    window.until(lambda: np.linalg.norm(window.walker.velocity) > 2 * window.settings.walk_speed_m_s)
    window.x("keyup", "w", "keyup", "shift")
    yaw = window.walker.yaw
    window.x("keydown", "Left")
    window.until(lambda: window.walker.yaw > yaw + 0.1)
    window.x("keyup", "Left")


def test_the_wheel_walks_and_stops(window) -> None:
    start = window.walker.position.copy()
    window.x("mousemove", 800, 500, "click", 4, "click", 4)
    window.until(lambda: np.linalg.norm(window.walker.position - start) > 0.1)
    window.until(lambda: not window.walker.velocity.any())
    assert 0.1 < np.linalg.norm(window.walker.position - start) < 2


def test_the_right_button_looks_around_and_gives_the_mouse_back(window) -> None:
    window.x_then("mousemove", 800, 500)
    yaw, pitch = window.walker.yaw, window.walker.pitch
    window.x_then("mousedown", 3)
    assert window.input.pointers == []
    window.x_then("mousemove_relative", 100, 0)
    window.x_then("mousemove_relative", "--", 0, -40)
    assert window.walker.yaw == pytest.approx(yaw - 100 * window.settings.mouse_rad_px, abs=1e-6)
    assert window.walker.pitch == pytest.approx(pitch + 40 * window.settings.mouse_rad_px, abs=1e-6)
    window.x_then("mouseup", 3)
    turned = window.walker.yaw
    window.x_then("mousemove_relative", 60, 0)
    assert window.walker.yaw == turned
    assert len(window.input.pointers) == 1


def test_a_captured_mouse_looks_and_points_through_the_middle(window) -> None:
    window.x_then("mousemove", 200, 600, "key", "m")
    assert window.host.captured and window.input.crosshair
    yaw = window.walker.yaw
    window.x_then("mousemove_relative", "--", -80, 0)
    assert window.walker.yaw == pytest.approx(yaw + 80 * window.settings.mouse_rad_px, abs=1e-6)
    window.look_at_map(3, 5)
    window.frames(2)
    (pointer,) = window.input.pointers
    np.testing.assert_allclose(pointer.direction, -window.walker.world_from_view(0)[:3, 2], atol=1e-5)
    commands = window.x_then("click", 1)
    assert commands == [SelectMap(3, 5, 0)]
    assert window.x_then("key", "Escape") == []  # frees the mouse, closes nothing
    assert not window.host.captured and not window.input.crosshair


@pytest.mark.parametrize(("layer", "channel"), [(3, 0), (3, 9), (1, 15), (8, 4)])
def test_a_click_selects_the_map_under_it(window, layer: int, channel: int) -> None:
    window.stand_before(layer)
    x, y = window.pixel_of(layer, channel)
    window.x_then("mousemove", x, y)
    assert window.scene.pointed is not None and window.scene.pointed[:3] == (0, layer, channel)
    assert window.x_then("click", 1) == [SelectMap(layer, channel, 0)]
    assert window.x_then("click", "--repeat", 2, "--delay", 30, 1)[0] == JumpToLayer(layer, 0)


def test_a_drag_on_a_map_takes_it_along_and_does_not_look(window) -> None:
    window.stand_before(3)
    x, y = window.pixel_of(3, 5)
    yaw = window.walker.yaw
    window.x_then("mousemove", x, y)
    window.x_then("mousedown", 1)
    commands = []
    for _ in range(4):
        commands += window.x_then("mousemove_relative", 20, 0, frames=2)
    commands += window.x_then("mouseup", 1)
    made, pinned = commands
    assert isinstance(made, CopyMap) and (made.layer, made.channel) == (3, 5)
    assert isinstance(pinned, PinPicture) and pinned.picture == made.picture
    assert window.walker.yaw == yaw


def test_a_drag_over_the_floor_looks_and_selects_nothing(window) -> None:
    window.stand_before(3)
    yaw = window.walker.yaw
    window.x_then("mousemove", 300, 700)
    window.x_then("mousedown", 1)
    for _ in range(4):
        window.x_then("mousemove_relative", 20, 0, frames=2)
    commands = window.x_then("mouseup", 1)
    assert commands == []
    assert window.walker.yaw == pytest.approx(yaw - 80 * window.settings.mouse_rad_px, abs=1e-6)


def test_a_picture_is_dragged_from_the_shelf_into_the_frame(window) -> None:
    def centre(quad) -> tuple[int, int]:
        return window.project(quad.world_from_quad @ np.array([0, quad.size[1] / 2, 0, 1], np.float32))

    picture, quad = shelf_pictures(window.scene)[3]
    frame = frame_picture(window.scene.networks[0])
    start, goal = centre(quad), centre(frame)
    assert all(0 < n < m for point in (start, goal) for n, m in zip(point, (1280, 720), strict=True))
    window.x_then("mousemove", *start)
    window.x_then("mousedown", 1)
    window.x_then("mousemove", (start[0] + goal[0]) // 2, (start[1] + goal[1]) // 2)
    assert window.pointing.carried == picture
    yaw = window.walker.yaw
    window.x_then("mousemove", *goal)
    assert window.x_then("mouseup", 1) == [PlacePicture(picture, 0)]
    assert window.walker.yaw == yaw and window.pointing.carried is None
    window.x_then("mousemove", *start)
    assert window.x_then("click", 1) == [PlacePicture(picture, 0)]


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("F1", ShowPanel("help")),
        ("h", ShowPanel("help")),
        ("l", ShowPanel("layers")),
        ("p", ShowPanel("display")),
        ("F11", ToggleFullscreen()),
        ("F12", Screenshot()),
        ("3", PlacePicture(FIRST_MADE + 2, 0)),
        ("ctrl+q", Quit()),
    ],
)
def test_keys_act_once(window, key: str, command) -> None:
    assert window.x_then("key", key) == [command]


def test_escape_closes_panels_one_by_one_and_never_quits(window) -> None:
    window.state.open = {"help"}
    window.scene.selected = (0, 1, 0)
    assert window.x_then("key", "Escape") == [SelectMap(None, network=0)]
    window.scene.selected = None
    assert window.x_then("key", "Escape") == [ShowPanel("help", False)]
    window.state.open = set()
    assert window.x_then("key", "Escape") == []
    assert not window.input.quit


def test_a_press_on_a_panel_belongs_to_it(window) -> None:
    """The mouse comes and clicks within one frame, and the wall behind the panel is not touched."""
    window.stand_before(3)
    window.state.open = {"layers"}
    window.frames(3)
    window.x_then("mousemove", 700, 600)
    commands = window.x_then("mousemove", 60, 190, "click", 1)
    assert [type(c) for c in commands] == [JumpToLayer]
    yaw = window.walker.yaw
    window.x_then("mousedown", 3)
    window.x_then("mousemove_relative", 30, 0)
    window.x_then("mouseup", 3)
    assert window.walker.yaw == yaw
    assert window.input.pointers == []


def test_typing_into_a_box_does_not_walk(window) -> None:
    window.state.open = {"layers"}
    window.frames(3)
    window.x_then("mousemove", 100, 116, "click", 1)
    start = window.walker.position.copy()
    commands = window.x_then("type", "--delay", 30, "add", frames=12)
    assert window.state.local.layer_filter == "add"
    assert commands == []
    np.testing.assert_array_equal(window.walker.position, start)
    window.x_then("key", "Escape")
    assert not window.host.panels_have_keyboard


def test_dropped_files_become_pictures(window, tmp_path: Path) -> None:
    """GLFW's own callback, as a file manager would cause it (xdotool cannot drag files)."""
    names = [str(tmp_path / "a.png"), str(tmp_path / "ü b.jpg")]
    window.host._on_drop(window.host._window, names)
    assert window.frame() == [AddPictures(tuple(names))]
    assert window.frame() == []


def test_the_picture_follows_the_size_of_the_window(window) -> None:
    glfw, handle = window.host._glfw, window.host._window
    for size in ((900, 500), (1400, 900), (640, 480)):
        glfw.set_window_size(handle, *size)
        window.until(lambda size=size: window.host.size_px == size and window.host._target_key[:2] == size)
        window.frames(2)
        drawn = window.host.read_pixels()
        assert drawn.shape == (size[1], size[0], 3)
        np.testing.assert_array_equal(drawn, window.screen())


def test_full_screen_and_back(window) -> None:
    window.host.toggle_fullscreen()
    window.until(lambda: window.host.size_px == (1600, 1000))
    assert window.host.fullscreen
    window.frames(2)
    np.testing.assert_array_equal(window.host.read_pixels(), window.screen())
    window.host.toggle_fullscreen()
    window.until(lambda: window.host.size_px == (1280, 720))
    assert not window.host.fullscreen


def test_nothing_is_drawn_while_minimised(window, monkeypatch) -> None:
    # Xvfb has no window manager, which is who minimises: the window is asked, the answer is given for it.
    glfw = window.host._glfw
    asked = glfw.get_window_attrib
    monkeypatch.setattr(glfw, "get_window_attrib", lambda w, a: 1 if a == glfw.ICONIFIED else asked(w, a))
    assert window.host.size_px == (0, 0)
    assert window.host.begin(np.eye(4, dtype=np.float32)) == []
    window.host.end()
    assert window.host.poll().dt_s >= 0
    monkeypatch.undo()
    assert len(window.host.begin(np.eye(4, dtype=np.float32))) == 1


def test_closing_the_window_ends_the_walk(window) -> None:
    window.host._glfw.set_window_should_close(window.host._window, True)
    window.frame()
    assert window.input.quit


def test_multisampling_follows_the_setting(window) -> None:
    for wanted in (4, 1):
        window.host.settings = Settings(msaa=wanted)
        window.frames(2)
        assert window.host.samples == wanted
        np.testing.assert_array_equal(window.host.read_pixels(), window.screen())


def test_a_gamepad_walks_looks_and_clicks(window) -> None:
    """Sticks and buttons as GLFW reports them; there is no device to plug in here."""
    host, glfw = window.host, window.host._glfw
    still = [0.0, 0.0, 0.0, 0.0, -1.0, -1.0]

    def frame(axes: list[float], *held: str) -> Input:
        input = Input(dt_s=0.05)
        buttons = [0] * 15
        for name in held:
            buttons[getattr(glfw, f"GAMEPAD_BUTTON_{name}")] = 1
        host.apply_gamepad(input, axes, buttons)
        input.pointers = host._pointers()
        return input

    assert frame(still).move == (0, 0, 0) and not host._gamepad_aims
    assert frame([0.1, -0.1, 0.1, 0.0, -1, -1]).move == (0, 0, 0)  # within the dead zone
    pushed = frame([0.5, -1.0, 0.5, -0.5, -1.0, 1.0], "LEFT_THUMB")
    assert pushed.move == pytest.approx((0.5, 1.0, 1.0)) and pushed.run
    assert pushed.look[0] < 0 < pushed.look[1]
    assert frame(still, "B", "X").actions == ["close", "help"]
    assert frame(still, "B", "X").actions == []  # held, not pressed again
    assert frame(still, "A").pointers[0].pressed
    (let_go,) = frame(still).pointers
    assert let_go.clicked and let_go.released and not let_go.pressed
    np.testing.assert_allclose(let_go.direction, -window.walker.world_from_view(0)[:3, 2], atol=1e-5)


def test_read_pixels_before_the_first_frame_says_so(display: str) -> None:
    from walkbox.hosts.desktop import DesktopHost

    host = DesktopHost(visible=False)
    with pytest.raises(HostError, match="no frame yet"):
        host.read_pixels()
    host.close()
    host.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display to ask")
@pytest.mark.parametrize("shown", [None, ":987"])
def test_without_a_display_there_is_one_plain_line(shown: str | None) -> None:
    program = (
        "from walkbox.errors import HostError\n"
        "from walkbox.hosts.desktop import DesktopHost\n"
        "try: DesktopHost()\n"
        "except HostError as error: print(error)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.update({} if shown is None else {"DISPLAY": shown})
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert line.endswith("walkbox snapshot TARGET -o out.png")
    assert done.stderr == ""


def test_one_copy_of_glfw_is_loaded(display: str) -> None:
    program = (
        "from walkbox.hosts.desktop import DesktopHost\n"
        "host = DesktopHost(visible=False)\n"
        "print(open('/proc/self/maps').read())\n"
        "host.close()\n"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    maps = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    copies = set(re.findall(r"\S*libglfw\S*", maps))
    assert len(copies) == 1 and "imgui_bundle" in copies.pop()
