"""What a classifier says, read from whatever its forward returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

__all__ = ["class_scores", "probabilities"]


def class_scores(output: Any, classes: int = 0) -> np.ndarray | None:
    """float32 (K,) scores of the first item of the batch, or None where the output holds none.

    Scores are the first floating tensor of shape (N, K) with K > 1 among the outputs, one called ``logits`` before
    others. Where *classes* is known, K must equal it.
    """
    found = [(name, t) for name, t in _tensors(output, "") if t.ndim == 2 and t.shape[0] and t.is_floating_point()]
    found = [(name, t) for name, t in found if (t.shape[1] == classes if classes else t.shape[1] > 1)]
    if not found:
        return None
    found.sort(key=lambda item: item[0] != "logits")
    return found[0][1][0].detach().to("cpu", torch.float32).numpy().copy()


def probabilities(scores: np.ndarray) -> np.ndarray:
    """float32 (K,): softmax of the scores.

    Or the scores themselves where they are probabilities already: none below zero, sum within 0.001 of one. NaN counts
    as no chance at all, infinity as certainty.
    """
    wide = scores.astype(np.float64)
    if not np.isfinite(wide).all():
        wide = np.nan_to_num(wide, nan=-np.inf)
        top = np.isposinf(wide)
        wide = np.where(top, 0.0, -np.inf) if top.any() else wide
        if not np.isfinite(wide).any():
            return np.full(len(scores), 1 / len(scores), np.float32)
    elif wide.min() >= 0 and abs(wide.sum() - 1) < 1e-3:
        return scores
    raised = np.exp(wide - wide.max())
    return (raised / raised.sum()).astype(np.float32)


def _tensors(tree: Any, name: str) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(tree, torch.Tensor):
        yield name, tree
    elif isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from _tensors(item, str(key))
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            yield from _tensors(item, "")
    elif hasattr(tree, "__dict__"):
        for key, item in vars(tree).items():
            if isinstance(item, torch.Tensor):
                yield key, item
