from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkbox import brush
from walkbox.brush import BRUSHES, Canvas, Stroke, painted
from walkbox.errors import PictureError

RED = (255, 0, 0)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def stroke(tool: str = "paint", *points: tuple[float, float], radius: float = 0.1, colour=RED) -> Stroke:
    return Stroke(tool, points or ((0.5, 0.5),), radius, colour)


def test_a_dot_is_round_and_smooth_at_its_edge_and_nothing_else_changes() -> None:
    black = np.zeros((60, 80, 3), np.uint8)
    dot = painted(black, (stroke("paint", (0.5, 0.5), radius=0.2),))  # 12 pixels
    y, x = np.mgrid[0:60, 0:80]
    distance = np.hypot(x - 39.5, y - 29.5)
    assert (dot[distance < 11.4] == RED).all() and (dot[distance > 12.6] == 0).all()
    edge = dot[..., 0][np.abs(distance - 12) < 0.4]
    assert ((edge > 0) & (edge < 255)).all()
    assert dot[..., 0].astype(float).sum() / 255 == pytest.approx(np.pi * 144, rel=0.01)
    np.testing.assert_array_equal(dot, dot[::-1])
    np.testing.assert_array_equal(dot, dot[:, ::-1])
    assert not black.any()


def test_a_line_is_covered_evenly_however_many_points_it_has() -> None:
    black = np.zeros((60, 80, 3), np.uint8)
    two = painted(black, (stroke("paint", (0.2, 0.5), (0.8, 0.5)),))
    many = painted(black, (stroke("paint", *((0.2 + 0.06 * i, 0.5) for i in range(11))),))
    assert np.abs(two.astype(int) - many).max() <= 1
    assert (two[29, 20:60] == RED).all() and (two[:20] == 0).all()


@pytest.mark.parametrize("tool", BRUSHES)
def test_each_brush(picture: np.ndarray, tool: str) -> None:
    before = picture.copy()
    under = stroke("paint", (0.1, 0.5), (0.9, 0.5))
    result = painted(picture, (under, stroke(tool, (0.5, 0.5), radius=0.15, colour=(9, 8, 7))))
    spot = result[27:33, 37:43]
    if tool == "paint":
        assert (spot == (9, 8, 7)).all()
    elif tool == "erase":
        np.testing.assert_array_equal(spot, picture[27:33, 37:43])
    elif tool == "occlude":
        assert (spot == round(float(picture.mean()))).all()
    else:
        flat = painted(picture, (under,))[27:33, 37:43]
        assert spot.std() < flat.std() and (spot != flat).any()
    np.testing.assert_array_equal(picture, before)


def test_erasing_everything_gives_the_picture_back(picture: np.ndarray) -> None:
    strokes = (stroke("paint"), stroke("blur", (0.2, 0.2)), stroke("erase", (0.5, 0.5), radius=2.0))
    np.testing.assert_array_equal(painted(picture, strokes), picture)
    np.testing.assert_array_equal(painted(picture, ()), picture)
    assert painted(picture, ()) is not picture


POINTS = st.lists(st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)), min_size=1, max_size=6)
STROKES = st.lists(st.tuples(st.sampled_from(BRUSHES), POINTS, st.sampled_from([0.0, 0.02, 0.1, 0.5])), max_size=4)


@settings(max_examples=40, deadline=None)
@given(STROKES)
def test_point_by_point_gives_the_same_bytes(made: list) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (24, 31, 3), dtype=np.uint8)
    canvas, strokes = Canvas(picture), ()
    result = picture
    for tool, points, radius in made:
        for count in range(1, len(points) + 1):
            newest = Stroke(tool, tuple(points[:count]), radius, RED, count == len(points))
            result = canvas.paint((*strokes, newest))
        strokes = (*strokes, newest)
    np.testing.assert_array_equal(result, painted(picture, strokes))
    for back in range(len(strokes)):  # taken back, and done again
        np.testing.assert_array_equal(canvas.paint(strokes[:back]), painted(picture, strokes[:back]))
    np.testing.assert_array_equal(canvas.paint(strokes), painted(picture, strokes))


def test_only_what_is_new_of_a_stroke_is_painted(picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    covered = []
    cover = brush._Painted._cover_segment
    monkeypatch.setattr(
        brush._Painted, "_cover_segment", lambda self, a, b: (covered.append((a, b)), cover(self, a, b))[1]
    )
    canvas = Canvas(picture)
    points = tuple((0.1 + 0.02 * i, 0.5) for i in range(20))
    first = stroke("paint", (0.3, 0.3), (0.6, 0.6))
    for count in range(1, 21):
        canvas.paint((first, stroke("paint", *points[:count])))
    assert len(covered) == 1 + 20, "a segment for each new point, and the first stroke once"
    canvas.paint((first,))
    canvas.paint((first,))
    assert len(covered) == 21


def test_very_many_strokes_are_right_though_only_some_are_kept(picture: np.ndarray, monkeypatch) -> None:
    monkeypatch.setattr(brush, "KEPT", 3)
    strokes = tuple(stroke("paint", (0.05 * i, 0.05 * i), colour=(i, 2 * i, 3 * i)) for i in range(12))
    canvas = Canvas(picture)
    for count in (*range(13), 6, 12, 11, 2, 12):
        np.testing.assert_array_equal(canvas.paint(strokes[:count]), painted(picture, strokes[:count]))


def test_wrong_strokes(picture: np.ndarray) -> None:
    with pytest.raises(PictureError, match=r"no brush 'pain'. Did you mean 'paint'"):
        painted(picture, (stroke("pain"),))
    for points in (((float("nan"), 0.5),), ((9.0, 9.0), (12.0, 30.0)), ()):
        np.testing.assert_array_equal(painted(picture, (Stroke("paint", points, 0.1, RED),)), picture)
