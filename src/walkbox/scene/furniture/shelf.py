"""The shelf: pictures that one can place."""

from __future__ import annotations

import numpy as np

from walkbox.scene.furniture.places import hall
from walkbox.scene.scene import PictureQuad, Scene
from walkbox.scene.stand import BOARD, Stand, turned

__all__ = ["shelf_pictures", "shelf_stand"]

SHELF_PICTURE_M = 0.34
SHELF_CELL_M = (0.40, 0.46)
SHELF_EDGE_M = 0.55
SHELF_SHOWN = 40


def shelf_pictures(scene: Scene) -> list[tuple[int, PictureQuad]]:
    """(picture id, where it stands) of what is shown on the shelf."""
    return [(p.key, p) for p in shelf_stand(scene).pictures] if scene.networks else []


def shelf_stand(scene: Scene) -> Stand:
    """The pictures one can place, beside the first network's entrance; the newest when there are too many."""
    network = next(iter(scene.networks.values()))
    shown = scene.shelf[-SHELF_SHOWN:]
    columns = max(3, min(len(shown), 4) if len(shown) <= 8 else -(-len(shown) // 4))
    rows = -(-len(shown) // columns)
    width, height = columns * SHELF_CELL_M[0] + 0.1, rows * SHELF_CELL_M[1] + 0.36
    yaw = -0.72
    near = np.array([1.6, -4.6]) + width / 2 * np.array([np.cos(yaw), -np.sin(yaw)])
    stand = Stand(turned(hall(network), float(near[0]), 0.0, float(near[1]), yaw))
    if not shown:
        return stand
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), SHELF_EDGE_M, width=0.04)
    stand.rectangle(0, SHELF_EDGE_M, width, height, BOARD)
    hidden = len(scene.shelf) - len(shown)
    title = f"Pictures (the newest of {len(scene.shelf)})" if hidden else "Pictures"
    stand.text(-width / 2 + 0.08, SHELF_EDGE_M + height - 0.18, title, 0.085, width=width - 0.16)
    for index, id in enumerate(shown):
        picture, (row, column) = scene.pictures[id], divmod(index, columns)
        x = (column - (columns - 1) / 2) * SHELF_CELL_M[0]
        y = SHELF_EDGE_M + height - 0.26 - (row + 1) * SHELF_CELL_M[1]
        stand.picture(x, y + 0.1, SHELF_PICTURE_M, SHELF_PICTURE_M, id, picture.thumbnail)
        place = index + hidden + 1
        words = (f"{place}  " if place <= 9 else "") + (picture.label or picture.name)
        stand.text(x, y + 0.045, words, 0.034, anchor="centre", width=0.37)
    return stand
