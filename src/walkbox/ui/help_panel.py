"""The help panel: every key and button. ``docs/controls.md`` says the same, and a test holds them together."""

from __future__ import annotations

from imgui_bundle import imgui

from walkbox.commands import Command, Quit, Screenshot, ToggleFullscreen
from walkbox.ui import widgets
from walkbox.ui.state import UiState

__all__ = ["CONTROLS", "draw"]

CONTROLS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Walk",
        (
            ("W A S D", "walk"),
            ("Up, Down", "walk forward, back"),
            ("Left, Right", "turn"),
            ("Wheel", "walk forward, back"),
            ("Shift", "run while held"),
            ("E, Space, Page Up", "rise"),
            ("Q, Left Ctrl, Page Down", "sink"),
            ("R", "back to the entrance"),
        ),
    ),
    (
        "Look",
        (
            ("Right button", "hold and move to look around"),
            ("Left button", "drag over floor, sky or walls to look around"),
            ("M, Tab", "mouse looks, a cross points; again or Esc frees it"),
        ),
    ),
    (
        "Act",
        (
            ("Click a map", "open its panel"),
            ("Double click a map", "stand in front of its layer"),
            ("Click a picture", "run the model on it"),
            ("Drag a picture", "carry it to an input frame"),
            ("1 to 9", "place that picture of the shelf"),
            ("Drop files", "pictures or folders onto the window"),
        ),
    ),
    (
        "Panels",
        (
            ("F1, H", "this help"),
            ("L", "layers by name"),
            ("P", "display settings"),
            ("Esc", "close the newest panel; never quits"),
            ("F11", "full screen"),
            ("F12", "screenshot"),
            ("Ctrl Q", "quit"),
        ),
    ),
    (
        "Gamepad",
        (
            ("Left stick", "walk; press it to run"),
            ("Right stick", "look"),
            ("Triggers", "sink, rise"),
            ("A", "click at the cross"),
            ("B", "close the newest panel"),
            ("X, Y", "help, display settings"),
            ("Start, Back", "layers, screenshot"),
        ),
    ),
    (
        "Headset",
        (
            ("Trigger, pinch", "click what the ray points at; hold it to carry a picture"),
            ("Hold it on nothing", "aim a jump; let go to land, squeeze to call it off"),
            ("Stick forward", "the same; it also turns where you will look"),
            ("Stick sideways", "turn"),
            ("Stick back", "step back"),
            ("Stick on a panel", "scroll"),
            ("Both grips, fists", "hold the world: move, turn and scale it"),
            ("One grip on a panel", "move the board that carries the panels"),
            ("Menu, B, Y", "open or close the board"),
            ("A, X", "close the newest panel, then the board"),
        ),
    ),
)

WORN = "Headset"
"""The part that is shown in a headset, where there are no keys."""

BUTTONS = (("Screenshot", Screenshot()), ("Full screen", ToggleFullscreen()), ("Quit", Quit()))


def draw(state: UiState, commands: list[Command]) -> None:
    """Draw it."""
    with widgets.panel(state, "help", "Help", commands) as seen:
        if not seen:
            return
        room = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x
        buttons = [b for b in BUTTONS if not (state.worn and isinstance(b[1], ToggleFullscreen))]
        for index, (label, command) in enumerate(buttons):
            width = imgui.calc_text_size(label).x + 2 * imgui.get_style().frame_padding.x
            if index:
                imgui.same_line()
                if imgui.get_cursor_pos_x() + width > room:
                    imgui.new_line()
            if imgui.button(label):
                commands.append(command)
        for title, rows in CONTROLS:
            if state.worn and title != WORN:
                continue
            imgui.separator_text(title)
            with widgets.small_text():
                if imgui.begin_table(title, 2, imgui.TableFlags_.sizing_stretch_prop):
                    imgui.table_setup_column("keys", 0, 0.4)
                    imgui.table_setup_column("what", 0, 0.6)
                    for keys, what in rows:
                        imgui.table_next_row()
                        imgui.table_next_column()
                        imgui.text_wrapped(keys)
                        imgui.table_next_column()
                        widgets.faint(what)
                    imgui.end_table()
