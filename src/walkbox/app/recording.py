"""Recordings of walks: what stands in such a file, and reading it.

JSON Lines: the first line says what was opened and how, each further line is a command (``{"do": "MoveWall", ...}``)
or a place (``{"at": [...]}``) with the number of its frame and the seconds since the network stood there.
:mod:`walkbox.app.recorder` writes them.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import walkbox
from walkbox.app.references import path_at, target_at
from walkbox.commands import Command
from walkbox.commands_json import KEY, from_json
from walkbox.config import Settings
from walkbox.errors import UsageError, WalkboxError
from walkbox.interaction.locomotion import Walker

__all__ = ["MARK", "PATHS", "VERSION", "Event", "Photo", "Place", "Recording", "read_recording"]

VERSION = 1
MARK = "walkbox recording"
PATHS = ("weights", "image")
"""Options that are paths."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands and looks.

    Attributes:
        spot: point of the floor under them, world frame, metres.
        yaw, pitch: radians; 0, 0 looks along -z, positive turns left and looks up.
        scale: metres of the world that a metre of the person takes.
        eye_m: metres of the world from the spot up to the eyes.
    """

    spot: tuple[float, float, float]
    yaw: float
    pitch: float
    scale: float
    eye_m: float

    def stand(self, walker: Walker, eye_height_m: float) -> None:
        """Put a walker there. At the desk, where everyone is of ordinary size, the floor is lifted for a giant."""
        x, y, z = self.spot
        lift = 0.0 if walker.head is not None else self.eye_m - eye_height_m
        walker.jump((x, y + lift, z), self.yaw, self.pitch, scale=self.scale)

    @property
    def numbers(self) -> list[float]:
        """As they stand in the file."""
        return [*self.spot, self.yaw, self.pitch, self.scale, self.eye_m]

    @staticmethod
    def of_numbers(numbers: Any) -> Place:
        """The place of the numbers of a file.

        Raises:
            UsageError: they are not seven finite numbers.
        """
        good = isinstance(numbers, list) and len(numbers) == 7
        if not good or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
            raise UsageError(f"A place is {numbers!r}; x, y, z, yaw, pitch, scale and eye height were expected.")
        x, y, z, yaw, pitch, scale, eye_m = map(float, numbers)
        if scale <= 0:
            raise UsageError(f"The scale of a place is {scale:g}; a number above 0 was expected.")
        return Place((x, y, z), yaw, pitch, scale, eye_m)


@dataclass(frozen=True, slots=True)
class Photo:
    """A frame of a camera: what no replay could take again lies beside the recording.

    Attributes:
        picture: id of the picture; name: its name.
        file: PNG of its pixels.
    """

    picture: int
    name: str
    file: Path


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a recording.

    Attributes:
        line: its number in the file, the head is 1.
        frame: number of the frame it belongs to.
        time_s: since the network stood there.
        what: the command, the place where the walker stands from then on, or a photograph of a camera that came.
    """

    line: int
    frame: int
    time_s: float
    what: Command | Place | Photo


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read.

    Attributes:
        path: its file.
        target: the model, as it is named on the command line.
        options: what else was given there, by the names of its options.
        settings: settings that were not the default ones.
        size_px: of the window, or None.
        scene: that the walk began with: where its file was, and what it said then; or None.
        events: in their order.
        problems: what could not be used, a sentence each.
    """

    path: Path
    target: str
    options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    size_px: tuple[int, int] | None = None
    scene: tuple[Path, dict[str, Any]] | None = None
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()


def _found(option: str, value: Any, file: Path) -> Any:
    """The value of an option with its paths as they are from here; lists become tuples."""
    if isinstance(value, list):
        return tuple(_found(option, v, file) for v in value)
    return str(path_at(value, file)) if option in PATHS and isinstance(value, str) else value


def read_recording(path: Path) -> Recording:
    """Read a recording. A last line that a crash cut off is left out, and that is said.

    Raises:
        UsageError: there is no such file, it is no recording, a newer walkbox has written it, or a line is broken
            (which is named).
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"The recording {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no recording of walkbox: it is not text in UTF-8.") from error
    lines = text.split("\n")
    cut_off = lines.pop()  # what follows the last end of a line
    head = _head(path, lines[0] if lines else cut_off)
    events, problems = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        with _naming(path, number):
            events.append(_event(path, number, line))
    if cut_off and lines:
        problems.append(f"{path}, line {len(lines) + 1}: it was cut off, so the replay ends before it.")
    settings = Settings()
    for name, value in head.get("settings", {}).items():
        try:
            settings = settings.replace(**{name: value})
        except WalkboxError as error:
            problems.append(f"{path}, line 1: {error}")
    size, scene = head.get("size_px"), head.get("scene")
    wrong = not isinstance(size, list) or len(size) != 2 or not all(type(n) is int and n > 15 for n in size)
    return Recording(
        path,
        target_at(head["target"], path),
        {name: _found(name, value, path) for name, value in head["options"].items()},
        settings,
        None if size is None or wrong else (size[0], size[1]),
        None if scene is None else (path_at(scene["file"], path), scene["says"]),
        tuple(events),
        tuple(problems),
    )


def _head(path: Path, line: str) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict) or MARK not in head:
        raise UsageError(
            f"{path}, line 1: this is no recording of walkbox; a file of `walkbox run --record` was expected."
        )
    version = head[MARK]
    if type(version) is not int or version > VERSION:
        raise UsageError(
            f"{path} is a recording of version {version!r}, from walkbox {head.get('walkbox', '?')}; this walkbox "
            f"({walkbox.__version__}) reads version {VERSION}. Replay it with a newer one."
        )
    kinds = {"target": str, "options": dict, "settings": dict}
    for name, kind in kinds.items():
        if not isinstance(head.setdefault(name, kind()), kind):
            raise UsageError(f"{path}, line 1: {name!r} is {head[name]!r}; a {kind.__name__} was expected.")
    scene = head.get("scene")
    kinds = {"file": str, "says": dict}
    if scene is not None and not (
        isinstance(scene, dict) and all(isinstance(scene.get(name), kind) for name, kind in kinds.items())
    ):
        raise UsageError(f"{path}, line 1: 'scene' lacks the file, or what it says.")
    return head


def _event(path: Path, number: int, line: str) -> Event:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise UsageError(f"it is broken: {error}.") from error
    if not isinstance(document, dict):
        raise UsageError(f"it is {line[:60]!r}; a command or a place was expected.")
    frame, elapsed_s = document.pop("frame", 0), document.pop("s", 0.0)
    if type(frame) is not int or type(elapsed_s) not in (int, float):
        raise UsageError(f"its frame is {frame!r} and its time {elapsed_s!r}; two numbers were expected.")
    if "at" in document:
        return Event(number, frame, elapsed_s, Place.of_numbers(document["at"]))
    if "photo" in document:
        photo, name, file = (document.get(key) for key in ("photo", "name", "file"))
        if type(photo) is not int or not isinstance(name, str) or not isinstance(file, str):
            raise UsageError(
                f"its photograph is {photo!r}, {name!r}, {file!r}; a number, a name, a file were expected."
            )
        return Event(number, frame, elapsed_s, Photo(photo, name, path_at(file, path)))
    if KEY not in document:
        raise UsageError(f"it has neither {KEY!r} nor 'at': {line[:60]!r}.")
    return Event(number, frame, elapsed_s, from_json(document))


@contextlib.contextmanager
def _naming(path: Path, number: int) -> Iterator[None]:
    """Errors name the line they are about."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}, line {number}: {error}") from error
