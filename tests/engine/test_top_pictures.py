"""Evaluation and top pictures against numbers worked out here from plain forward passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from walkbox.capture.spec import ModelSpec
from walkbox.engine.datasets import PictureSource, open_source
from walkbox.engine.inputs import prepare
from walkbox.engine.thread import ModelThread
from walkbox.engine.top_pictures import TOP, cache_folder
from walkbox.findings import EVALUATING, FINDING_TOP, Evaluation, TopPictures
from walkbox.messages import Failure, Mailbox, Message, Progress, Remark

CLASSES = ("one", "two", "three")
COUNT = 14


def model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    ).eval()  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(COUNT):
        label = CLASSES[index % 3]
        pixels = np.random.default_rng(index).integers(0, 256, (24, 20, 3), np.uint8)
        (tmp_path / "pictures" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "pictures" / label / f"{index:02}.png")
    return tmp_path / "pictures"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WALKBOX_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Asked:
    """A model thread and all it has said."""

    def __init__(self, **spec: Any):
        self.heard: list[Message] = []
        self.mailbox = Mailbox()
        self.spec = ModelSpec(
            model(), "Small", (torch.zeros(1, 3, 16, 16),), classes=CLASSES, mean=(0.4,), std=(0.3,), **spec
        )
        self.thread = ModelThread(self.spec, self.mailbox, threads=1)
        self.thread.start()
        self.until(lambda: self.thread.idle)

    def until(self, done: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, [m for m in self.heard if isinstance(m, Failure)]
            self.mailbox.wait(0.02)
            self.heard += self.mailbox.drain()
        self.heard += self.mailbox.drain()

    def all(self, kind: type) -> list:
        return [m for m in self.heard if isinstance(m, kind)]

    def ended(self, task: str) -> bool:
        return any(p.task == task and p.done == p.total > 0 for p in self.all(Progress))


@pytest.fixture
def asked() -> Iterator[Asked]:
    made = Asked()
    yield made
    made.thread.close()


def outputs(spec: ModelSpec, source: PictureSource, layer: int) -> list[np.ndarray]:
    """What the first layers of the model give for each picture, by its plain forward."""
    found = []
    for index in range(len(source)):
        (given,), _, _ = prepare(source.read(index).pixels, spec)
        with torch.no_grad():
            found.append(spec.model[:layer](given)[0].numpy())
    return found


def test_the_data_set_is_counted_as_one_counts_it_by_hand(asked: Asked, folder: Path) -> None:
    source = open_source(folder, CLASSES)
    before = {name: value.clone() for name, value in asked.spec.model.state_dict().items()}
    asked.thread.evaluate(source)
    asked.until(lambda: asked.ended(EVALUATING))
    found = asked.all(Evaluation)[-1]
    predicted = np.array([scores.argmax() for scores in outputs(asked.spec, source, 9)])
    labels = np.array([CLASSES.index(source.label(index)) for index in range(COUNT)])
    assert (found.done, found.total, found.problems) == (COUNT, COUNT, ())
    np.testing.assert_array_equal(found.predicted, predicted)
    np.testing.assert_array_equal(found.labels, labels)
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (labels, predicted), 1)
    np.testing.assert_array_equal(found.confusion, expected)
    assert found.right == (labels == predicted).sum()
    for name, value in asked.spec.model.state_dict().items():
        assert torch.equal(value, before[name]), name


class Broken:
    """A data set of which some items raise, some have labels that the model does not know."""

    def __init__(self) -> None:
        self.items = [(np.full((16, 16, 3), 40 * k, np.uint8), k) for k in range(5)]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        if index == 2:
            raise RuntimeError("the disk is on fire")
        return self.items[index]


def test_what_cannot_be_used_is_said_and_the_rest_is_counted(asked: Asked) -> None:
    asked.thread.evaluate(open_source(Broken(), CLASSES))
    asked.until(lambda: asked.ended(EVALUATING))
    found = asked.all(Evaluation)[-1]
    assert found.done == 5 and found.confusion.sum() == 2  # 0 and 1; 2 raises, 3 and 4 are no classes
    assert len(found.problems) == 3 and "on fire" in found.problems[0] and "'3'" in found.problems[1]
    assert (found.predicted[[0, 1, 3, 4]] >= 0).all() and found.predicted[2] == -1


def test_a_model_without_scores_says_so(folder: Path) -> None:
    made = Asked()
    try:
        made.spec.model[8] = nn.Identity()  # four scores for three classes
        made.thread.evaluate(open_source(folder, CLASSES))
        made.until(lambda: made.all(Failure))
        assert "no scores of 3 classes" in made.all(Failure)[-1].message and made.all(Failure)[-1].run == 0
    finally:
        made.thread.close()


def test_without_pictures_there_is_nothing_to_run(asked: Asked) -> None:
    asked.thread.evaluate(PictureSource())
    asked.until(lambda: asked.all(Failure))
    assert "There is no data set" in asked.all(Failure)[-1].message


def test_a_picture_goes_first_and_a_task_can_be_given_up(asked: Asked, folder: Path) -> None:
    class Slow(PictureSource):
        def read(self, index: int):
            time.sleep(0.05)
            return super().read(index)

    source = Slow(open_source(folder, CLASSES)._parts)
    asked.thread.evaluate(source)
    number = asked.thread.run(np.zeros((16, 16, 3), np.uint8))
    asked.until(lambda: any(getattr(m, "run", 0) == number and type(m).__name__ == "RunFinished" for m in asked.heard))
    assert not asked.ended(EVALUATING)
    asked.thread.cancel_task(EVALUATING)
    asked.until(lambda: asked.ended(EVALUATING))
    assert asked.all(Evaluation)[-1].done < COUNT


def test_top_pictures_are_those_of_brute_force(asked: Asked, folder: Path) -> None:
    source = open_source(folder, CLASSES)
    graph = asked.thread.graph
    assert graph is not None
    layer = next(one for one in graph.layers if one.maps.count == 6)
    asked.thread.find_top(layer.id, source)
    asked.until(lambda: asked.ended(FINDING_TOP))
    found = asked.all(TopPictures)[-1]
    assert (found.layer, found.done, found.total) == (layer.id, COUNT, COUNT) and len(found.channels) == 6
    maps = np.stack(outputs(asked.spec, source, 2))  # (pictures, channels, H, W)
    for channel, best in enumerate(found.channels):
        largest = maps[:, channel].reshape(COUNT, -1).max(axis=1)
        order = np.argsort(-largest, kind="stable")[:TOP]
        assert len(best) == TOP
        np.testing.assert_allclose([one.value for one in best], largest[order], rtol=1e-5)
        for one in best:
            assert maps[one.entry, channel, one.row, one.column] == pytest.approx(one.value, rel=1e-5)

    # Where that value sees the picture: a 3 x 3 convolution with padding.
    asked.thread.locate(layer.id, 2)
    count = len(asked.all(TopPictures))
    asked.until(lambda: len(asked.all(TopPictures)) > count)
    for one in asked.all(TopPictures)[-1].channels[2]:
        expected = np.clip([one.row - 1, one.column - 1, one.row + 2, one.column + 2], 0, 16) / 16
        np.testing.assert_allclose(one.box, expected, atol=1e-6)

    # Another layer is answered from the same pass.
    other = next(one for one in graph.layers if one.maps.count == 4 and one.maps.height > 1)
    told = len([p for p in asked.all(Progress) if p.task == FINDING_TOP])
    asked.thread.find_top(other.id, source)
    asked.until(lambda: asked.all(TopPictures)[-1].layer == other.id)
    assert asked.all(TopPictures)[-1].done == COUNT
    assert len([p for p in asked.all(Progress) if p.task == FINDING_TOP]) == told


def test_results_are_kept_on_disk_and_go_on_where_they_stopped(folder: Path, cache: Path) -> None:
    source = open_source(folder, CLASSES)
    first = Asked()
    first.thread.find_top(1, source)
    first.until(lambda: first.ended(FINDING_TOP))
    expected = first.all(TopPictures)[-1]
    first.thread.close()
    (file,) = cache_folder().iterdir()
    with np.load(file, allow_pickle=False) as kept:
        whole = dict(kept)

    reads = []

    class Counted(PictureSource):
        def read(self, index: int):
            reads.append(index)
            return super().read(index)

    again = Asked()
    again.thread.find_top(1, Counted(open_source(folder, CLASSES)._parts))
    again.until(lambda: again.all(TopPictures))
    assert again.all(TopPictures)[-1].channels == expected.channels and reads == []
    again.thread.close()

    whole["done"] = np.int64(COUNT - 3)  # as if it had been interrupted
    with file.open("wb") as out:
        np.savez(out, **whole)
    third = Asked()
    third.thread.find_top(1, Counted(open_source(folder, CLASSES)._parts))
    third.until(lambda: third.ended(FINDING_TOP))
    assert reads == [COUNT - 3, COUNT - 2, COUNT - 1]
    third.thread.close()

    file.write_bytes(b"not an archive")
    fourth = Asked()
    fourth.thread.find_top(1, open_source(folder, CLASSES))
    fourth.until(lambda: fourth.ended(FINDING_TOP))
    assert any("made anew" in remark.text for remark in fourth.all(Remark))
    assert fourth.all(TopPictures)[-1].channels == expected.channels
    fourth.thread.close()

    # Other weights are another question.
    fifth = Asked()
    with torch.no_grad():
        fifth.spec.model[0].weight += 0.5
    fifth.thread.close()
    changed = Asked()
    with torch.no_grad():
        changed.spec.model[0].bias += 1
    changed.until(lambda: changed.thread.idle)
    assert len(list(cache_folder().iterdir())) == 1
    changed.thread.close()
