"""Writing files so that a crash or a full disk leaves the old file, or none, and never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from walkbox.errors import WalkboxError

__all__ = ["fresh_path", "save_png", "written_whole"]


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside *path* to write to; it takes the place of *path* only when the block ends without an exception.

    Raises:
        WalkboxError: the folder does not exist or cannot be written, or the disk is full.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise WalkboxError(
            f"Cannot write {path}: {error.strerror}. Name a file in a folder that you may write to."
        ) from error
    beside = Path(name)
    try:
        yield beside
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        beside.replace(path)
    except OSError as error:
        raise WalkboxError(f"Cannot write {path}: {error.strerror or error}. Nothing was left behind.") from error
    finally:
        beside.unlink(missing_ok=True)


def save_png(pixels: np.ndarray, path: Path) -> None:
    """Save uint8 (H, W, 3), row 0 on top, as PNG; equal pixels give equal bytes."""
    from PIL import Image

    with written_whole(path) as beside:
        Image.fromarray(pixels).save(beside, format="PNG", compress_level=6)


def fresh_path(folder: Path, stem: str, suffix: str) -> Path:
    """A path in *folder* that no file has yet: ``stem.png``, ``stem-2.png``, ..."""
    number = 1
    while True:
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if not path.exists():
            return path
        number += 1
