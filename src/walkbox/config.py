"""Settings: every number a user may want to change, with its unit in its name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from walkbox.errors import SettingsError, nearest

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How walkbox draws and walks. Immutable: :meth:`replace` gives a changed copy.

    Attributes:
        msaa: samples a pixel, 0 to choose (4 on a GPU; 1 in software when the picture is large).
        texture_budget_bytes: most bytes that map textures may take.
        upload_budget_bytes: most bytes of maps that one frame uploads.
        fov_deg: vertical field of view of the desktop camera.
        eye_height_m: height of the desktop camera above the floor.
        walk_speed_m_s, run_factor: how fast one walks, and how much faster one runs.
        mouse_rad_px: radians that the view turns for a pixel of mouse movement.
        theme: ``dark`` or ``light`` panels.
        motion: how a wearer moves: ``teleport``, or ``smooth`` with the stick.
        turn: ``snap`` by *snap_deg* at once, or ``smooth`` by *turn_deg_s*.
        snap_deg: 30, 45 or 90.
        turn_deg_s: degrees a second of the smooth turn.
        fly: smooth motion goes where the hand points, up and down too.
        vignette: 0 (off) to 1: how much of the edge of sight is dimmed while one is moved smoothly.
        seated: the wearer sits: the floor is lowered until the eyes stand at *eye_height_m*.
        haptics: 0 (off) to 1: strength of the ticks of the controllers.
        mirror: what the window shows while a headset is worn: ``eye``, ``spectator`` or ``off``.
    """

    msaa: int = 0
    texture_budget_bytes: int = 2 << 30
    upload_budget_bytes: int = 8 << 20
    fov_deg: float = 62.0
    eye_height_m: float = 1.65
    walk_speed_m_s: float = 2.4
    run_factor: float = 3.0
    mouse_rad_px: float = 0.0025
    theme: str = "dark"
    motion: str = "teleport"
    turn: str = "snap"
    snap_deg: float = 45.0
    turn_deg_s: float = 90.0
    fly: bool = False
    vignette: float = 0.7
    seated: bool = False
    haptics: float = 0.6
    mirror: str = "eye"

    def replace(self, **changes: Any) -> Settings:
        """A copy with some fields changed.

        Raises:
            SettingsError: for a name that does not exist or a value of the wrong type.
        """
        known = {f.name: f for f in dataclasses.fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise SettingsError(
                    f"There is no setting {name!r}. {nearest(name, known)} The settings are: {', '.join(known)}."
                )
            old = getattr(self, name)
            if isinstance(value, bool) != isinstance(old, bool) or not isinstance(
                value, (int, float) if isinstance(old, (int, float)) else type(old)
            ):
                raise SettingsError(f"Setting {name!r} is {value!r}; a {type(old).__name__} like {old!r} was expected.")
            if isinstance(old, int):
                changes[name] = int(value)
        return dataclasses.replace(self, **changes)
