"""Questions whose answer may crash or hang are asked in a process of their own.

A broken driver or runtime takes the child down with it, not the program that asked.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

__all__ = ["answer_of", "python"]

_WINDOWS_EXCEPTION = 0xC0000000


def python() -> list[str]:
    """The words that start this Python once more.

    Where a dynamic loader was named to start this process (``ld-linux.so --library-path ... python``, as some
    distributions and test set-ups do), a child must be started by it too: it would run on another C library otherwise.
    """
    command = [sys.executable]
    try:
        words = Path("/proc/self/cmdline").read_bytes().decode().split("\0")[:-1]
    except (OSError, UnicodeDecodeError):
        return command
    before = len(words) - len(sys.orig_argv)
    return words[:before] + command if before > 0 and words[before:] == sys.orig_argv else command


def answer_of(command: list[str], timeout_s: float) -> dict[str, Any]:
    """The last JSON object that *command* prints on a line of its own; ``{"error": why}`` when it prints none."""
    # Files, not pipes: a service that the child starts inherits them and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"error": f"no answer within {timeout_s:g} s"}
        printed, said = _lines(out), _lines(err)
    if done.returncode < 0:
        return {"error": f"it crashed ({signal.Signals(-done.returncode).name})"}
    if done.returncode >= _WINDOWS_EXCEPTION:
        return {"error": f"it crashed (0x{done.returncode:08X})"}
    for line in reversed(printed):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict):
            return answer
    return {"error": said[-1] if said else f"it ended with exit code {done.returncode}"}


def _lines(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return file.read().decode(errors="replace").strip().splitlines()
