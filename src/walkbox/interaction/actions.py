"""Named actions (keys, buttons of a gamepad or controller, dropped files) to commands."""

from __future__ import annotations

from walkbox.commands import (
    AddPictures,
    Command,
    PlacePicture,
    Quit,
    Recentre,
    Screenshot,
    ShowPanel,
    ToggleFullscreen,
)
from walkbox.inputs import Input
from walkbox.scene.scene import Scene

__all__ = ["commands_of"]

PANELS = {"help": "help", "panels": "display", "layers": "layers"}


def commands_of(input: Input, scene: Scene, network: int = 0, closing: Command | None = None) -> list[Command]:
    """What this frame's actions ask for, in their order.

    Args:
        input: this frame's.
        scene: for the shelf and the networks.
        network: the network that pictures of the shelf go to.
        closing: what ``close`` closes (:func:`walkbox.ui.overlays.close_newest`), None for nothing.
    """
    commands: list[Command] = []
    for action in input.actions:
        word, _, count = action.partition(" ")
        if action in PANELS:
            commands.append(ShowPanel(PANELS[action]))
        elif action == "screenshot":
            commands.append(Screenshot())
        elif action == "fullscreen":
            commands.append(ToggleFullscreen())
        elif action == "quit":
            commands.append(Quit())
        elif action == "close" and closing is not None:
            commands.append(closing)
        elif action == "recentre" and network in scene.networks:
            commands.append(Recentre(network))
        elif word == "picture" and 0 < int(count) <= len(scene.shelf):
            commands.append(PlacePicture(scene.shelf[int(count) - 1], network))
    if input.dropped:
        commands.append(AddPictures(tuple(str(path) for path in input.dropped)))
    return commands
