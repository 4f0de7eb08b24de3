"""Pictures in the walk: real model, real threads, real files."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from walkbox import noise as noise_module
from walkbox.app import webcam
from walkbox.app.walk import Walk
from walkbox.brush import painted
from walkbox.colour import colours
from walkbox.commands import (
    AddPictures,
    Brush,
    CopyMap,
    CropPicture,
    FilterShelf,
    MakeNoise,
    PinPicture,
    PlacePicture,
    ScrollShelf,
    TakeWebcam,
    Undo,
)
from walkbox.engine.datasets import PictureSource
from walkbox.errors import PictureError, UsageError
from walkbox.hosts.offscreen import OffscreenHost

SIZE = (160, 90)


@pytest.fixture
def walk(model_file: Path):
    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.settle(120)
        assert walk.failed is None
        yield walk


@pytest.fixture
def hundred(tmp_path: Path) -> Path:
    """A folder of 100 pictures in two classes; the picture's number is its grey."""
    for number in range(100):
        folder = tmp_path / "hundred" / ("bright" if number % 2 else "dark")
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (12, 9), number).save(folder / f"{number:03d}.png")
    return tmp_path / "hundred"


def said(walk: Walk) -> str:
    return " ".join(notice.text for notice in walk.ui.notices)


def top_class(walk: Walk) -> str:
    shown = network(walk)
    assert shown.prediction is not None
    return shown.classes[int(shown.prediction.probabilities.argmax())]


def network(walk: Walk):
    found = walk.network()
    assert found is not None
    return found


def test_only_what_is_in_sight_or_near_is_decoded(walk: Walk, hundred: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, whole = [], []
    thumbnail, read = PictureSource.thumbnail, PictureSource.read
    monkeypatch.setattr(PictureSource, "thumbnail", lambda self, i, px: (decoded.append(i), thumbnail(self, i, px))[1])
    monkeypatch.setattr(PictureSource, "read", lambda self, i: (whole.append(i), read(self, i))[1])
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    shelf = walk.scene.shelf
    assert len(shelf) == 102 and set(shelf.shown()) <= set(shelf.thumbnails)
    assert set(decoded) <= {0, 1, *shelf.shown(), *shelf.near()} and len(decoded) == len(set(decoded))
    before = set(decoded)
    walk.do(ScrollShelf(10**6))
    walk.settle(60)
    assert shelf.first == shelf.last and {100, 101} <= set(shelf.shown())
    allowed = {*shelf.shown(), *shelf.near()}
    assert set(shelf.shown()) <= set(decoded) <= before | allowed
    pixels = shelf.thumbnails[101]
    assert pixels is not None and pixels.shape == (9, 12, 3) and int(pixels[0, 0, 0]) == 98
    assert whole == [] and set(walk.scene.pictures) == {0}, "the placed one is the only one decoded whole"


def test_a_filter_brings_pictures_of_one_class(walk: Walk, hundred: Path) -> None:
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    walk.do(FilterShelf("dark"))
    walk.settle(60)
    shelf = walk.scene.shelf
    assert len(shelf) == 50 and {shelf.label_of(id) for id in shelf} == {"dark"}
    assert shelf.classes() == ("bright", "dark")
    assert all(shelf.thumbnails[id] is not None for id in shelf.shown())


def test_dropped_files_are_appended_shown_and_placed(walk: Walk, hundred: Path) -> None:
    shelf = walk.scene.shelf
    walk.do(AddPictures((str(hundred / "bright" / "099.png"), str(hundred / "dark" / "098.png"))))
    walk.settle(60)
    assert [shelf.name(id) for id in shelf] == ["a dark", "b bright", "099", "098"]
    assert [shelf.label_of(id) for id in shelf] == ["", "", "bright", "dark"], "their folders are named like classes"
    assert network(walk).picture is walk.scene.pictures[2] and walk.scene.setup.networks[0].picture == 2
    assert 3 in shelf.thumbnails and 3 not in walk.scene.pictures


def test_the_newest_of_pictures_that_are_still_decoded_is_run(walk: Walk, hundred: Path, monkeypatch) -> None:
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    gate, read = threading.Event(), PictureSource.read
    monkeypatch.setattr(PictureSource, "read", lambda self, i: (gate.wait(20), read(self, i))[1])
    runs = []
    run = walk.engine.run
    monkeypatch.setattr(walk.engine, "run", lambda pixels, strokes=(): (runs.append(pixels), run(pixels, strokes))[1])
    before = network(walk).picture
    for id in (50, 60, 70):
        walk.do(PlacePicture(id))
    walk.receive()
    assert network(walk).picture is before and runs == [] and walk.pictures.busy
    gate.set()
    walk.settle(60)
    assert len(runs) == 1 and network(walk).picture is walk.scene.pictures[70]
    assert runs[0] is walk.scene.pictures[70].pixels


def test_a_broken_picture_is_marked_told_and_the_frame_keeps_what_it_has(walk: Walk, tmp_path: Path) -> None:
    Image.new("L", (9, 9), 9).save(tmp_path / "fine.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "fine.png").read_bytes()[:40])
    walk.do(AddPictures((str(tmp_path / "half.png"), str(tmp_path / "fine.png"))))
    walk.settle(60)
    assert "half.png cannot be read as a picture" in said(walk)
    assert network(walk).picture is walk.scene.pictures[0] and walk.scene.setup.networks[0].picture == 0
    assert walk.scene.shelf.thumbnails[2] is None and walk.scene.shelf.thumbnails[3] is not None
    walk.do(PlacePicture(3))
    walk.settle(60)
    assert network(walk).picture is walk.scene.pictures[3]


def test_files_that_vanish_and_folders_without_pictures_are_told(walk: Walk, hundred: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    walk.do(AddPictures((str(tmp_path / "empty"),)))
    walk.do(AddPictures((str(tmp_path / "nowhere"),)))
    walk.settle(60)
    assert "No picture in" in said(walk) and "nowhere does not exist" in said(walk)
    assert len(walk.scene.shelf) == 2
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    Path(walk.pictures.source.path(90)).unlink()
    walk.do(PlacePicture(90))
    walk.settle(60)
    assert f"{walk.pictures.source.path(90)} does not exist" in said(walk)
    with pytest.raises(PictureError, match="no picture 500"):
        walk.do(PlacePicture(500))


def test_a_pinned_picture_whose_file_is_gone_is_told_once(walk: Walk, hundred: Path) -> None:
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    Path(walk.pictures.source.path(60)).unlink()
    walk.do(PinPicture(walk.scene.new_id(), 60, (0, 1, 0, 0, 0, 0, 1), 0.3))
    walk.do(PinPicture(walk.scene.new_id(), 61, (0, 1, 0, 0, 0, 0, 1), 0.3))
    walk.settle(60)
    assert 61 in walk.scene.pictures, "decoded whole, for it can be looked at close up"
    for first in (32, 64):
        walk.do(ScrollShelf(first))
        walk.settle(60)
    told = [n for n in walk.ui.notices if walk.pictures.source.path(60) in n.text]
    assert 60 not in walk.scene.pictures and len(told) <= 2


def test_many_broken_pictures_are_not_all_told(walk: Walk, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02d}.png").write_bytes(b"nothing")
    walk.do(AddPictures((str(tmp_path),), place=False))
    walk.settle(60)
    told = [n.text for n in walk.ui.notices if "cannot be read" in n.text]
    assert 1 <= len(told) <= 3
    assert sum(pixels is None for pixels in walk.scene.shelf.thumbnails.values()) == 12


@pytest.mark.parametrize("kind", noise_module.NOISES)
def test_noise_is_what_is_fed(walk: Walk, kind: str) -> None:
    id = walk.scene.new_id()
    walk.do(MakeNoise(id, kind, 7))
    walk.do(PlacePicture(id))
    walk.settle(60)
    picture = walk.scene.pictures[id]
    assert picture.pixels.shape == (16, 16, 3), "the size of the model's input"
    assert picture.name.endswith(", seed 7") and walk.scene.shelf[0] == id and id in walk.scene.shelf.shown()
    assert network(walk).picture is picture
    np.testing.assert_array_equal(network(walk).seen, picture.pixels)
    values = network(walk).readings.get(0)
    walk.engine.read(0)
    walk.settle(60)
    values = network(walk).readings[0].values
    fed = np.rint(values * 255).astype(int).transpose(1, 2, 0)
    np.testing.assert_array_equal(fed, picture.pixels)


def test_noise_of_another_size_and_wrong_orders(walk: Walk) -> None:
    id = walk.scene.new_id()
    walk.do(MakeNoise(id, "uniform", 1, (31, 17), colour=False))
    walk.settle(60)
    pixels = walk.scene.pictures[id].pixels
    assert pixels.shape == (17, 31, 3) and (pixels[..., :1] == pixels).all()
    with pytest.raises(PictureError, match="taken"):
        walk.do(MakeNoise(id, "uniform", 1))
    with pytest.raises(PictureError, match="taken"):
        walk.do(MakeNoise(0, "uniform", 1))
    other = walk.scene.new_id()
    walk.do(MakeNoise(other, "purple", 1))
    walk.settle(60)
    assert "no noise 'purple'" in said(walk) and not walk.scene.has_picture(other)


def test_a_crop_of_a_picture_that_is_not_decoded_yet(walk: Walk) -> None:
    id = walk.scene.new_id()
    walk.do(CropPicture(id, 1, (0.25, 0.5, 0.75, 1.0)))  # picture 1 of 24 x 20 was never placed
    walk.settle(60)
    source, part = walk.scene.pictures[1], walk.scene.pictures[id]
    np.testing.assert_array_equal(part.pixels, source.pixels[10:20, 6:18])
    assert part.name == "part of b bright" and walk.scene.shelf[0] == id
    other = walk.scene.new_id()
    with pytest.raises(PictureError, match="no picture 77"):
        walk.do(CropPicture(other, 77, (0, 0, 1, 1)))
    assert not walk.scene.has_picture(other)


def test_a_map_becomes_a_picture_as_it_is_coloured(walk: Walk) -> None:
    shown = network(walk)
    layer = shown.graph.layer("conv").id
    first, second = walk.scene.new_id(), walk.scene.new_id()
    walk.do(CopyMap(first, layer, 2))
    assert walk.pictures.busy and walk.scene.has_picture(first)
    walk.settle(60)
    walk.do(CopyMap(second, layer, 3))  # its values are here by now
    assert second in walk.scene.pictures
    picture = walk.scene.pictures[first]
    assert picture.name == "conv · channel 2" and picture.pixels.shape == (224, 224, 3)
    values = shown.readings[layer].values[2]
    low, high = shown.ranges()[layer].tolist()
    expected = colours(values, low, high, shown.colormaps()[layer])
    np.testing.assert_array_equal(picture.pixels[7::14, 7::14], expected)
    walk.do(PlacePicture(first))
    walk.settle(60)
    assert shown.picture is picture
    with pytest.raises(UsageError, match="no map 9"):
        walk.do(CopyMap(walk.scene.new_id(), layer, 9))
    with pytest.raises(UsageError, match="no layer 99"):
        walk.do(CopyMap(walk.scene.new_id(), 99, 0))


def test_a_stroke_changes_the_maps_and_undo_takes_it_back(walk: Walk) -> None:
    shown = network(walk)
    plain, ranges, picture = shown.seen, shown.maximum.copy(), shown.picture
    assert plain is not None and top_class(walk) == "dark"
    stroke = Brush("paint", ((0.0, 0.5), (0.5, 0.5)), 0.7, (250, 250, 250), done=False)
    walk.do(stroke)
    walk.do(replace(stroke, points=(*stroke.points, (1.0, 0.5)), done=True))
    walk.settle(60)
    assert shown.picture is picture and top_class(walk) == "bright"
    np.testing.assert_array_equal(shown.seen, painted(plain, walk.scene.setup.networks[0].strokes))
    assert (shown.maximum != ranges).any() and len(walk.scene.setup.networks[0].strokes) == 1
    walk.do(Undo())
    walk.settle(60)
    assert top_class(walk) == "dark" and (shown.maximum == ranges).all()
    np.testing.assert_array_equal(shown.seen, plain)


def test_whole_pictures_are_forgotten_when_nothing_shows_them(walk: Walk, hundred: Path, monkeypatch) -> None:
    monkeypatch.setattr("walkbox.app.pictures.PICTURE_BYTES", 4 * 12 * 9 * 3)
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    for id in range(2, 12):
        walk.do(PlacePicture(id))
        walk.settle(60)
    kept = [id for id in walk.scene.pictures if id >= 2]
    assert kept[-1] == 11 and len(kept) <= 5
    walk.do(PlacePicture(2))
    walk.settle(60)
    assert network(walk).picture is walk.scene.pictures[2]


def test_thumbnails_are_kept_within_bounds(walk: Walk, hundred: Path, monkeypatch) -> None:
    monkeypatch.setattr("walkbox.app.pictures.THUMBNAIL_BYTES", 50 * 12 * 9 * 3)
    walk.do(AddPictures((str(hundred),), place=False))
    walk.settle(60)
    shelf = walk.scene.shelf
    for first in (0, 32, 64, 96, 0):
        walk.do(ScrollShelf(first))
        walk.settle(60)
        assert all(id in shelf.thumbnails for id in shelf.shown())
        assert len(shelf.thumbnails) <= max(50, shelf.page) + 1


def test_a_data_set_that_raises_is_told_item_by_item(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "import numpy as np\nfrom torch import nn\n\n"
        "title = 'Grey'\nexample = (1, 8, 8)\nclasses = ['night', 'day']\n\n"
        "class Images:\n"
        "    def __len__(self):\n        return 4\n"
        "    def __getitem__(self, i):\n"
        "        if i == 1:\n            raise OSError('the disk is gone')\n"
        "        if i == 2:\n            return 'not a file.png', 0\n"
        "        return np.full((8, 8, 3), (10, 20, 30 * i), np.uint8), i % 2\n\n"
        "images = Images()\n\n"
        "def model():\n    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 2))\n",
        encoding="utf-8",
    )
    with Walk(str(file), OffscreenHost(SIZE)) as walk:
        walk.settle(60)
        shelf = walk.scene.shelf
        assert len(shelf) == 4 and walk.failed is None
        assert [shelf.thumbnails[i] is None for i in range(4)] == [False, True, True, False]
        assert "Picture 1 of Images: OSError: the disk is gone" in said(walk)
        assert "not a file.png does not exist" in said(walk)
        assert shelf.label_of(3) == "day" and network(walk).picture is walk.scene.pictures[0]
        assert said(walk).count("colours are turned to grey") == 1
        walk.do(PlacePicture(3))
        walk.settle(60)
        assert said(walk).count("colours are turned to grey") == 1, "said once"


def test_the_webcam_says_what_it_needs(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(webcam.importlib, "import_module", missing)
    id = walk.scene.new_id()
    walk.do(TakeWebcam(id))
    walk.settle(60)
    assert "pip install 'walkbox[webcam]'" in said(walk) and not walk.scene.has_picture(id)


def test_a_frame_of_a_video_becomes_a_picture(walk: Walk, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for blue in (250, 10):
        writer.write(np.full((48, 64, 3), (blue, 20, 5), np.uint8))
    writer.release()
    id = walk.scene.new_id()
    walk.do(TakeWebcam(id, str(path)))
    walk.settle(60)
    picture = walk.scene.pictures[id]
    assert picture.pixels.shape == (48, 64, 3) and picture.name == "clip.avi"
    assert np.abs(picture.pixels.astype(int) - (5, 20, 250)).max() < 12, "red, green, blue; the first frame"
    for camera, words in (("99", "Camera 99 gives no picture"), ("nothing.mp4", "neither the number of a camera")):
        walk.do(TakeWebcam(walk.scene.new_id(), camera))
        walk.settle(60)
        assert words in said(walk)
    (tmp_path / "text.mp4").write_text("no video")
    walk.do(TakeWebcam(walk.scene.new_id(), str(tmp_path / "text.mp4")))
    walk.settle(60)
    assert "cannot be read as a video" in said(walk)


def test_a_closed_walk_leaves_no_picture_threads(model_file: Path) -> None:
    with Walk(str(model_file), OffscreenHost(SIZE)) as walk:
        walk.settle(60)
    assert not [t for t in threading.enumerate() if t.name == "walkbox-pictures"]
