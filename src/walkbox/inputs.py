"""What a person does, said the same way for mouse, gamepad and headset.

Hosts fill an :class:`Input` each frame; ``interaction`` and ``ui`` read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

__all__ = ["Hand", "Input", "Pointer", "UiEvent"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """A ray that points at something: the mouse's, the gaze's or a hand's.

    Attributes:
        name: ``mouse``, ``left``, ``right``.
        origin: (3,) float32, world frame, metres.
        direction: (3,) float32, unit length, world frame.
        pressed: the trigger (left button) is down now.
        clicked: it was pressed and released on the spot since the last frame.
        released: it was let go since the last frame.
        grip: squeeze (right button) is down now.
        pose: 4x4 float32 rigid world_from_hand (metres of the world): what is held turns with it; None for a mouse.
    """

    name: str
    origin: np.ndarray
    direction: np.ndarray
    pressed: bool = False
    clicked: bool = False
    released: bool = False
    grip: bool = False
    pose: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """A controller or a tracked hand, in the frame of the play space: metres of the person, y = 0 on the real floor.

    Attributes:
        name: ``left`` or ``right``.
        grip: 4x4 float32 play_from_grip (OpenXR's grip pose), or None while it is not tracked.
        aim: 4x4 float32 play_from_aim, the ray runs along -z; None while it is not tracked.
        trigger, squeeze: 0..1. Of a tracked hand: how far thumb and forefinger are pinched, how far the fist is closed.
        stick: (right, forward) of the thumb stick, -1..1.
        joints: (26, 4) float32 positions and radii of a tracked hand's joints (XrHandJointEXT order), None for a
            controller.
    """

    name: str
    grip: np.ndarray | None = None
    aim: np.ndarray | None = None
    trigger: float = 0.0
    squeeze: float = 0.0
    stick: tuple[float, float] = (0.0, 0.0)
    joints: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class UiEvent:
    """One event for the panels, in the order in which it happened.

    Attributes:
        kind: ``move`` (to x, y in pixels of the picture, row 0 on top), ``leave`` (the mouse points at no panel),
            ``button`` (0 left, 1 right, 2 middle), ``wheel`` (x and y notches), ``key`` (a name such as ``a``,
            ``left_arrow``, ``enter``), ``text`` (what was typed).
        x, y: position or notches.
        button: which button.
        down: the button or key went down, not up.
        text: name of the key, or the typed text.
    """

    kind: Literal["move", "leave", "button", "wheel", "key", "text"]
    x: float = 0.0
    y: float = 0.0
    button: int = 0
    down: bool = False
    text: str = ""


@dataclass(slots=True)
class Input:
    """One frame of input.

    Attributes:
        dt_s: seconds since the last frame.
        move: (right, up, forward) in -1..1, in the walker's own frame.
        look: (yaw, pitch) change in radians; positive yaw turns left, positive pitch looks up.
        drag: the same for a drag with the trigger held: it turns the view only where it began on nothing to carry.
        run: walk faster.
        wheel: notches of the mouse's wheel that no panel took, away from the person is positive; whoever uses them
            sets them to zero.
        pull: how far what a hand holds is pushed away in this frame, as a natural logarithm of its distance.
        shift: that key is held.
        pointers: at most one a hand, or the mouse.
        actions: names of what was pressed once since the last frame (``screenshot``, ``help``, ``close``,
            ``picture 1`` to ``picture 9``, ``fullscreen``, ``quit``, ``panels``, ``layers``, ``recentre``,
            ``pictures``, ``where``, ``note``, ``brush``, ``crop``, ``hand``, ``remove``, ``reset``, ``back``,
            ``forward``, ``skip``, ``undo``, ``redo``, ``save``; of a controller's buttons ``menu`` and ``close``).
        dropped: files and folders dropped onto the window.
        quit: the window was closed, or the session ended.
        ui: what the panels should see, in order.
        scale: pixels of the picture a point of the panels takes (2 on a HiDPI screen).
        crosshair: the pointer goes through the middle of the picture and should be marked there.
        head: 4x4 float32 play_from_head while a headset is worn and shows the walk, else None.
        hands: what the wearer's hands do; none without a headset or while another program has its focus.
    """

    dt_s: float = 0.0
    move: tuple[float, float, float] = (0.0, 0.0, 0.0)
    look: tuple[float, float] = (0.0, 0.0)
    drag: tuple[float, float] = (0.0, 0.0)
    run: bool = False
    wheel: float = 0.0
    pull: float = 0.0
    shift: bool = False
    pointers: list[Pointer] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    dropped: list[Path] = field(default_factory=list)
    quit: bool = False
    ui: list[UiEvent] = field(default_factory=list)
    scale: float = 1.0
    crosshair: bool = False
    head: np.ndarray | None = None
    hands: tuple[Hand, ...] = ()
