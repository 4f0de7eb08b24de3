"""The settings that survive a restart: a TOML file that a person can read and edit.

It lies in the configuration folder of the system, or in the one that the environment variable ``WALKBOX_CONFIG_DIR``
names. Every setting stands there with what it means and may be; those with the default value are commented out, so that
a later walkbox may have better defaults. Nothing in the file is ever fatal: what cannot be used is reported and left
out, and the file is kept beside under another name before it is written over.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import time
import tomllib
from pathlib import Path
from typing import Any

import platformdirs

from walkbox.config import Settings, rule
from walkbox.errors import SettingsError, WalkboxError, nearest
from walkbox.files import written_whole

__all__ = ["SettingsKeeper", "load", "save", "settings_path"]

VERSION = 1
FOLDER_VARIABLE = "WALKBOX_CONFIG_DIR"
SAVE_AFTER_S = 1.0
"""A slider that is dragged changes its setting at every frame; it is written once."""

DEFAULTS = Settings()
KEPT = tuple(f.name for f in dataclasses.fields(Settings) if rule(f.name).kept)
HEAD = f"""\
# Settings of walkbox, written by its Comfort and Display panels. Edit them as you like.
# A line that begins with # is the default; take the # away to change it.

version = {VERSION}
"""


def settings_path() -> Path:
    """Where the settings file is, or will be."""
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named).expanduser() if named else platformdirs.user_config_path("walkbox", appauthor=False)
    return folder / "settings.toml"


def load(path: Path | None = None) -> tuple[Settings, list[str]]:
    """The kept settings, and a line about each thing in the file that could not be used. Never raises.

    Args:
        path: the file; :func:`settings_path` when None. One that does not exist gives the defaults and no problem.
    """
    path = settings_path() if path is None else path
    try:
        text = path.read_bytes().decode("utf-8-sig")
        entries = tomllib.loads(text)
    except FileNotFoundError:
        return DEFAULTS, []
    except OSError as error:
        return DEFAULTS, [f"{path} cannot be read: {error.strerror}. The default settings are used."]
    except (ValueError, RecursionError) as error:  # not UTF-8, or not TOML
        return DEFAULTS, [f"{path} is not TOML: {error}. The default settings are used; correct that line."]
    settings, problems = DEFAULTS, []
    for name, value in entries.items():
        line = f"{path}, line {_line_of(name, text)}:"
        if name == "version":
            if value != VERSION:
                problems.append(f"{line} the file is of version {value!r}, this walkbox reads version {VERSION}.")
        elif name not in KEPT:
            problems.append(f"{line} there is no setting {name!r} to keep. {nearest(name, KEPT)}".rstrip())
        else:
            try:
                settings = settings.replace(**{name: value})
            except SettingsError as error:
                problems.append(f"{line} {error} The default is used.")
    return settings, problems


def _line_of(name: str, text: str) -> int:
    found = re.search(rf"^\s*\[*\s*[\"']?{re.escape(name)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def save(settings: Settings, path: Path | None = None) -> Path | None:
    """Write the kept settings.

    Args:
        settings: what to write.
        path: the file; :func:`settings_path` when None. Its folder is made; a link is followed.

    Returns:
        where the file that was there is now, if something in it could not be used; else None.

    Raises:
        SettingsError: the file cannot be written.
    """
    path = Path(os.path.realpath(settings_path() if path is None else path))
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as beside:
            beside.write_text(as_toml(settings), encoding="utf-8")
            if load(path)[1]:
                aside = path.replace(path.with_name(path.name + ".broken"))
    except (OSError, WalkboxError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        raise SettingsError(
            f"The settings cannot be saved in {path}: {getattr(cause, 'strerror', None) or cause}. "
            f"Make the folder writable, or name another one in {FOLDER_VARIABLE}."
        ) from error
    return aside


def as_toml(settings: Settings) -> str:
    """The text of the file."""
    parts = [HEAD]
    for name in KEPT:
        value, default, allowed = getattr(settings, name), getattr(DEFAULTS, name), rule(name)
        expected = f" {allowed.expected[:1].upper()}{allowed.expected[1:]}." if allowed.expected else ""
        off = "#" if value == default else ""
        parts.append(f"\n# {allowed.says}{expected}\n{off}{name} = {_toml(value)}\n")
    return "".join(parts)


def _toml(value: Any) -> str:
    # JSON writes our strings, switches and finite numbers as TOML does.
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else json.dumps(value)


class SettingsKeeper:
    """Saves what a person changes in a walk, soon but not at every frame. Main thread only.

    Only what is changed here is written; everything else in the file stays as it is by then, so two walks at a time and
    an edit by hand do no harm, and what was given for one run on the command line is not kept.

    Args:
        path: the file; :func:`settings_path` when None.

    Attributes:
        path: the file.
        settings: what it said at first.
        problems: what :func:`load` reported.
    """

    def __init__(self, path: Path | None = None):
        self.path = settings_path() if path is None else path
        self.settings, self.problems = load(self.path)
        self._changes: dict[str, Any] = {}
        self._since: float | None = None
        self._failed = False

    def change(self, name: str, value: Any) -> None:
        """Keep a setting (one that :meth:`Settings.replace` has accepted); those that are not kept are passed over."""
        if name in KEPT:
            self._changes[name] = value
            self._since = time.monotonic() if self._since is None else self._since

    def save_if_due(self) -> list[str]:
        """Once a frame: write what has waited for a second. Returns what the person should be told, seldom anything."""
        if self._since is None or time.monotonic() - self._since < SAVE_AFTER_S:
            return []
        return self.flush()

    def flush(self) -> list[str]:
        """Write what waits, at the end of the walk. Returns what the person should be told; never raises."""
        self._since = None
        if not self._changes:
            return []
        try:
            aside = save(load(self.path)[0].replace(**self._changes), self.path)
        except SettingsError as error:
            said, self._failed = ([] if self._failed else [f"{error} They hold until the walk ends."]), True
            return said
        self._changes.clear()
        self._failed = False
        return [f"The settings file had lines that could not be used; it is kept as {aside}."] if aside else []
