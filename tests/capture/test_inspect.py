from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from walkbox.cli import inspect
from walkbox.errors import TargetError

TEXT = """
from torch import nn
class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(7, 2)
    def forward(self, x):
        return self.fc(self.conv(x).relu())
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
example = (3, 8, 8)
title = "Small"
"""


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    inspect.add_arguments(parser)
    return inspect.run(parser.parse_args(words))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "small.py"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_table(file: str, capsys: pytest.CaptureFixture[str]):
    assert run(file) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["layer", "operation", "shape", "maps", "reads"]
    assert [line.split()[1] for line in lines[1:5]] == ["input", "0", "2", "4"]
    assert "1x4x6x6" in lines[2] and "4 of 6x6" in lines[2] and lines[2].endswith("input")
    assert lines[4].split()[0] == "3*"
    assert "Small: 4 layers (layers), 13 maps, complete" in out
    assert err == ""
    columns = [line.index("input") for line in (lines[2],)]
    assert lines[0].index("reads") == columns[0]


@pytest.mark.parametrize("detail", ["ops", "layers", "blocks"])
def test_json(file: str, capsys: pytest.CaptureFixture[str], detail: str):
    assert run(file, "--json", "--detail", detail) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["model", "detail", "complete", "error", "maps_total", "layers", "outputs"]
    assert (document["model"], document["detail"], document["complete"], document["error"]) == (
        "Small",
        detail,
        True,
        None,
    )
    keys = ["id", "name", "op", "module", "call", "shape", "dtype", "maps", "parents"]
    assert all(list(layer) == keys for layer in document["layers"])
    assert document["outputs"] == [len(document["layers"]) - 1]
    assert document["maps_total"] == sum(layer["maps"] for layer in document["layers"])


def test_model_that_raises_is_shown_and_returns_one(file: str, capsys: pytest.CaptureFixture[str]):
    assert run(f"{file}:Wrong") == 1
    out, err = capsys.readouterr()
    assert "conv2d+relu" in out and "not complete" in out
    assert "error:" in err and "'conv'" in err and "RuntimeError" in err
    assert run(f"{file}:Wrong", "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"].startswith("RuntimeError")


def test_guesses_go_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "g.py"
    path.write_text("from torch import nn\nmodel = nn.Conv2d(2, 3, 3)\n", encoding="utf-8")
    assert run(str(path), "--dtype", "float64") == 0
    out, err = capsys.readouterr()
    assert "1x2x224x224" in out and "guessed" in err and "guessed" not in out


def test_errors_are_raised_for_the_command_line_to_print(tmp_path: Path):
    with pytest.raises(TargetError):
        run(str(tmp_path / "none.py"))
    with pytest.raises(SystemExit) as caught:
        run("x.py", "--detail", "everything")
    assert caught.value.code == 2
