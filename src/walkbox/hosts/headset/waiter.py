"""Waiting for a frame without being held up.

xrWaitFrame takes no time limit, and with a headset that nobody wears some runtimes let it sleep long or for ever. Then
it is called on a thread of its own (the specification allows any), and the desk goes on meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Waiter"]


class Waiter:
    """Calls *wait* on a thread, one call at a time. Everything else runs on the main thread.

    Args:
        wait: returns when a frame is to be begun, or raises.
    """

    def __init__(self, wait: Callable[[], None]):
        self._wait = wait
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    @property
    def busy(self) -> bool:
        """A call is on its way, or its frame has not been taken by :meth:`frame`."""
        return self._thread is not None

    def frame(self, patience_s: float) -> bool:
        """True when a frame has come within *patience_s*; False and it is still waited for.

        Raises:
            Exception: what *wait* raised.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="walkbox-frame", daemon=True)
            self._thread.start()
        self._thread.join(patience_s)
        if self._thread.is_alive():
            return False
        self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error
        return True

    def _run(self) -> None:
        try:
            self._wait()
        except Exception as error:  # raised again on the main thread
            self._error = error
