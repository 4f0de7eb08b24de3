"""The legend of a segmentation, beside the input frame."""

from __future__ import annotations

import numpy as np

from walkbox.colour import class_colours
from walkbox.findings import Segmentation
from walkbox.scene.furniture.places import floor_below
from walkbox.scene.network import Network
from walkbox.scene.stand import BOARD, CALM, INK, Stand

__all__ = ["legend_board"]

MOST, WIDTH_M, LINE_M = 12, 0.86, 0.074


def legend_board(network: Network, found: Segmentation, pose: np.ndarray) -> Stand:
    """The classes that are in the picture, the largest first, with their colours and their shares of it."""
    shares = np.nan_to_num(found.shares)
    shown = [int(k) for k in np.argsort(-shares, kind="stable") if shares[k] > 0]
    hidden, shown = len(shown) - MOST, shown[:MOST]
    lines = len(shown) + (hidden > 0)
    height = (lines + 2.4) * LINE_M
    colours = class_colours(len(shares)) / 255.0
    stand = Stand(pose)
    for x in (-1, 1):
        stand.post(x * (WIDTH_M / 2 - 0.06), 0.0, floor=floor_below(network, pose), width=0.03)
    stand.rectangle(0, 0, WIDTH_M, height, BOARD)
    left, right = -WIDTH_M / 2 + 0.06, WIDTH_M / 2 - 0.06
    stand.text(left, height - 1.35 * LINE_M, "Segmentation", 0.05, width=right - left)
    for place, index in enumerate(shown):
        y = height - (place + 2.6) * LINE_M
        red, green, blue = (float(v) for v in _linear(colours[index]))
        stand.rectangle(left + 0.03, y - 0.008, 0.06, 0.045, (red, green, blue, 1.0), level=1)
        name = network.classes[index] if index < len(network.classes) else f"class {index}"
        stand.text(left + 0.085, y, name, 0.03, colour=INK, width=right - left - 0.25)
        stand.text(right, y, f"{100 * shares[index]:.1f} %", 0.03, colour=CALM, anchor="right")
    if hidden > 0:
        y = height - (len(shown) + 2.6) * LINE_M
        stand.text(left + 0.085, y, f"and {hidden} more", 0.03, colour=CALM, width=right - left)
    return stand


def _linear(encoded: np.ndarray) -> np.ndarray:
    """Linear light of sRGB-encoded values 0..1 (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
