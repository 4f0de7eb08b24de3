from __future__ import annotations

import pytest
import torch
from awkward import AWKWARD
from model_checks import SEED, check, outputs_of

from walkbox.capture.recorder import record

KEEP_TRAINING = {"TrainingMode", "Randomised", "Parametrized"}


def built(name: str):
    torch.manual_seed(SEED)
    model, args, kwargs = AWKWARD[name]()
    return model.train(name in KEEP_TRAINING), args, kwargs


def test_there_are_enough_of_them():
    assert len(AWKWARD) >= 25


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_model(name: str):
    model, args, kwargs = built(name)
    twin, twin_args, twin_kwargs = built(name)
    check(model, args, kwargs, compare=False)
    torch.manual_seed(SEED)
    recorded = outputs_of(record(model, args, kwargs).output)
    torch.manual_seed(SEED)
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            expected = outputs_of(twin(*twin_args, **twin_kwargs))
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    assert recorded == expected
