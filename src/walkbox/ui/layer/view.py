"""One feature map large, with its true values under the pointer."""

from __future__ import annotations

import math

import numpy as np
from imgui_bundle import ImVec4, imgui, implot

from walkbox.colour import table
from walkbox.commands import ChooseDepth, Command, SelectMap
from walkbox.graph import Layer
from walkbox.messages import LayerReading
from walkbox.scene.network import Network
from walkbox.ui import style, widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import colours, number

__all__ = ["LOWEST_VIEW", "draw"]

LOWEST_VIEW = 150.0
"""Points: the least height of the large view."""

WIDEST_PX = 4096
"""Largest side of the picture that is made for the large view."""

LEGEND = 12.0
"""Points that the legend of the colours is high."""


def draw(
    state: UiState, network: Network, layer: Layer, channel: int, height: float | None, commands: list[Command]
) -> None:
    """Channel, slice and the large view, which is *height* pixels high or, with None, takes the room there is."""
    _channels(network, layer, channel, commands)
    if layer.maps.kind == "volume" and layer.maps.depth > 1:
        _depth(state, network, layer, commands)
    if height is None:
        below = (2 * widgets.SMALL + LEGEND + 2) * state.scale + 3 * imgui.get_style().item_spacing.y
        height = imgui.get_content_region_avail().y - below
    _view(state, network, layer, channel, max(height, LOWEST_VIEW * state.scale / 2), commands)


def _channels(network: Network, layer: Layer, channel: int, commands: list[Command]) -> None:
    count = layer.maps.count
    if count < 2:
        return
    wanted = channel
    imgui.push_item_flag(imgui.ItemFlags_.button_repeat, True)  # held, an arrow runs through them
    if imgui.arrow_button("##previous", imgui.Dir.left):
        wanted = (channel - 1) % count
    imgui.same_line()
    arrow = imgui.get_frame_height() + imgui.get_style().item_spacing.x
    imgui.set_next_item_width(imgui.get_content_region_avail().x - arrow)
    named = f"  {network.classes[channel]}" if len(network.classes) == count else ""
    changed, value = imgui.slider_int(
        "##channel", channel, 0, count - 1, f"{_channel_word(layer)} %d of {count}{named.replace('%', '%%')}"
    )
    if changed:
        wanted = value
    imgui.same_line()
    if imgui.arrow_button("##next", imgui.Dir.right):
        wanted = (channel + 1) % count
    imgui.pop_item_flag()
    if wanted != channel and 0 <= wanted < count:
        commands.append(SelectMap(layer.id, wanted, network.id))


def _channel_word(layer: Layer) -> str:
    return {"attention": "head", "strip": "output"}.get(layer.maps.kind, "channel")


def _depth(state: UiState, network: Network, layer: Layer, commands: list[Command]) -> None:
    slices = layer.maps.depth
    at = round(state.local.depth * (slices - 1))
    imgui.set_next_item_width(-1)
    changed, at = imgui.slider_int("##depth", at, 0, slices - 1, f"slice %d of {slices}")
    if changed:
        state.local.depth = at / (slices - 1)
        commands.append(ChooseDepth(state.local.depth, network.id))


def _range(state: UiState, network: Network, layer: Layer, channel: int) -> tuple[float, float]:
    """The values with the first and last colour of this map, as on the wall."""
    key = (network.range_revision, layer.id)
    per_map = state.local.keep(("map ranges", network.id), key, lambda: network.map_ranges(layer.id))
    if per_map is not None and channel < len(per_map):
        return float(per_map[channel, 0]), float(per_map[channel, 1])
    low, high = state.local.keep(("ranges", network.id), key, lambda: network.ranges()[layer.id])
    return float(low), float(high)


def _view(state: UiState, network: Network, layer: Layer, channel: int, height: float, commands: list[Command]) -> None:
    reading = network.readings.get(layer.id)
    low, high = _range(state, network, layer, channel)
    colormap = state.local.keep(
        ("colormap", network.id), (network.range_revision, layer.id), lambda: network.colormaps()[layer.id]
    )
    width = imgui.get_content_region_avail().x
    said = ""
    if layer.maps.kind == "none" or layer.maps.count == 0:
        imgui.dummy((width, LOWEST_VIEW * state.scale / 2))
        said = "This tensor has no elements."
    elif reading is None or channel >= len(reading.values):
        imgui.dummy((width, height))
        said = "Reading the exact values\N{HORIZONTAL ELLIPSIS}" if network.run else "The model has not run yet."
    elif layer.maps.height == 1 and layer.maps.width == 1:
        said = _numbers(state, network, layer, channel, reading, (width, min(height, 190 * state.scale)), commands)
    elif layer.maps.height == 1:
        said = _line(state, reading.values[channel, 0], channel, (width, min(height, 190 * state.scale)))
    else:
        transfer, times = network.display.transfer, _enlarged(network, reading.values.shape[1:], (width, height))
        made = state.local.keep(
            ("large view", network.id),
            (reading, channel, low, high, colormap, transfer, times),
            lambda: (
                colours(reading.values[channel], low, high, colormap, transfer)
                .repeat(times, axis=0)
                .repeat(times, axis=1)
            ),
        )
        said = _image(state, network, made, reading.values[channel], (width, height))
    if reading is not None and reading.run < network.shown_run[layer.id]:
        said = "These are of the picture before; reading the new values\N{HORIZONTAL ELLIPSIS}"
    with widgets.small_text():
        imgui.text(widgets.fit(said or "Point at a value to read it.", width))
    if layer.maps.kind != "none":
        _legend(state, low, high, colormap, network.display.transfer, width)


def _enlarged(network: Network, shape: tuple[int, ...], room: tuple[float, float]) -> int:
    """How many times each value is repeated so that it is seen as a square: imgui smooths every texture."""
    rows, columns = shape
    cell = math.ceil(min(room[0] / columns, room[1] / rows))
    return 1 if network.display.interpolation == "linear" else max(1, min(cell, WIDEST_PX // max(rows, columns)))


def _image(state: UiState, network: Network, pixels: np.ndarray, values: np.ndarray, room: tuple[float, float]) -> str:
    rows, columns = values.shape
    cell = min(room[0] / columns, room[1] / rows)
    size = (cell * columns, cell * rows)
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + (room[0] - size[0]) / 2)
    imgui.image(state.picture(("large view", network.id), pixels, smooth=True), size)
    if not imgui.is_item_hovered():
        return ""
    left, top = imgui.get_item_rect_min()
    mouse = imgui.get_mouse_pos()
    column, row = (int(np.clip(d // cell, 0, n - 1)) for d, n in ((mouse.x - left, columns), (mouse.y - top, rows)))
    corner = (left + column * cell, top + row * cell)
    canvas = imgui.get_window_draw_list()
    far = (corner[0] + max(cell, 3), corner[1] + max(cell, 3))
    canvas.add_rect((corner[0] - 1, corner[1] - 1), (far[0] + 1, far[1] + 1), widgets.u32((0, 0, 0, 1)), 0.0, 3.0)
    canvas.add_rect(corner, far, widgets.u32((1, 1, 1, 1)), 0.0, 1.5)
    return f"row {row}, column {column}: {number(values[row, column], 7)}"


def _line(state: UiState, values: np.ndarray, channel: int, size: tuple[float, float]) -> str:
    """A 1-D map as a curve."""
    p = style.palette(state.settings.theme)
    flags = implot.Flags_.no_legend | implot.Flags_.no_mouse_text | implot.Flags_.no_menus | implot.Flags_.no_title
    said = ""
    if implot.begin_plot("##line", size, flags):
        implot.setup_axes("", "", implot.AxisFlags_.auto_fit, implot.AxisFlags_.auto_fit)
        ys = values.astype(np.float64)
        implot.plot_line(
            f"map {channel}",
            np.arange(len(ys), dtype=np.float64),
            ys,
            implot.Spec(line_color=ImVec4(*p.accent), line_weight=1.5),
        )
        if implot.is_plot_hovered():
            column = int(np.clip(round(implot.get_plot_mouse_pos().x), 0, len(values) - 1))
            said = f"row 0, column {column}: {number(values[column], 7)}"
        implot.end_plot()
    return said


def _numbers(
    state: UiState,
    network: Network,
    layer: Layer,
    channel: int,
    reading: LayerReading,
    size: tuple[float, float],
    commands: list[Command],
) -> str:
    """One number a map: all of them as bars, the selected one marked; a click selects another."""
    p = style.palette(state.settings.theme)
    values = reading.values[:, 0, 0].astype(np.float64)
    names = network.classes if len(network.classes) == len(values) else ()

    def told(index: int) -> str:
        name = f" {names[index]}" if names else ""
        return f"{_channel_word(layer)} {index}{name}: {number(reading.values[index, 0, 0], 7)}"

    if len(values) == 1:
        imgui.push_font(None, 30)
        imgui.text(number(values[0], 7))
        imgui.pop_font()
        return told(0)
    flags = (
        implot.Flags_.no_legend
        | implot.Flags_.no_mouse_text
        | implot.Flags_.no_menus
        | implot.Flags_.no_title
        | implot.Flags_.no_box_select
    )
    said = told(channel)
    if implot.begin_plot("##numbers", size, flags):
        implot.setup_axes("", "", implot.AxisFlags_.no_grid_lines, implot.AxisFlags_.auto_fit)
        implot.setup_axis_limits(implot.ImAxis_.x1, -0.6, len(values) - 0.4, imgui.Cond_.always)
        index = np.arange(len(values), dtype=np.float64)
        shown = np.where(np.isfinite(values), values, 0.0)
        soft = implot.Spec(fill_color=ImVec4(*p.faint), line_color=ImVec4(*p.faint))
        strong = implot.Spec(fill_color=ImVec4(*p.accent), line_color=ImVec4(*p.accent))
        implot.plot_bars("all", index, shown, 0.8, soft)
        implot.plot_bars(
            "selected", index[channel : channel + 1], shown[channel : channel + 1], max(0.8, len(values) / 250), strong
        )
        if implot.is_plot_hovered():
            at = int(np.clip(round(implot.get_plot_mouse_pos().x), 0, len(values) - 1))
            said = told(at)
            if imgui.is_mouse_clicked(imgui.MouseButton_.left):
                commands.append(SelectMap(layer.id, at, network.id))
        implot.end_plot()
    return said


def _legend(state: UiState, low: float, high: float, colormap: str, transfer: str, width: float) -> None:
    """The colours from low to high, with their true values; zero is marked where it lies between."""
    s = state.scale
    strip = state.local.keep(("legend", colormap), (colormap,), lambda: np.ascontiguousarray(table(colormap)[None]))
    left, top = imgui.get_cursor_screen_pos()
    imgui.image(state.picture(("legend", colormap), strip, smooth=True), (width, LEGEND * s))
    with widgets.small_text():
        lowest, highest = number(low, 4), number(high, 4)
        imgui.text(lowest)
        room_left, room_right = imgui.calc_text_size(lowest).x, imgui.calc_text_size(highest).x
        widgets.right_aligned(room_right)
        imgui.text(highest)
        if low < 0 < high:
            ends = colours(np.array([[0.0]], np.float32), low, high, "grey", transfer)
            x = left + width * float(ends[0, 0, 0]) / 255 if transfer == "log" else left + width * -low / (high - low)
            canvas = imgui.get_window_draw_list()
            canvas.add_line((x, top), (x, top + (LEGEND + 3) * s), imgui.get_color_u32(imgui.Col_.text), 1.0)
            half = imgui.calc_text_size("0").x / 2
            if left + room_left + 8 * s < x - half and x + half < left + width - room_right - 8 * s:
                canvas.add_text(
                    (x - half, top + LEGEND * s + imgui.get_style().item_spacing.y),
                    imgui.get_color_u32(imgui.Col_.text),
                    "0",
                )
