"""Exports on the model thread: in the background, behind everything that somebody waits for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from walkbox.capture.spec import ModelSpec
from walkbox.engine.thread import ModelThread
from walkbox.export import KINDS, ExportJob
from walkbox.findings import Exported
from walkbox.messages import Block, Failure, LayerReading, Mailbox, Message, Progress, RunFinished

GREY = np.full((16, 16, 3), 128, np.uint8)
WHITE = np.full((16, 16, 3), 255, np.uint8)


class Log(Mailbox):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[Message] = []

    def post(self, message: Message) -> Message | None:
        self.all.append(message)
        return super().post(message)

    def of(self, kind: type) -> list[Any]:
        return [m for m in self.all if type(m) is kind]


def until(condition: Callable[[], Any], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


class Gated(nn.Module):
    """Waits between its layers for as long as a test holds the gate, but only in an export's pass."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.one, self.two, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.Linear(8, 3)
        self.gate, self.waiting = threading.Event(), threading.Semaphore(0)
        self.gate.set()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.one(x)
        if not self.gate.is_set():
            self.waiting.release()
            assert self.gate.wait(20)
        return self.head(self.two(x).mean((2, 3)))


@pytest.fixture
def thread() -> Iterator[tuple[ModelThread, Log, Gated]]:
    model, log = Gated().eval(), Log()
    spec = ModelSpec(model, "Gated", (torch.zeros(1, 3, 16, 16),), mean=(0.0,), std=(1.0,))
    made = ModelThread(spec, log, threads=1)
    made.start()
    made.run(GREY)
    until(lambda: made.idle and made.weights_hash)
    yield made, log, model
    model.gate.set()
    assert made.close()


def job(folder: Path, **options: Any) -> ExportJob:
    return ExportJob(folder, what=tuple(KINDS), picture="grey", **options)


def test_an_export_says_where_it_stands(thread, tmp_path: Path) -> None:
    made, log, _ = thread
    made.export(job(tmp_path / "out"))
    until(lambda: log.of(Exported))
    (ended,) = log.of(Exported)
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert ended.folder == str((tmp_path / "out").resolve()) and ended.files == len(files)
    until(lambda: (p := log.of(Progress)[-1]).task == "exporting to out" and p.done == p.total > 0)
    said = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert said["model"]["weights_sha256"] == made.weights_hash and said["picture"]["name"] == "grey"
    assert log.of(Failure) == []


def test_a_picture_that_is_placed_meanwhile_is_run_first_and_is_not_exported(thread, tmp_path: Path) -> None:
    made, log, model = thread
    model.gate.clear()
    made.export(job(tmp_path / "out"))
    assert model.waiting.acquire(timeout=20)  # the export's pass is on its way
    number = made.run(WHITE)
    made.read(1)
    model.gate.set()
    until(lambda: log.of(Exported))
    order = [
        type(m) for m in log.all if isinstance(m, (Exported, LayerReading)) or (type(m), m.run) == (RunFinished, number)
    ]
    assert order == [RunFinished, LayerReading, Exported]
    with np.load(tmp_path / "out/network0/Values/layer0.npz") as arrays:
        np.testing.assert_allclose(arrays["values"], 128 / 255, rtol=1e-6)
    blocks = [b for b in log.of(Block) if b.run == number]
    assert float(blocks[0].values.max()) == 1.0
    said = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert said["picture"]["name"] == "grey"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_it_can_be_given_up(thread, tmp_path: Path) -> None:
    made, log, model = thread
    model.gate.clear()
    wanted = job(tmp_path / "out")
    made.export(wanted)
    assert model.waiting.acquire(timeout=20)
    assert len(list(tmp_path.glob(".out-*"))) == 1
    made.cancel_task(wanted.task)
    model.gate.set()
    until(lambda: log.of(Exported) and log.of(Progress)[-1].done == log.of(Progress)[-1].total)
    assert [m.files for m in log.of(Exported)] == [0]
    assert list(tmp_path.iterdir()) == []
    made.run(WHITE)
    until(lambda: made.idle)
    assert log.of(Failure) == []


def test_the_end_of_the_walk_leaves_nothing_half_written(thread, tmp_path: Path) -> None:
    made, _, model = thread
    model.gate.clear()
    made.export(job(tmp_path / "out"))
    assert model.waiting.acquire(timeout=20)
    threading.Timer(0.05, model.gate.set).start()
    assert made.close()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_a_failure_of_no_run(thread, tmp_path: Path) -> None:
    made, log, _ = thread
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("mine")
    made.export(job(tmp_path / "out"))
    until(lambda: len(log.of(Failure)) == 1)
    made.export(job(tmp_path / "other", layers=("tow",)))
    until(lambda: len(log.of(Failure)) == 2)
    first, second = log.of(Failure)
    assert first.run == second.run == 0
    assert "is not empty" in first.message and "Did you mean 'two'" in second.message
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
