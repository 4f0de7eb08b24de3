"""Rules of the repository that no linter knows."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_floors_import_only_downward() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_every_package_folder_is_in_the_package_list() -> None:
    import tomllib

    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    folders = {path.parent for path in (ROOT / "src/walkbox").rglob("*.py")}
    found = {".".join(folder.relative_to(ROOT / "src").parts) for folder in folders}
    assert found | {"walkbox.shaders", "walkbox.assets"} == listed


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout")
def test_what_make_leaves_behind_is_ignored_by_git() -> None:
    folders = [
        ".venv",
        "walkbox.egg-info",
        "build",
        "dist",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        "a/__pycache__",
    ]
    left = [f"{folder}/x" for folder in folders] + ["walk.png"]
    done = subprocess.run(["git", "check-ignore", *left], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == left


def test_every_module_says_what_it_is_and_postpones_annotations() -> None:
    wrong = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not tree.body and path.name == "__init__.py":
            continue
        future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
        if not ast.get_docstring(tree) or not (future or len(tree.body) == 1):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("target", ["run", "test", "lint", "help"])
def test_the_makefile_is_sound(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
