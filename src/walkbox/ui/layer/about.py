"""What a layer is: its place in the model and in the user's code, who feeds it, and what one can do with its wall."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import (
    AlignWall,
    CloseBlock,
    Command,
    FollowEdge,
    HideWall,
    JumpToLayer,
    OpenBlock,
    PlaceBeside,
    ResetWall,
)
from walkbox.graph import Layer
from walkbox.scene.network import Network
from walkbox.ui import icons, widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]

MOST = 12
"""So many layers are listed that feed it, and that it feeds."""


def draw(state: UiState, network: Network, layer: Layer, commands: list[Command]) -> None:
    """Draw it."""
    _source(state, layer)
    imgui.separator_text("Walk on")
    _ways(state, network, layer, commands)
    imgui.separator_text("Wall")
    _wall(state, network, layer, commands)


def _source(state: UiState, layer: Layer) -> None:
    line = layer.source_line
    with widgets.small_text():
        where = f"module {layer.module or 'the model itself'}, call {layer.call}"
        widgets.faint(where if not layer.parameters else f"{where}\n{', '.join(layer.parameters)}")
        if line is not None:
            imgui.text(f"{line.name}, line {line.number}")
            widgets.tip(state, line.path)
            imgui.push_text_wrap_pos(0.0)
            imgui.text_unformatted(line.text)
            imgui.pop_text_wrap_pos()


def _ways(state: UiState, network: Network, layer: Layer, commands: list[Command]) -> None:
    names = [one.name for one in network.graph.layers]
    each = (imgui.get_content_region_avail().x - 2 * 6 * state.scale) / 3
    ways = (("back", icons.BACK, "before"), ("forward", icons.FORWARD, "after"), ("skip", icons.SKIP, "along the skip"))
    for index, (way, icon, said) in enumerate(ways):
        if index:
            imgui.same_line(0, 6 * state.scale)
        if imgui.button(f"{icon}##{way}", (each, 0)):
            commands.append(FollowEdge(layer.id, way, network.id))
        widgets.tip(state, f"To the layer {said}")
    for title, ids in (("reads", layer.parents), ("is read by", network.graph.children[layer.id])):
        with widgets.small_text():
            widgets.faint(f"{title} {len(ids) or 'none'}")
            for other in ids[:MOST]:
                if imgui.selectable(
                    f"  {widgets.fit(names[other], imgui.get_content_region_avail().x)}##{title}{other}", False
                )[0]:
                    commands.append(JumpToLayer(other, network.id))


def _wall(state: UiState, network: Network, layer: Layer, commands: list[Command]) -> None:
    gap = 6 * state.scale
    each = (imgui.get_content_region_avail().x - gap) / 2
    moved = layer.id in network.walls
    buttons = (
        ("Open the block", "Show the layers that it is made of", OpenBlock(layer.id, network.id), True),
        ("Close the block", "Show the block that it belongs to as one wall", CloseBlock(layer.id, network.id), True),
        ("Align", "Upright on the grid, turned to the nearest eighth", AlignWall(layer.id, network.id), True),
        ("Put back", "Where the layout has it", ResetWall(layer.id, network.id), moved),
        ("Hide", "The wall and its edges; the scene panel shows it again", HideWall(layer.id, True, network.id), True),
    )
    for index, (label, explain, command, possible) in enumerate(buttons):
        if index % 2:
            imgui.same_line(0, gap)
        imgui.begin_disabled(not possible)
        if imgui.button(label, (each, 0)):
            commands.append(command)
        imgui.end_disabled()
        widgets.tip(state, explain)
    imgui.same_line(0, gap)
    imgui.set_next_item_width(each)
    if imgui.begin_combo("##beside", "Stand beside"):
        for other in network.graph.layers:
            if other.id != layer.id and imgui.selectable(f"{other.name}##{other.id}", False)[0]:
                commands.append(PlaceBeside(layer.id, other.id, network.id))
        imgui.end_combo()
    else:
        widgets.tip(state, "Bring it beside another layer, to compare the two")
