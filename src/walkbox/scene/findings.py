"""What has been found out about a network beside its values: the newest of each kind, for panels and furniture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace

import numpy as np

from walkbox.findings import (
    Evaluation,
    Kernels,
    Numbers,
    ReceptiveField,
    Segmentation,
    TopPictures,
    WeightsKnown,
)
from walkbox.messages import Message, Prediction

__all__ = ["Findings"]


@dataclass
class Findings:
    """Newest findings of one network; None or empty where nothing is known.

    Attributes:
        prediction: of the newest run; previous: of the newest run before it that said something else.
        segmentation, numbers: of the newest run.
        field: of the value that was pointed at last; ``field.run`` tells of which run.
        kernels, top: by layer id.
        evaluation: of the data set.
        weights: digest of the model's weights, empty until it is known.
        revision: rises with every change.
    """

    prediction: Prediction | None = None
    previous: Prediction | None = None
    segmentation: Segmentation | None = None
    numbers: Numbers | None = None
    field: ReceptiveField | None = None
    kernels: dict[int, Kernels] = dataclasses.field(default_factory=dict)
    top: dict[int, TopPictures] = dataclasses.field(default_factory=dict)
    evaluation: Evaluation | None = None
    weights: str = ""
    revision: int = 0

    def take(self, message: Message) -> bool:
        """Keep a message; False if it is none of these kinds."""
        match message:
            case Prediction():
                old = self.prediction
                if old is not None and not np.array_equal(old.scores, message.scores, equal_nan=True):
                    self.previous = old
                self.prediction = message
            case Segmentation():
                self.segmentation = message
            case Numbers():
                self.numbers = message
            case ReceptiveField():
                self.field = message
            case Kernels():
                self.kernels[message.layer] = message
            case TopPictures():
                self.top[message.layer] = message
            case Evaluation():
                self.evaluation = message
            case WeightsKnown():
                self.weights = message.digest
            case _:
                return False
        self.revision += 1
        return True

    def finished(self, run: int) -> bool:
        """A run has said all it has to: what it did not say again is no longer so. True if that is anything."""
        before = self.revision
        for name in ("prediction", "segmentation", "numbers"):
            known = getattr(self, name)
            if known is not None and known.run < run:
                setattr(self, name, None)
                self.revision += 1
        return self.revision > before

    def renumber(self, old_ids: np.ndarray) -> None:
        """The layers have other ids now: int (L,), for each new id the old one, -1 for none."""
        new_ids = {int(old): new for new, old in enumerate(old_ids) if old >= 0}
        self.kernels = {new_ids[k]: replace(v, layer=new_ids[k]) for k, v in self.kernels.items() if k in new_ids}
        self.top = {new_ids[k]: replace(v, layer=new_ids[k]) for k, v in self.top.items() if k in new_ids}
        self.field = None
        self.revision += 1
