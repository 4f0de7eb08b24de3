"""The values of the maps on the GPU: from blocks that wait, under a byte budget, to layers that flip whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from walkbox.graph import Layer
from walkbox.messages import Block, MipLevels
from walkbox.render.pages import MapSize, PagePool, Piece

__all__ = ["Held", "Key", "MapStore"]

Key = tuple[int, int]
"""Network id and layer id."""


@dataclass
class Held:
    """What the store holds of one layer.

    Attributes:
        size: height and width as stored; a map larger than the driver's textures is stored at every ``step``-th value.
        count: number of maps.
        pieces: slots that are drawn, in the order of the channels; None when the memory budget left no room.
        run: run of the values that are drawn, None before any.
        levels: mip levels that belong to these values.
    """

    size: MapSize
    count: int
    step: tuple[int, int]
    pieces: list[Piece] | None
    run: int | None = None
    levels: int = 0


_NONE: Mapping[int, Held] = MappingProxyType({})


@dataclass
class _Staged:
    """A block on its way into spare slots."""

    block: Block
    pieces: list[Piece]
    done: int = 0


@dataclass
class MapStore:
    """Which values wait, which are drawn, and in which slots.

    Small blocks are written into the slots that are drawn, between two frames. One that exceeds the budget is written
    into spare slots over several frames and then takes their place, so that a layer always flips whole.

    Attributes:
        uploaded_bytes: bytes written by the newest :meth:`upload`.
        moved: layers whose slots changed since it was last cleared; levelled: those that got mip levels.
    """

    pool: PagePool
    held: dict[Key, Held] = field(default_factory=dict)
    uploaded_bytes: int = 0
    moved: set[Key] = field(default_factory=set)
    levelled: set[Key] = field(default_factory=set)
    _blocks: dict[Key, Block] = field(default_factory=dict)
    _mips: dict[Key, MipLevels] = field(default_factory=dict)
    _staged: dict[Key, _Staged] = field(default_factory=dict)
    bare: set[Key] = field(default_factory=set)
    """Layers that are a number or a label and need no texture."""

    @property
    def pending(self) -> int:
        """Bytes of blocks and mip levels that still wait."""
        blocks = sum(b.values.nbytes for b in self._blocks.values())
        staged = sum(s.block.values.nbytes * (s.block.values.shape[0] - s.done) // max(1, s.block.values.shape[0])
                     for s in self._staged.values())  # fmt: skip
        return blocks + staged + sum(level.nbytes for m in self._mips.values() for level in m.levels)

    def accept(self, message: Block | MipLevels) -> None:
        """Queue a message; it replaces one of the same layer that still waits."""
        key = (message.network, message.layer)
        if isinstance(message, Block):
            self._blocks[key] = message
        else:
            self._mips[key] = message

    def add(self, network: int, layers: Iterable[Layer], staying: Mapping[int, Held] = _NONE) -> None:
        """Take slots for the layers of a network: all of one size together, so that few pages are made.

        Args:
            network: its id.
            layers: all of it.
            staying: what :meth:`keep` gave back, by layer id: these have slots already, and show what is in them.
        """
        self.held.update({(network, layer): held for layer, held in staying.items()})
        self.moved.update((network, layer) for layer in staying)
        wanted: dict[MapSize, list[tuple[Key, Held]]] = {}
        room = self.pool.budget_bytes - self.pool.nbytes
        for layer in layers:
            maps = layer.maps
            if layer.id in staying:
                continue
            if maps.values == 0 or maps.kind in ("scalar", "none"):
                self.bare.add((network, layer.id))
                continue
            assert self.pool.max_size
            step = (-(-maps.height // self.pool.max_size), -(-maps.width // self.pool.max_size))
            size = (-(-maps.height // step[0]), -(-maps.width // step[1]))
            held = Held(size, maps.count, step, None)
            self.held[network, layer.id] = held
            needed = maps.count * size[0] * size[1] * 2
            if needed <= room:
                room -= needed
                wanted.setdefault(size, []).append(((network, layer.id), held))
        missing = {size: self._missing(size, of_size) for size, of_size in wanted.items()}
        later = sum(count * size[0] * size[1] * 2 for size, count in missing.items())
        for size, of_size in wanted.items():
            if missing[size] > 0:
                later -= missing[size] * size[0] * size[1] * 2
                self.pool.grow(size, missing[size], reserved=later)
            for key, held in of_size:
                held.pieces = self.pool.take(size, held.count)
                self.moved.add(key)

    def _missing(self, size: MapSize, layers: list[tuple[Key, Held]]) -> int:
        """Slots that these layers need beyond those that are free."""
        free = sum(page.slots.free for page in self.pool.pages if page.size == size)
        return max(0, sum(held.count for _, held in layers) - free)

    def keep(self, network: int, old_ids: Sequence[int]) -> dict[int, Held]:
        """Free all of a network but what layers hold that stay; give that, by new layer id, to :meth:`add`.

        Args:
            network: its id.
            old_ids: for each layer of its new graph the id it had in the old one, or -1.
        """
        staying = {}
        for layer, old in enumerate(old_ids):
            held = self.held.get((network, old))
            if held is not None and held.pieces is not None:
                staying[layer] = replace(held)
                held.pieces = None
        self.remove(network)
        return staying

    def remove(self, network: int) -> None:
        """Free all that belongs to a network."""
        self.bare = {key for key in self.bare if key[0] != network}
        for key in [k for k in self.held if k[0] == network]:
            self.pool.give_back(self.held.pop(key).pieces or [])
            if key in self._staged:
                self.pool.give_back(self._staged.pop(key).pieces)
            self._blocks.pop(key, None)
            self._mips.pop(key, None)
            self.moved.discard(key)
            self.levelled.discard(key)

    def upload(self, budget_bytes: int, order: Sequence[Key]) -> list[Block]:
        """Write what waits, in that order, about *budget_bytes* of it (at least one map), and return what flipped."""
        left, flipped = budget_bytes, []
        self.uploaded_bytes = 0
        for key in order:
            if left <= 0:
                break
            if key in self.bare and key in self._blocks:
                flipped.append(self._blocks.pop(key))
                continue
            held = self.held.get(key)
            if held is None:
                continue
            if held.pieces is None:  # no room: said in `MapStore.shortfall`, and not kept
                self._blocks.pop(key, None)
                self._mips.pop(key, None)
                continue
            block = self._next(key, held)
            if block is None:
                continue
            written = self._write(key, held, block, left, budget_bytes)
            if written is None:
                break
            left -= written
            self.uploaded_bytes += written
            if key not in self._staged:
                flipped.append(block)
        if left > 0:
            self._upload_levels(left, order)
        return flipped

    def shortfall(self) -> str | None:
        """What the memory budget left out, one sentence, or None."""
        out = [held for held in self.held.values() if held.pieces is None]
        if not out:
            return None
        missing = sum(held.count * held.size[0] * held.size[1] * 2 for held in out)
        mib = 1 << 20
        return (
            f"{len(out)} of {len(self.held)} layers are not shown: their maps take {missing / mib:.1f} MiB more than"
            f" the texture budget of {self.pool.budget_bytes / mib:.1f} MiB. Raise texture_budget_bytes, or choose a"
            " coarser detail."
        )

    def waiting(self) -> list[Key]:
        """Layers with values that wait."""
        return list({**self._staged, **self._blocks, **self._mips})

    def _next(self, key: Key, held: Held) -> Block | None:
        if key in self._staged:
            return self._staged[key].block
        block = self._blocks.get(key)
        if block is None:
            return None
        expected = (held.count, held.size[0], held.size[1])
        step = held.step
        shape = block.values.shape
        if len(shape) != 3 or (shape[0], -(-shape[1] // step[0]), -(-shape[2] // step[1])) != expected:
            del self._blocks[key]  # of a graph that is gone
            return None
        return block

    def _write(self, key: Key, held: Held, block: Block, left: int, budget: int) -> int | None:
        """Bytes written of the block, or None when it should wait for the next frame."""
        assert held.pieces is not None
        values = block.values[:, :: held.step[0], :: held.step[1]] if held.step != (1, 1) else block.values
        if values.dtype != np.float16:
            values = values.astype(np.float16)
        staged = self._staged.get(key)
        if staged is None:
            del self._blocks[key]
            spare = None
            if values.nbytes > left:
                if values.nbytes <= budget:
                    self._blocks[key] = block
                    return None
                spare = self.pool.take(held.size, held.count)
            if spare is None:  # fits, or there is no memory for a second copy: in place, whole
                self._write_maps(held.pieces, values, 0, held.count)
                held.run, held.levels = block.run, 0
                return values.nbytes
            staged = self._staged[key] = _Staged(block, spare)
        map_bytes = values.nbytes // held.count
        count = min(held.count - staged.done, max(1, left // map_bytes))
        self._write_maps(staged.pieces, values, staged.done, count)
        staged.done += count
        if staged.done == held.count:
            del self._staged[key]
            self.pool.give_back(held.pieces)
            held.pieces, held.run, held.levels = staged.pieces, block.run, 0
            self.moved.add(key)
        return count * map_bytes

    @staticmethod
    def _write_maps(pieces: list[Piece], values: np.ndarray, first: int, count: int) -> None:
        start = 0
        for piece in pieces:
            a, b = max(first, start), min(first + count, start + piece.count)
            if a < b:
                piece.page.write(piece.first + a - start, values[a:b])
            start += piece.count

    def _upload_levels(self, left: int, order: Sequence[Key]) -> None:
        for key in order:
            message, held = self._mips.get(key), self.held.get(key)
            if message is None or held is None or left <= 0:
                continue
            if key in self._blocks or key in self._staged:
                continue  # newer values are on their way
            del self._mips[key]
            pieces = held.pieces or []
            if not pieces or message.run != held.run or held.step != (1, 1):
                continue
            # Where a page has no room for them several values a pixel are averaged instead.
            levels = message.levels[: min(piece.page.shape.levels for piece in pieces)]
            start = 0
            for piece in pieces:
                for k, level in enumerate(levels, start=1):
                    part = level[start : start + piece.count].astype(np.float16, copy=False)
                    piece.page.write(piece.first, part, k)
                start += piece.count
            held.levels = len(levels)
            self.levelled.add(key)
            nbytes = sum(level.nbytes for level in levels)
            left -= nbytes
            self.uploaded_bytes += nbytes
