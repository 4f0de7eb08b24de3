"""Files of tests that fail, die and hang inside: each is seen outside, with the reason, in an ordinary closing line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runtime.prefix import find

HERE = Path(__file__).parent
pytestmark = [pytest.mark.outside, pytest.mark.skipif(isinstance(find(), str), reason=str(find()))]

GOOD = """
def test_one(): pass
def test_two(): pass
"""
BAD = """
import os, pytest
@pytest.fixture
def broken():
    yield
    raise ValueError("came apart")
def test_good(monado): assert monado.running
def test_wrong():
    print("seen before")
    assert 1 == 2
def test_after(broken): pass
@pytest.mark.skip(reason="not today")
def test_left_out(): pass
@pytest.mark.parametrize("word", ["a b", "c::d[e]"])
def test_words(word): pass
"""
DIES = """
import ctypes
def test_first(): pass
def test_dies(): ctypes.string_at(0)
def test_never_reached(): pass
"""
HANGS = """
import time
def test_sleeps(): time.sleep(1000)
"""
DIES_AT_THE_END = """
import atexit, os
def test_good(): atexit.register(os._exit, 9)
"""
IMPORTS_OUTSIDE_ONLY = """
import os
1 / (not os.environ.get("WALKBOX_INSIDE"))
def test_never_found(): pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the set-up, for tests that are not ours."""
    shutil.copytree(HERE / "runtime", tmp_path / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(folder: Path, *options: str, **variables: str) -> tuple[dict[str, int], str]:
    """How many passed, failed and so on, and everything that was printed."""
    command = [sys.executable, "-m", "pytest", "-ra", *options]
    environment = {**os.environ, "CI": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    last = done.stdout.strip().splitlines()[-1]
    return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}, done.stdout


def test_reports_are_passed_on(folder: Path) -> None:
    (folder / "test_bad.py").write_text(BAD)
    (folder / "test_good.py").write_text(GOOD)
    counts, said = run(folder)
    assert counts == {"passed": 6, "failed": 1, "skipped": 1, "error": 1}
    for part in ("assert 1 == 2", "seen before", "came apart", "not today", "FAILED test_bad.py::test_wrong"):
        assert part in said


def test_options_choose_as_they_always_do(folder: Path) -> None:
    (folder / "test_bad.py").write_text(BAD)
    assert run(folder, "-k", "good or words")[0] == {"passed": 3, "deselected": 3}
    assert run(folder, "test_bad.py::test_words[c::d[e]]")[0] == {"passed": 1}
    assert run(folder, "-x")[0] == {"passed": 1, "failed": 1}
    assert run(folder, "--lf", "--collect-only", "-q")[1].splitlines()[0] == "test_bad.py::test_wrong"


def test_a_process_that_dies_fails_what_it_had_before_it(folder: Path) -> None:
    (folder / "test_dies.py").write_text(DIES)
    (folder / "test_good.py").write_text(GOOD)
    counts, said = run(folder)
    assert counts == {"passed": 3, "failed": 1, "error": 1}  # the one that died, the one that was never set up
    assert "exit code -11" in said and "Fatal Python error" in said and "in test_dies" in said
    (folder / "test_dies.py").unlink()
    (folder / "test_good.py").write_text(DIES_AT_THE_END)
    (folder / "test_import.py").write_text(IMPORTS_OUTSIDE_ONLY)
    counts, said = run(folder)
    assert counts == {"passed": 1, "errors": 2}
    assert "exit code 9" in said and "ZeroDivisionError" in said


def test_a_process_that_hangs_says_where(folder: Path) -> None:
    relay = folder / "runtime/relay.py"
    text = relay.read_text()
    assert "LIMIT_S = 120.0" in text
    relay.write_text(text.replace("LIMIT_S = 120.0", "LIMIT_S = 4.0"))
    (folder / "test_hangs.py").write_text(HANGS)
    counts, said = run(folder)
    assert counts == {"failed": 1}
    assert "said nothing for 4 s" in said and "in test_sleeps" in said


def test_without_a_runtime_tests_are_skipped_but_fail_in_ci(folder: Path) -> None:
    (folder / "test_good.py").write_text(GOOD)
    missing = str(folder / "nowhere")
    counts, said = run(folder, WALKBOX_MONADO=missing)
    assert counts == {"skipped": 2} and f"{missing} holds no Monado" in said
    counts, said = run(folder, WALKBOX_MONADO=missing, CI="true")
    assert counts == {"errors": 2} and f"{missing} holds no Monado" in said
