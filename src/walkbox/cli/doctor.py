"""``walkbox doctor``: what this machine has, and the one thing to do about each problem."""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from walkbox import __version__
from walkbox.cli import probe
from walkbox.config import Settings
from walkbox.hosts.headset.runtime import find_runtime

__all__ = ["Problem", "add_arguments", "diagnose", "examine", "run"]

_LITTLE_MEMORY_BYTES = 1 << 30
_MESA = "Install software OpenGL (Debian, Ubuntu: `sudo apt install libegl1 libgl1-mesa-dri`) or a graphics driver."


@dataclass(frozen=True)
class Problem:
    """Something that is wrong.

    Attributes:
        about: the part of the report.
        what: what is wrong, with values.
        todo: the one thing to do about it.
        fatal: ``walkbox run`` will not work.
    """

    about: str
    what: str
    todo: str
    fatal: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--json", action="store_true", help="print the report as JSON, for bug reports and scripts")


def run(args: argparse.Namespace) -> int:
    """Print the report. Returns 1 if ``walkbox run`` would not work here, else 0."""
    report = examine()
    problems = diagnose(report)
    works = not any(problem.fatal for problem in problems)
    if args.json:
        print(json.dumps(report | {"problems": [asdict(p) for p in problems], "run_works": works}, indent=2))
    else:
        print("\n".join(_text(report, problems, works)))
    return 0 if works else 1


def examine(ask: Callable[[str], dict[str, Any]] = probe.ask) -> dict[str, Any]:
    """The facts, as plain JSON data. A part that could not be examined is ``{"error": why}``.

    Args:
        ask: answers ``machine``, ``torch``, ``offscreen`` and ``window`` (see :mod:`walkbox.cli.probe`).
    """
    machine = ask("machine")
    display = machine.get("display")
    questions = ["torch", "offscreen"] + (["window"] if display else [])
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(questions, pool.map(ask, questions), strict=True))
    runtime = find_runtime()
    return {
        "walkbox": __version__,
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "platform": platform.platform(),
        "packages": _packages(),
        "memory": machine.get("memory"),
        "torch": answers["torch"],
        "display": display,
        "opengl": {"window": answers.get("window"), "offscreen": answers["offscreen"]},
        "texture_budget_bytes": Settings().texture_budget_bytes,
        "openxr": None if runtime is None else asdict(runtime),
    }


def diagnose(report: dict[str, Any]) -> list[Problem]:
    """The problems in a report of :func:`examine`, the fatal ones first."""
    found = []
    for name, version in report["packages"].items():
        if version is None:
            found.append(Problem("packages", f"{name} is not installed", f"Type: pip install {name}", True))
    if "error" in report["torch"]:
        todo = "Install it anew as https://pytorch.org/get-started shows."
        found.append(Problem("torch", f"torch does not work: {report['torch']['error']}", todo, True))
    found += _of_graphics(report)
    found += _of_memory(report)
    found += _of_openxr(report["openxr"])
    return sorted(found, key=lambda problem: not problem.fatal)


def _of_graphics(report: dict[str, Any]) -> list[Problem]:
    window, offscreen = report["opengl"]["window"], report["opengl"]["offscreen"]
    found = []
    if report["display"] is None:
        todo = "Start it from a desktop (or `ssh -X`, or `xvfb-run`); `walkbox snapshot` works without one."
        found.append(Problem("display", "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set", todo, True))
    elif "error" in window:
        todo = f"Update the graphics driver. {_MESA}" if sys.platform.startswith("linux") else "Update its driver."
        found.append(Problem("window", f"no OpenGL 3.3 window can be opened: {window['error']}", todo, True))
    elif window["software"]:
        todo = "Install the driver of the graphics card; without a card, keep windows small."
        found.append(Problem("window", f"drawing is done by the CPU ({window['renderer']}), slowly", todo))
    if "error" in offscreen:
        found.append(Problem("offscreen", f"`walkbox snapshot` cannot draw: {offscreen['error']}", _MESA))
    return found


def _of_memory(report: dict[str, Any]) -> list[Problem]:
    if report["memory"] is None:
        return []
    free, budget = report["memory"]["available_bytes"], report["texture_budget_bytes"]
    drawn = report["opengl"]["window"] or report["opengl"]["offscreen"]
    found = []
    if free < _LITTLE_MEMORY_BYTES:
        found.append(Problem("memory", f"only {_size(free)} of memory are free", "Close other programs."))
    room = free if drawn.get("software") else drawn.get("free_video_memory_bytes")
    if room is not None and room < budget:
        what = f"the feature maps may take {_size(budget)}, but only {_size(room)} are free where they are kept"
        found.append(
            Problem("texture budget", what, "Close other programs, or show larger models with --detail blocks.")
        )
    return found


def _of_openxr(runtime: dict[str, Any] | None) -> list[Problem]:
    if runtime is None:
        return []
    if runtime["error"]:
        what = f"{runtime['manifest']} (named by {runtime['named_by']}) is of no use: {runtime['error']}"
        return [Problem("openxr", what, "Install the headset's OpenXR runtime again, or correct that file.")]
    if not runtime["active"]:
        todo = (
            f"Type: mkdir -p ~/.config/openxr/1 && ln -sf {runtime['manifest']} ~/.config/openxr/1/active_runtime.json"
        )
        return [Problem("openxr", f"a runtime is installed ({runtime['manifest']}), but none is active", todo)]
    return []


def _packages() -> dict[str, str | None]:
    """What walkbox needs at run time -> the installed version, or None."""
    names = []
    for line in metadata.requires("walkbox") or []:
        if "extra ==" not in line:
            names += re.findall(r"^[\w.-]+", line)
    return {name: _version(name) for name in names}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB"


def _graphics_line(answer: dict[str, Any] | None) -> str:
    if answer is None:
        return "not tried, there is no display"
    if "error" in answer:
        return answer["error"]
    limits = answer["limits"]
    return (
        f"{answer['renderer']} · OpenGL {answer['version']} · {limits['array_layers']} array layers, "
        f"textures up to {limits['texture_size_px']} px, {limits['samples']} samples"
    )


def _openxr_line(runtime: dict[str, Any] | None) -> str:
    if runtime is None:
        return "no runtime found: walkbox runs on the desktop"
    name = runtime["name"] or runtime["library"] or "unreadable"
    return f"{name} · {runtime['manifest']} (named by {runtime['named_by']})"


def _text(report: dict[str, Any], problems: list[Problem], works: bool) -> list[str]:
    torch, memory = report["torch"], report["memory"]
    versions = ", ".join(f"{name} {version}" for name, version in report["packages"].items() if name != "torch")
    rows = {
        "walkbox": f"{report['walkbox']} · Python {report['python']['version']} ({report['python']['executable']})",
        "platform": report["platform"],
        "packages": versions,
        "memory": f"{_size(memory['available_bytes'])} free of {_size(memory['total_bytes'])}" if memory else "unknown",
        "torch": torch.get("error")
        or f"{torch['version']} · {', '.join(torch['devices'])} · {torch['threads']} threads",
        "display": report["display"] or "none",
        "window": _graphics_line(report["opengl"]["window"]),
        "offscreen": _graphics_line(report["opengl"]["offscreen"]),
        "texture budget": _size(report["texture_budget_bytes"]),
        "openxr": _openxr_line(report["openxr"]),
    }
    marks = {problem.about: "FAIL" if problem.fatal else "note" for problem in reversed(problems)}
    lines = [f"{marks.get(name, 'ok'):4}  {name:14}  {text}" for name, text in rows.items()]
    for problem in problems:
        lines += ["", f"{marks[problem.about]}  {problem.what[0].upper()}{problem.what[1:]}.", f"      {problem.todo}"]
    lines += ["", "`walkbox run` works here." if works else "`walkbox run` will not work here."]
    return lines
