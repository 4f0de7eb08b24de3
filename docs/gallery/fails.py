"""A model whose forward raises: what came before stands, and the error stands where it happened."""

from __future__ import annotations

import torch
from torch import nn

title = "A model with a mistake"
example = (3, 64, 64)


class Mistaken(nn.Module):
    """Two convolutions, and a linear layer that expects them to have been pooled."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        return self.fc(x.flatten(1))  # the pooling was forgotten


model = Mistaken
