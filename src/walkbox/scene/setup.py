"""What a person has arranged, as plain data: the one truth that is undone, saved, restored and replayed.

Nothing here is ever changed in place: :func:`walkbox.scene.edit.edited` makes a new :class:`Setup` of an old one and a
command. Undo goes back to an old one, a scene file is one written down. Networks and renderer are brought to it by
``walkbox.app.arranging``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from walkbox.brush import Stroke
from walkbox.commands import Pose
from walkbox.graph import Detail
from walkbox.layout.changes import WallChange
from walkbox.scene.channels import ChannelView
from walkbox.scene.display import Display

__all__ = ["NetworkSetup", "Note", "Pinned", "Setup", "Stroke", "WallChange"]


@dataclass(frozen=True)
class NetworkSetup:
    """One network. Layers go by their names, which stay when other layers come and go.

    Attributes:
        layout: name of the layout.
        detail: level of detail of the graph.
        opened: modules whose layers are shown one level finer than *detail* says, closed: one level coarser.
        display: how values become colours.
        walls: moved, scaled or hidden walls.
        channels: walls whose maps are sorted, filtered or paged.
        limits: colour ranges that were set by hand: true values of the first and the last colour.
        picture: id of the picture in the input frame, None for the model's example.
        strokes: what was painted on it since.
        depth: which slice of the volumes is shown, 0 to 1.
    """

    layout: str = "linear"
    detail: Detail = "layers"
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    display: Display = field(default_factory=Display)
    walls: Mapping[str, WallChange] = field(default_factory=dict)
    channels: Mapping[str, ChannelView] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    picture: int | None = None
    strokes: tuple[Stroke, ...] = ()
    depth: float = 0.5


@dataclass(frozen=True, slots=True)
class Pinned:
    """A picture that hangs in the air or lies somewhere.

    Attributes:
        picture: id of the picture.
        pose: of the middle of its lower edge, world frame; its face is +z.
        width_m: its width.
    """

    picture: int
    pose: Pose
    width_m: float


@dataclass(frozen=True, slots=True)
class Note:
    """A text pinned in space; *pose* as of :class:`Pinned`."""

    text: str
    pose: Pose
    width_m: float = 0.6


@dataclass(frozen=True)
class Setup:
    """Everything: networks, pinned pictures and notes by id (objects and notes share their ids)."""

    networks: Mapping[int, NetworkSetup] = field(default_factory=dict)
    objects: Mapping[int, Pinned] = field(default_factory=dict)
    notes: Mapping[int, Note] = field(default_factory=dict)
