"""The board that says what the model raised."""

from __future__ import annotations

import textwrap

from walkbox.scene.furniture.places import floor_below, placed
from walkbox.scene.network import Network
from walkbox.scene.stand import Stand, moved

__all__ = ["error_board"]

ERROR_RGBA = (0.95, 0.36, 0.30, 1.0)
ERROR_BOARD_RGBA = (0.10, 0.018, 0.016, 1.0)


def error_board(network: Network) -> Stand:
    """What the model raised, before the first wall that got no values; at the end where there is no such wall."""
    assert network.error is not None
    a, layer = network.arrangement, -1 if network.error_layer is None else network.error_layer
    if network.graph.error is None and layer + 1 < len(a.position):
        layer += 1
        pose = moved(network.world_from_wall()[layer], 0, 0.75 - float(a.position[layer, 1]), 0.4)
    else:
        pose = placed(network, a.end_position, a.end_yaw)
    lines = textwrap.wrap(network.error, 52)[:14]
    width, line = 2.2, 0.095
    height = (len(lines) + 3) * line
    stand = Stand(pose)
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), 0.0, floor=floor_below(network, pose), width=0.04)
    stand.rectangle(0, 0, width, height, ERROR_BOARD_RGBA)
    stand.text(-width / 2 + 0.1, height - 0.19, "The model stopped here", 0.085, colour=ERROR_RGBA, width=width - 0.2)
    for index, words in enumerate(lines):
        stand.text(-width / 2 + 0.1, height - 0.34 - index * line, words, 0.048, width=width - 0.2)
    return stand
