"""The layers panel: every layer by name, a box to filter them, a click to stand in front of one."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import Command, JumpToLayer, SelectMap
from walkbox.errors import nearest
from walkbox.graph import Layer, ModelGraph
from walkbox.ui import widgets
from walkbox.ui.state import UiState

__all__ = ["draw", "matching"]


def matching(graph: ModelGraph, wanted: str) -> list[Layer]:
    """The layers whose name, op or shape holds every word of *wanted*, whatever the case."""
    words = wanted.lower().split()
    if not words:
        return list(graph.layers)
    return [
        layer
        for layer in graph.layers
        if all(w in f"{layer.name} {layer.op} {layer.shape_text}".lower() for w in words)
    ]


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    network = state.shown
    with widgets.panel(state, "layers", "Layers", commands) as seen:
        if not seen or network is None:
            return
        imgui.set_next_item_width(-1)
        _, state.local.layer_filter = imgui.input_text_with_hint(
            "##filter", "Filter: conv 64, add, layer4", state.local.layer_filter
        )
        wanted = state.local.layer_filter
        found = state.local.keep(
            ("layers", network.id), (network.graph, wanted), lambda: matching(network.graph, wanted)
        )
        with widgets.small_text():
            widgets.faint(f"{len(found)} of {len(network.graph.layers)} layers")
        if not found:
            widgets.faint(
                nearest(wanted, (layer.name for layer in network.graph.layers)) or "None holds all these words."
            )
            return
        imgui.begin_child("##list")
        at = state.scene.selected[1] if state.scene.selected is not None else None
        clipper = imgui.ListClipper()
        clipper.begin(len(found))
        while clipper.step():
            for index in range(clipper.display_start, clipper.display_end):
                _row(state, network.id, found[index], found[index].id == at, commands)
        clipper.end()
        imgui.end_child()


def _row(state: UiState, network: int, layer: Layer, selected: bool, commands: list[Command]) -> None:
    imgui.push_id(layer.id)
    with widgets.small_text():
        width, s = imgui.get_content_region_avail().x, state.scale
        view = imgui.calc_text_size("view").x + 12 * s
        shape = imgui.calc_text_size(layer.shape_text).x
        if imgui.selectable("##jump", selected, imgui.SelectableFlags_.none, (width - view - 6 * s, 0))[0]:
            commands.append(JumpToLayer(layer.id, network))
        widgets.tip(f"{layer.name}\n{layer.op}\n{layer.shape_text}\nClick to stand in front of it.")
        imgui.same_line(0, 0)
        imgui.set_cursor_pos_x(4 * s)
        imgui.text(widgets.fit(layer.name, width - view - shape - 26 * s))
        imgui.same_line(width - view - shape - 10 * s)
        imgui.text_disabled(layer.shape_text)
        imgui.same_line(width - view)
        if imgui.small_button("view"):
            commands.append(SelectMap(layer.id, 0, network))
        widgets.tip("Open its panel from here.")
    imgui.pop_id()
