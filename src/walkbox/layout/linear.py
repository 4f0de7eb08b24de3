"""The linear layout: the walk is straight."""

from __future__ import annotations

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.bend import arranged
from walkbox.layout.plan import make_plan
from walkbox.layout.registry import register

__all__ = ["linear"]

POINTS = 32


@register("linear")
def linear(graph: ModelGraph) -> Arrangement:
    """Rows one behind the other along -z, lanes side by side along x."""
    return arranged("linear", make_plan(graph), _straight, POINTS)


def _straight(
    across: np.ndarray, height: np.ndarray, along: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return across, height, -along, np.zeros_like(across)
