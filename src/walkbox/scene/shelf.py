"""The shelf: a window onto all pictures that one can take, be there five or 100,000."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Protocol, overload

import numpy as np

__all__ = ["PAGE_COLUMNS", "ROWS", "Catalogue", "Shelf"]

ROWS = 4
PAGE_COLUMNS = 8
"""Most columns; a page is at most so many times :data:`ROWS`."""


class Catalogue(Protocol):
    """What the scene needs to know of a data set (a ``walkbox.engine.datasets.PictureSource``)."""

    @property
    def learns(self) -> bool:
        """Further labels become known when pictures are read."""
        ...

    def __len__(self) -> int: ...

    def name(self, index: int, /) -> str:
        """What is written under a picture."""
        ...

    def label(self, index: int, /) -> str:
        """Its class, or an empty string."""
        ...

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Classes that are present, and int32 (N,) the place of each picture's in them, -1 where it has none."""
        ...


class Nothing:
    """The catalogue of a shelf without a data set."""

    learns = False

    def __len__(self) -> int:
        return 0

    def name(self, index: int, /) -> str:
        return ""

    def label(self, index: int, /) -> str:
        return ""

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        return (), np.zeros(0, np.int32)


class Shelf(Sequence[int]):
    """Ids of the pictures on the shelf, in order: first those that were made, the oldest first, then the data set's.

    Ids of the data set are its numbers, from 0 on. A sequence of those that pass the filter, of which a page is shown:
    rows of :attr:`columns` pictures each, at most :data:`ROWS` of them. No object is kept for a picture that is not
    shown.

    Attributes:
        made: labels of the pictures that are no data set's, by id.
        label: only pictures of this class are shown, of all classes where it is empty.
        first: place of the first picture that is shown, the first of a row.
        thumbnails: uint8 (H, W, 3) of the data set's pictures that have been decoded, by id; None for one that cannot
            be. ``walkbox.app.pictures`` keeps those that are shown, and some more.
        seen: ids of the page whose thumbnails are shown already; plates stand for the others. Set with :meth:`show`.
        revision: rises when another picture is to be seen, or another button.
    """

    def __init__(self, catalogue: Catalogue | None = None):
        self._catalogue: Catalogue = catalogue or Nothing()
        self.made: dict[int, str] = {}
        self.label = ""
        self.first = 0
        self.thumbnails: Mapping[int, np.ndarray | None] = {}
        self.seen: Set[int] = frozenset()
        self.revision = 0
        self._order: np.ndarray | None = None
        self._classes: tuple[str, ...] | None = None
        self._generator = np.random.default_rng()
        self._luck = 0.0

    # What there is ----------------------------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """The data set. Set another one when there is one, or when it has grown."""
        return self._catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._changed()

    @property
    def total(self) -> int:
        """How many pictures there are, whatever their class."""
        return len(self.made) + len(self._catalogue)

    def classes(self) -> tuple[str, ...]:
        """Labels that some picture has, sorted."""
        if self._classes is None:
            self._classes = tuple(sorted({*self._catalogue.labels()[0], *self.made.values()} - {""}))
        return self._classes

    def name(self, id: int) -> str:
        """What is written under a picture of the data set."""
        return self._catalogue.name(id)

    def label_of(self, id: int) -> str:
        """Class of a picture on the shelf, or an empty string."""
        return self.made[id] if id in self.made else self._catalogue.label(id)

    # Those that pass the filter ---------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._ids())

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        return self._ids()[place].tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids().tolist())

    def __contains__(self, id: object) -> bool:
        return isinstance(id, int) and bool((self._ids() == id).any())

    def _ids(self) -> np.ndarray:
        if self._order is None:
            count = len(self._catalogue)
            if not self.label:
                made, entries = sorted(self.made), np.arange(count, dtype=np.int64)
            else:
                names, codes = self._catalogue.labels()
                made = sorted(id for id, label in self.made.items() if label == self.label)
                code = names.index(self.label) if self.label in names else -2
                entries = np.flatnonzero(codes == code)
            self._order = np.concatenate([np.array(made, np.int64), entries])
        return self._order

    # The page ---------------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Pictures in a row; the shelf is as wide, whatever is filtered."""
        total = self.total
        return max(3, min(total, 4) if total <= 2 * ROWS else min(-(-total // ROWS), PAGE_COLUMNS))

    @property
    def rows(self) -> int:
        """Rows that the shelf has room for."""
        return min(ROWS, max(1, -(-self.total // self.columns)))

    @property
    def page(self) -> int:
        """How many pictures are shown at once, at most."""
        return self.columns * self.rows

    @property
    def last(self) -> int:
        """Largest :attr:`first`: then the last row stands at the bottom."""
        return max(0, -(-len(self) // self.columns) - self.rows) * self.columns

    def shown(self) -> list[int]:
        """Ids of the page."""
        return self[self.first : self.first + self.page]

    def near(self) -> list[int]:
        """Ids of the pages before and after, the nearest rows first."""
        after = self[self.first + self.page : self.first + 2 * self.page]
        before = self[max(0, self.first - self.page) : self.first][::-1]
        both = [id for pair in zip(after, before, strict=False) for id in pair]
        return both + after[len(before) :] + before[len(after) :]

    def scroll(self, first: int) -> None:
        """Show the page that begins with the row of a place."""
        self.first = min(max(first, 0) // self.columns * self.columns, self.last)
        self.shuffle()

    def filter(self, label: str) -> None:
        """Show only pictures of a class, all for an empty label, from the first on."""
        self.label, self.first = label, 0
        self._changed()

    def reveal(self, id: int) -> None:
        """Scroll as far as needed for a picture to be shown; the filter falls when it does not pass."""
        if id not in self:
            self.filter("")
        places = np.flatnonzero(self._ids() == id)
        if len(places) and not self.first <= int(places[0]) < self.first + self.page:
            self.scroll(int(places[0]))

    def show(self, seen: Set[int]) -> None:
        """Show these thumbnails, and plates for the others."""
        self.seen = seen
        self.revision += 1
        if self._catalogue.learns:
            self._classes = None

    def add(self, id: int, label: str = "") -> None:
        """Put a picture that was made on the shelf."""
        self.made[id] = label
        self._changed()

    @property
    def random_place(self) -> int:
        """A place anywhere on the shelf, another one after each :meth:`shuffle`."""
        return int(self._luck * len(self))

    def shuffle(self) -> None:
        """Draw another :attr:`random_place`."""
        self._luck = float(self._generator.random())
        self.revision += 1

    def _changed(self) -> None:
        self._order = self._classes = None
        self.first = min(self.first, self.last)
        self.shuffle()
