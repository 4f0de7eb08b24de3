from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox.commands import FilterShelf, PlacePicture, ScrollShelf
from walkbox.findings import Evaluation
from walkbox.scene.furniture import furniture, shelf_board, shelf_buttons, shelf_pictures
from walkbox.scene.network import Network
from walkbox.scene.picking import pick
from walkbox.scene.scene import FIRST_MADE, Scene
from walkbox.scene.shelf import PAGE_COLUMNS, ROWS, Shelf

PAGE = PAGE_COLUMNS * ROWS


class Catalogue:
    """A data set of so many pictures whose classes go round; counts what it is asked."""

    learns = False

    def __init__(self, count: int, classes: tuple[str, ...] = ("ant", "bee", "cow")):
        self.count, self.classes = count, classes
        self.asked: list[int] = []

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        self.asked.append(index)
        return f"picture {index}"

    def label(self, index: int) -> str:
        return self.classes[index % len(self.classes)]

    def labels(self) -> tuple[tuple[str, ...], np.ndarray]:
        return self.classes, (np.arange(self.count) % len(self.classes)).astype(np.int32)


@pytest.fixture
def large(network: Network) -> Scene:
    scene = Scene({0: network})
    scene.shelf = Shelf(Catalogue(100_000))
    return scene


def words(scene: Scene) -> list[str]:
    return [text.text for text in furniture(scene)[0]]


def commands(scene: Scene) -> list:
    return [button.command for button in shelf_buttons(scene)]


def test_a_page_of_a_large_data_set_is_shown_and_nothing_asked_of_the_rest(large: Scene) -> None:
    catalogue = large.shelf.catalogue
    assert isinstance(catalogue, Catalogue)
    assert len(large.shelf) == 100_000 and large.shelf.shown() == list(range(PAGE))
    assert [id for id, _ in shelf_pictures(large)] == list(range(PAGE))
    assert f"Pictures 1–{PAGE} of 100,000" in words(large)
    assert sorted(set(catalogue.asked)) == list(range(PAGE))


def test_scrolling_goes_by_rows_and_stops_at_the_ends(large: Scene) -> None:
    shelf = large.shelf
    for wanted, first in ((44, 40), (-5, 0), (47, 40), (10**9, 100_000 - PAGE), (99_999, 100_000 - PAGE), (120, 120)):
        shelf.scroll(wanted)
        assert shelf.first == first and len(shelf.shown()) == PAGE
    assert f"Pictures 121–{120 + PAGE} of 100,000" in words(large)
    after = 120 + PAGE
    assert shelf.near()[:4] == [after, 119, after + 1, 118]
    assert sorted(shelf.near()) == [*range(120 - PAGE, 120), *range(after, after + PAGE)]


def test_a_filter_shows_one_class_and_keeps_the_ids(large: Scene) -> None:
    shelf = large.shelf
    assert shelf.classes() == ("ant", "bee", "cow")
    shelf.scroll(400)
    shelf.filter("bee")
    assert shelf.first == 0 and len(shelf) == 33_333 and shelf[:3] == [1, 4, 7] and shelf[-1] == 99_997
    shelf.reveal(4 + 3 * 500)
    assert 4 + 3 * 500 in shelf.shown()
    shelf.reveal(99_999)  # an ant
    assert shelf.label == "" and shelf.shown()[-1] == 99_999
    shelf.filter("yak")
    assert len(shelf) == 0 and shelf.shown() == [] and shelf.last == 0
    assert "no picture of 'yak'" in words(large)


def test_classes_that_are_learned_while_pictures_are_read_can_be_chosen(network: Network) -> None:
    catalogue = Catalogue(10, ())
    catalogue.learns = True
    catalogue.labels = lambda: (catalogue.classes, np.full(10, -1, np.int32))  # type: ignore[method-assign]
    shelf = Shelf(catalogue)
    assert shelf.classes() == ()
    catalogue.classes = ("ant", "bee")
    shelf.show({0, 1})
    assert shelf.classes() == ("ant", "bee")


def test_what_is_made_stands_in_front_and_is_filtered_too(large: Scene) -> None:
    made = [large.add_picture(np.zeros((8, 8, 3), np.uint8), f"noise {i}", label="bee").id for i in range(2)]
    assert made == [FIRST_MADE, FIRST_MADE + 1] and large.shelf[:4] == [*made, 0, 1]
    assert "1  bee" in words(large) and large.shelf.label_of(made[0]) == "bee" and large.shelf.label_of(1) == "bee"
    large.shelf.filter("bee")
    assert large.shelf[:3] == [*made, 1]


def test_new_ids_are_larger_than_all_that_stand_in_the_scene(large: Scene) -> None:
    first = large.new_id()
    assert first == FIRST_MADE and large.new_id() == first + 1
    large.add_picture(np.zeros((1, 1, 3), np.uint8), "replayed", id=first + 40)
    assert large.new_id() == first + 41
    assert large.has_picture(99_999) and large.has_picture(first + 40)
    assert not large.has_picture(100_000) and not large.has_picture(-1) and not large.has_picture(first)
    large.coming.add(first)
    assert large.has_picture(first)


def test_few_pictures_stand_in_a_shelf_of_their_size(network: Network) -> None:
    for count, columns, rows in ((1, 3, 1), (4, 4, 1), (8, 4, 2), (9, 3, 3), (24, 6, 4), (PAGE, PAGE_COLUMNS, ROWS)):
        scene = Scene({0: network})
        scene.shelf = Shelf(Catalogue(count))
        assert (scene.shelf.columns, scene.shelf.rows) == (columns, rows)
        assert "Pictures" in words(scene) and scene.shelf.last == 0
        assert not any(isinstance(c, ScrollShelf) for c in commands(scene))
    assert shelf_board(Scene({0: network})) is None and shelf_pictures(Scene({0: network})) == []


def test_pictures_that_are_not_decoded_are_plates_that_one_can_take(large: Scene) -> None:
    shelf = large.shelf
    shelf.thumbnails = {0: np.full((20, 10, 3), 7, np.uint8), 2: None, 3: np.zeros((9, 9, 3), np.uint8)}
    assert [p.key for p in furniture(large)[2]] == [], "known, and not shown yet"
    shelf.show({0, 2})
    pictures = [p for p in furniture(large)[2] if p.key in shelf.shown()]
    assert [p.key for p in pictures] == [0] and pictures[0].pixels is shelf.thumbnails[0]
    assert words(large).count("cannot be read") == 1
    cells = dict(shelf_pictures(large))
    assert cells[1].size[0] == cells[1].size[1] == pytest.approx(cells[0].size[1])
    eye = np.array([0, 1.65, 0], np.float32)
    for id in (0, 1, 2, PAGE - 1):
        middle = (cells[id].world_from_quad @ [0, cells[id].size[1] / 2, 0, 1])[:3]
        hit = pick(large, eye, (middle - eye) / np.linalg.norm(middle - eye))
        assert hit is not None and (hit.kind, hit.picture) == ("picture", id)


def test_buttons_turn_the_page_filter_and_bring_a_random_picture(large: Scene) -> None:
    shelf = large.shelf
    shelf.scroll(400)
    shelf.filter("bee")
    shelf.scroll(400)
    shelf.shuffle()
    found = commands(large)
    assert FilterShelf("cow") in found and FilterShelf("ant") in found and FilterShelf("") in found
    assert ScrollShelf(400 + PAGE) in found and ScrollShelf(400 - PAGE) in found
    assert ScrollShelf(0) in found and ScrollShelf(shelf.last) in found, "the ends of the bar"
    assert ScrollShelf(shelf.random_place) in found
    places = set()
    for _ in range(20):
        shelf.shuffle()
        places.add(shelf.random_place)
        assert 0 <= shelf.random_place < len(shelf)
    assert len(places) > 10
    few = Scene(large.networks)
    few.shelf = Shelf(Catalogue(5))
    placed = [c for c in commands(few) if isinstance(c, PlacePicture)]
    assert len(placed) == 1 and 0 <= placed[0].picture < 5


def test_every_button_is_met_by_a_ray_and_says_what_it_does(large: Scene) -> None:
    large.shelf.scroll(50_000)
    eye = np.array([0, 1.65, 0], np.float32)
    for button in shelf_buttons(large):
        middle = (button.world_from_quad @ [0, button.size[1] / 2, 0, 1])[:3]
        hit = pick(large, eye, (middle - eye) / np.linalg.norm(middle - eye))
        assert hit is not None and hit.kind == "button" and hit.command == button.command
        assert min(button.size[1], button.size[0]) > 0.02
    board = shelf_board(large)
    assert board is not None
    corner = (board.world_from_quad @ [0.02 - board.size[0] / 2, 0.02, 0, 1])[:3]
    hit = pick(large, eye, (corner - eye) / np.linalg.norm(corner - eye))
    assert hit is not None and hit.kind == "shelf"


def test_what_the_model_says_stands_under_the_pictures(large: Scene, network: Network) -> None:
    network.classes = ("ant", "bee", "cow")
    before = len(furniture(large)[0])
    predicted = np.full(100_000, -1, np.int32)
    predicted[:3] = 0, 0, 2
    network.findings.evaluation = Evaluation(
        0, 1, 3, 100_000, 2, np.zeros((3, 3), np.int64), predicted, np.arange(100_000, dtype=np.int32) % 3
    )
    texts = furniture(large)[0]
    assert len(texts) == before + 3
    said = [t for t in texts if t.height_m < 0.03]
    assert [t.text for t in said] == ["ant", "ant", "cow"]
    assert said[0].colour == said[2].colour != said[1].colour, "right, right, wrong"


def test_the_shelf_is_built_once_for_drawing_and_for_rays(large: Scene) -> None:
    first = shelf_pictures(large)
    furniture(large)
    large.furniture_revision += 1
    assert shelf_pictures(large) is first, "other furniture is no matter of the shelf"
    large.shelf.scroll(80)
    assert shelf_pictures(large) is not first


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(0, 5), st.integers(-10, 400), st.sampled_from(["", "ant", "bee", "none"]))
def test_any_page_is_whole_rows_inside(count: int, made: int, first: int, label: str) -> None:
    shelf = Shelf(Catalogue(count))
    for id in range(made):
        shelf.add(FIRST_MADE + id, "ant")
    shelf.filter(label)
    shelf.scroll(first)
    ids, shown = list(shelf), shelf.shown()
    assert shelf.first % shelf.columns == 0 and len(shown) <= shelf.page
    assert shown == ids[shelf.first : shelf.first + shelf.page] and bool(shown) == bool(ids)
    assert len(ids) == len(set(ids)) == len(shelf) and all(id in shelf for id in shown)
    assert all(label in ("", shelf.label_of(id)) for id in ids)
    near = shelf.near()
    assert not set(near) & set(shown) and set(near) <= set(ids) and len(near) == len(set(near))
    for id in ids[:: max(1, len(ids) // 5)]:
        shelf.reveal(id)
        assert id in shelf.shown()
