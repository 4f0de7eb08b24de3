"""Threads that list, decode and make pictures beside the frame loop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from walkbox.engine.datasets import PictureSource
from walkbox.engine.pictures import LoadedPicture
from walkbox.engine.priority import give_way
from walkbox.errors import WalkboxError
from walkbox.messages import Mailbox, Message

__all__ = ["THUMBNAIL_PX", "Decoder", "PictureMade", "SourceOpened", "ThumbnailDecoded"]

THUMBNAIL_PX = 192
THREADS = 2


@dataclass(frozen=True, slots=True)
class SourceOpened(Message):
    """Pictures have been listed.

    Attributes:
        serial: counts them.
        source: all there are now.
        first: number of the first new one; None where there is none.
        problems: a sentence for each path that could not be listed.
        place: the first new one is to go into the input frame.
    """

    serial: int
    source: PictureSource
    first: int | None
    problems: tuple[str, ...]
    place: bool

    @property
    def key(self) -> Hashable:
        return (SourceOpened, self.serial)


@dataclass(frozen=True, slots=True)
class ThumbnailDecoded(Message):
    """A small copy of a picture of the data set.

    Attributes:
        source: where it is from.
        entry: its number.
        pixels: uint8 (H, W, 3); None where it cannot be read, then *problem* says why.
    """

    source: PictureSource
    entry: int
    pixels: np.ndarray | None
    problem: str = ""

    @property
    def key(self) -> Hashable:
        return (ThumbnailDecoded, self.entry)


@dataclass(frozen=True, slots=True)
class PictureMade(Message):
    """A whole picture has been decoded or made, or could not be.

    Attributes:
        id: of the picture.
        picture: None where *problem* says why there is none.
    """

    id: int
    picture: LoadedPicture | None
    problem: str = ""

    @property
    def key(self) -> Hashable:
        return (PictureMade, self.id)


class Decoder:
    """A few threads, started when there is something to do. All methods return at once.

    What a person waits for (:meth:`make`) comes first, then thumbnails in the order in which they were last wished for:
    wishes that were not begun are forgotten when the shelf has moved on.
    """

    def __init__(self, mailbox: Mailbox):
        self._mailbox = mailbox
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], Message]] = deque()
        self._openings: deque[tuple[Any, tuple[str, ...], bool]] = deque()
        self._wishes: deque[int] = deque()
        self._source = PictureSource()
        self._at_work: set[Hashable] = set()
        self._posted: set[int] = set()
        self._threads: list[threading.Thread] = []
        self._serial = 0
        self._closing = False

    @property
    def busy(self) -> bool:
        """A job has not been posted yet (thumbnails that nobody waits for do not count)."""
        with self._changed:
            return bool(self._jobs or self._openings) or any(not isinstance(w, int) for w in self._at_work)

    def open(self, images: Any, classes: tuple[str, ...], place: bool) -> None:
        """List more pictures: what :func:`walkbox.engine.datasets.open_source` takes, added to what there is."""
        self._ask(lambda: self._openings.append((images, classes, place)))

    def make(self, id: int, work: Callable[[], LoadedPicture]) -> None:
        """Make a picture, or decode one; what *work* raises becomes the message's problem."""

        def job() -> Message:
            try:
                return PictureMade(0, 0, id, work())
            except Exception as error:  # decoders, cameras and the user's data sets raise whatever they like
                return PictureMade(0, 0, id, None, _said(error))

        self._ask(lambda: self._jobs.append(job))

    def wish(self, source: PictureSource, entries: Sequence[int]) -> None:
        """Decode these thumbnails, the first one first, and no others."""
        with self._changed:
            self._source = source
            wishes = deque(e for e in entries if e not in self._at_work and e not in self._posted)
            if wishes == self._wishes:
                return
        self._ask(lambda: setattr(self, "_wishes", wishes))

    def taken(self, entry: int) -> None:
        """A thumbnail has been taken in: from now on it may be wished for again."""
        with self._changed:
            self._posted.discard(entry)

    def close(self) -> None:
        """End the threads; what they are at is finished, but not waited for."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(1.0)

    # On the threads -----------------------------------------------------------------------------------------------

    def _ask(self, note: Callable[[], Any]) -> None:
        with self._changed:
            note()
            if not self._closing and len(self._threads) < THREADS:
                thread = threading.Thread(target=self._main, name="walkbox-pictures", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def _main(self) -> None:
        give_way()
        while True:
            with self._changed:
                work = self._next()
                while work is None:
                    if self._closing:
                        return
                    self._changed.wait()
                    work = self._next()
                name, job = work
                self._at_work.add(name)
            try:
                message = job()
                if isinstance(message, ThumbnailDecoded):
                    with self._changed:
                        self._posted.add(message.entry)
                if not self._closing:
                    self._mailbox.post(message)
            finally:
                with self._changed:
                    self._at_work.discard(name)
                    self._changed.notify_all()

    def _next(self) -> tuple[Hashable, Callable[[], Message]] | None:
        """With the lock held: the most urgent piece of work."""
        if self._closing:
            return None
        if self._jobs:
            return object(), self._jobs.popleft()
        if self._openings and "opening" not in self._at_work:
            images, classes, place = self._openings.popleft()
            return "opening", lambda: self._open(images, classes, place)
        if self._wishes:
            source, entry = self._source, self._wishes.popleft()
            return entry, lambda: _thumbnail(source, entry)
        return None

    def _open(self, images: Any, classes: tuple[str, ...], place: bool) -> SourceOpened:
        before = self._opened
        first, problems = None, ()
        try:
            after = before.extended(images, classes)
            first, problems, self._opened = len(before), after.problems, after
        except Exception as error:
            problems = (_said(error),)
        self._serial += 1
        return SourceOpened(0, 0, self._serial, self._opened, first, problems, place)

    _opened = PictureSource()  # of the thread that opens: one at a time


def _thumbnail(source: PictureSource, entry: int) -> ThumbnailDecoded:
    try:
        return ThumbnailDecoded(0, 0, source, entry, source.thumbnail(entry, THUMBNAIL_PX))
    except Exception as error:
        return ThumbnailDecoded(0, 0, source, entry, None, _said(error))


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, WalkboxError) else f"{type(error).__name__}: {error}"
