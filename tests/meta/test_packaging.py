"""The built wheel and sdist, with the checkout out of reach."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = ("src", "shaders", "assets", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A wheel and an sdist, built in a copy so that the checkout stays as it is. The wheel is built from the sdist."""
    copy = tmp_path_factory.mktemp("copy")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy(ROOT / name, copy)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(copy / "dist"), str(copy)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return next((copy / "dist").glob("*.whl")), next((copy / "dist").glob("*.tar.gz"))


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, built[0]],
        check=True,
    )
    shutil.rmtree(built[0].parents[1] / "src")
    return target


def run_installed(target: Path, program: str, *options: str) -> str:
    """Run *program* in an interpreter that sees *target* first, from a folder that holds nothing."""
    program = f"import sys; sys.path.insert(0, {str(target)!r})\n" + program
    done = subprocess.run(
        [sys.executable, "-I", *options, "-c", program], cwd=target.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected_data() -> set[str]:
    """Every file of shaders/ and assets/ by its place in the installed package."""
    files = [path for folder in ("shaders", "assets") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert any(path.suffix == ".frag" for path in files) and any(path.suffix == ".safetensors" for path in files)
    return {str(path.relative_to(ROOT).as_posix()) for path in files if "__pycache__" not in path.parts}


def test_the_wheel_holds_all_and_only_what_is_ours(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[0]).namelist())
    assert {f"walkbox/{name}" for name in expected_data()} <= names
    sources = {f"walkbox/{p.relative_to(ROOT / 'src/walkbox').as_posix()}" for p in (ROOT / "src").rglob("*.py")}
    assert sources <= names
    assert {name for name in names if "__pycache__" in name} == set()
    assert {name.split("/")[0] for name in names} == {"walkbox", built[0].name.split("-py3")[0] + ".dist-info"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_holds_the_data_too(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert expected_data() <= names


def test_the_command_works_without_any_other_package(installed: Path) -> None:
    # -S: no site-packages, so neither a dependency nor an editable install of the checkout can be found.
    out = run_installed(installed, "from walkbox.cli.main import main; sys.exit(main(['--help']))", "-S")
    assert out.startswith("usage: walkbox")


def test_every_shader_and_asset_is_found(installed: Path) -> None:
    program = (
        "from walkbox import resources, __file__ as here\n"
        f"for name in {sorted(expected_data())!r}:\n"
        "    folder, _, name = name.partition('/')\n"
        "    found = resources.asset(name) if folder == 'assets' else resources.shader(name)\n"
        "    assert folder != 'assets' or str(found).startswith(sys.path[0]), found\n"
        "print(here)"
    )
    assert run_installed(installed, program, "-S").strip() == str(installed / "walkbox" / "__init__.py")


def test_the_installed_demo_predicts(installed: Path) -> None:
    program = (
        "import runpy, walkbox\n"
        "from walkbox import resources\n"
        "assert walkbox.__file__.startswith(sys.path[0])\n"
        "demo = runpy.run_path(str(resources.asset('demo/model.py')))\n"
        "import torch; print(tuple(demo['model']()(torch.zeros(1, *demo['example'])).shape))"
    )
    assert run_installed(installed, program).strip() == "(1, 10)"
