"""A real X server without a screen, a real window on it, real mouse and key events from xdotool."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hall
import numpy as np
import pytest
from PIL import ImageGrab
from visits import MODEL, picture, until

from walkbox.app.walk import Walk
from walkbox.commands import Command
from walkbox.config import Settings
from walkbox.geometry import clip_from_world
from walkbox.inputs import Input
from walkbox.interaction.actions import commands_of
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.scene.viewpoints import entrance, in_front_of

SCREEN = (1600, 1000)


@pytest.fixture(scope="session")
def x_server() -> Iterator[str]:
    """DISPLAY of an Xvfb."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        message = f"{' and '.join(missing)} not installed (Debian, Ubuntu: apt install xvfb xdotool)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    read, write = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{SCREEN[0]}x{SCREEN[1]}x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def display(x_server: str) -> Iterator[str]:
    """The same, set in the environment while these tests run: other tests are about having no display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", x_server)
        patch.delenv("WAYLAND_DISPLAY", raising=False)
        patch.delenv("XDG_SESSION_TYPE", raising=False)
        yield x_server


class Hall:
    """The hall in a window: the application's frame without its model thread."""

    def __init__(self, **options):
        from walkbox.hosts.desktop import DesktopHost  # here, where there is a display
        from walkbox.render.panels import PanelRenderer
        from walkbox.render.renderer import Renderer
        from walkbox.ui import panels
        from walkbox.ui.overlays import close_newest
        from walkbox.ui.state import UiState

        self._draw_panels, self._close_newest = panels.draw, close_newest
        self.settings = Settings(msaa=1)
        self.host = DesktopHost(self.settings, swap_interval=0, **options)
        glfw = self.host._glfw
        glfw.set_window_pos(self.host._window, 0, 0)
        glfw.focus_window(self.host._window)  # there is no window manager to do it
        self.scene = hall.scene()
        self.renderer = Renderer(self.host.ctx, self.settings)
        self.renderer.sync(self.scene)
        for block in hall.blocks():
            self.renderer.accept(block)
        while self.renderer.pending:
            self.renderer.upload(1 << 24)
        self.panels = PanelRenderer(self.host.ctx)
        self.state = UiState(self.scene, self.settings, self.panels.picture)
        self.input = Input()
        self.enter()
        self.frames(3)

    def enter(self) -> None:
        """Stand at the entrance with no panel open."""
        self.state.open, self.state.local.layer_filter = set(), ""
        self.walker = Walker(*entrance(self.scene.networks[0]))
        self.pointing = Pointing()

    def frame(self) -> list[Command]:
        self.input = input = self.host.poll()
        commands = commands_of(input, self.scene, closing=self._close_newest(self.state))
        eye = self.walker.world_from_view(self.settings.eye_height_m)[:3, 3]
        commands += self.pointing.update(self.scene, input, eye)
        self.walker.update(input, self.settings)
        self.renderer.sync(self.scene)
        for target in self.host.begin(self.walker.world_from_view(self.settings.eye_height_m)):
            self.renderer.draw(self.scene, target.view, target.framebuffer)
            self.state.size_px, self.state.scale = target.framebuffer.size, input.scale
            self.state.crosshair = input.crosshair
            self.panels.begin(self.state.size_px, max(input.dt_s, 1e-3), input.ui, input.scale)
            commands += self._draw_panels(self.state)
            self.panels.draw(target.framebuffer)
            self.host.panels_have_mouse = self.panels.want_mouse
            self.host.panels_have_keyboard = self.panels.want_keyboard
        self.host.end()
        assert self.host.ctx.error == "GL_NO_ERROR"
        return commands

    def frames(self, count: int = 4) -> list[Command]:
        return [command for _ in range(count) for command in self.frame()]

    def until(self, done: Callable[[], object], frames: int = 200) -> list[Command]:
        """Frames until something has happened (X events take their time)."""
        commands: list[Command] = []
        for _ in range(frames):
            commands += self.frame()
            if done():
                return commands
            time.sleep(0.005)
        raise AssertionError("it did not happen")

    def x(self, *words: str | float) -> None:
        """xdotool."""
        subprocess.run(["xdotool", *(str(w) for w in words)], check=True)

    def x_then(self, *words: str | float, frames: int = 6) -> list[Command]:
        """xdotool, then frames until its events have come."""
        self.x(*words)
        time.sleep(0.03)
        return self.frames(frames)

    def screen(self) -> np.ndarray:
        """uint8 (H, W, 3) of what the X server shows where the window is."""
        self.host._glfw.poll_events()
        self.host.ctx.finish()
        width, height = self.host.size_px
        return np.asarray(ImageGrab.grab(bbox=(0, 0, width, height), xdisplay=os.environ["DISPLAY"]).convert("RGB"))

    def pixel_of(self, layer: int, channel: int) -> tuple[int, int]:
        """Where a map's centre is in the window."""
        network = self.scene.networks[0]
        x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
        return self.project(network.world_from_wall()[layer] @ np.array([x, y, 0, 1], np.float32))

    def project(self, world: np.ndarray) -> tuple[int, int]:
        """Where a point (x, y, z, 1) of the world is in the window."""
        assert self.host._view is not None
        clip = clip_from_world(self.host._view) @ world
        width, height = self.host._view.size_px
        return round((clip[0] / clip[3] + 1) / 2 * width), round((1 - clip[1] / clip[3]) / 2 * height)

    def stand_before(self, layer: int) -> None:
        position, yaw, pitch, _ = in_front_of(self.scene.networks[0], layer)
        self.walker.jump(position, yaw, pitch)
        self.frame()

    def look_at_map(self, layer: int, channel: int) -> None:
        """Stand a metre before a map with its centre in the middle of the picture."""
        network = self.scene.networks[0]
        pose = network.world_from_wall()[layer]
        x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
        goal = (pose @ np.array([x, y, 0, 1], np.float32))[:3]
        eye = goal + pose[:3, 2]
        eye[1] = self.settings.eye_height_m
        yaw = float(np.arctan2(pose[0, 2], pose[2, 2]))
        self.walker.jump((eye[0], 0, eye[2]), yaw, float(np.arctan2(goal[1] - eye[1], 1.0)))
        self.frame()

    def close(self) -> None:
        self.panels.close()
        self.renderer.release()
        self.host.close()


@pytest.fixture(scope="module", autouse=True)
def offscreen_afterwards() -> Iterator[None]:
    """Offscreen contexts that a window pushes aside are current again after it."""
    if not sys.platform.startswith("linux"):
        yield
        return
    egl = ctypes.CDLL("libEGL.so.1")
    for name in ("Display", "Surface", "Context"):
        getattr(egl, f"eglGetCurrent{name}").restype = ctypes.c_void_p
    draw, read = egl.eglGetCurrentSurface(0x3059), egl.eglGetCurrentSurface(0x305A)
    before = [ctypes.c_void_p(n) for n in (egl.eglGetCurrentDisplay(), draw, read, egl.eglGetCurrentContext())]
    yield
    if before[0].value:
        egl.eglMakeCurrent(*before)  # fails where it was released meanwhile: then nobody needs it


@pytest.fixture(scope="module")
def opened(display: str) -> Iterator[Hall]:
    made = Hall()
    yield made
    made.close()


@pytest.fixture
def window(opened: Hall) -> Iterator[Hall]:
    """The window as it was when it was opened."""
    yield opened
    host, glfw = opened.host, opened.host._glfw
    opened.x("keyup", "w", "keyup", "shift", "mouseup", 1, "mouseup", 3, "mousemove", 640, 700)
    glfw.set_window_should_close(host._window, False)
    host.set_fullscreen(False)
    glfw.set_window_size(host._window, 1280, 720)
    host.capture(False)
    host.settings = opened.settings
    host._gamepad_aims = False
    opened.scene.selected = None
    opened.enter()
    opened.until(lambda: host.size_px == (1280, 720) and not host._held and not any(host._buttons))


@pytest.fixture
def walk(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    from walkbox.hosts.desktop import DesktopHost

    (tmp_path / "model.py").write_text(MODEL)
    for index in range(3):
        picture(tmp_path / "pictures" / f"{index}.png", index)
    settings = Settings(msaa=1)
    host = DesktopHost(settings, swap_interval=0)
    host._glfw.set_window_pos(host._window, 0, 0)
    host._glfw.focus_window(host._window)
    monkeypatch.setattr("walkbox.app.execute.next_screenshot", lambda: tmp_path / "shot.png")
    with Walk(str(tmp_path / "model.py"), host, panels=True, settings=settings) as walk:
        until(walk, lambda: walk.network() is not None and len(walk.scene.shelf) == 3 and not walk.renderer.pending)
        until(walk, lambda: (network := walk.network()) is not None and network.prediction is not None)
        yield walk
