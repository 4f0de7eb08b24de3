from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from walkbox.engine.blocks import BlockPool, pack
from walkbox.engine.statistics import PERCENTILES, block_statistics, exact_statistics, weight_histogram
from walkbox.messages import Block, LayerStatistics


def of_block(values: np.ndarray) -> LayerStatistics:
    return block_statistics(Block(0, 1, 2, *pack(torch.from_numpy(values), BlockPool())))


def of_values(values: np.ndarray) -> LayerStatistics:
    return exact_statistics(values, network=0, run=1, layer=2)


def check(known: LayerStatistics, values: np.ndarray, tolerance: float) -> None:
    """Against numpy in double precision, map by map."""
    wide = values.astype(np.float64)
    finite = np.isfinite(wide)
    reach = float(np.abs(wide[finite]).max(initial=0))
    close = {"rtol": tolerance, "atol": tolerance * reach + 1e-45}
    for i, (one, keep) in enumerate(zip(wide, finite, strict=True)):
        good = one[keep]
        expected = (good.min(), good.max(), good.mean(), good.std(), (good == 0).mean()) if good.size else (0,) * 5
        found = (known.map_minimum[i], known.map_maximum[i], known.map_mean[i], known.map_std[i])
        np.testing.assert_allclose(found, expected[:4], **close)
        if tolerance < 1e-5:
            np.testing.assert_allclose(known.map_zeros[i], expected[4], atol=1e-6)
        np.testing.assert_allclose(known.map_nans[i], 1 - keep.mean(), atol=1e-6)
    good = wide[finite]
    assert known.histogram.sum() == good.size and known.histogram.dtype == np.int64
    assert known.histogram.shape == (64,) and known.edges.shape == (65,)
    assert known.nans == pytest.approx(1 - finite.mean())
    if good.size:
        assert known.minimum == pytest.approx(good.min()) and known.maximum == pytest.approx(good.max())
        np.testing.assert_allclose((known.mean, known.std), (good.mean(), good.std()), **close)
        np.testing.assert_allclose(known.percentiles, np.percentile(good, PERCENTILES), **close)


SAMPLES = {
    "relu": np.maximum(np.random.default_rng(1).normal(size=(70, 57, 31)), 0),
    "far from zero": np.random.default_rng(2).normal(1000, 0.5, size=(5, 9, 9)),
    "single values": np.random.default_rng(3).normal(size=(1000, 1, 1)),
    "one long map": np.random.default_rng(4).normal(size=(1, 700, 500)),
    "constant": np.full((3, 4, 4), 2.5),
    "zeros": np.zeros((2, 3, 3)),
    "one value": np.full((1, 1, 1), -4.0),
    "large": np.random.default_rng(5).normal(size=(4, 6, 6)) * 1e9,
    "tiny": np.random.default_rng(6).normal(size=(4, 6, 6)) * 1e-9,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_block_statistics_are_those_of_numpy(name: str) -> None:
    values = SAMPLES[name].astype(np.float32)
    check(of_block(values), values, 2**-10)


@pytest.mark.parametrize("name", SAMPLES)
def test_exact_statistics_are_those_of_numpy(name: str) -> None:
    values = SAMPLES[name].astype(np.float32)
    check(of_values(values), values, 2e-6)


def test_zeros_are_counted() -> None:
    known = of_block(SAMPLES["relu"].astype(np.float32))
    np.testing.assert_allclose(known.map_zeros, (SAMPLES["relu"] == 0).mean(axis=(1, 2)), atol=1e-6)
    assert known.zeros == pytest.approx((SAMPLES["relu"] == 0).mean())


@pytest.mark.parametrize("statistics", [of_block, of_values])
def test_nan_and_inf_are_counted_and_left_out(statistics) -> None:
    values = np.array([[[1, np.nan, 3, 0]], [[np.inf, -np.inf, np.nan, np.nan]], [[5, 5, 5, 5]]], np.float32)
    known = statistics(values)
    check(known, values, 1e-6)
    assert known.map_nans.tolist() == [0.25, 1, 0]
    assert known.nans == pytest.approx(5 / 12) and known.zeros == pytest.approx(1 / 7)
    assert (known.minimum, known.maximum) == (0, 5)


@pytest.mark.parametrize("statistics", [of_block, of_values])
def test_all_nan_gives_zeros_not_nan(statistics) -> None:
    known = statistics(np.full((2, 3, 3), np.nan, np.float32))
    assert known.nans == 1 and known.histogram.sum() == 0
    for field in ("map_minimum", "map_maximum", "map_mean", "map_std", "percentiles", "edges"):
        assert np.isfinite(getattr(known, field)).all(), field


@given(hnp.arrays(np.float16, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=st.floats(width=16)))
@settings(max_examples=60, deadline=None)
def test_any_float16_block(values: np.ndarray) -> None:
    check(of_block(values.astype(np.float32)), values, 2**-9)


def test_the_histogram_counts_each_value_in_its_bin() -> None:
    values = np.random.default_rng(0).normal(size=(8, 20, 20)).astype(np.float16).astype(np.float32)
    for known in (of_block(values), of_values(values)):
        wanted, _ = np.histogram(
            values.astype(np.float64), bins=np.linspace(values.min(), values.max(), 65, dtype=np.float64)
        )
        np.testing.assert_array_equal(known.histogram, wanted)
        assert known.edges[0] == values.min() and known.edges[-1] == values.max()


def test_a_map_never_reaches_beyond_its_layer() -> None:
    values = np.array([[[-1.23456, 9.87654]]], np.float32)
    known = of_block(values)
    assert known.map_minimum[0] >= np.float32(known.minimum) and known.map_maximum[0] <= np.float32(known.maximum)


def test_weight_histograms() -> None:
    weight = torch.randn(64, 32, 3, 3)
    counts, edges = weight_histogram(weight)
    assert counts.sum() == weight.numel() and counts.dtype == np.int64 and edges.shape == (65,)
    assert edges[0] == weight.min() and edges[-1] == weight.max()
    with_nan = weight.clone()
    with_nan[0] = torch.nan
    with_nan[1] = torch.inf
    assert weight_histogram(with_nan)[0].sum() == weight[2:].numel()
    constant, edges = weight_histogram(torch.ones(10))
    assert constant.sum() == 10 and edges[0] < 1 < edges[-1]
    assert weight_histogram(torch.zeros(3))[0].sum() == 3
    assert weight_histogram(torch.full((3,), torch.nan)) is None
    assert weight_histogram(torch.ones(3, dtype=torch.complex64)) is None
    assert weight_histogram(torch.empty(0)) is None
