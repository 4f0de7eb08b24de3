"""``walkbox.mark`` shows a tensor of your choice: here the gate of a squeeze-and-excitation block.

It returns its tensor unchanged and does nothing outside of a walk, so it may stay in the model.
"""

from __future__ import annotations

import torch
from torch import nn

from walkbox import mark

example = (3, 64, 64)


class Gated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 24, 3, stride=2, padding=1), nn.ReLU())
        self.gate = nn.Sequential(nn.Conv2d(24, 6, 1), nn.ReLU(), nn.Conv2d(6, 24, 1))
        self.head = nn.Linear(24, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        gate = mark(torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True))), "gate")
        x = mark(x * gate, "gated features")
        return self.head(x.mean((2, 3)))


model = Gated
