"""The command line with a runtime at hand, and with one that does not answer."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from runtime.remote import ViewState, pose

from walkbox.cli.main import main
from walkbox.hosts import child
from walkbox.hosts.headset import facts

MODEL = """
import torch

model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU())
example = torch.rand(1, 3, 16, 16)
"""
LEFT, RIGHT = (-0.9, 0.7, 0.75, -0.85), (-0.7, 0.9, 0.75, -0.85)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(MODEL)
    return path


def walkbox(monado, *words: object) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, as a person starts it."""
    command = monado.runtime.command(sys.executable, "-m", "walkbox", *words)
    return subprocess.run(command, env=monado.of({**os.environ}), capture_output=True, text=True, timeout=110)


def saved(folder: Path) -> dict:
    return json.loads((folder / "views.json").read_text())


def test_frames_in_the_headset_leave_what_each_eye_saw(monado, remote, model: Path, tmp_path: Path) -> None:
    remote.state.head = pose(0.2, 1.5, -0.3, yaw=0.3)
    remote.state.views = (ViewState(pose(-0.04, 0, 0), LEFT), ViewState(pose(0.04, 0, 0), RIGHT))
    remote.send()
    folder = tmp_path / "new" / "views"
    done = walkbox(monado, "run", model, "--host", "headset", "--frames", 7, "--save-views", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(folder / name) for name in ("left.png", "right.png", "views.json")]
    assert sorted(path.name for path in folder.iterdir()) == ["left.png", "right.png", "views.json"]

    report = saved(folder)
    assert (report["host"], report["target"]) == ("headset", str(model))
    assert report["headset"]["rendered"] == 7
    assert sum(timing["rendered"] for timing in report["headset"]["timings"]) == 7
    assert all(timing["wait_ns"] > 0 and timing["frame_ns"] > 0 for timing in report["headset"]["timings"])
    predicted = [timing["predicted_ns"] for timing in report["headset"]["timings"]]
    assert predicted == sorted(set(predicted))
    states = report["headset"]["states"]
    assert [s for s in ("IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED") if s in states] == states
    assert len(report["frames"]) >= 7

    poses = []
    for view, name, fov in zip(report["views"], ("left", "right"), (LEFT, RIGHT), strict=True):
        assert (view["name"], view["file"], view["scale"]) == (name, f"{name}.png", 1.0)
        sides = view["fov_rad"]
        np.testing.assert_allclose([sides[s] for s in ("left", "right", "up", "down")], fov, atol=1e-6)
        assert view["fov_deg"]["up"] == pytest.approx(math.degrees(fov[2]))
        with Image.open(folder / view["file"]) as picture:
            assert list(picture.size) == view["size_px"]
            assert np.asarray(picture).std() > 2, "something is to be seen"
        poses.append(np.array(view["world_from_view"]))
    between = poses[1][:3, 3] - poses[0][:3, 3]
    np.testing.assert_allclose(between, 0.08 * poses[0][:3, 0], atol=1e-5)
    np.testing.assert_allclose(poses[0][:3, :3].T @ poses[0][:3, :3], np.eye(3), atol=1e-5)
    left, right = (np.asarray(Image.open(folder / f"{name}.png")) for name in ("left", "right"))
    assert (left != right).any()


def test_auto_takes_the_headset(monado, remote, model: Path, tmp_path: Path) -> None:
    done = walkbox(monado, "run", model, "--frames", 4, "--save-views", tmp_path, "--mirror", "off")
    assert done.returncode == 0 and "No headset" not in done.stderr, done.stderr
    report = saved(tmp_path)
    assert report["host"] == "headset" and len(report["views"]) == 2


def test_auto_walks_in_the_window_and_says_why_in_one_line(monado, model: Path, tmp_path: Path) -> None:
    monado.kill()
    done = walkbox(monado, "run", model, "--frames", 4, "--save-views", tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("No headset")] == [
        "No headset: Monado does not answer (RUNTIME_FAILURE), it is probably not running. Walking in the window."
    ]
    report = saved(tmp_path)
    assert report["host"] == "desktop" and "headset" not in report
    assert [view["file"] for view in report["views"]] == ["view.png"]
    assert report["views"][0]["size_px"] == [1280, 720]


def test_a_headset_that_was_asked_for_and_does_not_answer(monado, capsys: pytest.CaptureFixture[str]) -> None:
    monado.kill()
    assert main(["run", "--host", "headset"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("walkbox: No headset: Monado does not answer (RUNTIME_FAILURE)")
    assert "systemctl --user start monado" in said and said.count("\n") == 1


def test_the_doctor_names_the_runtime(monado, remote, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    answer = report["openxr"]
    assert answer["stage"] == "ready" and answer["file"]["named_by"] == "XR_RUNTIME_JSON"
    assert answer["file"]["manifest"] == os.environ["XR_RUNTIME_JSON"]
    assert answer["runtime"].startswith("Monado") and answer["system"]["name"] == "Monado: Remote HMD"
    assert answer["system"]["views_px"] == [[240, 270], [240, 270]]
    assert answer["session"]["refresh_hz"] == [60.0] and answer["session"]["floor"] == "STAGE"
    assert answer["session"]["context"] == "glx"
    assert "/interaction_profiles/valve/index_controller" in answer["session"]["profiles"]
    used, missing = answer["extensions"]["used"], answer["extensions"]["missing"]
    assert {"XR_KHR_opengl_enable", "XR_KHR_composition_layer_depth", "XR_EXT_hand_tracking"} <= set(used)
    assert not set(used) & set(missing) and missing.items() <= facts.WORTH.items()
    assert not [p for p in report["problems"] if p["about"] == "openxr"]

    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "headset         Monado: Remote HMD · 2 views of 240x270 px · 60 Hz · floor by STAGE · OpenGL by GLX" in out
    for name, cost in missing.items():
        assert f"without {name}: {cost}" in out


def test_the_doctor_tries_a_session_that_the_headset_does_not_show(monado, remote) -> None:
    answer = facts.ask(trial=True)
    assert answer["stage"] == "ready"
    assert facts.obstacle(answer) is None
    assert "walkbox" not in monado.control(), "nothing is left of it"


def test_the_doctor_without_the_service(monado, capsys: pytest.CaptureFixture[str]) -> None:
    monado.kill()
    assert main(["doctor"]) == 0, "the window works"
    out = capsys.readouterr().out
    assert "note  openxr          Monado · " in out
    assert "Start its service: systemctl --user start monado.socket, or monado-service in a terminal." in out


def test_a_child_starts_as_its_parent_did(monado) -> None:
    """Here Python runs on a loader named on the command line; on the machine's own one the runtime cannot be loaded."""
    loader = os.readlink("/proc/self/exe")
    words = child.python()
    if "ld-linux" in loader:
        assert os.path.realpath(words[0]) == loader and words[-1] == sys.executable
    program = "import json, os; print(json.dumps({'loader': os.readlink('/proc/self/exe')}))"
    assert child.answer_of([*words, "-c", program], 30) == {"loader": loader}


def test_a_headset_that_goes_is_told_once(monado, remote, model: Path) -> None:
    command = monado.runtime.command(sys.executable, "-m", "walkbox", "run", model, "--host", "headset")
    walk = subprocess.Popen(command, env=monado.of({**os.environ}), stderr=subprocess.PIPE, text=True)
    try:
        assert walk.stderr is not None
        deadline = time.monotonic() + 60
        while "walkbox" not in monado.control():
            assert time.monotonic() < deadline and walk.poll() is None, "the walk never came"
        time.sleep(2)
        monado.kill()
        lines = iter(walk.stderr.readline, "")
        assert next(line for line in lines if line.startswith("walkbox:")).startswith("walkbox: No headset: ")
        time.sleep(5)  # it asks the runtime again meanwhile
        assert walk.poll() is None, "it walks on in the window"
    finally:
        walk.send_signal(signal.SIGINT)
        rest = walk.communicate(timeout=60)[1]
    assert walk.returncode == 130 and "walkbox:" not in rest
