"""What lies over the picture without being a panel: toolbar, notices, progress, frame times, cross, pointer label.

On the board of a wearer there is no cross and nothing follows the pointer, which a hand never holds still: a strip at
the top says what is under it, and a dot shows where the ray meets the board.
"""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec4, imgui, implot

from walkbox.commands import CloseBoard, Command, SelectMap, ShowPanel
from walkbox.ui import icons, style, widgets
from walkbox.ui.places import WORDS
from walkbox.ui.state import BESIDE, PANELS, UiState
from walkbox.ui.values import number

__all__ = [
    "draw_cross",
    "draw_dot",
    "draw_notices",
    "draw_pointer_label",
    "draw_strip",
    "draw_times",
    "draw_toolbar",
    "pointed_text",
    "source_texts",
    "times_texts",
]

CURVE = 110.0
"""Points that the curve of frame times is wide."""

BUTTONS = (
    ("layers", icons.LAYERS, "Layers", "Every layer by name (L)"),
    ("result", icons.RESULT, "Result", "What the model says of the picture"),
    ("display", icons.DISPLAY, "Display", "Colours, layout, settings (P)"),
    ("pictures", icons.PICTURES, "Pictures", "Shelf, brushes, noise, camera (I)"),
    ("scene", icons.SCENE, "Scene", "Undo, save, export, notes, hidden walls"),
    ("where", icons.WHERE, "Where", "A map of the network (G)"),
    ("comfort", icons.COMFORT, "Comfort", "Moving and turning in a headset"),
    ("times", icons.TIMES, "Times", "How fast it draws"),
    ("help", icons.HELP, "Help", "Keys and buttons (F1)"),
)


CLOSED = ("help", "note", "where", "comfort", "scene", "pictures", "display", "layers", "times", "result")
"""Panels in the order in which Esc closes them."""


def draw_toolbar(state: UiState, commands: list[Command]) -> None:
    """A button a panel."""
    p = style.palette(state.settings.theme)
    x, y, _, _ = state.place("toolbar")
    words = not state.worn and state.size_px[0] / state.scale >= WORDS
    imgui.push_style_var(imgui.StyleVar_.window_padding, (7 * state.scale, 6 * state.scale))
    with widgets.overlay(state, "toolbar", x, y):
        for index, (name, icon, label, explain) in enumerate(BUTTONS):
            if index:
                imgui.same_line(0, 6 * state.scale)
            on = state.shows(name)
            if on:
                imgui.push_style_color(imgui.Col_.button, ImVec4(*p.active))
            if imgui.button(f"{icon}  {label}###{name}" if words else f"{icon}###{name}"):
                commands.append(ShowPanel(name))
            if on:
                imgui.pop_style_color()
            said = explain.partition(" (")[0] if state.worn else explain
            widgets.tip(state, said if words else f"{label}: {said[:1].lower()}{said[1:]}")
        if state.worn:
            imgui.same_line(0, 6 * state.scale)
            if _cross_button(imgui.get_frame_height()):
                commands.append(CloseBoard())
            widgets.tip(state, "Put these panels away")
    imgui.pop_style_var()


def draw_times(state: UiState) -> None:
    """The curve of frame times, frames a second, what draws."""
    p, s = style.palette(state.settings.theme), state.scale
    x, y, width, height = state.place("times")
    times = state.frame_times_ms()
    curve = CURVE * s
    imgui.push_style_var(imgui.StyleVar_.window_padding, (10 * s, 4 * s))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (9 * s, 2 * s))
    imgui.set_next_window_size_constraints((0, height * s), (width * s, height * s))
    with widgets.overlay(state, "times", x, y, inputs=False), widgets.small_text():
        flags = implot.Flags_.canvas_only
        implot.push_style_var(implot.StyleVar_.plot_padding, (0, 2))
        if len(times) and implot.begin_plot("##times", (curve, (height - 8) * s), flags):
            hidden = implot.AxisFlags_.no_decorations
            implot.setup_axes("", "", hidden, hidden)
            highest = max(float(np.sort(times)[len(times) * 99 // 100]) * 1.2, 20.0)
            implot.setup_axes_limits(0, max(len(times) - 1, 1), 0, highest, imgui.Cond_.always)
            ys = times.astype(np.float64)
            implot.plot_line("ms", np.arange(len(ys), dtype=np.float64), ys, implot.Spec(line_color=ImVec4(*p.accent)))
            implot.end_plot()
            imgui.same_line()
        implot.pop_style_var()
        room = width * s - curve - 32 * s
        imgui.begin_group()
        imgui.dummy((0, 0))
        imgui.text(_that_fit(times_texts(state), room))
        imgui.text_disabled(_that_fit(source_texts(state), room))
        imgui.end_group()
    imgui.pop_style_var(2)


def times_texts(state: UiState) -> list[str]:
    """How fast it draws, the most telling first."""
    times = np.sort(state.frame_times_ms())
    if not len(times):
        return []
    found = [f"{state.fps():.0f} fps", f"median {times[len(times) // 2]:.1f} ms", f"worst {times[-1]:.0f} ms"]
    if state.headset:
        found.insert(1, f"{state.late_frames} late")
    if state.time_left_s is not None:
        found.append(f"{state.time_left_s * 1e3:.1f} ms left")
    return found


def source_texts(state: UiState) -> list[str]:
    """What draws, and what else goes on."""
    busy = any(network.busy for network in state.scene.networks.values())
    found = [state.headset or state.gpu, "model running" if busy else "model at rest"]
    if state.uploaded_bytes:
        found.append(f"{state.uploaded_bytes / 2**20:.1f} MiB uploaded")
    return [text for text in (*found, state.memory_text) if text]


def _that_fit(texts: list[str], room_px: float) -> str:
    """As many as fit in a line, the first shortened where even that is too long."""
    said = widgets.fit(texts[0], room_px) if texts else ""
    for text in texts[1:]:
        longer = f"{said}   {text}"
        if imgui.calc_text_size(longer).x > room_px:
            break
        said = longer
    return said


def draw_notices(state: UiState) -> None:
    """Long jobs with a bar each, then the newest notices."""
    if not state.progress and not state.notices:
        return
    p, s = style.palette(state.settings.theme), state.scale
    x, y, width, height = state.place("notices")
    pivot = 0.0
    if state.worn and state.scene.selected is not None:  # the map panel is there: beside it, or over its lower part
        if any(state.shows(name) for name in PANELS if name not in BESIDE):
            y, pivot = y + height, 1.0
        else:
            x, y, width, height = state.place("result")
    imgui.set_next_window_bg_alpha(0.0)
    imgui.push_style_var(imgui.StyleVar_.window_padding, (0, 0))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 0.0)
    imgui.set_next_window_pos((x * s, y * s), imgui.Cond_.always, (0.0, pivot))
    imgui.set_next_window_size_constraints((width * s, 0), (width * s, height * s))
    flags = (widgets.FIXED & ~imgui.WindowFlags_.no_scrollbar) | imgui.WindowFlags_.always_auto_resize
    imgui.begin("###notices", None, flags)
    if pivot:
        imgui.internal.bring_window_to_display_front(imgui.internal.get_current_window())
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
            button = (32 if state.worn else 24) * s
            right = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x - button
            imgui.begin_group()
            imgui.push_text_wrap_pos(right - 4 * s)
            with widgets.small_text():
                imgui.text_unformatted(notice.text)
            imgui.pop_text_wrap_pos()
            imgui.end_group()
            if notice.details:
                widgets.tip(state, notice.details)
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
        imgui.push_style_color(imgui.Col_.child_bg, style_.color_(imgui.Col_.popup_bg))
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
    if not state.crosshair or state.worn:
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
    if state.crosshair and not state.worn:
        return state.size_px[0] / 2, state.size_px[1] / 2
    mouse = imgui.get_mouse_pos()
    return (mouse.x, mouse.y) if imgui.is_mouse_pos_valid() else None


def draw_pointer_label(state: UiState) -> None:
    """A small label beside the pointer, away from the edges of the picture."""
    lines = pointed_text(state)
    at = _pointer_px(state)
    if not lines or at is None or state.worn or imgui.get_io().want_capture_mouse:
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


def draw_strip(state: UiState) -> None:
    """Two lines at the top of the board: what the button under the ray is for, or what the ray meets beyond."""
    said = state.local.explained or "   ".join(pointed_text(state))
    state.local.explained = ""
    if not said:
        return
    s = state.scale
    x, y, width, height = state.place("strip")
    with widgets.small_text():
        room = (width - 24) * s
        line, high = imgui.get_text_line_height(), imgui.calc_text_size(said, wrap_width=room).y
        above = max((height * s - min(high, 2 * line)) / 2, 0)
        imgui.push_style_var(imgui.StyleVar_.window_padding, (12 * s, above))
        imgui.set_next_window_size_constraints((0, height * s), (width * s, height * s))
        with widgets.overlay(state, "strip", x, y, inputs=False):
            imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + room)
            imgui.text_unformatted(said)
            imgui.pop_text_wrap_pos()
        imgui.pop_style_var()


def draw_dot(state: UiState) -> None:
    """Where the ray meets a panel."""
    if not imgui.is_mouse_pos_valid() or not imgui.get_io().want_capture_mouse:
        return
    p, s, at = style.palette(state.settings.theme), state.scale, imgui.get_mouse_pos()
    down = imgui.is_mouse_down(imgui.MouseButton_.left)
    canvas = imgui.get_foreground_draw_list()
    canvas.add_circle_filled((at.x, at.y), (4.5 if down else 5.5) * s, widgets.u32((0, 0, 0, 0.6)))
    canvas.add_circle_filled((at.x, at.y), 3.5 * s, widgets.u32(p.accent if down else (1, 1, 1, 1)))


def close_newest(state: UiState) -> Command | None:
    """What Esc closes: the map panel first, then :data:`CLOSED` in that order; None when nothing is open."""
    if state.scene.selected is not None:
        return SelectMap(None, network=state.scene.selected[0])
    for name in CLOSED:
        if state.shows(name):
            return ShowPanel(name, False)
    return None
