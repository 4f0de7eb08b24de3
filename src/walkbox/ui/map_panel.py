"""The map panel: one feature map large, and all that is known of its layer, a tab each."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import Command, JumpToLayer, SelectMap
from walkbox.graph import Layer
from walkbox.scene.network import Network
from walkbox.ui import widgets
from walkbox.ui.layer import about, figures, kernels, order, top, view
from walkbox.ui.state import UiState
from walkbox.ui.values import per_cent

__all__ = ["draw"]

LEAVE = 590.0
"""Points: what the panel needs beside the large view."""


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it for ``Scene.selected``."""
    selected = state.scene.selected
    if selected is None or selected[0] not in state.scene.networks:
        return
    network, layer_id, channel = state.scene.networks[selected[0]], selected[1], selected[2]
    if not 0 <= layer_id < len(network.graph.layers):
        return
    layer = network.graph.layers[layer_id]
    channel = min(channel, max(layer.maps.count - 1, 0))
    with widgets.panel(state, "map", layer.name, commands, close=SelectMap(None, network=network.id)) as seen:
        if seen:
            _header(state, network, layer, commands)
            if imgui.begin_tab_bar("##parts"):
                _tabs(state, network, layer, channel, commands)
                imgui.end_tab_bar()


def _tabs(state: UiState, network: Network, layer: Layer, channel: int, commands: list[Command]) -> None:
    high = imgui.get_window_size().y
    roomy = high >= (LEAVE + view.LOWEST_VIEW) * state.scale
    if imgui.begin_tab_item("Map")[0]:
        if roomy:
            _facts(state, network, layer)
        height = high - LEAVE * state.scale if roomy else None
        view.draw(state, network, layer, channel, height, commands)
        if roomy:
            figures.draw(state, network, layer, channel, 92, commands)
        imgui.end_tab_item()
    if not roomy and imgui.begin_tab_item("Numbers")[0]:
        _facts(state, network, layer)
        figures.draw(state, network, layer, channel, 58, commands)
        imgui.end_tab_item()
    if layer.maps.count > 1 and imgui.begin_tab_item("Order")[0]:
        order.draw(state, network, layer, channel, commands)
        imgui.end_tab_item()
    if layer.parameters and imgui.begin_tab_item("Kernels")[0]:
        kernels.draw(state, network, layer, channel)
        imgui.end_tab_item()
    if layer.maps.count and imgui.begin_tab_item("Top")[0]:
        top.draw(state, network, layer, channel, commands)
        imgui.end_tab_item()
    if imgui.begin_tab_item("Layer")[0]:
        about.draw(state, network, layer, commands)
        imgui.end_tab_item()


def _header(state: UiState, network: Network, layer: Layer, commands: list[Command]) -> None:
    left = imgui.get_content_region_avail().x
    button = imgui.calc_text_size("Go there").x + 2 * imgui.get_style().frame_padding.x
    imgui.align_text_to_frame_padding()
    imgui.text(widgets.fit(f"{layer.op.replace('+', ' + ')}", left - button - 10))
    widgets.tip(state, f"{layer.name}\n{layer.op}\nmodule {layer.module or 'the model itself'}, call {layer.call}")
    widgets.right_aligned(button)
    if imgui.button("Go there"):
        commands.append(JumpToLayer(layer.id, network.id))


def _facts(state: UiState, network: Network, layer: Layer) -> None:
    known = network.statistics[layer.id]
    dead = 0 if known is None else int((known.map_zeros >= 1).sum())
    with widgets.small_text():
        said = f", {dead} dead" if dead else ""
        widgets.faint(f"{layer.shape_text}   {layer.dtype}   {_what(layer)}{said}")
        if dead:
            widgets.tip(state, f"{per_cent(dead / layer.maps.count)} of its maps are zero everywhere for this picture.")


def _what(layer: Layer) -> str:
    maps = layer.maps
    if maps.kind in ("strip", "scalar"):
        return f"{maps.count} value{'s' * (maps.count != 1)}"
    return f"{maps.count} map{'s' * (maps.count != 1)} of {maps.height} \N{MULTIPLICATION SIGN} {maps.width}"
