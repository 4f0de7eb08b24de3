"""What the model thread does when nobody waits for it: long tasks over a data set, and the weights' digest.

Everything goes in steps of one picture (or 32 MiB of weights), so whoever asks for something waits for one at most.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol

from torch import nn

from walkbox.capture.digest import digest_steps

__all__ = ["Background", "Task"]


class Task(Protocol):
    """A long job in steps.

    Attributes:
        name: as in its :class:`walkbox.messages.Progress`.
    """

    name: str

    def step(self) -> bool:
        """Do a little; False once nothing is left to do. After that, or an exception, it is stopped."""
        ...

    def stop(self) -> None:
        """Keep what was found, say that the task has ended. Called once."""
        ...


class Background:
    """Tasks that take turns, then the digest.

    Args:
        on_error: takes what a task raised; the task is stopped.
        on_digest: takes the digest of the weights.
    """

    def __init__(self, on_error: Callable[[BaseException], None], on_digest: Callable[[str], None]):
        self._on_error = on_error
        self._on_digest = on_digest
        self._tasks: dict[str, Task] = {}
        self._digest: Generator[None, None, str] | None = None
        self._digested = False

    def __bool__(self) -> bool:
        return bool(self._tasks) or self._digest is not None

    def start(self, task: Task) -> None:
        """Begin a task; one of the same name is stopped before."""
        self.stop(task.name)
        self._tasks[task.name] = task

    def get(self, name: str) -> Task | None:
        """The task of that name that is under way."""
        return self._tasks.get(name)

    def stop(self, name: str) -> None:
        """Stop a task, if there is one of that name."""
        task = self._tasks.pop(name, None)
        if task is not None:
            try:
                task.stop()
            except Exception as error:
                self._on_error(error)

    def close(self) -> None:
        """Stop all tasks."""
        for name in list(self._tasks):
            self.stop(name)
        self._digest = None

    def want_digest(self, model: nn.Module) -> None:
        """Compute the digest of the model's weights, once."""
        if not self._digested:
            self._digested = True
            self._digest = digest_steps(model)

    def step(self) -> None:
        """The next step of whatever's turn it is."""
        if self._digest is not None:  # it is short, and tasks need it
            try:
                next(self._digest)
            except StopIteration as end:
                self._digest = None
                self._on_digest(end.value)
            except Exception as error:  # a state_dict of the user's own
                self._digest = None
                self._on_error(error)
            return
        name, task = next(iter(self._tasks.items()))
        try:
            more = task.step()
        except BaseException as error:  # user code may raise anything
            self.stop(name)
            self._on_error(error)
            return
        if more:
            del self._tasks[name]  # to the end of the queue
            self._tasks[name] = task
        else:
            self.stop(name)
