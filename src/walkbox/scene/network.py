"""A network: one model standing in the scene.

Holds what is shown (graph, arrangement, display) and what is known of the values (ranges, statistics), as arrays with
one row a layer. The values themselves go from the mailbox straight to the renderer and are not kept here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from walkbox.colour import automatic, balanced
from walkbox.geometry import yaw_matrices
from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.changes import WallChange, changed
from walkbox.messages import Block, LayerReading, LayerStatistics, Prediction
from walkbox.scene.display import Display
from walkbox.scene.findings import Findings
from walkbox.scene.pictures import Picture

__all__ = ["Network", "same_layers"]

MOVES_KEPT = 64
MEASURES = ("size", "columns", "map_size", "pitch")
_PLAIN = WallChange()


def same_layers(old: ModelGraph, new: ModelGraph) -> np.ndarray:
    """(L,) int32: the id that each layer of *new* has in *old* (same name, operations and shape), -1 for none."""
    ids = {(layer.name, layer.op, layer.shape, layer.maps): layer.id for layer in old.layers}
    found = [ids.get((layer.name, layer.op, layer.shape, layer.maps), -1) for layer in new.layers]
    return np.array(found, np.int32)


class Network:
    """One model in the scene.

    Attributes:
        id: as in messages.
        graph: what stands there; set it with :meth:`rebuild`.
        base: what the layout says, set with :meth:`rebuild`; arrangement: the same with the changes of :attr:`walls`.
        title: the model's title.
        classes: names of a classifier's outputs, empty where unknown.
        notes: what was guessed or left out, a sentence each.
        world_from_network: 4x4 float32.
        display: how values become colours; set it with a :class:`Display`.
        picture: what is in the input frame.
        seen: uint8 (H, W, 3), row 0 on top: the newest input as the model saw it (resized, cropped, its normalisation
            undone), or None; seen_run: the run it belongs to. Whoever sets them raises ``scene.furniture_revision``.
        findings: what the model thread found out when it was asked, and the newest prediction.
        statistics: newest of each layer, or None.
        readings: exact values of the layers that were asked for.
        error: what the model raised in the newest run, or None; error_layer: the last layer that was still computed.
        run: number of the newest run of which a block arrived; busy: a run is under way.
        placement_revision: rises when anything moves; range_revision: when a range or colour changes;
            text_revision: when a text at a wall or a wall's own measures change; stand_revision: when input frame,
            title or boards move; order_revision: when maps are sorted.
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
        self.findings = Findings()
        self.error: str | None = graph.error
        self.error_layer: int | None = None
        self.run = 0
        self.busy = False
        self.placement_revision = 0
        self.range_revision = 0
        self.text_revision = 0
        self.stand_revision = 0
        self.order_revision = 0
        self._kept: dict[str, tuple[int, Any]] = {}
        self._moves: deque[tuple[int, np.ndarray]] = deque()
        self._all_moved = 0
        self._walls: dict[int, WallChange] = {}
        self._orders: dict[int, np.ndarray] = {}
        self._limits: dict[int, tuple[float, float]] = {}
        self._display = Display()
        self._forget_values(graph)
        self.graph, self.base, self.arrangement = graph, arrangement, arrangement
        self._everything_moved()
        self.text_revision += 1
        self.range_revision += 1

    def rebuild(self, graph: ModelGraph, arrangement: Arrangement) -> None:
        """Show another graph, or the same one arranged anew.

        Of layers that stay (:func:`same_layers`) everything known and set is kept: ranges, statistics, readings,
        changed walls, orders, limits.

        Args:
            graph: what to show.
            arrangement: as the layout says; :attr:`walls` are changed in it here.
        """
        if graph is not self.graph:
            self._take_over(graph, same_layers(self.graph, graph))
        self.graph, self.base = graph, arrangement
        self._stand(changed(arrangement, self._walls))

    def pass_through(self, arrangement: Arrangement | None) -> None:
        """Stand for a moment on the way from one layout to another; None: stand where all will stay."""
        self._stand(changed(self.base, self._walls) if arrangement is None else arrangement)

    def _stand(self, arrangement: Arrangement) -> None:
        before, self.arrangement = self.arrangement, arrangement
        self._everything_moved(_stands_moved(before, arrangement))
        if any(not np.array_equal(getattr(before, name), getattr(arrangement, name)) for name in MEASURES):
            self.text_revision += 1

    def _forget_values(self, graph: ModelGraph) -> None:
        count = len(graph.layers)
        self.minimum = np.zeros(count, np.float32)
        self.maximum = np.ones(count, np.float32)
        self.scale = np.ones(count, np.float32)
        self.shown_run = np.zeros(count, np.int64)
        self.statistics: list[LayerStatistics | None] = [None] * count
        self._percentiles = np.tile(np.array([-np.inf, np.inf], np.float32), (count, 1))
        self.readings: dict[int, LayerReading] = {}
        self.error, self.error_layer = graph.error, None

    def _take_over(self, graph: ModelGraph, old_ids: np.ndarray) -> None:
        """Begin with another graph, knowing of its layers what was known of the same ones before."""
        arrays = ("minimum", "maximum", "scale", "shown_run", "_percentiles")
        before = {name: getattr(self, name) for name in arrays}
        statistics, readings = self.statistics, self.readings
        self._forget_values(graph)
        new = np.flatnonzero(old_ids >= 0)
        for name, values in before.items():
            getattr(self, name)[new] = values[old_ids[new]]
        for layer, old in zip(new.tolist(), old_ids[new].tolist(), strict=True):
            known, read = statistics[old], readings.get(old)
            self.statistics[layer] = None if known is None else replace(known, layer=layer)
            if read is not None:
                self.readings[layer] = replace(read, layer=layer)
        self.findings.renumber(old_ids)
        new_ids = {old: layer for layer, old in enumerate(old_ids.tolist()) if old >= 0}
        self._walls = {new_ids[old]: value for old, value in self._walls.items() if old in new_ids}
        self._orders = {new_ids[old]: value for old, value in self._orders.items() if old in new_ids}
        self._limits = {new_ids[old]: value for old, value in self._limits.items() if old in new_ids}
        self.range_revision += 1
        self.text_revision += 1
        self.order_revision += 1
        self.stand_revision += 1

    # Where walls stand

    @property
    def walls(self) -> Mapping[int, WallChange]:
        """Walls that stand, by layer id, otherwise than the layout says."""
        return MappingProxyType(self._walls)

    def change_walls(self, changes: Mapping[int, WallChange]) -> None:
        """Move, scale or hide some walls; the others stay as they are. ``WallChange()`` puts a wall back.

        Only the rows of these walls are written, and :meth:`moved_since` names them.

        Raises:
            IndexError: there is no layer of such an id.
        """
        count = len(self.graph.layers)
        wrong = [layer for layer in changes if not 0 <= layer < count]
        if wrong:
            raise IndexError(f"{self.title} has no layer {wrong[0]}: its {count} layers are numbered from 0.")
        moved = [layer for layer, change in changes.items() if self._walls.get(layer, _PLAIN) != change]
        if not moved:
            return
        walls = {**self._walls, **changes}
        self._walls = {layer: change for layer, change in walls.items() if change != _PLAIN}
        layers = np.array(moved, np.int64)
        poses, centres = self.world_from_wall(), self.wall_centres()
        self.arrangement = changed(self.base, self._walls)
        poses[layers] = self._poses(layers)
        centres[layers] = self._middles(layers)
        self.placement_revision += 1
        self._kept["walls"], self._kept["centres"] = ((self.placement_revision, kept) for kept in (poses, centres))
        self._moves.append((self.placement_revision, layers))
        if len(self._moves) > MOVES_KEPT:
            self._all_moved = self._moves.popleft()[0]
        if self.error is not None:  # its board stands before a wall
            self.stand_revision += 1

    def moved_since(self, revision: int) -> np.ndarray | None:
        """Ids of the layers whose walls moved since ``placement_revision`` was *revision*; None when all may have."""
        newest = self._moves[-1][0] if self._moves else self._all_moved
        if revision < self._all_moved or newest != self.placement_revision:
            return None
        layers = [moved for at, moved in self._moves if at > revision]
        return np.unique(np.concatenate(layers)) if layers else np.zeros(0, np.int64)

    def _everything_moved(self, with_stands: bool = True) -> None:
        self.placement_revision += 1
        self._all_moved = self.placement_revision
        self._moves.clear()
        if with_stands or self.error is not None:
            self.stand_revision += 1

    # What is seen on them

    @property
    def orders(self) -> Mapping[int, np.ndarray]:
        """Layers whose maps hang in another order than their channels: int32 channels, that of the first cell first."""
        return MappingProxyType(self._orders)

    def set_order(self, layer: int, order: np.ndarray | None) -> None:
        """Show some channels of a layer in this order, and no others; None for all of them as they are.

        Raises:
            ValueError: a channel does not exist or comes twice.
        """
        count = self.graph.layers[layer].maps.count
        if order is None:
            if self._orders.pop(layer, None) is None:
                return
        else:
            order = np.array(order, np.int32).reshape(-1)
            if len(order) and (order.min() < 0 or order.max() >= count or len(np.unique(order)) < len(order)):
                raise ValueError(f"An order of {count} maps names each of 0 to {count - 1} once at most, not {order}.")
            if layer in self._orders and np.array_equal(self._orders[layer], order):
                return
            self._orders[layer] = order
        self.order_revision += 1
        self.text_revision += 1

    def cells(self, layer: int) -> int:
        """Maps that hang on a wall."""
        order = self._orders.get(layer)
        return self.graph.layers[layer].maps.count if order is None else len(order)

    def cell_of(self, layer: int, channel: int) -> int | None:
        """Where on its wall a channel hangs, as of ``Arrangement.columns``; None where it is not shown."""
        order = self._orders.get(layer)
        if order is None:
            return channel if 0 <= channel < self.graph.layers[layer].maps.count else None
        found = np.flatnonzero(order == channel)
        return int(found[0]) if len(found) else None

    def channel_at(self, layer: int, x: float, y: float) -> tuple[int, float, float] | None:
        """The map at a point of a wall's frame: channel, u, v as of ``Arrangement.map_at``; None beside the maps."""
        at = self.arrangement.map_at(layer, self.cells(layer), x, y)
        order = self._orders.get(layer)
        return at if at is None or order is None else (int(order[at[0]]), at[1], at[2])

    @property
    def limits(self) -> Mapping[int, tuple[float, float]]:
        """Layers whose colour range was set by hand: true values of the first and the last colour."""
        return MappingProxyType(self._limits)

    def set_limits(self, layer: int, limits: tuple[float, float] | None) -> None:
        """Give a layer its own colour range, whatever the display says; None takes it back.

        Raises:
            ValueError: they are not finite, or the second is below the first.
        """
        if limits is None:
            if self._limits.pop(layer, None) is None:
                return
        else:
            low, high = map(float, limits)
            if not (np.isfinite(low) and np.isfinite(high) and low <= high):
                raise ValueError(f"Limits are two finite numbers, the smaller one first, not {low} and {high}.")
            if self._limits.get(layer) == (low, high):
                return
            self._limits[layer] = (low, high)
        self.range_revision += 1

    @property
    def prediction(self) -> Prediction | None:
        """Of the newest run, or None; kept in :attr:`findings`."""
        return self.findings.prediction

    @prediction.setter
    def prediction(self, prediction: Prediction | None) -> None:
        self.findings.prediction = prediction

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
        self._everything_moved()

    def world_from_wall(self) -> np.ndarray:
        """(L, 4, 4) float32 poses of the walls, each with its scale (hidden ones too).

        The array is shared, and written to when a wall moves: do not write to it.
        """
        return self._keep("walls", self.placement_revision, self._poses)

    def _poses(self, layers: np.ndarray | slice = slice(None)) -> np.ndarray:
        a = self.arrangement
        poses = yaw_matrices(a.position[layers], a.yaw[layers])
        poses[:, :3, :3] *= a.scale[layers, None, None]
        return (self._world_from_network @ poses).astype(np.float32)

    def wall_centres(self) -> np.ndarray:
        """(L, 3) float32 middles of the walls, world frame; shared like :meth:`world_from_wall`."""
        return self._keep("centres", self.placement_revision, self._middles)

    def _middles(self, layers: np.ndarray | slice = slice(None)) -> np.ndarray:
        poses = self.world_from_wall()[layers]
        return poses[:, :3, 3] + poses[:, :3, 1] * (self.arrangement.size[layers, 1:] / 2)

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
        ranges = balanced(low, high, self.signed(), self._display.symmetric)
        if self._limits:
            by_hand = np.array(list(self._limits.values()), np.float64)
            low, high = by_hand.T
            ranges[list(self._limits)] = balanced(low, high, np.zeros(len(low), bool), "off")
        return ranges

    def map_ranges(self, layer: int) -> np.ndarray | None:
        """(count, 2) float32 ranges of a layer's maps when the scope is ``map`` and they are known, else None.

        None too where the layer has limits set by hand.
        """
        known = self.statistics[layer]
        if self._display.scope != "map" or known is None or layer in self._limits:
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


def _stands_moved(before: Arrangement, now: Arrangement) -> bool:
    """Whether the places of frame, hall and boards differ."""
    places = ("entrance", "entrance_yaw", "frame_position", "frame_yaw", "end_position", "end_yaw")
    return any(not np.array_equal(getattr(before, name), getattr(now, name)) for name in places)
