"""What holds for every layout of every graph."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from graphs import Builder, chain, dense, inception, residual, unet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from walkbox.errors import LayoutError
from walkbox.graph import ModelGraph
from walkbox.layout import LAYOUTS, Arrangement, arrange, check_layout, register
from walkbox.layout.folded import Folding
from walkbox.layout.plan import make_plan
from walkbox.layout.spiral import _Winding
from walkbox.layout.walls import label_width

KINDS = ["maps", "tokens", "matrix", "strip", "attention", "volume", "signal", "scalar", "none"]
FRAME_M, CAPTION_M = 0.05, 0.5


@st.composite
def graphs(draw: st.DrawFn, most: int = 40) -> ModelGraph:
    """Any graph that capture could record: branches, merges, isolated layers, constants, many outputs, or nothing."""
    b = Builder()
    for id in range(draw(st.integers(0, most))):
        parents = draw(st.lists(st.integers(max(0, id - 9), id - 1), max_size=4, unique=True)) if id else []
        if id > 12 and draw(st.integers(0, 5)) == 0:
            parents = sorted({*parents, draw(st.integers(0, id - 1))})
        b.add(
            draw(st.sampled_from(["conv2d", "cat", "input"])) if not parents else "conv2d",
            parents,
            maps=draw(st.sampled_from([1, 2, 3, 10, 64, 512, 1000, 2048])),
            side=draw(st.sampled_from([1, 7, 28, 56, 224])),
            width=draw(st.sampled_from([0, 0, 1, 14, 768])),
            kind=draw(st.sampled_from(KINDS)) if draw(st.integers(0, 3)) == 0 else "maps",
            output=draw(st.integers(0, 5)) == 0,
        )
    return b.graph()


ways = pytest.mark.parametrize("layout", sorted(LAYOUTS))
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMED = [chain(1), residual(3, project_every=2), inception(), dense(), unet()]
named = pytest.mark.parametrize("graph", NAMED, ids=["one layer", "residual", "inception", "dense", "unet"])


def stacked(a: Arrangement) -> bool:
    """Its walls stand above one another: edges climb, and pass below walls."""
    return a.layout == "stacked"


def footprints(a: Arrangement, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(L, 2) ends of each wall's lower edge on the floor (x, z), left and right."""
    along = np.stack([np.cos(a.yaw), -np.sin(a.yaw)], axis=1) * width[:, None] / 2
    middle = a.position[:, [0, 2]]
    return middle - along, middle + along


def overlapping(a: Arrangement, thickness: float) -> list[tuple[int, int]]:
    """Pairs of walls (with frame and label) that meet: separating axes of two rectangles, and of their heights."""
    half = np.stack([label_width(a.size) / 2 + FRAME_M, np.full(len(a.size), thickness / 2)], axis=1)
    axes = np.stack([np.stack([np.cos(a.yaw), -np.sin(a.yaw)], 1), np.stack([np.sin(a.yaw), np.cos(a.yaw)], 1)], axis=1)
    middle = a.position[:, [0, 2]]
    gap = middle[None] - middle[:, None]
    apart = np.zeros((len(middle), len(middle)), bool)
    for owner in range(2):
        for axis in range(2):
            n = axes[:, axis]
            n = n[:, None] if owner == 0 else n[None]
            reach = sum(
                half[:, k][:, None] * np.abs((axes[:, k][:, None] * n).sum(-1))
                + half[:, k][None] * np.abs((axes[:, k][None] * n).sum(-1))
                for k in range(2)
            )
            apart |= np.abs((gap * n).sum(-1)) > reach
    low, high = a.position[:, 1] - FRAME_M, a.position[:, 1] + a.size[:, 1] + CAPTION_M
    apart |= (low[:, None] > high[None]) | (low[None] > high[:, None])
    i, j = np.nonzero(~apart)
    return [(int(p), int(q)) for p, q in zip(i, j, strict=True) if p < q]


def crossings(a: Arrangement) -> list[tuple[int, int]]:
    """(edge, wall) pairs where the edge goes through the wall or (at most half a metre) under it."""
    left, right = footprints(a, a.size[:, 0])
    start, end = a.paths[:, :-1, [0, 2]].astype(np.float64), a.paths[:, 1:, [0, 2]].astype(np.float64)
    height = (a.paths[:, :-1, 1] + a.paths[:, 1:, 1]) / 2

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    found = []
    for wall in range(len(left)):
        p, q = left[wall].astype(np.float64), right[wall].astype(np.float64)
        through = (side(p, q, start) * side(p, q, end) < 0) & (side(start, end, p) * side(start, end, q) < 0)
        low, top = a.position[wall, 1], a.position[wall, 1] + a.size[wall, 1]
        through &= (height > (low if stacked(a) else 0.0)) & (height < top)
        found += [(int(edge), wall) for edge in np.flatnonzero(through.any(axis=1))]
    return found


@ways
@often
@given(graph=graphs())
def test_no_two_walls_overlap(layout: str, graph: ModelGraph) -> None:
    assert overlapping(arrange(graph, layout), thickness=0.6) == []


def test_the_overlap_test_sees_an_overlap() -> None:
    a = arrange(chain(3))
    a.position[1] = a.position[0] + np.array([0.1, 0, -0.1], np.float32)
    assert overlapping(a, 0.6) == [(0, 1)]


@often
@given(graph=graphs())
def test_no_edge_of_the_linear_layout_runs_backwards(graph: ModelGraph) -> None:
    a = arrange(graph)
    assert a.paths.shape == (len(graph.edges), 32, 3)
    assert (np.diff(a.paths[..., 2], axis=1) <= 1e-5).all()


@often
@given(graph=graphs())
def test_no_edge_of_the_spiral_layout_runs_backwards(graph: ModelGraph) -> None:
    a, winding = arrange(graph, "spiral"), _Winding(make_plan(graph))
    angle = np.unwrap(np.arctan2(-a.paths[..., 2], a.paths[..., 0] + winding.start), axis=1)
    assert (np.diff(angle, axis=1) >= -1e-6).all()


@often
@given(graph=graphs(most=70))
def test_no_edge_of_the_folded_layout_runs_backwards(graph: ModelGraph) -> None:
    a, folding = arrange(graph, "folded"), Folding(make_plan(graph))
    x, z = a.paths[..., 0].astype(np.float64), a.paths[..., 2].astype(np.float64)
    centres = folding.x[:-1] - folding.turn[:, 0]
    run = (x[..., None] < centres).sum(axis=-1)
    gone = np.where(run % 2 == 0, -z, folding.length + z) / folding.length
    walked = 2 * run + gone
    if len(centres):
        far, near = z < -folding.length, z > 0
        turn = np.clip(np.where(far, run - run % 2, run - (run + 1) % 2), 0, len(centres) - 1)
        up = np.where(far, -folding.length - z, z) / folding.depth[turn]
        walked = np.where(far | near, 2 * turn + 1 + np.arctan2(up, x - centres[turn]) / np.pi, walked)
    assert (np.diff(walked, axis=1) >= -1e-4).all()


@ways
@often
@given(graph=graphs())
def test_edges_lead_from_the_back_of_the_parent_to_the_front_of_the_child(layout: str, graph: ModelGraph) -> None:
    a = arrange(graph, layout)
    normal = np.stack([np.sin(a.yaw), np.zeros_like(a.yaw), np.cos(a.yaw)], axis=1)
    for (parent, child), path in zip(a.edges, a.paths, strict=True):
        assert (path[0] - a.position[parent]) @ normal[parent] < 0 < (path[-1] - a.position[child]) @ normal[child]
        for wall, end in ((parent, path[0]), (child, path[-1])):
            near = 3.0 if layout == "spiral" else 0.1  # a spiral stretches the aisles of its outer lanes
            assert np.hypot(*(end - a.position[wall])[[0, 2]]) <= a.size[wall, 0] / 2 + near


@ways
@often
@given(graph=graphs())
def test_no_edge_goes_through_a_wall(layout: str, graph: ModelGraph) -> None:
    a = arrange(graph, layout)
    assert crossings(a) == []
    assert (a.paths[..., 1] > 0).all()
    assert stacked(a) or (a.paths[..., 1] < 0.45).all()


def test_the_crossing_test_sees_a_crossing() -> None:
    graph = residual(1)
    a = arrange(graph)
    edge = int(np.flatnonzero(a.skip)[0])
    a.paths[edge, :, 0] = 0.0
    assert crossings(a) == [(edge, 2), (edge, 3)]


@ways
@often
@given(graph=graphs())
def test_numbers_are_finite_equal_and_of_the_right_shape(layout: str, graph: ModelGraph) -> None:
    a, again = arrange(graph, layout), arrange(graph, layout)
    layers, edges = len(graph.layers), len(graph.edges)
    shapes = {
        "position": (layers, 3), "yaw": (layers,), "size": (layers, 2), "columns": (layers,), "map_size": (layers, 2),
        "pitch": (layers, 2), "depth": (layers,), "lane": (layers,), "edges": (edges, 2), "skip": (edges,),
        "entrance": (3,), "frame_position": (3,), "end_position": (3,), "bounds": (2, 3),
    }  # fmt: skip
    for name, shape in shapes.items():
        values = getattr(a, name)
        assert values.shape == shape, name
        assert np.isfinite(values).all(), name
        assert (values == getattr(again, name)).all(), name
    assert np.isfinite(a.paths).all() and (a.paths == again.paths).all()
    assert a.layout == layout
    assert (a.size > 0).all() and (a.map_size > 0).all() and (a.columns > 0).all()
    assert (a.pitch >= a.map_size - 1e-6).all()
    assert (a.position[:, 1] >= 0.44).all()


@ways
@often
@given(graph=graphs())
def test_bounds_hold_every_wall(layout: str, graph: ModelGraph) -> None:
    a = arrange(graph, layout)
    for ends in footprints(a, a.size[:, 0]):
        assert (ends >= a.bounds[0, [0, 2]] - 1e-3).all() and (ends <= a.bounds[1, [0, 2]] + 1e-3).all()
    assert (a.position[:, 1] + a.size[:, 1] <= a.bounds[1, 1] + 1e-4).all()


@ways
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graph=graphs(most=22))
def test_every_wall_is_reached_on_foot(layout: str, graph: ModelGraph) -> None:
    assert unreached(arrange(graph, layout)) == []


@ways
@named
def test_every_wall_of_known_blocks_is_reached_on_foot(layout: str, graph: ModelGraph) -> None:
    assert unreached(arrange(graph, layout)) == []


def unreached(a: Arrangement, cell: float = 0.4, room: float = 0.25) -> list[int]:
    """Layers before whose middle nobody from the entrance can stand, if walls were as solid as they look.

    A flood of the floor in cells; a body keeps *room* metres off every wall and off the input frame.
    """
    if not len(a.position):
        return []
    before = a.position[:, [0, 2]] + 1.0 * np.stack([np.sin(a.yaw), np.cos(a.yaw)], axis=1)
    low = np.minimum(a.bounds[0, [0, 2]], a.entrance[[0, 2]]) - 3.0
    high = np.maximum(a.bounds[1, [0, 2]], a.entrance[[0, 2]]) + 3.0
    shape = np.ceil((high - low) / cell).astype(int) + 1
    solid = np.zeros(tuple(shape), bool)
    left, right = footprints(a, a.size[:, 0])
    frame = a.frame_position[[0, 2]]
    across = np.array([np.cos(a.frame_yaw), -np.sin(a.frame_yaw)]) * 0.6
    for p, q in [*zip(left, right, strict=True), (frame - across, frame + across)]:
        along = q - p
        spots = np.linspace(0, 1, max(2, int(np.linalg.norm(along) / (cell / 4))))[:, None] * along + p
        for offset in np.stack(np.meshgrid([-room, 0, room], [-room, 0, room]), -1).reshape(-1, 2):
            index = ((spots + offset - low) / cell).round().astype(int).clip(0, shape - 1)
            solid[index[:, 0], index[:, 1]] = True
    start = tuple(((a.entrance[[0, 2]] - low) / cell).round().astype(int))
    assert not solid[start]
    seen = solid.copy()
    seen[start] = True
    queue = deque([start])
    while queue:
        x, z = queue.popleft()
        for nx, nz in ((x + 1, z), (x - 1, z), (x, z + 1), (x, z - 1)):
            if 0 <= nx < shape[0] and 0 <= nz < shape[1] and not seen[nx, nz]:
                seen[nx, nz] = True
                queue.append((nx, nz))
    places = ((before - low) / cell).round().astype(int)
    return [i for i, (x, z) in enumerate(places) if solid[x, z] or not seen[x, z]]


@ways
@often
@given(graph=graphs(most=12))
def test_a_map_is_found_where_it_hangs(layout: str, graph: ModelGraph) -> None:
    a = arrange(graph, layout)
    for layer in graph.layers:
        count = layer.maps.count
        centres = a.map_centres(layer.id, count)
        assert centres.shape == (count, 2)
        width, height = a.map_size[layer.id]
        assert (np.abs(centres[:, 0]) + width / 2 <= a.size[layer.id, 0] / 2 + 1e-4).all()
        assert (centres[:, 1] - height / 2 >= -1e-4).all()
        assert (centres[:, 1] + height / 2 <= a.size[layer.id, 1] + 1e-4).all()
        for channel in {0, count // 2, count - 1} if count else ():
            x, y = (float(v) for v in centres[channel])
            found = a.map_at(layer.id, count, x, y)
            assert found is not None and found[0] == channel
            assert found[1:] == pytest.approx((0.5, 0.5), abs=1e-3)
            corner = a.map_at(layer.id, count, x - 0.49 * float(width), y + 0.49 * float(height))
            assert corner is not None and corner[0] == channel
            assert corner[1:] == pytest.approx((0.01, 0.01), abs=1e-3)


def test_there_is_no_map_in_a_gap_or_beyond_the_last_one() -> None:
    b = Builder()
    layer = b.add("conv2d", maps=7, side=28)
    a = arrange(b.graph())
    assert 7 % a.columns[layer] != 0  # the last row is not full
    (x, y), _ = a.map_centres(layer, 2)
    assert a.map_at(layer, 7, float(x + a.pitch[layer, 0] / 2), float(y)) is None
    assert a.map_at(layer, 7, float(a.size[layer, 0]), float(y)) is None
    assert a.map_at(layer, 7, float(x), -0.1) is None
    beyond = a.map_centres(layer, 8)[-1]
    assert a.map_at(layer, 8, float(beyond[0]), float(beyond[1])) is not None
    assert a.map_at(layer, 7, float(beyond[0]), float(beyond[1])) is None


@ways
def test_nothing_at_all_is_a_place_too(layout: str) -> None:
    a = arrange(Builder().graph(), layout)
    assert a.paths.shape == (0, a.paths.shape[1], 3)
    assert a.frame_position[2] < a.entrance[2] and a.end_position[2] < a.frame_position[2]


@ways
def test_two_thousand_layers_stay_apart(layout: str) -> None:
    for graph in (chain(2000), residual(620, project_every=3)):
        a = arrange(graph, layout)
        assert np.isfinite(a.paths).all()
        order = np.argsort(a.depth, kind="stable")
        assert overlapping_rows(a, order) == []


def overlapping_rows(a: Arrangement, order: np.ndarray) -> list[tuple[int, int]]:
    """Like :func:`overlapping`, among layers near one another in the order of rows."""
    import dataclasses

    found = []
    for start in range(0, len(order), 150):
        few = order[start : start + 200]
        part = {f: getattr(a, f)[few] for f in ("position", "yaw", "size")}
        found += overlapping(dataclasses.replace(a, **part), 0.6)
    return found


def test_an_unknown_layout_names_the_nearest() -> None:
    with pytest.raises(LayoutError, match=r"no layout 'spirl'.*'spiral'.*linear, spiral"):
        arrange(chain(2), "spirl")
    with pytest.raises(LayoutError, match="no layout"):
        check_layout("ring")


def test_another_layout_can_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkbox.layout.registry.LAYOUTS", dict(LAYOUTS))
    register("mirror")(lambda graph: arrange(graph, "linear"))
    check_layout("mirror")
    assert arrange(chain(2), "mirror").layout == "linear"
