"""The scene panel: undo, saving, export, hidden and moved walls, notes."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import (
    Command,
    Export,
    HideWall,
    Redo,
    RemoveNote,
    ResetWall,
    SaveScene,
    SelectNote,
    ShowPanel,
    Undo,
)
from walkbox.export import KINDS
from walkbox.scene.network import Network
from walkbox.ui import icons, widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    with widgets.panel(state, "scene", "Scene", commands) as seen:
        if not seen:
            return
        _steps(state, commands)
        imgui.separator_text("Keep")
        _keep(state, commands)
        network = state.shown
        if network is not None:
            imgui.separator_text("Export")
            _export(state, network, commands)
            imgui.separator_text("Walls")
            _walls(state, network, commands)
        imgui.separator_text("Notes")
        _notes(state, commands)


def _steps(state: UiState, commands: list[Command]) -> None:
    each = (imgui.get_content_region_avail().x - 6 * state.scale) / 2
    steps = (
        (f"{icons.UNDO}  Undo", state.can_undo, "Nothing to undo", Undo()),
        (f"{icons.REDO}  Redo", state.can_redo, "Nothing to do again", Redo()),
    )
    for index, (label, said, nothing, command) in enumerate(steps):
        if index:
            imgui.same_line(0, 6 * state.scale)
        imgui.begin_disabled(not said)
        if imgui.button(label, (each, 0)):
            commands.append(command)
        imgui.end_disabled()
        widgets.tip(state, said[:1].upper() + said[1:] if said else nothing)
    with widgets.small_text():
        widgets.faint(f"Last: {state.can_undo}" if state.can_undo else "Nothing has been arranged yet.")


def _keep(state: UiState, commands: list[Command]) -> None:
    if imgui.button(f"{icons.SAVE}  Save the scene", (-1, 0)):
        commands.append(SaveScene())
    widgets.tip(state, "Where walls, pictures and notes are, and how all is coloured (Ctrl S)")
    with widgets.small_text():
        widgets.faint(state.scene_path or "Into a new file among your documents.")
        if state.recording:
            widgets.faint(f"This walk is recorded to {state.recording}")


def _export(state: UiState, network: Network, commands: list[Command]) -> None:
    what, all_layers = state.local.export
    chosen = [name for name in KINDS if name in what]
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (9 * state.scale, 3 * state.scale))
    room = imgui.get_content_region_avail().x / 2 - imgui.get_frame_height()
    if imgui.begin_table("##what", 2 if imgui.calc_text_size("Activations").x + 18 * state.scale < room else 1):
        for name, explain in KINDS.items():
            imgui.table_next_column()
            changed, on = imgui.checkbox(name.capitalize(), name in chosen)
            widgets.tip(state, explain[:1].upper() + explain[1:])
            if changed:
                chosen = [n for n in KINDS if (n in chosen and n != name) or (on and n == name)]
        imgui.end_table()
    imgui.pop_style_var()
    selected = state.scene.selected
    layer = network.graph.layers[selected[1]] if selected is not None and selected[0] == network.id else None
    width = imgui.get_content_region_avail().x * 0.7
    of = "All" if all_layers or layer is None else "This layer"
    said = widgets.segments(
        state, "Of", of, ("This layer", "All"), width, "The layer of the map that was clicked, or all."
    )
    all_layers = said == "All" if said else all_layers
    imgui.begin_disabled(not chosen)
    if imgui.button(f"{icons.EXPORT}  Export", (-1, 0)):
        layers = () if all_layers or layer is None else (layer.id,)
        commands.append(Export(layers, tuple(chosen), None, network.id))
    imgui.end_disabled()
    widgets.tip(state, "Into a new folder among your documents.")
    state.local.export = tuple(chosen), all_layers


def _walls(state: UiState, network: Network, commands: list[Command]) -> None:
    one = state.scene.setup.networks.get(network.id)
    changes = {} if one is None else one.walls
    ids = {layer.name: layer.id for layer in network.graph.layers}
    hidden = [name for name, change in changes.items() if change.hidden and name in ids]
    moved = sum(name in ids and not change.hidden for name, change in changes.items())
    if not hidden and not moved:
        with widgets.small_text():
            widgets.faint("All stand where the layout has them. Take one by the bar below it.")
        return
    for name in hidden:
        room = imgui.get_content_region_avail().x - imgui.get_frame_height() - 8 * state.scale
        imgui.align_text_to_frame_padding()
        imgui.text(widgets.fit(name, room))
        widgets.right_aligned(imgui.get_frame_height())
        if imgui.button(f"{icons.SHOW}##{name}", (imgui.get_frame_height(), 0)):
            commands.append(HideWall(ids[name], False, network.id))
        widgets.tip(state, f"Show {name} again")
    if imgui.button(f"{icons.RESET}  Put all back", (-1, 0)):
        commands.append(ResetWall(None, network.id))
    widgets.tip(state, f"{moved} moved, {len(hidden)} hidden")


def _notes(state: UiState, commands: list[Command]) -> None:
    side = imgui.get_frame_height()
    for note, one in state.scene.setup.notes.items():
        room = imgui.get_content_region_avail().x - side - 12 * state.scale
        if imgui.selectable(f"{widgets.fit(one.text.splitlines()[0], room)}##{note}", False, size=(room, 0))[0]:
            commands += [SelectNote(note), ShowPanel("note", True)]
        widgets.right_aligned(side)
        if imgui.button(f"{icons.REMOVE}##{note}", (side, 0)):
            commands.append(RemoveNote(note))
        widgets.tip(state, "Take it away")
    if imgui.button(f"{icons.NOTE}  New note", (-1, 0)):
        commands += [SelectNote(None), ShowPanel("note", True)]
    widgets.tip(state, "Pin a text in the room (N)")
