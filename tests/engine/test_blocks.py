from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from walkbox.engine.blocks import FLOAT16_MAX, BlockPool, pack, power_of_two_scale


def unpack(values: np.ndarray, scale: float) -> np.ndarray:
    return values.astype(np.float64) * scale


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool]
)
def test_values_of_any_dtype_arrive(dtype: torch.dtype) -> None:
    given_values = torch.tensor([[[0, 1, 2], [3, 4, 100]]]).to(dtype)
    values, scale, low, high = pack(given_values, BlockPool())
    assert values.dtype == np.float16 and values.shape == (1, 2, 3)
    np.testing.assert_array_equal(unpack(values, scale), given_values.double().numpy())
    assert (low, high) == (float(given_values.double().min()), float(given_values.double().max()))


def test_strided_views_arrive_in_order() -> None:
    tensor = torch.randn(2, 5, 4, 3).permute(0, 3, 1, 2)[1]
    values, scale, _, _ = pack(tensor, BlockPool())
    np.testing.assert_array_equal(values, tensor.half().numpy())
    assert scale == 1


def test_nan_and_inf_are_kept_and_left_out_of_the_range() -> None:
    tensor = torch.tensor([[[1.0, torch.nan, torch.inf, -torch.inf, -3.0]]])
    values, scale, low, high = pack(tensor, BlockPool())
    np.testing.assert_array_equal(values, tensor.half().numpy())
    assert (scale, low, high) == (1, -3, 1)
    assert pack(torch.full((1, 1, 2), torch.nan), BlockPool())[1:] == (1.0, 0.0, 0.0)


def test_nothing_finite_becomes_inf_beside_real_inf() -> None:
    tensor = torch.tensor([[[1e30, -2e30, torch.inf, 5e29]]])
    values, scale, low, high = pack(tensor, BlockPool())
    assert np.isinf(values[0, 0]).tolist() == [False, False, True, False]
    np.testing.assert_allclose(unpack(values, scale)[0, 0, [0, 1, 3]], [1e30, -2e30, 5e29], rtol=2**-11)
    assert low == pytest.approx(-2e30) and high == pytest.approx(1e30)


def test_no_values_make_an_empty_block() -> None:
    values, scale, low, high = pack(torch.empty(0, 4, 4), BlockPool())
    assert values.shape == (0, 4, 4) and (scale, low, high) == (1, 0, 0)


@given(st.floats(min_value=2.0**-140, max_value=2.0**127, width=32), st.booleans())
def test_scaled_values_keep_float16_precision(largest: float, negative: bool) -> None:
    tensor = torch.tensor([[[largest, largest / 3, 0.0]]]) * (-1 if negative else 1)
    values, scale, _, _ = pack(tensor, BlockPool())
    assert np.isfinite(values).all()
    assert np.log2(scale) == round(np.log2(scale)), "a power of two"
    # Below 2**-126 float32 itself has few digits.
    np.testing.assert_allclose(unpack(values, scale), tensor.double().numpy(), rtol=2**-10, atol=2.0**-149)


@given(st.floats(min_value=2.0**-10, max_value=FLOAT16_MAX))
def test_ordinary_ranges_are_not_scaled(largest: float) -> None:
    assert power_of_two_scale(-largest, 0) == power_of_two_scale(0, largest) == 1


def test_memory_is_used_again_only_when_the_last_view_is_gone() -> None:
    pool = BlockPool()
    first, _ = pool.take((4, 8, 8))
    place = first.__array_interface__["data"][0]
    view = first[1:, ::2]
    also_torch = torch.from_numpy(first)
    del first
    gc.collect()
    assert pool.free_bytes == 0, "a view still reads it"
    del view
    gc.collect()
    assert pool.free_bytes == 0, "a tensor still reads it"
    del also_torch
    gc.collect()
    assert pool.free_bytes == 4 * 8 * 8 * 2
    again, _ = pool.take((8, 4, 8))
    assert again.__array_interface__["data"][0] == place and pool.free_bytes == 0


def test_a_cleared_pool_keeps_nothing() -> None:
    pool = BlockPool()
    held, _ = pool.take((2, 3, 3))
    pool.take((2, 3, 3))
    pool.clear()
    del held
    gc.collect()
    assert pool.free_bytes == 0
