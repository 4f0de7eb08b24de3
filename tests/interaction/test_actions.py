from __future__ import annotations

from pathlib import Path

import hall
import pytest

from walkbox.commands import (
    AddPictures,
    Command,
    PlacePicture,
    Quit,
    Recentre,
    Screenshot,
    SelectMap,
    ShowPanel,
    ToggleFullscreen,
)
from walkbox.inputs import Input
from walkbox.interaction.actions import commands_of


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("help", ShowPanel("help")),
        ("panels", ShowPanel("display")),
        ("layers", ShowPanel("layers")),
        ("screenshot", Screenshot()),
        ("fullscreen", ToggleFullscreen()),
        ("quit", Quit()),
        ("picture 1", PlacePicture(0, 0)),
        ("picture 5", PlacePicture(4, 0)),
        ("close", SelectMap(None)),
    ],
)
def test_each_action_has_its_command(action: str, command: Command) -> None:
    assert commands_of(Input(actions=[action]), hall.scene(), closing=SelectMap(None)) == [command]


def test_what_cannot_be_done_is_left_alone() -> None:
    assert commands_of(Input(actions=["picture 6", "picture 0", "close", "dance"]), hall.scene()) == []


def test_recentre_asks_for_a_network_that_stands() -> None:
    assert commands_of(Input(actions=["recentre"]), hall.scene()) == [Recentre(0)]
    assert commands_of(Input(actions=["recentre"]), hall.scene(), network=3) == []


def test_actions_keep_their_order_and_files_come_last() -> None:
    input = Input(actions=["picture 2", "screenshot"], dropped=[Path("a.png"), Path("folder")])
    assert commands_of(input, hall.scene()) == [PlacePicture(1, 0), Screenshot(), AddPictures(("a.png", "folder"))]
