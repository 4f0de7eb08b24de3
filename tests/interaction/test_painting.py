from __future__ import annotations

import hall
import numpy as np
import pytest

from walkbox.commands import Brush, CropPicture
from walkbox.interaction.painting import Cut, Stroke, picture_point
from walkbox.scene.picking import Hit
from walkbox.scene.scene import Scene, Tool
from walkbox.scene.setup import Pinned, Setup


@pytest.fixture
def scene() -> Scene:
    scene = hall.scene()
    scene.tool = Tool("paint", 0.1, (255, 0, 0))
    scene.networks[0].seen = np.zeros((100, 200, 3), np.uint8)
    return scene


def at(u: float, v: float, kind: str = "frame", **more) -> Hit:
    return Hit(kind, 1.0, np.zeros(3), network=0 if kind == "frame" else None, u=u, v=v, **more)


def test_the_frame_is_square_and_the_picture_in_it_is_not(scene: Scene) -> None:
    network = scene.networks[0]
    assert picture_point(network, at(0.5, 0.5)) == (0.5, 0.5)
    assert picture_point(network, at(0.0, 0.25)) == (0.0, 0.0)  # twice as wide as high: in the middle half
    assert picture_point(network, at(1.0, 0.75)) == (1.0, 1.0)
    assert picture_point(network, at(0.5, 0.0))[1] < 0


def test_a_stroke_grows_where_the_pointer_goes(scene: Scene) -> None:
    stroke = Stroke(0)
    first = stroke.paint(scene, at(0.2, 0.4))
    assert first == [Brush("paint", ((0.2, 0.3),), 0.1, (255, 0, 0), 0, done=False)]
    assert stroke.paint(scene, at(0.2005, 0.4)) == []  # a hand that trembles
    assert stroke.paint(scene, None) == [] and stroke.paint(scene, at(0.4, 0.4, "object")) == []
    (second,) = stroke.paint(scene, at(0.3, 0.4))
    assert second.points == ((0.2, 0.3), (0.3, 0.3)) and not second.done
    assert stroke.end(scene) == [Brush("paint", second.points, 0.1, (255, 0, 0), 0, done=True)]
    assert Stroke(0).end(scene) == []


@pytest.mark.parametrize("object", [None, 9])
def test_a_part_is_cut_out(scene: Scene, object: int | None) -> None:
    scene.setup = Setup(objects={9: Pinned(scene.shelf[3], (0, 1, 0, 0, 0, 0, 1), 0.4)})
    on = {"kind": "picture", "picture": scene.shelf[2]} if object is None else {"kind": "object", "object": 9}
    pose = {"pose": np.eye(4, dtype=np.float32), "size": (2.0, 1.0)}
    cut = Cut(at(0.8, 0.1, **on, **pose))
    cut.draw(at(0.2, 0.6, **on, **pose))
    cut.draw(at(0.9, 0.9, "frame"))  # beside it
    left, right = ([q.world_from_quad[0, 3] for q in cut.quads()][i] for i in (2, 3))
    assert (left, right) == pytest.approx((-0.6, 0.6))
    (command,) = cut.end(scene)
    source = scene.shelf[2 if object is None else 3]
    assert command == CropPicture(command.picture, source, (0.2, 0.1, 0.8, 0.6))


def test_a_slip_cuts_nothing(scene: Scene) -> None:
    cut = Cut(at(0.5, 0.5, "picture", picture=scene.shelf[0]))
    cut.draw(at(0.51, 0.9, "picture", picture=scene.shelf[0]))
    assert cut.end(scene) == []
