"""What lies over the picture in the input frame, and handles that rays meet."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import chain, residual

from walkbox.colour import class_colours
from walkbox.findings import ReceptiveField, Segmentation
from walkbox.layout import LAYOUTS, arrange
from walkbox.layout.changes import WallChange
from walkbox.scene.furniture import frame_stands
from walkbox.scene.furniture.overlays import lit, masked
from walkbox.scene.handles import MIDDLE_M
from walkbox.scene.network import Network
from walkbox.scene.picking import pick
from walkbox.scene.scene import Scene


def seen_by(layout: str = "linear") -> tuple[Scene, Network]:
    graph = residual()
    network = Network(0, graph, arrange(graph, layout), classes=("sky", "tree", "road"))
    network.seen, network.seen_run = np.full((40, 60, 3), 200, np.uint8), 1
    return Scene({0: network}), network


def field(run: int = 1) -> ReceptiveField:
    strength = np.zeros((40, 60), np.float32)
    strength[10:20, 15:45] = 1
    return ReceptiveField(0, run, 3, 0, 1, 1, strength, (10, 15, 20, 45))


def test_a_field_lights_the_picture_and_is_outlined() -> None:
    scene, network = seen_by()
    (plain,) = frame_stands(scene)
    network.findings.field = field()
    (stand,) = frame_stands(scene)
    (picture,) = stand.pictures
    inside, outside = picture.pixels[15, 30].astype(int), picture.pixels[30, 5].astype(int)
    assert inside[0] > 200 > inside[2] and outside.max() < 70  # warm, and dim
    assert picture.key != plain.pictures[0].key and picture.size == plain.pictures[0].size
    outline = stand.quads[len(plain.quads) :]
    assert len(outline) == 4
    places = np.array(
        [
            (q.world_from_quad @ [x, y, 0, 1])[:3]
            for q in outline
            for x, y in ((-q.size[0] / 2, 0), (q.size[0] / 2, q.size[1]))
        ]
    )
    local = (np.c_[places, np.ones(8)] @ np.linalg.inv(picture.world_from_quad).T)[:, :2]
    # In shares of the picture: columns 15 to 45 of 60, rows 10 to 20 of 40.
    np.testing.assert_allclose(local.min(axis=0) / picture.size, [-0.25, 0.5], atol=0.012)
    np.testing.assert_allclose(local.max(axis=0) / picture.size, [0.25, 0.75], atol=0.012)
    (again,) = frame_stands(scene)
    assert again.pictures[0].pixels is picture.pixels  # made once
    network.findings.field = field(run=2)  # of a picture that is not here yet
    assert frame_stands(scene)[0].pictures[0].pixels is network.seen


def test_a_value_that_nothing_can_change_has_no_outline() -> None:
    scene, network = seen_by()
    count = len(frame_stands(scene)[0].quads)
    network.findings.field = ReceptiveField(0, 1, 0, 0, 0, 0, np.zeros((40, 60), np.float32), (0, 0, 0, 0))
    assert len(frame_stands(scene)[0].quads) == count


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_classes_lie_over_the_picture_with_a_legend_beside_it(layout: str) -> None:
    scene, network = seen_by(layout)
    classes = np.zeros((40, 60), np.uint8)
    classes[20:] = 2
    network.findings.segmentation = Segmentation(0, 1, classes, np.array([0.5, 0, 0.5], np.float32))
    frame, legend = frame_stands(scene)
    pixels = frame.pictures[0].pixels
    assert (pixels[5, 5] != pixels[35, 5]).any() and pixels.shape == network.seen.shape
    said = [text.text for text in legend.texts]
    assert said == ["Segmentation", "sky", "50.0 %", "road", "50.0 %"]
    board = legend.quads[2]
    for wall, size in zip(network.world_from_wall(), network.arrangement.size, strict=True):
        ends = np.array([board.world_from_quad @ [x, 0.2, 0, 1] for x in np.linspace(-0.4, 0.4, 9)])[:, :3]
        local = (ends - wall[:3, 3]) @ wall[:3, :3]
        assert not ((np.abs(local[:, 0]) < size[0] / 2) & (np.abs(local[:, 2]) < 0.1)).any()
    network.findings.field = field()
    assert len(frame_stands(scene)) == 1  # what is pointed at comes first


def test_overlays_fit_pictures_of_another_size() -> None:
    pixels = np.full((8, 8, 3), 100, np.uint8)
    shown = masked(pixels, np.array([[0, 1], [2, 3]], np.uint8), 4)
    expected = 100 * 0.45 + class_colours(4).astype(float) * 0.55
    for index, corner in enumerate(((0, 0), (0, 7), (7, 0), (7, 7))):
        np.testing.assert_allclose(shown[corner], expected[index], atol=1)
    assert lit(pixels, np.full((3, 5), np.nan, np.float32)).max() < 60


def test_rays_meet_handles_of_walls_where_they_stand() -> None:
    graph = chain(5)
    network = Network(0, graph, arrange(graph))
    scene = Scene({0: network})
    network.change_walls({2: WallChange(position=(0.0, 1.0, 5.0), yaw=0.0, scale=2.0)})
    eye = np.array([0, 1.5, 9.0], np.float32)

    def met(x: float, y: float) -> str | None:
        target = (network.world_from_wall()[2] @ np.array([x, y, 0, 1], np.float32))[:3]
        hit = pick(scene, eye, (target - eye) / np.linalg.norm(target - eye))
        return None if hit is None or hit.layer != 2 else hit.kind

    assert met(0.0, MIDDLE_M) == met(0.08, MIDDLE_M + 0.05) == "handle"
    assert met(1.0, MIDDLE_M) is None and met(0.0, MIDDLE_M - 0.09) is None and met(0.2, 0.2) in ("map", "wall")
    network.change_walls({2: WallChange(position=(0.0, 1.0, 5.0), yaw=0.0, scale=2.0, hidden=True)})
    assert met(0.0, MIDDLE_M) is None and met(0.2, 0.2) is None
