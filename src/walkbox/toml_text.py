"""Plain data as TOML that is good to read; Python itself only reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["Inline", "toml_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Inline(dict[str, Any]):
    """A table that is written in one line: ``{ a = 1, b = 2 }``."""


def toml_text(document: Mapping[str, Any], *, head: str = "") -> str:
    """The text of a document of strings, numbers, switches, lists and mappings.

    Args:
        document: mappings become tables, lists of mappings arrays of tables; entries with None are left out.
        head: comment lines for the beginning, without their #.
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    if lines:
        lines.append("")
    _table(document, (), lines)
    return "\n".join(lines).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    later: list[tuple[str, Any]] = []
    for key, value in table.items():
        if _is_table(value) or _is_tables(value):
            later.append((key, value))
        elif value is not None:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in later:
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        for one in value if _is_tables(value) else [value]:
            if _is_tables(value) or not one or any(not _is_table(v) and not _is_tables(v) for v in one.values()):
                lines += ["", f"[[{name}]]" if _is_tables(value) else f"[{name}]"]
            _table(one, inner, lines)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and not isinstance(value, Inline)


def _is_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(_is_table(v) for v in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, Mapping):
        entries = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    # Half a surrogate pair (of a file name that is not UTF-8) is no character for TOML.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return '"' + "".join(_character(c) for c in text) + '"'


def _character(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    return f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c
