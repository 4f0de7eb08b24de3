"""What the window shows while the headset is worn, and what somebody at the desk points at in it.

The window never delays the headset: it waits neither for its screen nor while it is minimised.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import moderngl
import numpy as np

from walkbox.geometry import walker_matrix
from walkbox.hosts.base import Host, Target
from walkbox.hosts.headset.poses import scale_of, stand
from walkbox.view import Fov, View

__all__ = ["Mirror", "Spectator", "crop"]

POSITION_S = 0.25
TURN_S = 0.35
"""Time in which the spectator's view comes within 1/e of the wearer's: the trembling of a head is gone, where it looks
can still be followed."""

SPECTATOR_PERIOD_S = 1 / 30
"""A third view costs the headset half as much again in each frame that draws it, so not every frame does."""


@runtime_checkable
class Window(Protocol):
    """What a mirror needs of a desk that has a window; others show nothing."""

    waits: bool

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of its picture; 0, 0 while it is minimised."""
        ...

    def show(
        self, framebuffer: moderngl.Framebuffer | None, box_px: tuple[int, int, int, int], view: View | None
    ) -> None:
        """Fill the window with a part of a picture; the mouse then points through *view*."""
        ...


def crop(view: View, size_px: tuple[int, int]) -> tuple[tuple[int, int, int, int], View]:
    """The largest part around the line of sight of *view* that has the shape of a window.

    An eye's picture reaches farther on the side of the temple and down; the part is centred on the view's axis as far
    as the picture goes.

    Args:
        view: what was drawn.
        size_px: width and height of the window, above 0.

    Returns:
        (left, bottom, right, top) pixels of the part, row 0 at the bottom as in OpenGL, and the view of that part in
        the window's pixels: rays through it meet what the window shows.
    """
    width, height = view.size_px
    aspect = size_px[0] / size_px[1]
    tan = {side: math.tan(getattr(view.fov, side)) for side in ("left", "right", "up", "down")}
    # Pixels may be of different density across and up; a window's are square.
    across, up = width / (tan["right"] - tan["left"]), height / (tan["up"] - tan["down"])
    shape = aspect * across / up
    part_width = min(width, max(1, round(height * shape)))
    part_height = min(height, max(1, round(width / shape)))
    left = min(max(round(-tan["left"] * across - part_width / 2), 0), width - part_width)
    bottom = min(max(round(-tan["down"] * up - part_height / 2), 0), height - part_height)
    fov = Fov(
        math.atan(tan["left"] + left / across),
        math.atan(tan["left"] + (left + part_width) / across),
        math.atan(tan["down"] + (bottom + part_height) / up),
        math.atan(tan["down"] + bottom / up),
    )
    box_px = (left, bottom, left + part_width, bottom + part_height)
    return box_px, dataclasses.replace(view, fov=fov, size_px=size_px)


class Spectator:
    """A camera that follows the wearer's head softly and stays upright.

    It lives in the play space, where only the person moves: teleports, turns and scaling of the world carry it along at
    once.
    """

    def __init__(self) -> None:
        self._state: np.ndarray | None = None

    def follow(self, play_from_head: np.ndarray, dt_s: float) -> np.ndarray:
        """4x4 float32 rigid play_from_camera, *dt_s* after the last call; the first stands where the head is.

        Exponential smoothing of position, heading and pitch: a movement ends in the same place at any frame rate.
        """
        goal = np.array([*play_from_head[:3, 3], *_heading(play_from_head)], np.float64)
        if self._state is None:
            self._state = goal
        by = goal - self._state
        by[3] = math.remainder(by[3], 2 * math.pi)
        nearer = 1 - np.exp(-max(dt_s, 0.0) / np.array([POSITION_S] * 3 + [TURN_S] * 2))
        self._state = self._state + by * nearer
        return walker_matrix(self._state[:3].astype(np.float32), self._state[3], self._state[4])


def _heading(pose: np.ndarray) -> tuple[float, float]:
    """Yaw and pitch of a pose, its roll left out."""
    back, above = pose[:3, 2], pose[:3, 1]
    # Straight up or down there is no heading but that of the upper edge.
    level = back if math.hypot(back[0], back[2]) > 1e-3 else -np.sign(back[1]) * above
    return math.atan2(level[0], level[2]), math.asin(min(max(-float(back[1]), -1.0), 1.0))


class Mirror:
    """Shows in the desk's window what the wearer sees, while the headset is worn.

    Each frame: :meth:`begin`, draw the targets that it gives, :meth:`show`; :meth:`stop` when the headset goes.

    Args:
        desk: the host whose window it is; one without a window shows nothing.
        mode: ``eye``, ``spectator`` or ``off``; may be assigned.
        clock: seconds, for tests.
    """

    def __init__(self, desk: Host, mode: str = "eye", clock: Callable[[], float] = time.perf_counter):
        self.mode = mode
        self._desk = desk
        self._window = desk if isinstance(desk, Window) else None
        self._clock = clock
        self._spectator: Spectator | None = None
        self._followed_s = self._drawn_s = -math.inf
        self._drawing: tuple[Target, np.ndarray] | None = None

    def begin(self, play_from_head: np.ndarray, world_from_play: np.ndarray) -> list[Target]:
        """What else is to be drawn this frame: the spectator's view now and then, mostly nothing.

        Args:
            play_from_head: 4x4 rigid pose of the head.
            world_from_play: 4x4 pose of the play space, a uniform scale included.
        """
        self._drawing = None
        if self._window is None:
            return []
        if self._window.waits:
            self._window.waits = False
        if self.mode != "spectator":
            self._spectator = None
            return []
        now = self._clock()
        if self._spectator is None:
            self._spectator, self._followed_s = Spectator(), now
        play_from_camera = self._spectator.follow(play_from_head, now - self._followed_s)
        self._followed_s = now
        if now - self._drawn_s < SPECTATOR_PERIOD_S:
            return []
        self._drawn_s = now
        scale = scale_of(world_from_play)
        targets = [
            dataclasses.replace(target, view=dataclasses.replace(target.view, scale=scale))
            for target in self._desk.begin(stand(world_from_play, play_from_camera))
        ]
        self._drawing = (targets[0], play_from_camera) if targets else None
        return targets

    def show(
        self,
        framebuffer: moderngl.Framebuffer,
        view: View,
        draw_panel: Callable[[moderngl.Framebuffer, Fov, np.ndarray], None] = lambda framebuffer, fov, pose: None,
    ) -> None:
        """Show the frame in the window.

        Args:
            framebuffer: the left eye's picture, resolved, its first pixel at 0, 0.
            view: that it was drawn for.
            draw_panel: draws the panel that the runtime shows over a picture: its field of view, its pose in the play
                space.
        """
        window = self._window
        if window is None or 0 in window.size_px:
            return
        if self.mode == "eye":
            box_px, seen = crop(view, window.size_px)
            window.show(framebuffer, box_px, seen)
        elif self.mode == "off":
            window.show(None, (0, 0, 0, 0), None)
        elif self._drawing is not None:
            target, play_from_camera = self._drawing
            draw_panel(target.framebuffer, target.view.fov, play_from_camera)
            self._desk.end()

    def stop(self) -> None:
        """The headset is gone: the window is a window again. May be called at any time."""
        if self._window is not None and not self._window.waits:
            self._window.waits = True
        self._spectator = None
