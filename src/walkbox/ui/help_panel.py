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
            ("Comma, Period, Slash", "to the layer before, after, along the skip"),
        ),
    ),
    (
        "Look",
        (
            ("Right button", "hold and move to look around"),
            ("Left button", "drag over floor or sky to look around"),
            ("M, Tab", "mouse looks, a cross points; again or Esc frees it"),
        ),
    ),
    (
        "Act",
        (
            ("Click a map", "open its panel"),
            ("Double click a map", "stand in front of its layer"),
            ("Click a picture", "run the model on it"),
            ("Drag a picture", "a copy comes along: to a frame, into the air, onto the table"),
            ("Drag a map", "take it along as a picture"),
            ("Wheel while carrying", "nearer or farther; with Shift smaller or larger"),
            ("1 to 9", "place that picture of the shelf"),
            ("Drop files", "pictures or folders onto the window"),
            ("B, C, V", "brush, cut out, hand: what the left button does"),
        ),
    ),
    (
        "Arrange",
        (
            ("Drag a wall's bar", "move the wall; with Shift raise or sink it"),
            ("Wheel on the bar", "scale the wall; with Shift turn it"),
            ("Home", "put the wall under the pointer back"),
            ("Delete", "take away what is under the pointer: picture, note or wall"),
            ("N", "write a note and pin it here"),
            ("Ctrl Z, Ctrl Y", "undo, redo"),
            ("Ctrl S", "save the scene"),
        ),
    ),
    (
        "Panels",
        (
            ("F1, H", "this help"),
            ("L", "layers by name"),
            ("P", "display settings"),
            ("I", "pictures: shelf, brushes, noise"),
            ("G", "where you are in the network"),
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
            ("Trigger, pinch", "click; hold and move to carry a picture, a map, a wall by its bar"),
            ("Hold it on nothing", "aim a jump; let go to land, squeeze to call it off"),
            ("Stick forward", "the same; it also turns where you will look"),
            ("Stick sideways, back", "turn, step back"),
            ("Stick while holding", "push away what the ray holds, or pull it near"),
            ("Grip, fist", "take a picture into the hand; on a panel, move the board"),
            ("Second hand, same wall", "turn and scale the wall"),
            ("Both grips, fists", "hold the world: move, turn and scale it"),
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
