"""All panels in one call."""

from __future__ import annotations

from walkbox.commands import Command
from walkbox.ui import (
    comfort_panel,
    display_panel,
    help_panel,
    layers_panel,
    map_panel,
    note_panel,
    overlays,
    pictures_panel,
    result_panel,
    scene_panel,
    style,
    where_panel,
)
from walkbox.ui.state import UiState

__all__ = ["draw"]


def draw(state: UiState) -> list[Command]:
    """Draw every open panel into the imgui frame that has begun; returns what was clicked, in order."""
    commands: list[Command] = []
    look = (state.settings.theme, state.scale, state.worn)
    if state.local.look != look:
        style.apply(*look)
        state.local.look = look
    overlays.draw_cross(state)
    overlays.draw_pointer_label(state)
    overlays.draw_toolbar(state, commands)
    if "times" in state.open:
        overlays.draw_times(state)
    for name, module in (
        ("layers", layers_panel),
        ("result", result_panel),
        ("display", display_panel),
        ("pictures", pictures_panel),
        ("scene", scene_panel),
        ("where", where_panel),
        ("note", note_panel),
        ("comfort", comfort_panel),
        ("help", help_panel),
    ):
        if state.shows(name):
            module.draw(state, commands)
    map_panel.draw(state, commands)
    overlays.draw_notices(state)
    if state.worn:
        overlays.draw_strip(state)
        overlays.draw_dot(state)
    state.local.placed = (state.size_px, state.scale, state.worn)
    return commands
