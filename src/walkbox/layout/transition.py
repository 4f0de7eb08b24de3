"""From one arrangement to another, smoothly: what is shown while a layout changes or a block opens.

:func:`between` makes the arrangement of a moment on the way. A layer that both graphs have moves; one that only the
new graph has grows out of the wall that it came from; one that only the old graph had shrinks into the wall that shows
it now. Walls always belong to one graph: to the old one until :data:`SWITCH`, then to the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement, bounds_of

__all__ = ["SWITCH", "Transition", "between", "kin"]

SWITCH = 0.5
"""Share of the way at which walls that were shown as *a* hangs their maps are shown as *b* hangs them."""

SMALLEST = 0.05  # scale of a wall that is about to vanish


def between(a: Arrangement, b: Arrangement, t: float) -> Arrangement:
    """The arrangement at *t* (0 to 1) of the way from *a* to *b*, two arrangements of one graph; eased at both ends."""
    return Transition(a, b).at(t)


def kin(old: ModelGraph, new: ModelGraph) -> tuple[np.ndarray, np.ndarray]:
    """Which layer of *new* (L_old,) shows each layer of *old*, and which of *old* (L_new,) each of *new* comes from.

    Layers of one name are the same. A layer without one belongs to the nearest relation by module: the layer of its
    own module or, further and further up, of the modules around it, the last one that ran; else to the one that ran at
    about the same time.
    """
    return _targets(old, new), _targets(new, old)


_Way = tuple[np.ndarray, np.ndarray]
"""Where something is at the beginning, and what it is farther at the end."""


@dataclass(frozen=True)
class _Half:
    """What moves while one graph is shown: its arrangement, from where to where."""

    shown: Arrangement
    position: _Way
    turn: _Way
    scale: _Way
    paths: _Way


class Transition:
    """The whole way from *a* to *b*; :meth:`at` is cheap.

    Args:
        a, b: where all stand before and after.
        kinship: of :func:`kin` where the graphs differ; None for one graph.
        switch: share of the way at which *b*'s walls are shown instead of *a*'s. None: half way for one graph, and at
            once for two, so that walls grow out of the block that was opened. With 1 those of *a* shrink into the
            block that was closed.
    """

    def __init__(
        self,
        a: Arrangement,
        b: Arrangement,
        kinship: tuple[np.ndarray, np.ndarray] | None = None,
        switch: float | None = None,
    ):
        self.a, self.b = a, b
        self.switch = switch if switch is not None else SWITCH if kinship is None else 0.0
        self._differs = kinship is not None
        self._kinship = kinship if kinship is not None else (np.arange(len(a.yaw)), np.arange(len(b.yaw)))

    @cached_property
    def _first(self) -> _Half:
        (to_new, to_old), b = self._kinship, self.b
        half = _half(self.a, b, to_new, to_old, self._curves, forward=True)
        # Entrance, input frame and boards are at their new places from the start.
        marks = ("entrance", "entrance_yaw", "frame_position", "frame_yaw", "end_position", "end_yaw")
        return replace(half, shown=replace(half.shown, **{name: getattr(b, name) for name in marks}))

    @cached_property
    def _second(self) -> _Half:
        to_new, to_old = self._kinship
        return _half(self.b, self.a, to_old, to_new, self._curves, forward=False)

    @cached_property
    def _curves(self) -> _Way | None:
        """Of the edges of one graph, for both halves: as many points as the finer ones have. None for two graphs."""
        if self._differs:
            return None
        points = max(self.a.paths.shape[1], self.b.paths.shape[1])
        begin = _sampled(self.a.paths, points)
        return begin, _sampled(self.b.paths, points) - begin

    def prepare(self) -> None:
        """Make now what the first step on the way takes longer for than the later ones."""
        _ = self._second if self.shows_new(0.0) else self._first

    def shows_new(self, t: float) -> bool:
        """Whether *b*'s walls are shown at *t*."""
        return t >= self.switch

    def at(self, t: float) -> Arrangement:
        """The arrangement at *t*, 0 to 1; of *a*'s graph while not :meth:`shows_new`, else of *b*'s."""
        t = min(max(t, 0.0), 1.0)
        if t == 0 and not self.shows_new(t):
            return self.a
        if t == 1 and self.shows_new(t):
            return self.b
        share = np.float32(t * t * (3 - 2 * t))
        half = self._second if self.shows_new(t) else self._first

        def blend(values: _Way) -> np.ndarray:
            return values[0] + values[1] * share

        position, yaw, scale = blend(half.position), blend(half.turn), blend(half.scale)
        shown = replace(half.shown, position=position, yaw=yaw, scale=scale, paths=blend(half.paths))
        return replace(shown, bounds=bounds_of(position, yaw, shown.extent))


def _half(
    shown: Arrangement, other: Arrangement, there: np.ndarray, back: np.ndarray, curves: _Way | None, *, forward: bool
) -> _Half:
    """The way of the walls of *shown*, whose layer i is (or is shown by) layer ``there[i]`` of *other*.

    *curves* is that of the edges of one graph, None for two graphs.
    """
    count = len(shown.yaw)
    if count and len(other.yaw):
        position, yaw = other.position[there], other.yaw[there]
        # A wall keeps its grid of maps while it is shown, and is scaled to the width that it has there.
        fit = other.extent[there].max(axis=1) / np.maximum(shown.size.max(axis=1), 1e-6)
        if curves is None:
            alone = back[there] != np.arange(count)  # it has no wall of its own there
            fit = np.where(alone, SMALLEST * shown.scale, fit)
    else:
        position, yaw, fit = shown.position, shown.yaw, np.full(count, SMALLEST)
    sign = 1 if forward else -1  # half a turn leads the same way in both halves
    turn = sign * ((sign * (yaw - shown.yaw) + np.pi) % (2 * np.pi) - np.pi)

    def way(here: np.ndarray, there: np.ndarray) -> _Way:
        begin, end = (here, there) if forward else (there, here)
        return begin.astype(np.float32), (end - begin).astype(np.float32)

    return _Half(
        shown,
        way(shown.position, position),
        way(shown.yaw, shown.yaw + turn),
        way(shown.scale, fit),
        curves or way(shown.paths, _paths(shown, other, there, position)),
    )


def _paths(shown: Arrangement, other: Arrangement, there: np.ndarray, position: np.ndarray) -> np.ndarray:
    """(E, K, 3): the curves of *shown*'s edges as they lie in *other*; straight ones where there is none."""
    edges, points = shown.edges, shown.paths.shape[1]
    if not len(edges):
        return shown.paths
    share = np.linspace(0, 1, points, dtype=np.float32)[:, None]
    start, end = position[edges[:, 0]].copy(), position[edges[:, 1]].copy()
    start[:, 1] = end[:, 1] = shown.paths[:, 0, 1]
    paths = start[:, None] + (end - start)[:, None] * share
    if len(other.edges):
        width = len(other.yaw)
        key = there[edges[:, 0]].astype(np.int64) * width + there[edges[:, 1]]
        known = other.edges[:, 0].astype(np.int64) * width + other.edges[:, 1]
        order = np.argsort(known, kind="stable")
        place = np.minimum(np.searchsorted(known[order], key), len(known) - 1)
        found = known[order][place] == key
        paths[found] = _sampled(other.paths, points)[order[place[found]]]
    return paths


def _sampled(paths: np.ndarray, points: int) -> np.ndarray:
    """Curves with another number of points, at even steps of the old ones."""
    if paths.shape[1] == points:
        return paths
    place = np.linspace(0, paths.shape[1] - 1, points)
    low = np.minimum(place.astype(np.int64), paths.shape[1] - 2)
    share = (place - low).astype(np.float32)[:, None]
    return paths[:, low] + (paths[:, low + 1] - paths[:, low]) * share


def _targets(here: ModelGraph, there: ModelGraph) -> np.ndarray:
    names = {layer.name: layer.id for layer in there.layers}
    inside: dict[str, int] = {}
    for layer in there.layers:
        for path in _around(layer.module or layer.name):
            inside[path] = layer.id  # the last one that ran
    result = np.zeros(len(here.layers), np.int64)
    for layer in here.layers:
        same = names.get(layer.name)
        if same is None:
            paths: Sequence[str] = _around(layer.module or layer.name)
            same = next((inside[path] for path in paths if path in inside), None)
        if same is None:
            same = round(layer.id / max(1, len(here.layers) - 1) * (len(there.layers) - 1)) if there.layers else 0
        result[layer.id] = same
    return result


def _around(path: str) -> list[str]:
    """A module path and those of the modules around it, innermost first."""
    parts = path.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
