"""The doctor: facts of the real machine, and problems from made-up reports."""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

import pytest

from walkbox.cli import doctor, probe
from walkbox.cli.main import main
from walkbox.hosts import child

GRAPHICS = {
    "vendor": "Maker",
    "renderer": "Card",
    "version": "4.6",
    "software": False,
    "limits": {"array_layers": 2048, "texture_size_px": 16384, "texture_units": 32, "samples": 8},
    "free_video_memory_bytes": 8 << 30,
}
HEALTHY: dict[str, Any] = {
    "walkbox": "0",
    "python": {"version": "3.12.0", "executable": "python"},
    "platform": "Linux",
    "packages": {"torch": "2.13.0", "glfw": "2.11.0"},
    "memory": {"total_bytes": 16 << 30, "available_bytes": 8 << 30},
    "torch": {"version": "2.13.0", "devices": ["cpu"], "threads": 4},
    "display": "x11",
    "opengl": {"window": GRAPHICS, "offscreen": GRAPHICS},
    "texture_budget_bytes": 2 << 30,
    "openxr": {"file": None},
}


def ill(**changes: Any) -> dict[str, Any]:
    """A healthy report with some parts exchanged; ``a__b`` reaches into ``report["a"]["b"]``."""
    report = copy.deepcopy(HEALTHY)
    for key, value in changes.items():
        *path, last = key.split("__")
        part = report
        for name in path:
            part = part[name]
        part[last] = value
    return report


def test_a_healthy_machine_has_no_problem() -> None:
    assert doctor.diagnose(HEALTHY) == []


FILE = {
    "named_by": "XR_RUNTIME_JSON",
    "manifest": "/a.json",
    "name": "Maker's",
    "library": "/a.so",
    "active": True,
    "error": "",
}


def headset(stage: str, code: str = "", text: str = "", **file: Any) -> dict[str, Any]:
    return {"file": FILE | file, "stage": stage, "error": {"code": code, "text": text}}


@pytest.mark.parametrize(
    ("report", "about", "fatal", "todo"),
    [
        (ill(packages__glfw=None), "packages", True, "pip install glfw"),
        (ill(torch={"error": "it crashed (SIGSEGV)"}), "torch", True, "pytorch.org"),
        (ill(display=None, opengl__window=None), "display", True, "walkbox snapshot"),
        (ill(opengl__window={"error": "GLX failed"}), "window", True, "driver"),
        (ill(opengl__window={**GRAPHICS, "software": True}), "window", False, "driver"),
        (ill(opengl__offscreen={"error": "no libEGL"}), "offscreen", False, ""),
        (ill(memory__available_bytes=1 << 29), "memory", False, "Close"),
        (ill(opengl__window={**GRAPHICS, "free_video_memory_bytes": 1 << 30}), "texture budget", False, "--detail"),
        (ill(openxr=headset("", error="FileNotFoundError: /a.json")), "openxr", False, "again"),
        (ill(openxr=headset("", active=False)), "openxr", False, "ln -sf /a.json"),
        (ill(openxr=headset("process", text="it crashed (SIGSEGV)")), "openxr", False, "--host desktop"),
        (ill(openxr=headset("system", "FORM_FACTOR_UNAVAILABLE")), "openxr", False, "wake it"),
        (ill(openxr=headset("instance", "RUNTIME_FAILURE", name="SteamVR")), "openxr", False, "Start SteamVR"),
    ],
)
def test_each_problem_is_named_once_with_one_thing_to_do(
    report: dict[str, Any], about: str, fatal: bool, todo: str
) -> None:
    (problem,) = doctor.diagnose(report)
    assert (problem.about, problem.fatal) == (about, fatal)
    assert todo in problem.todo


def test_fatal_problems_come_first() -> None:
    problems = doctor.diagnose(ill(memory__available_bytes=1, packages__glfw=None, display=None, opengl__window=None))
    assert [p.fatal for p in problems] == sorted((p.fatal for p in problems), reverse=True)
    assert len(problems) == 3


def test_a_machine_where_nothing_answers_still_gets_a_report() -> None:
    report = doctor.examine(lambda question: {"error": f"{question} is broken"}, lambda trial: {"file": None})
    assert report["memory"] is None and report["display"] is None
    assert {"torch", "offscreen", "display"} <= {problem.about for problem in doctor.diagnose(report)}
    assert "torch is broken" in "\n".join(doctor._text(report, doctor.diagnose(report), False))


def test_json_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert code == (0 if report["run_works"] else 1)
    assert report["run_works"] == (not any(problem["fatal"] for problem in report["problems"]))
    assert report["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert all(report["packages"].values()), "every dependency is installed here"
    assert report["torch"]["version"] == report["packages"]["torch"]
    assert report["memory"]["available_bytes"] <= report["memory"]["total_bytes"]
    offscreen = report["opengl"]["offscreen"]
    assert offscreen["limits"]["array_layers"] >= 256, offscreen


def test_text_of_a_machine_without_a_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  display" in out and "`walkbox run` will not work here." in out


def test_a_child_that_crashes_is_reported() -> None:
    crash = [sys.executable, "-c", "import os; os.abort()"]
    assert child.answer_of(crash, 30) == {"error": "it crashed (SIGABRT)"}


def test_a_child_that_hangs_is_reported() -> None:
    hang = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert child.answer_of(hang, 0.2) == {"error": "no answer within 0.2 s"}


def test_a_child_that_says_nothing_useful_is_reported() -> None:
    noise = [sys.executable, "-c", "import sys; sys.exit('no driver')"]
    assert child.answer_of(noise, 30) == {"error": "no driver"}
    assert "KeyError" in probe.ask("no such question")["error"]
