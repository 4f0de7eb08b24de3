"""One line on the terminal that says what takes so long."""

from __future__ import annotations

import sys
import time

__all__ = ["Waiting"]

PATIENCE_S = 1.0


class Waiting:
    """Shows a task and its seconds on stderr once a second is over; nothing where stderr is no terminal.

    Use as a context manager: the line is gone when the block ends.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = ""

    def __call__(self, task: str) -> None:
        """Say what is being done."""
        seconds = time.monotonic() - self._began
        line = f"{task} ... {seconds:.0f} s"
        if seconds >= PATIENCE_S and line != self._shown and sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
            self._shown = line

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
