"""Pages: GL texture arrays that hold the maps of one size, and who has which slots of them.

A page is one R16F array of maps of equal height and width. Small maps lie many to an array layer, so that even a driver
with few array layers holds a whole network in a handful of pages: one under the other, which is how they lie in memory
anyway and so are uploaded without being moved, in several columns, because drivers pad each row of a texture.
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
_STACK_ROWS = 1024
_ROW_VALUES = 32  # rows of a texture begin at multiples of 64 bytes, in Mesa's software renderer and in most hardware
_BYTES = 2


@dataclass(frozen=True)
class PageShape:
    """How the maps of a page lie: slots go down a column of its first array layer, of its second, ..., then to the
    next column.

    Attributes:
        size: height and width of its maps.
        columns: maps side by side.
        stack: maps one under the other in an array layer.
        layers: array layers.
        levels: mip levels beside level 0; only where maps do not lie one under the other, and their width can be halved
            as often.
    """

    size: MapSize
    columns: int
    stack: int
    layers: int
    levels: int = 0

    @property
    def capacity(self) -> int:
        """Slots."""
        return self.columns * self.stack * self.layers

    @property
    def texels(self) -> tuple[int, int]:
        """Rows and columns of an array layer."""
        return self.size[0] * self.stack, self.size[1] * self.columns

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
        height, width = values.shape[1:]
        stack, in_column = self.shape.stack, self.shape.stack * self.shape.layers
        done, count = 0, len(values)
        while done < count:
            column, place = divmod(first + done, in_column)
            layer, inside = divmod(place, stack)
            left = min(count - done, in_column - place)
            if inside or left < stack:
                taken, layers = min(stack - inside, left), 1
            else:
                layers = left // stack
                taken = layers * stack
            at, size = (layer, inside * height, column * width), (layers, taken // layers * height, width)
            write_values(self.texture, level, at, size, values[done : done + taken])
            done += taken

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

    def shapes(self, size: MapSize, count: int, columns: int = _ROW_VALUES) -> list[PageShape]:
        """Of new pages for so many maps, in at most so many columns, without mip levels."""
        assert self.max_layers and self.max_size
        height, width = size
        columns = max(1, min(columns, _ROW_VALUES // math.gcd(width, _ROW_VALUES), self.max_size // width, count))
        stacked = height * width <= STACKED_VALUES
        if not stacked and width % (1 << len(mip_sizes(*size))):
            columns = 1  # the columns would not begin at whole values of the mip levels
        most_down = max(1, min(_STACK_ROWS, self.max_size) // height) if stacked else 1
        down = -(-count // columns)
        layers = -(-down // most_down)
        stack = -(-down // layers)
        layers = -(-down // stack)
        most = max(1, min(self.max_layers, PAGE_BYTES // (columns * stack * height * width * _BYTES)))
        return [PageShape(size, columns, stack, min(most, layers - first)) for first in range(0, layers, most)]

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

        They get mip levels, and the columns that a driver likes, where *reserved* bytes of the budget are left then.
        """
        room = self.budget_bytes - self.nbytes
        for columns in (_ROW_VALUES, 1):  # a single column leaves fewer slots over
            shapes = self.shapes(size, count, columns)
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
