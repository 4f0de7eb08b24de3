"""What each command changes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from walkbox import commands as c
from walkbox.app.exports import begin_export
from walkbox.files import fresh_path
from walkbox.scene.edit import can_edit
from walkbox.scene.paths import follow
from walkbox.scene.viewpoints import entrance, in_front_of

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["execute"]

JUMP_S = 0.6
"""How long the glide to a layer takes."""


def next_screenshot() -> Path:
    """A new file in the person's pictures folder (made when it is missing)."""
    folder = Path(platformdirs.user_pictures_dir()) / "walkbox"
    folder.mkdir(parents=True, exist_ok=True)
    return fresh_path(folder, time.strftime("walkbox %Y-%m-%d %H.%M.%S"), ".png")


def execute(walk: Walk, command: c.Command) -> None:
    """Carry a command out.

    Raises:
        WalkboxError: when its words are wrong (an unknown layout, setting or colour map).
    """
    scene = walk.scene
    match command:
        case c.AddPictures():
            walk.pictures.open(list(command.paths), place=command.place)
        case c.MakeNoise():
            walk.pictures.made.noise(command)
            walk.scenes.noises[command.picture] = command
        case c.CropPicture():
            walk.pictures.made.crop(command)
        case c.CopyMap():
            walk.pictures.made.copy_map(command)
        case c.TakeWebcam():
            walk.pictures.made.webcam(command)
        case c.ScrollShelf():
            scene.shelf.scroll(command.first)
        case c.FilterShelf():
            scene.shelf.filter(command.label)
        case c.SelectMap(layer=None):
            scene.selected = None
        case c.SelectMap(layer=int(layer)):
            network = scene.networks[command.network]
            scene.selected = (network.id, layer, command.channel)
            reading = network.readings.get(layer)
            if reading is None or reading.run != network.run:
                walk.engine.read(layer)
            if layer not in network.findings.kernels:
                walk.engine.kernels(layer)
        case c.SelectNote():
            scene.selected_note = command.note
        case c.SetTool():
            scene.tool = scene.tool.changed(command.tool, command.radius, command.colour)
        case c.JumpToLayer():
            position, yaw, pitch, _ = in_front_of(scene.networks[command.network], command.layer)
            walk.walker.jump(position, yaw, pitch, duration_s=JUMP_S, scale=1.0)
        case c.FollowEdge():
            target = follow(scene.networks[command.network], command.layer, command.way)
            execute(walk, c.JumpToLayer(target, command.network))
        case c.JumpToPose():
            walk.walker.jump(command.position, command.yaw, command.pitch, duration_s=JUMP_S)
        case c.Recentre():
            walk.walker.recentre(*entrance(scene.networks[command.network]), duration_s=JUMP_S)
        case c.SetScale():
            walk.walker.resize(command.scale)
        case c.CloseBoard():
            walk.wearer.board.open = False
        case c.SetSetting():
            walk.settings = walk.settings.replace(**{command.field: command.value})
            walk.host.settings = walk.settings
            if walk.keeper is not None:
                walk.keeper.change(command.field, command.value)
        case c.ShowPanel():
            walk.ui.show_panel(command.panel, command.open)
        case c.ToggleFullscreen():
            walk.host.toggle_fullscreen()
        case c.Screenshot():
            walk.screenshot = Path(command.path) if command.path else next_screenshot()
        case c.Evaluate():
            walk.engine.evaluate(walk.pictures.source)
        case c.FindTop():
            walk.engine.find_top(command.layer, walk.pictures.source)
        case c.CancelTask():
            walk.engine.cancel_task(command.task)
        case c.Export():
            begin_export(walk, command)
        case c.Quit():
            walk.running = False
        case c.SaveScene():
            walk.scenes.save(None if command.path is None else Path(command.path))
        case c.LoadScene():
            walk.scenes.load(Path(command.path))
        case c.Undo():
            walk.arranging.undo()
        case c.Redo():
            walk.arranging.redo()
        case _ if can_edit(command):
            walk.arranging.do(command)
        case _:
            raise TypeError(f"Nobody carries out {type(command).__name__}.")
