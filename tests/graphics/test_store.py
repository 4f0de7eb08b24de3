"""Values on the GPU: pages, budgets, layers that flip whole. Textures are read back and compared value by value."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import block, halved, scene_of, waves

from walkbox.messages import MipLevels, mip_sizes
from walkbox.render import pages
from walkbox.render.pages import PagePool
from walkbox.render.store import MapStore


@pytest.fixture
def pool(host):
    made = PagePool(host.ctx, 64 << 20)
    yield made
    made.release()


def texels(page, level=0):
    """The texture of a page: (layers, rows, columns)."""
    from OpenGL import GL

    height, width = (max(1, side >> level) for side in page.shape.texels)
    read = np.zeros((page.shape.layers, height, width), np.float16)
    GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, page.texture.glo)
    GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
    GL.glGetTexImage(GL.GL_TEXTURE_2D_ARRAY, level, GL.GL_RED, GL.GL_HALF_FLOAT, read)
    return read


def stored(store, layer, network=0, level=0):
    """What the GPU holds of a layer: (count, h, w)."""
    maps = []
    for piece in store.held[network, layer].pieces:
        shape, read = piece.page.shape, texels(piece.page, level)
        layers, rows, columns = read.shape
        if shape.flat:
            slots = read.reshape(shape.capacity, *shape.size)
        else:
            apart = read.reshape(layers, rows, shape.across, columns // shape.across)
            slots = apart.transpose(2, 0, 1, 3).reshape(shape.capacity, rows, -1)
        maps.append(slots[piece.first : piece.first + piece.count])
    return np.concatenate(maps)


def started(pool, sizes, **options):
    _, network = scene_of(sizes, **options)
    store = MapStore(pool)
    store.add(0, network.graph.layers)
    return store, network


@pytest.mark.parametrize("size", [(7, 7), (1, 1), (5, 13), (32, 32), (33, 31), (56, 56), (1, 300), (300, 1)])
@pytest.mark.parametrize("count", [1, 7, 300])
def test_values_arrive_bit_for_bit(pool, size, count):
    store, network = started(pool, [(3, 8, 8), (count, *size), (2, *size)])
    values = [waves(c, h, w, seed=i) for i, (c, h, w) in enumerate([(3, 8, 8), (count, *size), (2, *size)])]
    for layer, v in enumerate(values):
        store.accept(block(network, layer, v))
    flipped = store.upload(1 << 30, store.waiting())
    assert [b.layer for b in flipped] == [0, 1, 2]
    for layer, v in enumerate(values):
        np.testing.assert_array_equal(stored(store, layer).view(np.uint16), v.view(np.uint16))


def test_small_maps_lie_flat_and_need_one_page(pool):
    started(pool, [(2048, 7, 7), (2048, 7, 7), (1024, 14, 14), (64, 56, 56)])
    assert len(pool.pages) == 3
    assert pool.nbytes <= 1.1 * 2 * (2 * 2048 * 49 + 1024 * 196 + 64 * 56 * 56 * 1.33)
    assert [page.shape.flat for page in pool.pages] == [True, True, False]
    assert all(page.shape.texels[1] % 32 == 0 for page in pool.pages[:2])  # whole 64 bytes: nothing is padded


@pytest.mark.parametrize("width", range(33, 200))
def test_rows_of_large_maps_lose_little_or_cannot_help_it(pool, width):
    (shape,) = pool.shapes((64, width), 96)
    columns = shape.texels[1]
    padded = -(-columns // 32) * 32
    assert shape.across == 1 or width % (1 << len(mip_sizes(64, width))) == 0
    if width % (1 << len(mip_sizes(64, width))) == 0:
        assert padded - columns <= padded / 8


def test_a_layer_of_small_maps_is_written_at_once(pool, monkeypatch):
    writes = []
    monkeypatch.setattr(pages, "write_values", lambda *given: writes.append(given[3]))
    store, network = started(pool, [(64, 7, 7), (64, 7, 7), (24, 14, 14), (10, 7, 7)])
    for layer, size in enumerate([(64, 7, 7), (64, 7, 7), (24, 14, 14), (10, 7, 7)]):
        store.accept(block(network, layer, waves(*size)))
        store.upload(1 << 30, store.waiting())
    assert writes == [(1, 2, 32 * 49), (1, 2, 32 * 49), (1, 3, 8 * 196), (1, 1, 10 * 49)]


@pytest.mark.parametrize(("width", "expected"), [(40, [3, 6, 6]), (39, [1, 2, 2, 2, 2, 2, 2])])
def test_layers_past_the_drivers_limit_go_to_several_pages(host, width, expected):
    pool = PagePool(host.ctx, 64 << 20, max_layers=2)
    store, network = started(pool, [(8, 40, width), (5, 40, width)])
    assert sorted(page.shape.capacity for page in pool.pages) == expected
    assert len(store.held[0, 0].pieces) + len(store.held[0, 1].pieces) > 2
    values = waves(8, 40, width)
    store.accept(block(network, 0, values))
    store.upload(1 << 30, store.waiting())
    np.testing.assert_array_equal(stored(store, 0), values)
    pool.release()


def test_a_map_larger_than_a_texture_is_shown_at_every_kth_value(host):
    pool = PagePool(host.ctx, 64 << 20, max_size=64)
    store, network = started(pool, [(2, 1, 150), (1, 100, 20)], kinds={0: "signal"})
    values = waves(2, 1, 150)
    store.accept(block(network, 0, values))
    store.accept(block(network, 1, waves(1, 100, 20)))
    assert len(store.upload(1 << 30, store.waiting())) == 2
    np.testing.assert_array_equal(stored(store, 0), values[:, :, ::3])
    assert store.held[0, 1].step == (2, 1)
    pool.release()


def test_the_newest_block_wins(pool):
    store, network = started(pool, [(4, 9, 9)])
    for run in (1, 2, 3):
        store.accept(block(network, 0, np.full((4, 9, 9), run, np.float16), run))
    assert store.pending == 4 * 81 * 2
    assert [b.run for b in store.upload(1 << 30, store.waiting())] == [3]
    assert (stored(store, 0) == 3).all()
    assert store.pending == 0


def test_each_frame_keeps_to_its_budget_and_the_order(pool):
    sizes = [(10, 20, 20)] * 6
    store, network = started(pool, sizes)
    for layer in range(6):
        store.accept(block(network, layer, waves(10, 20, 20, layer)))
    layer_bytes, order, flipped = 10 * 400 * 2, [(0, 4), (0, 0), (0, 5), (0, 1), (0, 2), (0, 3)], []
    for _ in range(3):
        now = store.upload(2 * layer_bytes + 100, order)
        assert store.uploaded_bytes <= 2 * layer_bytes + 100
        flipped.append([b.layer for b in now])
    assert flipped == [[4, 0], [5, 1], [2, 3]]


def test_a_block_over_the_budget_flips_whole(pool):
    store, network = started(pool, [(50, 40, 40)])
    old, new = np.zeros((50, 40, 40), np.float16), waves(50, 40, 40, 3)
    store.accept(block(network, 0, old, 1))
    store.upload(1 << 30, store.waiting())
    store.accept(block(network, 0, new, 2))
    budget, frames = 50 * 1600 * 2 // 4 + 10, 0
    while True:
        before = stored(store, 0)
        flipped = store.upload(budget, store.waiting())
        assert store.uploaded_bytes <= budget
        frames += 1
        if flipped:
            break
        assert store.held[0, 0].run == 1
        np.testing.assert_array_equal(stored(store, 0), before)  # nothing of it shows yet
        assert frames < 10
    assert frames == 5 and flipped[0].run == 2 and store.held[0, 0].run == 2
    np.testing.assert_array_equal(stored(store, 0), new)
    assert (0, 0) in store.moved


def test_slots_are_recycled(pool):
    store, network = started(pool, [(50, 40, 40)])
    budget = 50 * 1600 * 2 // 3
    sizes = []
    for run in range(1, 8):
        store.accept(block(network, 0, np.full((50, 40, 40), run, np.float16), run))
        while not store.upload(budget, store.waiting()):
            pass
        assert (stored(store, 0) == run).all()
        sizes.append(pool.nbytes)
    assert sizes[-1] == sizes[1] <= 2 * sizes[0]


def test_while_a_block_is_on_its_way_a_newer_one_waits_its_turn(pool):
    store, network = started(pool, [(50, 40, 40)])
    budget = 50 * 1600 * 2 // 3
    store.accept(block(network, 0, np.full((50, 40, 40), 1, np.float16), 1))
    assert store.upload(budget, store.waiting()) == []
    store.accept(block(network, 0, np.full((50, 40, 40), 2, np.float16), 2))
    runs = [b.run for _ in range(9) for b in store.upload(budget, store.waiting())]
    assert runs == [1, 2]


def test_without_memory_for_a_second_copy_a_large_block_is_written_at_once(host):
    pool = PagePool(host.ctx, 50 * 1600 * 2)
    store, network = started(pool, [(50, 40, 40)])
    store.accept(block(network, 0, waves(50, 40, 40)))
    assert len(store.upload(1000, store.waiting())) == 1
    np.testing.assert_array_equal(stored(store, 0), waves(50, 40, 40))
    pool.release()


def test_past_the_memory_budget_layers_are_left_out_and_named(host):
    pool = PagePool(host.ctx, 3 * 1600 * 10 * 2)
    store, network = started(pool, [(10, 40, 40)] * 5)
    assert pool.nbytes <= pool.budget_bytes
    assert [store.held[0, i].pieces is None for i in range(5)] == [False] * 3 + [True] * 2
    assert "2 of 5 layers are not shown" in str(store.shortfall())
    assert "texture_budget_bytes" in str(store.shortfall())
    store.accept(block(network, 4, waves(10, 40, 40)))
    assert store.upload(1 << 30, store.waiting()) == []
    assert store.pending == 0
    store.remove(0)
    assert store.shortfall() is None
    pool.release()


def test_blocks_of_another_graph_are_dropped(pool):
    store, network = started(pool, [(4, 9, 9)])
    store.accept(block(network, 0, waves(4, 8, 9)))
    assert store.upload(1 << 30, store.waiting()) == []
    assert store.pending == 0


def test_a_network_that_goes_frees_all_its_slots(pool):
    store, network = started(pool, [(50, 40, 40), (20, 7, 7)])
    store.accept(block(network, 0, waves(50, 40, 40)))
    store.upload(20000, store.waiting())  # one is on its way
    store.remove(0)
    assert all(page.slots.free == page.shape.capacity for page in pool.pages)
    assert store.pending == 0
    pool.trim()
    assert pool.nbytes == 0


def test_the_driver_keeps_just_the_mip_levels_of_a_page(pool):
    from OpenGL import GL

    started(pool, [(64, 7, 7), (6, 64, 48)])
    for page, levels in zip(pool.pages, (0, 2), strict=True):
        assert page.shape.levels == levels
        GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, page.texture.glo)
        assert GL.glGetTexParameteriv(GL.GL_TEXTURE_2D_ARRAY, GL.GL_TEXTURE_MAX_LEVEL) == levels
        made = [GL.glGetTexLevelParameteriv(GL.GL_TEXTURE_2D_ARRAY, k, GL.GL_TEXTURE_WIDTH) for k in range(levels + 2)]
        assert made == [page.shape.texels[1] >> k for k in range(levels + 1)] + [0]


@pytest.mark.parametrize(("count", "size"), [(3, (64, 48)), (11, (64, 48)), (11, (35, 37))])
def test_mip_levels_go_with_the_values_of_their_run(pool, count, size):
    store, network = started(pool, [(count, *size)])
    values = waves(count, *size)
    means = halved(values)
    store.accept(MipLevels(0, 2, 0, means))
    store.accept(block(network, 0, values, run=2))
    store.upload(1 << 30, store.waiting())
    held = store.held[0, 0]
    assert held.levels == len(mip_sizes(*size)) >= 2
    np.testing.assert_array_equal(stored(store, 0), values)
    for level in range(1, held.levels + 1):
        np.testing.assert_array_equal(stored(store, 0, level=level), means[level - 1])
    store.accept(block(network, 0, values, run=3))
    store.upload(1 << 30, store.waiting())
    assert store.held[0, 0].levels == 0  # the old levels do not belong to the new values
    store.accept(MipLevels(0, 2, 0, means))
    store.upload(1 << 30, store.waiting())
    assert store.held[0, 0].levels == 0
    assert store.pending == 0


def test_mip_levels_take_no_memory_from_maps(host):
    small, large = 40 * 20 * 20 * 2, 12 * 40 * 40 * 2
    for more, levels in [(0, 0), (large // 4 + large // 16, 2)]:
        pool = PagePool(host.ctx, small + large + more)
        store, network = started(pool, [(12, 40, 40), (40, 20, 20)])  # the layer with mip levels asks first
        assert store.shortfall() is None
        assert [page.shape.levels for page in pool.pages] == [levels, 0]
        values = waves(12, 40, 40)
        store.accept(block(network, 0, values))
        store.accept(MipLevels(0, 1, 0, halved(values)))
        store.upload(1 << 30, store.waiting())
        assert store.held[0, 0].levels == levels
        np.testing.assert_array_equal(stored(store, 0), values)
        pool.release()
