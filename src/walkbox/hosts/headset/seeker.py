"""Looking for a runtime and a headset without holding anybody up.

Connecting may take seconds (SteamVR starts itself for it), so it is done on a thread of its own, a few seconds apart.
OpenXR allows that for the instance; what needs the OpenGL context follows on the main thread.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from walkbox.errors import HostError

if TYPE_CHECKING:
    from walkbox.hosts.headset.instance import Instance

__all__ = ["Seeker"]

EVERY_S, SLOWLY_S = 3.0, 15.0
"""Time between two attempts: for the first half minute, when things are being switched on, and after that."""

EAGER_ATTEMPTS = 10
LONGEST_S = 60.0
JOIN_S = 3.0
QUIET = {"XR_LOADER_DEBUG": "none", "OXR_NO_PRINTING": "1"}
"""The loader and Monado print every failure, and there is one with each attempt. A user's own values are kept."""


class Seeker:
    """Finds an instance whose headset answers.

    Args:
        needed: extensions without which there is no use.

    Attributes:
        why: what the last attempt said, one sentence; empty before the first.
        attempts: how many there were.
    """

    def __init__(self, needed: tuple[str, ...]):
        self.why = ""
        self.attempts = 0
        self._needed = needed
        self._failures = self._useless = 0
        self._due_s = 0.0
        self._thread: threading.Thread | None = None
        self._instance: Instance | None = None
        self._ready = False

    def find(self) -> Instance:
        """Look once, and wait for the answer.

        Raises:
            HostError: no headset, with what to do.
        """
        self._look()
        if not self._ready:
            raise HostError(self.why)
        return self._take()

    def poll(self) -> Instance | None:
        """What was found since the last call; starts to look again when it is time. Never waits."""
        if self._thread is not None:
            if self._thread.is_alive():
                return None
            self._thread = None
            if self._ready:
                return self._take()
            self._failures += 1
            self._due_s = time.monotonic() + (EVERY_S if self._failures < EAGER_ATTEMPTS else SLOWLY_S)
        elif time.monotonic() >= self._due_s:
            self._thread = threading.Thread(target=self._look, name="walkbox-headset", daemon=True)
            self._thread.start()
        return None

    def lost(self, why: str) -> None:
        """A session that lived is over: look for the next one soon."""
        self.why, self._useless, self._failures = why, 0, 0
        self._due_s = time.monotonic() + EVERY_S

    def useless(self, why: str) -> None:
        """What was found gave no session: each time the pause doubles, up to a minute, for it cost a moment."""
        self.why, self._useless = why, self._useless + 1
        self._due_s = time.monotonic() + min(EVERY_S * 2**self._useless, LONGEST_S)

    def give_back(self, instance: Instance) -> None:
        """Keep an instance that is still good, for the next attempt."""
        self._instance = instance

    def _take(self) -> Instance:
        assert self._instance is not None
        instance, self._instance, self._ready = self._instance, None, False
        return instance

    def _look(self) -> None:
        self.attempts += 1
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        try:
            from walkbox.hosts.headset.actions import Actions
            from walkbox.hosts.headset.instance import OPTIONAL_EXTENSIONS, Instance
        except (ImportError, OSError, NotImplementedError) as error:
            self.why = f"No headset: pyopenxr cannot be loaded here ({error}). Walk in the window."
            return
        try:
            if self._instance is None:
                self._instance = Instance(self._needed, OPTIONAL_EXTENSIONS + Actions.EXTENSIONS)
            self._instance.find_headset()
        except Exception as error:  # a runtime may answer with what pyopenxr does not know
            known = isinstance(error, HostError)
            self.why = str(error) if known else f"No headset: the OpenXR runtime says what nobody knows ({error!r})."
            # A runtime without a headset is only asked again; one that fails is let go.
            if self._instance is not None and "FORM_FACTOR_UNAVAILABLE" not in self.why:
                self._instance.close()
                self._instance = None
        else:
            self.why, self._ready = "", True

    def close(self) -> None:
        """Let go of what was found. May be called twice."""
        if self._thread is not None:
            self._thread.join(JOIN_S)
            self._thread = None
        if self._instance is not None:
            self._instance.close()
            self._instance = None
