"""Changes are commands: panels and hands make them, the application carries them out.

Each is a frozen dataclass of plain values, so that a session can be written down and replayed.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AddNote",
    "AddPictures",
    "AlignWall",
    "Brush",
    "CancelTask",
    "ChooseDepth",
    "CloseBlock",
    "CloseBoard",
    "Command",
    "CopyMap",
    "CropPicture",
    "EditNote",
    "Evaluate",
    "Export",
    "FilterShelf",
    "FindTop",
    "FollowEdge",
    "HideWall",
    "JumpToLayer",
    "JumpToPose",
    "LoadScene",
    "MakeNoise",
    "MoveObject",
    "MoveWall",
    "OpenBlock",
    "PinPicture",
    "PlaceBeside",
    "PlacePicture",
    "Pose",
    "Quit",
    "Recentre",
    "Redo",
    "RemoveNote",
    "RemoveObject",
    "ResetWall",
    "SaveScene",
    "Screenshot",
    "ScrollShelf",
    "SelectMap",
    "SelectNote",
    "SetChannels",
    "SetDisplay",
    "SetLayout",
    "SetLimits",
    "SetScale",
    "SetSetting",
    "SetTool",
    "ShowPanel",
    "TakeWebcam",
    "ToggleFullscreen",
    "Undo",
]


Pose = tuple[float, float, float, float, float, float, float]
"""Position x, y, z in metres of the world, then a unit quaternion x, y, z, w, as of
:func:`walkbox.geometry.matrix_from_pose`."""


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands.

    Those of a drag have a field ``done``: False while it goes on. Undo takes back the whole drag. Ids of pictures,
    objects and notes that a command makes stand in it (``scene.new_id()``), so that a replay makes the same ones.
    """


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


# Pictures one carries


@dataclass(frozen=True, slots=True)
class PinPicture(Command):
    """Hang a copy of a picture in the air, or lay it down: it becomes an object.

    Attributes:
        object: its new id.
        picture: id of the picture.
        pose: of the middle of its lower edge, its face is +z.
        width_m: its width.
    """

    object: int
    picture: int
    pose: Pose
    width_m: float


@dataclass(frozen=True, slots=True)
class MoveObject(Command):
    """Move, turn or scale a picture that hangs in the air, or a note."""

    object: int
    pose: Pose
    width_m: float
    done: bool = True


@dataclass(frozen=True, slots=True)
class RemoveObject(Command):
    """Take a picture out of the air."""

    object: int


@dataclass(frozen=True, slots=True)
class CopyMap(Command):
    """Make a picture of a feature map as it is coloured now; it gets the id *picture*."""

    picture: int
    layer: int
    channel: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class CropPicture(Command):
    """Make a picture of a part of another.

    Attributes:
        picture: id of the new one.
        source: id of the picture it is cut from.
        box: left, top, right, bottom in 0..1.
    """

    picture: int
    source: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MakeNoise(Command):
    """Make a picture of noise and put it on the shelf.

    Attributes:
        picture: its new id.
        kind: a name of :data:`walkbox.noise.NOISES`.
        seed: the same seed makes the same picture.
        size_px: width and height; 0, 0 for those of the model's input.
        colour: RGB, else grey.
    """

    picture: int
    kind: str
    seed: int
    size_px: tuple[int, int] = (0, 0)
    colour: bool = True


@dataclass(frozen=True, slots=True)
class TakeWebcam(Command):
    """Take a frame of a camera as a picture.

    Attributes:
        picture: its new id.
        camera: its number, or the path of a video.
    """

    picture: int
    camera: str = "0"


@dataclass(frozen=True, slots=True)
class ScrollShelf(Command):
    """Show the shelf from its entry number *first* on (of those that pass the filter)."""

    first: int


@dataclass(frozen=True, slots=True)
class FilterShelf(Command):
    """Show only pictures of one class; an empty label shows all."""

    label: str = ""


@dataclass(frozen=True, slots=True)
class Brush(Command):
    """A stroke on the picture in the input frame.

    Attributes:
        tool: a name of :data:`walkbox.brush.BRUSHES`.
        points: ((u, v), ...) of the stroke so far, in 0..1 of the picture that the model sees, v down.
        radius: of the brush, as a share of the picture's shorter side.
        colour: sRGB 0..255, for paint.
        done: False while the stroke goes on.
    """

    tool: str
    points: tuple[tuple[float, float], ...]
    radius: float
    colour: tuple[int, int, int] = (255, 255, 255)
    network: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class SetTool(Command):
    """Choose what trigger and left button do.

    Attributes:
        tool: ``hand``, ``crop`` or a name of :data:`walkbox.brush.BRUSHES`.
        radius, colour: of a brush, as :class:`Brush`; None leaves them as they are.
    """

    tool: str
    radius: float | None = None
    colour: tuple[int, int, int] | None = None


# Walls one handles


@dataclass(frozen=True, slots=True)
class MoveWall(Command):
    """Move, turn or scale a wall.

    Attributes:
        layer: layer id.
        position: middle of its lower edge, network frame, metres.
        yaw: radians turned left about +y.
        scale: 1 is the layout's size.
    """

    layer: int
    position: tuple[float, float, float]
    yaw: float
    scale: float = 1.0
    network: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class ResetWall(Command):
    """Put a wall back where the layout has it, and show it; None: all walls."""

    layer: int | None
    network: int = 0


@dataclass(frozen=True, slots=True)
class AlignWall(Command):
    """Turn a wall to the nearest eighth of a circle, put it on its usual height and on a half-metre grid."""

    layer: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class PlaceBeside(Command):
    """Stand a wall beside another one, facing the same way, to compare them."""

    layer: int
    other: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class HideWall(Command):
    """Hide a wall and its edges, or show it again."""

    layer: int
    hidden: bool = True
    network: int = 0


@dataclass(frozen=True, slots=True)
class OpenBlock(Command):
    """Show what a layer is made of: the next finer level of detail for its module alone."""

    layer: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class CloseBlock(Command):
    """Show the module that a layer belongs to as one wall."""

    layer: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class SetChannels(Command):
    """Choose which maps of a layer hang on its wall and in which order.

    Attributes:
        layer: layer id.
        sort: a name of :data:`walkbox.scene.channels.SORTS`.
        like: the channel that ``similarity`` compares with.
        dead: show maps that are zero everywhere.
        page: of :data:`walkbox.scene.channels.PAGE` maps each; -1 shows all of them at once.
    """

    layer: int
    sort: str = "channel"
    like: int = 0
    dead: bool = True
    page: int = -1
    network: int = 0


@dataclass(frozen=True, slots=True)
class SetLimits(Command):
    """Set the true values that get the first and the last colour of one layer; None, None: as the display says."""

    layer: int
    low: float | None
    high: float | None
    network: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class FollowEdge(Command):
    """Go from a layer to the one that it feeds (``forward``), that feeds it (``back``), or along its ``skip``."""

    layer: int
    way: str
    network: int = 0


# Asking the model


@dataclass(frozen=True, slots=True)
class Evaluate(Command):
    """Run the model on the whole data set in the background: accuracy and confusion matrix."""

    network: int = 0


@dataclass(frozen=True, slots=True)
class FindTop(Command):
    """Find the pictures of the data set that excite each channel of a layer most, in the background."""

    layer: int
    network: int = 0


@dataclass(frozen=True, slots=True)
class CancelTask(Command):
    """Give up a long job, by the task's name in :class:`walkbox.messages.Progress`."""

    task: str
    network: int = 0


# Keeping and sharing


@dataclass(frozen=True, slots=True)
class AddNote(Command):
    """Pin a text in space; *pose* is that of its lower edge's middle."""

    note: int
    text: str
    pose: Pose


@dataclass(frozen=True, slots=True)
class EditNote(Command):
    """Change the text of a note."""

    note: int
    text: str


@dataclass(frozen=True, slots=True)
class SelectNote(Command):
    """Choose the note that the note panel is about; None for a new one."""

    note: int | None


@dataclass(frozen=True, slots=True)
class RemoveNote(Command):
    """Take a note away."""

    note: int


@dataclass(frozen=True, slots=True)
class Undo(Command):
    """Take back the newest change of what stands where, how it is coloured, or what is in the frame."""


@dataclass(frozen=True, slots=True)
class Redo(Command):
    """Make the change again that was taken back last."""


@dataclass(frozen=True, slots=True)
class SaveScene(Command):
    """Write the arrangement to a scene file; None: the one that the walk was opened with, else a new one."""

    path: str | None = None


@dataclass(frozen=True, slots=True)
class LoadScene(Command):
    """Arrange everything as a scene file says."""

    path: str


@dataclass(frozen=True, slots=True)
class Export(Command):
    """Write layers to files, in the background.

    Attributes:
        layers: layer ids; empty for all.
        what: names of :data:`walkbox.export.KINDS`.
        folder: where to; None: a new folder among the person's documents.
    """

    layers: tuple[int, ...]
    what: tuple[str, ...]
    folder: str | None = None
    network: int = 0


@dataclass(frozen=True, slots=True)
class Quit(Command):
    """End the walk."""
