"""What the model thread tells the render thread, and the mailbox in which it does.

All arrays are plain numpy, made for the message and never written again by the sender.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from walkbox.graph import ModelGraph

__all__ = [
    "STACKED_VALUES",
    "Block",
    "Failure",
    "GraphReady",
    "InputPicture",
    "LayerReading",
    "LayerStatistics",
    "Mailbox",
    "Message",
    "MipLevels",
    "Prediction",
    "Progress",
    "Remark",
    "RunFinished",
    "mip_sizes",
]


STACKED_VALUES = 32 * 32
"""Maps of at most as many values lie many to an array layer of their textures, and have no mip levels."""

_SMALLEST_PX = 7


def mip_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Rows and columns of mip level 1, 2, ... of maps: halved (rounded down) as long as about 8 are left."""
    sizes: list[tuple[int, int]] = []
    if height * width > STACKED_VALUES:
        while min(height, width) // 2 >= _SMALLEST_PX:
            height, width = height // 2, width // 2
            sizes.append((height, width))
    return sizes


@dataclass(frozen=True, slots=True)
class Message:
    """Base of all messages.

    Attributes:
        network: id of the network (one model in the scene) that it belongs to.
        run: number of the forward pass it comes from, rising by one with each; 0 before any.
    """

    network: int
    run: int

    awaited: ClassVar[bool] = True
    """It wakes who waits at the mailbox; one of many of its kind does not."""

    @property
    def key(self) -> Hashable:
        """A later message with an equal key replaces this one while it waits."""
        return (type(self), self.network)


@dataclass(frozen=True, slots=True)
class GraphReady(Message):
    """The model has been recorded (again, when its control flow changed).

    Attributes:
        graph: what was recorded.
        title: the model's title.
        classes: names of the outputs of a classifier, empty where unknown.
        notes: what was guessed on the way (the example input, say), a sentence each.
    """

    graph: ModelGraph
    title: str
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block(Message):
    """The values of one layer's maps.

    Attributes:
        layer: layer id.
        values: float16, (count, height, width) of ``Layer.maps``. NaN and Inf are the model's own: finite values that
            float16 cannot hold were divided by ``scale`` first.
        scale: true value = ``values * scale``; a power of two, 1 almost always.
        minimum, maximum: the smallest and the largest finite true value (0 and 0 where there is none).
    """

    awaited = False

    layer: int
    values: np.ndarray
    scale: float
    minimum: float
    maximum: float

    @property
    def key(self) -> Hashable:
        return (Block, self.network, self.layer)


@dataclass(frozen=True, slots=True)
class MipLevels(Message):
    """Halved copies of a block, for maps that are drawn smaller than they are.

    Attributes:
        layer: layer id.
        levels: float16 arrays (count, h, w) with the block's ``scale``; level k has ``max(1, size >> k)`` rows and
            columns, the first entry is level 1.
    """

    awaited = False

    layer: int
    levels: tuple[np.ndarray, ...]

    @property
    def key(self) -> Hashable:
        return (MipLevels, self.network, self.layer)


@dataclass(frozen=True, slots=True)
class LayerStatistics(Message):
    """True numbers of one layer. NaN and Inf are counted, then left out of all else.

    Attributes:
        layer: layer id.
        map_minimum, map_maximum, map_mean, map_std, map_zeros, map_nans: float32 (count,), one value a map; zeros and
            nans are shares of 0 to 1 (nans counts NaN and Inf).
        minimum, maximum, mean, std, zeros, nans: the same of the whole layer.
        percentiles: float32 (7,): the 1st, 5th, 25th, 50th, 75th, 95th and 99th percentile of the layer.
        histogram: int64 (64,) counts; edges: float32 (65,) from minimum to maximum.
        weight_histogram, weight_edges: the same of the layer's weight, or None where it has none.
    """

    awaited = False

    layer: int
    map_minimum: np.ndarray
    map_maximum: np.ndarray
    map_mean: np.ndarray
    map_std: np.ndarray
    map_zeros: np.ndarray
    map_nans: np.ndarray
    minimum: float
    maximum: float
    mean: float
    std: float
    zeros: float
    nans: float
    percentiles: np.ndarray
    histogram: np.ndarray
    edges: np.ndarray
    weight_histogram: np.ndarray | None = None
    weight_edges: np.ndarray | None = None

    @property
    def key(self) -> Hashable:
        return (LayerStatistics, self.network, self.layer)


@dataclass(frozen=True, slots=True)
class LayerReading(Message):
    """One layer's exact values, asked for when its panel is open.

    Attributes:
        layer: layer id.
        values: float32 (count, height, width), unscaled and unrounded.
        statistics: exact, from those values.
    """

    layer: int
    values: np.ndarray
    statistics: LayerStatistics


@dataclass(frozen=True, slots=True)
class Prediction(Message):
    """What a classifier says of the picture.

    Attributes:
        scores: float32 (K,), the model's own output.
        probabilities: float32 (K,), their softmax (the scores themselves where they already sum to one).
    """

    scores: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True, slots=True)
class InputPicture(Message):
    """What the model sees of the picture in the input frame: resized, cut, its normalisation undone.

    Attributes:
        pixels: uint8 (height, width, 3), row 0 on top.
    """

    pixels: np.ndarray


@dataclass(frozen=True, slots=True)
class Remark(Message):
    """Something that a person should know once: how a picture was converted, say.

    Attributes:
        text: a sentence.
    """

    text: str

    @property
    def key(self) -> Hashable:
        return (Remark, self.network, self.text)


@dataclass(frozen=True, slots=True)
class RunFinished(Message):
    """All blocks of a run have been sent (statistics may follow).

    Attributes:
        forward_s: seconds of the forward pass, blocks included.
    """

    forward_s: float


@dataclass(frozen=True, slots=True)
class Failure(Message):
    """Something raised on the model thread; the walk goes on.

    Attributes:
        message: one readable paragraph.
        details: the traceback, for ``--debug`` and the panel.
        layer: id of the last layer that was still computed, or None.
    """

    message: str
    details: str = ""
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Progress(Message):
    """How far a long job has come.

    Attributes:
        task: what is being done, for the reader (``loading the model``).
        done, total: steps; total 0 when unknown. ``done == total > 0`` ends it.
    """

    task: str
    done: int
    total: int

    @property
    def key(self) -> Hashable:
        return (Progress, self.network, self.task)


class Mailbox:
    """Where the threads meet: the newest message of each key waits, older ones are replaced.

    Any thread may call any method. ``drain`` keeps the order in which keys were last posted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Message] = {}
        self._arrived = threading.Condition(self._lock)
        self._news = False

    def post(self, message: Message) -> Message | None:
        """Leave a message; returns the one of the same key that it replaced, if any."""
        with self._lock:
            replaced = self._waiting.pop(message.key, None)
            self._waiting[message.key] = message
            if message.awaited:
                self._news = True
                self._arrived.notify_all()
            return replaced

    def drain(self) -> list[Message]:
        """Take all waiting messages, oldest first."""
        with self._lock:
            taken = list(self._waiting.values())
            self._waiting.clear()
            self._news = False
            return taken

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until a message waits that is :attr:`Message.awaited`; True if one does."""
        with self._lock:
            return self._arrived.wait_for(lambda: self._news, timeout_s)

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)
