"""Runtimes that are really broken, each in its own way, and what a person is told about them."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from walkbox.cli import doctor
from walkbox.cli.main import main
from walkbox.hosts.headset import facts
from walkbox.hosts.headset.facts import Obstacle

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries of Linux"),
    pytest.mark.usefixtures("no_display"),
]
SOURCE = Path(__file__).with_name("broken_runtime.c")

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed (apt install gcc)")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")  # nobody opens it
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


def activate(library: Path | str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Make a library the active runtime. Returns its manifest."""
    manifest = folder / "runtime.json"
    runtime = {"name": "Acme", "library_path": str(library)}
    manifest.write_text(json.dumps({"file_format_version": "1.0.0", "runtime": runtime}))
    monkeypatch.setenv("XR_RUNTIME_JSON", str(manifest))
    return manifest


def told() -> Obstacle:
    """What stands in the way of this machine's headset; seen by a walk and by the doctor alike."""
    answer = facts.ask()
    obstacle = facts.obstacle(answer)
    assert obstacle is not None, answer
    assert not obstacle.what.endswith(".") and obstacle.todo.rstrip().endswith((".", "json"))
    (problem,) = doctor._of_openxr(answer)
    assert (problem.what, problem.todo, problem.fatal) == (obstacle.what, obstacle.todo, False)
    return obstacle


def compiled(folder: Path, *words: str | Path) -> Path:
    library = folder / "libacme.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), *map(str, words)], check=True)
    return library


def test_a_32_bit_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "libacme.so"
    # An ELF header of a shared library for the 80386, and nothing else.
    header = (
        b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 0, 40, 0, 0)
    )
    library.write_bytes(header + bytes(4096))
    manifest = activate(library, monkeypatch, tmp_path)
    obstacle = told()
    assert "ELFCLASS32" in obstacle.what
    assert obstacle.todo.startswith("It is a 32-bit runtime") and str(manifest) in obstacle.todo


@needs_compiler
def test_a_library_for_a_newer_c_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "new.c").write_text("void of_tomorrow(void) {}")
    (tmp_path / "new.map").write_text("GLIBC_2.99 { of_tomorrow; };")
    new = tmp_path / "libc.so.6"
    words = ["-nostdlib", f"-Wl,--version-script={tmp_path / 'new.map'}", "-Wl,-soname,libc.so.6", tmp_path / "new.c"]
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(new), *map(str, words)], check=True)
    (tmp_path / "user.c").write_text("void of_tomorrow(void); void use(void) { of_tomorrow(); }")
    activate(compiled(tmp_path, "-nostdlib", tmp_path / "user.c", new), monkeypatch, tmp_path)
    obstacle = told()
    assert "GLIBC_2.99" in obstacle.what
    assert "built for a newer system (GLIBC_2.99)" in obstacle.todo


@needs_compiler
def test_a_library_that_needs_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.c").write_text("void other(void) {}")
    other = tmp_path / "libother.so.7"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-Wl,-soname,libother.so.7", "-o", str(other), str(tmp_path / "other.c")],
        check=True,
    )
    (tmp_path / "user.c").write_text("void other(void); void use(void) { other(); }")
    activate(compiled(tmp_path, tmp_path / "user.c", other), monkeypatch, tmp_path)
    other.unlink()
    assert told().todo == "Install the package that brings libother.so.7."


@needs_compiler
def test_a_library_that_is_no_runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "any.c").write_text("int any(void) { return 1; }")
    activate(compiled(tmp_path, tmp_path / "any.c"), monkeypatch, tmp_path)
    obstacle = told()
    assert "xrNegotiateLoaderRuntimeInterface" in obstacle.what and obstacle.todo == "Install Acme again."


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "JSONDecodeError"), ("{}", "KeyError"), ('{"runtime": {"library_path": "./gone.so"}}', "does not exist")],
)
def test_a_wrong_manifest(text: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manifest = tmp_path / "runtime.json"
    manifest.write_text(text)
    monkeypatch.setenv("XR_RUNTIME_JSON", str(manifest))
    obstacle = told()
    assert str(manifest) in obstacle.what and "XR_RUNTIME_JSON" in obstacle.what and why in obstacle.what
    assert "correct that file" in obstacle.todo


@needs_compiler
@pytest.mark.parametrize(
    ("kind", "what", "todo", "may_pass"),
    [
        ("CRASHES", "it crashed (SIGABRT)", "--host desktop", False),
        ("OLD", "does not speak OpenXR 1.0", "Update Acme", False),
        ("SILENT", "does not answer (RUNTIME_FAILURE)", "Start the headset's software", True),
        ("NO_OPENGL", "lacks XR_KHR_opengl_enable", "Use a runtime with OpenGL", False),
        ("X11_ONLY", "asleep or not connected", "wake it", True),
    ],
)
def test_a_runtime_that_fails(
    kind: str, what: str, todo: str, may_pass: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    activate(compiled(tmp_path, f"-D{kind}", SOURCE), monkeypatch, tmp_path)
    obstacle = told()
    assert what in obstacle.what and todo in obstacle.todo and obstacle.may_pass == may_pass


@needs_compiler
def test_a_runtime_that_takes_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    activate(compiled(tmp_path, "-DSLOW", SOURCE), monkeypatch, tmp_path)
    obstacle = facts.obstacle(facts.ask(timeout_s=1.5))
    assert obstacle == Obstacle(
        "Acme has given no answer within 1.5 s", "Wait until the headset's software is ready.", True
    )


@needs_compiler
def test_a_session_without_x11(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    activate(compiled(tmp_path, "-DX11_ONLY", SOURCE), monkeypatch, tmp_path)
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    obstacle = told()
    assert "a Wayland session without X11" in obstacle.what and "XR_MNDX_egl_enable" in obstacle.what
    assert "X11 session" in obstacle.todo


@needs_compiler
def test_a_program_that_asks_survives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys) -> None:
    activate(compiled(tmp_path, "-DCRASHES", SOURCE), monkeypatch, tmp_path)
    assert main(["run", "--host", "headset"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("walkbox: No headset: Acme was asked in a process of its own, and it crashed (SIGABRT).")
    assert said.count("\n") == 1


def test_a_machine_without_a_runtime_is_in_order() -> None:
    obstacle = facts.obstacle({"file": None})
    assert obstacle is not None and "SteamVR, Monado or WiVRn" in obstacle.todo
    assert doctor._of_openxr({"file": None}) == []
    assert "walkbox runs in the window" in doctor._headset_rows({"file": None})["openxr"]


def test_what_each_missing_extension_costs_is_known() -> None:
    from walkbox.hosts.headset.actions import Actions
    from walkbox.hosts.headset.instance import OPTIONAL_EXTENSIONS

    assert {*OPTIONAL_EXTENSIONS, *Actions.EXTENSIONS} <= facts.WORTH.keys()
