"""Changes are commands: panels and hands make them, the application carries them out.

Each is a frozen dataclass of plain values, so that a session can be written down and replayed.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AddPictures",
    "ChooseDepth",
    "CloseBoard",
    "Command",
    "JumpToLayer",
    "JumpToPose",
    "PlacePicture",
    "Quit",
    "Recentre",
    "Screenshot",
    "SelectMap",
    "SetDisplay",
    "SetLayout",
    "SetScale",
    "SetSetting",
    "ShowPanel",
    "ToggleFullscreen",
]


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True)
class PlacePicture(Command):
    """Put a picture into a network's input frame and run the model on it.

    Attributes:
        picture: id of a picture in the scene.
        network: id of the network.
    """

    picture: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class AddPictures(Command):
    """Put picture files, or all pictures of folders, on the shelf (and the first one into the input frame).

    Attributes:
        paths: files or folders.
    """

    paths: tuple[str, ...]
    place: bool = True


@dataclass(frozen=True, slots=True)
class SelectMap(Command):
    """Open the panel of a layer at one of its maps; layer None closes it."""

    layer: int | None
    channel: int = 0
    network: int = 0


@dataclass(frozen=True, slots=True)
class JumpToLayer(Command):
    """Stand in front of a layer."""

    layer: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class JumpToPose(Command):
    """Stand at a point of the floor (x, y, z in metres, y = floor) and look along a yaw (radians, 0 = -z)."""

    position: tuple[float, float, float]
    yaw: float
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Recentre(Command):
    """Stand at a network's entrance again, on the floor and of ordinary size."""

    network: int = 0


@dataclass(frozen=True, slots=True)
class SetScale(Command):
    """Change a wearer's size on the spot.

    Attributes:
        scale: metres of the world that a metre of the person takes; 1 is life size, 10 a giant.
    """

    scale: float


@dataclass(frozen=True, slots=True)
class SetDisplay(Command):
    """Change one field of a network's :class:`walkbox.scene.display.Display`."""

    field: str
    value: str | float | bool
    network: int = 0


@dataclass(frozen=True, slots=True)
class SetSetting(Command):
    """Change one field of :class:`walkbox.config.Settings`."""

    field: str
    value: str | float | bool


@dataclass(frozen=True, slots=True)
class SetLayout(Command):
    """Arrange a network anew."""

    layout: str
    network: int = 0


@dataclass(frozen=True, slots=True)
class ChooseDepth(Command):
    """Show another slice of the volumes (0 to 1 of their depth)."""

    depth: float
    network: int = 0


@dataclass(frozen=True, slots=True)
class ShowPanel(Command):
    """Open or close a panel.

    Attributes:
        panel: a name of ``walkbox.ui.state.PANELS``.
        open: True or False; None to change it.
    """

    panel: str
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class CloseBoard(Command):
    """Put away the board that carries a wearer's panels."""


@dataclass(frozen=True, slots=True)
class ToggleFullscreen(Command):
    """Cover the screen, or go back to the window."""


@dataclass(frozen=True, slots=True)
class Screenshot(Command):
    """Save what the window shows as PNG; without a path into the pictures folder, never over an older one."""

    path: str | None = None


@dataclass(frozen=True, slots=True)
class Quit(Command):
    """End the walk."""
