"""What the model says of the picture, read from whatever its forward returned: classes, a segmentation, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from walkbox.capture.tensors import named_tensors
from walkbox.findings import Numbers, Segmentation
from walkbox.messages import Message, Prediction

__all__ = ["MOST_NUMBERS", "class_map", "class_scores", "outcome", "probabilities"]

MOST_NUMBERS = 256
"""So many values of each output stand in a table."""

_MASKS = frozenset(["out", "logits", "mask", "masks", "segmentation", "semseg"])
"""What models call a segmentation's scores."""

_LEAST_SHARE = 1 / 8  # of the input's rows and columns; coarser maps are features, no segmentation


def outcome(
    output: Any,
    network: int,
    run: int,
    *,
    classes: Sequence[str] = (),
    size: tuple[int, int] | None = None,
    channels: int = 3,
) -> list[Message]:
    """Messages that say what the model says: :class:`~walkbox.messages.Prediction`,
    :class:`~walkbox.findings.Segmentation`, and :class:`~walkbox.findings.Numbers` of all other outputs.

    Args:
        output: of the model.
        network, run: for the messages.
        classes: names of the classes, empty where unknown; their number tells which output holds the scores.
        size: rows and columns of the picture that the model saw, None where it saw none.
        channels: of that picture; as many maps of its size are taken for a picture, not for classes.
    """
    messages: list[Message] = []
    shown: set[int] = set()
    scores = _scores(output, len(classes))
    if scores is not None:
        shown.add(id(scores))
        values = _float32(scores[0])
        messages.append(Prediction(network, run, values, probabilities(values)))
    masks = class_map(output, len(classes), size, channels)
    if masks is not None:
        shown.add(id(masks))
        messages.append(_segmentation(masks, network, run))
    tables = [
        (name or "output", tuple(tensor.shape), _float32(tensor).reshape(-1)[:MOST_NUMBERS].copy())
        for name, tensor in named_tensors(output)
        if id(tensor) not in shown
    ]
    if tables:
        messages.append(Numbers(network, run, tuple(tables)))
    return messages


def class_scores(output: Any, classes: int = 0) -> np.ndarray | None:
    """float32 (K,) scores of the first item of the batch, or None where the output holds none.

    Scores are the first floating tensor of shape (N, K) with K > 1 among the outputs, one called ``logits`` before
    others, none that is called ``boxes``. Where *classes* is known, K must equal it.
    """
    scores = _scores(output, classes)
    return None if scores is None else _float32(scores[0])


def class_map(
    output: Any, classes: int = 0, size: tuple[int, int] | None = None, channels: int = 3
) -> torch.Tensor | None:
    """(N, K, H, W) scores of the classes of each pixel among the outputs, or None.

    They have about the picture's proportions, and are no larger than it and at least an eighth as high and wide. K > 1
    is the number of *classes*, or the output has a telling name (``out``, ``logits``, ``mask``); or it is the only one
    of four dimensions, at least a quarter as high and wide, and K is not the number of the picture's channels (it would
    be a picture).
    """
    if size is None or 0 in size:
        return None
    found: list[tuple[int, torch.Tensor]] = []
    tensors = [(name, t) for name, t in named_tensors(output) if t.ndim == 4]
    for name, tensor in tensors:
        if not tensor.is_floating_point() or not tensor.numel() or tensor.shape[1] < 2:
            continue
        shares = [have / whole for have, whole in zip(tensor.shape[2:], size, strict=True)]
        if min(shares) < _LEAST_SHARE * 0.9 or max(shares) > 1.01 or max(shares) > 1.2 * min(shares):
            continue
        fits = tensor.shape[1] == classes
        called = name.rpartition(".")[2] in _MASKS
        alone = len(tensors) == 1 and tensor.shape[1] != channels and min(shares) > 0.24
        if fits or called or alone:
            found.append((2 * fits + called, tensor))
    return max(found, key=lambda item: item[0])[1] if found else None


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


def _scores(output: Any, classes: int) -> torch.Tensor | None:
    found = [
        (name.rpartition(".")[2], t)
        for name, t in named_tensors(output)
        if t.ndim == 2 and t.shape[0] and t.is_floating_point()
    ]
    found = [(name, t) for name, t in found if (t.shape[1] == classes if classes else t.shape[1] > 1)]
    found = [(name, t) for name, t in found if name not in ("boxes", "bboxes")]
    found.sort(key=lambda item: item[0] != "logits")
    return found[0][1] if found else None


def _segmentation(masks: torch.Tensor, network: int, run: int) -> Segmentation:
    count = masks.shape[1]
    best = masks[0].detach().argmax(0).cpu().numpy()
    shares = np.bincount(best.ravel(), minlength=count) / best.size
    return Segmentation(network, run, best.astype(np.uint8 if count <= 256 else np.uint16), shares.astype(np.float32))


def _float32(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.is_complex():
        tensor = tensor.abs()
    return tensor.to("cpu", torch.float32).numpy().copy()
