"""The weights of a layer as pictures."""

from __future__ import annotations

import math

import numpy as np
from imgui_bundle import imgui

from walkbox.graph import Layer
from walkbox.scene.network import Network
from walkbox.ui import widgets
from walkbox.ui.state import UiState
from walkbox.ui.values import colours, number

__all__ = ["draw", "sheet"]

GAP = 1
MOST = 1024
"""So many kernels are drawn at once."""


def sheet(kernels: np.ndarray, columns: int, reach: float) -> np.ndarray:
    """uint8 (H, W, 3): kernels (N, h, w) side by side with gaps, diverging about zero up to *reach*."""
    count, height, width = kernels.shape
    rows = -(-count // columns)
    made = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 70, np.uint8)
    for index, kernel in enumerate(kernels):
        row, column = divmod(index, columns)
        y, x = row * (height + GAP), column * (width + GAP)
        made[y : y + height, x : x + width] = colours(kernel, -reach, reach, "berlin", "linear")
    return made


def draw(state: UiState, network: Network, layer: Layer, channel: int) -> None:
    """Draw it: those that make the selected map, and the first of every map."""
    known = network.findings.kernels.get(layer.id)
    if known is None:
        widgets.faint("Reading the weights\N{HORIZONTAL ELLIPSIS}")
        return
    values = known.values
    outputs, inputs, height, width = values.shape
    with widgets.small_text():
        shape = " \N{MULTIPLICATION SIGN} ".join(str(n) for n in values.shape)
        widgets.faint(f"{known.name}   {shape}")
    if height == 1 and width == 1:
        _matrix(state, network, layer, values[:, :, 0, 0], channel)
        return
    room = imgui.get_content_region_avail().x
    if channel < outputs:
        imgui.text(f"Of channel {channel}: {inputs} kernel{'s' * (inputs != 1)} of {height} by {width}")
        _pictures(state, ("kernels", layer.id, channel), values[channel][:MOST], room, 0.42)
    imgui.text("The first of every channel")
    _pictures(state, ("kernels", layer.id, "first"), values[:MOST, 0], room, 1.0)


def _matrix(state: UiState, network: Network, layer: Layer, values: np.ndarray, channel: int) -> None:
    """A linear layer or a 1 x 1 convolution: one picture, a row an output; the selected one below."""
    reach = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    width = imgui.get_content_region_avail().x
    made = state.local.keep(
        ("matrix", layer.id), (values.shape, network.graph), lambda: colours(values, -reach, reach, "berlin", "linear")
    )
    imgui.text(f"{values.shape[0]} outputs down, {values.shape[1]} inputs across")
    high = min(width * values.shape[0] / max(values.shape[1], 1), imgui.get_content_region_avail().y * 0.7)
    imgui.image(state.picture(("matrix", layer.id), made, smooth=True), (width, max(high, 12 * state.scale)))
    if imgui.is_item_hovered():
        (left, top), mouse, far = imgui.get_item_rect_min(), imgui.get_mouse_pos(), imgui.get_item_rect_max()
        row = int(np.clip((mouse.y - top) / max(far.y - top, 1) * values.shape[0], 0, values.shape[0] - 1))
        column = int(np.clip((mouse.x - left) / max(far.x - left, 1) * values.shape[1], 0, values.shape[1] - 1))
        widgets.say(state, f"output {row}, input {column}: {number(values[row, column], 6)}")
    if channel < len(values):
        own = values[channel]
        strongest = np.argsort(-np.abs(own), kind="stable")[:8]
        said = ", ".join(f"{int(i)} ({number(own[i], 3)})" for i in strongest)
        with widgets.small_text():
            widgets.faint(f"Channel {channel} hears most of inputs {said}")


def _pictures(state: UiState, key: tuple, kernels: np.ndarray, room: float, share: float) -> None:
    """A sheet of kernels, as large as fits into the width and a share of the height that is left."""
    count, height, width = kernels.shape
    if not count:
        return
    high = max(imgui.get_content_region_avail().y * share, 40 * state.scale)
    # As many columns as make the kernels largest.
    columns = min(count, max(1, math.ceil(math.sqrt(count * room / high * (height + GAP) / (width + GAP)))))
    reach = float(np.nanmax(np.abs(kernels), initial=0.0)) or 1.0
    made = state.local.keep(key, (kernels.shape, columns, reach), lambda: _enlarged(sheet(kernels, columns, reach)))
    cell = min(room / made.shape[1], high / made.shape[0])
    size = (made.shape[1] * cell, made.shape[0] * cell)
    imgui.image(state.picture(key[:1] + key[2:], made, smooth=True), size)
    if not imgui.is_item_hovered():
        return
    (left, top), mouse = imgui.get_item_rect_min(), imgui.get_mouse_pos()
    times = made.shape[1] / (columns * (width + GAP) - GAP)
    across, down = (mouse.x - left) / (cell * times), (mouse.y - top) / (cell * times)
    column, row = int(across // (width + GAP)), int(down // (height + GAP))
    index, x, y = row * columns + column, int(across % (width + GAP)), int(down % (height + GAP))
    if 0 <= index < count and 0 <= x < width and 0 <= y < height:
        widgets.say(state, f"kernel {index}, row {y}, column {x}: {number(kernels[index, y, x], 6)}")


def _enlarged(pixels: np.ndarray) -> np.ndarray:
    """Repeated so often that imgui's smoothing is not seen."""
    times = max(1, min(16, 1024 // max(pixels.shape[:2])))
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
