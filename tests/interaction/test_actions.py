from __future__ import annotations

from pathlib import Path

import hall
import numpy as np
import pytest

from walkbox.commands import (
    AddPictures,
    Command,
    FollowEdge,
    HideWall,
    PlacePicture,
    Quit,
    Recentre,
    Redo,
    RemoveNote,
    RemoveObject,
    ResetWall,
    SaveScene,
    Screenshot,
    SelectMap,
    SetTool,
    ShowPanel,
    ToggleFullscreen,
    Undo,
)
from walkbox.inputs import Input
from walkbox.interaction.actions import commands_of
from walkbox.scene.picking import Hit
from walkbox.scene.scene import FIRST_MADE, Tool
from walkbox.scene.setup import Note, Pinned, Setup


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("help", ShowPanel("help")),
        ("panels", ShowPanel("display")),
        ("layers", ShowPanel("layers")),
        ("screenshot", Screenshot()),
        ("fullscreen", ToggleFullscreen()),
        ("quit", Quit()),
        ("picture 1", PlacePicture(FIRST_MADE, 0)),
        ("picture 5", PlacePicture(FIRST_MADE + 4, 0)),
        ("undo", Undo()),
        ("redo", Redo()),
        ("save", SaveScene()),
        ("brush", SetTool("paint")),
        ("crop", SetTool("crop")),
        ("hand", SetTool("hand")),
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
    assert commands_of(input, hall.scene()) == [
        PlacePicture(FIRST_MADE + 1, 0),
        Screenshot(),
        AddPictures(("a.png", "folder")),
    ]


def test_a_tool_that_is_in_hand_is_put_away() -> None:
    scene = hall.scene()
    scene.tool = Tool("paint")
    assert commands_of(Input(actions=["brush", "crop"]), scene) == [SetTool("hand"), SetTool("crop")]


def test_edges_are_followed_from_the_open_layer_else_from_the_nearest() -> None:
    scene, input = hall.scene(), Input(actions=["forward", "back", "skip"])
    assert commands_of(input, scene) == []
    assert commands_of(input, scene, nearest=4) == [FollowEdge(4, way, 0) for way in input.actions]
    scene.selected = (0, 2, 1)
    assert commands_of(input, scene, nearest=4) == [FollowEdge(2, way, 0) for way in input.actions]


@pytest.mark.parametrize(
    ("hit", "removed", "reset"),
    [
        (Hit("object", 1.0, np.zeros(3), object=7), [RemoveObject(7)], []),
        (Hit("note", 1.0, np.zeros(3), object=8), [RemoveNote(8)], []),
        (Hit("map", 1.0, np.zeros(3), network=0, layer=3, channel=2), [HideWall(3, True, 0)], [ResetWall(3, 0)]),
        (Hit("handle", 1.0, np.zeros(3), network=0, layer=5), [HideWall(5, True, 0)], [ResetWall(5, 0)]),
        (Hit("frame", 1.0, np.zeros(3), network=0), [], []),
        (None, [], []),
    ],
)
def test_what_is_pointed_at_is_taken_away_or_put_back(
    hit: Hit | None, removed: list[Command], reset: list[Command]
) -> None:
    scene, pose = hall.scene(), (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    scene.setup = Setup(objects={7: Pinned(FIRST_MADE, pose, 0.3)}, notes={8: Note("look", pose)})
    assert commands_of(Input(actions=["remove"]), scene, pointed=hit) == removed
    assert commands_of(Input(actions=["reset"]), scene, pointed=hit) == reset
