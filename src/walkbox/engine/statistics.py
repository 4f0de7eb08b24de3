"""Statistics of a layer: of its float16 block at once, or exact from its float32 values.

A float16 has 65,536 possible values. Counting how often each occurs is one pass over the block, and gives its exact
percentiles and histogram without sorting. Only the numbers of single maps need further passes, made in chunks that
stay in the cache. Extremes are those that were measured before rounding.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from walkbox.engine.blocks import finite_range
from walkbox.messages import Block, LayerStatistics

__all__ = ["HISTOGRAM_BINS", "PERCENTILES", "block_statistics", "exact_statistics", "weight_histogram"]

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
HISTOGRAM_BINS = 64

_CHUNK_VALUES = 1 << 18


@dataclasses.dataclass(slots=True)
class _PerMap:
    """One value a map, float64: of the finite values alone, but for ``finite``, their number."""

    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray  # sum of squared differences from the mean
    zeros: np.ndarray
    finite: np.ndarray


def block_statistics(block: Block) -> LayerStatistics:
    """Statistics of a block.

    Of the values as float16 rounded them (relative error at most 2**-11), except ``minimum`` and ``maximum``, which are
    the block's own.
    """
    values = torch.from_numpy(block.values).flatten(1)
    counts = _count_float16(values)
    order, known = _float16_order()
    cumulative = np.cumsum(counts[order])
    clean = int(cumulative[-1]) == values.numel()
    per_map = _per_map(values, clean)

    def at(ranks: np.ndarray) -> np.ndarray:
        return known[np.searchsorted(cumulative, ranks, side="right")]

    def below(limits: np.ndarray) -> np.ndarray:
        return np.concatenate(([0], cumulative))[np.searchsorted(known, limits)]

    return _assemble(block, per_map, int(cumulative[-1]), at, below)


def exact_statistics(values: np.ndarray, *, network: int, run: int, layer: int) -> LayerStatistics:
    """Statistics of a layer's float32 values (count, height, width), from those values themselves."""
    tensor = torch.from_numpy(values).flatten(1)
    low, high = finite_range(tensor)
    ordered = tensor.flatten()
    finite = torch.isfinite(ordered)
    clean = bool(finite.all())
    known = (ordered if clean else ordered[finite]).sort().values.numpy()
    place = Block(network, run, layer, values, 1.0, low, high)

    def below(limits: np.ndarray) -> np.ndarray:
        return np.searchsorted(known, limits)

    return _assemble(place, _per_map(tensor, clean), len(known), known.__getitem__, below)


def weight_histogram(weight: torch.Tensor) -> tuple[np.ndarray, np.ndarray] | None:
    """(int64 (64,) counts, float32 (65,) edges) of a weight's finite values; None where it has none or is not real."""
    if weight.dtype.is_complex or weight.is_quantized or weight.layout != torch.strided or not weight.numel():
        return None
    values = weight.detach().flatten().to("cpu", torch.float32)
    low, high = finite_range(values)
    if low == 0 == high and not torch.isfinite(values).any():
        return None
    edges = _edges(low, high)
    if not torch.isfinite(values.sum()):
        values = values[torch.isfinite(values)]
    counts = torch.histc(values, HISTOGRAM_BINS, float(edges[0]), float(edges[-1]))
    # histc counts in float32; past 2**24 in a bin the sum of chunks keeps it exact.
    if len(values) > 1 << 24:
        counts = torch.zeros(HISTOGRAM_BINS, dtype=torch.float64)
        for part in values.split(1 << 24):
            counts += torch.histc(part, HISTOGRAM_BINS, float(edges[0]), float(edges[-1])).double()
    return counts.numpy().astype(np.int64), edges.astype(np.float32)


def _assemble(
    place: Block,
    per_map: _PerMap,
    finite: int,
    at: Callable[[np.ndarray], np.ndarray],
    below: Callable[[np.ndarray], np.ndarray],
) -> LayerStatistics:
    """Put a message together.

    Args:
        place: the block; what the other arguments say is in its values' unit, before its scale.
        per_map: numbers of its maps.
        finite: number of finite values.
        at: the finite values of these ranks, in rising order.
        below: how many finite values are smaller than these limits.
    """
    scale = place.scale
    low, high = place.minimum / scale, place.maximum / scale
    percentiles = np.zeros(len(PERCENTILES))
    mean = deviation = zeros = 0.0
    if finite:
        rank = np.array(PERCENTILES) / 100 * (finite - 1)
        first = np.floor(rank).astype(np.int64)
        lower, upper = at(first).astype(np.float64), at(np.minimum(first + 1, finite - 1)).astype(np.float64)
        percentiles = lower + (upper - lower) * (rank - first)
        mean = float(np.average(per_map.mean, weights=per_map.finite))
        deviation = float((per_map.deviation + per_map.finite * (per_map.mean - mean) ** 2).sum() / finite) ** 0.5
        zeros = float(per_map.zeros.sum()) / finite
    edges = _edges(low, high)
    inner = below(edges[1:-1])
    histogram = np.diff(np.concatenate(([0], inner, [finite]))).astype(np.int64)

    values = place.values
    total = values[0].size if len(values) else 0
    share = np.divide(per_map.zeros, per_map.finite, out=np.zeros(len(values)), where=per_map.finite > 0)
    std = np.sqrt(np.divide(per_map.deviation, per_map.finite, out=np.zeros(len(values)), where=per_map.finite > 0))

    def scaled(array: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return (array * scale).astype(np.float32)

    return LayerStatistics(
        place.network,
        place.run,
        place.layer,
        # Rounding must not make a map reach beyond its layer.
        map_minimum=scaled(per_map.minimum.clip(low, high)),
        map_maximum=scaled(per_map.maximum.clip(low, high)),
        map_mean=scaled(per_map.mean),
        map_std=scaled(std),
        map_zeros=share.astype(np.float32),
        map_nans=(1 - per_map.finite / max(total, 1)).astype(np.float32),
        minimum=low * scale,
        maximum=high * scale,
        mean=mean * scale,
        std=deviation * scale,
        zeros=zeros,
        nans=1 - finite / values.size if values.size else 0.0,
        percentiles=scaled(percentiles.clip(low, high)),
        histogram=histogram,
        edges=scaled(edges),
    )


def _edges(low: float, high: float) -> np.ndarray:
    """float64 (65,) bin edges; a constant layer's single value lies in the middle of them."""
    if high <= low:
        reach = abs(low) / 2 or 0.5
        low, high = low - reach, high + reach
    return np.linspace(low, high, HISTOGRAM_BINS + 1)


def _per_map(values: torch.Tensor, clean: bool) -> _PerMap:
    """Numbers of each row of (count, values), float16 or float32; *clean* rows are all finite."""
    count, size = values.shape
    result = _PerMap(*(np.zeros(count) for _ in range(6)))
    if not count or not size:
        return result
    step = max(1, _CHUNK_VALUES // size)
    buffer = torch.empty(min(step, count), size)
    scratch = torch.empty_like(buffer)
    for first in range(0, count, step):
        rows = slice(first, min(first + step, count))
        maps = buffer[: rows.stop - first].copy_(values[rows])
        other = scratch[: rows.stop - first]
        result.zeros[rows] = torch.eq(maps, 0, out=other).sum(1).numpy()
        if clean:
            result.finite[rows] = size
            result.minimum[rows], result.maximum[rows] = maps.amin(1).numpy(), maps.amax(1).numpy()
            mean = maps.mean(1, keepdim=True)
            difference = torch.sub(maps, mean, out=other)
        else:
            finite = torch.isfinite(maps)
            number = finite.sum(1, keepdim=True)
            result.finite[rows] = number[:, 0].numpy()
            some = number[:, 0] > 0
            result.minimum[rows] = maps.where(finite, torch.inf).amin(1).where(some, 0).numpy()
            result.maximum[rows] = maps.where(finite, -torch.inf).amax(1).where(some, 0).numpy()
            mean = maps.where(finite, 0).sum(1, keepdim=True) / number.clamp(min=1)
            difference = torch.sub(maps, mean, out=other).where(finite, 0)
        result.mean[rows] = mean[:, 0].numpy()
        result.deviation[rows] = torch.linalg.vector_norm(difference, dim=1).double().square().numpy()
    return result


@cache
def _float16_order() -> tuple[np.ndarray, np.ndarray]:
    """The bit patterns of all finite float16 in rising order of value (-0 beside 0), and those values as float32."""
    patterns = np.arange(1 << 16, dtype=np.uint16)
    values = patterns.view(np.float16).astype(np.float32)
    finite = patterns[np.isfinite(values)]
    order = finite[np.argsort(values[finite], kind="stable")].astype(np.int64)
    return order, values[order]


def _count_float16(values: torch.Tensor) -> np.ndarray:
    """int64 (65536,): how often each bit pattern occurs."""
    patterns = values.reshape(-1).view(torch.int16)
    counts = torch.zeros(1 << 16, dtype=torch.int64)
    buffer = torch.empty(min(_CHUNK_VALUES, len(patterns)), dtype=torch.int32)
    for part in patterns.split(_CHUNK_VALUES):
        index = buffer[: len(part)].copy_(part).bitwise_and_(0xFFFF)
        counts += torch.bincount(index, minlength=1 << 16)
    return counts.numpy()
