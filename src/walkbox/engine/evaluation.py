"""How well a classifier does on a data set: one picture a step, in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from walkbox.engine.datasets import PictureSource
from walkbox.engine.outcome import class_scores
from walkbox.errors import PictureError
from walkbox.findings import EVALUATING, Evaluation
from walkbox.messages import Message, Progress

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["EvaluationTask"]

TELL_S = 0.5
"""Seconds between two messages of how far it has come."""

MOST_PROBLEMS = 100


class EvaluationTask:
    """A task of :class:`walkbox.engine.background.Background`.

    Args:
        spec: of the loaded model.
        source: the data set; labels are names of the model's classes, or their numbers.
        network: id for the messages.
        post: takes :class:`walkbox.findings.Evaluation` and progress.
        forward: runs the model on uint8 (H, W, 3) and gives its output; the model stays as it was.
    """

    name = EVALUATING

    def __init__(
        self,
        spec: ModelSpec,
        source: PictureSource,
        network: int,
        post: Callable[[Message], object],
        forward: Callable[[np.ndarray], Any],
    ):
        self._spec, self._source, self._network = spec, source, network
        self._post, self._forward = post, forward
        total = len(source)
        self._next = 0
        self._numbers = {name: index for index, name in reversed(list(enumerate(spec.classes)))}
        self._confusion = np.zeros((len(spec.classes),) * 2, np.int64)
        self._predicted, self._labels = np.full(total, -1, np.int32), np.full(total, -1, np.int32)
        self._problems: list[str] = []
        self._told_s = time.perf_counter()

    def step(self) -> bool:
        """Run the model on the next picture."""
        if self._next < len(self._source):
            self._one(self._next)
            self._next += 1
        if time.perf_counter() - self._told_s > TELL_S:
            self._tell()
        return self._next < len(self._source)

    def stop(self) -> None:
        """Say how far it came."""
        self._tell()
        total = max(len(self._source), 1)
        self._post(Progress(self._network, 0, self.name, total, total))

    def _one(self, index: int) -> None:
        try:
            picture = self._source.read(index)
            scores = class_scores(self._forward(picture.pixels), len(self._spec.classes))
        except Exception as error:  # a broken file, the user's data set, the user's model
            known = str(error) if isinstance(error, PictureError) else f"{type(error).__name__}: {error}"
            self._complain(f"{self._source.name(index)}: {known}")
            return
        if scores is None:
            raise PictureError(
                f"{self._spec.title} gives no scores of {len(self._spec.classes) or 'two or more'} classes, so there is"
                " nothing to count. A classifier's output is a tensor (N, classes); `classes` in the model file must"
                " name as many."
            )
        best = int(np.nan_to_num(scores, nan=-np.inf).argmax())
        self._predicted[index] = best
        label = picture.label or self._source.label(index)
        if not label:
            return
        number = self._numbers.get(label, int(label) if label.isdecimal() else -1)
        if not 0 <= number < len(scores):
            known = ", ".join(self._spec.classes[:5]) or f"the numbers 0 to {len(scores) - 1}"
            self._complain(f"{self._source.name(index)}: its label {label!r} is no class of the model ({known} ...).")
            return
        self._labels[index] = number
        if len(self._confusion) < len(scores):  # a model without names of classes
            self._confusion = np.zeros((len(scores),) * 2, np.int64)
        self._confusion[number, best] += 1

    def _complain(self, problem: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def _tell(self) -> None:
        self._told_s = time.perf_counter()
        self._post(Progress(self._network, 0, self.name, self._next, len(self._source)))
        self._post(
            Evaluation(
                self._network,
                0,
                self._next,
                len(self._source),
                int(np.trace(self._confusion)),
                self._confusion.copy(),
                self._predicted.copy(),
                self._labels.copy(),
                tuple(self._problems),
            )
        )
