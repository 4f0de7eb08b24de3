"""The comfort panel: how a wearer moves and turns, how large they are, and what their hands and the window show."""

from __future__ import annotations

from typing import Any

from imgui_bundle import imgui

from walkbox.commands import Command, Recentre, SetScale, SetSetting
from walkbox.config import rule
from walkbox.ui import widgets
from walkbox.ui.state import UiState

__all__ = ["SIZES", "draw", "size_text"]

MOVING = {
    "Teleport": {"motion": "teleport"},
    "Smooth": {"motion": "smooth", "fly": False},
    "Fly": {"motion": "smooth", "fly": True},
}
TURNING = {
    **{f"{d:.0f}\N{DEGREE SIGN}": {"turn": "snap", "snap_deg": d} for d in rule("snap_deg").choices},
    "Smooth": {"turn": "smooth"},
}
SEATED = {"Off": {"seated": False}, "On": {"seated": True}}
MIRROR = {name.capitalize(): {"mirror": name} for name in rule("mirror").choices}

SIZES = {"Ant": 0.05, "Life": 1.0, "Giant": 10.0}
"""Metres of the world that a metre of the person takes."""


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    with widgets.panel(state, "comfort", "Comfort", commands) as seen:
        if not seen:
            return
        width = imgui.get_content_region_avail().x * (0.62 if state.worn else 0.56)
        settings = state.settings
        moving = "Land where you point, glide with the stick, or fly where your hand points."
        _either(state, "Moving", moving, MOVING, width, commands)
        widgets.setting_slider(state, "walk_speed_m_s", "Walking speed", "%.1f m/s", width, commands)
        imgui.begin_disabled(settings.motion == "teleport" and settings.turn == "snap")
        widgets.setting_slider(state, "vignette", "Darker edges", "%.0f %%", width, commands, factor=100)
        imgui.end_disabled()
        _gap(state)
        _either(state, "Turning", rule("turn").says, TURNING, width, commands)
        if settings.turn == "smooth":
            widgets.setting_slider(state, "turn_deg_s", "Turning speed", "%.0f\N{DEGREE SIGN}/s", width, commands)
        _gap(state)
        _either(state, "Seated", rule("seated").says, SEATED, width, commands)
        if settings.seated:
            widgets.setting_slider(state, "eye_height_m", "Eye height", "%.2f m", width, commands)
        if state.worn:
            _size(state, width, commands)
        back = "Stand at the entrance again, on the floor, in life size."
        widgets.label(state, "Entrance", width, back)
        if imgui.button("Go back", (width, 0)):
            commands.append(Recentre(state.network))
        widgets.tip(state, back)
        _gap(state)
        widgets.setting_slider(state, "haptics", "Vibration", "%.0f %%", width, commands, factor=100)
        _either(state, "Mirror", rule("mirror").says, MIRROR, width, commands)


def size_text(scale: float) -> str:
    """How large a wearer is: ``life size``, ``12 x``, ``1/20``.

    Args:
        scale: metres of the world that a metre of the person takes.
    """
    if abs(scale - 1) < 0.005:
        return "life size"
    return f"{scale:.3g} \N{MULTIPLICATION SIGN}" if scale > 1 else f"1/{1 / scale:.3g}"


def _size(state: UiState, width: float, commands: list[Command]) -> None:
    scale = state.scene.presence.scale
    near = next((name for name, size in SIZES.items() if abs(scale / size - 1) < 0.01), "")
    explain = "How large you are; squeeze both grips and pull to choose any size."
    chosen = widgets.segments(state, f"Size: {size_text(scale)}", near, list(SIZES), width, explain)
    if chosen and chosen != near:
        commands.append(SetScale(SIZES[chosen]))


def _either(
    state: UiState, label: str, explain: str, choices: dict[str, dict[str, Any]], width: float, commands: list[Command]
) -> None:
    """A row of buttons; each stands for the settings that it makes."""
    now = {name: {field: getattr(state.settings, field) for field in made} for name, made in choices.items()}
    current = next((name for name, made in choices.items() if now[name] == made), "")
    chosen = widgets.segments(state, label, current, list(choices), width, explain)
    if chosen and chosen != current:
        commands.extend(SetSetting(f, value) for f, value in choices[chosen].items() if value != now[chosen][f])


def _gap(state: UiState) -> None:
    imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + 4 * state.scale)
