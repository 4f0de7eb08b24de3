"""Where to stand before walls that were scaled, moved or hidden, and what one cannot walk through."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import chain, residual

from walkbox.interaction.ground import Ground
from walkbox.layout import arrange
from walkbox.layout.changes import WallChange
from walkbox.scene.network import Network
from walkbox.scene.picking import pick
from walkbox.scene.scene import Scene
from walkbox.scene.viewpoints import in_front_of


def network() -> Network:
    return Network(0, residual(), arrange(residual()))


def test_one_stands_farther_from_a_larger_wall_and_nearer_to_a_smaller_one() -> None:
    n = network()
    last = len(n.graph.layers) - 1
    plain = in_front_of(n, last)[3]
    n.change_walls({last: WallChange(position=(60.0, 1.0, 60.0), scale=1.0)})
    alone = in_front_of(n, last)[3]
    distances = []
    for scale in (0.5, 1.0, 2.0):
        n.change_walls({last: WallChange(position=(60.0, 1.0, 60.0), scale=scale)})
        position, yaw, _, distance = in_front_of(n, last)
        distances.append(distance)
        assert np.linalg.norm(position[[0, 2]] - (60, 60)) == pytest.approx(distance, rel=1e-3)
        assert yaw == pytest.approx(0) and position[1] == 0
    assert distances[0] < distances[1] < distances[2]
    assert alone == distances[1] >= plain


def test_a_hidden_wall_does_not_stand_in_the_way() -> None:
    n = Network(0, chain(4), arrange(chain(4)))
    n.change_walls({2: WallChange(scale=6.0)})
    narrow = in_front_of(n, 2)[3]
    n.change_walls({1: WallChange(hidden=True), 0: WallChange(hidden=True)})
    assert in_front_of(n, 2)[3] > narrow + 1


def test_a_wall_high_up_does_not_hide_one_on_the_floor() -> None:
    n = Network(0, chain(4), arrange(chain(4)))
    before = n.base.position[2].tolist()
    n.change_walls({3: WallChange(scale=4.0)})
    near = in_front_of(n, 3)[3]
    n.change_walls({2: WallChange(position=(before[0], 30.0, before[2]))})
    assert in_front_of(n, 3)[3] > near + 1


def test_the_ground_knows_scaled_and_hidden_walls() -> None:
    n, ground = network(), Ground()
    scene = Scene({0: n})
    x, _, z = n.base.position[2].tolist()
    x += 0.7 * float(n.base.size[2, 0])
    beside, path = np.array([x, 0.0, z]), np.array([[x, 1.0, z + 1], [x, 1.0, z - 1]])
    assert ground.free(scene, beside, None) and ground.obstacle(scene, path) is None
    n.change_walls({2: WallChange(scale=2.0)})
    assert not ground.free(scene, beside, None)
    met = ground.obstacle(scene, path)
    assert met is not None and met[1] == pytest.approx([x, 1.0, z], abs=1e-5)
    n.change_walls({2: WallChange(scale=2.0, hidden=True)})
    assert ground.free(scene, beside, None) and ground.obstacle(scene, path) is None


def test_no_ray_meets_what_is_hidden() -> None:
    n = network()
    scene = Scene({0: n})
    target = n.wall_centres()[1]
    origin = target + n.world_from_wall()[1][:3, 2]
    ahead = -n.world_from_wall()[1][:3, 2]
    hit = pick(scene, origin, ahead)
    assert hit is not None and hit.layer == 1
    n.change_walls({1: WallChange(hidden=True)})
    hit = pick(scene, origin, ahead)
    assert hit is None or hit.layer != 1
