"""Which maps of a layer hang on its wall, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.messages import LayerStatistics

__all__ = ["PAGE", "SORTS", "ChannelView", "order_of"]

SORTS = ("channel", "mean", "maximum", "variance", "similarity")
"""What maps can be sorted by; the largest first, but channels from the first."""

PAGE = 256
"""Maps of a page of a very wide layer."""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """As :class:`walkbox.commands.SetChannels`."""

    sort: str = "channel"
    like: int = 0
    dead: bool = True
    page: int = -1


def order_of(
    view: ChannelView, count: int, statistics: LayerStatistics | None, values: np.ndarray | None = None
) -> np.ndarray:
    """int32 channels to show, first one first.

    Args:
        view: what is wanted.
        count: maps of the layer.
        statistics: of the layer; without them channels keep their order and dead ones stay.
        values: (count, H, W) exact values, for ``similarity`` (cosine of the maps less their means); without them
            channels keep their order.
    """
    order = np.arange(count, dtype=np.int32)
    if statistics is not None:
        key = None
        if view.sort == "mean":
            key = statistics.map_mean
        elif view.sort == "maximum":
            key = statistics.map_maximum
        elif view.sort == "variance":
            key = statistics.map_std
        elif view.sort == "similarity" and values is not None and view.like < count:
            key = _similarity(values, view.like)
        if key is not None:
            order = np.argsort(-np.nan_to_num(key, nan=-np.inf), kind="stable").astype(np.int32)
        if not view.dead:
            order = order[statistics.map_zeros[order] < 1]
    if view.page >= 0:
        order = order[view.page * PAGE : (view.page + 1) * PAGE]
    return order


def _similarity(values: np.ndarray, like: int) -> np.ndarray:
    """Cosine of each map with one of them, each less its mean; -1..1, 0 for a constant map."""
    flat = np.nan_to_num(values.reshape(len(values), -1).astype(np.float64))
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1)
    return (flat @ flat[like]) / np.maximum(length * length[like], 1e-30)
