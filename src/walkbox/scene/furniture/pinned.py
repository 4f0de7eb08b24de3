"""What a person has pinned in space: pictures and notes."""

from __future__ import annotations

import textwrap

import numpy as np

from walkbox.commands import Pose
from walkbox.geometry import matrix_from_pose
from walkbox.scene.scene import Quad, Scene
from walkbox.scene.setup import Note, Pinned
from walkbox.scene.stand import BOARD, FRAME, INK, Stand

__all__ = ["pinned_quads", "pinned_stands"]

EDGE = 0.02  # of a frame, as a share of the picture's width
LINE_LETTERS = 30
MOST_LINES = 24
CAPITAL, LEADING, MARGIN, STRIPE = 0.040, 0.082, 0.055, 0.016  # of a note, as shares of its width
AMBER = (0.62, 0.36, 0.06, 1.0)
MISSING = 3 / 4  # height of a picture by its width while its pixels are still to come


def pinned_stands(scene: Scene) -> list[Stand]:
    """Everything that is drawn of them."""
    found = [_picture(scene, pinned) for pinned in scene.setup.objects.values()]
    return found + [_note(note) for note in scene.setup.notes.values()]


def pinned_quads(scene: Scene) -> list[tuple[str, int, Quad]]:
    """(``object`` or ``note``, its id, the rectangle that it takes) of each of them."""
    quads: list[tuple[str, int, Quad]] = []
    for number, pinned in scene.setup.objects.items():
        size = pinned.width_m, pinned.width_m * _shape(scene, pinned)
        quads.append(("object", number, Quad(_matrix(pinned.pose), size, FRAME)))
    for number, note in scene.setup.notes.items():
        size = note.width_m, note.width_m * _height(_lines(note))
        quads.append(("note", number, Quad(_matrix(note.pose), size, BOARD)))
    return quads


def _matrix(pose: Pose) -> np.ndarray:
    return matrix_from_pose(np.array(pose[:3]), np.array(pose[3:]))


def _shape(scene: Scene, pinned: Pinned) -> float:
    """Height of a picture by its width."""
    picture = scene.pictures.get(pinned.picture)
    return MISSING if picture is None else picture.pixels.shape[0] / max(picture.pixels.shape[1], 1)


def _picture(scene: Scene, pinned: Pinned) -> Stand:
    stand = Stand(_matrix(pinned.pose))
    width, height = pinned.width_m, pinned.width_m * _shape(scene, pinned)
    edge = EDGE * width
    stand.rectangle(0, -edge, width + 2 * edge, height + 2 * edge, FRAME, level=-1)
    picture = scene.pictures.get(pinned.picture)
    if picture is not None:
        stand.picture(0, 0, width, height, picture.id, picture.thumbnail)
    return stand


def _lines(note: Note) -> list[str]:
    lines = [line for part in note.text.splitlines() for line in textwrap.wrap(part, LINE_LETTERS) or [""]]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "\N{HORIZONTAL ELLIPSIS}"]


def _height(lines: list[str]) -> float:
    """Of a note of a metre's width."""
    return 2 * MARGIN + LEADING * len(lines) - (LEADING - CAPITAL)


def _note(note: Note) -> Stand:
    stand = Stand(_matrix(note.pose))
    lines, width = _lines(note), note.width_m
    height = width * _height(lines)
    stand.rectangle(0, 0, width, height, BOARD)
    stand.rectangle((STRIPE - 1) / 2 * width, 0, STRIPE * width, height, AMBER, level=1)
    for number, line in enumerate(lines):
        y = height - width * (MARGIN + CAPITAL + LEADING * number)
        stand.text((MARGIN - 0.5) * width, y, line, CAPITAL * width, colour=INK, width=(1 - 2 * MARGIN) * width)
    return stand
