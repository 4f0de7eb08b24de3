"""What one forward pass did, as plain data: module calls, operations, and who read whose values.

Nothing here knows torch. ``recorder`` writes a :class:`Trace`; ``detail`` makes layers of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from walkbox.graph import SourceLine

__all__ = ["Call", "Op", "Source", "Trace", "Value"]

Source = tuple[int, int]
"""Where a value comes from: (event, index among that operation's tensors). The k-th input tensor is ``(-1 - k, 0)``."""


@dataclass(frozen=True, slots=True)
class Value:
    """One tensor as it was when its operation returned."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(slots=True)
class Call:
    """One call of one module.

    Attributes:
        path: module path, empty for the model itself.
        index: how often that module had been called before.
        kind: name of its class.
        parent: position in ``Trace.calls`` of the call that it happened in, -1 for the model itself.
        generic: a bare container (``Sequential`` and its like) that groups without meaning.
        leaf: it called no other module.
        inputs: what it was given that depends on the model's inputs.
    """

    path: str
    index: int
    kind: str
    parent: int
    generic: bool = False
    leaf: bool = True
    inputs: tuple[Source, ...] = ()


@dataclass(slots=True)
class Op:
    """One operation that gave at least one tensor.

    Attributes:
        event: its place in the sequence of everything that the recorder saw.
        name: the function without underscores (``conv2d``, ``add``).
        call: position in ``Trace.calls`` of the call that ran it.
        values: its tensors: those it returned, then those it changed in place.
        sources: the values it read, in order, without repetition.
        parameters: names of the parameters it read.
        dims: the dimensions it was given (``softmax``, ``permute``, ``layer_norm``'s count), where they matter.
        training: a dropout that drops.
        mark: the name that ``walkbox.mark`` gave, for the operation ``mark``.
        foreign: it read a tensor of unknown origin.
        line: of the user's code, see ``Layer.source_line``.
    """

    event: int
    name: str
    call: int
    values: tuple[Value, ...]
    sources: tuple[Source, ...]
    parameters: tuple[str, ...] = ()
    dims: tuple[int, ...] = ()
    training: bool = False
    mark: str | None = None
    foreign: bool = False
    line: SourceLine | None = None


@dataclass(slots=True)
class Trace:
    """One forward pass.

    Attributes:
        model: class name of the model.
        inputs: name and value of each input tensor.
        calls: module calls in the order in which they began; the first is the model itself.
        ops: in the order in which they ended.
        outputs: where the model's output tensors come from; None for one of unknown origin.
        error: what the forward pass raised, or None.
        notes: what could not be recorded in full, a sentence each.
    """

    model: str
    inputs: list[tuple[str, Value]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    outputs: list[Source | None] = field(default_factory=list)
    error: str | None = None
    notes: list[str] = field(default_factory=list)
