"""The help panel, docs/controls.md and the desktop host say the same."""

from __future__ import annotations

import re
from pathlib import Path

from walkbox.hosts.desktop import ACTIONS, GAMEPAD_ACTIONS, MOVES, WITH_CTRL
from walkbox.interaction.actions import PANELS
from walkbox.ui.help_panel import CONTROLS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "controls.md"
SPELLED = {"page_up": "Page Up", "page_down": "Page Down", "left_control": "Left Ctrl"}
PARTS = ("Walk", "Act", "Arrange", "Panels")


def test_the_page_has_every_line_of_the_help_panel() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = {
        title: re.findall(r"^\| (?!Keys|--)(.+?) \| (.+?) \|$", part, re.MULTILINE)
        for title, part in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    }
    assert found == {title: list(rows) for title, rows in CONTROLS}


def test_every_key_of_the_window_is_in_the_help() -> None:
    said = {title: " ".join(f" {keys.replace(',', '')} " for keys, _ in rows) for title, rows in CONTROLS}
    for key in MOVES:
        assert f" {SPELLED.get(key, key.title())} " in said["Walk"], key
    for key, action in ACTIONS.items():
        if action.startswith("picture"):
            assert " 1 to 9 " in said["Act"]
        else:
            assert any(f" {word} " in said[part] for word in (key.upper(), key.title()) for part in PARTS), key
    for key in WITH_CTRL:
        assert f" Ctrl {key.upper()} " in said["Arrange"] + said["Panels"], key
    for button in GAMEPAD_ACTIONS:
        assert f" {button.title()} " in said["Gamepad"], button
    assert set(PANELS) <= set(ACTIONS.values())
