from __future__ import annotations

import numpy as np
import pytest

from walkbox.engine.mips import mip_levels
from walkbox.messages import mip_sizes


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((224, 224), [(112, 112), (56, 56), (28, 28), (14, 14), (7, 7)]),
        ((33, 33), [(16, 16), (8, 8)]),
        ((35, 70), [(17, 35), (8, 17)]),
        ((32, 32), []),
        ((13, 300), []),
        ((1, 1000), []),
        ((7, 7), []),
    ],
)
def test_sizes_halve_down_to_about_eight(size: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    assert mip_sizes(*size) == expected
    block = np.zeros((3, *size), np.float16)
    assert [level.shape for level in mip_levels(block)] == [(3, *e) for e in expected]


def test_each_level_averages_the_one_above() -> None:
    block = np.random.default_rng(0).normal(size=(300, 32, 48)).astype(np.float16)
    first, second = mip_levels(block)
    wanted = block.astype(np.float64).reshape(300, 16, 2, 24, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(first, wanted, atol=2e-3)
    wanted = first.astype(np.float64).reshape(300, 8, 2, 12, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(second, wanted, atol=2e-3)


def test_large_values_do_not_overflow_while_they_are_summed() -> None:
    levels = mip_levels(np.full((1, 34, 34), 65504, np.float16))
    assert len(levels) == 2 and all((level == 65504).all() for level in levels)


@pytest.mark.parametrize("size", [34, 35])
def test_a_nan_spoils_only_the_values_it_is_part_of(size: int) -> None:
    block = np.ones((1, size, size), np.float16)
    block[0, 0, 0] = np.nan
    level = mip_levels(block)[0]
    assert np.argwhere(np.isnan(level)).tolist() == [[0, 0, 0]]
    assert (level[~np.isnan(level)] == 1).all()


def test_odd_sizes_drop_no_row() -> None:
    block = np.zeros((1, 35, 35), np.float16)
    block[0, -1] = 6
    block[0, :, -1] = 6
    level = mip_levels(block)[0]
    assert (level[0, -1] > 0).all() and (level[0, :, -1] > 0).all()
