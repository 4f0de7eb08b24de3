"""From a trace to layers, at three levels of detail. Plain data in, plain data out: nothing here knows torch.

``ops``
    every value that depends on the inputs.
``layers``
    a convolution or linear map with its normalisation and activation is one layer, which shows the last of their
    outputs. Merges, pools and marks stand alone. What only moves values (``view``, ``permute``, slices) vanishes.
``blocks``
    layers grouped by the module that a person would name: see :mod:`walkbox.capture.blocks`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from walkbox.capture.appearance import looks_of
from walkbox.capture.maps import maps_of
from walkbox.capture.names import Namer
from walkbox.capture.trace import Op, Source, Trace, Value
from walkbox.graph import Detail, Layer, ModelGraph

__all__ = ["Group", "graph_of"]

WEIGHTED = (
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear bilinear addmm linear_dynamic"
    " conv2d_relu"
    " linear_relu mm"
).split()
NORMS = "batch_norm layer_norm group_norm instance_norm local_response_norm rms_norm normalize".split()
ACTIVATIONS = (
    "relu relu6 leaky_relu prelu rrelu elu selu celu gelu silu mish softplus softsign hardswish hardsigmoid hardtanh"
    " sigmoid"
    " logsigmoid tanh tanhshrink hardshrink softshrink threshold glu"
).split()
MOVES = (
    "view reshape flatten unflatten permute transpose t squeeze unsqueeze T mT H mH swapaxes swapdims movedim moveaxis"
    " getitem unbind chunk tensor_split split split_with_sizes select narrow expand expand_as repeat"
    " repeat_interleave view_as"
    " reshape_as contiguous clone detach to type float double half bfloat16 type_as data real alias pad roll flip"
    " broadcast_to"
    " tile dropout dropout1d dropout2d dropout3d alpha_dropout feature_dropout feature_alpha_dropout cpu cuda"
    " unfold_copy"
    " requires_grad as_strided pack_padded_sequence view_as_real view_as_complex dequantize ravel atleast_1d"
    " atleast_2d squeeze"
    " set_grad_enabled index_select as_subclass"
).split()
POINTWISE = (
    "add sub mul div pow neg clamp clip exp log sqrt rsqrt square abs sign floor round ceil eq ne lt gt le ge not"
    " logical_not invert floordiv mod remainder fmod masked_fill reciprocal addcmul where lerp erf sin cos"
).split()
PARTS = frozenset("getitem unbind chunk tensor_split split split_with_sizes select narrow index_select".split())
"""Moves that take a part: what comes after belongs to the part, not to the layer it was taken from."""

_WEIGHTED, _NORMS, _ACTIVATIONS = frozenset(WEIGHTED), frozenset(NORMS), frozenset(ACTIVATIONS)
_MOVES, _POINTWISE = frozenset(MOVES), frozenset(POINTWISE)
_ROLES = {"weight": _WEIGHTED, "norm": _NORMS, "activation": _ACTIVATIONS, "move": _MOVES, "pointwise": _POINTWISE}


@dataclass
class Node:
    """One value that depends on the inputs.

    Attributes:
        source: where it comes from.
        op: its operation; None for an input.
        parents: nodes it was made from.
        readers: nodes made from it.
        output: it is an output of the model.
    """

    source: Source
    value: Value
    op: Op | None
    parents: tuple[int, ...]
    readers: list[int] = field(default_factory=list)
    output: bool = False


@dataclass
class Group:
    """Nodes that are shown as one layer.

    Attributes:
        names: operations in the order in which they ran.
        main: the node that names it.
        last: the node whose value is shown.
        parents: indices of groups.
        members: its nodes.
        has: the roles of its operations.
        parameters: of all its operations, the main one's first.
        output: it holds an output of the model.
        name: given already (a block), or empty.
        call: position in ``Trace.calls`` of a block, else None: the main node's counts.
    """

    names: list[str]
    main: int
    last: int
    parents: tuple[int, ...]
    members: list[int]
    has: set[str]
    parameters: dict[str, None]
    output: bool = False
    name: str = ""
    call: int | None = None


def graph_of(
    trace: Trace,
    detail: Detail,
    title: str | None = None,
    opened: frozenset[str] = frozenset(),
    closed: frozenset[str] = frozenset(),
) -> ModelGraph:
    """The graph of a trace at a level of detail.

    Args:
        opened: module paths: a block of such a module is shown as what it is made of, a layer of one as its operations.
        closed: module paths: each call of such a module is one layer.
    """
    from walkbox.capture.blocks import blocks_of, named_blocks

    nodes = _nodes(trace)
    groups = _every_value(nodes) if detail == "ops" else _layers(nodes, trace)
    blocks = named_blocks(groups, nodes, trace) if detail == "blocks" else set()
    if opened and detail != "ops":
        whole = {trace.calls[call].path for call in blocks}
        groups = _split(groups, nodes, trace, opened - whole)
        blocks = {call for call in blocks if trace.calls[call].path not in opened}
    if detail == "blocks" or closed:
        groups = blocks_of(groups, nodes, trace, blocks, closed)
    looks = looks_of(trace)
    names = Namer(trace)
    layers = []
    for index, group in enumerate(groups):
        node, main, first = nodes[group.last], nodes[group.main], nodes[min(group.members)]
        position = group.call if group.call is not None else main.op.call if main.op is not None else None
        call = trace.calls[position] if position is not None else None
        layers.append(
            Layer(
                id=index,
                name=names.name(group, nodes, groups),
                op="+".join(group.names),
                module=call.path if call else "",
                call=call.index if call else 0,
                shape=node.value.shape,
                dtype=node.value.dtype,
                maps=maps_of(node.value.shape, looks[node.source]),
                parents=group.parents,
                output=group.output,
                parameters=tuple(group.parameters),
                source=node.source,
                parts=len(group.members),
                source_line=first.op.line if first.op is not None else None,
            )
        )
    lost = any(source is None for source in trace.outputs)
    reached = not trace.inputs or any(node.output for node in nodes)
    return ModelGraph(
        model=title or trace.model,
        detail=detail,
        layers=tuple(layers),
        outputs=tuple(layer.id for layer in layers if layer.output),
        complete=trace.error is None and not lost and reached,
        error=trace.error,
        notes=tuple(trace.notes),
        modules={call.path: call.kind for call in trace.calls if call.path},
        containers=frozenset(call.path for call in trace.calls if call.generic),
    )


def _nodes(trace: Trace) -> list[Node]:
    """Values that depend on the inputs (all values, when the model has no inputs) and that matter: the first of each
    operation, and the others that are read or are outputs.
    """
    nodes: list[Node] = []
    index: dict[Source, int] = {}
    for k, (_, value) in enumerate(trace.inputs):
        index[(-1 - k, 0)] = len(nodes)
        nodes.append(Node((-1 - k, 0), value, None, ()))
    everything = not trace.inputs
    outputs = {s for s in trace.outputs if s is not None}
    read = {s for op in trace.ops for s in op.sources} | outputs
    for op in trace.ops:
        parents = tuple(index[s] for s in op.sources if s in index)
        if not parents and not everything:
            continue
        for k, value in enumerate(op.values):
            source = (op.event, k)
            attention = op.name == "multi_head_attention_forward"
            if k and source not in read and not attention:
                continue
            index[source] = len(nodes)
            for parent in parents:
                nodes[parent].readers.append(len(nodes))
            nodes.append(Node(source, value, op, parents, output=source in outputs))
    for source in outputs:
        if source in index:
            nodes[index[source]].output = True
    return nodes


def _every_value(nodes: list[Node], which: Iterable[int] | None = None) -> list[Group]:
    """A group of each node, or of some."""
    return [
        Group(
            [_name(node)],
            i,
            i,
            node.parents,
            [i],
            set(),
            dict.fromkeys(node.op.parameters if node.op else ()),
            node.output,
        )
        for i, node in ((i, nodes[i]) for i in (range(len(nodes)) if which is None else which))
    ]


def _name(node: Node) -> str:
    return node.op.name if node.op is not None else "input"


def _split(groups: list[Group], nodes: list[Node], trace: Trace, opened: frozenset[str]) -> list[Group]:
    """The same with those layers that a module of *opened* ran as their operations."""
    parts: list[Group] = []
    for group in groups:
        op = nodes[group.main].op
        if op is None or len(group.members) < 2 or trace.calls[op.call].path not in opened:
            parts.append(group)
        else:
            parts += _every_value(nodes, sorted(group.members))
    if len(parts) == len(groups):
        return groups
    parts.sort(key=lambda group: group.members[0])
    return linked(parts, nodes)


def linked(groups: list[Group], nodes: list[Node]) -> list[Group]:
    """Sets the parents of groups by what their nodes read; all nodes are in one of them, parents come first."""
    of = {i: index for index, group in enumerate(groups) for i in group.members}
    for index, group in enumerate(groups):
        read = (of[p] for i in group.members for p in nodes[i].parents if p in of)
        group.parents = tuple(dict.fromkeys(p for p in read if p != index))
    return groups


# -------------------------------------------------------------------- layers


def _layers(nodes: list[Node], trace: Trace) -> list[Group]:
    units = _units(nodes, trace)
    groups: list[Group] = []
    of: dict[int, int] = {}  # the group whose value a node holds
    whole: dict[int, bool] = {}  # it holds that value whole, not a part of it
    for i, node in enumerate(nodes):
        if i in units:
            unit = units[i]
            if unit.last != i:
                continue
            parents, role, names, members = unit.parents, unit.role, unit.names, unit.members
        else:
            parents, role, names, members = node.parents, _role(node), [_name(node)], [i]
        above = tuple(dict.fromkeys(of[p] for p in parents if p in of))
        all_parameters = [p for m in members for p in _parameters(nodes[m])]
        if role == "move" and len(above) == 1:
            of[i] = above[0]
            whole[i] = whole[parents[0]] and _name(node) not in PARTS
            group = groups[above[0]]
            if whole[i] and _ends_module(nodes[group.last], i, nodes, trace):
                group.last = i
            group.output |= node.output
            group.members.append(i)
            continue
        if len(above) == 1 and _joins(groups[above[0]], role, parents, nodes, of, whole, i, units):
            group = groups[above[0]]
            group.names += names
            group.members += members
            group.has.add(role)
            group.last = i
            group.output |= node.output
            group.parameters.update(dict.fromkeys(all_parameters))
            of[i], whole[i] = above[0], True
            continue
        if role == "pointwise" and len(above) > 1:
            role = "merge"
        of[i], whole[i] = len(groups), True
        main = units[i].main if i in units else i
        groups.append(Group(names, main, i, above, list(members), {role}, dict.fromkeys(all_parameters), node.output))
    return groups


def _parameters(node: Node) -> tuple[str, ...]:
    return node.op.parameters if node.op is not None else ()


def _role(node: Node) -> str:
    if node.op is None:
        return "input"
    name = node.op.name
    if node.op.mark is not None:
        return "mark"
    if "dropout" in name and node.op.training:
        return "drop"
    for role, members in _ROLES.items():
        if name in members:
            return role
    return "other"


def _ends_module(shown: Node, move: int, nodes: list[Node], trace: Trace) -> bool:
    """Whether a childless module moves its result about before it returns it, as (T, N, D) to (N, T, D)."""
    if shown.op is None or shown.output or shown.readers != [move]:
        return False
    call = nodes[move].op.call  # type: ignore[union-attr]
    return call > 0 and call == shown.op.call and trace.calls[call].leaf


_HEADS = frozenset({"weight", "norm", "pointwise"})
_JOINING = frozenset({"norm", "activation", "pointwise", "drop"})


def _joins(
    group: Group,
    role: str,
    parents: tuple[int, ...],
    nodes: list[Node],
    of: dict[int, int],
    whole: dict[int, bool],
    node: int,
    units: dict[int, Unit],
) -> bool:
    """Whether an operation belongs to the layer that it reads."""
    if role not in _JOINING or not group.has & _HEADS or group.output:
        return False
    if role in ("norm", "activation") and role in group.has:
        return False
    if not all(whole[p] for p in parents if p in of):
        return False
    inside = set(units[node].members) if node in units else {node}
    seen, waiting = set(), [group.last]
    while waiting:  # everyone who reads the layer's value, through moves, must be this operation
        current = waiting.pop()
        for reader in nodes[current].readers:
            if reader in inside or reader in seen:
                continue
            seen.add(reader)
            if reader in units or _role(nodes[reader]) != "move":
                return False
            if nodes[reader].output:
                return False
            waiting.append(reader)
    return True


# -------------------------------------------------------------------- hand-written normalisations and the like


@dataclass
class Unit:
    """The operations of one call of a module without children, seen as one operation."""

    members: list[int]
    parents: tuple[int, ...]
    role: str
    names: list[str]
    main: int
    last: int


_HEAVY = _WEIGHTED | frozenset(
    "matmul bmm baddbmm einsum embedding lstm gru rnn_tanh rnn_relu scaled_dot_product_attention mark interpolate cat"
    " stack"
    " multi_head_attention_forward softmax".split()
)


def _units(nodes: list[Node], trace: Trace) -> dict[int, Unit]:
    """Calls of childless modules that read one value and give one: their operations are shown together.

    So a hand-written normalisation of nine operations is one layer, like PyTorch's own.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        if node.op is not None and node.op.call > 0 and trace.calls[node.op.call].leaf:
            members[node.op.call].append(i)
    units: dict[int, Unit] = {}
    for call, inside in members.items():
        shown = [i for i in inside if _role(nodes[i]) != "move"]
        if len(shown) < 2 or any(_name(nodes[i]) in _HEAVY - _WEIGHTED for i in inside):
            continue
        heavy = [i for i in inside if _name(nodes[i]) in _WEIGHTED]
        within = set(inside)
        given = dict.fromkeys(p for i in inside for p in nodes[i].parents if p not in within)
        taken = [i for i in inside if nodes[i].output or any(r not in within for r in nodes[i].readers)]
        if len(heavy) > 1 or len(given) != 1 or len(taken) != 1:
            continue
        last = taken[0]
        kind = trace.calls[call].kind
        role = "weight" if heavy else _kind_role(kind)
        names = [_name(nodes[i]) for i in shown]
        if len(names) > 3 or role in ("norm", "activation"):
            names = [snake(kind)]
        unit = Unit(inside, tuple(given), role, names, heavy[0] if heavy else inside[0], last)
        for i in inside:
            units[i] = unit
    return units


def _kind_role(kind: str) -> str:
    low = kind.lower()
    if "norm" in low or low in ("grn", "affine", "layerscale"):
        return "norm"
    if any(word in low for word in ("elu", "swish", "sigmoid", "mish", "tanh", "activation", "silu")):
        return "activation"
    if any(word in low for word in ("scale", "droppath", "dropout", "dropblock", "stochasticdepth")):
        return "pointwise"
    return "other"


def snake(name: str) -> str:
    """``BatchNorm2d`` as ``batch_norm2d``."""
    name = name.strip("_")
    letters = []
    for i, c in enumerate(name):
        if c.isupper() and i and not (name[i - 1].isupper() or name[i - 1] == "_"):
            letters.append("_")
        letters.append(c.lower())
    return "".join(letters)
