"""Which OpenXR runtime the loader would take, and what named it.

The search order is that of the Khronos loader (OpenXR 1.1 loader design, "Runtime Discovery").
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["Runtime", "find_runtime"]


@dataclass(frozen=True)
class Runtime:
    """One runtime manifest.

    Attributes:
        named_by: what pointed to it: an environment variable, a folder's rule, or the registry.
        manifest: path of the JSON file.
        name: what the runtime calls itself, or an empty string.
        library: path or bare file name of its library, or an empty string.
        active: the loader would take it; otherwise it is only installed.
        error: why it cannot work, or an empty string.
    """

    named_by: str
    manifest: str
    name: str = ""
    library: str = ""
    active: bool = True
    error: str = ""


def find_runtime(environ: Mapping[str, str] = os.environ, root: Path = Path("/")) -> Runtime | None:
    """The active runtime; else one that is installed but not active; else None.

    Args:
        environ: the environment to read.
        root: where system folders start (for tests).
    """
    for named_by, manifest in _active(environ, root):
        # A variable that names a missing file is an error of the loader; a missing default file is not.
        if named_by == "XR_RUNTIME_JSON" or manifest.exists():
            return _read(named_by, manifest, active=True)
    if sys.platform.startswith("linux"):
        for folder in ("usr/share/openxr/1", "usr/local/share/openxr/1"):
            for manifest in sorted((root / folder).glob("*.json")):
                return _read(f"/{folder}", manifest, active=False)
    return None


def _active(environ: Mapping[str, str], root: Path) -> Iterator[tuple[str, Path]]:
    if environ.get("XR_RUNTIME_JSON"):
        yield "XR_RUNTIME_JSON", Path(environ["XR_RUNTIME_JSON"])
    if sys.platform == "win32":
        yield from _registry()
        return
    if sys.platform == "darwin":
        yield "/usr/local/share", root / "usr/local/share/openxr/1/active_runtime.json"
    home = environ.get("HOME", "")
    folders = [
        ("XDG_CONFIG_HOME", environ.get("XDG_CONFIG_HOME", "")),
        ("~/.config", f"{home}/.config" if home else ""),
    ]
    folders += [("XDG_CONFIG_DIRS", folder) for folder in environ.get("XDG_CONFIG_DIRS", "").split(":")]
    folders += [("/etc/xdg", str(root / "etc/xdg")), ("/etc", str(root / "etc"))]
    for named_by, folder in folders:
        if folder and not (named_by == "~/.config" and environ.get("XDG_CONFIG_HOME")):
            yield named_by, Path(folder) / f"openxr/1/active_runtime.{platform.machine()}.json"
            yield named_by, Path(folder) / "openxr/1/active_runtime.json"


def _registry() -> Iterator[tuple[str, Path]]:
    if sys.platform == "win32":
        import winreg

        place = r"SOFTWARE\Khronos\OpenXR\1"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
                yield rf"HKEY_LOCAL_MACHINE\{place}", Path(winreg.QueryValueEx(key, "ActiveRuntime")[0])
        except OSError:
            return


def _read(named_by: str, manifest: Path, active: bool) -> Runtime:
    found = Runtime(named_by, str(manifest), active=active)
    try:
        runtime = json.loads(manifest.read_text(encoding="utf-8"))["runtime"]
        library = runtime["library_path"]
        has_folder = "/" in library or "\\" in library
    except (OSError, ValueError, KeyError, TypeError) as error:
        return replace(found, error=f"{type(error).__name__}: {error}")
    error = ""
    # A bare name is searched by the system; anything else is relative to the manifest's real place.
    if has_folder:
        path = manifest.resolve().parent / library
        library, error = str(path), "" if path.exists() else f"its library {path} does not exist"
    return replace(found, name=str(runtime.get("name", "")), library=library, error=error)
