from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from walkbox.engine.prediction import class_scores, probabilities


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
