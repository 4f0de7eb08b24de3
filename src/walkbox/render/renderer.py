"""The renderer: reads the scene, never changes it, and draws a view of it.

All methods run on the thread that owns the context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import moderngl
import numpy as np

from walkbox.config import Settings
from walkbox.graph import ModelGraph
from walkbox.messages import Block, MipLevels
from walkbox.render import glue, rows
from walkbox.render.board import BoardPass
from walkbox.render.bodies import BodyPass
from walkbox.render.captions import numbers, shortfalls
from walkbox.render.edges import EdgePass
from walkbox.render.furniture import PicturePass
from walkbox.render.lenses import HiddenPass, VignettePass
from walkbox.render.maps import COLORMAP_ROWS, MapPass
from walkbox.render.pages import PagePool
from walkbox.render.pointers import BeamPass, MarkerPass
from walkbox.render.rows import LAYERS, LayerTable
from walkbox.render.stands import StandPass
from walkbox.render.store import Held, Key, MapStore
from walkbox.render.text import TextBatch, TextPass
from walkbox.render.view_block import ViewBlock
from walkbox.render.walls import FloorPass, HandlePass, HighlightPass, RowPass
from walkbox.scene.furniture import frame_stands, hall_stands, layer_texts, pinned_stands, shelf_stand
from walkbox.scene.handles import handle_widths
from walkbox.scene.network import Network, same_layers
from walkbox.scene.presence import Presence
from walkbox.scene.scene import Scene, Text
from walkbox.scene.setup import Setup
from walkbox.scene.stand import Stand
from walkbox.view import View

__all__ = ["Counters", "Renderer"]

_HERE = np.eye(4, dtype=np.float32)
_STANDS = ("hall", "frames", "shelf", "pinned")


@dataclass
class Counters:
    """What the newest frame took.

    Attributes:
        draw_calls: of the newest view.
        maps: on the walls of the newest view.
        visible_layers: layers of the newest view that were in sight.
        uploaded_bytes: of the newest :meth:`Renderer.upload`.
        placed_bytes: of rows of the layer table and of edges, ever.
        texture_bytes: of all pages.
        pages: texture arrays.
    """

    draw_calls: int = 0
    maps: int = 0
    visible_layers: int = 0
    uploaded_bytes: int = 0
    placed_bytes: int = 0
    texture_bytes: int = 0
    pages: int = 0


@dataclass
class _Known:
    """What was last taken over from a network."""

    graph: ModelGraph
    first_row: int
    counts: np.ndarray
    placement: int = -1
    ranges: int = -1
    has_numbers: bool = False


class Renderer:
    """Draws a scene.

    Args:
        ctx: an OpenGL 3.3 core context, current on this thread.
        settings: budgets and sizes.
        max_page_layers: array layers a page may have, for tests of what happens past a driver's limit.

    Attributes:
        counters: what the newest frame took.
        store: the maps on the GPU.
    """

    def __init__(self, ctx: moderngl.Context, settings: Settings, max_page_layers: int | None = None):
        self._ctx = ctx
        self._settings = settings
        self.counters = Counters()
        self.store = MapStore(PagePool(ctx, settings.texture_budget_bytes, max_page_layers))
        self._table = LayerTable(ctx)
        self._view = ViewBlock(ctx)
        self._corners = ctx.buffer(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32).tobytes())
        self._floor = FloorPass(ctx)
        self._walls = RowPass(ctx, self._corners, "walls")
        self._maps = MapPass(ctx, self._corners)
        self._shadows = RowPass(ctx, self._corners, "shadows")
        self._highlight = HighlightPass(ctx, self._corners)
        self._edges = EdgePass(ctx)
        self._posts = RowPass(ctx, self._corners, "posts", each=2)
        self._handles = HandlePass(ctx, self._corners)
        self._carried = PicturePass(ctx, self._corners)
        self._text = TextPass(ctx, self._corners)
        self._stands = {name: StandPass(ctx, self._corners, self._text.batch()) for name in _STANDS}
        self._bodies = BodyPass(ctx)
        self._beams, self._signs = BeamPass(ctx), MarkerPass(ctx, self._corners)
        self._board = BoardPass(ctx, self._corners)
        self._hidden, self._vignette = HiddenPass(ctx), VignettePass(ctx)
        glue.release_compiler()
        self._known: dict[int, _Known] = {}
        self._seen: dict[str, tuple] = {}
        self._shelf: Stand | None = None
        self._setup: Setup | None = None
        self._spheres = np.ones((4, 0), np.float32)  # middles of the walls, and 1
        self._inside = np.zeros(0, np.float32)  # their radii, negative: least distance from a plane
        self._eye = np.zeros(3, np.float32)

    # Values

    @property
    def pending(self) -> int:
        """Bytes that were accepted and wait to be uploaded."""
        return self.store.pending

    @property
    def shortfall(self) -> str | None:
        """What is not shown for want of texture memory, one sentence; None when all is."""
        return self.store.shortfall()

    def accept(self, message: Block | MipLevels) -> None:
        """Queue values for upload; the newest of a layer wins."""
        self.store.accept(message)

    def upload(self, budget_bytes: int, order: Sequence[int] | None = None) -> list[Block]:
        """Write queued values, about *budget_bytes* of them, and let layers that are complete flip.

        Args:
            budget_bytes: bytes that this frame may write.
            order: layer ids, first ones first; the nearest to the last view first when None.

        Returns:
            The blocks that are drawn from now on; tell their networks (``network.show``), then call :meth:`sync`.
        """
        waiting = self.store.waiting()
        if not waiting:
            self.counters.uploaded_bytes = 0
            return []
        flipped = self.store.upload(budget_bytes, self._ordered(waiting, order))
        self.counters.uploaded_bytes = self.store.uploaded_bytes
        return flipped

    def _ordered(self, waiting: list[Key], order: Sequence[int] | None) -> list[Key]:
        if order is not None:
            place = {layer: i for i, layer in enumerate(order)}
            return sorted(waiting, key=lambda key: place.get(key[1], len(place)))
        known = [key for key in waiting if key[0] in self._known]
        table_rows = [self._known[network].first_row + layer for network, layer in known]
        away = np.linalg.norm(self._spheres[:3, table_rows].T - self._eye, axis=1) if known else np.zeros(0)
        return [known[i] for i in np.argsort(away, kind="stable")]

    # The scene

    def sync(self, scene: Scene) -> None:
        """Take over what changed in the scene since the last call; next to nothing when nothing did."""
        for network in [n for n in self._known if n not in scene.networks]:
            self._forget(network)
        for network in scene.networks.values():
            known = self._known.get(network.id)
            if known is None or known.graph is not network.graph:
                known = self._add(network)
            if known.placement != network.placement_revision:
                self._place(network, known)
            if known.ranges != network.range_revision:
                self._colour(network, known)
        if self.store.moved:
            self._move(scene)
        for network_id, layer in self.store.levelled:
            row = self._known[network_id].first_row + layer
            self._table.look[row, 2] = self.store.held[network_id, layer].levels
            self._table.changed(row, 1)
        self.store.levelled.clear()
        self._write(scene)
        self._table.upload()
        self._maps.flush()
        self._text.flush()
        for part in (self._bodies, self._beams, self._signs):
            part.set(scene.presence)
        if scene.presence.carried or self._carried.count:
            self._carried.set(scene.presence.carried)
        self.counters.placed_bytes = self._table.written_bytes + self._edges.written_bytes
        self.counters.texture_bytes = self.store.pool.nbytes
        self.counters.pages = len(self.store.pool.pages)

    def board(self, size_px: tuple[int, int]) -> moderngl.Framebuffer:
        """Where to draw this frame's panels when they are shown in the scene (``presence.world_from_board``).

        Ask for it each time they are drawn anew, before :meth:`draw`; clear it transparent first, alpha is
        premultiplied.
        """
        return self._board.framebuffer(size_px)

    def _changed(self, what: str, now: tuple) -> bool:
        before, self._seen[what] = self._seen.get(what), now
        return before != now

    def _write(self, scene: Scene) -> None:
        """Labels, boards: laid out anew when what they depend on changed, which is not where walls stand."""
        networks, shelf, setup = list(scene.networks.values()), shelf_stand(scene), scene.setup
        now = [_all_of(n, self._known[n.id].first_row) for n in networks]
        if not self._changed("all", (scene.furniture_revision, id(shelf), id(setup.objects), id(setup.notes), now)):
            return
        written = tuple((n.id, id(n.graph), self._known[n.id].first_row, n.text_revision) for n in networks)
        if self._changed("labels", written):
            labels = [(n, (*layer_texts(n), *shortfalls(n, partial(self._missing, n.id)))) for n in networks]
            self._set_on_walls(self._text.labels, labels)
        with_numbers = [n for n in networks if self._known[n.id].has_numbers]
        if self._changed("numbers", (written, tuple(n.range_revision for n in with_numbers))):
            self._set_on_walls(self._text.numbers, [(n, numbers(n)) for n in with_numbers])
        if self._changed("orders", (written, tuple(n.order_revision for n in networks))):
            self._sort(networks)
        hall = (*((n.id, id(n.graph), n.stand_revision) for n in networks), scene.furniture_revision)
        if self._changed("hall", hall):
            self._stands["hall"].set(self._text.font, hall_stands(scene))
        if self._changed("shelf", (id(shelf),)):
            self._shelf = shelf  # kept, so that no other gets its id
            self._stands["shelf"].set(self._text.font, [] if shelf is None else [shelf])
        if self._changed("frames", (hall, *(n.findings.revision for n in networks))):
            self._stands["frames"].set(self._text.font, frame_stands(scene))
        if self._changed("pinned", (id(setup.objects), id(setup.notes), scene.furniture_revision)):
            self._setup = setup
            self._stands["pinned"].set(self._text.font, pinned_stands(scene))

    def _missing(self, network: int, layer: int) -> bool:
        held = self.store.held.get((network, layer))
        return held is not None and held.pieces is None

    def _set_on_walls(self, batch: TextBatch, texts: Sequence[tuple[Network, Sequence[Text]]]) -> None:
        """Replace texts that hang on the walls of networks."""
        first = [self._known[network.id].first_row for network, own in texts for _ in own]
        together = [text for _, own in texts for text in own]
        table_rows = [row + text.wall for row, text in zip(first, together, strict=True) if text.wall is not None]
        batch.set(self._text.font, together, table_rows)

    def _sort(self, networks: Sequence[Network]) -> None:
        """Say for each cell of sorted walls which channel hangs there."""
        together: list[np.ndarray] = []
        for network in networks:
            first = self._known[network.id].first_row
            self._table.stand[first : first + len(network.graph.layers), 1] = -1
            for layer, order in network.orders.items():
                self._table.stand[first + layer, 1:3] = sum(map(len, together)), len(order)
                together.append(order)
            self._table.changed(first, len(network.graph.layers))
        self._maps.set_orders(np.concatenate(together) if together else np.zeros(0, np.int32))

    @staticmethod
    def _paths(network: Network, edges: np.ndarray | slice) -> np.ndarray:
        world, paths = network.world_from_network, network.arrangement.paths[edges]
        return paths if np.array_equal(world, _HERE) else paths @ world[:3, :3].T + world[:3, 3]

    def _add(self, network: Network) -> _Known:
        before, staying = self._known.get(network.id), {}
        if before is not None:
            staying = self._forget(network.id, same_layers(before.graph, network.graph).tolist())
        layers = network.graph.layers
        self.store.add(network.id, layers, staying)
        counts = np.array([layer.maps.count for layer in layers], np.float32)
        known = _Known(network.graph, self._table.take(max(1, len(layers))), counts)
        known.has_numbers = any(layer.maps.kind == "scalar" for layer in layers)
        self._known[network.id] = known
        look = self._table.look[known.first_row : known.first_row + len(layers)]
        look[:, 0] = [rows.KIND_SIGNAL if layer.maps.kind == "signal" else 0 for layer in layers]
        look[:, 3] = [layer.maps.prefix for layer in layers]
        self._spheres = np.ones((4, len(self._table.data)), np.float32)
        self._inside = np.full(len(self._table.data), 1e9, np.float32)
        for other in self._known.values():
            other.placement = -1
        return known

    def _forget(self, network: int, old_ids: Sequence[int] = ()) -> dict[int, Held]:
        """Let go of a network's graph; returns what those of its layers hold that stay, as of ``MapStore.keep``."""
        known = self._known.pop(network)
        staying = self.store.keep(network, old_ids)
        self._edges.remove(network)
        self._table.give_back((known.first_row, max(1, len(known.graph.layers))))
        for row in range(known.first_row, known.first_row + len(known.graph.layers)):
            self._maps.remove(row)
        self._maps.clear(self.store.pool.trim())
        self._inside[known.first_row : known.first_row + len(known.graph.layers)] = 1e9
        return staying

    def _place(self, network: Network, known: _Known) -> None:
        """Take over where walls stand: of those that moved the rows and the edges, of nothing else anything."""
        moved = network.moved_since(known.placement) if known.placement >= 0 else None
        known.placement = network.placement_revision
        a, table, count = network.arrangement, self._table, len(network.graph.layers)
        layers = np.arange(count) if moved is None else moved
        at = known.first_row + layers
        poses, hidden = network.world_from_wall()[layers, :3], a.hidden[layers]
        table.pose[at] = np.where(hidden[:, None, None], 0, poses)
        table.stand[at, 0] = a.position[layers, 1] / a.scale[layers]
        if moved is None:
            table.wall[at, :2] = a.size
            table.wall[at, 2] = a.columns
            table.wall[at, 3] = known.counts
            table.stand[at, 3] = handle_widths(a)
            table.cell[at, :2] = a.map_size
            table.cell[at, 2:] = a.pitch
        scale = np.linalg.norm(poses[:, :, 1], axis=1)
        self._spheres[:3, at] = network.wall_centres()[layers].T
        self._inside[at] = np.where(hidden, 1e9, -(np.hypot(*a.size[layers].T) / 2 + 0.2) * scale)
        if not len(layers):
            return
        table.changed(int(at[0]), int(at[-1] - at[0]) + 1)
        if moved is None:
            self._edges.set(network.id, self._paths(network, slice(None)), a.skip, a.hidden_edges)
        else:
            edges = np.flatnonzero(np.isin(a.edges, moved).any(axis=1))
            hidden_edges = a.hidden_edges[edges]
            self._edges.change(network.id, edges, self._paths(network, edges), a.skip[edges], hidden_edges)

    def _colour(self, network: Network, known: _Known) -> None:
        known.ranges = network.range_revision
        layers, display = network.graph.layers, network.display
        at = slice(known.first_row, known.first_row + len(layers))
        self._table.colours[at, :2] = network.ranges()
        self._table.colours[at, 2] = network.scale
        self._table.colours[at, 3] = [COLORMAP_ROWS[name] for name in network.colormaps()]
        flags = rows.LOG * (display.transfer == "log") + rows.SMOOTH * (display.interpolation == "linear")
        look = self._table.look[at]
        held = [self.store.held.get((network.id, layer.id)) for layer in layers]
        look[:, 1] = [flags + rows.SHOWN * (h is not None and h.run is not None) for h in held]
        look[:, 2] = [h.levels if h is not None else 0 for h in held]
        if display.scope == "map":
            for i, h in enumerate(held):
                ranges = network.map_ranges(i)
                if ranges is not None and h is not None and h.pieces:
                    self._maps.set_ranges(h.pieces, ranges)
                    look[i, 1] += rows.PER_MAP
        self._table.changed(known.first_row, len(layers))

    def _move(self, scene: Scene) -> None:
        """Let slots that were taken or freed show what they hold now."""
        for network, layer in self.store.moved:
            held = self.store.held[network, layer]
            if held.pieces:
                self._maps.place(held.pieces, self._known[network].first_row + layer)
                ranges = scene.networks[network].map_ranges(layer)
                if ranges is not None:
                    self._maps.set_ranges(held.pieces, ranges)
        self.store.moved.clear()

    # Drawing

    def draw(
        self, scene: Scene, view: View, framebuffer: moderngl.Framebuffer, hidden: np.ndarray | None = None
    ) -> None:
        """Draw one view; see :meth:`draw_views`."""
        self.draw_views(scene, [(view, framebuffer, hidden)])

    def draw_views(self, scene: Scene, views: Sequence[tuple[View, moderngl.Framebuffer, np.ndarray | None]]) -> None:
        """Draw views into framebuffers with depth; :meth:`sync` comes before it, once for all of a frame.

        What is in sight is found out for all of them together: for two eyes that takes hardly longer than for one.

        Args:
            scene: what is there.
            views: who sees it; the framebuffer, which is cleared first; and float32 (3 N, 2) triangles in normalised
                device coordinates where nothing is drawn (it stays black), the same array while they are the same.
        """
        if not views:
            return
        ctx, table = self._ctx, self._table.texture
        self._eye = views[0][0].world_from_view[:3, 3]
        visible = self._in_sight(self._view.write([view for view, _, _ in views]))
        walls, maps = visible.sum(axis=1).tolist(), self._maps.in_sight(visible)
        # Four factors: colour and alpha apart, which the annotation of moderngl forgets.
        ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE  # pyright: ignore[reportAttributeAccessIssue]
        if table is not None:
            table.use(LAYERS)
        for index, (view, framebuffer, hidden) in enumerate(views):
            framebuffer.use()
            framebuffer.viewport = (0, 0, *view.size_px)
            framebuffer.clear(0, 0, 0, 1, depth=1.0)
            self._view.bind(index)
            self.counters.visible_layers = walls[index]
            self._draw(scene, view.scale, framebuffer, hidden, maps[index])

    def _draw(
        self,
        scene: Scene,
        scale: float,
        framebuffer: moderngl.Framebuffer,
        hidden: np.ndarray | None,
        maps: list[int],
    ) -> None:
        """Draw the view whose block is bound; *maps* are those in sight of each page."""
        ctx, rows = self._ctx, len(self._table.data) if self.counters.visible_layers else 0
        ctx.disable(moderngl.BLEND | moderngl.CULL_FACE)
        ctx.enable(moderngl.DEPTH_TEST)
        calls = 0 if hidden is None else self._hidden.draw(hidden)
        # The ground hides nothing.
        framebuffer.depth_mask = False
        self._floor.draw(scale)
        calls += 1
        if rows:
            ctx.enable(moderngl.BLEND)
            self._shadows.draw(rows)
            ctx.disable(moderngl.BLEND)
            calls += 1
        # Opaque things. What lies on a plate is drawn a little nearer than it is, for depth is coarse far away.
        framebuffer.depth_mask = True
        calls += self._bodies.draw()
        if rows:
            self._walls.draw(rows)
            ctx.enable(moderngl.CULL_FACE)
            ctx.polygon_offset = (-1.0, -2.0)
            map_calls = self._maps.draw(maps)
            ctx.polygon_offset = (0.0, 0.0)
            ctx.disable(moderngl.CULL_FACE)
            calls += 1 + map_calls
        ctx.enable(moderngl.BLEND)
        if rows:
            self._posts.draw(rows)
            calls += 1
        stands = self._stands.values()
        calls += sum([group.quads.draw() for group in stands])
        ctx.polygon_offset = (-1.0, -2.0)
        calls += sum([group.pictures.draw() for group in stands]) + self._carried.draw()
        # What lets things shine through, last; it does not hide what comes after it.
        framebuffer.depth_mask = False
        ctx.polygon_offset = (0.0, 0.0)
        calls += self._edges.draw()
        if rows:
            self._handles.mark(self._row(scene.handle))
            self._handles.draw(rows)
            calls += 1
        ctx.enable(moderngl.CULL_FACE)
        ctx.polygon_offset = (-2.0, -4.0)
        if rows and (scene.selected or scene.pointed):
            calls += self._mark(scene)
        calls += self._text.draw(self._table.texture)
        ctx.polygon_offset = (0.0, 0.0)
        ctx.disable(moderngl.CULL_FACE)
        calls += self._draw_presence(scene.presence, framebuffer)
        framebuffer.depth_mask = True
        ctx.disable(moderngl.DEPTH_TEST | moderngl.BLEND)
        self.counters.draw_calls = calls
        self.counters.maps = self._maps.maps if rows else 0

    def _draw_presence(self, presence: Presence, framebuffer: moderngl.Framebuffer) -> int:
        """What is translucent of it. Draw calls made."""
        framebuffer.depth_mask = True  # rays behind the board are hidden
        calls = self._board.draw(presence.world_from_board, presence.board_size_m)
        framebuffer.depth_mask = False
        calls += self._signs.draw() + self._beams.draw()
        return calls + self._vignette.draw(presence.vignette)

    def _mark(self, scene: Scene) -> int:
        marked = [(-1, 0) if m is None else self._marked(scene, *m[:3]) for m in (scene.selected, scene.pointed)]
        if marked == [(-1, 0), (-1, 0)]:
            return 0
        self._highlight.draw(*marked)
        return 1

    def _marked(self, scene: Scene, network: int, layer: int, channel: int) -> tuple[int, int]:
        """Row of the layer table and cell of a map."""
        row = self._row((network, layer))
        cell = None if row < 0 else scene.networks[network].cell_of(layer, channel)
        return (-1, 0) if cell is None else (row, cell)

    def _row(self, wall: tuple[int, int] | None) -> int:
        """Row of the layer table of a (network, layer), -1 for none."""
        known = None if wall is None else self._known.get(wall[0])
        return known.first_row + wall[1] if wall and known and 0 <= wall[1] < len(known.counts) else -1

    def _in_sight(self, planes: np.ndarray) -> np.ndarray:
        """(V, R) bool of (V, 6, 4) planes, by the walls' spheres; the far plane does not hide anything."""
        distances = planes.reshape(-1, 4) @ self._spheres
        return distances.reshape(len(planes), 6, len(self._inside))[:, :5].min(axis=1) >= self._inside

    def release(self) -> None:
        """Free every GL object that the renderer made."""
        passes = (
            self._floor,
            self._shadows,
            self._walls,
            self._maps,
            self._highlight,
            self._edges,
            *self._stands.values(),
            self._posts,
            self._handles,
            self._bodies,
            self._beams,
            self._signs,
            self._board,
            self._hidden,
            self._vignette,
        )
        for part in (
            *passes,
            self._carried,
            self._text,
            self.store.pool,
            self._table,
            self._view,
            self._corners,
        ):
            part.release()
        glue.unbind()


def _all_of(network: Network, row: int) -> tuple[int, ...]:
    """Everything that what is written of a network depends on."""
    n, graph = network, id(network.graph)
    revisions = n.text_revision, n.range_revision, n.order_revision, n.stand_revision, n.findings.revision
    return n.id, graph, row, *revisions
