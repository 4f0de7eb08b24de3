"""A session written down, line by line: every command, and where the walker stands.

JSON Lines: the first line says what was opened and how, each further line is a command (``{"do": "MoveWall", ...}``)
or a place (``{"at": [...]}``) with the number of its frame and the seconds since the network stood there. What arrives
by itself (pictures, blocks, statistics) is not written down; a replay waits for it. Every line is written out at once,
so a crash costs one at most.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import walkbox
from walkbox.commands import Command
from walkbox.commands_json import KEY, from_json, to_json
from walkbox.config import Settings
from walkbox.errors import UsageError, WalkboxError
from walkbox.interaction.locomotion import Walker, yaw_of

if TYPE_CHECKING:
    from walkbox.app.scenes import SceneFile
    from walkbox.app.walk import Walk

__all__ = [
    "VERSION",
    "Event",
    "Place",
    "Recorder",
    "Recording",
    "place_of",
    "read_recording",
    "relative",
    "resolved",
    "settings_of",
]

VERSION = 1
MARK = "walkbox recording"


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


def place_of(walker: Walker, eye_height_m: float) -> Place:
    """Where a walker stands; of a wearer, where their head is."""
    x, y, z = walker.spot.tolist()
    if walker.head is None:
        return Place((x, y, z), walker.yaw, walker.pitch, walker.scale, eye_height_m)
    view = walker.world_from_view(eye_height_m)
    pitch = math.asin(min(max(-float(view[1, 2]), -1.0), 1.0))
    return Place((x, y, z), yaw_of(view), pitch, walker.scale, float(view[1, 3]) - y)


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a recording.

    Attributes:
        line: its number in the file, the head is 1.
        frame: number of the frame it belongs to.
        time_s: since the network stood there.
        what: the command, or the place where the walker stands from then on.
    """

    line: int
    frame: int
    time_s: float
    what: Command | Place


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
        head = {MARK: VERSION, "walkbox": walkbox.__version__, "target": relative(target, self.path)}
        head["options"] = {name: relative(value, self.path) for name, value in options.items()}
        head["settings"] = settings_of(settings)
        if size_px is not None:
            head["size_px"] = list(size_px)
        if scene is not None:
            head["scene"] = {"file": relative(scene.path, self.path), "says": scene.document}
        self._write(head)

    def command(self, command: Command) -> None:
        """A command is about to be carried out."""
        self._write({**to_json(command), **self._when()})

    def frame(self, walk: Walk) -> None:
        """A frame is about to be drawn: where the walker stands, if that is elsewhere than in the frame before."""
        self._frame += 1
        if self._began_s is None and walk.network() is not None:
            self._began_s = time.perf_counter()
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


def relative(value: Any, file: Path) -> Any:
    """A path of something that exists as seen from a file's folder, for files that are sent elsewhere together; every
    other value as it is.
    """
    if isinstance(value, (list, tuple)):
        return [relative(item, file) for item in value]
    if not isinstance(value, (str, os.PathLike)):
        return value
    text, colon, rest = os.fspath(value), "", ""
    if not os.path.exists(text):  # model.py:name
        text, colon, rest = text.rpartition(":")
        if not text or not os.path.exists(text):
            return os.fspath(value)
    try:
        return Path(os.path.relpath(text, file.absolute().parent)).as_posix() + colon + rest
    except ValueError:  # on another drive
        return Path(text).absolute().as_posix() + colon + rest


def resolved(value: Any, file: Path) -> Any:
    """The inverse of :func:`relative`: what exists beside the file is named so that it is found from here."""
    if isinstance(value, list):
        return tuple(resolved(item, file) for item in value)
    if not isinstance(value, str) or not value:
        return value
    text, colon, rest = value, "", ""
    if not (file.absolute().parent / text).exists():
        text, colon, rest = text.rpartition(":")
        if not text or not (file.absolute().parent / text).exists():
            return value
    return str(file.absolute().parent / text) + colon + rest


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
            events.append(_event(number, line))
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
        resolved(head["target"], path),
        {name: resolved(value, path) for name, value in head.get("options", {}).items()},
        settings,
        None if size is None or wrong else (size[0], size[1]),
        None if scene is None else (Path(resolved(scene["file"], path)), scene["says"]),
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


def _event(number: int, line: str) -> Event:
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
