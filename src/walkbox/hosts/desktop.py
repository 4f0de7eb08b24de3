"""The desktop host: a window with mouse, keyboard and gamepad.

Keys and buttons are listed in ``docs/controls.md``; :data:`ACTIONS` and :data:`MOVES` are their one definition.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import moderngl
import numpy as np

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.geometry import ray_through
from walkbox.hosts import platform
from walkbox.hosts.base import NoHeadset, Target
from walkbox.hosts.offscreen import ResolvedTarget
from walkbox.inputs import Input, Pointer, UiEvent
from walkbox.view import Fov, View

__all__ = ["DesktopHost", "import_glfw"]

CLICK_RADIUS_PT = 4.0
"""A press and release closer than this is a click, farther is a drag."""

EMPTY = (0.05, 0.055, 0.065, 1.0)
"""sRGB colour of a window that shows nothing."""

ARROW_TURN_RAD_S = 1.6
GAMEPAD_TURN_RAD_S = 2.4
GAMEPAD_DEAD_ZONE = 0.18

INSTEAD = "Take a picture instead: walkbox snapshot TARGET -o out.png"

MOVES = {
    "w": (0, 0, 1),
    "s": (0, 0, -1),
    "a": (-1, 0, 0),
    "d": (1, 0, 0),
    "up": (0, 0, 1),
    "down": (0, 0, -1),
    "e": (0, 1, 0),
    "q": (0, -1, 0),
    "page_up": (0, 1, 0),
    "page_down": (0, -1, 0),
    "space": (0, 1, 0),
    "left_control": (0, -1, 0),
}
"""(right, up, forward) of the keys that walk while they are held. Arrows left and right turn."""

ACTIONS = {
    "f1": "help",
    "h": "help",
    "f11": "fullscreen",
    "f12": "screenshot",
    "p": "panels",
    "l": "layers",
    "r": "recentre",
    "i": "pictures",
    "g": "where",
    "n": "note",
    "b": "brush",
    "c": "crop",
    "v": "hand",
    "delete": "remove",
    "home": "reset",
    "comma": "back",
    "period": "forward",
    "slash": "skip",
    **{str(n): f"picture {n}" for n in range(1, 10)},
}
"""What a key does once, when it goes down."""

WITH_CTRL = {"q": "quit", "z": "undo", "y": "redo", "s": "save"}
"""The same with Ctrl (on macOS Command) held; Ctrl Shift Z is redo too."""

GAMEPAD_ACTIONS = {"b": "close", "x": "help", "y": "panels", "start": "layers", "back": "screenshot"}


def import_glfw() -> ModuleType:
    """The ``glfw`` module on the same copy of the GLFW library that imgui-bundle uses.

    Both packages bring one, and two in one process clash (on macOS each defines the same Objective-C classes). Imported
    first, imgui-bundle points ``glfw`` at its own. That one has no Wayland, so where there is Wayland and no X11 at all
    ``glfw`` comes first with its own.

    Raises:
        HostError: the library cannot be loaded.
    """
    wayland_only = sys.platform == "linux" and not os.environ.get("DISPLAY") and bool(os.environ.get("WAYLAND_DISPLAY"))
    try:
        if not wayland_only:
            import imgui_bundle  # noqa: F401
        import glfw
    except ImportError as error:
        raise HostError(f"The window library GLFW cannot be loaded: {error}. Reinstall it: pip install glfw") from error
    glfw.ERROR_REPORTING = "ignore"
    return glfw


def _let_go_of_egl() -> None:
    """Let go of an offscreen context on this thread: a GLX one beside it is an error that ends the whole process."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError:
        return
    egl.eglGetCurrentDisplay.restype = ctypes.c_void_p
    if display := egl.eglGetCurrentDisplay():
        egl.eglMakeCurrent(ctypes.c_void_p(display), None, None, None)


class DesktopHost(NoHeadset):
    """A window. See :class:`walkbox.hosts.base.Host`.

    Args:
        settings: field of view, multisampling and mouse speed; assign :attr:`settings` to change them.
        size: width and height of the window in points.
        title: of the window.
        swap_interval: 1 waits for the screen's refresh, 0 does not.
        visible: False keeps the window hidden.

    Attributes:
        panels_have_mouse, panels_have_keyboard: set by the application after each frame's panels. A press, or a key
            other than F1 to F12, then belongs to them.
        captured: the mouse turns the view and its cursor is hidden.

    Raises:
        HostError: no display, or no OpenGL 3.3; one line with what to do.
    """

    name = "desktop"
    _open_windows = 0

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        size: tuple[int, int] = (1280, 720),
        title: str = "walkbox",
        swap_interval: int = 1,
        visible: bool = True,
    ):
        self.settings = settings or Settings()
        self.panels_have_mouse = self.panels_have_keyboard = False
        self.captured = False
        self._window = None
        self._target: ResolvedTarget | None = None
        if platform.display_server() is None:
            raise HostError(f"There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). {INSTEAD}")
        platform.prepare(window=True)
        self._glfw = glfw = import_glfw()
        if not glfw.init():
            raise HostError(f"No window system answers ({self._last_error()}). {INSTEAD}")
        wayland = glfw.get_platform() == glfw.PLATFORM_WAYLAND
        if sys.platform == "linux" and not wayland:
            _let_go_of_egl()
        self._window = self._open(size, title, visible)
        DesktopHost._open_windows += 1
        glfw.make_context_current(self._window)
        self._swap_interval = swap_interval
        self.waits = True
        try:
            self.ctx = self._context(wayland)
        except Exception as error:  # glcontext raises plain Exception
            self._destroy()
            raise HostError(
                f"The window has no usable OpenGL 3.3 ({error}). Run `walkbox doctor` for the reason."
            ) from error
        self.ctx.gc_mode = "auto"
        self._target_key: tuple[int, int, int] = (0, 0, 0)
        self.samples = 1
        self._view: View | None = None
        self._windowed: tuple[int, int, int, int] | None = None
        self._last_poll_s = time.perf_counter()
        self._frame = Input()
        self._held: set[int] = set()
        self._buttons = [False, False, False]
        self._cursor = glfw.get_cursor_pos(self._window)
        self._presses: list[tuple[int, bool, tuple[float, float]]] = []
        self._pressed_at: tuple[float, float] | None = None
        self._press_is_ours = False
        self._looking = False
        self._clicked = self._released = False
        self._gamepad_buttons: set[str] = set()
        self._gamepad_aims = False
        self._gamepad_trigger = False
        self._listen()

    # -- the window ---------------------------------------------------------------------------------------------

    def _open(self, size: tuple[int, int], title: str, visible: bool):
        glfw = self._glfw
        glfw.default_window_hints()
        glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
        glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
        glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
        glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)  # macOS gives no core profile without it
        glfw.window_hint(glfw.SAMPLES, 0)  # the target is ours, the window only shows it
        glfw.window_hint(glfw.DEPTH_BITS, 0)
        glfw.window_hint(glfw.STENCIL_BITS, 0)
        glfw.window_hint(glfw.SCALE_TO_MONITOR, True)
        glfw.window_hint(glfw.VISIBLE, visible)
        for hint in ("X11_CLASS_NAME", "X11_INSTANCE_NAME", "WAYLAND_APP_ID"):
            if hasattr(glfw, hint):
                glfw.window_hint_string(getattr(glfw, hint), "walkbox")
        window = glfw.create_window(*size, title, None, None)
        if not window:
            reason = self._last_error()
            if DesktopHost._open_windows == 0:
                glfw.terminate()
            raise HostError(
                f"No window with OpenGL 3.3 could be opened ({reason}). Run `walkbox doctor` for what is missing."
            )
        return window

    def _last_error(self) -> str:
        code, description = self._glfw.get_error()
        if isinstance(description, bytes):
            description = description.decode(errors="replace")
        return description or f"GLFW error {code}"

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the window's picture in pixels; 0, 0 while it is minimised."""
        if self._window is None or self._glfw.get_window_attrib(self._window, self._glfw.ICONIFIED):
            return 0, 0
        return self._glfw.get_framebuffer_size(self._window)

    @property
    def scale(self) -> float:
        """Pixels a point of the panels takes."""
        return max(1.0, self._glfw.get_window_content_scale(self._window)[0])

    @property
    def waits(self) -> bool:
        """The window sets the pace: it waits for its screen, and idles while it is minimised. False: it never waits."""
        return self._waits

    @waits.setter
    def waits(self, on: bool) -> None:
        self._waits = on
        self._glfw.swap_interval(self._swap_interval if on else 0)

    def set_fullscreen(self, on: bool) -> None:
        """Cover the screen that holds most of the window, or go back to the window as it was."""
        glfw, window = self._glfw, self._window
        if on == (self._windowed is not None):
            return
        if on:
            x, y = glfw.get_window_pos(window)
            width, height = glfw.get_window_size(window)
            self._windowed = (x, y, width, height)
            monitor = max(glfw.get_monitors(), key=lambda m: self._overlap(m, self._windowed))
            mode = glfw.get_video_mode(monitor)
            glfw.set_window_monitor(window, monitor, 0, 0, mode.size.width, mode.size.height, mode.refresh_rate)
        else:
            assert self._windowed is not None
            glfw.set_window_monitor(window, None, *self._windowed, glfw.DONT_CARE)
            self._windowed = None

    def toggle_fullscreen(self) -> None:
        """Full screen where it is not, and back where it is."""
        self.set_fullscreen(not self.fullscreen)

    @property
    def fullscreen(self) -> bool:
        """The window covers a screen."""
        return self._windowed is not None

    def _overlap(self, monitor, rectangle) -> int:
        x, y, width, height = rectangle
        left, top = self._glfw.get_monitor_pos(monitor)
        size = self._glfw.get_video_mode(monitor).size
        across = min(x + width, left + size.width) - max(x, left)
        down = min(y + height, top + size.height) - max(y, top)
        return max(0, across) * max(0, down)

    # -- events -------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        glfw, window = self._glfw, self._window
        glfw.set_key_callback(window, self._on_key)
        glfw.set_char_callback(window, self._on_char)
        glfw.set_cursor_pos_callback(window, self._on_cursor)
        glfw.set_cursor_enter_callback(window, self._on_enter)
        glfw.set_mouse_button_callback(window, self._on_button)
        glfw.set_scroll_callback(window, self._on_scroll)
        glfw.set_drop_callback(window, self._on_drop)
        glfw.set_window_focus_callback(window, self._on_focus)
        self._walk_keys = {getattr(glfw, f"KEY_{name.upper()}"): step for name, step in MOVES.items()}
        self._action_keys = {getattr(glfw, f"KEY_{name.upper()}"): action for name, action in ACTIONS.items()}
        self._ctrl_keys = {getattr(glfw, f"KEY_{name.upper()}"): action for name, action in WITH_CTRL.items()}
        self._ui_keys = _ui_keys(glfw)

    def _on_key(self, window, key: int, scancode: int, action: int, mods: int) -> None:
        glfw = self._glfw
        if (name := self._ui_keys.get(key)) and action != glfw.REPEAT:  # imgui repeats keys itself
            self._frame.ui.append(UiEvent("key", text=name, down=action == glfw.PRESS))
        if action == glfw.RELEASE:
            self._held.discard(key)
        elif action == glfw.PRESS and (not self.panels_have_keyboard or glfw.KEY_F1 <= key <= glfw.KEY_F12):
            self._held.add(key)
            if key == glfw.KEY_ESCAPE:
                if self.captured:
                    self.capture(False)
                else:
                    self._frame.actions.append("close")
            elif key in (glfw.KEY_M, glfw.KEY_TAB) and not mods:
                self._frame.actions.append("capture")
            elif key in self._ctrl_keys and mods & (glfw.MOD_CONTROL | glfw.MOD_SUPER):
                name = self._ctrl_keys[key]
                self._frame.actions.append("redo" if name == "undo" and mods & glfw.MOD_SHIFT else name)
            elif key in self._action_keys and not mods & (glfw.MOD_CONTROL | glfw.MOD_ALT | glfw.MOD_SUPER):
                self._frame.actions.append(self._action_keys[key])

    def _on_char(self, window, codepoint: int) -> None:
        self._frame.ui.append(UiEvent("text", text=chr(codepoint)))

    def _on_cursor(self, window, x: float, y: float) -> None:
        dx, dy = x - self._cursor[0], y - self._cursor[1]
        self._cursor = (x, y)
        self._gamepad_aims = False
        turn = (-dx * self.settings.mouse_rad_px, -dy * self.settings.mouse_rad_px)
        if self.captured or self._looking:
            self._frame.look = (self._frame.look[0] + turn[0], self._frame.look[1] + turn[1])
            return
        if self._buttons[0] and self._press_is_ours and self._dragged(self._cursor):
            self._frame.drag = (self._frame.drag[0] + turn[0], self._frame.drag[1] + turn[1])
        self._frame.ui.append(UiEvent("move", *self._in_pixels(self._cursor)))

    def _on_enter(self, window, entered: int) -> None:
        if not entered:
            self._frame.ui.append(UiEvent("leave"))

    def _on_button(self, window, button: int, action: int, mods: int) -> None:
        glfw = self._glfw
        if button > 2:
            return
        down = action == glfw.PRESS
        self._gamepad_aims = False
        if not self.captured and not self._looking:
            self._frame.ui.append(UiEvent("button", button=button, down=down))
        self._presses.append((button, down, self._cursor))

    def _press(self, button: int, down: bool, at: tuple[float, float]) -> None:
        """Act on a button one frame after it moved, when the panels have said whether the mouse is over one of them."""
        glfw = self._glfw
        self._buttons[button] = down
        if button == glfw.MOUSE_BUTTON_LEFT:
            if down:
                self._pressed_at, self._press_is_ours = at, self.captured or not self.panels_have_mouse
            elif self._press_is_ours:
                self._released = True
                self._clicked = self.captured or not self._dragged(at)
        elif button == glfw.MOUSE_BUTTON_RIGHT and not self.captured:
            if down and not self.panels_have_mouse:
                self._looking = True
                self._frame.ui.append(UiEvent("leave"))
                self._hide_cursor(True)
            elif not down and self._looking:
                self._looking = False
                self._hide_cursor(False)
                self._frame.ui.append(UiEvent("button", button=button, down=False))
                self._frame.ui.append(UiEvent("move", *self._in_pixels(self._cursor)))

    def _on_scroll(self, window, dx: float, dy: float) -> None:
        self._frame.ui.append(UiEvent("wheel", dx, dy))
        if not self.panels_have_mouse or self.captured:
            self._frame.wheel += dy

    def _on_drop(self, window, paths) -> None:
        self._frame.dropped.extend(Path(p if isinstance(p, str) else os.fsdecode(p)) for p in paths)

    def _on_focus(self, window, focused: int) -> None:
        if not focused:
            self._held.clear()
            if self._looking:
                self._looking = False
                self._hide_cursor(False)

    def _dragged(self, to: tuple[float, float]) -> bool:
        if self._pressed_at is None:
            return False
        dx, dy = to[0] - self._pressed_at[0], to[1] - self._pressed_at[1]
        return dx * dx + dy * dy > CLICK_RADIUS_PT**2

    def capture(self, on: bool) -> None:
        """Let the mouse turn the view (on), or point (off)."""
        if on == self.captured:
            return
        self.captured = on
        if self._looking:
            self._looking = False
        else:
            self._hide_cursor(on)
        self._frame.ui.append(UiEvent("leave") if on else UiEvent("move", *self._in_pixels(self._cursor)))

    def _hide_cursor(self, hidden: bool) -> None:
        glfw, window = self._glfw, self._window
        glfw.set_input_mode(window, glfw.CURSOR, glfw.CURSOR_DISABLED if hidden else glfw.CURSOR_NORMAL)
        if glfw.raw_mouse_motion_supported():
            glfw.set_input_mode(window, glfw.RAW_MOUSE_MOTION, hidden)
        self._cursor = glfw.get_cursor_pos(window)

    def _in_pixels(self, point: tuple[float, float]) -> tuple[float, float]:
        width, height = self._glfw.get_window_size(self._window)
        width_px, height_px = self._glfw.get_framebuffer_size(self._window)
        return point[0] * width_px / max(width, 1), point[1] * height_px / max(height, 1)

    # -- the frame ----------------------------------------------------------------------------------------------

    def poll(self) -> Input:
        """Input since the last call; waits a tenth of a second at most while the window is minimised."""
        glfw, window = self._glfw, self._window
        presses, self._presses = self._presses, []
        for press in presses:
            self._press(*press)
        if self.size_px == (0, 0) and self.waits:
            glfw.wait_events_timeout(0.1)
        else:
            glfw.poll_events()
        now = time.perf_counter()
        frame, self._frame = self._frame, Input()
        frame.dt_s, self._last_poll_s = now - self._last_poll_s, now
        if "capture" in frame.actions:
            frame.actions = [a for a in frame.actions if a != "capture"]
            self.capture(not self.captured)
        self._walk(frame)
        self._read_gamepad(frame)
        frame.pointers = self._pointers()
        frame.crosshair = self.captured or self._gamepad_aims
        frame.scale = self.scale
        frame.quit = bool(glfw.window_should_close(window))
        self._clicked = self._released = False
        return frame

    def _walk(self, frame: Input) -> None:
        glfw, move = self._glfw, np.zeros(3)
        if self.panels_have_keyboard:
            self._held.clear()
        if not {glfw.KEY_LEFT_SUPER, glfw.KEY_RIGHT_SUPER, glfw.KEY_LEFT_ALT} & self._held:
            for key in self._held & self._walk_keys.keys():
                move += self._walk_keys[key]
        right, up, forward = np.clip(move, -1, 1)
        frame.move = (float(right), float(up), float(forward))
        turn = (glfw.KEY_LEFT in self._held) - (glfw.KEY_RIGHT in self._held)
        frame.look = (frame.look[0] + turn * ARROW_TURN_RAD_S * min(frame.dt_s, 0.1), frame.look[1])
        frame.run = frame.shift = bool({glfw.KEY_LEFT_SHIFT, glfw.KEY_RIGHT_SHIFT} & self._held)

    def _read_gamepad(self, frame: Input) -> None:
        glfw = self._glfw
        state = None
        for joystick in range(glfw.JOYSTICK_1, glfw.JOYSTICK_LAST + 1):
            if glfw.joystick_present(joystick) and glfw.joystick_is_gamepad(joystick):
                state = glfw.get_gamepad_state(joystick)
                break
        if state is None:
            self._gamepad_trigger = False
            return
        self.apply_gamepad(frame, list(state.axes), list(state.buttons))

    def apply_gamepad(self, frame: Input, axes: list[float], buttons: list[int]) -> None:
        """Add the state of a gamepad to a frame: left stick walks, right stick looks, triggers rise and sink.

        Args:
            axes: six values in -1..1, in GLFW's order (left x, left y, right x, right y, left and right trigger).
            buttons: fifteen, 1 where held, in GLFW's order.
        """
        glfw = self._glfw
        stick = [0.0 if abs(a) < GAMEPAD_DEAD_ZONE else float(a) for a in axes[:4]]
        lift = (axes[5] - axes[4]) / 2
        lift = 0.0 if abs(lift) < GAMEPAD_DEAD_ZONE / 2 else lift
        right, up, forward = np.clip(np.add(frame.move, (stick[0], lift, -stick[1])), -1, 1)
        frame.move = (float(right), float(up), float(forward))
        reach = GAMEPAD_TURN_RAD_S * min(frame.dt_s, 0.1)
        frame.look = (frame.look[0] - stick[2] * reach, frame.look[1] - stick[3] * reach)
        held = {
            n for n in (*GAMEPAD_ACTIONS, "a", "left_thumb") if buttons[getattr(glfw, f"GAMEPAD_BUTTON_{n.upper()}")]
        }
        if held or any(stick):
            self._gamepad_aims = True
        frame.actions += [GAMEPAD_ACTIONS[n] for n in sorted(held - self._gamepad_buttons) if n in GAMEPAD_ACTIONS]
        frame.run = frame.run or "left_thumb" in held
        if "a" in self._gamepad_buttons and "a" not in held:
            self._released = self._clicked = True
        self._gamepad_trigger = "a" in held
        self._gamepad_buttons = held

    def _pointers(self) -> list[Pointer]:
        if self._view is None or self._looking:
            return []
        if self.captured or self._gamepad_aims:
            x, y = (n / 2 for n in self._view.size_px)
        elif self._clicked and self._pressed_at is not None:
            x, y = self._in_pixels(self._pressed_at)
        elif self.panels_have_mouse:
            return []
        elif self._glfw.get_window_attrib(self._window, self._glfw.HOVERED) or self._buttons[0] or self._released:
            x, y = self._in_pixels(self._cursor)
        else:
            return []
        origin, direction = ray_through(self._view, x, y)
        pressed = (self._buttons[0] and self._press_is_ours) or self._gamepad_trigger
        return [Pointer("mouse", origin, direction, pressed, self._clicked, self._released, self._buttons[1])]

    def begin(self, world_from_view: np.ndarray, world_from_play: np.ndarray | None = None) -> list[Target]:
        """One view of the window's size; none while it is minimised."""
        width, height = self.size_px
        if width == 0 or height == 0:
            return []
        framebuffer = self._prepare(width, height)
        fov = Fov.symmetric(self.settings.fov_deg, width / height)
        self._view = View(np.asarray(world_from_view, np.float32), fov, (width, height))
        return [Target(self._view, framebuffer)]

    def _prepare(self, width: int, height: int) -> moderngl.Framebuffer:
        samples = platform.choose_samples(self.ctx, (width, height), self.settings.msaa)
        key = (width, height, samples)
        if self._target is None or key != self._target_key:
            if self._target is not None:
                self._target.release()
            self._target = ResolvedTarget(self.ctx, (width, height), samples)
            self._target_key, self.samples = key, samples
        return self._target.drawn

    def end(self) -> None:
        """Resolve the target and show it."""
        width, height = self.size_px
        if self._target is None or width == 0 or height == 0:
            return

        self._target.resolve()
        self._show(self._target.resolved, (0, 0, *self._target.resolved.size), self._target.resolved.size)

    def show(
        self, framebuffer: moderngl.Framebuffer | None, box_px: tuple[int, int, int, int], view: View | None
    ) -> None:
        """Fill the window with a part of another picture instead of :meth:`begin` and :meth:`end`: a mirror.

        Args:
            framebuffer: where the picture is, without multisampling; None leaves the window empty.
            box_px: left, bottom, right, top of the part, row 0 at the bottom.
            view: what the part shows, for the mouse to point through; None and it points at nothing.
        """
        self._view = view
        size_px = self.size_px
        if 0 not in size_px:
            self._show(framebuffer, box_px, size_px)

    def _show(
        self, framebuffer: moderngl.Framebuffer | None, box_px: tuple[int, int, int, int], size_px: tuple[int, int]
    ) -> None:
        """Fill so many pixels of the window with a part of a picture, and bring it onto the screen."""
        from OpenGL import GL

        # By hand: moderngl keeps the size that the window had when it was opened.
        self.ctx.screen.use()
        self.ctx.scissor = None
        if framebuffer is None:
            GL.glClearColor(*EMPTY)
            GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        else:
            left, bottom, right, top = box_px
            equal = (right - left, top - bottom) == size_px
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, framebuffer.glo)
            GL.glBlitFramebuffer(
                *box_px, 0, 0, *size_px, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST if equal else GL.GL_LINEAR
            )
        self._glfw.swap_buffers(self._window)

    def read_pixels(self) -> np.ndarray:
        """uint8 (H, W, 3) of the frame last ended, row 0 on top.

        Raises:
            HostError: nothing has been drawn yet.
        """
        if self._target is None:
            raise HostError("The window has shown no frame yet, so there are no pixels. End a frame first.")
        return self._target.read()

    def read_views(self) -> list[tuple[View, np.ndarray]]:
        """The window's one view; see :meth:`walkbox.hosts.base.Host.read_views`."""
        return [] if self._view is None else [(self._view, self.read_pixels())]

    def close(self) -> None:
        """Close the window. May be called twice."""
        if self._window is None:
            return
        if self._target is not None:
            self._target.release()
            self._target = None
        self.ctx.release()
        self._destroy()

    @staticmethod
    def _context(wayland: bool) -> moderngl.Context:
        if wayland:
            return moderngl.create_context(require=330, backend="egl")  # type: ignore[call-arg, arg-type]
        return moderngl.create_context(require=330)

    def _destroy(self) -> None:
        """Close the window, and GLFW with the last one."""
        self._glfw.destroy_window(self._window)
        self._window = None
        DesktopHost._open_windows -= 1
        if DesktopHost._open_windows == 0:
            self._glfw.terminate()


def _ui_keys(glfw: ModuleType) -> dict[int, str]:
    """GLFW's keys and imgui's names of them, those that a text box or a list knows what to do with."""
    names = {
        "TAB": "tab",
        "LEFT": "left_arrow",
        "RIGHT": "right_arrow",
        "UP": "up_arrow",
        "DOWN": "down_arrow",
        "PAGE_UP": "page_up",
        "PAGE_DOWN": "page_down",
        "HOME": "home",
        "END": "end",
        "INSERT": "insert",
        "DELETE": "delete",
        "BACKSPACE": "backspace",
        "SPACE": "space",
        "ENTER": "enter",
        "KP_ENTER": "keypad_enter",
        "ESCAPE": "escape",
        "LEFT_CONTROL": "left_ctrl",
        "RIGHT_CONTROL": "right_ctrl",
        "LEFT_SHIFT": "left_shift",
        "RIGHT_SHIFT": "right_shift",
        "LEFT_ALT": "left_alt",
        "RIGHT_ALT": "right_alt",
        "LEFT_SUPER": "left_super",
        "RIGHT_SUPER": "right_super",
        **{chr(c): chr(c).lower() for c in range(ord("A"), ord("Z") + 1)},
    }
    return {getattr(glfw, f"KEY_{ours}"): theirs for ours, theirs in names.items()}
