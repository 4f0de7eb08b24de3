"""The model thread with real models, from start to close."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from walkbox.capture.spec import ModelSpec
from walkbox.engine.thread import ModelThread
from walkbox.messages import (
    Block,
    Failure,
    GraphReady,
    InputPicture,
    LayerReading,
    LayerStatistics,
    Mailbox,
    Message,
    MipLevels,
    Prediction,
    Progress,
    RunFinished,
)

GREY = np.full((30, 30, 3), 128, np.uint8)
WHITE = np.full((30, 30, 3), 255, np.uint8)


class Log(Mailbox):
    """Keeps every message, also those that a later one replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Message] = []

    def post(self, message: Message) -> Message | None:
        self.all.append(message)
        return super().post(message)

    def of(self, kind: type, run: int | None = None) -> list[Any]:
        return [m for m in self.all if type(m) is kind and run in (None, m.run)]


def until(condition: Callable[[], Any], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


class Small(nn.Module):
    """Values that later in-place operations overwrite, and a gate that tests may close."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, 5)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.raises: BaseException | None = None
        self.slow_s = 0.0
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.norm(self.conv(x)))
        self.entered.release()
        assert self.gate.wait(20)
        time.sleep(self.slow_s)
        y = self.second(x)
        if self.raises is not None:
            raise self.raises
        y += x
        return self.head(y.mean((2, 3)))


def small_spec(model: nn.Module | None = None, shape: tuple[int, ...] = (1, 3, 32, 32), **fields: Any) -> ModelSpec:
    torch.manual_seed(1)
    return ModelSpec(model or Small(), "Small", (torch.randn(shape),), **fields)


class Bench:
    def __init__(self, spec: ModelSpec | str, **options: Any):
        self.log = Log()
        self.spec = spec
        self.thread = ModelThread(spec, self.log, threads=1, **options)

    def start(self) -> Bench:
        self.thread.start()
        return self.settle()

    def settle(self) -> Bench:
        until(lambda: self.thread.idle)
        return self

    @property
    def model(self) -> Any:
        assert isinstance(self.spec, ModelSpec)
        return self.spec.model

    def layer(self, name: str) -> int:
        assert self.thread.graph is not None
        return self.thread.graph.layer(name).id


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(spec: ModelSpec | str | None = None, **options: Any) -> Bench:
        made.append(Bench(small_spec() if spec is None else spec, **options))
        return made[-1]

    yield make
    for one in made:
        if isinstance(one.spec, ModelSpec) and isinstance(one.spec.model, Small):
            one.spec.model.gate.set()
        assert one.thread.close()


def test_the_example_is_run_first_and_everything_is_told(bench) -> None:
    one = bench(small_spec(shape=(1, 3, 40, 40)), network=7).start()
    kinds = [type(m) for m in one.log.all]
    assert kinds[0] is Progress and one.log.of(Progress)[-1].done == one.log.of(Progress)[-1].total
    assert len({p.task for p in one.log.of(Progress)}) == 1
    graph = one.thread.graph
    assert one.log.of(GraphReady)[0].graph is graph and one.thread.spec is one.spec
    every = list(range(len(graph.layers)))
    assert [b.layer for b in one.log.of(Block)] == every
    assert sorted(s.layer for s in one.log.of(LayerStatistics) if s.weight_histogram is None) == every
    assert kinds.index(Block) < kinds.index(RunFinished) < kinds.index(LayerStatistics)
    with_mips = {m.layer for m in one.log.of(MipLevels)}
    assert with_mips and with_mips == {layer.id for layer in graph.layers if layer.maps.height == 40}
    weights = [s.layer for s in one.log.of(LayerStatistics) if s.weight_histogram is not None]
    assert weights == [layer.id for layer in graph.layers if layer.parameters]
    assert all(m.network == 7 for m in one.log.all)
    (prediction,) = one.log.of(Prediction)
    assert prediction.probabilities.sum() == pytest.approx(1) and prediction.run == 1


def test_values_are_those_of_the_forward_also_where_later_operations_overwrite(bench) -> None:
    one = bench().start()
    model, x = one.model, one.spec.args[0]
    with torch.no_grad():
        first = functional.relu(model.norm(model.conv(x)))
        second = model.second(first)
    blocks = {b.layer: b for b in one.log.of(Block)}
    np.testing.assert_array_equal(blocks[0].values, x[0].half())
    np.testing.assert_array_equal(blocks[one.layer("conv")].values, first[0].half())
    np.testing.assert_array_equal(blocks[one.layer("second")].values, second[0].half())
    block = blocks[one.layer("second")]
    assert (block.minimum, block.maximum) == (float(second.min()), float(second.max()))


def test_a_picture_is_prepared_run_and_shown(bench) -> None:
    one = bench(small_spec(mean=(0.5,) * 3, std=(0.5,) * 3)).start()
    assert one.thread.run(WHITE) == 2
    one.settle()
    (values,) = [b.values for b in one.log.of(Block, 2) if b.layer == 0]
    assert (values == 1).all()
    assert (one.log.of(InputPicture, 2)[0].pixels == 255).all()
    assert one.log.of(RunFinished, 2)[0].forward_s > 0


def test_the_model_is_left_as_it_was(bench) -> None:
    spec = small_spec()
    spec.model.train()
    before = {k: v.clone() for k, v in spec.model.state_dict().items()}
    one = bench(spec).start()
    one.thread.run(GREY)
    one.settle()
    assert spec.model.training
    assert all(torch.equal(v, before[k]) for k, v in spec.model.state_dict().items())
    assert not spec.model._forward_hooks and all(p.grad is None for p in spec.model.parameters())


def test_the_newest_picture_wins(bench) -> None:
    one = bench().start()
    one.model.gate.clear()
    while one.model.entered.acquire(blocking=False):
        pass
    first = one.thread.run(GREY)
    assert one.model.entered.acquire(timeout=20)
    second, third = one.thread.run(GREY), one.thread.run(WHITE)
    one.model.gate.set()
    one.settle()
    assert not one.log.of(RunFinished, first), "given up at its next layer"
    assert not one.log.of(Block, second), "replaced while it waited"
    assert len(one.log.of(RunFinished, third)) == 1
    assert len(one.log.of(Block, third)) == len(one.thread.graph.layers)


def test_a_stream_of_pictures_is_still_shown(bench) -> None:
    one = bench().start()
    one.model.slow_s = 0.004
    for i in range(100):
        last = one.thread.run(GREY if i % 2 else WHITE)
        time.sleep(0.001)
    one.settle()
    begun = list(dict.fromkeys(b.run for b in one.log.of(Block)))
    whole = [bool(one.log.of(RunFinished, run)) for run in begun]
    assert begun[-1] == last and whole[-1]
    assert False in whole, "some were given up for a newer one"
    assert all(a or b for a, b in pairwise(whole)), "never two in a row"


def test_cancel_gives_up_what_runs_and_what_waits(bench) -> None:
    one = bench().start()
    while one.model.entered.acquire(blocking=False):
        pass
    one.model.gate.clear()
    first = one.thread.run(GREY)
    assert one.model.entered.acquire(timeout=20)
    one.thread.run(WHITE)
    one.thread.cancel()
    one.model.gate.set()
    one.settle()
    assert not [m for m in one.log.of(RunFinished) if m.run >= first]
    after = one.thread.run(WHITE)
    one.settle()
    assert one.log.of(RunFinished, after)


def test_a_new_run_stops_the_statistics_of_the_last(bench) -> None:
    one = bench()
    post = one.log.post

    def run_again(message: Message) -> Message | None:
        if isinstance(message, LayerStatistics) and message.run == 1:
            one.thread.run(WHITE)
        return post(message)

    one.log.post = run_again
    one.start()
    assert len(one.log.of(LayerStatistics, 1)) == 1
    assert {s.layer for s in one.log.of(LayerStatistics, 2)} == set(range(len(one.thread.graph.layers)))


def test_the_nearest_layers_are_described_first(bench) -> None:
    one = bench()
    one.thread.near([4, 2])
    one.start()
    described = [s.layer for s in one.log.of(LayerStatistics, 1) if s.weight_histogram is None]
    assert described[:2] == [4, 2] and described[2:] == sorted(described[2:])


@pytest.mark.parametrize("raised", [ValueError("wrong size 3"), SystemExit(3), KeyboardInterrupt(), MemoryError()])
def test_what_the_model_raises_is_told_and_the_next_run_works(bench, raised: BaseException) -> None:
    one = bench().start()
    one.model.raises = raised
    failing = one.thread.run(GREY)
    one.settle()
    (failure,) = one.log.of(Failure)
    assert failure.run == failing and failure.layer == one.layer("second")
    assert type(raised).__name__ in failure.message and "second" in failure.message
    assert "in forward" in failure.details
    one.model.raises = None
    working = one.thread.run(GREY)
    one.settle()
    assert one.log.of(RunFinished, working) and len(one.log.of(Failure)) == 1


def test_a_model_that_always_raises_is_shown_as_far_as_it_goes(bench) -> None:
    spec = small_spec()
    spec.model.raises = RuntimeError("never works")
    one = bench(spec).start()
    graph = one.thread.graph
    assert graph is not None and "never works" in graph.error
    assert {b.layer for b in one.log.of(Block, 1)} >= {one.layer("conv"), one.layer("second")}
    assert one.log.of(Failure, 1)[0].layer is not None


@pytest.mark.parametrize("raised", [SystemExit(1), KeyboardInterrupt()])
def test_even_leaving_python_while_recording_does_not_end_the_thread(bench, raised: BaseException) -> None:
    spec = small_spec()
    spec.model.raises = raised
    one = bench(spec).start()
    assert one.log.of(Failure)
    spec.model.raises = None
    run = one.thread.run(GREY)
    one.settle()
    assert one.log.of(RunFinished, run)


def test_a_picture_for_a_model_that_takes_none(bench) -> None:
    one = bench(small_spec(nn.Linear(6, 4), (1, 6))).start()
    one.thread.run(GREY)
    one.settle()
    assert "takes no picture" in one.log.of(Failure, 2)[0].message
    again = one.thread.run(None)
    one.settle()
    assert one.log.of(RunFinished, again)


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.a(x) if x.mean() < 0.75 else self.b(x) * 2


def test_another_branch_means_another_graph(bench) -> None:
    one = bench(small_spec(Branching())).start()
    before = one.thread.graph
    run = one.thread.run(WHITE)
    one.settle()
    assert one.thread.graph is not before and len(one.log.of(GraphReady)) == 2
    at = one.log.all.index(one.log.of(GraphReady)[1])
    blocks = [m for m in one.log.all[at:] if type(m) is Block]
    assert [b.layer for b in blocks] == list(range(len(one.thread.graph.layers)))
    assert one.log.of(RunFinished, run) and not one.log.of(Failure)


def test_exact_values_can_be_read(bench) -> None:
    one = bench().start()
    one.thread.run(GREY)
    layer = one.layer("second")
    one.thread.read(layer)
    one.settle()
    (reading,) = one.log.of(LayerReading)
    model = one.model
    args = torch.full((1, 3, 32, 32), 128 / 255)
    with torch.no_grad():
        wanted = model.second(functional.relu(model.norm(model.conv(args))))[0].numpy()
    np.testing.assert_array_equal(reading.values, wanted)
    assert reading.run == 2 and reading.values.dtype == np.float32
    assert reading.statistics.maximum == float(wanted.max())
    assert reading.statistics.weight_histogram.sum() == model.second.weight.numel()
    np.testing.assert_allclose(reading.statistics.percentiles[3], np.median(wanted), rtol=1e-5)


def test_reading_does_not_disturb_and_survives_wrong_ids(bench) -> None:
    one = bench().start()
    count = len(one.log.of(RunFinished))
    one.thread.read(999)
    one.thread.read(0)
    one.settle()
    assert [r.layer for r in one.log.of(LayerReading)] == [0] and len(one.log.of(RunFinished)) == count
    assert not one.log.of(Failure)


def test_dropout_is_read_as_it_was_shown(bench) -> None:
    one = bench(small_spec(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(0.5)).train(), (1, 3, 20, 20))).start()
    last = len(one.thread.graph.layers) - 1
    one.thread.read(last)
    one.settle()
    shown = [b for b in one.log.of(Block) if b.layer == last][-1]
    assert (shown.values == 0).mean() > 0.3
    np.testing.assert_array_equal(one.log.of(LayerReading)[0].values.astype(np.float16), shown.values)


def test_detail_and_depth_can_be_changed(bench) -> None:
    one = bench(
        small_spec(nn.Sequential(nn.Conv3d(1, 2, 1), nn.BatchNorm3d(2), nn.ReLU()).eval(), (1, 1, 5, 6, 6))
    ).start()
    assert one.thread.graph.detail == "layers"
    count = len(one.thread.graph.layers)
    one.thread.set_detail("ops")
    one.settle()
    assert one.thread.graph.detail == "ops" and len(one.thread.graph.layers) > count
    one.thread.set_depth(1.0)
    one.settle()
    deepest = [b for b in one.log.of(Block) if b.layer == 0][-1]
    np.testing.assert_array_equal(deepest.values, one.spec.args[0][0, :, 4].half())


def test_memory_of_blocks_is_used_again(bench) -> None:
    one = bench().start()

    def places(run: int) -> set[int]:
        return {b.values.__array_interface__["data"][0] for b in one.log.of(Block, run)}

    old = places(1)
    one.log.drain()
    one.log.all.clear()
    one.thread.run(GREY)
    one.settle()
    assert places(2) == old
    one.thread.run(GREY)  # the log still holds those of run 2
    one.settle()
    assert not places(3) & places(2)


def test_a_target_that_cannot_be_loaded(bench) -> None:
    one = bench("there_is_no_such_file.py").start()
    assert "there_is_no_such_file.py" in one.log.of(Failure)[0].message
    assert one.thread.error is not None and one.thread.graph is None
    one.thread.run(GREY)
    assert one.thread.idle


def test_a_model_file_is_loaded_on_the_thread(bench, tmp_path) -> None:
    path = tmp_path / "tiny.py"
    path.write_text("import torch\nmodel = torch.nn.Conv2d(3, 4, 3)\nexample = (3, 16, 16)\ntitle = 'Tiny'\n")
    one = bench(str(path)).start()
    assert one.thread.spec.title == "Tiny" and one.log.of(GraphReady)[0].title == "Tiny"
    assert len(one.log.of(Block, 1)) == 2


def test_closing(bench) -> None:
    one = bench()
    assert one.thread.close(), "before it was started"
    one = bench().start()
    one.model.gate.clear()
    while one.model.entered.acquire(blocking=False):
        pass
    one.thread.run(GREY)
    assert one.model.entered.acquire(timeout=20)
    assert not one.thread.close(timeout_s=0.05), "a forward that hangs is left behind"
    one.model.gate.set()
    assert one.thread.close() and one.thread.close()
    assert not one.log.of(RunFinished, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the priority of a thread")
def test_the_thread_gives_way(bench) -> None:
    one = bench().start()
    native = one.thread._thread.native_id
    assert os.getpriority(os.PRIO_PROCESS, native) > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert sys.getswitchinterval() <= 2e-4


def test_importing_the_thread_loads_no_torch() -> None:
    code = "import sys, walkbox.engine.thread, walkbox.engine.pictures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
