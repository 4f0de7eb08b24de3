"""Settings: every number a user may want to change, with its unit in its name, and what each may be."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from walkbox.errors import SettingsError, nearest

__all__ = ["Rule", "Settings", "rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a setting means and may be.

    Attributes:
        says: one plain sentence, for the panels and the settings file.
        choices: all that it may be, or empty.
        low, high: smallest and largest number, where there are no choices.
        kept: it survives a restart (:mod:`walkbox.settings_file`); what is given for one run only does not.
    """

    says: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    kept: bool = True

    @property
    def expected(self) -> str:
        """What it may be, in words; empty for a switch."""
        if self.choices:
            *others, last = (f'"{c}"' if isinstance(c, str) else f"{c:g}" for c in self.choices)
            return f"{', '.join(others)} or {last}"
        return "" if self.low is None else f"{self.low:g} to {self.high:g}"

    def allows(self, value: Any) -> bool:
        """Whether a value of the right type may be taken."""
        if self.choices:
            return value in self.choices
        return self.low is None or self.high is None or self.low <= value <= self.high


def _choice(default: Any, says: str, *choices: Any) -> Any:
    return field(default=default, metadata={"rule": Rule(says, choices)})


def _number(default: float, low: float, high: float, says: str, *, kept: bool = True) -> Any:
    return field(default=default, metadata={"rule": Rule(says, low=low, high=high, kept=kept)})


def _switch(default: bool, says: str) -> Any:
    return field(default=default, metadata={"rule": Rule(says)})


@dataclass(frozen=True)
class Settings:
    """How walkbox draws and walks. Immutable: :meth:`replace` gives a changed copy, :func:`rule` says what is allowed.

    Those of the headset count while one is worn; *eye_height_m* there is the height of a wearer who sits.
    """

    msaa: int = _number(0, 0, 64, "Samples a pixel; 0 chooses: 4 on a GPU, 1 in software when the picture is large.")
    texture_budget_bytes: int = _number(2 << 30, 1, 1 << 50, "Most bytes that map textures may take.", kept=False)
    upload_budget_bytes: int = _number(8 << 20, 1, 1 << 50, "Most bytes of maps that a frame uploads.", kept=False)
    fov_deg: float = _number(62.0, 30, 110, "Vertical field of view of the window, in degrees.")
    eye_height_m: float = _number(1.65, 0.8, 6, "Metres from the floor to the eyes, in the window and seated.")
    walk_speed_m_s: float = _number(2.4, 0.5, 12, "How fast you walk, in metres a second.")
    run_factor: float = _number(3.0, 1, 10, "How much faster you run than you walk.")
    mouse_rad_px: float = _number(0.0025, 0.0005, 0.01, "Radians that the view turns for a pixel of the mouse.")
    theme: str = _choice("dark", "Colours of the panels.", "dark", "light")
    motion: str = _choice("teleport", "Land where you point, or glide with the stick.", "teleport", "smooth")
    turn: str = _choice("snap", "Turn by an angle at once, or without a break.", "snap", "smooth")
    snap_deg: float = _choice(45.0, "Degrees of a snap turn.", 30.0, 45.0, 90.0)
    turn_deg_s: float = _number(90.0, 30, 240, "Degrees a second of a smooth turn.")
    fly: bool = _switch(False, "Smooth motion goes where your hand points, up and down too.")
    vignette: float = _number(0.7, 0, 1, "How much the edge of sight darkens while you are moved.")
    seated: bool = _switch(False, "You sit: the floor is lowered until your eyes are at their height.")
    haptics: float = _number(0.6, 0, 1, "How strongly the controllers tick.")
    mirror: str = _choice("eye", "What the window shows while a headset is worn.", "eye", "spectator", "off")

    def replace(self, **changes: Any) -> Settings:
        """A copy with some fields changed.

        Raises:
            SettingsError: for a name that does not exist, a value of the wrong type or one that is not allowed.
        """
        return dataclasses.replace(self, **{name: _checked(name, value) for name, value in changes.items()})


def rule(name: str) -> Rule:
    """The rule of a setting.

    Raises:
        SettingsError: there is no such setting.
    """
    return _field(name).metadata["rule"]


_FIELDS = {f.name: f for f in dataclasses.fields(Settings)}


def _field(name: str) -> dataclasses.Field[Any]:
    if name not in _FIELDS:
        raise SettingsError(
            f"There is no setting {name!r}. {nearest(name, _FIELDS)} The settings are: {', '.join(_FIELDS)}."
        )
    return _FIELDS[name]


def _checked(name: str, value: Any) -> Any:
    default, allowed = _field(name).default, rule(name)
    kind = type(default)
    if kind in (int, float):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        fits = isinstance(value, kind)
    if not fits:
        raise SettingsError(f"Setting {name!r} is {value!r}; a {kind.__name__} like {default!r} was expected.")
    if not allowed.allows(value) or (kind is int and value != int(value)):
        whole = "a whole number, " if kind is int else ""
        raise SettingsError(f"Setting {name!r} is {value!r}; {whole}{allowed.expected} was expected.")
    return kind(value)
