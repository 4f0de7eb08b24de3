"""The display panel: how values become colours, how the network is arranged, and settings of the walk."""

from __future__ import annotations

from typing import get_args, get_type_hints

from imgui_bundle import imgui

from walkbox.colour import COLORMAPS, table
from walkbox.commands import Command, SetDisplay, SetLayout, SetSetting
from walkbox.config import rule
from walkbox.scene.display import Display
from walkbox.scene.network import Network
from walkbox.ui import widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]

FIELDS = {
    "scope": ("Range of", "Each map, each layer or the whole model has its own range of colours."),
    "limits": ("Limits", "From the smallest to the largest value, or without the outermost per cent at both ends."),
    "symmetric": ("Symmetric", "Zero in the middle of the colours. Auto: where a layer has negative values."),
    "transfer": ("Transfer", "Log shows small values beside large ones; both ends keep their colours."),
    "interpolation": ("Pixels", "Nearest shows the values as they are, linear smooths them."),
}

SLIDERS = {
    "fov_deg": ("Field of view", "%.0f\N{DEGREE SIGN}"),
    "walk_speed_m_s": ("Walking speed", "%.1f m/s"),
    "eye_height_m": ("Eye height", "%.2f m"),
    "mouse_rad_px": ("Mouse speed", "%.4f"),
}
"""Those of the window; a wearer has the comfort panel."""


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "display", "Display", commands) as seen:
        if not seen:
            return
        width = imgui.get_content_region_avail().x * 0.56
        if network is not None:
            imgui.separator_text("Colours")
            _colours(state, network, width, commands)
            if state.layouts:
                imgui.separator_text("Room")
                now = network.arrangement.layout
                if (chosen := widgets.choice(state, "Layout", now, state.layouts, width)) and chosen != now:
                    commands.append(SetLayout(chosen, network.id))
        imgui.separator_text("Picture" if state.worn else "Walk")
        _settings(state, width, commands)


def _colours(state: UiState, network: Network, width: float, commands: list[Command]) -> None:
    display = network.display
    if (chosen := _colormap(state, display.colormap, width)) and chosen != display.colormap:
        commands.append(SetDisplay("colormap", chosen, network.id))
    hints = get_type_hints(Display)
    for field, (label, explain) in FIELDS.items():
        now = getattr(display, field)
        chosen = widgets.choice(state, label, now, get_args(hints[field]), width, explain)
        if chosen and chosen != now:
            commands.append(SetDisplay(field, chosen, network.id))


def _colormap(state: UiState, current: str, width: float) -> str | None:
    imgui.align_text_to_frame_padding()
    imgui.text("Colour map")
    widgets.tip(state, "Auto: diverging about zero for layers with negative values, sequential for the others.")
    widgets.right_aligned(width)
    imgui.set_next_item_width(width)
    chosen = None
    if imgui.begin_combo("##colormap", current):
        line = imgui.get_text_line_height()
        for name in ("auto", *COLORMAPS):
            if imgui.selectable(f"{name}##{name}", name == current)[0]:
                chosen = name
            if name in COLORMAPS:
                imgui.same_line(90 * state.scale)
                imgui.image(
                    state.picture(
                        ("legend", name),
                        state.local.keep(("legend", name), (name,), lambda n=name: table(n)[None]),
                        smooth=True,
                    ),
                    (110 * state.scale, line),
                )
        imgui.end_combo()
    return chosen


def _settings(state: UiState, width: float, commands: list[Command]) -> None:
    settings = state.settings
    if not state.worn:
        for field, (label, shown) in SLIDERS.items():
            widgets.setting_slider(state, field, label, shown, width, commands)
    samples = {"auto": 0, "off": 1, "2": 2, "4": 4, "8": 8}
    now = next((name for name, n in samples.items() if n == settings.msaa), str(settings.msaa))
    chosen = widgets.choice(state, "Smooth edges", now, list(samples), width, "Samples a pixel (MSAA).")
    if chosen and chosen != now:
        commands.append(SetSetting("msaa", samples[chosen]))
    chosen = widgets.choice(state, "Theme", settings.theme, rule("theme").choices, width, rule("theme").says)
    if chosen and chosen != settings.theme:
        commands.append(SetSetting("theme", chosen))
