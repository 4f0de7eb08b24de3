"""Files that ship with walkbox: shaders and assets.

They live at the top of the repository (``shaders/``, ``assets/``) and are installed as the packages
``walkbox.shaders`` and ``walkbox.assets``, so that a wheel, an sdist and an editable install find them alike.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from walkbox.errors import ResourceError

__all__ = ["asset", "shader"]


def _find(package: str, name: str) -> Path:
    found = Path(str(resources.files(package))) / name
    if not found.exists():
        raise ResourceError(f"The file {name!r} of {package} is missing at {found}. Reinstall walkbox.")
    return found


def asset(name: str) -> Path:
    """Path of a file or folder under ``assets/``."""
    return _find("walkbox.assets", name)


def shader(name: str) -> str:
    """Text of a GLSL file under ``shaders/``, its ``#include "other.glsl"`` lines filled in."""
    lines = []
    for line in _find("walkbox.shaders", name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#include "):
            lines.append(shader(line.split('"')[1]))
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
