"""A recurrent language model over letters: the input is a tensor of integers, given whole with its batch."""

from __future__ import annotations

import torch
from torch import nn

letters = "abcdefghijklmnopqrstuvwxyz "
classes = list(letters)
example = torch.tensor([[letters.index(letter) for letter in "a walk through a model"]])


class LanguageModel(nn.Module):
    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(letters), width)
        self.lstm = nn.LSTM(width, width, num_layers=2, batch_first=True)
        self.head = nn.Linear(width, len(letters))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.lstm(self.embedding(tokens))
        return self.head(hidden[:, -1])


model = LanguageModel
