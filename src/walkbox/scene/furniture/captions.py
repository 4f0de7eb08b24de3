"""What is written on each wall: its caption, the names of its classes."""

from __future__ import annotations

import numpy as np

from walkbox.layout.walls import has_names, label_width
from walkbox.scene.network import Network
from walkbox.scene.scene import Text
from walkbox.scene.stand import CALM, INK, moved

__all__ = ["layer_texts"]

CAPTION_M = 0.12  # from a wall's upper edge to the base line of its caption
_WALL = np.eye(4, dtype=np.float32)


def layer_texts(network: Network) -> list[Text]:
    """Captions above each wall: its name, and smaller its op and shape; names of classes under an output's cells.

    All stand in the frames of their walls. Depends on ``text_revision``. No caption is wider than its wall (or than the
    room that the layout keeps for it above a narrow one), none reaches down to the maps.
    """
    size = network.arrangement.size
    widths = label_width(size)
    texts = []
    for layer in network.graph.layers:
        width, top = float(widths[layer.id]), float(size[layer.id, 1])
        large, small = _capitals(width)
        fact = f"{layer.op} \N{MIDDLE DOT} {layer.shape_text}"
        if layer.id in network.orders and network.cells(layer.id) < layer.maps.count:
            fact += f" \N{MIDDLE DOT} {network.cells(layer.id):,} shown"
        above = moved(_WALL, -width / 2, top + CAPTION_M, 0)
        texts.append(Text(layer.name, moved(above, 0, 1.9 * small, 0), large, INK, "left", width, layer.id))
        texts.append(Text(fact, above, small, CALM, "left", width, layer.id))
        if has_names(layer) and len(network.classes) == layer.maps.count:
            texts += _class_names(network, layer.id)
    return texts


def _capitals(width: float) -> tuple[float, float]:
    """Heights of the capital letters in the two lines of a caption *width* metres wide."""
    large = min(max(0.045 * width, 0.1), 0.2)
    return large, 0.6 * large


def _class_names(network: Network, layer: int) -> list[Text]:
    a, order = network.arrangement, network.orders.get(layer)
    (_, height), (across, down) = a.map_size[layer], a.pitch[layer]
    names = network.classes if order is None else [network.classes[channel] for channel in order.tolist()]
    centres = a.map_centres(layer, len(names))
    capital, base, width = 0.26 * (down - height), height / 2 + 0.62 * (down - height), float(0.94 * across)
    return [
        Text(name, moved(_WALL, float(x), float(y - base), 0.003), float(capital), CALM, "centre", width, layer)
        for name, (x, y) in zip(names, centres, strict=True)
    ]
