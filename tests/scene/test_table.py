from __future__ import annotations

import hall
import numpy as np

from walkbox.scene.furniture import table_top
from walkbox.scene.furniture.table import HIGH_M, table_stand
from walkbox.scene.picking import pick


def test_a_ray_from_above_meets_the_table_where_one_lays_a_picture() -> None:
    scene = hall.scene()
    network = scene.networks[0]
    quad = table_top(network)
    middle = (quad.world_from_quad @ [0.2, quad.size[1] / 2, 0, 1])[:3]
    down = np.array([0.3, -1.0, 0.2]) / np.linalg.norm([0.3, -1.0, 0.2])
    hit = pick(scene, middle - 1.5 * down, down)
    assert hit is not None and hit.kind == "table" and hit.network == 0
    np.testing.assert_allclose(hit.point, middle, atol=1e-4)
    floor = network.world_from_network[1, 3]
    assert middle[1] - floor == np.float32(HIGH_M)


def test_it_stands_on_the_floor_and_is_out_of_the_way() -> None:
    network = hall.scene().networks[0]
    corners = []
    for quad in table_stand(network).quads:
        for x in (-0.5, 0.5):
            for y in (0.0, 1.0):
                corners.append((quad.world_from_quad @ [x * quad.size[0], y * quad.size[1], 0, 1])[:3])
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    np.testing.assert_allclose((low[1], high[1]), (network.world_from_network[1, 3], HIGH_M), atol=1e-4)
    entrance = network.arrangement.entrance
    away = np.linalg.norm(np.array(corners)[:, [0, 2]] - entrance[[0, 2]], axis=1)
    assert away.min() > 1.2  # nobody comes in on it
