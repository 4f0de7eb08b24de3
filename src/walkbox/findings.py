"""What the model thread finds out when it is asked: fields, kernels, scores of a whole data set.

Messages like those of :mod:`walkbox.messages`; all arrays are plain numpy and never written again by the sender.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from walkbox.messages import Message

__all__ = [
    "EVALUATING",
    "FINDING_TOP",
    "Evaluation",
    "Exported",
    "Kernels",
    "Numbers",
    "ReceptiveField",
    "Segmentation",
    "TopPicture",
    "TopPictures",
    "WeightsKnown",
]

EVALUATING = "evaluating the data set"
FINDING_TOP = "finding top pictures"
"""Names of the tasks in :class:`walkbox.messages.Progress`, and for :class:`walkbox.commands.CancelTask`."""


@dataclass(frozen=True, slots=True)
class ReceptiveField(Message):
    """What one value of a map sees of the input picture.

    Attributes:
        layer, channel, row, column: the value.
        strength: float32 (H, W) of the picture that the model sees, 0..1: how much the value changes with each pixel
            (the gradient's size, the largest is 1).
        box: top, left, bottom, right in pixels, ends not included: all that can change the value at all, whatever the
            picture. Empty (0, 0, 0, 0) where nothing can.
        note: sentences on what could not be told, empty where all is well.
    """

    layer: int
    channel: int
    row: int
    column: int
    strength: np.ndarray
    box: tuple[int, int, int, int]
    note: str = ""


@dataclass(frozen=True, slots=True)
class WeightsKnown(Message):
    """The digest of the model's weights (SHA-256, 64 hexadecimal digits); once, soon after the first run."""

    awaited = False

    digest: str


@dataclass(frozen=True, slots=True)
class Kernels(Message):
    """The weight of a layer, as it is in the model.

    Attributes:
        layer: layer id.
        name: the parameter's name.
        values: float32 (outputs, inputs of a group, height, width); a linear layer's are 1 x 1, a 3-D convolution's
            slices lie one under another.
    """

    layer: int
    name: str
    values: np.ndarray

    @property
    def key(self) -> Hashable:
        return (Kernels, self.network, self.layer)


@dataclass(frozen=True, slots=True)
class Segmentation(Message):
    """The class of each pixel, for a model that gives (N, K, H, W) scores.

    Attributes:
        classes: uint8 or uint16 (H, W), row 0 on top.
        shares: float32 (K,), share of the pixels of each class.
    """

    classes: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, slots=True)
class Numbers(Message):
    """Outputs that are neither classes nor a segmentation, as tables.

    Attributes:
        tables: (name of the output, its full shape, float32 values of its first entries in reading order).
    """

    tables: tuple[tuple[str, tuple[int, ...], np.ndarray], ...]


@dataclass(frozen=True, slots=True)
class Evaluation(Message):
    """How well a classifier does on the data set, so far.

    Attributes:
        done, total: pictures.
        right: pictures whose label was the most likely class.
        confusion: int64 (K, K): rows are labels, columns what the model says.
        predicted: int32 (total,): most likely class of each picture, -1 where not known yet or the picture failed.
        labels: int32 (total,): its label, -1 where it has none.
        problems: a sentence for each picture that could not be used (the first hundred).
    """

    done: int
    total: int
    right: int
    confusion: np.ndarray
    predicted: np.ndarray
    labels: np.ndarray
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopPicture:
    """A picture that excites a channel.

    Attributes:
        entry: its number in the data set.
        value: the largest value of the channel's map.
        row, column: where in the map.
        box: top, left, bottom, right in 0..1 of the picture that the model sees: the field of that value.
    """

    entry: int
    value: float
    row: int
    column: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TopPictures(Message):
    """The pictures of the data set that excite each channel of a layer most, so far.

    Attributes:
        layer: layer id.
        done, total: pictures looked at, and pictures in the data set.
        channels: for each channel its best pictures, the strongest first.
    """

    layer: int
    done: int
    total: int
    channels: tuple[tuple[TopPicture, ...], ...]

    @property
    def key(self) -> Hashable:
        return (TopPictures, self.network, self.layer)


@dataclass(frozen=True, slots=True)
class Exported(Message):
    """An export has ended. One that failed is a :class:`walkbox.messages.Failure` instead.

    Attributes:
        folder: where it stands.
        files: so many were written; 0 where it was given up, then nothing of it is left.
    """

    folder: str
    files: int

    @property
    def key(self) -> Hashable:
        return (Exported, self.network, self.folder)
