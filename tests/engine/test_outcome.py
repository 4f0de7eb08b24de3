from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from walkbox.engine.outcome import MOST_NUMBERS, class_scores, outcome, probabilities


@dataclass
class Output:
    hidden: torch.Tensor
    logits: torch.Tensor


LOGITS = torch.tensor([[1.0, 3.0, 2.0]])


@pytest.mark.parametrize(
    "output",
    [
        LOGITS,
        LOGITS.double(),
        (LOGITS, torch.zeros(1, 4, 2, 2)),
        {"features": torch.zeros(1, 64), "logits": LOGITS},
        Output(torch.zeros(1, 64), LOGITS),
        [torch.zeros(1, 4, 4), LOGITS.repeat(2, 1)],
    ],
)
def test_scores_are_found(output: object) -> None:
    scores = class_scores(output)
    assert scores is not None and scores.dtype == np.float32 and scores.tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    "output",
    [torch.zeros(1, 1), torch.zeros(1, 21, 8, 8), torch.zeros(5), torch.zeros(1, 3, dtype=torch.int64), None, "text"],
)
def test_other_outputs_are_no_prediction(output: object) -> None:
    assert class_scores(output) is None


def test_the_number_of_classes_decides_where_it_is_known() -> None:
    assert class_scores((torch.zeros(1, 64), LOGITS), classes=3).tolist() == [1, 3, 2]
    assert class_scores(LOGITS, classes=10) is None


def test_probabilities() -> None:
    scores = np.array([1, 3, 2], np.float32)
    np.testing.assert_allclose(probabilities(scores), np.exp(scores) / np.exp(scores).sum(), rtol=1e-6)
    done = np.array([0.2, 0.5, 0.3], np.float32)
    assert probabilities(done) is done
    np.testing.assert_allclose(probabilities(np.log(done)), done, rtol=1e-6)
    assert probabilities(np.array([1e30, -1e30], np.float32)).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([np.nan, 0, 0], [0, 0.5, 0.5]),
        ([np.inf, 5, 0], [1, 0, 0]),
        ([np.nan, np.nan], [0.5, 0.5]),
        ([-np.inf, 0], [0, 1]),
    ],
)
def test_broken_scores_still_sum_to_one(scores: list[float], expected: list[float]) -> None:
    assert probabilities(np.array(scores, np.float32)).tolist() == expected


def said(output: object, **known: Any) -> dict[str, Any]:
    return {type(m).__name__: m for m in outcome(output, 3, 7, **{"size": (32, 48), **known})}


MASKS = torch.zeros(1, 5, 32, 48)
MASKS[0, 2, :16], MASKS[0, 4, 16:, :12] = 1, 1


@pytest.mark.parametrize(
    "output",
    [MASKS, {"out": MASKS, "aux": torch.zeros(1, 5, 32, 48)}, (MASKS.double(),), {"logits": MASKS[:, :, ::8, ::8]}],
)
def test_a_class_for_each_pixel_is_a_segmentation(output: object) -> None:
    found = said(output)["Segmentation"]
    assert (found.network, found.run) == (3, 7)
    height, width = found.classes.shape
    assert found.classes.dtype == np.uint8 and width * 2 == height * 3
    assert (found.classes[: height // 2] == 2).all() and (found.classes[height // 2 :, : width // 4] == 4).all()
    counted = np.bincount(found.classes.ravel(), minlength=5) / found.classes.size
    assert found.shares.tolist() == pytest.approx(counted.tolist()) and found.shares[2] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "output",
    [
        torch.zeros(1, 3, 32, 48),  # a picture
        torch.zeros(1, 1, 32, 48),  # a depth map
        torch.zeros(1, 64, 2, 3),  # features
        [torch.zeros(1, 64, 16, 24), torch.zeros(1, 64, 8, 12)],  # a pyramid
        torch.zeros(1, 5, 48, 32),
        torch.zeros(1, 5, 64, 96),
    ],
)
def test_other_maps_are_tables(output: Any) -> None:
    found = said(output)
    assert list(found) == ["Numbers"]
    tensors = output if isinstance(output, list) else [output]
    assert [shape for _, shape, _ in found["Numbers"].tables] == [tuple(t.shape) for t in tensors]


def test_the_number_of_classes_makes_a_segmentation() -> None:
    assert list(said(torch.zeros(1, 3, 32, 48), classes=("a", "b", "c"))) == ["Segmentation"]
    assert list(said(torch.zeros(1, 64, 4, 6), classes=("x",) * 64)) == ["Segmentation"]
    assert list(said({"out": torch.zeros(1, 300, 32, 48)}, classes=("x",))) == ["Segmentation"]
    assert said({"out": torch.zeros(1, 300, 32, 48)})["Segmentation"].classes.dtype == np.uint16
    assert list(said(MASKS, size=None)) == ["Numbers"]


def test_everything_else_is_named_in_tables() -> None:
    @dataclass
    class Answer:
        pose: torch.Tensor
        logits: torch.Tensor
        parts: tuple[torch.Tensor, ...]

    found = said(Answer(torch.arange(3.0)[None], LOGITS, (torch.tensor(7), torch.zeros(0, 4))))
    assert found["Prediction"].scores.tolist() == [1, 3, 2]
    tables = {name: (shape, values.tolist()) for name, shape, values in found["Numbers"].tables}
    assert tables == {"pose": ((1, 3), [0, 1, 2]), "parts.0": ((), [7]), "parts.1": ((0, 4), [])}


def test_detections_are_tables() -> None:
    found = said([{"boxes": torch.zeros(2, 4), "labels": torch.tensor([3, 5]), "scores": torch.tensor([0.5, 0.25])}])
    assert [(name, shape) for name, shape, _ in found["Numbers"].tables] == [
        ("0.boxes", (2, 4)),
        ("0.labels", (2,)),
        ("0.scores", (2,)),
    ]


def test_large_outputs_are_cut_and_odd_ones_made_plain() -> None:
    found = said({"big": torch.arange(1000.0), "complex": torch.tensor([3 + 4j])})
    tables = {name: (shape, values) for name, shape, values in found["Numbers"].tables}
    assert tables["big"][0] == (1000,) and tables["big"][1].tolist() == list(range(MOST_NUMBERS))
    assert tables["complex"][1].tolist() == [5]


def test_nothing_is_said_of_nothing() -> None:
    assert said(None) == {} and said("text") == {} and list(said(LOGITS)) == ["Prediction"]
