"""How much Python a frame of a wearer takes in which nothing happens, in calls: times depend on the machine."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from walkbox.app.walk import Walk
from walkbox.geometry import walker_matrix
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.inputs import Hand, Input

MODEL = """
from torch import nn

title = "Row"
example = (3, 16, 16)


def model():
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), *[nn.Conv2d(8, 8, 3, padding=1) for _ in range({layers})])
"""

MOST_CALLS = 530
MOST_OF_ONE = 60


class Worn(OffscreenHost):
    """A headset whose wearer looks around and moves both hands, a little in every frame."""

    def __init__(self) -> None:
        super().__init__((64, 64), samples=1, eye_distance_m=0.063)
        self.frames = 0

    def poll(self) -> Input:
        self.frames += 1
        yaw = 0.002 * self.frames
        head = walker_matrix(np.array([0.0, 1.65, 0.0]), yaw, 0.0)
        poses = [walker_matrix(np.array([x, 1.25, -0.35]), -yaw, 0.1) for x in (-0.22, 0.22)]
        hands = tuple(Hand(name, pose, pose) for name, pose in zip(("left", "right"), poses, strict=True))
        return Input(dt_s=1 / 90, head=head, hands=hands)


def calls_of_a_frame(folder: Path, layers: int) -> Counter[str]:
    file = folder / f"row{layers}.py"
    file.write_text(MODEL.format(layers=layers), encoding="utf-8")
    with Walk(str(file), Worn()) as walk:
        walk.settle(120)
        for _ in range(30):
            walk.frame()
        counts: Counter[str] = Counter()

        def count(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                counts[f"{Path(frame.f_code.co_filename).name}: {frame.f_code.co_qualname}"] += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            walk.frame()
        finally:
            sys.setprofile(before)
        assert walk.ui.worn and walk.renderer.counters.visible_layers > 0
        assert len(walk.scene.presence.rays) == 2
        return counts


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    return calls_of_a_frame(tmp_path_factory.mktemp("small"), 3)


def test_a_frame_in_which_nothing_happens_is_a_few_hundred_calls(small: Counter[str]) -> None:
    assert 200 < small.total() < MOST_CALLS, (small.total(), small.most_common(40))
    assert small.most_common(1)[0][1] < MOST_OF_ONE, small.most_common(10)


def test_it_does_not_depend_on_how_many_layers_stand_there(small: Counter[str], tmp_path: Path) -> None:
    large = calls_of_a_frame(tmp_path, 40)
    assert abs(large.total() - small.total()) < 40, (large - small).most_common(20)
