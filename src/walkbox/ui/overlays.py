"""What lies over the picture without being a panel: toolbar, notices, progress, frame times, cross, pointer label."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec4, imgui, implot

from walkbox.commands import Command, SelectMap, ShowPanel
from walkbox.ui import style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import number

__all__ = [
    "draw_carried",
    "draw_cross",
    "draw_notices",
    "draw_pointer_label",
    "draw_times",
    "draw_toolbar",
    "pointed_text",
]

BUTTONS = (
    ("layers", "Layers", "Every layer by name (L)"),
    ("result", "Result", "What the model says of the picture"),
    ("display", "Display", "Colours, layout, settings (P)"),
    ("times", "Frame times", "How fast it draws"),
    ("help", "Help", "Keys and buttons (F1)"),
)


def draw_toolbar(state: UiState, commands: list[Command]) -> None:
    """A button a panel."""
    p = style.palette(state.settings.theme)
    x, y, _, _ = style.places(state.size_px[0] / state.scale, state.size_px[1] / state.scale)["toolbar"]
    imgui.push_style_var(imgui.StyleVar_.window_padding, (7 * state.scale, 6 * state.scale))
    with widgets.overlay(state, "toolbar", x, y):
        for index, (name, label, explain) in enumerate(BUTTONS):
            if index:
                imgui.same_line(0, 6 * state.scale)
            on = name in state.open
            if on:
                imgui.push_style_color(imgui.Col_.button, ImVec4(*p.active))
            if imgui.button(label):
                commands.append(ShowPanel(name))
            if on:
                imgui.pop_style_color()
            widgets.tip(explain)
    imgui.pop_style_var()


def draw_times(state: UiState) -> None:
    """The curve of frame times, frames a second, what draws: one row at the top."""
    p, s = style.palette(state.settings.theme), state.scale
    x, y, width, height = style.places(state.size_px[0] / s, state.size_px[1] / s)["times"]
    times = state.frame_times_ms()
    imgui.push_style_var(imgui.StyleVar_.window_padding, (10 * s, 6 * s))
    imgui.set_next_window_size_constraints((0, height * s), (width * s, height * s))
    with widgets.overlay(state, "times", x, y, inputs=False), widgets.small_text():
        flags = implot.Flags_.canvas_only
        implot.push_style_var(implot.StyleVar_.plot_padding, (0, 2))
        if len(times) and implot.begin_plot("##times", (120 * s, (height - 12) * s), flags):
            hidden = implot.AxisFlags_.no_decorations
            implot.setup_axes("", "", hidden, hidden)
            highest = max(float(np.percentile(times, 99)) * 1.2, 20.0)
            implot.setup_axes_limits(0, max(len(times) - 1, 1), 0, highest, imgui.Cond_.always)
            ys = times.astype(np.float64)
            implot.plot_line("ms", np.arange(len(ys), dtype=np.float64), ys, implot.Spec(line_color=ImVec4(*p.accent)))
            implot.end_plot()
            imgui.same_line()
        implot.pop_style_var()
        texts = (
            [f"{state.fps():.0f} fps", f"median {np.median(times):.1f} ms", f"worst {times.max():.0f} ms"]
            if len(times)
            else []
        )
        room = width * s - 160 * s - imgui.calc_text_size("   ".join(texts)).x
        facts = widgets.fit("   ".join(t for t in (state.gpu, state.memory_text) if t), max(room, 0))
        imgui.align_text_to_frame_padding()
        imgui.text("   ".join(texts))
        imgui.same_line(0, 14 * s)
        imgui.text_disabled(facts)
    imgui.pop_style_var()


def draw_notices(state: UiState) -> None:
    """Long jobs with a bar each, then the newest notices."""
    if not state.progress and not state.notices:
        return
    p, s = style.palette(state.settings.theme), state.scale
    x, y, width, height = style.places(state.size_px[0] / s, state.size_px[1] / s)["notices"]
    imgui.set_next_window_bg_alpha(0.0)
    imgui.push_style_var(imgui.StyleVar_.window_padding, (0, 0))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 0.0)
    imgui.set_next_window_pos((x * s, y * s))
    imgui.set_next_window_size_constraints((width * s, 0), (width * s, height * s))
    flags = (widgets.FIXED & ~imgui.WindowFlags_.no_scrollbar) | imgui.WindowFlags_.always_auto_resize
    imgui.begin("###notices", None, flags)
    imgui.pop_style_var(2)
    closed = None
    for index, job in enumerate(state.progress):
        with _card(f"job {index}", p.accent):
            with widgets.small_text():
                share = job.done / job.total if job.total else None
                imgui.text_wrapped(
                    f"{job.task[:1].upper()}{job.task[1:]}" + (f"   {job.done} of {job.total}" if job.total else "")
                )
            widgets.bar(
                share if share is not None else _unknown_share(), p.accent, imgui.get_content_region_avail().x, 5 * s
            )
    for index, notice in enumerate(reversed(state.notices)):
        colour = {"note": p.accent, "warning": p.warning, "error": p.error}[notice.kind]
        with _card(f"notice {index}", colour):
            button = 24 * s
            right = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x - button
            imgui.begin_group()
            imgui.push_text_wrap_pos(right - 4 * s)
            with widgets.small_text():
                imgui.text_unformatted(notice.text)
            imgui.pop_text_wrap_pos()
            imgui.end_group()
            if notice.details:
                widgets.tip(notice.details)
            imgui.same_line(right)
            if _cross_button(button * 0.8):
                closed = notice
    if closed is not None:
        state.notices.remove(closed)
    imgui.end()


class _card:
    """A rounded box with a stripe of colour at its left."""

    def __init__(self, name: str, colour: tuple[float, ...]):
        self._name, self._colour = name, colour

    def __enter__(self) -> None:
        style_ = imgui.get_style()
        imgui.push_style_color(imgui.Col_.child_bg, style_.color_(imgui.Col_.window_bg))
        imgui.push_style_var(imgui.StyleVar_.window_padding, (style_.frame_padding.x + 8, style_.frame_padding.y + 3))
        flags = imgui.ChildFlags_.auto_resize_y | imgui.ChildFlags_.borders
        imgui.begin_child(self._name, (-1, 0), flags, imgui.WindowFlags_.no_scrollbar)

    def __exit__(self, *_: object) -> None:
        imgui.end_child()
        top, far = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        imgui.get_window_draw_list().add_rect_filled((top.x, top.y), (top.x + 4, far.y), widgets.u32(self._colour), 2.0)
        imgui.pop_style_var()
        imgui.pop_style_color()


def _unknown_share() -> float:
    """A bar that fills again and again where the total is unknown."""
    return (imgui.get_time() % 2.0) / 2.0


def _cross_button(side: float) -> bool:
    pressed = imgui.invisible_button("close", (side, side))
    top, far = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    colour = imgui.get_color_u32(imgui.Col_.text if imgui.is_item_hovered() else imgui.Col_.text_disabled)
    inset, canvas = side * 0.3, imgui.get_window_draw_list()
    canvas.add_line((top.x + inset, top.y + inset), (far.x - inset, far.y - inset), colour, 1.5)
    canvas.add_line((top.x + inset, far.y - inset), (far.x - inset, top.y + inset), colour, 1.5)
    return pressed


def draw_cross(state: UiState) -> None:
    """The cross in the middle of the picture."""
    if not state.crosshair:
        return
    x, y, s = state.size_px[0] / 2, state.size_px[1] / 2, state.scale
    canvas = imgui.get_background_draw_list()
    for colour, thick, reach in (
        (widgets.u32((0, 0, 0, 0.55)), 3.5 * s, 8 * s),
        (widgets.u32((1, 1, 1, 0.95)), 1.5 * s, 7 * s),
    ):
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near = 3 * s
            canvas.add_line((x + dx * near, y + dy * near), (x + dx * reach, y + dy * reach), colour, thick)


def pointed_text(state: UiState) -> list[str]:
    """What is under the pointer: the layer, the map, and the true value where it is known. Empty for nothing."""
    pointed = state.scene.pointed
    if pointed is None or pointed[0] not in state.scene.networks:
        return []
    network, layer_id, channel, u, v = (state.scene.networks[pointed[0]], *pointed[1:])
    if not 0 <= layer_id < len(network.graph.layers):
        return []
    layer = network.graph.layers[layer_id]
    maps = layer.maps
    lines = [
        layer.name,
        f"{layer.shape_text}   channel {channel} of {maps.count}" if maps.count > 1 else layer.shape_text,
    ]
    if len(network.classes) == maps.count > 1:
        lines.append(network.classes[channel])
    row, column = min(int(v * maps.height), maps.height - 1), min(int(u * maps.width), maps.width - 1)
    reading = network.readings.get(layer_id)
    if reading is not None and reading.run >= network.shown_run[layer_id] and channel < len(reading.values):
        lines.append(f"row {row}, column {column}: {number(reading.values[channel, row, column], 6)}")
    elif (known := network.statistics[layer_id]) is not None and channel < len(known.map_minimum):
        lines.append(f"{number(known.map_minimum[channel], 4)} to {number(known.map_maximum[channel], 4)}")
    return lines


def _pointer_px(state: UiState) -> tuple[float, float] | None:
    if state.crosshair:
        return state.size_px[0] / 2, state.size_px[1] / 2
    mouse = imgui.get_mouse_pos()
    return (mouse.x, mouse.y) if imgui.is_mouse_pos_valid() else None


def draw_pointer_label(state: UiState) -> None:
    """A small label beside the pointer, away from the edges of the picture."""
    lines = pointed_text(state)
    at = _pointer_px(state)
    if not lines or at is None or imgui.get_io().want_capture_mouse:
        return
    s = state.scale
    right, low = at[0] > state.size_px[0] * 0.75, at[1] > state.size_px[1] * 0.85
    corner = (at[0] + (-14 if right else 16) * s, at[1] + (-14 if low else 16) * s)
    imgui.set_next_window_pos(corner, imgui.Cond_.always, (float(right), float(low)))
    imgui.push_style_var(imgui.StyleVar_.window_padding, (9 * s, 6 * s))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (4 * s, 2 * s))
    flags = widgets.FIXED | imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.always_auto_resize
    imgui.begin("###pointer", None, flags)
    with widgets.small_text():
        imgui.text_unformatted(lines[0])
        for line in lines[1:]:
            imgui.text_disabled(line)
    imgui.end()
    imgui.pop_style_var(2)


def draw_carried(state: UiState) -> None:
    """The picture that is being carried, small beside the pointer."""
    picture = state.carried_picture
    at = _pointer_px(state)
    if picture is None or at is None:
        return
    height, width = picture.pixels.shape[:2]
    side = 84 * state.scale / max(height, width)
    x, y = at[0] + 10 * state.scale, at[1] + 10 * state.scale
    texture = state.picture(("placed", picture.id), picture.pixels, smooth=True)
    far = (x + width * side, y + height * side)
    canvas = imgui.get_foreground_draw_list()
    canvas.add_rect_filled((x - 2, y - 2), (far[0] + 2, far[1] + 2), widgets.u32((1, 1, 1, 0.9)), 3.0)
    canvas.add_image(texture, (x, y), far)


def close_newest(state: UiState) -> Command | None:
    """What Esc closes: the map panel first, then help, display, layers, result; None when nothing is open."""
    if state.scene.selected is not None:
        return SelectMap(None, network=state.scene.selected[0])
    for name in ("help", "display", "layers", "times", "result"):
        if name in state.open:
            return ShowPanel(name, False)
    return None
