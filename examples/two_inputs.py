"""Two inputs by name and two outputs: a dict is what ``forward`` is called with."""

from __future__ import annotations

import torch
from torch import nn

example = {"picture": torch.rand(1, 3, 64, 64), "size": torch.tensor([[0.5, 2.0]])}


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.eyes = nn.Sequential(nn.Conv2d(3, 16, 5, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 5, stride=2), nn.ReLU())
        self.ruler = nn.Linear(2, 32)
        self.kind = nn.Linear(32, 4)
        self.weight = nn.Linear(32, 1)

    def forward(self, picture: torch.Tensor, size: torch.Tensor) -> dict[str, torch.Tensor]:
        both = self.eyes(picture).mean((2, 3)) + self.ruler(size)
        return {"kind": self.kind(both), "weight": self.weight(both)}


model = TwoInputs
