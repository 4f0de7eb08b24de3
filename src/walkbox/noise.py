"""Pictures of noise: the same kind, seed and size give the same bytes."""

from __future__ import annotations

import numpy as np

from walkbox.errors import PictureError, nearest

__all__ = ["MAX_NOISE_PX", "NOISES", "noise", "noise_name"]

NOISES = ("gaussian", "uniform", "pink", "checkerboard", "solid")
"""Normal about middle grey; all bytes equally often; 1/f as in photographs; squares of two colours; one colour."""

MAX_NOISE_PX = 4096

_TITLES = {
    "gaussian": "Gaussian noise",
    "uniform": "Uniform noise",
    "pink": "1/f noise",
    "checkerboard": "Checkerboard",
    "solid": "Solid colour",
}
_SPREAD = 42.0  # standard deviation of Gaussian and 1/f noise: three of them are half of the range


def noise_name(kind: str, seed: int) -> str:
    """What to write under it: ``Gaussian noise, seed 7``."""
    return f"{_TITLES[kind]}, seed {seed}"


def noise(kind: str, size_px: tuple[int, int], seed: int, colour: bool = True) -> np.ndarray:
    """uint8 (H, W, 3).

    Args:
        kind: a name of :data:`NOISES`.
        size_px: width and height.
        seed: of PCG64; 0 or more.
        colour: each channel on its own, else grey.

    Raises:
        PictureError: a kind that does not exist, a size or a seed out of range.
    """
    if kind not in NOISES:
        raise PictureError(f"There is no noise {kind!r}. {nearest(kind, NOISES)} There are: {', '.join(NOISES)}.")
    width, height = size_px
    if not (0 < width <= MAX_NOISE_PX and 0 < height <= MAX_NOISE_PX):
        raise PictureError(f"Noise of {width} x {height} pixels; 1 to {MAX_NOISE_PX} each were expected.")
    if seed < 0:
        raise PictureError(f"The seed of a noise is {seed}; 0 or more was expected.")
    generator = np.random.Generator(np.random.PCG64(seed))
    made = _MAKERS[kind](generator, height, width, 3 if colour else 1)
    return np.array(np.broadcast_to(made, (height, width, 3)), order="C")


def _gaussian(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    return _bytes(127.5 + _SPREAD * generator.standard_normal((height, width, channels)))


def _uniform(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    return generator.integers(0, 256, (height, width, channels), dtype=np.uint8)


def _pink(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    """White noise whose amplitudes are divided by the frequency."""
    white = generator.standard_normal((height, width, channels))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = np.inf  # no mean
    spectrum = np.fft.rfft2(white, axes=(0, 1)) / frequency[..., None]
    values = np.fft.irfft2(spectrum, s=(height, width), axes=(0, 1))
    spread = values.std(axis=(0, 1))
    return _bytes(127.5 + _SPREAD * values / np.where(spread > 0, spread, 1.0))


def _checkerboard(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    """Squares of a size and in two colours that the seed chooses."""
    side = max(1, min(height, width) // int(generator.integers(4, 17)))
    first = generator.integers(0, 256, channels)
    second = (first + 128) % 256
    odd = (np.arange(height)[:, None] // side + np.arange(width)[None, :] // side) % 2 == 1
    return np.where(odd[..., None], second, first).astype(np.uint8)


def _solid(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    return np.broadcast_to(generator.integers(0, 256, channels, dtype=np.uint8), (height, width, channels))


def _bytes(values: np.ndarray) -> np.ndarray:
    """Rounded; what is out of range is cut off, not wrapped."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


_MAKERS = {
    "gaussian": _gaussian,
    "uniform": _uniform,
    "pink": _pink,
    "checkerboard": _checkerboard,
    "solid": _solid,
}
