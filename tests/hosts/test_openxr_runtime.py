"""Where the OpenXR loader would look, in the order it looks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from walkbox.hosts.headset.runtime import find_runtime

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the search order of Linux")


def manifest(path: Path, name: str, library: str = "libopenxr_any.so") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"file_format_version": "1.0.0", "runtime": {"name": name, "library_path": library}}))
    return path


def test_nothing_is_found_on_a_bare_machine(tmp_path: Path) -> None:
    assert find_runtime({"HOME": str(tmp_path)}, tmp_path) is None


def test_each_place_gives_way_to_the_one_before(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "home")}
    manifest(tmp_path / "usr/share/openxr/1/openxr_monado.json", "installed")
    found = find_runtime(env, tmp_path)
    assert found and (found.name, found.named_by, found.active) == ("installed", "/usr/share/openxr/1", False)

    manifest(tmp_path / "etc/xdg/openxr/1/active_runtime.json", "system")
    found = find_runtime(env, tmp_path)
    assert found and (found.name, found.named_by, found.active) == ("system", "/etc/xdg", True)

    manifest(tmp_path / "home/.config/openxr/1/active_runtime.json", "mine")
    found = find_runtime(env, tmp_path)
    assert found and (found.name, found.named_by) == ("mine", "~/.config")

    env["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    found = find_runtime(env, tmp_path)
    assert found and found.name == "system", "XDG_CONFIG_HOME stands in for ~/.config"

    manifest(tmp_path / "config/openxr/1/active_runtime.json", "moved")
    found = find_runtime(env, tmp_path)
    assert found and (found.name, found.named_by) == ("moved", "XDG_CONFIG_HOME")

    env["XR_RUNTIME_JSON"] = str(manifest(tmp_path / "any.json", "chosen"))
    found = find_runtime(env, tmp_path)
    assert found and (found.name, found.named_by, found.error) == ("chosen", "XR_RUNTIME_JSON", "")


def test_a_variable_that_names_no_file_is_an_error_not_a_default(tmp_path: Path) -> None:
    manifest(tmp_path / "etc/xdg/openxr/1/active_runtime.json", "system")
    found = find_runtime({"XR_RUNTIME_JSON": str(tmp_path / "gone.json")}, tmp_path)
    assert found and "FileNotFoundError" in found.error


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runtime": {}}', '{"runtime": {"library_path": 3}}'])
def test_a_broken_manifest_is_reported(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    found = find_runtime({"XR_RUNTIME_JSON": str(path)}, tmp_path)
    assert found and found.error


def test_a_library_is_looked_for_beside_the_manifest(tmp_path: Path) -> None:
    path = manifest(tmp_path / "a.json", "x", "../lib/libx.so")
    found = find_runtime({"XR_RUNTIME_JSON": str(path)}, tmp_path)
    assert found and "libx.so does not exist" in found.error

    (tmp_path.parent / "lib").mkdir(exist_ok=True)
    (tmp_path.parent / "lib/libx.so").touch()
    found = find_runtime({"XR_RUNTIME_JSON": str(path)}, tmp_path)
    assert found and found.error == ""
