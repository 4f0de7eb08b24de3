"""How panels look: one place for colours and spacing."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import ImVec4, imgui, implot

__all__ = ["DARK", "LIGHT", "Palette", "apply", "palette"]

Colour = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """sRGB RGBA, 0..1."""

    window: Colour
    raised: Colour
    hovered: Colour
    active: Colour
    line: Colour
    text: Colour
    faint: Colour
    accent: Colour
    good: Colour
    warning: Colour
    error: Colour


DARK = Palette(
    window=(0.082, 0.090, 0.106, 0.95),
    raised=(0.145, 0.157, 0.180, 1.0),
    hovered=(0.196, 0.215, 0.247, 1.0),
    active=(0.240, 0.280, 0.330, 1.0),
    line=(0.22, 0.24, 0.27, 0.8),
    text=(0.90, 0.91, 0.93, 1.0),
    faint=(0.60, 0.63, 0.68, 1.0),
    accent=(0.36, 0.66, 0.90, 1.0),
    good=(0.38, 0.74, 0.52, 1.0),
    warning=(0.92, 0.72, 0.30, 1.0),
    error=(0.93, 0.42, 0.38, 1.0),
)

LIGHT = Palette(
    window=(0.965, 0.967, 0.970, 0.97),
    raised=(0.890, 0.897, 0.910, 1.0),
    hovered=(0.835, 0.848, 0.870, 1.0),
    active=(0.770, 0.805, 0.850, 1.0),
    line=(0.75, 0.77, 0.80, 0.9),
    text=(0.12, 0.14, 0.17, 1.0),
    faint=(0.38, 0.41, 0.46, 1.0),
    accent=(0.10, 0.42, 0.70, 1.0),
    good=(0.10, 0.50, 0.28, 1.0),
    warning=(0.54, 0.35, 0.0, 1.0),
    error=(0.75, 0.16, 0.14, 1.0),
)


def palette(theme: str) -> Palette:
    """The colours of a theme: ``light``, anything else is dark."""
    return LIGHT if theme == "light" else DARK


def apply(theme: str, scale: float, worn: bool = False) -> None:
    """Make the current imgui context look like ours; *worn*: for a board in the scene that a ray points at, with larger
    targets and nothing that shines through.
    """
    p, style = palette(theme), imgui.get_style()
    (imgui.style_colors_light if theme == "light" else imgui.style_colors_dark)()
    for name, value in {
        "window_padding": (14, 12),
        "frame_padding": (10, 6.5) if worn else (9, 5),
        "item_spacing": (9, 8),
        "touch_extra_padding": (3, 3) if worn else (0, 0),
        "item_inner_spacing": (7, 6),
        "cell_padding": (6, 3),
    }.items():
        setattr(style, name, imgui.ImVec2(value[0] * scale, value[1] * scale))
    for name, value in {
        "window_rounding": 7,
        "child_rounding": 5,
        "frame_rounding": 5,
        "popup_rounding": 6,
        "grab_rounding": 5,
        "scrollbar_rounding": 6,
        "scrollbar_size": 18 if worn else 11,
        "grab_min_size": 24 if worn else 12,
        "window_border_size": 1,
    }.items():
        setattr(style, name, float(value * scale))
    style.font_scale_dpi = scale
    colours = {
        "text": p.text,
        "text_disabled": p.faint,
        "window_bg": (*p.window[:3], 1.0) if worn else p.window,
        "popup_bg": (*p.window[:3], 1.0),
        "border": p.line,
        "frame_bg": p.raised,
        "frame_bg_hovered": p.hovered,
        "frame_bg_active": p.active,
        "title_bg": p.raised,
        "title_bg_active": p.raised,
        "title_bg_collapsed": p.raised,
        "button": p.raised,
        "button_hovered": p.hovered,
        "button_active": p.active,
        "header": p.raised,
        "header_hovered": p.hovered,
        "header_active": p.active,
        "slider_grab": (*p.accent[:3], 0.6),
        "slider_grab_active": p.accent,
        "check_mark": p.accent,
        "checkbox_selected_bg": p.raised,
        "plot_histogram_hovered": p.accent,
        "separator": p.line,
        "plot_histogram": p.accent,
        "plot_lines": p.accent,
        "scrollbar_bg": (0, 0, 0, 0),
        "scrollbar_grab": p.hovered,
        "scrollbar_grab_hovered": p.active,
        "scrollbar_grab_active": p.active,
        "text_selected_bg": (*p.accent[:3], 0.35),
        "nav_cursor": p.accent,
        "tab": p.raised,
        "tab_hovered": p.hovered,
        "tab_selected": p.active,
        "tab_selected_overline": p.accent,
        "table_row_bg": (0, 0, 0, 0),
        "table_row_bg_alt": (*p.raised[:3], 0.4),
        "resize_grip": (0, 0, 0, 0),
        "resize_grip_hovered": p.hovered,
        "resize_grip_active": p.active,
    }
    for name, value in colours.items():
        style.set_color_(getattr(imgui.Col_, name), ImVec4(*value))
    plots = implot.get_style()
    (implot.style_colors_light if theme == "light" else implot.style_colors_dark)()
    plots.plot_padding = imgui.ImVec2(4 * scale, 4 * scale)
    plots.label_padding = imgui.ImVec2(4 * scale, 3 * scale)
    plots.plot_min_size = imgui.ImVec2(60 * scale, 40 * scale)
    for name, value in {
        "frame_bg": (0, 0, 0, 0),
        "plot_bg": (*p.raised[:3], 0.45),
        "plot_border": (0, 0, 0, 0),
        "axis_text": p.faint,
        "axis_grid": (*p.faint[:3], 0.22),
        "axis_tick": (*p.faint[:3], 0.5),
    }.items():
        plots.set_color_(getattr(implot.Col_, name), ImVec4(*value))
