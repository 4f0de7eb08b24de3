"""Pages: GL texture arrays that hold the maps of one size, and who has which slots of them.

A page is one R16F array of maps of equal height and width. Small maps are stacked, many to an array layer, one under
the other: that is how they lie in memory anyway, so they are uploaded without being moved, and even a driver with few
array layers holds a whole network in a handful of pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import moderngl
import numpy as np

from walkbox.messages import STACKED_VALUES
from walkbox.render import glue
from walkbox.render.allocator import Run, SlotAllocator

__all__ = ["MapSize", "Page", "PagePool", "Piece"]

MapSize = tuple[int, int]
"""Height and width of a map."""

PAGE_BYTES = 256 << 20
_STACK_ROWS = 1024
_BYTES = 2


class Page:
    """One texture array.

    Args:
        size: height and width of its maps.
        stack: maps in one array layer.
        layers: array layers.

    Attributes:
        capacity: slots, ``stack * layers``.
        levels: mip levels beside level 0; only pages with one map a layer can have them.
    """

    def __init__(self, ctx: moderngl.Context, size: MapSize, stack: int, layers: int):
        self.size, self.stack, self.layers = size, stack, layers
        self.capacity = stack * layers
        self.slots = SlotAllocator(self.capacity)
        self.levels = 0
        height, width = size
        self.texture = ctx.texture_array((width, height * stack, layers), 1, dtype="f2")
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False

    @property
    def nbytes(self) -> int:
        """Bytes of all its levels."""
        return self.bytes_with(self.levels)

    def bytes_with(self, levels: int) -> int:
        """Bytes that it takes with that many mip levels."""
        height, width = self.size
        return sum(
            max(1, height * self.stack >> k) * max(1, width >> k) * self.layers * _BYTES for k in range(levels + 1)
        )

    def write(self, first: int, values: np.ndarray) -> None:
        """Write float16 (count, h, w) into the slots from *first* on."""
        height, width = self.size
        done, count = 0, len(values)
        while done < count:
            layer, inside = divmod(first + done, self.stack)
            if inside or count - done < self.stack:
                taken, layers = min(self.stack - inside, count - done), 1
            else:
                layers = (count - done) // self.stack
                taken = layers * self.stack
            size = (layers, taken // layers * height, width)
            glue.write_values(self.texture, 0, inside * height, layer, size, values[done : done + taken])
            done += taken

    def make_levels(self, levels: int) -> None:
        """Give it room for mip levels."""
        if self.levels < levels:
            glue.add_levels(self.texture, self.size, self.layers, levels)
            self.levels = levels

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

    def __post_init__(self) -> None:
        info = self.ctx.info
        self.max_layers = self.max_layers or int(info["GL_MAX_ARRAY_TEXTURE_LAYERS"])
        self.max_size = self.max_size or int(info["GL_MAX_TEXTURE_SIZE"])

    @property
    def nbytes(self) -> int:
        """Bytes of all pages."""
        return sum(page.nbytes for page in self.pages)

    def stack_of(self, size: MapSize) -> int:
        """Maps of that size in one array layer."""
        height, width = size
        assert self.max_size
        return max(1, min(_STACK_ROWS, self.max_size) // height) if height * width <= STACKED_VALUES else 1

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

    def grow(self, size: MapSize, count: int) -> bool:
        """Make pages for *count* more maps; False, and nothing is made, when the budget does not allow it."""
        assert self.max_layers
        (height, width), stack = size, min(self.stack_of(size), count)
        layer_bytes = stack * height * width * _BYTES
        layers = -(-count // stack)
        if self.nbytes + layers * layer_bytes > self.budget_bytes:
            return False
        most = max(1, min(self.max_layers, PAGE_BYTES // layer_bytes))
        while layers > 0:
            self.pages.append(Page(self.ctx, size, stack, min(layers, most)))
            layers -= most
        return True

    def make_levels(self, page: Page, levels: int) -> bool:
        """Give a page room for mip levels; False when the budget does not allow it."""
        if self.nbytes - page.nbytes + page.bytes_with(levels) > self.budget_bytes:
            return False
        page.make_levels(levels)
        return True

    def give_back(self, pieces: list[Piece]) -> None:
        """Free slots; pages that hold nothing more stay for the next who needs their size, until :meth:`trim`."""
        for piece in pieces:
            run: Run = (piece.first, piece.count)
            piece.page.slots.give_back([run])

    def trim(self) -> list[Page]:
        """Release the pages that hold nothing, and return them."""
        empty = [page for page in self.pages if page.slots.free == page.capacity]
        self.pages = [page for page in self.pages if page.slots.free < page.capacity]
        for page in empty:
            page.release()
        return empty

    def release(self) -> None:
        """Free all pages."""
        for page in self.pages:
            page.release()
        self.pages.clear()
