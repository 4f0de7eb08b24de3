"""Pages: GL texture arrays that hold the maps of one size, and who has which slots of them.

A page is one R16F array of maps of equal height and width. Small maps lie flat: the values of a map one after the
other, several maps in a row of the texture. So even a driver with few array layers holds a whole network in a handful
of pages, no row is padded, and a block is copied as it lies in memory. Larger maps keep their rows, which mip levels
need.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import moderngl
import numpy as np

from walkbox.messages import STACKED_VALUES, mip_sizes
from walkbox.render.allocator import Run, SlotAllocator
from walkbox.render.arrays import value_array, write_values

__all__ = ["MapSize", "Page", "PagePool", "PageShape", "Piece"]

MapSize = tuple[int, int]
"""Height and width of a map."""

PAGE_BYTES = 256 << 20
_ROWS = 1024
_ROW_VALUES = 32  # rows of a texture begin at multiples of 64 bytes, in Mesa's software renderer and in most hardware
_PADDING = 1 / 8  # share of a row that may be lost to that: maps side by side take longer to write
_BYTES = 2
_Place = tuple[int, int, int]


@dataclass(frozen=True)
class PageShape:
    """How the maps of a page lie.

    Attributes:
        size: height and width of its maps.
        flat: a map is part of one row of an array layer; slots fill the rows of the first array layer, of the second,
            ... Else a map keeps its rows, and slots go through the array layers, then to the next column.
        across: maps side by side.
        down: rows of maps in an array layer; 1 unless flat.
        layers: array layers.
        levels: mip levels beside level 0; 0 where flat.
    """

    size: MapSize
    flat: bool
    across: int
    down: int
    layers: int
    levels: int = 0

    @property
    def capacity(self) -> int:
        """Slots."""
        return self.across * self.down * self.layers

    @property
    def texels(self) -> tuple[int, int]:
        """Rows and columns of an array layer."""
        height, width = self.size
        return (self.down, self.across * height * width) if self.flat else (height, self.across * width)

    @property
    def nbytes(self) -> int:
        """Bytes of all levels."""
        height, width = self.texels
        return sum(max(1, height >> k) * max(1, width >> k) * self.layers * _BYTES for k in range(self.levels + 1))


class Page:
    """One texture array."""

    def __init__(self, ctx: moderngl.Context, shape: PageShape):
        self.shape = shape
        self.size = shape.size
        self.slots = SlotAllocator(shape.capacity)
        self.texture = value_array(ctx, shape.texels, shape.layers, shape.levels)

    def write(self, first: int, values: np.ndarray, level: int = 0) -> None:
        """Write float16 (count, h, w), maps or a mip level of them, into the slots from *first* on."""
        part = self._flat_part if self.shape.flat else self._part
        done, count = 0, len(values)
        while done < count:
            taken, at, size = part(first + done, count - done, values.shape[1:])
            write_values(self.texture, level, at, size, values[done : done + taken])
            done += taken

    def _part(self, slot: int, left: int, size: tuple[int, ...]) -> tuple[int, _Place, _Place]:
        """What can be written at once of *left* maps from *slot* on.

        Returns:
            The number of maps, and where to and how much, in array layers, rows and columns.
        """
        (height, width), layers = size, self.shape.layers
        column, layer = divmod(slot, layers)
        taken = min(layers - layer, left)
        return taken, (layer, 0, column * width), (taken, height, width)

    def _flat_part(self, slot: int, left: int, size: tuple[int, ...]) -> tuple[int, _Place, _Place]:
        values, across, down = size[0] * size[1], self.shape.across, self.shape.down
        row, column = divmod(slot, across)
        layer, row = divmod(row, down)
        layers = rows = 1
        taken, rows_left = min(across - column, left), left // across
        if taken == across:  # whole rows
            layers = 1 if row else max(1, rows_left // down)
            rows = min(down - row, rows_left)
            taken = layers * rows * across
        return taken, (layer, row, column * values), (layers, rows, taken // (layers * rows) * values)

    def release(self) -> None:
        """Free the texture."""
        self.texture.release()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of slots of one page; a layer's maps lie in one piece, or a few."""

    page: Page
    first: int
    count: int


@dataclass
class PagePool:
    """All pages, under a memory budget.

    Args:
        ctx: the context.
        budget_bytes: most bytes that all pages may take together.
        max_layers: array layers a page may have (the driver's limit when None).
        max_size: texels along a side (the driver's limit when None).
    """

    ctx: moderngl.Context
    budget_bytes: int
    max_layers: int | None = None
    max_size: int | None = None
    pages: list[Page] = field(default_factory=list)
    nbytes: int = 0
    """Of all pages."""

    def __post_init__(self) -> None:
        info = self.ctx.info
        self.max_layers = self.max_layers or int(info["GL_MAX_ARRAY_TEXTURE_LAYERS"])
        self.max_size = self.max_size or int(info["GL_MAX_TEXTURE_SIZE"])

    def shapes(self, size: MapSize, count: int, across: int = _ROW_VALUES) -> list[PageShape]:
        """Of new pages for so many maps, at most so many side by side, without mip levels."""
        assert self.max_layers and self.max_size
        height, width = size
        flat = height * width <= min(STACKED_VALUES, self.max_size)
        length = height * width if flat else width
        across = min(across, self.max_size // length, count)
        if flat:
            across = min(across, _ROW_VALUES // math.gcd(length, _ROW_VALUES))
        elif width % (1 << len(mip_sizes(*size))):
            across = 1  # a second one would not begin at a whole value of the mip levels
        else:
            across = next((n for n in range(1, across) if _padding(n * width) <= _PADDING), across)
        rows = -(-count // across)
        layers = -(-rows // min(_ROWS, self.max_size)) if flat else rows
        down = -(-rows // layers)
        layers = -(-rows // down)
        most = max(1, min(self.max_layers, PAGE_BYTES // (across * down * height * width * _BYTES)))
        return [PageShape(size, flat, across, down, min(most, layers - first)) for first in range(0, layers, most)]

    def _of_size(self, size: MapSize) -> Iterator[Page]:
        return (page for page in self.pages if page.size == size)

    def take(self, size: MapSize, count: int) -> list[Piece] | None:
        """Slots for *count* maps, in pages that exist and in new ones; None when the budget does not allow it."""
        missing = count - sum(page.slots.free for page in self._of_size(size))
        if missing > 0 and not self.grow(size, missing):
            return None
        pieces = []
        for page in sorted(self._of_size(size), key=lambda p: p.slots.longest < count):
            taken = min(count, page.slots.free)
            pieces += [Piece(page, first, n) for first, n in page.slots.take(taken)]
            count -= taken
        return pieces

    def grow(self, size: MapSize, count: int, reserved: int = 0) -> bool:
        """Make pages for *count* more maps; False, and nothing is made, when the budget does not allow it.

        They get mip levels, and rows as a driver likes them, where *reserved* bytes of the budget are left then.
        """
        room = self.budget_bytes - self.nbytes
        for across in (_ROW_VALUES, 1):  # one map a row leaves fewer slots over
            shapes = self.shapes(size, count, across)
            left = room - sum(shape.nbytes for shape in shapes)
            if left >= reserved:
                break
        if left < 0:
            return False
        for shape in shapes:
            levelled = replace(shape, levels=len(mip_sizes(*size)))
            more = levelled.nbytes - shape.nbytes
            if left - more >= reserved:
                shape, left = levelled, left - more
            self.pages.append(Page(self.ctx, shape))
            self.nbytes += shape.nbytes
        return True

    def give_back(self, pieces: list[Piece]) -> None:
        """Free slots; pages that hold nothing more stay for the next who needs their size, until :meth:`trim`."""
        for piece in pieces:
            run: Run = (piece.first, piece.count)
            piece.page.slots.give_back([run])

    def trim(self) -> list[Page]:
        """Release the pages that hold nothing, and return them."""
        empty = [page for page in self.pages if page.slots.free == page.shape.capacity]
        self.pages = [page for page in self.pages if page.slots.free < page.shape.capacity]
        for page in empty:
            page.release()
            self.nbytes -= page.shape.nbytes
        return empty

    def release(self) -> None:
        """Free all pages."""
        for page in self.pages:
            page.release()
        self.pages.clear()
        self.nbytes = 0


def _padding(values: int) -> float:
    """Share of a row of so many values that a driver adds."""
    padded = -(-values // _ROW_VALUES) * _ROW_VALUES
    return (padded - values) / padded
