"""The shelf as it stands there: a page of pictures, and around them what turns the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.commands import Command, FilterShelf, PlacePicture, ScrollShelf
from walkbox.scene.furniture.places import hall
from walkbox.scene.network import Network
from walkbox.scene.scene import Button, PictureQuad, Quad, Scene
from walkbox.scene.shelf import Shelf
from walkbox.scene.stand import BOARD, CALM, FRAME, LIGHT, Stand, moved, turned

__all__ = ["shelf_board", "shelf_buttons", "shelf_pictures", "shelf_stand"]

PICTURE_M = 0.34
CELL_M = (0.40, 0.46)
EDGE_M = 0.55  # of the lower edge above the floor
HEAD_M, FOOT_M, SIDE_M = 0.26, 0.10, 0.05
BAR_M = 0.16  # width of the scroll bar
BUTTON_M, RANDOM_M = 0.13, 0.32
STEPS = 24  # of the scroll bar
CHOSEN = (0.05, 0.19, 0.31, 1.0)
PLATE = (0.022, 0.030, 0.045, 1.0)
RIGHT_INK = (0.36, 0.66, 0.45, 1.0)
WRONG_INK = (0.80, 0.56, 0.38, 1.0)
NUMBERED = 9  # pictures with a key of their own
ALL = "all classes"
BEFORE, NEXT = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
EMPTY = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True)
class _Built:
    """The shelf as it was built, for those who ask for it again: it is drawn, and rays meet it."""

    key: tuple
    stand: Stand
    board: Quad | None
    cells: list[tuple[int, PictureQuad]]


def shelf_stand(scene: Scene) -> Stand | None:
    """Everything that is drawn of the shelf, beside the first network's entrance: the same until it changes."""
    return _built(scene).stand if scene.networks else None


def shelf_pictures(scene: Scene) -> list[tuple[int, PictureQuad]]:
    """(picture id, where it stands) of what is shown on the shelf, decoded already or not."""
    return _built(scene).cells if scene.networks else []


def shelf_buttons(scene: Scene) -> list[Button]:
    """What turns the page, filters, and brings a random picture."""
    return _built(scene).stand.buttons if scene.networks else []


def shelf_board(scene: Scene) -> Quad | None:
    """The board behind the pictures, or None where there are none."""
    return _built(scene).board if scene.networks else None


def _built(scene: Scene) -> _Built:
    network = next(iter(scene.networks.values()))
    shelf = scene.shelf
    key = id(shelf), shelf.revision, id(network), network.stand_revision, id(network.findings.evaluation)
    if scene.shelf_built is None or scene.shelf_built.key != key:
        scene.shelf_built = _build(scene, network, key)
    return scene.shelf_built


def _build(scene: Scene, network: Network, key: tuple) -> _Built:
    shelf = scene.shelf
    turns = shelf.total > shelf.page
    width = shelf.columns * CELL_M[0] + 2 * SIDE_M + (BAR_M + SIDE_M) * turns
    height = shelf.rows * CELL_M[1] + HEAD_M + FOOT_M
    yaw = -0.72
    near = np.array([1.6, -4.6]) + width / 2 * np.array([np.cos(yaw), -np.sin(yaw)])
    stand = Stand(turned(hall(network), float(near[0]), 0.0, float(near[1]), yaw))
    if not shelf.total:
        return _Built(key, stand, None, [])
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), EDGE_M, width=0.04)
    stand.rectangle(0, EDGE_M, width, height, BOARD)
    board, top = stand.quads[-1], EDGE_M + height
    right = _head(stand, shelf, width, top)
    stand.text(-width / 2 + 0.08, top - 0.18, _title(shelf), 0.085, width=right + width / 2 - 0.16)
    shown = shelf.shown()
    cells = []
    for index, id in enumerate(shown):
        row, column = divmod(index, shelf.columns)
        x = -width / 2 + SIDE_M + (column + 0.5) * CELL_M[0]
        cells.append((id, _cell(stand, scene, network, id, index, x, top - HEAD_M - (row + 1) * CELL_M[1])))
    if not shown:
        stand.text(0, EDGE_M + height / 2, f"no picture of {shelf.label!r}", 0.06, colour=CALM, anchor="centre")
    if turns:
        _bar(stand, shelf, width / 2 - SIDE_M - BAR_M / 2, EDGE_M + FOOT_M, shelf.rows * CELL_M[1])
    return _Built(key, stand, board, cells)


def _title(shelf: Shelf) -> str:
    count, first = len(shelf), shelf.first
    if count <= shelf.page:
        return "Pictures" if not shelf.label else f"{count:,} picture{'s' * (count != 1)}"
    return f"Pictures {first + 1:,}\N{EN DASH}{min(first + shelf.page, count):,} of {count:,}"


def _head(stand: Stand, shelf: Shelf, width: float, top: float) -> float:
    """The buttons beside the title; returns where they begin."""
    y, gap = top - 0.2, 0.03
    x = width / 2 - SIDE_M
    if shelf.total > 1:
        stand.button(x - RANDOM_M / 2, y, RANDOM_M, BUTTON_M, _random(shelf), "random")
        x -= RANDOM_M + gap
    classes = shelf.classes()
    if len(classes) > 1:
        choices = ("", *classes)
        at = choices.index(shelf.label) if shelf.label in choices else 0
        before, after = choices[at - 1], choices[(at + 1) % len(choices)]
        stand.button(x - 0.065, y, 0.13, BUTTON_M, FilterShelf(after), NEXT)
        name = min(0.62, width - 2 * SIDE_M - RANDOM_M - 0.26 - 0.42 - 3 * gap)
        colour = CHOSEN if shelf.label else FRAME
        stand.button(x - 0.13 - name / 2, y, name, BUTTON_M, FilterShelf(), shelf.label or ALL, colour)
        left = x - 0.13 - name - 0.065
        stand.button(left, y, 0.13, BUTTON_M, FilterShelf(before), BEFORE)
        x = left - 0.065 - gap
    return x


def _random(shelf: Shelf) -> Command:
    """To a page anywhere; where all pictures are in sight, one of them into the frame."""
    if not len(shelf):
        return FilterShelf()
    place = shelf.random_place
    return ScrollShelf(place) if shelf.last else PlacePicture(shelf[place])


def _cell(stand: Stand, scene: Scene, network: Network, id: int, index: int, x: float, y: float) -> PictureQuad:
    """A picture with what is known of it; a plate while it is being decoded."""
    shelf, known = scene.shelf, scene.pictures.get(id)
    made = id in shelf.made
    pixels = None
    if made:
        pixels = None if known is None else known.thumbnail
    elif id in shelf.seen:
        pixels = shelf.thumbnails.get(id)
    if pixels is not None:
        quad = stand.picture(x, y + 0.1, PICTURE_M, PICTURE_M, id, pixels)
    else:
        stand.rectangle(x, y + 0.1, PICTURE_M, PICTURE_M, PLATE, level=1)
        plate = stand.quads[-1]
        quad = PictureQuad(id, EMPTY, plate.world_from_quad, plate.size)
        if id in shelf.seen:
            stand.text(x, y + 0.25, "cannot be read", 0.03, colour=CALM, anchor="centre", width=PICTURE_M)
    name = known.name if made and known is not None else "" if made else shelf.name(id)
    label = shelf.label_of(id)
    key = f"{index + 1}  " if index < NUMBERED else ""
    said = _said(network, id)
    stand.text(x, y + (0.058 if said else 0.045), key + (label or name), 0.034, anchor="centre", width=0.37)
    if said:
        ink = RIGHT_INK if said == label else WRONG_INK if label in network.classes else CALM
        stand.text(x, y + 0.014, said, 0.029, anchor="centre", width=0.37, colour=ink)
    return quad


def _said(network: Network, id: int) -> str:
    """The class that the model gives to a picture of the data set, where it was asked."""
    known = network.findings.evaluation
    if known is None or id >= len(known.predicted) or known.predicted[id] < 0:
        return ""
    index = int(known.predicted[id])
    return network.classes[index] if index < len(network.classes) else f"class {index}"


def _bar(stand: Stand, shelf: Shelf, x: float, y: float, height: float) -> None:
    """Up, down, and a bar between them: a click on it goes to that part of the shelf."""
    first, page, last = shelf.first, shelf.page, shelf.last
    stand.button(x, y + height - BUTTON_M, BAR_M, BUTTON_M, ScrollShelf(max(0, first - page)), UP)
    stand.button(x, y, BAR_M, BUTTON_M, ScrollShelf(min(last, first + page)), DOWN)
    low, room = y + BUTTON_M + 0.02, height - 2 * BUTTON_M - 0.04
    stand.rectangle(x, low, 0.04, room, FRAME, level=1)
    rows = max(1, -(-len(shelf) // shelf.columns))
    thumb = room * min(1.0, max(shelf.rows / rows, 0.06))
    share = first / last if last else 0.0
    stand.rectangle(x, low + (room - thumb) * (1 - share), 0.06, thumb, LIGHT, level=2)
    step = room / STEPS
    for part in range(STEPS):
        place = moved(stand.pose, x, low + room - (part + 1) * step, 0.012)
        stand.buttons.append(Button(ScrollShelf(round(last * part / (STEPS - 1))), place, (BAR_M, step)))
