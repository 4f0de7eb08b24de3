"""Laying networks out beside the frame loop.

A graph of many layers takes a good part of a second to lay out. A thread of its own does it; its answer arrives through
the mailbox. Whatever the model thread says of a graph that does not stand yet waits here until it does.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout import Arrangement, arrange
from walkbox.layout.transition import kin
from walkbox.messages import Failure, GraphReady, Message, Progress
from walkbox.scene.network import Network
from walkbox.scene.viewpoints import entrance, in_front_of

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["Arranged", "Layouts", "stand_anew"]

JUMP_S = 0.7
"""How long the glide of the walker takes when the layer that he stands at moves."""

NEAR_M = 14.0  # who is farther than this from every wall stands at none
FLYING_M = 3.0
GIANT = 4.0
PLAIN = "linear"


@dataclass(frozen=True, slots=True)
class Arranged(Message):
    """A graph has been laid out.

    Attributes:
        graph: what.
        arrangement: as the layout says, without the changes of a person.
        serial: of :meth:`Layouts.ask`; an older one than the newest is out of date.
    """

    graph: ModelGraph
    arrangement: Arrangement
    serial: int


@dataclass(frozen=True, slots=True)
class Unarranged(Failure):
    """A layout failed; the network stands in the plain one."""

    @property
    def key(self) -> Hashable:
        return (Unarranged, self.network)


@dataclass(frozen=True, slots=True)
class _Job:
    network: int
    run: int
    graph: ModelGraph
    layout: str
    serial: int


class Layouts:
    """The thread that lays out, and what waits for it. All methods but those of the thread: main thread only.

    Args:
        walk: whose networks; :class:`Arranged` arrives in its mailbox.
    """

    def __init__(self, walk: Walk):
        self._walk = walk
        self._changed = threading.Condition()
        self._jobs: dict[int, _Job] = {}  # by network: the newest
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._serial = 0
        self._newest: dict[int, _Job] = {}
        self._done: dict[int, int] = {}
        self._ready: dict[int, GraphReady] = {}
        self._held: dict[int, list[Message]] = {}

    def ask(self, network: int, graph: ModelGraph, layout: str) -> None:
        """Lay a graph out; the newest wish for a network wins. Asking again for the same changes nothing."""
        graph = self._ready[network].graph if network in self._ready else graph
        newest = self._newest.get(network)
        if newest is not None and newest.graph is graph and newest.layout == layout:
            return
        self._serial += 1
        job = self._newest[network] = _Job(network, 0, graph, layout, self._serial)
        with self._changed:
            self._jobs[network] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="walkbox layouts", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @property
    def busy(self) -> bool:
        """Something that was asked for has not been taken in yet."""
        return any(self._done.get(network) != job.serial for network, job in self._newest.items())

    def due(self, messages: Iterable[Message]) -> list[Message]:
        """Of messages that have arrived those to take in now, in their order.

        A :class:`GraphReady` is kept and its graph laid out; what is said of it afterwards waits for its
        :class:`Arranged`.
        """
        result: list[Message] = []
        for message in messages:
            if isinstance(message, GraphReady):
                self._ready[message.network] = message
                self._held[message.network] = []
                arranged = self._walk.scene.setup.networks.get(message.network)
                layout = self._walk.layout if arranged is None else arranged.layout
                self.ask(message.network, message.graph, layout)
            elif isinstance(message, Arranged):
                newest = self._newest.get(message.network)
                if newest is not None and newest.serial == message.serial:
                    self._done[message.network] = message.serial
                    result.append(message)
                    result += self._held.pop(message.network, [])
            elif message.network in self._held and not isinstance(message, Progress):
                self._held[message.network].append(message)
            else:
                result.append(message)
        return result

    def take_ready(self, network: int) -> GraphReady | None:
        """The message whose graph has just been laid out, once; None where only the layout changed."""
        return self._ready.pop(network, None)

    def close(self) -> None:
        """End the thread after what it is doing."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    # On the thread ----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._jobs)
                if self._stopping:
                    return
                job = self._jobs.pop(next(iter(self._jobs)))
            try:
                arrangement = arrange(job.graph, job.layout)
            except Exception as error:  # a layout of one's own may raise anything
                text = f"The layout {job.layout!r} failed: {type(error).__name__}: {error}. {PLAIN!r} is shown instead."
                self._walk.mailbox.post(Unarranged(job.network, 0, text))
                arrangement = arrange(job.graph, PLAIN)
            self._walk.mailbox.post(Arranged(job.network, job.run, job.graph, arrangement, job.serial))


def stand_anew(walk: Walk, network: Network, message: Arranged) -> None:
    """Show a network as it has been laid out now; who stood at one of its layers goes on standing there.

    Who stood nearer to the entrance than to any wall is at the entrance again; a giant, and who flies, stay in the air.
    """
    walker = walk.walker
    at_entrance = float(np.linalg.norm(entrance(network)[0] - walker.spot))
    layer: int | None = None
    distance, before = np.inf, np.eye(4)
    if len(network.graph.layers):
        layer = int(network.nearest_layers(walker.spot)[0])
        distance = float(np.linalg.norm((network.wall_centres()[layer] - walker.spot)[[0, 2]]))
        before = network.world_from_wall()[layer].copy()
    kinship = kin(network.graph, message.graph) if message.graph is not network.graph else None
    if kinship is not None and layer is not None and len(message.graph.layers):
        layer = int(kinship[0][layer])
    stood = network.arrangement
    network.rebuild(message.graph, message.arrangement)
    walk.arranging.rebuilt(network)
    walk.scene.furniture_revision += 1
    _follow(walk, network, layer, before, at_entrance, distance)
    walk.transitions.begin(network, stood, kinship)


def _follow(
    walk: Walk, network: Network, layer: int | None, before: np.ndarray, at_entrance: float, distance: float
) -> None:
    """Bring the walker to where the layer stands now that he stood at.

    Args:
        layer: it, None where there is none; *before* is its pose until now.
        at_entrance, distance: metres that he stood from the entrance and from that layer.
    """
    walker = walk.walker
    walker.stay_near(*network.arrangement.bounds)
    floor = float(network.world_from_network[1, 3])
    if walker.scale >= GIANT or walker.spot[1] - floor > FLYING_M:
        return
    if at_entrance < distance:
        position, yaw = entrance(network)
        if np.linalg.norm(position - walker.spot) > 0.01:
            walker.jump(position, yaw, duration_s=JUMP_S)
    elif (
        layer is not None and distance < NEAR_M and not np.allclose(network.world_from_wall()[layer], before, atol=1e-3)
    ):
        position, yaw, pitch, _ = in_front_of(network, layer)
        walker.jump(position, yaw, pitch, duration_s=JUMP_S)
