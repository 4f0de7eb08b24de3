"""The scene: everything that stands somewhere, and nothing that draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from walkbox.brush import BRUSHES
from walkbox.commands import Command
from walkbox.errors import UsageError, nearest
from walkbox.scene.network import Network
from walkbox.scene.pictures import Picture
from walkbox.scene.presence import Presence
from walkbox.scene.setup import Setup
from walkbox.scene.shelf import Shelf

__all__ = ["FIRST_MADE", "Button", "PictureQuad", "Quad", "Scene", "Text", "Tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What trigger and left button do, as :class:`walkbox.commands.SetTool`.

    Attributes:
        name: ``hand`` points, clicks and carries; ``crop`` cuts out; the others paint on the picture in the frame.
        radius: of a brush, as a share of the picture's shorter side.
        colour: sRGB 0..255, for paint.
    """

    name: str = "hand"
    radius: float = 0.08
    colour: tuple[int, int, int] = (255, 255, 255)

    def changed(self, name: str, radius: float | None, colour: tuple[int, int, int] | None) -> Tool:
        """Another tool; None leaves radius and colour as they are.

        Raises:
            UsageError: there is no such tool.
        """
        known = ("hand", "crop", *BRUSHES)
        if name not in known:
            raise UsageError(f"There is no tool {name!r}. {nearest(name, known)} The tools are: {', '.join(known)}.")
        return Tool(name, self.radius if radius is None else radius, self.colour if colour is None else colour)


FIRST_MADE = 1 << 32
"""The first id of what is made in a walk; smaller ones are numbers in the data set."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text standing upright in the world.

    Attributes:
        text: any characters; those the font lacks become a box.
        world_from_text: 4x4 float32; the text runs along its +x, its face is +z, its base line is y = 0. In the frame
            of a wall, not of the world, where *wall* says so.
        height_m: height of a capital letter.
        colour: linear RGBA, 0..1.
        anchor: where the origin is along the line: ``left``, ``centre``, ``right``.
        max_width_m: the text is set smaller to fit into this width; 0 for no limit.
        wall: id of the layer whose wall it hangs on, moves, grows and hides with; None for none.
    """

    text: str
    world_from_text: np.ndarray
    height_m: float
    colour: tuple[float, float, float, float] = (0.86, 0.88, 0.92, 1.0)
    anchor: str = "left"
    max_width_m: float = 0.0
    wall: int | None = None


@dataclass(frozen=True, slots=True)
class Quad:
    """A rectangle of one colour, standing on the middle of its lower edge (frames, boards, bars, posts).

    Attributes:
        world_from_quad: 4x4 float32: x in -w/2..w/2, y in 0..h, z = 0.
        size: width and height in metres.
        colour: linear RGBA, 0..1.
    """

    world_from_quad: np.ndarray
    size: tuple[float, float]
    colour: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PictureQuad:
    """A picture on a rectangle; ``key`` names the pixels so that equal ones are sent to the GPU once."""

    key: int
    pixels: np.ndarray
    world_from_quad: np.ndarray
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Button:
    """A rectangle that does something when it is clicked; placed as a :class:`Quad`."""

    command: Command
    world_from_quad: np.ndarray
    size: tuple[float, float]


@dataclass
class Scene:
    """Networks, the shelf, and what is written on boards.

    Attributes:
        networks: by id.
        pictures: those whose pixels are here, by id: all that were made, and of the data set those that were asked for.
        coming: ids of pictures that are being decoded or made.
        shelf: what one can take.
        selected: (network, layer, channel) whose panel is open, or None.
        selected_note: id of the note that is being changed, or None.
        pointed: (network, layer, channel, u, v) under the pointer, or None.
        handle: (network, layer) of the wall whose handle is pointed at or held, or None.
        setup: what a person has arranged; set by ``walkbox.app.arranging`` alone, which brings the networks to it.
        tool: what trigger and left button do.
        presence: what is visible of the person.
        furniture_revision: rises when shelf, frame or boards change.
        pickable: what :mod:`walkbox.scene.picking` keeps from one ray to the next.
        shelf_built: what :mod:`walkbox.scene.furniture.shelf` keeps from one question to the next.
    """

    networks: dict[int, Network] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    coming: set[int] = field(default_factory=set)
    shelf: Shelf = field(default_factory=Shelf)
    selected: tuple[int, int, int] | None = None
    selected_note: int | None = None
    pointed: tuple[int, int, int, float, float] | None = None
    handle: tuple[int, int] | None = None
    setup: Setup = field(default_factory=Setup)
    tool: Tool = field(default_factory=Tool)
    presence: Presence = field(default_factory=Presence)
    furniture_revision: int = 0
    pickable: Any = field(default=None, repr=False, compare=False)
    shelf_built: Any = field(default=None, repr=False, compare=False)
    _newest_id: int = field(default=0, repr=False)

    def new_id(self) -> int:
        """An id that no picture, object or note has had yet, for one to be made. Data sets have smaller ones."""
        known = (self._newest_id, *self.setup.objects, *self.setup.notes)
        self._newest_id = max(FIRST_MADE - 1, *known) + 1
        return self._newest_id

    def add_picture(
        self,
        pixels: np.ndarray,
        name: str,
        *,
        id: int | None = None,
        label: str = "",
        path: str = "",
        on_shelf: bool = True,
    ) -> Picture:
        """Add a picture: uint8 (H, W, 3), row 0 on top.

        Args:
            pixels, name, label, path: of the :class:`Picture`.
            id: of :meth:`new_id`, or its number in the data set; None for a new one.
            on_shelf: it is shown there among those that were made.
        """
        picture = Picture(self.new_id() if id is None else id, pixels, name, label, path)
        self._newest_id = max(self._newest_id, picture.id)
        self.pictures[picture.id] = picture
        if on_shelf:
            self.shelf.add(picture.id, label)
        self.furniture_revision += 1
        return picture

    def has_picture(self, id: int) -> bool:
        """There is such a picture, though its pixels may still have to come."""
        return id in self.pictures or id in self.coming or 0 <= id < len(self.shelf.catalogue)

    def place(self, picture: int | None, network: int) -> None:
        """Put a picture into a network's input frame, or its example (running the model on it is the engine's work)."""
        self.networks[network].picture = None if picture is None else self.pictures[picture]
        self.networks[network].seen = None  # of the picture before
        self.furniture_revision += 1

    def layers(self) -> Iterator[tuple[Network, int]]:
        """Every layer of every network."""
        for network in self.networks.values():
            for layer in range(len(network.graph.layers)):
                yield network, layer
