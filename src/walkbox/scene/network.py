"""A network: one model standing in the scene.

Holds what is shown (graph, arrangement, display) and what is known of the values (ranges, statistics), as arrays with
one row a layer. The values themselves go from the mailbox straight to the renderer and are not kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from walkbox.colour import automatic, balanced
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
        seen: uint8 (H, W, 3), row 0 on top: the newest input as the model saw it (resized, cropped, its normalisation
            undone), or None; seen_run: the run it belongs to. Whoever sets them raises ``scene.furniture_revision``.
        prediction: of the newest run, or None.
        statistics: newest of each layer, or None.
        readings: exact values of the layers that were asked for.
        error: what the model raised in the newest run, or None; error_layer: the last layer that was still computed.
        run: number of the newest run of which a block arrived; busy: a run is under way.
        placement_revision: rises when anything moves; range_revision: when a range or colour changes;
            text_revision: when a text of the scene changes.
    """

    def __init__(
        self, id: int, graph: ModelGraph, arrangement: Arrangement, *, title: str = "", classes: tuple[str, ...] = ()
    ):
        self.id = id
        self.title = title or graph.model
        self.classes = classes
        self.notes: tuple[str, ...] = graph.notes
        self._world_from_network = np.eye(4, dtype=np.float32)
        self.picture: Picture | None = None
        self.seen: np.ndarray | None = None
        self.seen_run = 0
        self.prediction: Prediction | None = None
        self.error: str | None = graph.error
        self.error_layer: int | None = None
        self.run = 0
        self.busy = False
        self.placement_revision = 0
        self.range_revision = 0
        self.text_revision = 0
        self._kept: dict[str, tuple[int, Any]] = {}
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
            self._percentiles = np.tile(np.array([-np.inf, np.inf], np.float32), (count, 1))
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

    @property
    def world_from_network(self) -> np.ndarray:
        return self._world_from_network

    @world_from_network.setter
    def world_from_network(self, pose: np.ndarray) -> None:
        self._world_from_network = np.asarray(pose, np.float32)
        self.placement_revision += 1

    def world_from_wall(self) -> np.ndarray:
        """(L, 4, 4) float32 poses of the walls. The array is shared until something moves: do not write to it."""
        return self._keep("walls", self.placement_revision, self._world_from_wall)

    def _world_from_wall(self) -> np.ndarray:
        return (self._world_from_network @ self.arrangement.network_from_wall()).astype(np.float32)

    def wall_centres(self) -> np.ndarray:
        """(L, 3) float32 middles of the walls, world frame; shared like :meth:`world_from_wall`."""
        return self._keep("centres", self.placement_revision, self._wall_centres)

    def _wall_centres(self) -> np.ndarray:
        poses = self.world_from_wall()
        return poses[:, :3, 3] + poses[:, :3, 1] * (self.arrangement.size[:, 1:] / 2)

    def nearest_layers(self, position: np.ndarray) -> np.ndarray:
        """(L,) layer ids, the wall nearest to a point of the world first."""
        offset = self.wall_centres() - np.asarray(position, np.float32)
        return np.argsort(np.einsum("ij,ij->i", offset, offset), kind="stable")

    def _keep(self, name: str, revision: int, make: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != revision:
            kept = self._kept[name] = (revision, make())
        return kept[1]

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
        first, last = statistics.percentiles[0], statistics.percentiles[6]
        self._percentiles[statistics.layer] = (first, last) if last > first else (-np.inf, np.inf)
        self.range_revision += 1

    def ranges(self) -> np.ndarray:
        """(L, 2) float32: the true values that get the first and the last colour of each layer's colour map.

        Always finite, the second above the first. Shared until ``range_revision`` rises: do not write to it.
        """
        return self._keep("ranges", self.range_revision, self._ranges)

    def _ranges(self) -> np.ndarray:
        low, high = self.minimum.astype(np.float64), self.maximum.astype(np.float64)
        if self._display.limits == "percentiles":
            low, high = np.maximum(low, self._percentiles[:, 0]), np.minimum(high, self._percentiles[:, 1])
        if self._display.scope == "model" and len(low):
            low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
        return balanced(low, high, self.signed(), self._display.symmetric)

    def map_ranges(self, layer: int) -> np.ndarray | None:
        """(count, 2) float32 ranges of a layer's maps when the scope is ``map`` and they are known, else None."""
        known = self.statistics[layer]
        if self._display.scope != "map" or known is None:
            return None
        signed = np.broadcast_to(self.signed()[layer], known.map_minimum.shape)
        low, high = known.map_minimum.astype(np.float64), known.map_maximum.astype(np.float64)
        return balanced(low, high, signed, self._display.symmetric)

    def signed(self) -> np.ndarray:
        """(L,) bool: layers with negative values, which get the diverging colour map."""
        return self.minimum < 0

    def colormaps(self) -> list[str]:
        """Name of the colour map of each layer."""
        if self._display.colormap != "auto":
            return [self._display.colormap] * len(self.graph.layers)
        return [automatic(bool(s)) for s in self.signed()]
