"""File names that every file system takes, made of any text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["LONGEST_BYTES", "distinct_names", "safe_name"]

LONGEST_BYTES = 120
"""Of a name in UTF-8, its ending and a number excluded: encrypted file systems take 143 bytes in all."""

_WRONG = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Devices of Windows, whatever ending they have; it takes superscript digits for digits.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)


def safe_name(text: str) -> str:
    """A file name without its ending that is like *text*, and *text* itself wherever that is one.

    >>> safe_name("hot dog"), safe_name("a/c: on?"), safe_name("CON"), safe_name(" .. ")
    ('hot dog', 'a_c_ on_', '_CON', '_')
    """
    name = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no character
    name = _WRONG.sub("_", unicodedata.normalize("NFC", name))
    name = "".join("_" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in name)
    name = name.strip(" ").lstrip(".").strip(" ")
    while len(name.encode()) > LONGEST_BYTES:
        name = name[:-1]
    name = name.rstrip(" .")
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name


def distinct_names(texts: Iterable[str]) -> list[str]:
    """A :func:`safe_name` for each text; of those that some file system takes for the same, later ones get a number.

    >>> distinct_names(["crane", "Crane", "crane", "crane-2"])
    ['crane', 'Crane-2', 'crane-3', 'crane-2-2']
    """
    taken: set[str] = set()
    found = []
    for text in texts:
        stem = name = safe_name(text)
        number = 1
        while _folded(name) in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(_folded(name))
        found.append(name)
    return found


def _folded(name: str) -> str:
    """Equal for names that differ in case or in how letters are composed."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
