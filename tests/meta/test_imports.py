"""What an import loads, and what walkbox says it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = {"torch", "xr", "moderngl", "imgui_bundle", "numpy", "glfw", "OpenGL", "PIL", "cmap", "rich", "psutil"}


def loaded_by(program: str) -> set[str]:
    """Top-level modules in ``sys.modules`` of a fresh interpreter after *program*."""
    program += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "program",
    [
        "import walkbox",
        "from walkbox.cli.main import main; assert main(['--help']) == 0",
        "from walkbox.cli.main import main; assert main(['--version']) == 0",
        "from walkbox.cli.main import main; assert main(['no such verb']) == 2",
    ],
)
def test_the_frame_of_the_command_line_is_light(program: str) -> None:
    loaded = loaded_by(program)
    assert "walkbox" in loaded
    assert loaded & HEAVY == set()


def test_the_check_above_can_fail() -> None:
    assert "numpy" in loaded_by("import walkbox.colour")


@pytest.mark.parametrize("floor", ["scene", "layout", "interaction"])
def test_a_floor_works_with_numpy_alone(floor: str) -> None:
    modules = sorted((ROOT / "src/walkbox" / floor).glob("*.py"))
    names = [f"walkbox.{floor}" + ("" if path.stem == "__init__" else f".{path.stem}") for path in modules]
    loaded = loaded_by("; ".join(f"import {name}" for name in names))
    assert loaded & {"torch", "xr", "moderngl", "imgui_bundle", "glfw", "OpenGL", "safetensors"} == set()


def test_help_of_a_verb_loads_no_torch_and_no_graphics() -> None:
    for verb in ("run", "snapshot", "export", "inspect", "doctor"):
        loaded = loaded_by(f"from walkbox.cli.main import main; assert main(['{verb}', '--help']) == 0")
        assert loaded & {"torch", "xr", "moderngl", "imgui_bundle", "glfw", "OpenGL"} == set(), verb


def third_party_imports() -> set[str]:
    """Top-level names that walkbox imports anywhere, lazily or not, and that are neither its own nor Python's."""
    names: set[str] = set()
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "assets").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"walkbox"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    of_the_user = {"torchvision", "timm"}
    distributions = metadata.packages_distributions()
    imported = {canonical(distributions[name][0]) for name in third_party_imports() - of_the_user}
    declared = {canonical(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert imported - declared == set(), "imported but not in pyproject.toml"
    assert declared - imported == set(), "in pyproject.toml but never imported"


def test_every_dependency_is_pinned_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {canonical(name): version for name, _, version in (line.partition("==") for line in lines) if version}
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]:
        requirement = Requirement(line)
        assert pins[canonical(requirement.name)] in requirement.specifier, line


def test_one_version_everywhere() -> None:
    import walkbox

    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest and newest[1] == PROJECT["version"] == walkbox.__version__
