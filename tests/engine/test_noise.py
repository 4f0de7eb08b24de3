from __future__ import annotations

import hashlib

import numpy as np
import pytest

from walkbox.errors import PictureError
from walkbox.noise import NOISES, noise, noise_name


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("colour", [True, False])
def test_noise_is_repeatable_and_depends_on_its_seed(kind: str, colour: bool) -> None:
    made = noise(kind, (40, 30), 7, colour)
    assert made.shape == (30, 40, 3) and made.dtype == np.uint8 and made.flags.c_contiguous and made.flags.writeable
    np.testing.assert_array_equal(made, noise(kind, (40, 30), 7, colour))
    assert (made != noise(kind, (40, 30), 8, colour)).any()
    grey = bool((made[..., :1] == made).all())
    assert grey is not colour
    assert noise(kind, (1, 1), 3, colour).shape == (1, 1, 3)
    assert noise(kind, (7, 2), 3, colour).shape == (2, 7, 3)


def test_the_same_bytes_as_ever() -> None:
    """A seed that somebody wrote down makes the same picture in a later version."""
    known = {kind: hashlib.sha256(noise(kind, (32, 24), 7).tobytes()).hexdigest()[:12] for kind in NOISES}
    assert (
        known["uniform"] == "e791e82dcb71"
        and known["checkerboard"] == "20e950ad5a62"
        and known["solid"] == "ad6afecce16d"
    )


def test_what_the_kinds_look_like() -> None:
    gaussian, uniform, pink, checker, solid = (noise(kind, (256, 256), 5).astype(float) for kind in NOISES)
    assert gaussian.mean() == pytest.approx(127.5, abs=1) and gaussian.std() == pytest.approx(42, abs=1)
    assert uniform.mean() == pytest.approx(127.5, abs=1) and uniform.std() == pytest.approx(73.9, abs=1)
    assert pink.mean() == pytest.approx(127.5, abs=2) and pink.std() == pytest.approx(42, abs=2)
    assert len(np.unique(checker.reshape(-1, 3), axis=0)) == 2 and len(np.unique(solid.reshape(-1, 3), axis=0)) == 1
    side = int(np.flatnonzero((np.diff(checker[0], axis=0) != 0).any(axis=1))[0]) + 1
    np.testing.assert_array_equal(checker[:side, :side], checker[side : 2 * side, side : 2 * side])
    assert (checker[:side, :side] != checker[:side, side : 2 * side]).any()


def test_pink_noise_falls_with_the_frequency_and_white_noise_does_not() -> None:
    def slope(kind: str) -> float:
        power = np.mean([np.abs(np.fft.rfft2(noise(kind, (256, 256), seed)[..., 0])) ** 2 for seed in range(4)], axis=0)
        radius = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None, :]) * 256
        bands = [(4, 8), (8, 16), (16, 32), (32, 64)]
        means = [power[(radius >= a) & (radius < b)].mean() for a, b in bands]
        return float(np.polyfit(np.log([a for a, _ in bands]), np.log(means), 1)[0])

    assert slope("pink") == pytest.approx(-2, abs=0.15)
    assert slope("gaussian") == pytest.approx(0, abs=0.1) and slope("uniform") == pytest.approx(0, abs=0.1)


def test_wrong_orders_are_refused() -> None:
    with pytest.raises(PictureError, match=r"no noise 'gausian'. Did you mean 'gaussian'"):
        noise("gausian", (4, 4), 1)
    with pytest.raises(PictureError, match="0 x 4 pixels"):
        noise("gaussian", (0, 4), 1)
    with pytest.raises(PictureError, match="90000 x 4"):
        noise("gaussian", (90_000, 4), 1)
    with pytest.raises(PictureError, match="seed of a noise is -1"):
        noise("gaussian", (4, 4), -1)
    assert noise_name("pink", 12) == "1/f noise, seed 12"
