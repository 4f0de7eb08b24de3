"""What stands around the walls: title, input frame, shelf, boards; all of it as data."""

from __future__ import annotations

from walkbox.scene.furniture.captions import layer_texts
from walkbox.scene.furniture.error import error_board
from walkbox.scene.furniture.frame import frame_picture, input_frame, input_legend
from walkbox.scene.furniture.pinned import pinned_quads, pinned_stands
from walkbox.scene.furniture.places import hall, placed
from walkbox.scene.furniture.result import result_board
from walkbox.scene.furniture.shelf import shelf_board, shelf_buttons, shelf_pictures, shelf_stand
from walkbox.scene.furniture.table import table_stand, table_top
from walkbox.scene.furniture.title import title_stand
from walkbox.scene.scene import PictureQuad, Quad, Scene, Text
from walkbox.scene.stand import Stand, turned

__all__ = [
    "frame_picture",
    "frame_stands",
    "furniture",
    "hall_stands",
    "layer_texts",
    "pinned_quads",
    "pinned_stands",
    "shelf_board",
    "shelf_buttons",
    "shelf_pictures",
    "shelf_stand",
    "table_top",
]


def furniture(scene: Scene) -> tuple[list[Text], list[Quad], list[PictureQuad]]:
    """Everything but the maps, their captions, their posts and the edges."""
    shelf = shelf_stand(scene)
    stands = [*hall_stands(scene), *frame_stands(scene), *([] if shelf is None else [shelf]), *pinned_stands(scene)]
    texts = [text for stand in stands for text in stand.texts]
    quads = [quad for stand in stands for quad in stand.quads]
    pictures = [picture for stand in stands for picture in stand.pictures]
    return texts, quads, pictures


def hall_stands(scene: Scene) -> list[Stand]:
    """Titles, tables and boards. Depends on ``scene.furniture_revision`` and on each network's ``stand_revision``."""
    stands = []
    for network in scene.networks.values():
        stands += [title_stand(network), table_stand(network)]
        if network.prediction is not None:
            a = network.arrangement
            stands.append(result_board(network, turned(hall(network), -3.35, 0.62, -4.5, 0.72), 1.0))
            stands.append(result_board(network, placed(network, a.end_position, a.end_yaw), 1.7))
        if network.error is not None:
            stands.append(error_board(network))
    return stands


def frame_stands(scene: Scene) -> list[Stand]:
    """Input frames and their legends. Depends on what the hall depends on, and on ``findings.revision``."""
    stands = [stand(network) for network in scene.networks.values() for stand in (input_frame, input_legend)]
    return [stand for stand in stands if stand is not None]
