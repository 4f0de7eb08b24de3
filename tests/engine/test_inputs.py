from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from walkbox.capture.spec import ModelSpec
from walkbox.engine.inputs import prepare, shown
from walkbox.errors import PictureError

RED = np.full((40, 60, 3), (255, 0, 0), np.uint8)


def spec(*args: Any, **fields: Any) -> ModelSpec:
    return ModelSpec(nn.Identity(), "Test", args, **fields)


@pytest.mark.parametrize(
    ("shape", "pick"),
    [
        ((1, 3, 8, 10), lambda t: t[0]),
        ((4, 3, 8, 10), lambda t: t[3]),
        ((1, 8, 10, 3), lambda t: t[0].permute(2, 0, 1)),
        ((3, 8, 10), lambda t: t),
        ((8, 10, 3), lambda t: t.permute(2, 0, 1)),
        ((1, 3, 5, 8, 10), lambda t: t[0, :, 4]),
        ((1, 5, 3, 8, 10), lambda t: t[0, 4]),
    ],
)
def test_a_picture_takes_the_examples_shape(shape: tuple[int, ...], pick) -> None:
    args, kwargs, tensor = prepare(RED, spec(torch.zeros(shape)))
    assert args[0] is tensor and kwargs == {} and tensor.shape == shape and tensor.dtype == torch.float32
    channels = pick(tensor)
    assert (channels[0] == 1).all() and (channels[1:] == 0).all()


def test_channels() -> None:
    grey = prepare(RED, spec(torch.zeros(1, 1, 8, 8)))[2]
    assert grey.unique().numel() == 1 and 0.25 < float(grey[0, 0, 0, 0]) < 0.35
    rgba = prepare(RED, spec(torch.zeros(1, 4, 8, 8)))[2]
    assert rgba[0, :, 0, 0].tolist() == [1, 0, 0, 1]


def test_the_centre_is_cut_out_of_the_longer_side() -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    assert (prepare(pixels, spec(torch.zeros(1, 3, 20, 20)))[2] == 1).all()
    tall = prepare(pixels.transpose(1, 0, 2), spec(torch.zeros(1, 3, 10, 10)))[2]
    assert tall[0, :, 1:9].min() > 0.95


def test_mean_std_and_dtype() -> None:
    given = spec(torch.zeros(1, 3, 8, 8, dtype=torch.float16), mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    tensor = prepare(RED, given)[2]
    assert tensor.dtype == torch.float16 and tensor[0, :, 0, 0].tolist() == [1, -1, 0]
    np.testing.assert_array_equal(shown(given, tensor), RED[:8, :8])
    whole = prepare(RED, spec(torch.zeros(1, 3, 8, 8, dtype=torch.uint8), mean=(0.5,) * 3))[2]
    assert whole.dtype == torch.uint8 and whole[0, :, 0, 0].tolist() == [255, 0, 0]


def test_the_files_own_transform_is_used() -> None:
    seen: list[Any] = []

    def transform(image: Image.Image) -> torch.Tensor:
        seen.append(image)
        return torch.full((3, 6, 6), 0.5)

    tensor = prepare(RED, spec(torch.zeros(2, 3, 8, 8), transform=transform))[2]
    assert isinstance(seen[0], Image.Image) and seen[0].size == (60, 40) and seen[0].mode == "RGB"
    assert tensor.shape == (2, 3, 6, 6), "its size is the transform's business; the batch is the example's"
    flat = prepare(RED, spec(torch.zeros(1, 36), transform=lambda image: torch.zeros(36)))[2]
    assert flat.shape == (1, 36)


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (lambda image: 1 / 0, "ZeroDivisionError"),
        (lambda image: image, "gave a Image"),
        (lambda image: torch.zeros(4), r"shape \(4,\)"),
    ],
)
def test_a_transform_that_fails_says_how(transform, message: str) -> None:
    with pytest.raises(PictureError, match=message):
        prepare(RED, spec(torch.zeros(1, 3, 8, 8), transform=transform))


@pytest.mark.parametrize(
    "example",
    [torch.zeros(1, 10), torch.zeros(1, 7, 8, 8), torch.zeros(1, 12, dtype=torch.int64), torch.zeros(1, 1, 9, 8, 8)],
)
def test_models_that_take_no_picture_say_so(example: torch.Tensor) -> None:
    with pytest.raises(PictureError, match="takes no picture"):
        prepare(RED, spec(example))
    assert shown(spec(example), example) is None


def test_the_picture_goes_where_the_picture_is() -> None:
    mask, image = torch.zeros(1, 5, dtype=torch.bool), torch.zeros(1, 3, 8, 8)
    given = ModelSpec(nn.Identity(), "Test", (mask, [1, image]), {"scale": 2.0})
    args, kwargs, tensor = prepare(RED, given)
    assert args[0] is mask and args[1][0] == 1 and args[1][1] is tensor and kwargs == {"scale": 2.0}
    assert given.args[1][1] is image, "the example stays"
    args, kwargs, tensor = prepare(RED, ModelSpec(nn.Identity(), "Test", (), {"ids": mask, "pixel_values": image}))
    assert kwargs["pixel_values"] is tensor and kwargs["ids"] is mask


def test_noise_is_shown_stretched() -> None:
    noise = torch.randn(1, 3, 9, 9) * 40
    pixels = shown(spec(noise, mean=(0.5,) * 3, std=(0.2,) * 3), noise)
    assert pixels is not None and pixels.shape == (9, 9, 3) and pixels.min() == 0 and pixels.max() == 255


def test_a_normalise_step_of_a_transform_is_undone() -> None:
    class Normalize:
        mean, std = (0.5,) * 3, (0.5,) * 3

        def __call__(self, image: Image.Image) -> torch.Tensor:
            return (torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255 - 0.5) / 0.5

    given = spec(torch.zeros(1, 3, 40, 60), transform=Normalize())
    np.testing.assert_array_equal(shown(given, prepare(RED, given)[2]), RED)
