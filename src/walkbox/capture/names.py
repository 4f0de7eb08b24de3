"""Readable, unique names of layers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from walkbox.capture.trace import Trace

if TYPE_CHECKING:
    from walkbox.capture.detail import Group, Node

__all__ = ["Namer"]


class Namer:
    """Names layers one after the other.

    A module with one layer to show gives it its own path (``layer1.0.conv1``); other layers are called after the module
    that ran them and the operation (``layer1.0.add``). A further call, or a further layer of the same name, adds its
    number (``layer1.0.relu:2``); a further result of the same operation adds its place (``pool.1``) or ``attention``.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._used: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._ops: dict[int, set[int]] | None = None

    def name(self, group: Group, nodes: list[Node], groups: list[Group]) -> str:
        """The name of *group*, one of *groups*; each is asked for once."""
        if group.name:
            return self._unique(group.name)
        if self._ops is None:
            self._ops = defaultdict(set)
            for op in (nodes[g.main].op for g in groups if not g.name):
                if op is not None:
                    self._ops[op.call].add(op.event)
        node = nodes[group.main]
        if node.op is None:
            return self._unique(self._input(-1 - node.source[0]))
        if node.op.mark is not None:
            return self._unique(node.op.mark)
        call = self._trace.calls[node.op.call]
        path = call.path.replace("_orig_mod.", "").removesuffix("._orig_mod").removesuffix("_orig_mod")
        alone = call.leaf and bool(path) and len(self._ops[node.op.call]) == 1
        parts = [path]
        if not alone:
            parts.append(group.names[0] if len(group.names) == 1 else node.op.name)
        if node.source[1]:
            parts.append("attention" if node.op.name == "multi_head_attention_forward" else str(node.source[1]))
        return self._unique(".".join(p for p in parts if p), call.index if alone else 0)

    def _input(self, k: int) -> str:
        inputs = self._trace.inputs
        return "input" if len(inputs) == 1 else f"input.{inputs[k][0]}"

    def _unique(self, base: str, call: int = 0) -> str:
        number = max(call, self._counts[base])
        name = f"{base}:{number}" if number else base
        while name in self._used:
            number += 1
            name = f"{base}:{number}"
        self._counts[base] = number + 1
        self._used.add(name)
        return name
