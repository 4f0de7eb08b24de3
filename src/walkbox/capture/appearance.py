"""Following what is known of each value (channel order, token grid, attention) through a trace.

Shapes alone do not tell (N, C, H, W) from (N, H, W, C), nor whether 49 tokens stand on a 7 x 7 grid. The operations do:
a convolution gives channels first, ``permute(0, 2, 3, 1)`` moves them last, flattening a picture gives tokens on its
grid.
"""

from __future__ import annotations

from dataclasses import replace

from walkbox.capture.maps import Look
from walkbox.capture.trace import Op, Source, Trace, Value

__all__ = ["looks_of"]

_PICTURE_OPS = (
    "conv2d",
    "conv_transpose2d",
    "max_pool2d",
    "avg_pool2d",
    "pixel_shuffle",
    "pixel_unshuffle",
    "batch_norm",
)
_SIGNAL_OPS = ("conv1d", "conv_transpose1d", "max_pool1d", "avg_pool1d", "batch_norm")
_MIXES = frozenset("matmul bmm baddbmm einsum scaled_dot_product_attention multi_head_attention_forward".split())
"""Operations that make tokens of others: only an argument of as many tokens as the result tells where they stand."""

_MOVES = frozenset(
    "view reshape flatten unflatten permute transpose squeeze unsqueeze T mT swapaxes swapdims movedim moveaxis getitem"
    " unbind chunk split select narrow expand view_as reshape_as contiguous rearrange".split()
)


def looks_of(trace: Trace) -> dict[Source, Look]:
    """The look of every input and every value."""
    batch = _batch(trace)
    looks: dict[Source, Look] = {}
    values: dict[Source, Value] = {}
    for k, (_, value) in enumerate(trace.inputs):
        looks[(-1 - k, 0)] = _input_look((-1 - k, 0), value, trace, batch)
        values[(-1 - k, 0)] = value
    for op in trace.ops:
        parents = [(values[s], looks[s]) for s in op.sources if s in looks]
        for k, value in enumerate(op.values):
            values[(op.event, k)] = value
            looks[(op.event, k)] = replace(_look(op, k, value, parents), batch=batch)
    return looks


def _batch(trace: Trace) -> int:
    for k, (_, value) in enumerate(trace.inputs):
        if value.shape:
            return 1 if len(value.shape) == 3 and _reads(trace, (-1 - k, 0), "2d") else value.shape[0]
    return 1


def _reads(trace: Trace, source: Source, ending: str) -> bool:
    return any(source in op.sources and op.name.endswith(ending) for op in trace.ops)


def _input_look(source: Source, value: Value, trace: Trace, batch: int) -> Look:
    shape = value.shape
    if len(shape) == 4:
        last = shape[3] in (1, 3, 4) and shape[1] not in (1, 3, 4)
        return Look("last" if last else "first", shape[1:3] if last else shape[2:], True, batch=batch)
    if len(shape) == 3 and _reads(trace, source, "2d"):
        return Look("first", shape[1:], True, batch=batch)
    if len(shape) == 3 and _reads(trace, source, "1d"):
        return Look("signal", batch=batch)
    return Look(batch=batch)


def _look(op: Op, index: int, value: Value, parents: list[tuple[Value, Look]]) -> Look:
    shape = value.shape
    if op.name in _MIXES and len(shape) >= 3 and index == 0:
        rows = -2 if op.name != "multi_head_attention_forward" else 0
        parents = [(v, look) for v, look in parents if len(v.shape) == len(shape) and v.shape[rows] == shape[rows]][:1]
    spatial = any(look.spatial for _, look in parents)
    grid = next((look.grid for _, look in parents if look.grid is not None), None)
    before, parent = next(
        ((v, lk) for v, lk in parents if lk.grid is not None), parents[0] if parents else (None, Look())
    )
    over_last = op.name in ("softmax", "log_softmax") and op.dims in ((-1,), (len(shape) - 1,))
    if over_last and (len(shape) > 3 or (len(shape) == 3 and parent.layout != "first")):
        return Look("heads", grid, spatial, attention=True)
    if op.name == "multi_head_attention_forward" and index == 1:
        return Look(spatial=spatial, attention=True)
    same = next((look for v, look in parents if v.shape == shape), None)
    if any(look.attention for _, look in parents) and same is not None and same.attention:
        return same
    if op.name.startswith(_PICTURE_OPS) or op.name in ("interpolate", "upsample"):
        if len(shape) == 4:
            return Look("first", shape[2:], True)
        if len(shape) == 3 and op.name.endswith("2d"):
            return Look("first", shape[1:], True)
    if len(shape) == 3 and (op.name.startswith(_SIGNAL_OPS) or op.name.endswith("1d")):
        return Look("signal" if parent.layout != "flat" else "flat", grid, spatial)
    if same is not None and op.name not in _MOVES:
        look = next((lk for v, lk in parents if v.shape == shape and lk.layout), same)
        if len(shape) == 4 and op.name in ("linear", "layer_norm") and not look.layout:
            return _channels_last(shape, op, spatial)
        return replace(look, spatial=spatial, attention=False)
    if before is None:
        return Look(spatial=spatial)
    if len(shape) == 4:
        return _four(op, shape, before.shape, parent, grid, spatial)
    if len(shape) == 3:
        return _three(op, shape, before.shape, parent, grid, spatial)
    return Look(grid=grid, spatial=spatial)


def _channels_last(shape: tuple[int, ...], op: Op, spatial: bool) -> Look:
    if op.name == "layer_norm" and op.dims and op.dims != (1,):
        return Look("first", shape[2:], spatial)
    return Look("last", shape[1:3], spatial)


def _four(
    op: Op, shape: tuple[int, ...], before: tuple[int, ...], parent: Look, grid: tuple[int, ...] | None, spatial: bool
) -> Look:
    if op.name not in _MOVES:
        if len(before) == 4 and parent.layout in ("first", "last", "heads"):
            height = shape[1:3] if parent.layout == "last" else shape[2:]
            return Look(parent.layout, height if parent.layout != "heads" else grid, spatial)
        if op.name in ("linear", "layer_norm"):
            return _channels_last(shape, op, spatial)
        return Look(grid=grid, spatial=spatial)
    if len(before) == 4 and parent.layout in ("first", "last"):
        first_to_last = (before[0], before[2], before[3], before[1])
        last_to_first = (before[0], before[3], before[1], before[2])
        if parent.layout == "first" and (op.dims == (0, 2, 3, 1) or (not op.dims and shape == first_to_last)):
            return Look("last", shape[1:3], spatial)
        if parent.layout == "last" and (
            op.dims in ((0, 3, 1, 2), (0, -1, 1, 2)) or (not op.dims and shape == last_to_first)
        ):
            return Look("first", shape[2:], spatial)
        if op.name in ("getitem", "chunk", "split", "narrow"):
            if parent.layout == "first":
                return Look("first", shape[2:], spatial)
            return Look("last", shape[1:3], spatial)
        return Look(grid=grid, spatial=spatial)
    if len(before) == 3:
        if parent.layout != "flat" and shape[1] * shape[2] == before[1] and shape[3] == before[2]:
            return Look("last", shape[1:3], spatial)
        if shape[2] * shape[3] == before[2] and shape[1] == before[1]:
            return Look("first", shape[2:], spatial)
    if len(before) == 6 and spatial and shape[0] == before[0]:
        return Look("last", shape[1:3], spatial)  # windows put together again
    return Look("heads", grid, spatial)


def _three(
    op: Op, shape: tuple[int, ...], before: tuple[int, ...], parent: Look, grid: tuple[int, ...] | None, spatial: bool
) -> Look:
    if len(before) == 4 and parent.layout == "first" and shape[1:] == (before[1], before[2] * before[3]):
        return Look("flat", before[2:], spatial)
    if len(before) == 4 and parent.layout == "last" and shape[1:] == (before[1] * before[2], before[3]):
        return Look("", before[1:3], spatial)
    if len(before) == 3 and parent.layout == "flat":
        turned = shape[1:] == (before[2], before[1])
        return Look("" if turned else "flat", grid, spatial)
    if len(before) == 3 and parent.layout == "first":
        return Look("first", shape[1:], spatial)
    if len(before) == 3 and parent.layout == "signal" and op.name not in _MOVES:
        return Look("signal", grid, spatial)
    return Look("", grid, spatial)
