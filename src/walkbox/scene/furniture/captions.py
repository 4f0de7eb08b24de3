"""What stands with each wall: its caption, the names of its classes, its posts."""

from __future__ import annotations

import numpy as np

from walkbox.layout.walls import has_names, label_width
from walkbox.scene.network import Network
from walkbox.scene.scene import Quad, Text
from walkbox.scene.stand import CALM, FRAME, INK, moved

__all__ = ["layer_texts", "posts"]

CAPTION_M = 0.12  # from a wall's upper edge to the base line of its caption


def layer_texts(network: Network) -> list[Text]:
    """Captions above each wall: its name, and smaller its op and shape; names of classes under an output's cells.

    Depends on ``text_revision`` and ``placement_revision``. No caption is wider than its wall (or than the room that
    the layout keeps for it above a narrow one), none reaches down to the maps.
    """
    poses, size = network.world_from_wall(), network.arrangement.size
    widths = label_width(size)
    texts = []
    for layer in network.graph.layers:
        width, top = float(widths[layer.id]), float(size[layer.id, 1])
        large, small = _capitals(width)
        fact = f"{layer.op} \N{MIDDLE DOT} {layer.shape_text}"
        above = moved(poses[layer.id], -width / 2, top + CAPTION_M, 0)
        texts.append(Text(layer.name, moved(above, 0, 1.9 * small, 0), large, INK, "left", width))
        texts.append(Text(fact, above, small, CALM, "left", width))
        if has_names(layer) and len(network.classes) == layer.maps.count:
            texts += _class_names(network, layer.id, poses[layer.id])
    return texts


def _capitals(width: float) -> tuple[float, float]:
    """Heights of the capital letters in the two lines of a caption *width* metres wide."""
    large = min(max(0.045 * width, 0.1), 0.2)
    return large, 0.6 * large


def _class_names(network: Network, layer: int, pose: np.ndarray) -> list[Text]:
    a = network.arrangement
    (_, height), (across, down) = a.map_size[layer], a.pitch[layer]
    centres = a.map_centres(layer, len(network.classes))
    capital, base = 0.26 * (down - height), height / 2 + 0.62 * (down - height)
    return [
        Text(name, moved(pose, float(x), float(y - base), 0.003), float(capital), CALM, "centre", float(0.94 * across))
        for name, (x, y) in zip(network.classes, centres, strict=True)
    ]


def posts(network: Network) -> list[Quad]:
    """Two thin posts under each wall. Depends on ``placement_revision``."""
    poses, a = network.world_from_wall(), network.arrangement
    quads = []
    for side in (-1, 1):
        offset = np.stack([side * (a.size[:, 0] / 2 - 0.03), -a.position[:, 1], np.full(len(poses), -0.02)], axis=1)
        feet = poses.copy()
        feet[:, :3, 3] += np.einsum("nij,nj->ni", poses[:, :3, :3], offset)
        quads += [Quad(foot, (0.03, float(y)), FRAME) for foot, y in zip(feet, a.position[:, 1], strict=True)]
    return quads
