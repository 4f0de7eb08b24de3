"""What a target becomes: the model with everything that is shown beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

__all__ = ["ModelSpec"]


@dataclass
class ModelSpec:
    """A loaded model.

    Attributes:
        model: in evaluation mode, on *device*.
        title: what to call it.
        args, kwargs: the example input, tensors on *device* and floating ones of the model's dtype.
        images: pictures for the shelf: paths, a data set, or None.
        classes: names of a classifier's outputs, empty where unknown.
        transform: makes a model input (C, H, W) of a PIL picture, or None.
        mean, std: one number a channel by which pictures (0 to 1) are normalised, or None.
        notes: what was guessed, a sentence each.
        target: what the user typed.
        path: the model file, or None for a package's model.
        example_made_up: the example holds random values in a given or guessed size, so any picture says more.
        device: where the model is.
    """

    model: nn.Module
    title: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    images: list[Path] | Any | None = None
    classes: tuple[str, ...] = ()
    transform: Callable[..., Any] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()
    target: str = ""
    path: Path | None = None
    example_made_up: bool = False
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
