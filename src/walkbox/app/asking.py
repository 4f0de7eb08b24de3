"""What the walk asks the model by itself: what the value sees that one points at, where top pictures are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["Asking"]

REST_S = 0.15
"""So long a pointer rests on a value before its field is asked for."""


class Asking:
    """Looks once a frame whether something is to be asked. Main thread only."""

    def __init__(self, walk: Walk):
        self._walk = walk
        self._value: tuple[int, int, int, int, int] | None = None
        self._asked: tuple[int, int, int, int, int] | None = None
        self._rested_s = 0.0
        self._located: tuple[int, int, int, int] | None = None

    def update(self, dt_s: float) -> None:
        """One frame."""
        self._field(dt_s)
        self._boxes()

    def _field(self, dt_s: float) -> None:
        walk, scene = self._walk, self._walk.scene
        if scene.pointed is None:
            if self._value is not None:
                self._forget()
            return
        number, layer, channel, u, v = scene.pointed
        network = scene.networks.get(number)
        if network is None or layer >= len(network.graph.layers):
            return
        maps = network.graph.layers[layer].maps
        value = number, layer, channel, int(v * maps.height), int(u * maps.width)
        if value != self._value:
            self._value, self._rested_s = value, 0.0
            return
        self._rested_s += dt_s
        if self._rested_s < REST_S or value == self._asked or network.busy:
            return
        self._asked = value
        reading = network.readings.get(layer)
        if reading is None or reading.run < network.run:
            walk.engine.read(layer)
        walk.engine.field(layer, channel, min(value[3], maps.height - 1), min(value[4], maps.width - 1))

    def _forget(self) -> None:
        """Nothing is pointed at any more: the frame shows its picture again."""
        self._value = self._asked = None
        for network in self._walk.scene.networks.values():
            if network.findings.field is not None:
                network.findings.field = None
                network.findings.revision += 1

    def _boxes(self) -> None:
        """Those of the top pictures of the map whose panel is open."""
        selected = self._walk.scene.selected
        network = None if selected is None else self._walk.scene.networks.get(selected[0])
        if selected is None or network is None:
            return
        found = network.findings.top.get(selected[1])
        if found is None or selected[2] >= len(found.channels):
            return
        best = found.channels[selected[2]]
        key = (*selected, found.done)
        if best and key != self._located and all(one.box[2] <= one.box[0] for one in best):
            self._located = key
            self._walk.engine.locate(selected[1], selected[2])
