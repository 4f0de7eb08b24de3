from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from walkbox.capture.maps import Look, maps_of, to_block, token_grid
from walkbox.graph import Maps


@pytest.mark.parametrize(
    ("shape", "look", "maps"),
    [
        ((1, 5, 7, 9), Look(), Maps("maps", 5, 7, 9)),
        ((1, 7, 9, 5), Look("last"), Maps("maps", 5, 7, 9, channels_last=True)),
        ((5, 7, 9), Look("first"), Maps("maps", 5, 7, 9)),
        ((1, 12, 6), Look(grid=(3, 4)), Maps("tokens", 6, 3, 4)),
        ((1, 13, 6), Look(grid=(3, 4)), Maps("tokens", 6, 3, 6, prefix=1)),
        ((1, 197, 6), Look(spatial=True), Maps("tokens", 6, 14, 16, prefix=1)),
        ((1, 198, 6), Look(spatial=True), Maps("tokens", 6, 14, 16, prefix=2)),
        ((1, 16, 6), Look(), Maps("matrix", 1, 16, 6)),
        ((1, 15, 6), Look(spatial=True), Maps("matrix", 1, 15, 6)),
        ((1, 10), Look(), Maps("strip", 10, 1, 1)),
        ((4, 10), Look(batch=4), Maps("strip", 10, 1, 1)),
        ((9, 10), Look(batch=1), Maps("matrix", 1, 9, 10)),
        ((6,), Look(), Maps("strip", 6, 1, 1)),
        ((1, 3, 8, 8), Look("heads", attention=True), Maps("attention", 3, 8, 8)),
        ((6, 8, 9), Look(attention=True, batch=2), Maps("attention", 3, 8, 9)),
        ((1, 2, 3, 8, 8), Look(attention=True), Maps("attention", 6, 8, 8)),
        ((1, 2, 5, 6, 7), Look(), Maps("volume", 2, 6, 7, depth=5)),
        ((1, 4, 50), Look("signal"), Maps("signal", 4, 1, 50)),
        ((9, 1, 4), Look(), Maps("matrix", 1, 9, 4)),
        ((), Look(), Maps("scalar", 1, 1, 1)),
        ((1, 1), Look(), Maps("scalar", 1, 1, 1)),
        ((0, 4), Look(), Maps("none", 0, 0, 0)),
        ((2, 3, 2, 2, 4, 5), Look(), Maps("maps", 12, 4, 5)),
    ],
)
def test_what_becomes_of_a_shape(shape, look, maps):
    assert maps_of(shape, look) == maps
    block = to_block(torch.rand(shape), maps)
    assert tuple(block.shape) == (maps.count, maps.height, maps.width)


def counting(*shape: int) -> torch.Tensor:
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)


def test_values_stand_where_they_belong():
    x = counting(2, 3, 4, 5)
    assert torch.equal(to_block(x, Maps("maps", 3, 4, 5)), x[0])
    last = to_block(x, Maps("maps", 5, 3, 4, channels_last=True))
    assert last[4, 2, 1] == x[0, 2, 1, 4]
    strip = to_block(counting(2, 3), Maps("strip", 3, 1, 1))
    assert strip.flatten().tolist() == [0, 1, 2]
    assert to_block(counting(3, 1, 4), Maps("matrix", 1, 3, 4))[0].tolist() == counting(3, 4).tolist()
    signal = to_block(counting(1, 2, 6), Maps("signal", 2, 1, 6))
    assert signal[1, 0].tolist() == [6, 7, 8, 9, 10, 11]


def test_tokens_stand_on_their_grid_with_the_class_token_beside():
    tokens = counting(1, 7, 2)  # one class token, then 2 x 3
    block = to_block(tokens, Maps("tokens", 2, 2, 5, prefix=1))
    assert block[0].tolist() == [[0, 0, 2, 4, 6], [0, 0, 8, 10, 12]]
    assert block[1].tolist() == [[1, 0, 3, 5, 7], [0, 0, 9, 11, 13]]


@pytest.mark.parametrize(("depth", "slice_"), [(0, 0), (0.5, 2), (1, 4), (-3, 0), (9, 4)])
def test_slices_of_a_volume(depth: float, slice_: int):
    x = counting(1, 2, 5, 3, 4)
    assert torch.equal(to_block(x, Maps("volume", 2, 3, 4, depth=5), depth), x[0, :, slice_])


def test_complex_values_become_magnitudes():
    x = torch.tensor([[3 + 4j, 0j]])
    assert to_block(x, Maps("strip", 2, 1, 1)).flatten().tolist() == [5, 0]


@pytest.mark.filterwarnings("ignore:.*quantize")
def test_quantised_and_sparse_values_become_plain():
    quantised = torch.quantize_per_tensor(torch.tensor([[0.5, 1.0]]), 0.5, 0, torch.quint8)
    assert to_block(quantised, Maps("strip", 2, 1, 1)).flatten().tolist() == [0.5, 1]
    sparse = torch.eye(3).to_sparse()
    assert torch.equal(to_block(sparse, Maps("matrix", 1, 3, 3))[0], torch.eye(3))


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8, torch.float16, torch.bfloat16, torch.float64])
def test_real_types_are_kept(dtype: torch.dtype):
    assert to_block(torch.ones(1, 3, 2, 2, dtype=dtype), Maps("maps", 3, 2, 2)).dtype == dtype


@pytest.mark.parametrize(
    ("shape", "maps"),
    [
        ((1, 3, 4, 5), Maps("maps", 3, 4, 5)),
        ((1, 4, 5, 3), Maps("maps", 3, 4, 5, channels_last=True)),
        ((1, 20, 3), Maps("tokens", 3, 4, 5)),
        ((1, 20, 3), Maps("matrix", 1, 20, 3)),
        ((1, 3, 6, 4, 5), Maps("volume", 3, 4, 5, depth=6)),
        ((1, 3, 4, 4), Maps("attention", 3, 4, 4)),
    ],
)
def test_nothing_is_copied_that_need_not_be(shape, maps):
    x = torch.rand(shape)
    assert to_block(x, maps).untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


@given(
    st.lists(st.integers(0, 6), max_size=7).map(tuple),
    st.sampled_from(["", "first", "last", "heads", "signal", "flat"]),
    st.one_of(st.none(), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_any_shape_and_look_gives_maps_that_fit(shape, layout, grid, spatial, attention, batch):
    maps = maps_of(shape, Look(layout, grid, spatial, attention, batch))
    block = to_block(torch.zeros(shape), maps)
    assert tuple(block.shape) == (maps.count, maps.height, maps.width)
    assert (maps.kind == "none") == (0 in shape)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 5))
def test_a_known_grid_is_preferred_to_a_square(height: int, width: int, prefix: int):
    found = token_grid(height * width + prefix, Look(grid=(height, width), spatial=True))
    if height * width > 1 and prefix <= height:
        assert found == ((height, width), prefix)
