"""``walkbox run`` where nobody can look: which host, what it says, what it leaves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from walkbox.cli.main import main

MODEL = """
import torch

model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU())
example = torch.rand(1, 3, 16, 16)
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(MODEL)
    return path


pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display"),
    pytest.mark.usefixtures("bare"),
]


def failed(capsys: pytest.CaptureFixture[str], code: int, *words: object) -> str:
    assert main(["run", *map(str, words)]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    return said


def test_memory_gives_one_view(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "views"
    words = ["run", model, "--host", "offscreen", "--frames", 3, "--save-views", folder]
    assert main([str(word) for word in words]) == 0
    assert capsys.readouterr().out.split() == [str(folder / "view.png"), str(folder / "views.json")]
    report = json.loads((folder / "views.json").read_text())
    assert (report["host"], len(report["frames"])) == ("offscreen", 3)
    (view,) = report["views"]
    picture = np.asarray(Image.open(folder / "view.png"))
    assert list(picture.shape) == [view["size_px"][1], view["size_px"][0], 3]
    assert view["fov_deg"]["up"] == pytest.approx(-view["fov_deg"]["down"])
    np.testing.assert_allclose(np.linalg.det(np.array(view["world_from_view"])[:3, :3]), 1, atol=1e-5)

    (folder / "view.png").write_bytes(b"old")
    assert main([str(word) for word in words]) == 0
    assert np.asarray(Image.open(folder / "view.png")).shape == picture.shape, "an older picture is replaced"


def test_what_cannot_be_is_said_before_anything_is_loaded(model: Path, tmp_path: Path, capsys) -> None:
    assert "--frames is -1" in failed(capsys, 2, model, "--frames", -1)
    assert "say with --frames" in failed(capsys, 2, model, "--host", "offscreen")
    said = failed(capsys, 2, model, "--host", "offscreen", "--frames", 1, "--save-views", model)
    assert str(model) in said and "Name a folder" in said
    assert "argument --host" in failed(capsys, 2, model, "--host", "hologram").replace("Argument", "argument")


def test_without_display_and_headset_a_picture_is_offered(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("auto", "desktop"):
        said = failed(capsys, 1, model, "--host", host, "--layout", "spiral")
        assert said.startswith("walkbox: There is no display here")
        assert f"walkbox snapshot {model} -o walk.png --layout spiral" in said
    assert "no headset" in failed(capsys, 1, model)


def test_the_runtime_is_asked_only_where_a_headset_may_come(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The manifest that the environment names does not exist: whoever reads it says so."""
    assert "none.json" in failed(capsys, 1, model, "--host", "headset")
    assert "none.json" not in failed(capsys, 1, model, "--host", "desktop")
    assert main(["run", str(model), "--host", "offscreen", "--frames", "1"]) == 0
    assert capsys.readouterr().err == ""


def test_help_names_hosts_and_mirrors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    out = capsys.readouterr().out
    for word in ("--host", "auto,headset,desktop,offscreen", "--mirror", "eye,spectator,off", "--save-views"):
        assert word in out
