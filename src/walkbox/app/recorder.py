"""Writes a session down, line by line: every command, and where the walker stands.

What arrives by itself (pictures, blocks, statistics) is not written down; a replay waits for it. Every line is written
out at once, so a crash costs one at most. :mod:`walkbox.app.recording` says what the lines are.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import walkbox
from walkbox.app.recording import MARK, PATHS, VERSION, Place
from walkbox.app.references import path_from, target_from
from walkbox.commands import Command, TakeWebcam
from walkbox.commands_json import to_json
from walkbox.config import Settings
from walkbox.errors import WalkboxError
from walkbox.files import save_png
from walkbox.interaction.locomotion import Walker, yaw_of

if TYPE_CHECKING:
    from walkbox.app.scenes import SceneFile
    from walkbox.app.walk import Walk
    from walkbox.scene.pictures import Picture

__all__ = ["Recorder", "place_of", "settings_of"]


class Recorder:
    """Writes a session down. Main thread only; when the disk is full it says so once and stops.

    Args:
        path: the file, which must not exist yet.
        target: the model, as it is named on the command line.
        options: what else was given there.
        settings: that the walk begins with.
        size_px: of the window, where it is known.
        scene: that the walk begins with, or None.

    Raises:
        WalkboxError: the file exists, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        target: str,
        options: Mapping[str, Any],
        settings: Settings,
        size_px: tuple[int, int] | None = None,
        scene: SceneFile | None = None,
    ) -> None:
        self.path = Path(path)
        self._problem = ""
        self._photos: list[int] = []
        self._frame = 0
        self._place: Place | None = None
        self._began_s: float | None = None
        try:
            self._file: IO[str] | None = self.path.open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            raise WalkboxError(
                f"{path} exists already. Name a file for --record that does not, or remove it."
            ) from None
        except OSError as error:
            raise WalkboxError(
                f"Cannot write {path}: {error.strerror}. Name a file in a folder that you may write to."
            ) from error
        head = {MARK: VERSION, "walkbox": walkbox.__version__, "target": target_from(target, self.path)}
        head["options"] = {name: self._named(name, value) for name, value in options.items()}
        head["settings"] = settings_of(settings)
        if size_px is not None:
            head["size_px"] = list(size_px)
        if scene is not None:
            head["scene"] = {"file": path_from(scene.path, self.path), "says": scene.document}
        self._write(head)

    def command(self, command: Command) -> None:
        """A command is about to be carried out."""
        if isinstance(command, TakeWebcam):
            self._photos.append(command.picture)
        self._write({**to_json(command), **self._when()})

    def frame(self, walk: Walk) -> None:
        """A frame is about to be drawn: where the walker stands, if that is elsewhere than in the frame before."""
        self._frame += 1
        if self._began_s is None and walk.network() is not None:
            self._began_s = time.perf_counter()
        for number in [number for number in self._photos if number in walk.scene.pictures]:
            self._photos.remove(number)
            self._keep_photo(walk.scene.pictures[number])
        if self._problem:
            walk.ui.say(self._problem, "error")
            self._problem = ""
        place = place_of(walk.walker, walk.settings.eye_height_m)
        if place != self._place and self._began_s is not None:
            self._place = place
            self._write({"at": place.numbers, **self._when()})

    def close(self) -> None:
        """End the file. May be called twice."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _named(self, option: str, value: Any) -> Any:
        if option not in PATHS:
            return value
        return [self._named(option, v) for v in value] if isinstance(value, list) else path_from(value, self.path)

    def _keep_photo(self, picture: Picture) -> None:
        """Write a photograph of a camera beside the recording."""
        folder = self.path.with_name(f"{self.path.stem}.pictures")
        try:
            folder.mkdir(exist_ok=True)
            save_png(picture.pixels, folder / f"{picture.id}.png")
        except (OSError, WalkboxError) as error:
            self._problem = f"A photograph of the camera is missing in the recording: {error}"
            return
        file = f"{folder.name}/{picture.id}.png"
        self._write({"photo": picture.id, "name": picture.name, "file": file, **self._when()})

    def _when(self) -> dict[str, Any]:
        elapsed = 0.0 if self._began_s is None else time.perf_counter() - self._began_s
        return {"frame": self._frame, "s": round(elapsed, 3)}

    def _write(self, document: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(document, default=_number) + "\n")
            self._file.flush()
        except OSError as error:
            self._problem = f"The recording {self.path} ends here: {error.strerror}."
            with contextlib.suppress(OSError):
                self.close()


def _number(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item()


def settings_of(settings: Settings) -> dict[str, Any]:
    """Those that are not the default."""
    values, default = dataclasses.asdict(settings), dataclasses.asdict(Settings())
    return {name: value for name, value in values.items() if value != default[name]}


def place_of(walker: Walker, eye_height_m: float) -> Place:
    """Where a walker stands; of a wearer, where their head is."""
    x, y, z = walker.spot.tolist()
    if walker.head is None:
        return Place((x, y, z), walker.yaw, walker.pitch, walker.scale, eye_height_m)
    view = walker.world_from_view(eye_height_m)
    pitch = math.asin(min(max(-float(view[1, 2]), -1.0), 1.0))
    return Place((x, y, z), yaw_of(view), pitch, walker.scale, float(view[1, 3]) - y)
