"""Pictures as model inputs: where in the example a picture goes, and how it gets there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from PIL import Image

from walkbox.engine.pictures import array_to_rgb
from walkbox.errors import PictureError

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = [
    "PictureSlot",
    "SeenInput",
    "normalisation",
    "picture_slot",
    "prepare",
    "remark_on",
    "seen_input",
    "shown",
    "takes_pictures",
]

_CHANNELS = (1, 3, 4)
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_Path = tuple[int | str, ...]


@dataclass(frozen=True)
class PictureSlot:
    """The argument that takes pictures.

    Attributes:
        path: where it is in ``(args, kwargs)``: 0 or 1, then indices and keys.
        example: the tensor that stands there.
        order: its dimensions, a letter each: N batch, T frames, C channels, H rows, W columns; empty when it has no
            picture's shape and only the model file's own ``transform`` can fill it.
    """

    path: _Path
    example: torch.Tensor
    order: Literal["NCHW", "NHWC", "CHW", "HWC", "NCTHW", "NTCHW", ""]

    def size(self, letter: str) -> int:
        """Size of a dimension, 1 where there is none of that letter."""
        return self.example.shape[self.order.index(letter)] if letter in self.order else 1


def picture_slot(spec: ModelSpec) -> PictureSlot:
    """The first argument of the example that has a picture's shape.

    Raises:
        PictureError: when there is none.
    """
    tensors = list(_tensors((spec.args, spec.kwargs)))
    for path, tensor in tensors:
        if order := order_of(tensor):
            return PictureSlot(path, tensor, order)
    for path, tensor in tensors:
        if spec.transform is not None and tensor.is_floating_point():
            return PictureSlot(path, tensor, "")
    shapes = ", ".join(f"{tuple(t.shape)} {str(t.dtype).removeprefix('torch.')}" for _, t in tensors) or "no tensor"
    raise PictureError(
        f"{spec.title} takes no picture: its example holds {shapes}. A picture needs a float or uint8 argument of shape"
        " (N, C, H, W) with 1, 3 or 4 channels, or a `transform` in the model file that makes another one."
    )


def takes_pictures(spec: ModelSpec) -> bool:
    """Some argument of the model can be made from a picture."""
    try:
        picture_slot(spec)
    except PictureError:
        return False
    return True


def prepare(picture: np.ndarray, spec: ModelSpec) -> tuple[tuple[Any, ...], dict[str, Any], torch.Tensor]:
    """The example's arguments with a picture in place of its picture-like one.

    The model file's ``transform`` makes the input where there is one. Otherwise the shorter side is resized to fill the
    example's height and width, the centre is cut out, channels become grey, RGB or RGBA, values 0..1, then mean and std
    are applied (uint8 inputs keep 0..255). A batch, or the frames of a video, repeat the picture.

    Args:
        picture: uint8 (H, W, 3).
        spec: of the loaded model; not changed.

    Returns:
        args, kwargs, and the input tensor that was put among them.

    Raises:
        PictureError: the model takes no picture, or the transform failed.
    """
    slot = picture_slot(spec)
    example = slot.example
    image = Image.fromarray(np.ascontiguousarray(picture, dtype=np.uint8), "RGB")
    made = _transformed(image, spec, slot) if spec.transform is not None else _fitted(image, spec, slot)
    tensor = made.to(device=example.device, dtype=example.dtype)
    args, kwargs = with_tensor((spec.args, spec.kwargs), slot.path, tensor)
    return args, kwargs, tensor


@dataclass(frozen=True)
class SeenInput:
    """An input as a picture, and the way back.

    Attributes:
        pixels: uint8 (H, W, 3), the first of a batch, its normalisation undone.
        order: dimensions of the tensor, as in :class:`PictureSlot`.
        low, high: (C, 1, 1), the values that byte 0 and byte 255 stand for.
    """

    pixels: np.ndarray
    order: str
    low: torch.Tensor
    high: torch.Tensor

    def with_pixels(self, tensor: torch.Tensor, pixels: np.ndarray) -> torch.Tensor:
        """A copy of the input in which pixels, uint8 (H, W, 3), that differ have their values, all others stay."""
        differ = torch.from_numpy((pixels != self.pixels).any(axis=-1))
        image = Image.fromarray(pixels[differ.numpy()][None], "RGB").convert(_MODES[len(self.low)])
        shares = torch.from_numpy(np.array(image).reshape(-1, len(self.low))).to(torch.float32).T / 255
        values = self.low[:, 0] + shares * (self.high - self.low)[:, 0]
        changed = tensor.clone()
        ends = tuple(self.order.index(letter) for letter in "CHW")
        target = changed.movedim(ends, (-3, -2, -1))
        target[..., differ.to(tensor.device)] = values.to(tensor.device, tensor.dtype)
        return changed


def seen_input(spec: ModelSpec, tensor: torch.Tensor) -> SeenInput | None:
    """What the model sees in an input; None where it takes no picture.

    Values that do not lie in 0..1 when the normalisation is undone (noise, an unknown normalisation) are stretched from
    minimum to maximum.
    """
    try:
        slot = picture_slot(spec)
    except PictureError:
        return None
    order = whole = order_of(tensor)
    if not slot.order or not order:
        return None
    values = tensor.detach()
    for letter in "NT":
        if letter in order:
            values = values.select(order.index(letter), 0)
            order = order.replace(letter, "")
    values = values.movedim(order.index("C"), 0).to("cpu")
    zero, one = torch.zeros(len(values), 1, 1), torch.ones(len(values), 1, 1)
    if values.dtype == torch.uint8:
        return SeenInput(array_to_rgb(values.movedim(0, -1).numpy()), whole, zero, 255 * one)
    values = values.to(torch.float32)
    try:
        mean, std = _normalisation(spec, len(values))
    except PictureError:
        mean = std = None
    low, high = zero, one
    if mean is not None and std is not None:
        undone = values * std + mean
        # A little ringing of the resampling filter is cut off; noise is not.
        if bool(torch.isfinite(undone).all()) and float(undone.min()) > -0.1 and float(undone.max()) < 1.1:
            values = undone.clamp(0, 1)
            low, high = -mean / std, (1 - mean) / std
    known = values[values.isfinite()]
    if known.numel() and (float(known.min()) < 0 or float(known.max()) > 1):
        low, high = known.min() * one, known.max() * one
    return SeenInput(array_to_rgb(values.movedim(0, -1).numpy()), whole, low, high)


def shown(spec: ModelSpec, tensor: torch.Tensor) -> np.ndarray | None:
    """The pixels of :func:`seen_input`."""
    seen = seen_input(spec, tensor)
    return None if seen is None else seen.pixels


def remark_on(picture: np.ndarray, spec: ModelSpec) -> str:
    """What is done to a picture before the model sees it that a person may not expect, a sentence; else empty."""
    try:
        slot = picture_slot(spec)
    except PictureError:
        return ""
    if slot.size("C") == 1 and slot.order and spec.transform is None:
        grey = bool((picture[..., :1] == picture).all())
        return "" if grey else f"{spec.title} takes pictures of one channel: colours are turned to grey."
    if slot.size("C") == 4 and slot.order and spec.transform is None:
        return f"{spec.title} takes pictures of four channels: the fourth, opacity, is full everywhere."
    return ""


def tensor_at(inputs: Any, path: _Path) -> torch.Tensor:
    """What stands at the path of a :class:`PictureSlot` in ``(args, kwargs)``."""
    for key in path:
        inputs = inputs[key]
    return inputs


def order_of(tensor: torch.Tensor) -> Literal["NCHW", "NHWC", "CHW", "HWC", "NCTHW", "NTCHW", ""]:
    """The dimensions of a picture's tensor as in :class:`PictureSlot`; empty where its shape is no picture's."""
    if not (tensor.is_floating_point() or tensor.dtype == torch.uint8) or not tensor.numel():
        return ""
    shape = tensor.shape
    if len(shape) == 4:
        return "NCHW" if shape[1] in _CHANNELS else "NHWC" if shape[3] in _CHANNELS else ""
    if len(shape) == 3 and min(shape[1:]) > 1 and shape[0] in _CHANNELS:
        return "CHW"
    if len(shape) == 3 and shape[2] in _CHANNELS:
        return "HWC"
    if len(shape) == 5:
        return "NCTHW" if shape[1] == 3 else "NTCHW" if shape[2] == 3 else ""
    return ""


def _fitted(image: Image.Image, spec: ModelSpec, slot: PictureSlot) -> torch.Tensor:
    """Resized, cut, normalised, in the example's shape."""
    height, width, channels = slot.size("H"), slot.size("W"), slot.size("C")
    factor = max(height / image.height, width / image.width)
    size = max(width, round(image.width * factor)), max(height, round(image.height * factor))
    if size != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BILINEAR)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    image = image.crop((left, top, left + width, top + height)).convert(_MODES[channels])
    pixels = torch.from_numpy(np.array(image).reshape(height, width, channels)).movedim(-1, 0)
    if slot.example.dtype != torch.uint8:
        pixels = pixels.to(torch.float32) / 255
        mean, std = _normalisation(spec, channels)
        if mean is not None and std is not None:
            pixels = (pixels - mean) / std
    kept = [letter for letter in slot.order if letter in "CHW"]
    pixels = pixels.permute(*("CHW".index(letter) for letter in kept))
    for at, letter in enumerate(slot.order):
        if letter in "NT":
            pixels = pixels.unsqueeze(at)
    return pixels.expand(slot.example.shape).contiguous()


def _transformed(image: Image.Image, spec: ModelSpec, slot: PictureSlot) -> torch.Tensor:
    assert spec.transform is not None
    name = getattr(spec.transform, "__name__", type(spec.transform).__name__)
    try:
        made = spec.transform(image)
    except Exception as error:  # the user's own code
        raise PictureError(
            f"The model file's transform {name} raised {type(error).__name__} for a picture of {image.width} x"
            f" {image.height}: {error}"
        ) from error
    if isinstance(made, np.ndarray):
        made = torch.from_numpy(made)
    if not isinstance(made, torch.Tensor):
        raise PictureError(f"The model file's transform {name} gave a {type(made).__name__}; a tensor was expected.")
    wanted = slot.example.shape
    if made.ndim == len(wanted) - 1:
        made = made.unsqueeze(0)
    if made.ndim != len(wanted):
        raise PictureError(
            f"The model file's transform {name} gave a tensor of shape {tuple(made.shape)}; the example's is"
            f" {tuple(wanted)}, with or without its first dimension."
        )
    if made.shape[0] == 1 != wanted[0]:
        made = made.expand(wanted[0], *made.shape[1:])
    return made.contiguous()


def normalisation(spec: ModelSpec) -> tuple[Any, Any]:
    """Mean and std, as they were given: the model file's, or those of a Normalize step in its transform; else None."""
    mean, std = spec.mean, spec.std
    if spec.transform is not None:
        for step in getattr(spec.transform, "transforms", [spec.transform]):
            if hasattr(step, "mean") and hasattr(step, "std"):
                mean, std = step.mean, step.std
    return mean, std


def _normalisation(spec: ModelSpec, channels: int) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """The same as (C, 1, 1) float32."""
    mean, std = normalisation(spec)
    if mean is None and std is None:
        return None, None
    return _per_channel(0.0 if mean is None else mean, channels), _per_channel(1.0 if std is None else std, channels)


def _per_channel(values: Any, channels: int) -> torch.Tensor:
    tensor = torch.as_tensor(values, dtype=torch.float32).flatten().cpu()
    if len(tensor) not in (1, channels):
        raise PictureError(
            f"The model file's mean and std have {len(tensor)} values, but its input has {channels} channels."
        )
    return tensor.expand(channels).reshape(channels, 1, 1)


def _tensors(tree: Any, path: _Path = ()) -> Iterator[tuple[_Path, torch.Tensor]]:
    if isinstance(tree, torch.Tensor):
        yield path, tree
    elif isinstance(tree, (tuple, list)):
        for index, item in enumerate(tree):
            yield from _tensors(item, (*path, index))
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from _tensors(item, (*path, key))


def with_tensor(tree: Any, path: _Path, tensor: torch.Tensor) -> Any:
    """A copy of nested tuples, lists and dicts with another tensor at *path*."""
    if not path:
        return tensor
    key, rest = path[0], path[1:]
    if isinstance(tree, dict):
        return {**tree, key: with_tensor(tree[key], rest, tensor)}
    assert isinstance(key, int)
    items = [with_tensor(item, rest, tensor) if i == key else item for i, item in enumerate(tree)]
    return tree._make(items) if hasattr(tree, "_make") else type(tree)(items)
