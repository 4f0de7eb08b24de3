"""How scene files and recordings name other files: as seen from their own folder, so that they can be sent together."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["path_at", "path_from", "target_at", "target_from"]


def path_from(path: str | os.PathLike[str], file: Path) -> str:
    """A path as *file* names it: relative to its folder with forward slashes, absolute on another drive."""
    try:
        return Path(os.path.relpath(path, file.absolute().parent)).as_posix()
    except ValueError:  # on another drive
        return Path(path).absolute().as_posix()


def path_at(name: str, file: Path) -> Path:
    """The path that *file* calls so."""
    return file.absolute().parent / name


def target_from(target: str, file: Path) -> str:
    """A model's target as *file* names it: of ``model.py:name`` the path, everything else as it is."""
    path, rest = _split(target, Path())
    return path_from(path, file) + rest if path else target


def target_at(name: str, file: Path) -> str:
    """The target that *file* calls so."""
    path, rest = _split(name, file.absolute().parent)
    return str(path_at(path, file)) + rest if path else name


def _split(target: str, folder: Path) -> tuple[str, str]:
    """The file that a target names, and what follows it; no file where it names none."""
    before, colon, after = target.rpartition(":")
    if (folder / target).is_file():
        return target, ""
    return (before, colon + after) if before and (folder / before).is_file() else ("", "")
