"""The walk in a headset that nobody has, as ``make headset-demo`` starts it where there is no display."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


@pytest.mark.outside
def test_the_visitor_points_reads_jumps_and_leaves_pictures(tmp_path: Path) -> None:
    """It checks itself what it meets on its way: the map that it clicks, and that window and eye show the same."""
    program = Path(__file__).with_name("demo.py")
    command = [sys.executable, str(program), "--visit", "--save-views", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, timeout=300)
    if "There is no Monado" in done.stderr and not os.environ.get("CI"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "views.json").read_text())
    assert report["host"] == "headset" and [view["name"] for view in report["views"]] == ["left", "right"]
    steps = ("entrance-left", "pointing-left", "left", "teleport-left")
    pictures = [picture(tmp_path / f"headset-{step}.png") for step in steps]
    for before, after in itertools.pairwise(pictures):
        assert before.shape == after.shape and np.abs(before - after).mean() > 0.2, "each step shows something else"
    assert picture(tmp_path / "headset-and-desktop.png").shape[1] > 1280
