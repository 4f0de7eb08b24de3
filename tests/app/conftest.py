"""Walks through small models, without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

MODEL = '''
import torch
from torch import nn

title = "Small"
example = (3, 16, 16)
classes = ["dark", "bright"]


class Small(nn.Module):
    """Says how bright a picture is, and raises for a white one."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.weight = nn.Parameter(torch.tensor([[-9.0], [9.0]]), requires_grad=False)

    def forward(self, x):
        mean = x.mean(dim=(1, 2, 3))
        y = torch.relu(self.conv(x))
        if bool(mean.max() > 0.99):
            raise ValueError("too bright for me")
        return (mean[:, None] - 0.5) @ self.weight.T + 0 * y.mean()


def model():
    return Small()
'''


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A model file with two pictures, a dark and a bright one."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, grey in (("a dark", 30), ("b bright", 220)):
        Image.fromarray(np.full((20, 24, 3), grey, np.uint8)).save(folder / f"{name}.png")
    file = tmp_path / "small.py"
    file.write_text(MODEL + '\nimages = "pictures"\n', encoding="utf-8")
    return file
