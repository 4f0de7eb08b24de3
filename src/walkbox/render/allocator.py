"""Which slots of a row of slots are free."""

from __future__ import annotations

import bisect

__all__ = ["Run", "SlotAllocator"]

Run = tuple[int, int]
"""First slot and number of slots."""


class SlotAllocator:
    """Hands out runs of neighbouring slots out of 0..capacity, and takes them back.

    Free runs are kept in order and joined with their neighbours; the smallest run that fits is used first, so that
    large ones stay whole.
    """

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.free = capacity
        self._runs: list[Run] = [(0, capacity)] if capacity else []

    @property
    def longest(self) -> int:
        """Length of the longest free run."""
        return max((length for _, length in self._runs), default=0)

    @property
    def free_runs(self) -> tuple[Run, ...]:
        """All free runs, in order."""
        return tuple(self._runs)

    def grow(self, count: int) -> None:
        """Add *count* free slots at the end."""
        self.capacity += count
        self.give_back([(self.capacity - count, count)])

    def take(self, count: int) -> list[Run]:
        """Runs of *count* slots altogether: one when some free run is long enough, else several.

        Raises:
            ValueError: fewer than *count* slots are free.
        """
        if count < 0 or count > self.free:
            raise ValueError(f"{count} slots were asked for and {self.free} of {self.capacity} are free.")
        taken = []
        while count:
            fitting = [i for i, (_, n) in enumerate(self._runs) if n >= count]
            if fitting:
                index = min(fitting, key=lambda i: self._runs[i][1])
            else:
                index = max(range(len(self._runs)), key=lambda i: self._runs[i][1])
            start, length = self._runs[index]
            used = min(count, length)
            if used == length:
                del self._runs[index]
            else:
                self._runs[index] = (start + used, length - used)
            taken.append((start, used))
            self.free -= used
            count -= used
        return taken

    def give_back(self, runs: list[Run]) -> None:
        """Free runs that were taken.

        Raises:
            ValueError: a slot of them is free already or does not exist.
        """
        for start, length in runs:
            if length <= 0:
                continue
            index = bisect.bisect(self._runs, (start, length))
            before = self._runs[index - 1] if index else None
            after = self._runs[index] if index < len(self._runs) else None
            overlaps = (before and before[0] + before[1] > start) or (after and start + length > after[0])
            if overlaps or start < 0 or start + length > self.capacity:
                raise ValueError(f"Slots {start} to {start + length - 1} are not all taken.")
            self.free += length
            if after and start + length == after[0]:
                length += after[1]
                del self._runs[index]
            if before and before[0] + before[1] == start:
                start, length = before[0], before[1] + length
                index -= 1
                del self._runs[index]
            self._runs.insert(index, (start, length))
