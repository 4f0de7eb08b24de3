"""Who stands in which row and which lane: the structure of a layout, before any metres.

The row of a layer is the longest path to it. The *trunk* is the longest path to the deepest output; it keeps lane 0.
What is left falls into *chains*, runs of layers that feed one another, and each chain keeps one lane for as long as
anything still reads it, so that its edges have a way to run. Lanes are reused as soon as they are free (interval
colouring from the left end, as in Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures", 1981, where dummy nodes keep ways free), which takes O(n log n).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from walkbox.graph import ModelGraph

__all__ = ["Chain", "Lanes", "lanes"]

LEAN = 3  # lanes further out that a chain takes to stay on the side that feeds it


@dataclass(frozen=True)
class Chain:
    """Layers that stand one behind the other.

    Attributes:
        layers: ids, in rising depth.
        lane: 0 for the trunk, 1, 2, ... to its right, -1, -2, ... to its left.
        first, last: rows kept free for it; the last one is the row before its last reader's.
    """

    layers: tuple[int, ...]
    lane: int
    first: int
    last: int


@dataclass(frozen=True)
class Lanes:
    """The structure of one graph of L layers.

    Attributes:
        depth: (L,) int32 row of each layer; rows are 0, 1, 2, ... without holes.
        chain: (L,) int32 index into chains.
        chains: the trunk first (if there is any layer), then by first row.
    """

    depth: np.ndarray
    chain: np.ndarray
    chains: tuple[Chain, ...]

    @property
    def lane(self) -> np.ndarray:
        """(L,) int32."""
        return np.array([c.lane for c in self.chains], np.int32)[self.chain]


def lanes(graph: ModelGraph) -> Lanes:
    """Rows, chains and lanes of a graph; equal graphs give equal answers."""
    count = len(graph.layers)
    if count == 0:
        return Lanes(np.zeros(0, np.int32), np.zeros(0, np.int32), ())
    earliest = [0] * count
    for layer in graph.layers:
        earliest[layer.id] = 1 + max((earliest[p] for p in layer.parents), default=-1)
    remaining = [0] * count
    for layer in reversed(graph.layers):
        for p in layer.parents:
            remaining[p] = max(remaining[p], remaining[layer.id] + 1)
    depth = _depths(graph, earliest)
    links = _trunk(graph, earliest)
    strands = [links, *_strands(graph, set(links), earliest, remaining)]
    chains = _assign(graph, strands, depth)
    chain = np.zeros(count, np.int32)
    for index, c in enumerate(chains):
        chain[list(c.layers)] = index
    return Lanes(np.array(depth, np.int32), chain, tuple(chains))


def _depths(graph: ModelGraph, earliest: list[int]) -> list[int]:
    depth = list(earliest)
    for layer in graph.layers:
        # A constant (a position table, say) stands beside what it feeds and not far away at the entrance.
        children = graph.children[layer.id]
        if not layer.parents and not layer.is_input and children:
            depth[layer.id] = max(0, min(earliest[c] for c in children) - 1)
    rank = {d: i for i, d in enumerate(sorted(set(depth)))}
    return [rank[d] for d in depth]


def _trunk(graph: ModelGraph, earliest: list[int]) -> list[int]:
    ends = graph.outputs or range(len(graph.layers))
    here = max(ends, key=lambda i: (earliest[i], -i))
    path = [here]
    while parents := graph.layers[here].parents:
        here = max(parents, key=lambda p: earliest[p])
        path.append(here)
    return path[::-1]


def _strands(graph: ModelGraph, taken: set[int], earliest: list[int], remaining: list[int]) -> list[list[int]]:
    """Chains of all layers not on the trunk: a link joins a layer's deepest parent and that one's longest child."""
    child: dict[int, int] = {}
    parent: dict[int, int] = {}
    for layer in graph.layers:
        if layer.id in taken:
            continue
        if free := [p for p in layer.parents if p not in taken]:
            parent[layer.id] = max(free, key=lambda p: earliest[p])
        if free := [c for c in graph.children[layer.id] if c not in taken]:
            child[layer.id] = max(free, key=lambda c: (remaining[c], -c))
    strands = []
    for layer in graph.layers:
        if layer.id in taken or child.get(parent.get(layer.id, -1)) == layer.id:
            continue
        strand = [layer.id]
        while parent.get(following := child.get(strand[-1], -1)) == strand[-1]:
            strand.append(following)
        strands.append(strand)
    return strands


def _assign(graph: ModelGraph, strands: list[list[int]], depth: list[int]) -> list[Chain]:
    def last_row(strand: list[int]) -> int:
        readers = (depth[c] - 1 for i in strand for c in graph.children[i])
        return max(depth[strand[-1]], max(readers, default=0))

    trunk, *others = [(depth[s[0]], last_row(s), s) for s in strands]
    chains = [Chain(tuple(trunk[2]), 0, trunk[0], trunk[1])]
    lane_of = dict.fromkeys(trunk[2], 0)
    busy: dict[int, list[tuple[int, int]]] = {1: [], -1: []}
    free: dict[int, list[int]] = {1: [], -1: []}
    opened = {1: 0, -1: 0}
    for first, last, strand in sorted(others, key=lambda o: (o[0], o[2][0])):
        for side in (1, -1):
            while busy[side] and busy[side][0][0] < first:
                heapq.heappush(free[side], heapq.heappop(busy[side])[1])
        innermost = {s: free[s][0] if free[s] else opened[s] + 1 for s in (1, -1)}
        anchors = [lane_of[p] for i in strand for p in graph.layers[i].parents if lane_of.get(p)]
        side = 1 if innermost[1] <= innermost[-1] else -1
        if anchors and innermost[near := 1 if anchors[0] > 0 else -1] <= innermost[-near] + LEAN:
            side = near
        place = innermost[side]
        if free[side]:
            heapq.heappop(free[side])
        else:
            opened[side] = place
        heapq.heappush(busy[side], (last, place))
        lane_of.update(dict.fromkeys(strand, side * place))
        chains.append(Chain(tuple(strand), side * place, first, last))
    return chains
