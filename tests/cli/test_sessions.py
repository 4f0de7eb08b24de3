"""``--scene``, ``--record`` and ``--replay`` on the command line."""

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

title = "Small"
model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU())
example = torch.linspace(0, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
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

SMALL = ("--size", "160x90")


def walkbox(*words: object) -> int:
    return main([str(word) for word in words])


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).copy()


def recording(tmp_path: Path, *lines: dict, **head: object) -> Path:
    """A recording of the small model."""
    first = {"walkbox recording": 1, "target": "small.py", "size_px": [160, 90], **head}
    file = tmp_path / "session.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (first, *lines)))
    return file


MOVE = {"do": "MoveWall", "layer": 1, "position": [0.0, 0.5, -3.0], "yaw": 0.0, "scale": 2.0, "frame": 1, "s": 0.1}
AT = {"at": [0.0, 0.0, 0.5, 0.1, 0.0, 1.0, 1.65], "frame": 2, "s": 0.2}


def test_a_walk_is_recorded_and_replayed(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "out.jsonl"
    assert walkbox("run", model, "--host", "offscreen", "--frames", 3, "--layout", "spiral", "--record", file) == 0
    head, *rest = map(json.loads, file.read_text().splitlines())
    assert head["walkbox recording"] == 1 and head["target"] == "small.py" and head["options"] == {"layout": "spiral"}
    assert [set(line) for line in rest] == [{"at", "frame", "s"}]
    assert walkbox("run", model, "--host", "offscreen", "--frames", 1, "--record", file) == 1
    assert "exists already" in capsys.readouterr().err
    out = tmp_path / "out.png"
    assert walkbox("snapshot", "--replay", file, "-o", out, *SMALL) == 0
    assert picture(out).shape == (90, 160, 3)


def test_a_replay_needs_no_target_and_gives_equal_pictures(model: Path, tmp_path: Path):
    file = recording(tmp_path, MOVE, AT)
    outs = [tmp_path / f"{n}.png" for n in range(3)]
    for out in outs[:2]:
        assert walkbox("snapshot", "--replay", file, "-o", out) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert picture(outs[0]).shape == (90, 160, 3)  # as recorded
    assert walkbox("snapshot", "--replay", recording(tmp_path, AT), "-o", outs[2]) == 0
    assert (picture(outs[2]) != picture(outs[0])).any()


def test_a_replay_on_the_offscreen_host_ends_by_itself(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    views = tmp_path / "views"
    words = (
        "run",
        "--replay",
        recording(tmp_path, MOVE, AT, {"do": "Screenshot"}, {"do": "Quit"}),
        "--host",
        "offscreen",
    )
    assert walkbox(*words, "--save-views", views) == 0
    said = capsys.readouterr()
    assert "2 commands that write files or end the walk were left out" in said.err
    assert any(path.suffix == ".png" for path in views.iterdir())


def test_a_scene_is_made_changed_and_photographed(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = tmp_path / "scene.toml"
    assert walkbox("run", model, "--host", "offscreen", "--frames", 2, "--scene", scene) == 0
    assert not scene.exists()  # nothing was changed
    scene.write_text(
        'version = 1\n[model]\ntarget = "small.py"\ntitle = "Small"\n'
        '[network.0]\nlayout = "spiral"\n[network.0.walls]\n"0" = { scale = 3.0 }\nno = { scale = 2.0 }\n'
        '[stand]\nposition = [0.0, 0.0, 1.0]\nyaw = 0.0\n'
    )  # fmt: skip
    before = scene.read_bytes()
    outs = [tmp_path / f"{n}.png" for n in range(2)]
    assert walkbox("snapshot", "--scene", scene, "-o", outs[0], *SMALL) == 0
    assert "a layer that Small does not show: no" in capsys.readouterr().err
    assert walkbox("snapshot", "--scene", scene, "--entrance", "-o", outs[1], *SMALL) == 0
    assert (picture(outs[0]) != picture(outs[1])).any()
    assert scene.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: this is no recording"),
        ("nonsense\n", "line 1: this is no recording"),
        ('{"walkbox recording": 99, "walkbox": "9.9"}\n', "version 99, from walkbox 9.9; this walkbox"),
        ('{"walkbox recording": 1, "target": 3}\n', "line 1: 'target' is 3"),
        ('{"walkbox recording": 1, "options": {"layout": 3}}\n', "'layout' is 3; a text"),
        ('{"walkbox recording": 1, "scene": {}}\n', "lacks the file"),
        ('{"walkbox recording": 1}\n{"do": "Undo", "frame": 1}\n{"do": \n{"do": "Undo"}\n', "line 3: it is broken"),
        ('{"walkbox recording": 1}\n{"do": "Unod"}\n', "line 2: There is no command 'Unod'. Did you mean 'Undo'"),
        ('{"walkbox recording": 1}\n{"at": [1, 2]}\n', "line 2: A place is"),
        ('{"walkbox recording": 1}\n{"at": [1, 2, 3, 4, 5, 0, 7]}\n', "line 2: The scale of a place is 0"),
        ('{"walkbox recording": 1}\n{"frame": 2}\n', "line 2: it has neither"),
        ('{"walkbox recording": 1}\n[1]\n', "line 2: it is '[1]'"),
        ('{"walkbox recording": 1}\n{"do": "Undo", "frame": "x"}\n', "line 2: its frame is 'x'"),
    ],
)
def test_recordings_that_cannot_be_replayed(tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "session.jsonl"
    file.write_text(text)
    assert walkbox("snapshot", "--replay", file, "-o", tmp_path / "no.png") == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_a_line_that_a_crash_cut_off_is_left_out(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = recording(tmp_path, MOVE, AT)
    with file.open("a") as more:
        more.write('{"do": "MoveW')
    assert walkbox("snapshot", "--replay", file, "-o", tmp_path / "out.png") == 0
    assert "line 4: it was cut off" in capsys.readouterr().err


def test_options_that_exclude_each_other(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = recording(tmp_path)
    words = ("run", "--host", "offscreen", "--frames", 1, "--replay", file)
    assert walkbox(*words, "--record", tmp_path / "x") == 2
    assert "--replay and --record" in capsys.readouterr().err
    assert walkbox(*words, "--scene", tmp_path / "x.toml") == 2
    assert "--replay and --scene" in capsys.readouterr().err
    broken = tmp_path / "broken.toml"
    broken.write_text("= 3")
    assert walkbox("run", model, "--host", "offscreen", "--frames", 1, "--scene", broken) == 1
    assert "is not TOML" in capsys.readouterr().err and broken.read_text() == "= 3"
    assert walkbox("snapshot", model, "--scene", tmp_path / "none.toml") == 1
    assert "cannot be read" in capsys.readouterr().err
    assert walkbox("run", model, "--host", "offscreen", "--frames", 1, "--scene", tmp_path / "no" / "x.toml") == 2
    assert walkbox("run", model, "--host", "offscreen", "--frames", 1, "--replay", tmp_path / "none") == 2
    capsys.readouterr()
