"""What stands around the walls."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import Builder, chain, dense, inception, residual, unet

from walkbox.layout import LAYOUTS, arrange
from walkbox.layout.walls import label_width
from walkbox.messages import Prediction
from walkbox.scene.furniture import furniture, layer_texts, shelf_pictures
from walkbox.scene.network import Network
from walkbox.scene.pictures import Picture
from walkbox.scene.scene import Scene

CLASSES = ("brick", "grass", "gravel", "coins", "moon", "retina", "coffee", "cat", "galaxy", "page", "clock", "text")


def predict(*probabilities: float) -> Prediction:
    p = np.array(probabilities, np.float32)
    return Prediction(0, 1, p, p)


def words(scene: Scene) -> list[str]:
    return [text.text for text in furniture(scene)[0]]


def test_the_hall_names_the_model_and_counts_its_maps(scene: Scene, network: Network) -> None:
    assert "Nine" in words(scene)
    assert f"{len(network.graph.layers)} layers · {network.graph.maps_total:,} maps" in words(scene)
    assert "no picture yet" in words(scene)


def test_the_frame_shows_the_placed_picture(scene: Scene) -> None:
    scene.place(3, 0)
    texts, _, pictures = furniture(scene)
    assert "picture3.png · moon" in [t.text for t in texts]
    shown = [p for p in pictures if p.key == 3]
    assert len(shown) == 2 and shown[0].pixels is scene.pictures[3].pixels  # in the frame, and still on the shelf
    height, width = scene.pictures[3].pixels.shape[:2]
    assert {round(p.size[0] / p.size[1], 4) for p in shown} == {round(width / height, 4)}
    assert max(p.size[0] for p in shown) == pytest.approx(1.0)


def test_the_frame_shows_what_the_model_sees(scene: Scene, network: Network) -> None:
    def framed():
        texts, _, pictures = furniture(scene)
        large = [p for p in pictures if max(p.size) > 0.9]
        return large, {"no picture yet", "the model's example", "picture3.png · moon"} & {t.text for t in texts}

    assert framed() == ([], {"no picture yet"})
    network.seen, network.seen_run = np.zeros((8, 16, 3), np.uint8), 1
    (first,), said = framed()
    assert said == {"the model's example"} and first.pixels is network.seen and first.size == (1.0, 0.5)
    scene.place(3, 0)
    (placed,), said = framed()  # not what was seen of the input before
    assert said == {"picture3.png · moon"} and placed.pixels is scene.pictures[3].pixels
    network.seen, network.seen_run = np.ones((8, 8, 3), np.uint8), 2
    (second,), said = framed()
    assert said == {"picture3.png · moon"} and second.pixels is network.seen
    keys = {first.key, second.key, *scene.pictures}
    assert len(keys) == 2 + len(scene.pictures) and max(first.key, second.key) < 0


def test_pictures_on_the_shelf_do_not_overlap(scene: Scene) -> None:
    for number in range(20):
        scene.add_picture(np.zeros((9, 30 if number % 2 else 4, 3), np.uint8), f"more{number}")
    quads = [quad for _, quad in shelf_pictures(scene)]
    pose = np.linalg.inv(quads[0].world_from_quad)
    boxes = []
    for quad in quads:
        x, y = (pose @ quad.world_from_quad[:, 3])[:2]
        boxes.append((x - quad.size[0] / 2, x + quad.size[0] / 2, y, y + quad.size[1]))
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3] for b in boxes[:i])


def test_the_board_holds_the_ten_likeliest_classes_with_bars_as_long_as_their_share(
    scene: Scene, network: Network
) -> None:
    before = len(furniture(scene)[1])
    network.classes = CLASSES
    shares = [0.01, 0.02, 0.4, 0.03, 0.2, 0.04, 0.05, 0.06, 0.07, 0.08, 0.04, 0.0]
    network.prediction = predict(*shares)
    texts, quads, _ = furniture(scene)
    said = [t.text for t in texts]
    assert said.count("gravel") == 2 and said.count("40.0 %") == 2  # near the input and at the end
    assert "clock" in said and "brick" not in said and "text" not in said
    bars = [q for q in quads if q.colour[2] > 0.5 and q.colour[0] < 0.2]
    assert len(bars) == 20 and len(quads) > before
    lengths = [q.size[0] for q in bars[:10]]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] / lengths[1] == pytest.approx(2.0, rel=1e-4)
    assert bars[10].size[0] > lengths[0]  # the board at the end is larger


def test_the_true_class_has_a_bar_of_its_own_colour(scene: Scene, network: Network) -> None:
    network.classes, network.prediction = CLASSES[:5], predict(0.1, 0.2, 0.3, 0.1, 0.3)
    blue = {q.colour for q in furniture(scene)[1]}
    scene.place(0, 0)  # a picture of the moon
    assert len({q.colour for q in furniture(scene)[1]} - blue) == 1


def test_unknown_classes_have_numbers_and_wrong_shares_do_no_harm(scene: Scene, network: Network) -> None:
    network.prediction = predict(0.25, float("nan"), 1.5, -1.0)
    said = words(scene)
    assert "class 2" in said and "100.0 %" in said
    assert all(np.isfinite(q.size).all() and q.size[0] > 0 for q in furniture(scene)[1])


def test_an_error_stands_where_the_model_stopped(scene: Scene, network: Network) -> None:
    network.error = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x512 and 1000x10) " * 3
    network.error_layer = 4
    texts = furniture(scene)[0]
    place = next(t for t in texts if t.text == "The model stopped here").world_from_text[:3, 3]
    assert network.nearest_layers(place)[0] == 5  # the first one without values
    assert " ".join(t.text for t in texts).count("multiplied") == 3
    network.error_layer = None
    place = next(t for t in furniture(scene)[0] if t.text == "The model stopped here").world_from_text[:3, 3]
    assert network.nearest_layers(place)[0] == 0


def test_a_graph_that_ends_in_an_error_shows_it_at_its_end(scene: Scene) -> None:
    b = Builder()
    b.add("conv2d", [b.add("input", maps=3, side=64)])
    for graph in (b.graph(error="ValueError: no"), Builder().graph(error="ValueError: no")):
        network = Network(0, graph, arrange(graph))
        place = next(
            t for t in furniture(Scene({0: network}))[0] if t.text == "The model stopped here"
        ).world_from_text[:3, 3]
        assert np.linalg.norm(place[[0, 2]] - network.arrangement.end_position[[0, 2]]) < 2


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("graph", [chain(3), residual(2), inception(), dense(), unet()])
def test_nothing_in_the_hall_stands_in_a_wall(layout: str, graph) -> None:
    network = Network(0, graph, arrange(graph, layout))
    network.prediction = predict(*np.linspace(0, 1, 12))
    scene = Scene({0: network})
    for number in range(60):
        scene.add_picture(np.zeros((9, 9, 3), np.uint8), f"p{number}")
    for pose, size in [(q.world_from_quad, q.size) for q in furniture(scene)[1] if q.size[0] > 0.3]:
        line = np.linspace(-size[0] / 2, size[0] / 2, 25)
        spots = pose[:3, 3] + line[:, None] * pose[:3, 0]
        for wall, (width, _) in zip(network.world_from_wall(), network.arrangement.size, strict=True):
            local = (spots - wall[:3, 3]) @ wall[:3, :3]
            assert not ((np.abs(local[:, 0]) < width / 2 + 0.05) & (np.abs(local[:, 2]) < 0.1)).any()


def test_furniture_of_an_empty_scene_is_empty() -> None:
    assert furniture(Scene()) == ([], [], [])
    graph = Builder().graph()
    network = Network(0, graph, arrange(graph))
    network.prediction = predict(0.5, 0.5)
    assert layer_texts(network) == []
    assert furniture(Scene({0: network}))[0]


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_captions_stand_over_their_walls_and_fit_them(layout: str) -> None:
    graph = inception()
    network = Network(0, graph, arrange(graph, layout))
    texts = layer_texts(network)
    assert len(texts) == 2 * len(graph.layers)
    widths = label_width(network.arrangement.size)
    for layer, (name, fact) in enumerate(zip(texts[::2], texts[1::2], strict=True)):
        assert name.text == graph.layers[layer].name and fact.text.endswith(graph.layers[layer].shape_text)
        height = network.arrangement.size[layer, 1]
        for text in (name, fact):
            assert text.wall == layer  # in whose frame it stands
            local = text.world_from_text[:3, 3]
            assert local[1] - 0.3 * text.height_m > height  # descenders too stay off the maps
            assert text.anchor == "left" and 0 < text.max_width_m <= widths[layer] + 1e-5
            assert local[0] == pytest.approx(-widths[layer] / 2, abs=1e-3)
            assert (text.world_from_text[:3, :3] == np.eye(3)).all()  # never mirrored
        assert name.height_m > fact.height_m >= 0.05
        assert name.world_from_text[1, 3] > fact.world_from_text[1, 3] + 1.2 * fact.height_m


def test_classes_are_named_under_their_cells() -> None:
    graph = inception(1)
    network = Network(0, graph, arrange(graph), classes=CLASSES[:10])
    last = len(graph.layers) - 1
    named = layer_texts(network)[2 * len(graph.layers) :]
    assert [t.text for t in named] == list(CLASSES[:10])
    a = network.arrangement
    for text, (x, y) in zip(named, a.map_centres(last, 10), strict=True):
        at = text.world_from_text[:3, 3]
        assert text.wall == last and at[0] == pytest.approx(x, abs=1e-4)
        assert at[1] + text.height_m < y - a.map_size[last, 1] / 2  # under its own cell
        assert at[1] > y + a.map_size[last, 1] / 2 - a.pitch[last, 1]  # over the next one
        assert at[1] > 0 and text.max_width_m < a.pitch[last, 0]
    network.set_order(last, np.array([7, 2]))
    names = layer_texts(network)[2 * len(graph.layers) :]
    assert [t.text for t in names] == [CLASSES[7], CLASSES[2]]
    for text, first in zip(names, named, strict=False):
        np.testing.assert_array_equal(text.world_from_text, first.world_from_text)
    assert layer_texts(network)[2 * last + 1].text.endswith("2 shown")
    network.set_order(last, None)
    network.classes = CLASSES  # twelve names for ten cells: none of them can be trusted
    assert len(layer_texts(network)) == 2 * len(graph.layers)


def test_a_thumbnail_averages_whole_pixels_of_a_large_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (600, 1025, 3), dtype=np.uint8)
    small = Picture(0, pixels, "large").thumbnail
    assert small.shape == (150, 256, 3) and small.dtype == np.uint8
    np.testing.assert_array_equal(small[3, 7], np.round(pixels[12:16, 28:32].mean(axis=(0, 1)) + 1e-9))
    known = Picture(0, pixels[:300, :500], "small")
    assert known.thumbnail is known.pixels, "nothing is gained"
    strip = Picture(0, pixels[:2], "a strip")
    assert strip.thumbnail.shape[0] > 0 and strip.thumbnail is strip.thumbnail
