"""What is visible of the person in the scene: hands, rays, where a teleport would land.

Written by ``interaction`` once a frame, drawn by ``render``. All in the world frame, metres of the world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from walkbox.scene.scene import PictureQuad

__all__ = ["Arc", "Presence", "Ray", "VisibleHand"]


@dataclass(frozen=True, slots=True)
class VisibleHand:
    """A controller or a hand.

    Attributes:
        name: ``left`` or ``right``.
        world_from_grip: 4x4 float32, the presence's scale included.
        joints: (26, 4) float32 positions and radii (XrHandJointEXT order), or None for a controller.
        trigger: 0..1, how far it is pulled.
    """

    name: str
    world_from_grip: np.ndarray
    joints: np.ndarray | None = None
    trigger: float = 0.0


@dataclass(frozen=True, slots=True)
class Ray:
    """What a hand points with.

    Attributes:
        origin, end: (3,) float32; the end is where it meets something, else as far as it is drawn.
        hit: it meets something.
        pressed: the trigger is down.
    """

    origin: np.ndarray
    end: np.ndarray
    hit: bool = False
    pressed: bool = False


@dataclass(frozen=True, slots=True)
class Arc:
    """A teleport that is being aimed.

    Attributes:
        points: (N, 3) float32 along its flight.
        world_from_landing: 4x4 float32 of the marker: y = 0 is the ground, -z where one would look; None where it meets
            no ground.
        good: one may land there.
    """

    points: np.ndarray
    world_from_landing: np.ndarray | None = None
    good: bool = False


@dataclass
class Presence:
    """See the module.

    Attributes:
        hands, rays, arcs: at most one a hand.
        carried: pictures that hang on a ray.
        mark: (3,) float32 where somebody at the desk points with the mouse while the headset is worn, or None.
        world_from_board: 4x4 float32 of the middle of the board that carries the panels (scale included, its face is
            +z), or None while it is not shown in the scene.
        board_size_m: its width and height in metres of the person.
        vignette: 0 (nothing) to 1: how much of the edge of sight is dimmed while one is moved.
        scale: metres of the world that a metre of the person takes: how large all this is drawn.
    """

    hands: list[VisibleHand] = field(default_factory=list)
    rays: list[Ray] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    carried: list[PictureQuad] = field(default_factory=list)
    mark: np.ndarray | None = None
    world_from_board: np.ndarray | None = None
    board_size_m: tuple[float, float] = (1.6, 1.0)
    vignette: float = 0.0
    scale: float = 1.0
