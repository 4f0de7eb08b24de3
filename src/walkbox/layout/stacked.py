"""The stacked layout: pages, like the walls of a salon where pictures hang over and beside one another.

Up to five rows of one resolution that follow one another make a *column*, the first row on the floor and the next ones
above it; a block stands in one column if it can. Columns stand side by side, from left to right, and make a
*page* that one reads from the aisle before it. Pages stand one behind the other.

Edges go behind a page and come to its front through a gap: to the row above between the rows, to another column of the
page beside that column, to the next page straight on, and to a later one past the right side of the pages between.
"""

from __future__ import annotations

import numpy as np

from walkbox.graph import ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.bend import BOARD_EDGE_M, FRAME_EDGE_M, placed
from walkbox.layout.changes import spline_basis
from walkbox.layout.edges import FLOOR_M, FOOT_M, edge_ends
from walkbox.layout.plan import FRAME_ACROSS_M, FRAME_ALONG_M, RIBBON_M, Plan, alive, make_plan
from walkbox.layout.registry import register
from walkbox.layout.walls import label_width, lower_edge, view_distance

__all__ = ["Pages", "stacked"]

POINTS = 48
STOREYS, HIGHEST_M = 5, 12.5
WIDEST_M = 26.0  # of a page; a single column may be wider
CAPTION_M = 0.62  # above the walls of a row, for their captions
HANG_M = 0.12  # from the floor of an upper storey to its walls
GAP_M = 1.6  # between two columns
AISLE_M = (3.5, 14.0)
CLEAR_M = 0.4  # how far edges keep off a page
OUTSIDE_M = (1.2, 0.5, 5.0)  # an edge's way past whole pages: beside them, its bulge for the root of their number
END_M = (2.3, 0.5)  # the board with the results: beside the last page, and a little behind it


@register("stacked")
def stacked(graph: ModelGraph) -> Arrangement:
    """Rows above one another, columns beside one another, pages one behind the other along -z."""
    plan = make_plan(graph)
    pages = Pages(plan)
    depth = plan.lanes.depth
    lower = np.where(pages.floor[depth] > 0, HANG_M, lower_edge(plan.walls.size[:, 1], depth))
    position = np.stack([pages.x[depth] + plan.across, pages.floor[depth] + lower, pages.z[depth]], axis=1)
    end = (pages.right + END_M[0], BOARD_EDGE_M, float(pages.z.min(initial=-FRAME_ALONG_M)) - END_M[1])
    landmarks = np.array([(0.0, 0.0, 0.0), (FRAME_ACROSS_M, FRAME_EDGE_M, -FRAME_ALONG_M), end])
    return placed("stacked", plan, position, np.zeros(len(depth)), _paths(plan, pages), landmarks, np.zeros(3))


class Pages:
    """What stands in which column and page.

    Attributes:
        column, page: (R,) of each row.
        floor: (R,) height in metres of what the row stands on.
        x, z: (R,) where the middle of the trunk is in that row.
        gap: (R,) x of the gap to the left of the row's column.
        right: x of the right side of the widest page.
    """

    def __init__(self, plan: Plan) -> None:
        rows, depth, size = len(plan.row_along), plan.lanes.depth, plan.walls.size
        ground, above = np.zeros(rows), np.zeros(rows)
        np.maximum.at(ground, depth, lower_edge(size[:, 1], depth) + size[:, 1])
        np.maximum.at(above, depth, HANG_M + size[:, 1])
        self.column, self.floor, stage = _columns(plan, ground, above)
        columns = int(self.column[-1]) + 1 if rows else 0
        top, left, right = np.zeros(columns), np.zeros(columns), np.zeros(columns)
        np.maximum.at(top, self.column, self.floor + np.where(self.floor > 0, above, ground))
        half = label_width(size) / 2
        np.maximum.at(left, self.column[depth], half - plan.across)
        np.maximum.at(right, self.column[depth], half + plan.across)
        inside = plan.skip & (self.column[depth[plan.edges[:, 0]]] == self.column[depth[plan.edges[:, 1]]])
        where = self.column[depth[plan.edges[inside, 0]]]
        np.maximum.at(left, where, RIBBON_M - plan.corridor[inside].min(axis=1))
        np.maximum.at(right, where, RIBBON_M + plan.corridor[inside].max(axis=1))
        page = _pages(left + right + GAP_M, stage)
        pages = int(page[-1]) + 1 if columns else 0
        begins = np.cumsum(left + right + GAP_M) - (left + right + GAP_M)
        first = np.searchsorted(page, np.arange(pages))
        width, height = np.zeros(pages), np.zeros(pages)
        np.add.at(width, page, left + right + GAP_M)
        np.maximum.at(height, page, top)
        x = begins - begins[first][page] - width[page] / 2 + GAP_M / 2 + left
        z = -(FRAME_ALONG_M + np.cumsum(np.clip(view_distance(width, height) + 0.5, *AISLE_M)))
        self.page, self.x, self.z = page[self.column], x[self.column], z[page[self.column]]
        self.gap = (x - left - GAP_M / 2)[self.column]
        self.right = float(width.max(initial=0.0)) / 2


def _columns(plan: Plan, ground: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column and floor of each row, and of each column the resolution.

    *ground* and *above* tell how high each row reaches over its floor, in the first storey and in a later one.
    """
    carried, pixels, rows = alive(plan), _resolutions(plan), len(ground)
    column, floor, stage = np.zeros(rows, np.int64), np.zeros(rows), []
    storeys, block_end, fresh = 0, 0, 0.0
    for row in range(rows):
        whole = row < block_end  # within a block
        if not whole:
            block_end, fresh = _block(row, carried, pixels, ground, above)
        base = 0.0
        fits = 0 < storeys < STOREYS and pixels[row] == stage[-1]
        if fits:
            base = floor[row - 1] + (above if storeys > 1 else ground)[row - 1] + CAPTION_M
            fits = base + above[row] <= HIGHEST_M
        if fits and not whole and block_end - row <= STOREYS and fresh <= HIGHEST_M:
            # A block that fits into a column of its own is not begun in this one unless all of it fits here.
            rest = above[row:block_end].sum() + CAPTION_M * (block_end - row - 1)
            fits = storeys + block_end - row <= STOREYS and base + rest <= HIGHEST_M
        if fits:
            floor[row], storeys = base, storeys + 1
        else:
            stage.append(pixels[row])
            storeys = 1
        column[row] = len(stage) - 1
    return column, floor, np.array(stage)


def _block(
    row: int, carried: np.ndarray, pixels: np.ndarray, ground: np.ndarray, above: np.ndarray
) -> tuple[int, float]:
    """The row behind a block that begins with a row, and how high a column of it is."""
    end = row + 1
    while end < len(carried) and carried[end - 1] > 1 and pixels[end] == pixels[row]:
        end += 1
    return end, float(ground[row] + above[row + 1 : end].sum()) + CAPTION_M * (end - row - 1)


def _resolutions(plan: Plan) -> np.ndarray:
    """(R,) values of a map of each row's innermost wall: it changes where a new stage begins."""
    result = np.zeros(len(plan.row_along))
    order = np.lexsort((-np.abs(plan.lanes.lane), plan.lanes.depth))  # the innermost is written last
    result[plan.lanes.depth[order]] = plan.pixels[order]
    return result


def _pages(width: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """(C,) page of each column: full ones, but a stage begins a new one where the old one is half full."""
    page, number, taken = np.zeros(len(width), np.int64), -1, np.inf
    for column in range(len(width)):
        new_stage = column > 0 and stage[column] != stage[column - 1] and taken > WIDEST_M / 2
        if new_stage or taken + width[column] > WIDEST_M:
            number, taken = number + 1, 0.0
        page[column] = number
        taken += width[column]
    return page


def _paths(plan: Plan, pages: Pages) -> np.ndarray:
    """(E, K, 3): B-splines with eight control points, for each of the four ways that an edge can take."""
    if not len(plan.edges):
        return np.zeros((0, POINTS, 3))
    parent, child = plan.lanes.depth[plan.edges].T
    (x0, _, _), (x1, _, _) = (ends.T for ends in edge_ends(plan))
    x0, x1 = x0 + pages.x[parent], x1 + pages.x[child]
    y0, y1 = pages.floor[parent] + FLOOR_M, pages.floor[child] + FLOOR_M
    z0, z1 = pages.z[parent], pages.z[child]
    same_column = pages.column[parent] == pages.column[child]
    same_page = pages.page[parent] == pages.page[child]
    further = pages.page[child] - pages.page[parent]

    def bent(*middle: tuple) -> np.ndarray:
        """The ends, straight ahead of them, and four points between."""
        points = [(x0, y0, z0 - FOOT_M), (x0, y0, z0 - CLEAR_M), *middle, (x1, y1, z1 + CLEAR_M), (x1, y1, z1 + FOOT_M)]
        return np.stack([np.stack(np.broadcast_arrays(*point), axis=-1) for point in points], axis=1)

    # Within a column: beside the walls that it passes, or through the gap above its parent.
    corridor = np.where(plan.skip[:, None], plan.corridor + pages.x[parent][:, None], 0.0)
    leaves, arrives = (np.where(plan.skip, corridor[:, 0], x) for x in (x0, x1))
    out, back = (np.where(plan.skip, corridor[:, 1], x) for x in (x0, x1))
    level = np.where(plan.skip, (pages.floor[np.minimum(parent + 1, child)] + pages.floor[child]) / 2, y1)
    low, high = (np.where(plan.skip, y, y1) for y in (y0, y1))
    up = bent(
        (leaves, low, z0 - CLEAR_M),
        (out, level, z0 - 0.75 * CLEAR_M),
        (back, level, z1 + 0.75 * CLEAR_M),
        (arrives, high, z1 + CLEAR_M),
    )
    # To another column of the page: behind it, at the child's height to the front, along below the child's walls.
    gap = pages.gap[child]
    aside = bent(
        (gap + 0.3 * (x0 - gap), y1, z0 - 1.5 * CLEAR_M),
        (gap, y1, z0 - CLEAR_M),
        (gap, y1, z1 + CLEAR_M),
        (gap + 0.3 * (x1 - gap), y1, z1 + 1.5 * CLEAR_M),
    )
    # To the next page; up to a storey of it beside the child's column, where no maps are.
    raised = pages.floor[child] > 0
    near = np.where(raised, gap, x1)
    on = bent(
        (x0, FLOOR_M, z0 - 3 * CLEAR_M),
        ((x0 + near) / 2, FLOOR_M, (z0 + z1) / 2),
        (near, np.where(raised, y1 / 2, FLOOR_M), z1 + 3 * CLEAR_M),
        (near + 0.3 * (x1 - near), y1, z1 + 1.5 * CLEAR_M),
    )
    # To a later one.
    beside = pages.right + OUTSIDE_M[0]
    bulge = np.minimum(OUTSIDE_M[1] * np.sqrt(np.maximum(further, 0)), OUTSIDE_M[2])
    height = FLOOR_M + 0.02 + 0.28 * (1 - np.exp(-np.maximum(further, 0) / 6))
    past = bent(
        (beside, height, z0 - 1.5),
        (beside + bulge, height, z0 - 3.0),
        (beside + bulge, height, z1 + 3.0),
        (beside, np.maximum(height, y1), z1 + 2 * CLEAR_M),
    )
    ways = [same_column, same_page, further == 1]
    control = np.select([way[:, None, None] for way in ways], [up, aside, on], past)
    return spline_basis(POINTS) @ control
