"""Grouping layers by the modules that a person would name: residual blocks, inception blocks, transformer layers.

A module is a block when it holds at least two layers and at most half of the model's, and is not itself made of
repeated blocks (a stage, an encoder) unless it is small. A bare container (``Sequential``) is a block only when it is
small, holds no other module of several layers, and has a name of its own (``stem``, not ``0``). Of nested blocks the
outermost counts. Layers in no block, and marks, stay as they are.

A module that a person closes is a block whatever it holds, and goes before these.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict

from walkbox.capture.detail import Group, Node, snake
from walkbox.capture.trace import Call, Trace

__all__ = ["blocks_of", "named_blocks"]

SMALL = 16
"""A module of at most so many layers is one block even when it repeats smaller ones (an inception block's branches)."""


def named_blocks(groups: list[Group], nodes: list[Node], trace: Trace) -> set[int]:
    """Positions in ``Trace.calls`` of the blocks that a person would name, inner ones too."""
    return _blocks([_call(group, nodes) for group in groups], trace)


def blocks_of(
    groups: list[Group], nodes: list[Node], trace: Trace, blocks: set[int], closed: frozenset[str] = frozenset()
) -> list[Group]:
    """The layers of *groups*, those of one block made into one.

    Args:
        groups: layers, parents first.
        nodes, trace: what they were made from.
        blocks: calls of modules that are blocks; of nested ones the outermost counts.
        closed: paths of modules that are one wall even inside or around of those.
    """
    merged = _merged(groups, nodes, trace, blocks, closed)
    # What is closed by hand may hold layers before and behind one that stays outside; then nothing can be closed.
    return merged if merged is not None else _merged(groups, nodes, trace, blocks, frozenset()) or groups


def _merged(
    groups: list[Group], nodes: list[Node], trace: Trace, blocks: set[int], closed: frozenset[str]
) -> list[Group] | None:
    """See :func:`blocks_of`; None where a block would feed itself."""
    calls = [_call(group, nodes) for group in groups]
    marks: Counter[int] = Counter()
    keys: list[tuple[int, ...]] = []
    for i, (group, call) in enumerate(zip(groups, calls, strict=True)):
        inward = _upwards(call, trace)[::-1]
        block = next((c for c in inward if trace.calls[c].path in closed), None)
        block = next((c for c in inward if c in blocks), None) if block is None else block
        if block is None or "mark" in group.has or call < 0:
            keys.append((i,))
            if block is not None:  # what ran before the mark feeds it, what ran after reads it: two parts
                marks[block] += 1
        else:
            keys.append((block, marks[block]))
    members: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        members[key].append(i)
    readers: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for i, group in enumerate(groups):
        for parent in group.parents:
            readers[parent].add(keys[i])
    merged: dict[tuple[int, ...], Group] = {}
    for key, inside in members.items():
        shown = [i for i in inside if groups[i].output or readers[i] - {key}] or inside
        last = groups[shown[-1]]
        if len(inside) == 1:
            merged[key] = last
            continue
        call = trace.calls[key[0]]
        name = f"{call.path}:{call.index}" if call.index else call.path
        parameters = dict.fromkeys(p for i in inside for p in groups[i].parameters)
        merged[key] = Group(
            [snake(call.kind)],
            last.main,
            last.last,
            (),
            [m for i in inside for m in groups[i].members],
            {"block"},
            parameters,
            any(groups[i].output for i in inside),
            name if key[1] == marks[key[0]] else "",
            key[0],
        )
    parents = {
        key: dict.fromkeys(keys[p] for i in inside for p in groups[i].parents if keys[p] != key)
        for key, inside in members.items()
    }
    order = _sorted(parents, {key: group.last for key, group in merged.items()})
    if len(order) < len(parents):
        return None
    position = {key: i for i, key in enumerate(order)}
    result = []
    for key in order:
        group = merged[key]
        group.parents = tuple(position[p] for p in parents[key])
        result.append(group)
    return result


def _call(group: Group, nodes: list[Node]) -> int:
    op = nodes[group.main].op
    return op.call if op is not None else -1


def _upwards(call: int, trace: Trace) -> list[int]:
    path = []
    while call >= 0:
        path.append(call)
        call = trace.calls[call].parent
    return path


def _blocks(calls: list[int], trace: Trace) -> set[int]:
    sizes: Counter[int] = Counter()
    for call in calls:
        sizes.update(_upwards(call, trace))
    several = [c for c, n in sizes.items() if n >= 2 and trace.calls[c].path]
    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for c in several:
        if not trace.calls[c].generic:
            for above in _upwards(c, trace)[1:]:
                inside[above][trace.calls[c].kind] += 1
    return {c for c in several if 2 * sizes[c] <= len(calls) and _is_block(trace.calls[c], sizes[c], inside[c])}


def _is_block(call: Call, size: int, inside: Counter[str]) -> bool:
    if call.generic:
        return size <= SMALL and not inside and not call.path.rpartition(".")[2].isdigit()
    return size <= SMALL or max(inside.values(), default=0) < 2


def _sorted(
    parents: dict[tuple[int, ...], dict[tuple[int, ...], None]], when: dict[tuple[int, ...], int]
) -> list[tuple[int, ...]]:
    """Parents first, else in the order in which the shown values were made."""
    waiting = {key: len(above) for key, above in parents.items()}
    below: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
    for key, above in parents.items():
        for parent in above:
            below[parent].append(key)
    ready = [(when[key], key) for key, n in waiting.items() if n == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, key = heapq.heappop(ready)
        order.append(key)
        for child in below[key]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heapq.heappush(ready, (when[child], child))
    return order
