from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from walkbox.engine import datasets
from walkbox.engine.datasets import PictureSource, open_source
from walkbox.errors import PictureError


def save(path: Path, colour: int | tuple[int, int, int] = 0, size=(12, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(colour, int) else "RGB", size, colour).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label in ("dog", "cat"):
        for i in range(10):
            save(tmp_path / "all" / label / f"{i}.png", 10 * i)
    (tmp_path / "all" / "notes.txt").write_text("no picture, passed over")
    (tmp_path / "all" / ".hidden").mkdir()
    save(tmp_path / "all" / ".hidden" / "0.png")
    return tmp_path / "all"


def entries(source: PictureSource) -> list[tuple[str, str]]:
    return [(source.label(i), source.name(i)) for i in range(len(source))]


def test_a_folder_is_listed_in_order_with_its_subfolders_as_labels(folder: Path) -> None:
    save(folder / "loose.JPG")
    source = open_source(folder)
    assert entries(source) == [("", "loose")] + [(label, str(i)) for label in ("cat", "dog") for i in range(10)]
    assert source.path(1) == str(folder / "cat" / "0.png")
    picture = source.read(4)
    assert (picture.name, picture.label, picture.path) == ("3", "cat", str(folder / "cat" / "3.png"))
    assert picture.pixels.shape == (8, 12, 3) and (picture.pixels == 30).all()
    names, codes = source.labels()
    assert names == ("cat", "dog") and codes.tolist() == [-1] + [0] * 10 + [1] * 10
    with pytest.raises(IndexError, match="no picture 21"):
        source.name(21)


def test_listing_reads_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "cat" / "0.png").write_bytes(b"broken")
    read = []
    monkeypatch.setattr(datasets, "read_picture", lambda path, *a: read.append(path) or np.zeros((1, 1, 3), np.uint8))
    source = open_source([folder, folder / "dog" / "3.png"])
    assert len(source) == 21 and source.labels()[0] == ("cat", "dog") and not read
    source.read(20)
    assert read == [str(folder / "dog" / "3.png")]


def test_what_is_broken_or_gone_is_told_when_it_is_read(folder: Path) -> None:
    (folder / "cat" / "0.png").write_bytes(b"broken")
    source = open_source(folder)
    (folder / "cat" / "1.png").unlink()
    with pytest.raises(PictureError, match=r"0\.png cannot be read as a picture"):
        source.read(0)
    with pytest.raises(PictureError, match=r"1\.png does not exist"):
        source.thumbnail(1, 64)
    assert source.read(2).name == "2"


def test_files_keep_the_order_given_and_missing_ones_are_told(folder: Path) -> None:
    paths = [folder / "dog" / "7.png", str(folder / "cat" / "1.png"), folder / "none.png"]
    source = open_source(paths, classes=("cat", "cow"))
    assert entries(source) == [("", "7"), ("cat", "1")], "a folder named like a class of the model is a label"
    assert source.problems == (f"{folder / 'none.png'} does not exist.",)
    with pytest.raises(PictureError, match=r"No picture in .*none\.png.* does not exist"):
        open_source([folder / "none.png"])


def test_what_holds_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match=r"No picture in .*empty"):
        open_source(tmp_path / "empty")
    with pytest.raises(PictureError, match="an empty list"):
        open_source([])
    with pytest.raises(PictureError, match="cannot come from a int"):
        open_source(3)
    with pytest.raises(PictureError, match="of no items"):
        open_source(torch.utils.data.TensorDataset(torch.zeros(0, 3, 4, 4)))


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_an_unreadable_folder_is_told_and_the_others_are_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        (folder / "cat").chmod(0)
    else:  # root may read everything
        scan = os.scandir

        def refuse(path):
            if str(path).endswith("cat"):
                raise PermissionError(13, "Permission denied", str(path))
            return scan(path)

        monkeypatch.setattr(os, "scandir", refuse)
    try:
        source = open_source(folder)
    finally:
        (folder / "cat").chmod(0o755)
    assert {label for label, _ in entries(source)} == {"dog"}
    assert source.problems == (f"The folder {folder / 'cat'} cannot be read: Permission denied.",)


def test_a_folder_of_very_many_is_listed_up_to_a_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "MOST_FILES", 5)
    source = open_source(folder)
    assert len(source) == 10 and "more than 5 pictures; only the first 10" in source.problems[0]


def test_sources_are_appended_and_the_first_keeps_its_numbers(folder: Path) -> None:
    first = open_source(folder / "dog")
    both = first.extended([folder / "cat"]).extended(Squares("pil"))
    assert len(first) == 10 and len(both) == 26
    assert [both.name(i) for i in (0, 9, 10, 25)] == ["0", "9", "0", "5"]
    assert both.path(10) == str(folder / "cat" / "0.png")
    assert both.read(21).label == "light" and both.labels()[0] == ("light",)
    with pytest.raises(PictureError):
        both.extended(folder / "nothing")
    assert open_source(both) is both


def test_the_fingerprint_follows_names_sizes_and_times(folder: Path) -> None:
    print_of = lambda: open_source(folder).fingerprint()  # noqa: E731
    known = print_of()
    assert print_of() == known and len(known) == 64
    os.utime(folder / "cat" / "3.png", ns=(1, 1))
    touched = print_of()
    (folder / "cat" / "3.png").rename(folder / "cat" / "33.png")
    renamed = print_of()
    (folder / "cat" / "33.png").unlink()
    assert len({known, touched, renamed, print_of()}) == 4
    light, dark = torch.ones(4, 3, 5, 5), torch.zeros(4, 3, 5, 5)
    prints = [open_source(torch.utils.data.TensorDataset(t)).fingerprint() for t in (light, dark, light)]
    assert prints[0] == prints[2] != prints[1]


def test_a_thumbnail_is_small_and_of_the_whole_picture(tmp_path: Path) -> None:
    wide = Image.new("RGB", (1000, 500), (200, 30, 30))
    wide.save(tmp_path / "a.jpg")
    wide.convert("P").save(tmp_path / "b.png")
    source = open_source(tmp_path)
    for index in range(2):
        small = source.thumbnail(index, 100)
        assert small.shape == (50, 100, 3) and small.dtype == np.uint8
        assert np.abs(small.astype(int) - (200, 30, 30)).max() < 25
    assert open_source(Squares("array")).thumbnail(0, 100).shape == (4, 5, 3), "never larger than it is"


class Squares(torch.utils.data.Dataset):
    classes = ("dark", "light")

    def __init__(self, kind: str):
        self.kind = kind

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int):
        if index == 2:
            raise RuntimeError("damaged item")
        value = index % 2
        if self.kind == "pil":
            return Image.new("L", (5, 4), 255 * value), value
        if self.kind == "array":
            return np.full((4, 5, 3), 255 * value, np.uint8), value
        if self.kind == "grey":
            return np.full((4, 5), 255 * value, np.uint8), torch.tensor(value)
        if self.kind == "dictionary":
            return {"image": Image.new("RGB", (5, 4), (255 * value,) * 3), "label": value}
        if self.kind == "half":
            return torch.full((3, 4, 5), float(value), dtype=torch.bfloat16), value
        return torch.full((3, 4, 5), float(value)), value


@pytest.mark.parametrize("kind", ["pil", "array", "grey", "tensor", "half", "dictionary"])
def test_a_dataset(kind: str) -> None:
    source = open_source(Squares(kind))
    assert len(source) == 6 and source.label(0) == "", "not known before it is read"
    with pytest.raises(PictureError, match="Picture 2 of Squares: RuntimeError: damaged item"):
        source.read(2)
    read = [source.read(i) for i in (0, 1, 3, 4, 5)]
    assert [p.label for p in read] == ["dark", "light", "light", "dark", "light"]
    assert all(p.pixels.shape == (4, 5, 3) and p.pixels.dtype == np.uint8 for p in read)
    assert read[0].pixels.max() == 0 and read[1].pixels.min() == 255
    assert source.learns and not open_source(__file__).learns
    assert source.labels()[0] == ("dark", "light") and source.labels()[1].tolist() == [0, 1, -1, 1, 0, 1]
    assert source.label(5) == "light"


def test_labels_that_a_dataset_lists_are_known_unread_and_named_by_the_models_classes() -> None:
    class Listed(Squares):
        classes = ()
        targets = torch.tensor([3, 0, 0, 1, 3, 9])

        def __getitem__(self, index: int):
            raise AssertionError("nobody reads it")

    source = open_source(Listed("pil"), classes=("ant", "bee", "cow", "dog"))
    assert [source.label(i) for i in range(6)] == ["dog", "ant", "ant", "bee", "dog", "9"] and not source.learns
    names, codes = source.labels()
    assert [names[c] for c in codes] == ["dog", "ant", "ant", "bee", "dog", "9"]
    part = open_source(torch.utils.data.Subset(Listed("pil"), [5, 3]), classes=("ant", "bee"))
    assert [part.label(i) for i in range(2)] == ["9", "bee"]
    assert part.labels()[1].tolist() == [0, 1]


class Odd:
    items: tuple = (
        None,
        3,
        np.zeros((2, 6, 7, 7)),
        np.zeros((0, 3)),
        {"caption": "a cat"},
        np.array(["a", "b"]),
        "/nowhere/at/all.png",
        (torch.zeros(3, 4, 4), {"boxes": []}),
        np.full((4, 4), np.nan),
    )

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int):
        return self.items[index]


def test_what_an_odd_dataset_yields_is_told_item_by_item() -> None:
    source = open_source(Odd())
    for index in range(7):
        with pytest.raises(PictureError, match=f"Picture {index} of Odd: "):
            source.read(index)
    assert source.read(7).label == "", "boxes are no label"
    assert source.read(8).pixels.max() == 0

    class Endless(Odd):
        def __len__(self) -> int:
            raise OSError("the server is down")

    with pytest.raises(PictureError, match=r"Endless does not say how long it is .OSError: the server is down"):
        open_source(Endless())


def test_the_callers_picture_is_not_changed() -> None:
    image = Image.new("RGB", (3000, 3000))

    class One(list):
        pass

    assert max(open_source(One([image])).read(0).pixels.shape) < 3000
    assert image.size == (3000, 3000)
