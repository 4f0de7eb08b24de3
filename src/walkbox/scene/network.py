"""A network: one model standing in the scene.

Holds what is shown (graph, arrangement, display) and what is known of the values (ranges, statistics), as arrays with
one row a layer. The values themselves go from the mailbox straight to the renderer and are not kept here.
"""

from __future__ import annotations

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.messages import Block, LayerReading, LayerStatistics, Prediction
from walkbox.scene.display import Display
from walkbox.scene.pictures import Picture

__all__ = ["Network"]


class Network:
    """One model in the scene.

    Attributes:
        id: as in messages.
        graph, arrangement: what stands there and where. Set them together with :meth:`rebuild`.
        title: the model's title.
        classes: names of a classifier's outputs, empty where unknown.
        notes: what was guessed or left out, a sentence each.
        world_from_network: 4x4 float32.
        display: how values become colours; set it with a :class:`Display`.
        picture: what is in the input frame.
        prediction: of the newest run, or None.
        statistics: newest of each layer, or None.
        readings: exact values of the layers that were asked for.
        error: what the model raised in the newest run, or None; error_layer: the last layer that was still computed.
        run: number of the newest run of which a block arrived; busy: a run is under way.
        placement_revision: rises when anything moves; range_revision: when a range or colour changes;
            text_revision: when a text of the scene changes.
    """

    def __init__(self, id: int, graph: ModelGraph, arrangement: Arrangement, *, title: str = "", classes: tuple[str, ...] = ()):
        self.id = id
        self.title = title or graph.model
        self.classes = classes
        self.notes: tuple[str, ...] = graph.notes
        self.world_from_network = np.eye(4, dtype=np.float32)
        self.picture: Picture | None = None
        self.prediction: Prediction | None = None
        self.error: str | None = graph.error
        self.error_layer: int | None = None
        self.run = 0
        self.busy = False
        self.placement_revision = 0
        self.range_revision = 0
        self.text_revision = 0
        self._display = Display()
        self.rebuild(graph, arrangement)

    def rebuild(self, graph: ModelGraph, arrangement: Arrangement) -> None:
        """Show another graph, or the same one arranged anew (then its statistics stay)."""
        if graph is not getattr(self, "graph", None):
            count = len(graph.layers)
            self.minimum = np.zeros(count, np.float32)
            self.maximum = np.ones(count, np.float32)
            self.scale = np.ones(count, np.float32)
            self.shown_run = np.zeros(count, np.int64)
            self.statistics: list[LayerStatistics | None] = [None] * count
            self.readings: dict[int, LayerReading] = {}
            self.error, self.error_layer = graph.error, None
        self.graph, self.arrangement = graph, arrangement
        self.placement_revision += 1
        self.range_revision += 1
        self.text_revision += 1

    @property
    def display(self) -> Display:
        return self._display

    @display.setter
    def display(self, display: Display) -> None:
        self._display = display
        self.range_revision += 1

    def world_from_wall(self) -> np.ndarray:
        """(L, 4, 4) float32 poses of the walls."""
        return self.world_from_network @ self.arrangement.network_from_wall()

    def show(self, block: Block) -> None:
        """Note the range of a block that is about to be drawn."""
        self.minimum[block.layer] = block.minimum
        self.maximum[block.layer] = block.maximum
        self.scale[block.layer] = block.scale
        self.shown_run[block.layer] = block.run
        self.run = max(self.run, block.run)
        self.range_revision += 1

    def describe(self, statistics: LayerStatistics) -> None:
        """Keep the statistics of a layer."""
        self.statistics[statistics.layer] = statistics
        self.range_revision += 1

    def ranges(self) -> np.ndarray:
        """(L, 2) float32: the true values that get the first and the last colour of each layer's colour map."""
        low, high = self.minimum.astype(np.float64), self.maximum.astype(np.float64)
        if self._display.limits == "percentiles":
            for layer, known in enumerate(self.statistics):
                if known is not None and known.percentiles[6] > known.percentiles[0]:
                    low[layer] = max(low[layer], known.percentiles[0])
                    high[layer] = min(high[layer], known.percentiles[6])
        if self._display.scope == "model" and len(low):
            low[:], high[:] = low.min(), high.max()
        low, high = self._balanced(low, high)
        return np.stack([low, high], axis=1).astype(np.float32)

    def map_ranges(self, layer: int) -> np.ndarray | None:
        """(count, 2) float32 ranges of a layer's maps when the scope is ``map`` and they are known, else None."""
        known = self.statistics[layer]
        if self._display.scope != "map" or known is None:
            return None
        low, high = self._balanced(known.map_minimum.astype(np.float64), known.map_maximum.astype(np.float64), layer)
        return np.stack([low, high], axis=1).astype(np.float32)

    def _balanced(self, low: np.ndarray, high: np.ndarray, layer: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        signed = self.signed() if layer is None else self.signed()[layer]
        wanted = self._display.symmetric
        symmetric = np.broadcast_to(signed if wanted == "auto" else wanted == "on", low.shape)
        reach = np.maximum(np.abs(low), np.abs(high))
        low, high = np.where(symmetric, -reach, low), np.where(symmetric, reach, high)
        flat = high <= low
        return np.where(flat, low - 0.5, low), np.where(flat, low + 0.5, high)

    def signed(self) -> np.ndarray:
        """(L,) bool: layers with negative values, which get the diverging colour map."""
        return self.minimum < 0

    def colormaps(self) -> list[str]:
        """Name of the colour map of each layer."""
        if self._display.colormap != "auto":
            return [self._display.colormap] * len(self.graph.layers)
        return ["berlin" if s else "magma" for s in self.signed()]
