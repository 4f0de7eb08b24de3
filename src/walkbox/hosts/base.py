"""What a host is: something that gives views and input, and takes pictures.

A headset, a desktop window and an offscreen image are three hosts of the same frame loop
(:mod:`walkbox.app.loop`)::

    while not input.quit:
        input = host.poll()                  # events since the last frame
        frame = host.begin(walker_pose)      # the views to draw, or none when nothing should be drawn
        for target in frame: renderer.draw(scene, target.view, target.framebuffer)
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

__all__ = ["Host", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """One view to draw and the framebuffer to draw it into (its own multisampling resolved by the host)."""

    view: View
    framebuffer: moderngl.Framebuffer


class Host(Protocol):
    """The protocol. All methods run on the main thread; the host's context is current throughout.

    Attributes:
        name: ``headset``, ``desktop`` or ``offscreen``.
        ctx: the moderngl context of this host.
        samples: multisampling in use, 1 for none.
        settings: read at each frame; the application assigns changed ones.
        panels_have_mouse, panels_have_keyboard: set by the application after each frame's panels: presses and keys are
            theirs then.
    """

    name: str
    ctx: moderngl.Context
    samples: int
    settings: Settings
    panels_have_mouse: bool
    panels_have_keyboard: bool

    def poll(self) -> Input:
        """Input since the last call. Rays of pointers use the view of the frame that was last begun."""
        ...

    def begin(self, walker: np.ndarray) -> list[Target]:
        """Start a frame seen from *walker* (world_from_view of the desktop camera; in a headset, the pose of the play
        space's origin on the floor). Returns the views to draw, none when nothing is to be drawn.
        """
        ...

    def end(self) -> None:
        """Finish and show the frame."""
        ...

    def toggle_fullscreen(self) -> None:
        """Cover the screen, or go back to the window; nothing where there is no window."""
        ...

    def read_pixels(self) -> np.ndarray:
        """uint8 (H, W, 3) of the frame last ended, row 0 on top."""
        ...

    def close(self) -> None:
        """Free window, context and all that belongs to them. May be called twice."""
        ...
