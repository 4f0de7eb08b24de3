"""Writing files and folders so that a crash or a full disk leaves the old ones, or none, and never half of one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from walkbox.errors import WalkboxError

__all__ = ["NewFolder", "fresh_path", "save_png", "written_whole"]


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


class NewFolder:
    """A folder that is written beside the place where it is to stand, and is there only once it is whole.

    Args:
        target: where it is to stand. What stands there (an empty folder, or one that may be replaced) stays untouched
            until :meth:`finish`, which puts the new one in its place.

    Attributes:
        target: as an absolute path without links.
        path: write to this folder.

    Raises:
        WalkboxError: the folder above does not exist or cannot be written.
    """

    def __init__(self, target: Path):
        self.target = Path(target).resolve()
        try:
            self.path = Path(tempfile.mkdtemp(prefix=f".{self.target.name[:40]}-", dir=self.target.parent))
        except OSError as error:
            raise WalkboxError(
                f"Cannot write to {self.target.parent}: {error.strerror}. Name a folder in one that you may write to."
            ) from error

    def finish(self) -> None:
        """Put it in its place.

        Raises:
            WalkboxError: that is not possible; then :meth:`discard` it. What stood there still does.
        """
        umask = os.umask(0)
        os.umask(umask)
        aside = None
        try:
            self.path.chmod(0o777 & ~umask)
            if self.target.exists():
                aside = Path(tempfile.mkdtemp(prefix=f".{self.target.name[:40]}-old-", dir=self.target.parent))
                self.target.rename(aside / "old")
            self.path.rename(self.target)
        except BaseException as error:
            if aside is not None:
                if not self.target.exists():
                    (aside / "old").rename(self.target)
                shutil.rmtree(aside, ignore_errors=True)
            if isinstance(error, OSError):
                raise WalkboxError(
                    f"Cannot write {self.target}: {error.strerror or error}. What stood there still does."
                ) from error
            raise
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was written, unless it is in its place. May be called at any time, and twice."""
        shutil.rmtree(self.path, ignore_errors=True)
