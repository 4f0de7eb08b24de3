"""Named actions (keys, buttons of a gamepad or controller, dropped files) to commands."""

from __future__ import annotations

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
    SetTool,
    ShowPanel,
    ToggleFullscreen,
    Undo,
)
from walkbox.inputs import Input
from walkbox.scene.picking import Hit
from walkbox.scene.scene import Scene

__all__ = ["commands_of"]

PANELS = {
    "help": "help",
    "panels": "display",
    "layers": "layers",
    "pictures": "pictures",
    "where": "where",
    "note": "note",
}

PLAIN: dict[str, Command] = {
    "screenshot": Screenshot(),
    "fullscreen": ToggleFullscreen(),
    "quit": Quit(),
    "undo": Undo(),
    "redo": Redo(),
    "save": SaveScene(),
}

TOOLS = {"brush": "paint", "crop": "crop", "hand": "hand"}
WAYS = ("forward", "back", "skip")


def commands_of(
    input: Input,
    scene: Scene,
    network: int = 0,
    closing: Command | None = None,
    pointed: Hit | None = None,
    nearest: int | None = None,
) -> list[Command]:
    """What this frame's actions ask for, in their order.

    Args:
        input: this frame's.
        scene: for the shelf and the networks.
        network: the network that pictures of the shelf go to.
        closing: what ``close`` closes (:func:`walkbox.ui.overlays.close_newest`), None for nothing.
        pointed: what the pointer meets, which ``remove`` and ``reset`` act on.
        nearest: the layer that one stands before, from which edges are followed when none is selected.
    """
    commands: list[Command] = []
    for action in input.actions:
        word, _, count = action.partition(" ")
        if action in PANELS:
            commands.append(ShowPanel(PANELS[action]))
        elif action in PLAIN:
            commands.append(PLAIN[action])
        elif action in TOOLS:
            tool = TOOLS[action]
            commands.append(SetTool("hand" if scene.tool.name == tool else tool))
        elif action in WAYS and network in scene.networks:
            layer = nearest if scene.selected is None else scene.selected[1]
            commands += [] if layer is None else [FollowEdge(layer, action, network)]
        elif action == "remove" and pointed is not None:
            commands += _removed(scene, pointed)
        elif action == "reset" and pointed is not None and pointed.network is not None and pointed.layer >= 0:
            commands.append(ResetWall(pointed.layer, pointed.network))
        elif action == "close" and closing is not None:
            commands.append(closing)
        elif action == "recentre" and network in scene.networks:
            commands.append(Recentre(network))
        elif word == "picture" and 0 < int(count) <= len(shown := scene.shelf.shown()):
            commands.append(PlacePicture(shown[int(count) - 1], network))
    if input.dropped:
        commands.append(AddPictures(tuple(str(path) for path in input.dropped)))
    return commands


def _removed(scene: Scene, hit: Hit) -> list[Command]:
    """What takes away what is pointed at: a picture in the air, a note, a wall."""
    if hit.object is not None:
        return [RemoveNote(hit.object) if hit.object in scene.setup.notes else RemoveObject(hit.object)]
    if hit.network is not None and hit.layer >= 0:
        return [HideWall(hit.layer, True, hit.network)]
    return []
