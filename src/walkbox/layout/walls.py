"""How large each layer's wall is, and how its maps hang on it.

A map's side grows with the square root of its pixels, so that a 7 x 7 map stays readable and a 224 x 224 one does not
fill the sky. Very many maps shrink gently; a wall is landscape and never higher than one can look up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walkbox.graph import Layer, ModelGraph

__all__ = ["Walls", "label_width", "lower_edge", "view_distance", "walls"]

SIDE_M = 0.06  # side of a map in metres for the root of its pixels
SIDE_RANGE_M = (0.12, 1.4)
MAX_HEIGHT_M = 3.2
LEAST_SIDE_M, WIDEST_M = 0.06, 25.0  # of a map, and of a wall of very many maps
LEAST_CELL_M, WIDEST_CELLS_M = 0.015, 11.0  # the same where each map is a single value
KNEE_M, EYE_M = 0.45, 1.5
LABEL_WIDTH_M = 1.4
NAMED_CELL_M, NAMED_PITCH_M = (0.28, 0.085), (0.30, 0.17)
NAMED_MAX = 2000
ASPECT = 1.7  # width of a wall for its height, where the maps allow
RAGGED = 0.5  # a last row that is not full is as bad as this (natural logarithm) off that aspect
PLATE_M = (0.9, 0.35)


@dataclass(frozen=True)
class Walls:
    """Rows as in :class:`walkbox.layout.arrangement.Arrangement`: columns (L,), map_size, pitch and size (L, 2)."""

    columns: np.ndarray
    map_size: np.ndarray
    pitch: np.ndarray
    size: np.ndarray


def walls(graph: ModelGraph) -> Walls:
    """Hang the maps of every layer."""
    hung = [_hang(layer) for layer in graph.layers]
    pairs = np.array([h[1:] for h in hung], np.float32).reshape(-1, 3, 2)
    return Walls(np.array([h[0] for h in hung], np.int32), pairs[:, 0].copy(), pairs[:, 1].copy(), pairs[:, 2].copy())


def label_width(size: np.ndarray) -> np.ndarray:
    """(L,) metres that the text above each wall may take: the wall's width, a little more above a narrow one."""
    return np.maximum(size[:, 0], LABEL_WIDTH_M)


def lower_edge(height: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Height above the floor of each wall's lower edge: high walls start at the knee, low ones hang before the eyes.

    Those of the first row start at the knee too: from the entrance one sees the second row over them.
    """
    return np.where(depth == 0, KNEE_M, np.maximum(KNEE_M, EYE_M - height / 2))


def view_distance(width: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Metres from which a wall and its label are seen whole in a window of 62 degrees at 16:9."""
    return np.maximum((height + 0.75) / 2 / math.tan(math.radians(27)), width / 2 / math.tan(math.radians(43)))


def has_names(layer: Layer) -> bool:
    """Its cells leave room for the names of classes."""
    return layer.maps.kind == "strip" and layer.output and 1 < layer.maps.count <= NAMED_MAX


def _hang(layer: Layer) -> tuple[int, tuple[float, float], tuple[float, float], tuple[float, float]]:
    maps = layer.maps
    if maps.kind in ("none", "scalar") or maps.count < 1:
        return 1, PLATE_M, PLATE_M, PLATE_M
    if has_names(layer):
        (width, height), (across, down) = NAMED_CELL_M, NAMED_PITCH_M
    else:
        width, height = _map_size(layer)
        gap = min(max(0.06 * min(width, height), 0.012), 0.03)
        across, down = width + gap, height + gap
    values = maps.height * maps.width
    least, widest = (LEAST_SIDE_M, WIDEST_M) if values > 1 or has_names(layer) else (LEAST_CELL_M, WIDEST_CELLS_M)
    shrink = _shrink(maps.count * across * down, min(width, height), least, widest)
    if height * shrink > MAX_HEIGHT_M:
        shrink = MAX_HEIGHT_M / height
    width, height, across, down = (v * shrink for v in (width, height, across, down))
    columns = _columns(maps.count, across, down)
    rows = -(-maps.count // columns)
    size = ((columns - 1) * across + width, (rows - 1) * down + max(height, down if has_names(layer) else 0.0))
    return columns, (width, height), (across, down), size


def _map_size(layer: Layer) -> tuple[float, float]:
    rows, columns = max(layer.maps.height, 1), max(layer.maps.width, 1)
    if layer.maps.kind == "signal":
        return min(max(SIDE_M * math.sqrt(columns), 0.4), 4.0), 0.16
    side = min(max(SIDE_M * (rows * columns) ** 0.25, SIDE_RANGE_M[0]), SIDE_RANGE_M[1])
    # A very long map is drawn fatter than it is, so that it stays a surface one can see and point at.
    stretch = math.sqrt(min(max(columns / rows, 1 / 12), 12.0))
    width, height = side * stretch, side / stretch
    fit = min(1.0, 2.4 / height, 5.0 / width)
    return width * fit, height * fit


def _shrink(area: float, side: float, least: float, widest: float) -> float:
    """Factor on all lengths of a wall of *area* square metres: few small maps grow, very many shrink.

    They shrink until the wall is no wider than *widest*, but no map's *side* below *least*.
    """
    if area < 1.2:
        return min((1.2 / area) ** 0.25, 1.8)
    if area <= 12.0:
        return 1.0
    factor = min((area / 12.0) ** -0.225, math.sqrt(widest * MAX_HEIGHT_M / area))
    return max(factor, min(1.0, least / side))


def _columns(count: int, across: float, down: float) -> int:
    """Maps in a row: a wall somewhat wider than high, not over the limit, its last row full where that is near."""
    highest = max(1, int((MAX_HEIGHT_M + 1e-6) / down))
    least = -(-count // highest)
    ideal = max(least, min(count, math.sqrt(ASPECT * count * down / across)), 1)

    def cost(columns: int) -> float:
        return abs(math.log(columns / ideal)) + RAGGED * (count % columns != 0)

    nearby = range(max(least, math.ceil(ideal * 0.65)), math.floor(ideal * 1.6) + 1)
    return min(nearby, key=cost, default=math.ceil(ideal))
