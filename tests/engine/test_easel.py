from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from walkbox.brush import Stroke, painted
from walkbox.capture.spec import ModelSpec
from walkbox.engine import easel as easel_module
from walkbox.engine.easel import Easel
from walkbox.engine.inputs import prepare, remark_on, shown
from walkbox.errors import PictureError

STROKES = (
    Stroke("paint", ((0.5, 0.5), (0.7, 0.6)), 0.1, (250, 10, 30)),
    Stroke("occlude", ((0.1, 0.1),), 0.1, (0, 0, 0)),
)


def spec_of(*example: torch.Tensor, **fields: Any) -> ModelSpec:
    return ModelSpec(nn.Identity(), "Nothing", args=example, **fields)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)


CASES = {
    "plain": ((1, 3, 32, 40), torch.float32, {}),
    "normalised": ((2, 3, 32, 40), torch.float32, {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}),
    "channels last": ((1, 32, 40, 3), torch.float32, {"mean": (0.5,), "std": (0.5,)}),
    "video": ((1, 4, 3, 32, 40), torch.float32, {}),
    "half": ((1, 3, 32, 40), torch.float16, {"mean": (0.5,), "std": (0.5,)}),
    "bytes": ((1, 3, 32, 40), torch.uint8, {}),
    "grey": ((1, 1, 32, 40), torch.float32, {"mean": (0.1307,), "std": (0.3081,)}),
    "four channels": ((1, 4, 32, 40), torch.float32, {}),
    "no batch": ((3, 32, 40), torch.float32, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_painted_is_what_is_fed_and_shown(case: str, picture: np.ndarray) -> None:
    shape, dtype, fields = CASES[case]
    spec = spec_of(torch.zeros(shape, dtype=dtype), **fields)
    easel = Easel(spec)
    (plain,), _ = easel.inputs(picture)
    assert torch.equal(plain, prepare(picture, spec)[2])
    seen = easel.seen()
    assert seen is not None
    np.testing.assert_array_equal(seen, shown(spec, plain))
    (tensor,), _ = easel.inputs(picture, STROKES)
    assert tensor.shape == plain.shape and tensor.dtype == dtype
    wanted = painted(seen, STROKES)
    np.testing.assert_array_equal(easel.seen(), wanted)
    back = shown(spec, tensor)
    assert back is not None
    if case == "grey":
        wanted = np.asarray(wanted @ (0.299, 0.587, 0.114)).round()[..., None].repeat(3, 2)
    assert np.abs(back.astype(int) - wanted).max() <= (1 if case in ("grey", "half") else 0)
    same = torch.from_numpy((painted(seen, STROKES) == seen).all(axis=-1))
    ends = {"channels last": (1, 2)}.get(case, (-2, -1))
    moved = [t.movedim(ends, (-2, -1))[..., same] for t in (tensor, plain)]
    assert torch.equal(*moved), "nothing else changed, not by a bit"
    (again,), _ = easel.inputs(picture)
    assert torch.equal(again, plain)


def test_a_transform_that_cuts_is_not_applied_to_its_own_result(picture: np.ndarray) -> None:
    calls = []

    def transform(image):
        calls.append(image.size)
        values = np.asarray(image.resize((40, 40)).crop((4, 4, 36, 36)), np.float32).transpose(2, 0, 1)
        return torch.from_numpy(values / 127.5 - 1)

    spec = spec_of(torch.zeros(1, 3, 32, 32), transform=transform)
    easel = Easel(spec)
    (plain,), _ = easel.inputs(picture)
    seen = easel.seen()
    (tensor,), _ = easel.inputs(picture, STROKES)
    assert calls == [(70, 50)], "once for the picture, not for its strokes"
    assert seen is not None and tensor.shape == plain.shape
    differ = (tensor != plain).any(dim=1)[0].numpy()
    np.testing.assert_array_equal(differ, (painted(seen, STROKES) != seen).any(axis=-1))
    assert float(plain.min()) <= float(tensor.min()) and float(tensor.max()) <= float(plain.max())


def test_a_stroke_that_grows_is_not_begun_anew(picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(torch.zeros(1, 3, 32, 40))
    made, prepared = [], []
    canvas, prepare_ = easel_module.Canvas, easel_module.prepare
    monkeypatch.setattr(easel_module, "Canvas", lambda pixels: (made.append(1), canvas(pixels))[1])
    monkeypatch.setattr(easel_module, "prepare", lambda *a: (prepared.append(1), prepare_(*a))[1])
    easel = Easel(spec)
    points = tuple((0.1 * i, 0.5) for i in range(8))
    for count in range(1, 9):
        (tensor,), _ = easel.inputs(picture, (Stroke("blur", points[:count], 0.1, (0, 0, 0), False),))
    assert len(made) == len(prepared) == 1
    other = picture[::-1].copy()
    easel.inputs(other, STROKES)
    assert len(made) == len(prepared) == 2
    (whole,), _ = Easel(spec).inputs(picture, (Stroke("blur", points, 0.1, (0, 0, 0)),))
    assert torch.equal(whole, tensor)


def test_the_example_can_be_painted_on(picture: np.ndarray) -> None:
    spec = spec_of(torch.rand(1, 3, 32, 40))
    easel = Easel(spec)
    (plain,), _ = easel.inputs(None)
    assert plain is spec.args[0] and easel.seen() is not None
    (tensor,), _ = easel.inputs(None, STROKES)
    assert (tensor != plain).any() and torch.equal(spec.args[0], plain)


def test_what_cannot_be_painted_on_says_so() -> None:
    easel = Easel(spec_of(torch.zeros(1, 10)))
    assert easel.inputs(None)[0][0].shape == (1, 10) and easel.seen() is None
    with pytest.raises(PictureError, match="Nobody can paint on the input of Nothing"):
        easel.inputs(None, STROKES)


def test_a_failed_picture_does_not_stay(picture: np.ndarray) -> None:
    def transform(image):
        if image.width == 70:
            raise ValueError("seventy")
        return torch.zeros(3, 32, 32)

    easel = Easel(spec_of(torch.zeros(1, 3, 32, 32), transform=transform))
    for _ in range(2):
        with pytest.raises(PictureError, match="seventy"):
            easel.inputs(picture)
    assert easel.inputs(np.zeros((9, 9, 3), np.uint8))[0][0].shape == (1, 3, 32, 32)


def test_remarks_on_channels(picture: np.ndarray) -> None:
    grey = np.repeat(picture[..., :1], 3, axis=2)
    one, three, four = (spec_of(torch.zeros(1, c, 8, 8)) for c in (1, 3, 4))
    assert "turned to grey" in remark_on(picture, one) and remark_on(grey, one) == ""
    assert remark_on(picture, three) == "" and "opacity" in remark_on(picture, four)
    assert remark_on(picture, spec_of(torch.zeros(1, 10))) == ""
