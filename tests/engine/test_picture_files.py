from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from walkbox.engine.pictures import MAX_SIDE_PX, array_to_rgb, read_picture
from walkbox.errors import PictureError


def save(path: Path, image: Image.Image, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def solid(mode: str, colour, size=(12, 8)) -> Image.Image:
    return Image.new(mode, size, colour)


@pytest.mark.parametrize(
    ("mode", "colour", "ending", "expected"),
    [
        ("RGB", (200, 100, 50), "png", (200, 100, 50)),
        ("L", 77, "png", (77, 77, 77)),
        ("1", 1, "png", (255, 255, 255)),
        ("RGBA", (255, 0, 0, 0), "png", (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), "png", (255, 0, 0)),
        ("LA", (0, 0), "png", (255, 255, 255)),
        ("I;16", 257 * 128, "png", (128, 128, 128)),
        ("I;16", 65535, "tiff", (255, 255, 255)),
        ("CMYK", (0, 255, 255, 0), "jpg", (255, 0, 0)),
        ("F", 3.5, "tiff", (0, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str, colour, ending: str, expected) -> None:
    pixels = read_picture(save(tmp_path / f"a.{ending}", solid(mode, colour)))
    assert pixels.shape == (8, 12, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - expected).max() <= 3


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = solid("P", 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    pixels = read_picture(save(tmp_path / "a.png", image, transparency=0))
    assert (pixels == 255).all()


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    first, second = solid("RGB", (255, 0, 0)), solid("RGB", (0, 0, 255))
    pixels = read_picture(save(tmp_path / "a.gif", first, save_all=True, append_images=[second]))
    assert tuple(pixels[0, 0]) == (255, 0, 0)


def test_pictures_are_turned_upright(tmp_path: Path) -> None:
    image = solid("RGB", (0, 0, 0), size=(40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(save(tmp_path / "a.jpg", image, exif=exif)).shape == (40, 20, 3)


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_large_pictures_are_reduced(tmp_path: Path, ending: str) -> None:
    pixels = read_picture(save(tmp_path / f"a.{ending}", solid("RGB", (9, 9, 9), size=(5000, 1000))))
    assert pixels.shape[1] <= MAX_SIDE_PX and pixels.shape[1] / pixels.shape[0] == pytest.approx(5, rel=0.01)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(12_000, 10_000), (60_000, 60_000)])
@pytest.mark.filterwarnings("error")
def test_decompression_bombs_are_refused_before_decoding(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(*size))
    with pytest.raises(PictureError, match="100 million"):
        read_picture(path)


def test_what_is_no_picture_is_refused_with_the_reason(tmp_path: Path) -> None:
    text = tmp_path / "a.png"
    text.write_text("not a picture")
    with pytest.raises(PictureError, match="cannot be read as a picture"):
        read_picture(text)
    whole = save(tmp_path / "b.png", Image.effect_noise((64, 64), 50)).read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureError, match=r"half\.png"):
        read_picture(tmp_path / "half.png")
    with pytest.raises(PictureError, match="does not exist"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(PictureError):
        read_picture(tmp_path)


def test_arrays() -> None:
    noise = np.random.default_rng(0).normal(size=(3, 6, 7)).astype(np.float32)
    noise[0, 0, 0] = np.nan
    pixels = array_to_rgb(noise)
    assert pixels.shape == (6, 7, 3) and pixels.max() == 255
    with pytest.raises(PictureError, match="is no picture"):
        array_to_rgb(np.zeros((2, 6, 7, 7)))


@pytest.mark.parametrize(
    ("mode", "ending"), [("I;16", "png"), ("F", "tiff"), ("P", "png"), ("CMYK", "jpg"), ("RGBA", "png")]
)
def test_thumbnails_of_every_mode_are_small(tmp_path: Path, mode: str, ending: str) -> None:
    path = save(tmp_path / f"a.{ending}", Image.new(mode, (900, 300)))
    small = read_picture(path, 128)
    assert small.dtype == np.uint8 and small.shape[2] == 3 and 64 < max(small.shape[:2]) <= 128
    assert small.shape[1] / small.shape[0] == pytest.approx(3, rel=0.05)


def test_a_palette_is_averaged_by_its_colours_not_their_numbers(tmp_path: Path) -> None:
    image = Image.new("P", (400, 400))
    image.putpalette([255, 0, 0, 0, 0, 255, 0, 255, 0])  # red, blue, green
    image.putdata([2 * ((x + y) % 2) for y in range(400) for x in range(400)])  # red and green in turn
    small = read_picture(save(tmp_path / "a.png", image), 100).astype(int)
    assert np.abs(small - (128, 128, 0)).max() < 12, "never blue"
