from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.colour import INF_RGB, NAN_RGB, table
from walkbox.ui.values import colours, number, per_cent, ticks


def test_ends_and_middle_get_the_colours_of_the_table() -> None:
    found = colours(np.array([[-2.0, 0.0, 2.0, -9.0, 9.0]], np.float32), -2, 2, "berlin")
    lut = table("berlin")
    np.testing.assert_array_equal(found[0], [lut[0], lut[128], lut[255], lut[0], lut[255]])


def test_what_is_not_a_number_has_colours_of_its_own() -> None:
    found = colours(np.array([[np.nan, np.inf, -np.inf, 0.0]], np.float32), 0, 1, "magma")
    nan, inf = (np.round(np.array(c) * 255).astype(np.uint8) for c in (NAN_RGB, INF_RGB))
    np.testing.assert_array_equal(found[0, :3], [nan, inf, inf])
    np.testing.assert_array_equal(found[0, 3], table("magma")[0])


@given(low=st.floats(-1e4, 1e4), width=st.floats(1e-3, 1e4))
def test_the_logarithm_keeps_the_ends(low: float, width: float) -> None:
    ends = np.array([[low, low + width]], np.float32)
    found = colours(ends, float(ends[0, 0]), float(ends[0, 1]), "viridis", "log")
    lut = table("viridis").astype(int)
    assert np.abs(found[0, 0].astype(int) - lut[0]).max() <= 2
    assert np.abs(found[0, 1].astype(int) - lut[255]).max() <= 2


def test_the_logarithm_shows_small_values_beside_large_ones() -> None:
    values = np.array([[0.0, 1.0, 1000.0]], np.float32)
    grey = {transfer: colours(values, 0, 1000, "grey", transfer)[0, :, 0].tolist() for transfer in ("linear", "log")}
    assert grey["linear"] == [0, 0, 255]
    assert grey["log"] == [0, round(255 * np.log(2) / np.log(1001)), 255]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0123456, "−0.012346"),
        (1234567.0, "1.2346e+06"),
        (float("nan"), "NaN"),
        (float("-inf"), "−Inf"),
        (12, "12"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (1e-6, "< 0.1 %"), (0.4567, "45.7 %"), (1, "100 %"), (float("nan"), "?")]
)
def test_shares_are_per_cent(share: float, text: str) -> None:
    assert per_cent(share) == text


def test_ticks_are_round() -> None:
    assert ticks(-0.34, 0.41) == [-0.2, 0.0, 0.2, 0.4]
    assert ticks(0, 5) == [0, 2, 4]
    assert ticks(-1500, 900) == [-1500, -1000, -500, 0, 500]
    assert ticks(3.00001e-7, 3.2e-7) == [3.05e-7, 3.1e-7, 3.15e-7, 3.2e-7]


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6))
def test_there_are_some_ticks_and_few(low: float, width: float) -> None:
    found = ticks(low, low + width)
    assert 1 <= len(found) <= 5
    slack = 1e-5 * (abs(low) + width)
    assert low - slack <= found[0] and found[-1] <= low + width + slack
