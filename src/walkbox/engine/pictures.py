"""Picture files and arrays, read into uint8 RGB.

Nothing is trusted: what cannot be decoded, or is absurdly large, becomes a :class:`PictureError` with the reason.
Reading needs no torch.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from walkbox.errors import PictureError

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE_PX",
    "LoadedPicture",
    "array_to_rgb",
    "read_picture",
    "reduced",
    "to_rgb",
]

MAX_PIXELS = 100_000_000
"""Files with more pixels are refused before they are decoded."""

MAX_SIDE_PX = 2048
"""Larger pictures are reduced to this longer side."""

_CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class LoadedPicture:
    """A picture from outside.

    Attributes:
        pixels: uint8 (H, W, 3), sRGB, row 0 on top.
        name: the file's name without its ending, or the index in the data set.
        label: the class that the source gives, or an empty string.
        path: the file, or an empty string.
    """

    pixels: np.ndarray
    name: str
    label: str = ""
    path: str = ""


def read_picture(path: str | os.PathLike[str], side_px: int = MAX_SIDE_PX) -> np.ndarray:
    """Decode a file to uint8 (H, W, 3), upright, at most *side_px* wide and high.

    Raises:
        PictureError: it does not exist, is no picture, is broken, or is too large to be decoded safely.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
        with image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise PictureError(
                    f"{path} has {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are decoded."
                    " Make it smaller first."
                )
            image.draft("RGB", (side_px, side_px))  # JPEG: decoded small
            return to_rgb(image, side_px)
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{path} claims to have too many pixels to be decoded safely ({error}); at most"
            f" {MAX_PIXELS // 1_000_000} million are decoded."
        ) from error
    except Exception as error:  # decoders raise whatever they like for broken files
        raise PictureError(
            f"{path} cannot be read as a picture ({type(error).__name__}: {error}). Expected PNG, JPEG, WebP or another"
            " format that Pillow reads."
        ) from error


def reduced(pixels: np.ndarray, side_px: int) -> np.ndarray:
    """uint8 (H, W, 3) at most *side_px* wide and high; the same array where it is no larger."""
    if max(pixels.shape[:2]) <= side_px:
        return pixels
    image = Image.fromarray(pixels)
    image.thumbnail((side_px, side_px))
    return np.array(image)


def to_rgb(image: Image.Image, side_px: int = MAX_SIDE_PX) -> np.ndarray:
    """uint8 (H, W, 3) of any Pillow picture: turned upright, its first frame, 16 bits to 8, transparency over white,
    at most *side_px* wide and high.
    """
    image.seek(0)
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
        step = -(-max(image.size) // max(side_px, 1))
        values = np.asarray(image)[::step, ::step].astype(np.float64)  # eight bytes a pixel
        if mode == "F" or values.min() < 0 or values.max() > 65535:
            values = _stretched(values)
        else:
            values = values / 257
        upright = ImageOps.exif_transpose(Image.fromarray(values.round().astype(np.uint8)))
        image = upright.convert("RGB")
    else:
        if max(image.size) > side_px:
            # The caller's stays as it is; colours of a palette cannot be averaged by their numbers.
            image = image.convert("RGBA") if mode in ("P", "PA", "1") else image.copy()
            image.thumbnail((side_px, side_px))
        image = ImageOps.exif_transpose(image)
        if "transparency" in image.info or image.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
            image = image.convert("RGBA")
            ground = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(ground, image)
        image = image.convert("RGB")
    image.thumbnail((side_px, side_px))
    return np.array(image)


def array_to_rgb(values: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) of an array (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 channels.

    Floats of 0 to 1 are taken as they are, others are stretched from their minimum to their maximum.

    Raises:
        PictureError: for another shape, or no numbers.
    """
    shape = values.shape
    channels_last = values.ndim == 3 and shape[2] in _CHANNELS
    # Where both ends could be channels: tensors have them first, pictures last.
    if values.ndim == 3 and shape[0] in _CHANNELS and (not channels_last or values.dtype.kind == "f"):
        values = values.transpose(1, 2, 0)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in _CHANNELS or not values.size:
        raise PictureError(
            f"An array of shape {shape} is no picture: expected (H, W), (H, W, C) or (C, H, W) with C 1, 3 or 4."
        )
    if values.dtype.kind not in "buif":
        raise PictureError(f"An array of {values.dtype} is no picture: numbers were expected.")
    if values.dtype != np.uint8:
        values = values.astype(np.float64)
        known = values[~np.isnan(values)]
        inside = not known.size or (known.min() >= 0 and known.max() <= 1)
        values = np.nan_to_num(values * 255 if inside else _stretched(values)).round().astype(np.uint8)
    if values.shape[2] == 1:
        values = values.repeat(3, axis=2)
    if values.shape[2] == 4:
        return to_rgb(Image.fromarray(np.ascontiguousarray(values), "RGBA"))
    return np.ascontiguousarray(values)


def _stretched(values: np.ndarray) -> np.ndarray:
    """float64 0..255, from the smallest to the largest finite value."""
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 1.0)
    stretched = (values - low) / (high - low or 1.0) * 255
    return np.nan_to_num(stretched, posinf=255.0, neginf=0.0).clip(0, 255)
