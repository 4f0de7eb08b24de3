"""``walkbox doctor``: what this machine has, and the one thing to do about each problem."""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from walkbox import __version__
from walkbox.cli import probe
from walkbox.config import Settings
from walkbox.hosts.headset import facts

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


def examine(
    ask: Callable[[str], dict[str, Any]] = probe.ask,
    ask_runtime: Callable[..., dict[str, Any]] = facts.ask,
) -> dict[str, Any]:
    """The facts, as plain JSON data. A part that could not be examined is ``{"error": why}``.

    Args:
        ask: answers ``machine``, ``torch``, ``offscreen`` and ``window`` (see :mod:`walkbox.cli.probe`).
        ask_runtime: answers about the headset (see :mod:`walkbox.hosts.headset.facts`).
    """
    machine = ask("machine")
    display = machine.get("display")
    questions = ["torch", "offscreen"] + (["window"] if display else [])
    with ThreadPoolExecutor() as pool:
        openxr = pool.submit(ask_runtime, trial=True)
        answers = dict(zip(questions, pool.map(ask, questions), strict=True))
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
        "openxr": openxr.result(),
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
        what = "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
        found.append(Problem("display", what, todo, fatal=report["openxr"].get("stage") != "ready"))
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


def _of_openxr(answer: dict[str, Any]) -> list[Problem]:
    obstacle = facts.obstacle(answer)
    if obstacle is None or answer["file"] is None:  # most machines have no headset, and nothing is wrong with them
        return []
    return [Problem("openxr", obstacle.what, obstacle.todo)]


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


def _headset_rows(answer: dict[str, Any]) -> dict[str, str]:
    """Lines about runtime and headset, as far as they answer."""
    file = answer["file"]
    if file is None:
        return {"openxr": f"no runtime, no headset: walkbox runs in the window ({facts.GUIDE} says how to get one)"}
    name = answer.get("runtime") or file["name"] or file["library"] or "unreadable"
    rows = {"openxr": f"{name} · {file['manifest']} (named by {file['named_by']})"}
    if system := answer.get("system"):
        sizes = " + ".join(dict.fromkeys(f"{width}x{height}" for width, height in system["views_px"]))
        rows["headset"] = f"{system['name']} · {len(system['views_px'])} views of {sizes} px"
    if session := answer.get("session"):
        rates = ", ".join(f"{hz:g}" for hz in session["refresh_hz"])
        rows["headset"] += f" · {rates + ' Hz' if rates else 'refresh rate unknown'} · floor by {session['floor']}"
        rows["headset"] += f" · OpenGL by {session['context'].upper()}"
        names = [path.removeprefix("/interaction_profiles/") for path in session["profiles"]]
        rows["controllers"] = _wrapped(names)
        for path, why in session["profiles_refused"].items():
            rows["controllers"] += f"\nwithout {path.removeprefix('/interaction_profiles/')}: {why}"
    if extensions := answer.get("extensions"):
        lines = [_wrapped(extensions["used"])]
        lines += [f"without {name}: {cost}" for name, cost in extensions["missing"].items()]
        rows["extensions"] = "\n".join(lines)
    return rows


def _wrapped(names: list[str]) -> str:
    return "\n".join(textwrap.wrap(", ".join(names), 96, break_long_words=False, break_on_hyphens=False))


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
        **_headset_rows(report["openxr"]),
    }
    marks = {problem.about: "FAIL" if problem.fatal else "note" for problem in reversed(problems)}
    lines = []
    for name, text in rows.items():
        first, *more = text.splitlines() or [""]
        lines.append(f"{marks.get(name, 'ok'):4}  {name:14}  {first}")
        lines += [f"{'':22}{line}" for line in more]
    for problem in problems:
        lines += ["", f"{marks[problem.about]}  {problem.what[0].upper()}{problem.what[1:]}.", f"      {problem.todo}"]
    lines += ["", "`walkbox run` works here." if works else "`walkbox run` will not work here."]
    return lines
