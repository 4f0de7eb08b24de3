"""What a host is: something that gives views and input, and takes pictures.

A headset, a desktop window and an offscreen image are three hosts of the same frame loop
(:mod:`walkbox.app.walk`)::

    while not input.quit:
        input = host.poll()                  # events since the last frame
        frame = host.begin(walker_pose)      # the views to draw, or none when nothing should be drawn
        renderer.draw_views(scene, [(t.view, t.framebuffer, t.hidden) for t in frame])
        host.end()                           # show them
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import moderngl
import numpy as np

from walkbox.config import Settings
from walkbox.inputs import Input
from walkbox.view import View

__all__ = ["Host", "NoHeadset", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """One view to draw and the framebuffer to draw it into (its own multisampling resolved by the host).

    Attributes:
        view: the eye.
        framebuffer: with depth.
        hidden: float32 (3 N, 2) triangles in normalised device coordinates that the wearer's lenses cut off and that
            need not be drawn, or None.
    """

    view: View
    framebuffer: moderngl.Framebuffer
    hidden: np.ndarray | None = None


class Host(Protocol):
    """The protocol. All methods run on the main thread; the host's context is current throughout.

    Attributes:
        name: ``headset``, ``desktop`` or ``offscreen``.
        ctx: the moderngl context of this host.
        samples: multisampling in use, 1 for none.
        settings: read at each frame; the application assigns changed ones.
        headset: the runtime, size and rate of the headset in a line; empty while there is none.
        late_frames: frames that it did not get in time.
        panels_have_mouse, panels_have_keyboard: set by the application after each frame's panels: presses and keys are
            theirs then.
    """

    ctx: moderngl.Context

    # Properties, so that a host may pass them on to another one.
    @property
    def name(self) -> str: ...

    @property
    def samples(self) -> int: ...

    @property
    def headset(self) -> str: ...

    @property
    def late_frames(self) -> int: ...

    @property
    def settings(self) -> Settings: ...

    @settings.setter
    def settings(self, settings: Settings) -> None: ...

    @property
    def panels_have_mouse(self) -> bool: ...

    @panels_have_mouse.setter
    def panels_have_mouse(self, have: bool) -> None: ...

    @property
    def panels_have_keyboard(self) -> bool: ...

    @panels_have_keyboard.setter
    def panels_have_keyboard(self, have: bool) -> None: ...

    def poll(self) -> Input:
        """Input since the last call; in a headset it waits for the next frame and locates head and hands for the time
        at which that frame will be seen. Rays of pointers use the view of the frame that was last begun.
        """
        ...

    def time_left_s(self) -> float | None:
        """Seconds until the frame that was polled should be done, None where no display waits for it."""
        ...

    def begin(self, world_from_view: np.ndarray, world_from_play: np.ndarray | None = None) -> list[Target]:
        """Start a frame. Returns the views to draw, none when nothing is to be drawn.

        Args:
            world_from_view: 4x4 pose of the camera of a window or picture.
            world_from_play: 4x4 pose of a headset's play space (its origin lies on the floor), a uniform scale
                included: metres of the world for a metre of the person. The eyes stand where the runtime says in it.
        """
        ...

    def panel_layer(
        self, play_from_panel: np.ndarray, size_m: tuple[float, float], size_px: tuple[int, int]
    ) -> moderngl.Framebuffer | None:
        """Between begin and end: a framebuffer whose picture the runtime itself will show on a rectangle this frame.

        Args:
            play_from_panel: 4x4 float32 rigid pose of the rectangle's middle in the play space; its face is +z.
            size_m: width and height in metres of the person.
            size_px: width and height of the picture; alpha is premultiplied.

        Returns:
            None where the panel is to be drawn as a part of the scene.
        """
        ...

    def end(self) -> None:
        """Finish and show the frame."""
        ...

    def pulse(self, hand: str, strength: float, duration_s: float) -> None:
        """Let a hand's controller tick (strength 0..1); nothing where there is none."""
        ...

    def toggle_fullscreen(self) -> None:
        """Cover the screen, or go back to the window; nothing where there is no window."""
        ...

    def read_pixels(self) -> np.ndarray:
        """uint8 (H, W, 3) of the frame last ended, row 0 on top."""
        ...

    def read_views(self) -> list[tuple[View, np.ndarray]]:
        """Each view of the frame last ended, with its uint8 (H, W, 3) pixels, row 0 on top; none before the first."""
        ...

    def close(self) -> None:
        """Free window, context and all that belongs to them. May be called twice."""
        ...


class NoHeadset:
    """What a host answers that has no OpenXR runtime behind it."""

    headset, late_frames = "", 0

    def time_left_s(self) -> float | None:
        """No display waits for a frame."""
        return None

    def panel_layer(
        self, play_from_panel: np.ndarray, size_m: tuple[float, float], size_px: tuple[int, int]
    ) -> moderngl.Framebuffer | None:
        """There is no runtime that shows layers."""
        return None

    def pulse(self, hand: str, strength: float, duration_s: float) -> None:
        """There is nothing to shake."""
