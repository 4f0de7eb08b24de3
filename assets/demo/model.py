"""The demo: a small residual network that tells ten photographs apart.

An ordinary model file, like the one you would write for your own model. `examples/train_demo.py` trained it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

here = Path(__file__).parent

title = "Ten photographs"
example = (3, 192, 192)
# One of each class before the second ones, and the cat in front of all.
images = sorted((here / "images").rglob("*.jpg"), key=lambda path: (path.stem[-1], path.parent.name != "cat", path))
classes = here / "classes.txt"
mean = [0.45, 0.45, 0.45]
std = [0.25, 0.25, 0.25]


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut, added."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(outputs),
            )
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu2(y + self.shortcut(x))


class CovidResNet(nn.Module):
    """ResNet-18 with 2, 1, 1, 1 blocks (Alshazly et al. 2021, arXiv:2105.11863), narrower."""

    def __init__(self, class_count: int, widths: tuple[int, int, int, int] = (24, 48, 96, 192)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.conv1 = nn.Conv2d(3, a, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(a)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(a, a, 1), Block(a, a, 1))
        self.layer2 = nn.Sequential(Block(a, b, 2))
        self.layer3 = nn.Sequential(Block(b, c, 2))
        self.layer4 = nn.Sequential(Block(c, d, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(d, class_count)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def model() -> CovidResNet:
    """The trained network. Its weights lie beside this file as float16 and are used as float32."""
    net = CovidResNet(len(classes.read_text(encoding="utf-8").split()))
    net.load_state_dict(load_file(here / "weights.safetensors"))
    return net.eval()
