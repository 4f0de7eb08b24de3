"""Small pieces that several panels are made of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
from imgui_bundle import ImVec4, imgui, implot

from walkbox.commands import Command, SetSetting, ShowPanel
from walkbox.config import rule
from walkbox.ui import style
from walkbox.ui.state import UiState
from walkbox.ui.values import ticks

__all__ = [
    "bar",
    "choice",
    "faint",
    "fit",
    "histogram",
    "label",
    "lit_button",
    "overlay",
    "panel",
    "right_aligned",
    "say",
    "segments",
    "setting_slider",
    "small_text",
    "thumbnail",
    "tip",
    "u32",
]

SMALL = 13.5
FIXED = (
    imgui.WindowFlags_.no_decoration
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_focus_on_appearing
    | imgui.WindowFlags_.no_nav
)


@contextlib.contextmanager
def panel(
    state: UiState, name: str, title: str, commands: list[Command], *, close: Command | None = None
) -> Iterator[bool]:
    """A window with a title and a close button; yields whether its contents are seen.

    It stands where :meth:`UiState.place` says until it is moved, and again when the picture's size changes. On the
    board it cannot be moved.
    """
    s = state.scale
    x, y, width, height = state.place(name)
    moved = state.local.placed == (state.size_px, s, state.worn)
    when = imgui.Cond_.first_use_ever if moved else imgui.Cond_.always
    imgui.set_next_window_pos((x * s, y * s), when)
    imgui.set_next_window_size((width * s, height * s), when)
    flags = (
        imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_collapse | imgui.WindowFlags_.no_focus_on_appearing
    )
    if state.worn:
        flags |= imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_resize
    seen, open_ = imgui.begin(f"{title}###{name}", True, flags)
    try:
        yield seen
    finally:
        imgui.end()
        if not open_:
            commands.append(close if close is not None else ShowPanel(name, False))


@contextlib.contextmanager
def overlay(
    state: UiState, name: str, x: float, y: float, *, width: float = 0.0, inputs: bool = True
) -> Iterator[None]:
    """A window without title at a place in points, as high as its contents; without *inputs* the mouse passes."""
    s = state.scale
    imgui.set_next_window_pos((x * s, y * s))
    if width:
        imgui.set_next_window_size_constraints((width * s, 0), (width * s, 1e6))
    flags = FIXED | imgui.WindowFlags_.always_auto_resize
    if not inputs:
        flags |= imgui.WindowFlags_.no_inputs
    imgui.begin(f"###{name}", None, flags)
    try:
        yield
    finally:
        imgui.end()


def u32(colour: Sequence[float], alpha: float = 1.0) -> int:
    """A colour for draw lists."""
    return imgui.get_color_u32(ImVec4(colour[0], colour[1], colour[2], colour[3] * alpha))


def faint(text: str) -> None:
    """Text of lesser weight, wrapped."""
    imgui.push_style_color(imgui.Col_.text, imgui.get_style().color_(imgui.Col_.text_disabled))
    imgui.text_wrapped(text)
    imgui.pop_style_color()


@contextlib.contextmanager
def small_text() -> Iterator[None]:
    """Smaller letters."""
    imgui.push_font(None, SMALL)
    try:
        yield
    finally:
        imgui.pop_font()


def fit(text: str, width_px: float) -> str:
    """The text, its middle left out where it is wider than *width_px*: names differ at their ends."""
    if imgui.calc_text_size(text).x <= width_px:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        low, high = (keep, high) if imgui.calc_text_size(_short(text, keep)).x <= width_px else (low, keep - 1)
    return _short(text, low)


def _short(text: str, keep: int) -> str:
    head = keep // 2
    return text[:head] + "\N{HORIZONTAL ELLIPSIS}" + text[len(text) - (keep - head) :]


def tip(state: UiState, text: str) -> None:
    """Explain the last item while the mouse rests on it; on the board in its strip, as a ray never quite rests."""
    if state.worn:
        if imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
            state.local.explained = text.replace("\n", "   ")
    elif imgui.is_item_hovered(imgui.HoveredFlags_.for_tooltip):
        imgui.begin_tooltip()
        imgui.push_text_wrap_pos(imgui.get_font_size() * 20)
        imgui.text_unformatted(text)
        imgui.pop_text_wrap_pos()
        imgui.end_tooltip()


def right_aligned(width_px: float) -> None:
    """Go on in the same line, *width_px* from the right edge of what is left of it."""
    imgui.same_line()
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x - width_px)


def label(state: UiState, text: str, width_px: float, explain: str) -> None:
    """What stands before a control of that width."""
    imgui.align_text_to_frame_padding()
    imgui.text(text)
    if explain:
        tip(state, explain)
    right_aligned(width_px)
    imgui.set_next_item_width(width_px)


def choice(
    state: UiState, name: str, current: str, choices: Sequence[str], width_px: float, explain: str = ""
) -> str | None:
    """A labelled list to choose from; returns what was chosen, or None."""
    label(state, name, width_px, explain)
    chosen = None
    if imgui.begin_combo(f"##{name}", current):
        for text in choices:
            if imgui.selectable(text, text == current)[0]:
                chosen = text
        imgui.end_combo()
    elif explain:
        tip(state, explain)
    return chosen


def segments(
    state: UiState, name: str, current: str, choices: Sequence[str], width_px: float, explain: str = ""
) -> str | None:
    """The same as buttons side by side, one of them lit: a single click, where there is room for all."""
    s, count = state.scale, len(choices)
    spacing = 3 * s
    each = (width_px - spacing * (count - 1)) / count
    if max(imgui.calc_text_size(text).x for text in choices) + 6 * s > each:
        return choice(state, name, current, choices, width_px, explain)
    label(state, name, width_px, explain)
    chosen = None
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (2 * s, imgui.get_style().frame_padding.y))
    for index, text in enumerate(choices):
        if index:
            imgui.same_line(0, spacing)
        if lit_button(state, f"{text}##{name}", text == current, each):
            chosen = text
        if explain:
            tip(state, explain)
    imgui.pop_style_var()
    return chosen


def lit_button(state: UiState, text: str, lit: bool, width_px: float = 0.0) -> bool:
    """A button that shows whether it is on; True when it was clicked."""
    p = style.palette(state.settings.theme)
    if lit:
        for colour in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
            imgui.push_style_color(colour, ImVec4(*p.accent))
        imgui.push_style_color(imgui.Col_.text, ImVec4(*p.window[:3], 1.0))
    clicked = imgui.button(text, (width_px, 0))
    if lit:
        imgui.pop_style_color(4)
    return clicked


def setting_slider(
    state: UiState, field: str, name: str, shown: str, width_px: float, commands: list[Command], factor: float = 1.0
) -> None:
    """A labelled slider over all that a setting may be.

    Args:
        shown: format of the value, as C's printf.
        factor: the slider shows the setting times this.
    """
    known = rule(field)
    assert known.low is not None and known.high is not None
    label(state, name, width_px, known.says)
    now = getattr(state.settings, field) * factor
    changed, value = imgui.slider_float(f"##{field}", now, known.low * factor, known.high * factor, shown)
    tip(state, known.says)
    if changed:
        # float32 on the way: 0.7 shall not become 0.699999988.
        chosen = round(float(value) / factor, 6)
        commands.append(SetSetting(field, min(max(chosen, known.low), known.high)))


def bar(share: float, colour: Sequence[float], width_px: float, height_px: float) -> None:
    """A horizontal bar, *share* (0..1) of it filled."""
    left, top = imgui.get_cursor_screen_pos()
    canvas, rounding = imgui.get_window_draw_list(), height_px / 2
    canvas.add_rect_filled(
        (left, top), (left + width_px, top + height_px), imgui.get_color_u32(imgui.Col_.frame_bg), rounding
    )
    filled = max(0.0, min(share, 1.0)) * width_px
    if filled > 0:
        end = left + max(filled, height_px)
        canvas.add_rect_filled((left, top), (min(end, left + width_px), top + height_px), u32(colour), rounding)
    imgui.dummy((width_px, height_px))


def histogram(
    state: UiState,
    name: str,
    counts: np.ndarray,
    edges: np.ndarray,
    colour: Sequence[float],
    size_px: tuple[float, float],
    mark: float | None = None,
    limits: tuple[float, float] | None = None,
) -> tuple[float, float, bool] | None:
    """Counts as bars over their edges, on a square-root scale so that rare values are seen beside many zeros.

    Args:
        counts: (N,); edges: (N + 1,), rising.
        mark: a value to mark with a line, or None.
        limits: two values with a line each that can be dragged, or None.

    Returns:
        The limits while one of them is dragged, and whether it was let go; None when nobody drags.
    """
    no = implot.AxisFlags_
    plain = implot.Flags_.no_legend | implot.Flags_.no_mouse_text | implot.Flags_.no_menus | implot.Flags_.no_title
    if limits is None:
        plain |= implot.Flags_.no_inputs
    moved = None
    heights = np.sqrt(counts.astype(np.float64) / max(int(counts.max(initial=0)), 1))
    low, high = float(edges[0]), float(edges[-1])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    with small_text():
        if not implot.begin_plot(f"##{name}", size_px, plain):
            return None
        implot.setup_axes("", "", no.no_grid_lines | no.no_highlight | no.no_tick_marks, no.no_decorations)
        if limits is not None:  # where somebody dragged them out to, they can still be taken
            room = 0.02 * (high - low)
            left, right = min(low, limits[0]) - room, max(high, limits[1]) + room
            implot.setup_axes_limits(left, right, 0.0, 1.08, imgui.Cond_.always)
        else:
            implot.setup_axes_limits(low, high, 0.0, 1.08, imgui.Cond_.always)
        implot.setup_axis_ticks(implot.ImAxis_.x1, ticks(low, high))
        centres = (edges[:-1].astype(np.float64) + edges[1:]) / 2
        spec = implot.Spec(fill_color=ImVec4(*colour), line_color=ImVec4(*colour))
        implot.plot_bars(name, centres, heights, (high - low) / max(len(counts), 1), spec)
        if mark is not None and np.isfinite(mark):
            text = imgui.get_style().color_(imgui.Col_.text)
            implot.plot_inf_lines("mark", np.array([mark], np.float64), implot.Spec(line_color=text, line_weight=1.5))
        if limits is not None:
            moved = _limits(state, name, limits)
        implot.end_plot()
    if imgui.is_item_hovered() and moved is None:
        x = implot_x(low, high)
        index = int(np.clip(np.searchsorted(edges, x) - 1, 0, len(counts) - 1))
        say(state, f"{edges[index]:.4g} to {edges[index + 1]:.4g}: {int(counts[index]):,}")
    return moved


def _limits(state: UiState, name: str, limits: tuple[float, float]) -> tuple[float, float, bool] | None:
    """Two lines to drag; neither passes the other."""
    p, dragged = style.palette(state.settings.theme), state.local.dragged
    ends, held_now = list(limits), None
    for index, end in enumerate(limits):
        _, ends[index], _, _, held = implot.drag_line_x(
            index, end, ImVec4(*p.warning), 2.0 * state.scale, implot.DragToolFlags_.no_fit, False, False, False
        )
        held_now = (name, index) if held else held_now
    state.local.dragged = held_now
    if held_now is None and (dragged is None or dragged[0] != name):
        return None
    least = 1e-6 * max(abs(ends[0]), abs(ends[1]), 1e-30)
    if held_now is not None and ends[1] - ends[0] < least:
        index = held_now[1]
        ends[index] = ends[1 - index] + (least if index else -least)
    return float(ends[0]), float(ends[1]), held_now is None


def say(state: UiState, text: str) -> None:
    """What is under the pointer just now: in a tooltip, or on the board in its strip."""
    if state.worn:
        state.local.explained = text
    else:
        imgui.set_tooltip(text)


def thumbnail(state: UiState, picture: int, side_px: float, name: str) -> bool:
    """A picture of the shelf in a square, as a button; True when it was clicked. A frame stands for one to come."""
    scene = state.scene
    known = scene.pictures.get(picture)
    pixels = scene.shelf.thumbnails.get(picture) if known is None else known.thumbnail
    clicked = imgui.invisible_button(name, (side_px, side_px))
    (left, top), hovered = imgui.get_item_rect_min(), imgui.is_item_hovered()
    canvas, far = imgui.get_window_draw_list(), (left + side_px, top + side_px)
    if pixels is None:
        state.wanted.append(picture)
        canvas.add_rect_filled((left, top), far, imgui.get_color_u32(imgui.Col_.frame_bg), 3)
    else:
        # The middle square, as most models see it.
        height, width = pixels.shape[:2]
        x, y = (max(0.0, (side - min(height, width)) / 2 / side) for side in (width, height))
        texture = state.picture(("thumbnail", picture), pixels, smooth=True)
        canvas.add_image(texture, (left, top), far, (x, y), (1 - x, 1 - y))
    if hovered:
        accent = u32(style.palette(state.settings.theme).accent)
        canvas.add_rect((left, top), far, accent, 0.0, 2 * state.scale)
    return clicked


def implot_x(low: float, high: float) -> float:
    """The value under the mouse in the plot that was just drawn, roughly (its axes are without labels at the sides)."""
    left, right = imgui.get_item_rect_min().x, imgui.get_item_rect_max().x
    return low + (high - low) * (imgui.get_mouse_pos().x - left) / max(right - left, 1.0)
