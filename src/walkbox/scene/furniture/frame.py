"""The input frame: what the model sees."""

from __future__ import annotations

from walkbox.scene.furniture.places import placed
from walkbox.scene.network import Network
from walkbox.scene.scene import Quad
from walkbox.scene.stand import BOARD, CALM, FRAME, Stand, moved

__all__ = ["frame_picture", "input_frame"]

FRAME_PICTURE_M = 1.0
SEEN_NETWORKS = 1 << 16  # room for the ids of networks in a key


def frame_picture(network: Network) -> Quad:
    """The rectangle of a network's input frame, where pictures are dropped."""
    a = network.arrangement
    return Quad(placed(network, a.frame_position, a.frame_yaw), (FRAME_PICTURE_M, FRAME_PICTURE_M), FRAME)


def input_frame(network: Network) -> Stand:
    """Two posts with what the model sees between them (the picture as it is until that is known), its name below."""
    a = network.arrangement
    edge, side = float(a.frame_position[1]), FRAME_PICTURE_M
    stand = Stand(moved(placed(network, a.frame_position, a.frame_yaw), 0, -edge, 0))
    for x in (-1, 1):
        stand.post(x * (side / 2 + 0.06), edge + side + 0.07)
    for y in (edge - 0.07, edge + side + 0.035):
        stand.rectangle(0, y, side + 0.17, 0.035, FRAME)
    stand.rectangle(0, edge - 0.035, side + 0.07, side + 0.07, BOARD)
    picture, name = network.picture, "the model's example"
    if picture is not None:
        name = _called(picture.name, picture.label)
    if network.seen is not None:
        stand.picture(0, edge, side, side, _seen_key(network), network.seen)
    elif picture is not None:
        stand.picture(0, edge, side, side, picture.id, picture.thumbnail)
    if network.seen is not None or picture is not None:
        stand.text(0, edge - 0.19, name, 0.06, anchor="centre", width=1.6)
    else:
        stand.text(0, edge + side / 2, "no picture yet", 0.05, colour=CALM, anchor="centre", width=side)
    return stand


def _seen_key(network: Network) -> int:
    """A number no picture has, another one for each run of each network."""
    return -1 - (network.seen_run * SEEN_NETWORKS + network.id)


def _called(name: str, label: str) -> str:
    return f"{name} \N{MIDDLE DOT} {label}" if label and label.lower() not in name.lower() else name
