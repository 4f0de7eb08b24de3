"""What can be undone: the setups that were, newest last. They share all that did not change, so they cost little."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from walkbox.scene.setup import Setup

__all__ = ["MOST_STEPS", "History"]

MOST_STEPS = 500


@dataclass(slots=True)
class _Step:
    """One change, or one drag.

    Attributes:
        setup: what undoing (of the future: redoing) it goes back to.
        said: what was done.
        drag: what is being dragged while it may still go on, else None.
    """

    setup: Setup
    said: str
    drag: Hashable | None = None


class History:
    """Steps back and forth. The newest setup itself is the caller's."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._most = most
        self._past: list[_Step] = []
        self._future: list[_Step] = []

    @property
    def can_undo(self) -> str:
        """What :meth:`undo` would take back, empty for nothing."""
        return self._past[-1].said if self._past else ""

    @property
    def can_redo(self) -> str:
        """What :meth:`redo` would do again, empty for nothing."""
        return self._future[-1].said if self._future else ""

    def note(self, before: Setup, said: str, drag: Hashable | None = None, *, ended: bool = False) -> None:
        """A change has been made.

        Args:
            before: the setup before it.
            said: what was done, in the past tense.
            drag: equal for all changes of one drag; they become one step. None for a change that stands alone.
            ended: it was the last one of its drag.
        """
        self._future.clear()
        for step in reversed(self._past):  # two hands may drag two things at a time
            if step.drag is None:
                break
            if step.drag == drag:
                step.said = said
                step.drag = None if ended else drag
                return
        self._past.append(_Step(before, said, None if ended else drag))
        del self._past[: -self._most]

    def clear(self) -> None:
        """Forget all steps."""
        self._past.clear()
        self._future.clear()

    def end_drag(self, drag: Hashable) -> None:
        """A drag ended without a change."""
        for step in self._past:
            if step.drag == drag:
                step.drag = None

    def undo(self, now: Setup) -> tuple[Setup, str] | None:
        """Step back from *now*: the setup before the newest change, and what is undone; None when nothing is left."""
        return self._step(self._past, self._future, now)

    def redo(self, now: Setup) -> tuple[Setup, str] | None:
        """Step forth again: the setup after the change that was undone last, and what it was; None for nothing."""
        return self._step(self._future, self._past, now)

    @staticmethod
    def _step(source: list[_Step], goal: list[_Step], now: Setup) -> tuple[Setup, str] | None:
        if not source:
            return None
        step = source.pop()
        for earlier in source[-1:]:
            earlier.drag = None  # what is dragged from now on is another step
        goal.append(_Step(now, step.said))
        return step.setup, step.said
