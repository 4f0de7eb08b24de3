from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.render.allocator import SlotAllocator


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 50)), max_size=60),
)
def test_runs_never_overlap_and_everything_comes_back(capacity, steps):
    slots, taken = SlotAllocator(capacity), []
    owned = np.zeros(capacity, bool)
    for give, count, which in steps:
        if give and taken:
            runs = taken.pop(which % len(taken))
            for first, length in runs:
                assert owned[first : first + length].all()
                owned[first : first + length] = False
            slots.give_back(runs)
        elif count <= slots.free:
            whole = slots.longest >= count
            runs = slots.take(count)
            assert sum(n for _, n in runs) == count
            assert not whole or len(runs) <= 1  # split only when no run is long enough
            for first, length in runs:
                assert not owned[first : first + length].any()
                owned[first : first + length] = True
            taken.append(runs)
        assert slots.free == capacity - owned.sum()
        # Free runs are exactly the free slots, in order, and no two of them touch.
        free = [s for first, n in slots.free_runs for s in range(first, first + n)]
        assert free == list(np.flatnonzero(~owned))
        ends = [first + n for first, n in slots.free_runs]
        assert all(end < first for end, (first, _) in zip(ends, slots.free_runs[1:], strict=False))
    for runs in taken:
        slots.give_back(runs)
    assert slots.free_runs == (((0, capacity),) if capacity else ())


def test_growing_joins_the_last_run():
    slots = SlotAllocator(4)
    slots.take(2)
    slots.grow(3)
    assert slots.free_runs == ((2, 5),)
    assert slots.capacity == 7


@pytest.mark.parametrize("runs", [[(0, 2)], [(3, 2)], [(-1, 1)]])
def test_what_was_not_taken_cannot_be_given_back(runs):
    slots = SlotAllocator(4)
    slots.take(2)
    slots.give_back([(0, 2)])
    with pytest.raises(ValueError, match="not all taken"):
        slots.give_back(runs)


def test_too_many():
    with pytest.raises(ValueError, match="5 slots were asked for and 4 of 4 are free"):
        SlotAllocator(4).take(5)
