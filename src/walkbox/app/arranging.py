"""Brings everything to what a person has arranged: the one place where ``scene.setup`` is set.

A command makes a new setup (:mod:`walkbox.scene.edit`); :meth:`Arranging.bring` compares it with what networks and
engine show, and changes what differs. Undo is the same with an older setup. Layers go by their names: what is kept of a
layer that the present graph does not have comes into force when it has it again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from walkbox.app.history import History
from walkbox.commands import Command, PlacePicture, SetChannels
from walkbox.graph import Detail, ModelGraph
from walkbox.messages import Failure, LayerReading, LayerStatistics, Message
from walkbox.scene.channels import PAGE, ChannelView, order_of
from walkbox.scene.edit import drag_of, edited, said
from walkbox.scene.network import Network
from walkbox.scene.setup import NetworkSetup, Setup, Stroke, WallChange

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["Arranging"]


@dataclass(slots=True)
class _Sorted:
    """How the maps of a wall were put in order.

    Attributes:
        by: sort, like, dead of its view.
        order: int32 channels of all pages; None while the values that it needs are on their way.
        run: values of this run or a later one will do.
    """

    by: tuple[str, int, bool]
    order: np.ndarray | None
    run: int


class Arranging:
    """Carries out what can be undone. Main thread only.

    Attributes:
        history: what can be undone.
        changed: something was arranged since the scene was saved or opened.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.history = History()
        self.changed = False
        self._ran: dict[int, tuple[int | None, tuple[Stroke, ...]]] = {}
        self._depth: dict[int, float] = {}
        self._detail: dict[int, Detail] = {}
        self._blocks: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._graphs: dict[int, ModelGraph] = {}  # those that are about to be replaced
        self._sorted: dict[tuple[int, str], _Sorted] = {}

    @property
    def busy(self) -> bool:
        """Blocks or layouts that were asked for do not stand yet."""
        walk = self._walk
        if walk.layouts.busy:
            return True
        waiting = any(walk.scene.networks[n].graph is graph for n, graph in self._graphs.items())
        return waiting and not (walk.engine.idle and not len(walk.mailbox))

    # -- commands -----------------------------------------------------------------------------------------------

    def do(self, command: Command) -> None:
        """Carry out a command of :func:`walkbox.scene.edit.can_edit`, as a step that can be undone.

        Raises:
            WalkboxError: an id or a value of it is wrong; nothing has changed then.
        """
        scene = self._walk.scene
        before = scene.setup
        after = edited(before, command, scene)
        drag, ended = drag_of(command), bool(getattr(command, "done", False))
        if after != before:
            self.history.note(before, said(command, scene), drag, ended=ended)
            self.changed = True
        elif drag is not None and ended:
            self.history.end_drag(drag)
        if isinstance(command, PlacePicture):  # the same one again is run again
            self._ran.pop(command.network, None)
        if isinstance(command, SetChannels):  # asked again, they are sorted again
            self._sort_anew(command, before, after)
        self.bring(after)

    def place_first(self, picture: int, network: int = 0) -> None:
        """Pictures came, and the first of them goes into the frame: a step, unless the walk begins with it."""
        scene, command = self._walk.scene, PlacePicture(picture, network)
        if scene.setup.networks[network].picture is None and not self.history.can_undo:
            self.bring(edited(scene.setup, command, scene))
        else:
            self.do(command)

    def undo(self) -> None:
        """Take back the newest step; says what it was."""
        self._step(self.history.undo(self._walk.scene.setup), "Undone", "There is nothing to undo.")

    def redo(self) -> None:
        """Make the step again that was taken back last; says what it was."""
        self._step(self.history.redo(self._walk.scene.setup), "Done again", "There is nothing to do again.")

    def _step(self, step: tuple[Setup, str] | None, what: str, nothing: str) -> None:
        if step is None:
            self._walk.ui.say(nothing)
            return
        self.bring(step[0])
        self.changed = True
        self._walk.ui.say(f"{what}: {step[1]}")

    def replace(self, setup: Setup, said: str) -> None:
        """Bring everything to another setup, as one step that can be undone."""
        self.history.note(self._walk.scene.setup, said)
        self.changed = True
        self.bring(setup)

    def begin(self, setup: Setup) -> None:
        """Bring everything to the setup that the walk begins with; there is nothing to undo then."""
        self.bring(setup)
        self.history.clear()
        self.changed = False

    # -- networks and pictures come ------------------------------------------------------------------------------

    def adopt(self, network: Network, one: NetworkSetup) -> None:
        """A network stands in the scene for the first time, as *one* says and with the model's example."""
        scene = self._walk.scene
        scene.setup = dataclasses.replace(scene.setup, networks={**scene.setup.networks, network.id: one})
        self._ran[network.id] = None, ()
        self._depth[network.id] = one.depth
        self._detail[network.id] = one.detail
        self._blocks[network.id] = one.opened, one.closed

    def rebuilt(self, network: Network) -> None:
        """A network shows another graph or arrangement: what is kept of its layers by name comes into force."""
        names = {layer.name for layer in network.graph.layers}
        for key in [key for key in self._sorted if key[0] == network.id and key[1] not in names]:
            del self._sorted[key]
        self._bring_layers(network, self._walk.scene.setup.networks[network.id])

    def heard(self, message: Message) -> None:
        """Values came that maps may be waiting for to be sorted."""
        setup = self._walk.scene.setup.networks.get(message.network)
        network = self._walk.scene.networks.get(message.network)
        if setup is None or network is None or not self._sorted:
            return
        if isinstance(message, (LayerStatistics, LayerReading)):
            name = network.graph.layers[message.layer].name
            if self._awaits(network.id, name):
                self._bring_channels(network, message.layer, setup.channels.get(name))
        elif isinstance(message, Failure) and message.run:  # no values of that run will come: those there are will do
            for key, kept in self._sorted.items():
                if key[0] == network.id and kept.order is None:
                    kept.run = 0
            self._bring_layers(network, setup)

    # -- bringing ------------------------------------------------------------------------------------------------

    def bring(self, setup: Setup) -> None:
        """Make everything stand as a setup says. What takes time (runs, layouts, blocks) follows by itself."""
        scene = self._walk.scene
        before, scene.setup = scene.setup, setup
        for number, one in setup.networks.items():
            network = scene.networks.get(number)
            if network is not None:
                self._bring_network(network, one)
        if setup.objects is not before.objects or setup.notes is not before.notes:
            scene.furniture_revision += 1

    def _bring_network(self, network: Network, one: NetworkSetup) -> None:
        walk = self._walk
        if self._detail.get(network.id) != one.detail:
            self._detail[network.id] = one.detail
            self._graphs[network.id] = network.graph
            walk.engine.set_detail(one.detail)
        if self._blocks.get(network.id) != (one.opened, one.closed):
            self._blocks[network.id] = one.opened, one.closed
            self._graphs[network.id] = network.graph
            walk.engine.open_blocks(one.opened, one.closed)
        walk.layouts.ask(network.id, network.graph, one.layout)
        if network.display != one.display:
            network.display = one.display
        if self._depth.get(network.id) != one.depth:
            self._depth[network.id] = one.depth
            walk.engine.set_depth(one.depth)
        self._bring_picture(network, one)
        self._bring_layers(network, one)

    def _bring_layers(self, network: Network, one: NetworkSetup) -> None:
        ids = {layer.name: layer.id for layer in network.graph.layers}
        walls = {ids[name]: change for name, change in one.walls.items() if name in ids}
        moved = {layer: change for layer, change in walls.items() if network.walls.get(layer) != change}
        moved |= {layer: WallChange() for layer in network.walls if layer not in walls}
        if moved:
            network.change_walls(moved)
        limits = {ids[name]: ends for name, ends in one.limits.items() if name in ids}
        for layer in limits.keys() | network.limits.keys():
            if network.limits.get(layer) != limits.get(layer):
                network.set_limits(layer, limits.get(layer))
        for number, name in [*self._sorted]:
            if number == network.id and name in ids and name not in one.channels:
                self._bring_channels(network, ids[name], None)
        for name, view in one.channels.items():
            if name in ids:
                self._bring_channels(network, ids[name], view)

    def _bring_picture(self, network: Network, one: NetworkSetup) -> None:
        """Run the model on what is in the frame, if it was run on something else before."""
        wanted = one.picture, one.strokes
        if self._ran.get(network.id) != wanted:
            self._ran[network.id] = wanted
            self._walk.pictures.place(one.picture, network.id, one.strokes)

    # -- channels ------------------------------------------------------------------------------------------------

    def _awaits(self, network: int, name: str) -> bool:
        kept = self._sorted.get((network, name))
        return kept is not None and kept.order is None

    def _sort_anew(self, command: SetChannels, before: Setup, after: Setup) -> None:
        """Forget the order of a wall unless only another page of it was asked for."""
        name = self._walk.scene.networks[command.network].graph.layers[command.layer].name
        old, new = (setup.networks[command.network].channels.get(name) for setup in (before, after))
        if old is None or new is None or dataclasses.replace(old, page=new.page) != new or old == new:
            self._sorted.pop((command.network, name), None)

    def _bring_channels(self, network: Network, layer: int, view: ChannelView | None) -> None:
        """Sort, filter and page one wall. Those that are sorted stay so until asked again, whatever runs meanwhile."""
        name = network.graph.layers[layer].name
        if view is None:
            self._sorted.pop((network.id, name), None)
            network.set_order(layer, None)
            return
        by = view.sort, view.like if view.sort == "similarity" else 0, view.dead
        kept = self._sorted.get((network.id, name))
        if kept is None or kept.by != by:
            kept = self._sorted[network.id, name] = _Sorted(by, None, self._newest_run(network))
            if view.sort == "similarity":
                self._walk.engine.read(layer)
        if kept.order is None:
            kept.order = self._sort(network, layer, view, kept.run)
        if kept.order is not None:
            network.set_order(layer, _page(kept.order, view.page))

    def _newest_run(self, network: Network) -> int:
        """Number of the run whose values belong to what is in the frame now, or is about to be."""
        return self._walk.engine.newest_run + self._walk.pictures.placing(network.id)

    def _sort(self, network: Network, layer: int, view: ChannelView, run: int) -> np.ndarray | None:
        """All channels in order, or None while the values for that are on their way."""
        statistics, values = network.statistics[layer], None
        if view.sort == "channel" and view.dead:
            pass
        elif view.sort == "similarity":
            reading = network.readings.get(layer)
            if reading is None or reading.run < run:
                return None
            statistics, values = reading.statistics, reading.values
        elif statistics is None or statistics.run < run:
            return None
        count = network.graph.layers[layer].maps.count
        return order_of(dataclasses.replace(view, page=-1), count, statistics, values)


def _page(order: np.ndarray, page: int) -> np.ndarray:
    """The channels of a page; of the last one where there are fewer."""
    if page < 0:
        return order
    first = min(page, max(len(order) - 1, 0) // PAGE) * PAGE
    return order[first : first + PAGE]
