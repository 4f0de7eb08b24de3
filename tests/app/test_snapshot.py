"""``walkbox snapshot`` and ``walkbox run`` as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from walkbox.cli.main import main


def test_equal_commands_give_equal_bytes(model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = [tmp_path / "one.png", tmp_path / "two.png"]
    for file in files:
        assert main(["snapshot", str(model_file), "-o", str(file), "--size", "320x180"]) == 0
    assert capsys.readouterr().out.split() == [str(f) for f in files]
    assert files[0].read_bytes() == files[1].read_bytes()
    with Image.open(files[0]) as image:
        assert image.size == (320, 180)


def test_layer_eye_image_layout_and_colour_change_the_picture(model_file: Path, tmp_path: Path):
    pictures = []
    for number, words in enumerate(
        (
            [],
            ["--layer", "conv"],
            ["--eye", "1,1.7,3", "--look-at", "0,1,-4"],
            ["--layer", "conv", "--image", str(tmp_path / "pictures" / "b bright.png")],
            ["--layer", "conv", "--colormap", "viridis"],
            ["--layout", "spiral"],
            ["--detail", "ops"],
        )
    ):
        file = tmp_path / f"{number}.png"
        assert main(["snapshot", str(model_file), "-o", str(file), "--size", "240x136", *words]) == 0
        pictures.append(file.read_bytes())
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["--layer", "conv9"], "Did you mean 'conv'", 1),
        (["--layout", "liner"], "Did you mean 'linear'", 1),
        (["--colormap", "virids"], "Did you mean 'viridis'", 1),
        (["--image", "no-such.png"], "no-such.png", 1),
        (["--look-at", "0,0,0"], "--eye", 2),
        (["--size", "wide"], "1600x900", 2),
        (["-o", "picture.jpg"], ".png", 2),
        (["-o", "no/such/folder/a.png"], "does not exist", 2),
    ],
)
def test_wrong_words_get_one_clear_line(
    model_file: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str, code: int
):
    assert main(["snapshot", str(model_file), *words]) == code
    error = capsys.readouterr().err.strip()
    assert said in error and len(error.splitlines()) == 1


def test_a_failed_snapshot_leaves_no_file(tmp_path: Path):
    broken = tmp_path / "broken.py"
    broken.write_text("model = 3\n", encoding="utf-8")
    assert main(["snapshot", str(broken), "-o", str(tmp_path / "a.png")]) == 1
    assert not list(tmp_path.glob("*.png")) and not list(tmp_path.glob(".*"))


def test_run_without_a_display_offers_the_snapshot(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(model_file), "--detail", "blocks"]) == 1
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    command = error.split(": ")[-1].split()
    assert command[:2] == ["walkbox", "snapshot"]
    assert main([*command[1:], "--size", "160x90"]) == 0
    assert (tmp_path / "walk.png").is_file()
