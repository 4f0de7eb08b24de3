"""The note panel: write a text and pin it in the room, or change one that hangs there."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import AddNote, Command, EditNote, RemoveNote, SelectNote, ShowPanel
from walkbox.ui import icons, widgets
from walkbox.ui.state import UiState

__all__ = ["draw"]

BOX = 120.0
"""Points that the box is high."""


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    with widgets.panel(state, "note", "Note", commands) as seen:
        if not seen:
            return
        text, of = _text(state)
        if state.worn:
            widgets.faint("Notes are written on the keyboard at the desk.")
        _, text = imgui.input_text_multiline("##text", text, (-1, BOX * state.scale))
        state.local.note = text, of
        ready = bool(text.strip())
        imgui.begin_disabled(not ready)
        if imgui.button("Pin it here" if of is None else "Change it", (-1, 0)) and ready:
            if of is None:
                commands.append(AddNote(state.scene.new_id(), text.strip(), state.here))
            else:
                commands.append(EditNote(of, text.strip()))
            commands += [SelectNote(None), ShowPanel("note", False)]
            state.local.note = "", None
        imgui.end_disabled()
        widgets.tip(state, "Before you, at the height of your eyes. Carry it elsewhere like a picture.")
        if of is not None:
            if imgui.button(f"{icons.REMOVE}  Take it away", (-1, 0)):
                commands += [RemoveNote(of), SelectNote(None), ShowPanel("note", False)]
                state.local.note = "", None
            if imgui.button("Write another one", (-1, 0)):
                commands.append(SelectNote(None))
                state.local.note = "", None


def _text(state: UiState) -> tuple[str, int | None]:
    """What stands in the box: that of the note that was clicked, once it is another one than before."""
    wanted, scene = state.scene.selected_note, state.scene
    text, of = state.local.note
    if wanted is not None and wanted not in scene.setup.notes:  # undone meanwhile
        wanted = None
    if wanted != of:
        text = scene.setup.notes[wanted].text if wanted is not None else ""
    return text, wanted
