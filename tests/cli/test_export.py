"""``walkbox export`` as typed: words, refusals, full disks, Ctrl-C. Everything for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from walkbox.cli.main import main

MODEL = """
import time
import torch
from torch import nn

title = "Small"
example = (3, 24, 24)
classes = ["dark", "bright"]
images = "pictures"
SLOW_S = 0.0


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 64, 3, padding=1)
        self.head = nn.Linear(64, 2)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        time.sleep(SLOW_S)
        return self.head(self.conv2(x).mean((2, 3)))


model = Small
"""


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(np.full((30, 40, 3), 200, np.uint8)).save(tmp_path / "pictures/grey.png")
    file = tmp_path / "small.py"
    file.write_text(MODEL, encoding="utf-8")
    return file


def held(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def beside(model_file: Path) -> set[str]:
    """What lies beside the model file but for what the test put there."""
    return {p.name for p in model_file.parent.iterdir()} - {"pictures", "small.py", "__pycache__"}


def walkbox(*words: str, before: str = "", limit: str = "") -> subprocess.Popen[str]:
    """The command in a process of its own, where Ctrl-C is heard even if this one was started deaf to it."""
    program = (
        f"import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); {limit}\n"
        f"from walkbox.cli.main import main; {before}\nsys.exit(main({list(words)!r}))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def test_the_folder_is_printed_and_holds_what_was_asked_for(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [
        "export",
        str(model_file),
        "--layer",
        "conv*",
        "head",
        "--what",
        "activations",
        "statistics",
        "-o",
        str(out),
    ]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{out}\n"
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [layer["name"] for layer in manifest["layers"]] == ["conv1", "conv2", "head"]
    assert manifest["what"] == ["activations", "statistics"]
    assert manifest["picture"]["name"] == "grey" and manifest["picture"]["size_px"] == [40, 30]
    assert manifest["model"]["title"] == "Small" and manifest["model"]["target"].endswith("small.py")
    named = next(layer["id"] for layer in manifest["layers"] if layer["name"] == "head")
    assert {p.name for p in (out / f"network0/Activation/layer{named}").iterdir()} == {"dark.png", "bright.png"}
    assert len((out / "maps.csv").read_text(encoding="utf-8").splitlines()) == 1 + 8 + 64 + 2
    assert beside(model_file) == {"out"}


def test_another_picture_other_colours(model_file: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((24, 24, 3), np.uint8)).save(tmp_path / "black.png")
    made = []
    for number, more in enumerate(([], ["--image", str(tmp_path / "black.png")], ["--colormap", "viridis"])):
        assert main(["export", str(model_file), "--layer", "conv1", "-o", str(tmp_path / str(number)), *more]) == 0
        made.append(held(tmp_path / str(number)))
    path = "network0/Activation/layer1/0.png"
    assert len({files[path] for files in made}) == 3
    assert made[0]["maps.csv"] == made[2]["maps.csv"] != made[1]["maps.csv"]
    assert json.loads(made[1]["manifest.json"])["picture"]["path"].endswith("black.png")
    assert json.loads(made[2]["manifest.json"])["settings"]["colormap"] == "viridis"


def test_equal_commands_write_equal_files(model_file: Path, tmp_path: Path) -> None:
    everything = ["activations", "sheet", "values", "kernels", "weights", "statistics"]
    for name in ("a", "b"):
        assert main(["export", str(model_file), "--what", *everything, "-o", str(tmp_path / name)]) == 0
    a, b = held(tmp_path / "a"), held(tmp_path / "b")
    for files in (a, b):
        manifest = json.loads(files.pop("manifest.json"))
        assert manifest.pop("date") and len(manifest["files"]) == len(files)
    assert a == b and len(a) > 80


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["--layer", "conv3"], "Did you mean 'conv", 1),
        (["--layer", "layer*"], "Layer 'layer*' is not in the graph", 1),
        (["--what", "activatons"], "Did you mean 'activations'", 2),
        (["--colormap", "virids"], "Did you mean 'viridis'", 1),
        (["--scope", "world"], "The choices are: map, layer, model", 1),
        (["--image", "no-such.png"], "no-such.png", 1),
        (["--depth", "3"], "--depth is 3", 2),
        (["-o", "no/such/out"], "Make it first", 2),
        (["-o", "small.py"], "is a file", 2),
        (["-o", "pictures"], "is not empty, it holds grey.png. Name another folder", 1),
        (["-o", "pictures", "--force"], "it holds grey.png, which no export has written", 1),
    ],
)
def test_wrong_words_get_one_clear_line_and_leave_nothing(
    model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
    code: int,
) -> None:
    monkeypatch.chdir(model_file.parent)
    assert main(["export", "small.py", "-o", "out", *words]) == code
    out, error = capsys.readouterr()
    assert out == "" and said in error and len(error.strip().splitlines()) == 1
    assert beside(model_file) == set()


def test_without_a_folder_one_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "demo"]) == 2
    assert "-o" in capsys.readouterr().err


def test_force_replaces_an_export_and_nothing_else(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()  # an empty folder is free
    words = ["export", str(model_file), "-o", str(out), "--what", "statistics"]
    assert main(words) == 0
    before = held(out)
    assert main(words) == 1
    assert "--force" in capsys.readouterr().err and held(out) == before
    assert main([*words, "--layer", "head", "--force"]) == 0
    assert held(out)["layers.csv"] != before["layers.csv"]
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = held(out)
    assert main([*words, "--force"]) == 1
    assert "notes.txt" in capsys.readouterr().err and held(out) == before
    assert beside(model_file) == {"out"}


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
@pytest.mark.parametrize("old", [False, True])
def test_a_disk_that_takes_no_more_leaves_the_old_export_or_none(model_file: Path, tmp_path: Path, old: bool) -> None:
    out = tmp_path / "out"
    if old:
        assert main(["export", str(model_file), "-o", str(out), "--what", "statistics"]) == 0
    before = held(out) if old else {}
    # The tensor of conv2 does not fit: 64 x 24 x 24 float32.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    process = walkbox("export", str(model_file), "-o", str(out), "--what", "values", "--force", limit=limit)
    output, error = process.communicate(timeout=120)
    assert process.returncode == 1 and output == ""
    assert "layer2.npz cannot be written" in error and "Nothing was left behind" in error
    assert len(error.strip().splitlines()) == 1
    assert (held(out) if old else {}) == before
    assert beside(model_file) == ({"out"} if old else set())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        assert main(["export", str(model_file), "-o", str(disk)]) == 2  # the mounted disk itself cannot be replaced
        assert "mounted" in capsys.readouterr().err
        assert main(["export", str(model_file), "-o", str(disk / "out")]) == 1
        error = capsys.readouterr().err
        assert "No space left on device" in error and "Nothing was left behind" in error
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_control_c_leaves_the_old_export(model_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["export", str(model_file), "-o", str(out), "--what", "statistics"]) == 0
    before = held(out)
    # Recorded quickly; the export's own pass sleeps after conv1 until it is interrupted.
    before_run = (
        "import walkbox.engine.exporting as e, os; made = e.Exporter.work\n"
        "def work(self, *a): print('under way', file=sys.stderr, flush=True); self._spec.model.forward.__globals__"
        "['SLOW_S'] = 60; return made(self, *a)\n"
        "e.Exporter.work = work"
    )
    process = walkbox("export", str(model_file), "-o", str(out), "--force", before=before_run)
    assert process.stderr is not None and process.stdout is not None
    with process.stderr, process.stdout:
        assert process.stderr.readline() == "under way\n"
        deadline = time.monotonic() + 60
        # The input and conv1 are written, to a folder beside.
        while not list(tmp_path.glob(".out-*/network0/Activation/layer1/7.png")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert held(out) == before
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "" and process.stdout.read() == ""
    assert process.wait(60) == 130
    assert held(out) == before
    assert beside(model_file) == {"out"}


def test_a_model_that_raises_is_said_and_what_there_is_is_written(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model_file.write_text(MODEL.replace("time.sleep(SLOW_S)", "raise ValueError('on purpose')"), encoding="utf-8")
    assert main(["export", str(model_file), "-o", str(tmp_path / "out")]) == 1
    out, error = capsys.readouterr()
    assert out == f"{tmp_path / 'out'}\n" and "on purpose" in error
    assert (tmp_path / "out/network0/Activation/layer1/7.png").is_file()


def test_a_link_is_followed(model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    assert main(["export", str(model_file), "-o", str(tmp_path / "link"), "--what", "statistics"]) == 0
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real/manifest.json").is_file()
