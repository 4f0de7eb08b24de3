"""Commands as plain JSON objects and back: ``{"do": "SetScale", "scale": 2.0}``.

One code for every subclass of :class:`walkbox.commands.Command`: a new command needs nothing here. Fields with their
default value are left out. What is read is checked against the types of the fields.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any

from walkbox import commands
from walkbox.commands import Command
from walkbox.errors import UsageError, nearest

__all__ = ["KEY", "command_classes", "from_json", "to_json"]

KEY = "do"
"""The entry that names the command."""


@cache
def command_classes() -> dict[str, type[Command]]:
    """Every command by its name."""
    found = {name: getattr(commands, name) for name in commands.__all__}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }


def to_json(command: Command) -> dict[str, Any]:
    """A command as a JSON object; tuples become lists."""
    document: dict[str, Any] = {KEY: type(command).__name__}
    for field in dataclasses.fields(command):
        value = getattr(command, field.name)
        if value != field.default or type(value) is not type(field.default):
            document[field.name] = _plain(value)
    return document


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def from_json(document: Any) -> Command:
    """The command of a JSON object.

    Raises:
        UsageError: no command has that name, or a field is missing, unknown or of another type.
    """
    if not isinstance(document, dict):
        raise UsageError(f"A command is {_shown(document)}; an object with {KEY!r} was expected.")
    name = document.get(KEY)
    kind = command_classes().get(name) if isinstance(name, str) else None
    if kind is None:
        hint = nearest(str(name), command_classes())
        raise UsageError(f"There is no command {_shown(name)}. {hint} A newer walkbox may have it.".replace("  ", " "))
    hints, fields = _hints(kind), dataclasses.fields(kind)
    given = {key: value for key, value in document.items() if key != KEY}
    for key in given:
        if key not in hints:
            known = ", ".join(hints) or "none"
            raise UsageError(f"{name} has no field {key!r}. {nearest(key, hints)} It has: {known}.".replace("  ", " "))
    missing = [f.name for f in fields if f.default is dataclasses.MISSING and f.name not in given]
    if missing:
        raise UsageError(f"{name} lacks {', '.join(map(repr, missing))}.")
    return kind(**{key: _checked(f"{name}.{key}", value, hints[key]) for key, value in given.items()})


@cache
def _hints(kind: type[Command]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _checked(what: str, value: Any, wanted: Any) -> Any:
    """A JSON value as the type of a field."""
    found = _fitted(value, wanted)
    if found is _Wrong:
        raise UsageError(f"{what} is {_shown(value)}; {_named(wanted)} was expected.")
    return found


class _Wrong:
    """No value."""


def _fitted(value: Any, wanted: Any) -> Any:
    """The value, lists turned into tuples and whole numbers into floats where that is wanted; ``_Wrong`` if it does
    not fit.
    """
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        tried = (_fitted(value, choice) for choice in typing.get_args(wanted))
        return next((found for found in tried if found is not _Wrong), _Wrong)
    if origin is tuple:
        if not isinstance(value, list):
            return _Wrong
        choices = typing.get_args(wanted)
        if choices[-1] is Ellipsis:
            choices = (choices[0],) * len(value)
        found = tuple(_fitted(v, c) for v, c in zip(value, choices, strict=False))
        return _Wrong if len(value) != len(choices) or _Wrong in found else found
    if wanted is float and type(value) is int and abs(value) < 1 << 1000:
        return float(value)
    return value if type(value) is wanted else _Wrong


def _named(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted).replace("typing.", "")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
