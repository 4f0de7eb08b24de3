"""The board of a classifier's results."""

from __future__ import annotations

import numpy as np

from walkbox.scene.furniture.places import floor_below
from walkbox.scene.network import Network
from walkbox.scene.stand import BOARD, CALM, FRAME, INK, LIGHT, Stand

__all__ = ["result_board"]

TOP = 10
RIGHT_RGBA = (0.16, 0.62, 0.33, 1.0)


def result_board(network: Network, pose: np.ndarray, scale: float) -> Stand:
    """The classes that the model holds most likely, with bars; the picture's own label in green where it is one."""
    assert network.prediction is not None
    probabilities = network.prediction.probabilities
    best = np.argsort(-probabilities, kind="stable")[:TOP]
    width, line = 1.7 * scale, 0.145 * scale
    height = (len(best) + 2.2) * line
    stand = Stand(pose)
    for x in (-1, 1):
        stand.post(x * (width / 2 - 0.1), 0.0, floor=floor_below(network, pose), width=0.04)
    stand.rectangle(0, 0, width, height, BOARD)
    left, inner = -width / 2 + 0.09 * scale, width - 0.18 * scale
    stand.text(left, height - 1.35 * line, "Classification", 0.085 * scale, width=inner)
    label = network.picture.label if network.picture is not None else ""
    for place, index in enumerate(best):
        y = height - (place + 2.5) * line
        share = float(probabilities[index])
        share = min(max(share, 0.0), 1.0) if np.isfinite(share) else 0.0
        name = network.classes[index] if index < len(network.classes) else f"class {index}"
        colour = RIGHT_RGBA if label and name == label else LIGHT
        ink = INK if place == 0 else CALM
        stand.text(left, y, name, 0.058 * scale, colour=ink, width=0.74 * inner)
        stand.text(left + inner, y, f"{100 * share:.1f} %", 0.058 * scale, colour=ink, anchor="right")
        stand.rectangle(0, y - 0.045 * scale, inner, 0.016 * scale, FRAME, level=1)
        bar = max(inner * share, 0.002)
        stand.rectangle(left + bar / 2, y - 0.045 * scale, bar, 0.016 * scale, colour, level=2)
    return stand
