"""What tests of the whole application in a window share."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from walkbox.app.walk import Walk
from walkbox.geometry import clip_from_world

MODEL = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(4), nn.Conv2d(8, 12, 3), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 4),
)
example = (3, 32, 32)
images = "pictures"
classes = ["one", "two", "three", "four"]
"""


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return path


def until(walk: Walk, done: Callable[[], object], seconds: float = 30.0) -> None:
    """Frames until something has happened."""
    deadline = time.monotonic() + seconds
    while not done():
        assert not walk.failed, walk.failed
        assert time.monotonic() < deadline, "it did not happen"
        walk.frame()


def x(*words: str | int) -> None:
    subprocess.run(["xdotool", *(str(w) for w in words)], check=True)


def on_screen(walk: Walk, point: np.ndarray) -> tuple[int, int]:
    """Pixel of the window where a point of the world is seen."""
    view = walk.host._view  # type: ignore[attr-defined]
    clip = clip_from_world(view) @ np.append(np.asarray(point, np.float32)[:3], np.float32(1))
    width, height = view.size_px
    return round((clip[0] / clip[3] + 1) * width / 2), round((1 - clip[1] / clip[3]) * height / 2)
