"""The picture in the input frame as the model gets it, with what has been painted on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from walkbox.brush import Canvas, Stroke
from walkbox.engine.inputs import SeenInput, picture_slot, prepare, remark_on, seen_input, takes_pictures, with_tensor
from walkbox.errors import PictureError

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec

__all__ = ["Easel"]


class Easel:
    """Makes inputs of pictures. It keeps the newest one: a stroke changes only the values that it touches.

    Strokes are painted on what the model sees (resized, cut), so that what is shown is what is fed, whatever the model
    file's ``transform`` does. All methods on one thread.

    Args:
        spec: of the loaded model; not changed.
    """

    def __init__(self, spec: ModelSpec):
        self._spec = spec
        self._picture: np.ndarray | None = None
        self._made = False
        self._inputs: tuple[tuple[Any, ...], dict[str, Any]] = (spec.args, spec.kwargs)
        self._whole: torch.Tensor | None = None
        self._remark = ""
        self._seen: SeenInput | None = None
        self._canvas: Canvas | None = None
        self._pixels: np.ndarray | None = None
        self._tensor: torch.Tensor | None = None

    def inputs(
        self, picture: np.ndarray | None, strokes: tuple[Stroke, ...] = ()
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Args and kwargs for the model.

        Args:
            picture: uint8 (H, W, 3); None for the model's example.
            strokes: what was painted on it.

        Raises:
            PictureError: the model takes no picture, its transform failed, or its input cannot be painted on.
        """
        if picture is not self._picture or not self._made:
            self._made, self._seen, self._canvas = False, None, None
            spec, self._picture, self._remark = self._spec, picture, ""
            if picture is None:
                self._inputs = spec.args, spec.kwargs
                self._whole = picture_slot(spec).example if takes_pictures(spec) else None
            else:
                args, kwargs, self._whole = prepare(picture, spec)
                self._inputs, self._remark = (args, kwargs), remark_on(picture, spec)
            self._made = True
        self._tensor = tensor = self._whole
        self._pixels = None
        if not strokes:
            return self._inputs
        if self._canvas is None:
            self._seen = None if tensor is None else seen_input(self._spec, tensor)
            if self._seen is None:
                raise PictureError(
                    f"Nobody can paint on the input of {self._spec.title}: it has no picture's shape. A float or uint8"
                    " input of shape (N, C, H, W) with 1, 3 or 4 channels was expected."
                )
            self._canvas = Canvas(self._seen.pixels)
        assert self._seen is not None and tensor is not None
        self._pixels = self._canvas.paint(strokes)
        self._tensor = self._seen.with_pixels(tensor, self._pixels)
        args, kwargs = with_tensor(self._inputs, picture_slot(self._spec).path, self._tensor)
        return args, kwargs

    def seen(self) -> np.ndarray | None:
        """uint8 (H, W, 3) of what the model sees in the newest input; None where it takes no picture."""
        if self._pixels is not None or self._tensor is None:
            return self._pixels
        if self._seen is None:
            self._seen = seen_input(self._spec, self._tensor)
        return None if self._seen is None else self._seen.pixels

    @property
    def remark(self) -> str:
        """What was done to the newest picture that a person may not expect, or an empty string."""
        return self._remark
