"""Filling the shelf: pictures are decoded on a thread of their own and arrive through the mailbox."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from walkbox.engine.datasets import open_source
from walkbox.engine.pictures import LoadedPicture
from walkbox.errors import WalkboxError
from walkbox.messages import Failure, Mailbox, Message

__all__ = ["PictureLoaded", "PictureLoader"]


@dataclass(frozen=True, slots=True)
class PictureLoaded(Message):
    """A picture has been decoded.

    Attributes:
        serial: counts the pictures of this walk.
        pixels: uint8 (H, W, 3).
        place: it is to go into the input frame at once.
    """

    serial: int
    pixels: np.ndarray
    name: str
    label: str
    path: str
    place: bool

    @property
    def key(self) -> Hashable:
        return (PictureLoaded, self.serial)


class PictureLoader:
    """Decodes pictures beside the frame loop.

    Any thread may call :meth:`load`; sources are worked through one after the other. Those that cannot be read become
    a :class:`Failure` each, and the others still come.
    """

    def __init__(self, mailbox: Mailbox, network: int = 0):
        self._mailbox = mailbox
        self._network = network
        self._lock = threading.Lock()
        self._serial = 0
        self._threads: list[threading.Thread] = []

    def load(self, source: Any, *, limit: int, place: bool) -> None:
        """Start decoding up to *limit* pictures of a folder, a list of paths or a data set.

        Args:
            place: put the first of them into the input frame.
        """
        thread = threading.Thread(target=self._work, args=(source, limit, place), name="walkbox pictures", daemon=True)
        with self._lock:
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    @property
    def busy(self) -> bool:
        """Pictures are still being decoded."""
        with self._lock:
            return any(t.is_alive() for t in self._threads)

    def _work(self, source: Any, limit: int, place: bool) -> None:
        loaded: list[LoadedPicture] = []
        problems: list[str] = []
        try:
            opened = open_source(source)
            problems += opened.problems
            count = min(len(opened), limit)
            for index in range(count):
                try:
                    loaded.append(opened.read(index * len(opened) // count))
                except WalkboxError as error:
                    problems.append(str(error))
        except WalkboxError as error:
            problems.append(str(error))
        except Exception as error:  # a user's data set may raise anything
            problems.append(f"The pictures could not be read: {type(error).__name__}: {error}.")
        for picture in loaded:
            self._post(picture, place)
            place = False
        for problem in problems:
            self._mailbox.post(Refused(self._network, 0, problem))

    def _post(self, picture: LoadedPicture, place: bool) -> None:
        with self._lock:
            self._serial += 1
            serial = self._serial
        self._mailbox.post(
            PictureLoaded(
                self._network, 0, serial, picture.pixels, picture.name, picture.label, str(picture.path), place
            )
        )


@dataclass(frozen=True, slots=True)
class Refused(Failure):
    """A picture that could not be read; every refusal is shown, so equal keys never meet."""

    @property
    def key(self) -> Hashable:
        return (Refused, id(self))
