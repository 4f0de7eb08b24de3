"""A model of a package, with pictures on the shelf. Needs ``pip install torchvision``."""

from __future__ import annotations

from pathlib import Path

from torch import nn
from torchvision.models import resnet18

title = "ResNet-18"
example = (3, 224, 224)
images = Path(__file__).parents[1] / "assets" / "demo" / "images"
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]


def model() -> nn.Module:
    """Random weights; ``resnet18(weights="DEFAULT")`` downloads trained ones."""
    return resnet18()
