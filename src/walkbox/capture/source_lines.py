"""Which line of the user's own code an operation or a module comes from."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import sysconfig
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import torch
from torch import nn

import walkbox
from walkbox.graph import SourceLine

__all__ = ["LineFinder", "made_at", "noting_modules"]

_SKIPPED, _PACKAGE, _OWN, _PREFERRED = range(4)


class LineFinder:
    """Finds the line that is being carried out, in the innermost frame that says most.

    Most says a file that one of the model's classes comes from, then any other file of the user, then an installed
    package. torch, walkbox and Python's own library say nothing.

    Args:
        classes: of the model and the modules in it.
        outermost: frames from the one of this code on are not the model's.
    """

    def __init__(self, classes: Iterable[type], outermost: CodeType):
        self._outermost = outermost
        self._ranks: dict[str, int] = {}
        self._lines: dict[tuple[str, int], SourceLine] = {}
        for file in {_file_of(one) for one in classes}:
            if self._rank(file) == _OWN:
                self._ranks[file] = _PREFERRED

    def current(self) -> SourceLine | None:
        """The line that the calling thread is at; None when only torch's code runs."""
        best, found = _SKIPPED, None
        frame = sys._getframe(1)
        while frame is not None and frame.f_code is not self._outermost:
            file = frame.f_code.co_filename
            rank = self._ranks.get(file)
            if rank is None:
                rank = self._rank(file)
            if rank > best:
                best, found = rank, (file, frame.f_lineno or 0)
                if rank == _PREFERRED:
                    break
            frame = frame.f_back
        if found is None:
            return None
        if found not in self._lines:
            self._lines[found] = _read(*found)
        return self._lines[found]

    def _rank(self, file: str) -> int:
        rank = self._ranks[file] = _rank_of(file)
        return rank


_made: dict[int, tuple[weakref.ref[nn.Module], SourceLine]] = {}


@contextmanager
def noting_modules(outermost: CodeType) -> Iterator[None]:
    """Note for :func:`made_at` where modules are made that are built in the ``with`` block.

    A module is noticed when it gets a parameter, else when it becomes part of another one; PyTorch's global hooks tell.

    Args:
        outermost: as for :class:`LineFinder`.
    """
    finder = LineFinder((), outermost)

    def note(module: Any) -> None:
        if isinstance(module, nn.Module) and made_at(module) is None:
            line = finder.current()
            if line is not None:
                key = id(module)
                _made[key] = weakref.ref(module, lambda gone: _made.pop(key, None)), line

    hooks = nn.modules.module
    handles = (
        hooks.register_module_parameter_registration_hook(lambda module, name, parameter: note(module)),
        hooks.register_module_module_registration_hook(lambda parent, name, module: note(module)),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def made_at(module: nn.Module) -> SourceLine | None:
    """The line that made a module, where that was noted."""
    known = _made.get(id(module))
    return known[1] if known is not None and known[0]() is module else None


def _file_of(kind: type) -> str:
    """Where a module's ``forward`` stands, whatever decorates it; empty where that is not Python."""
    function: Any = getattr(kind, "forward", None)
    try:
        function = inspect.unwrap(function)
    except ValueError:  # it wraps itself
        return ""
    code = getattr(function, "__code__", None)
    return code.co_filename if isinstance(code, CodeType) else ""


def _folder(path: str) -> str:
    return os.path.join(os.path.normcase(os.path.abspath(path)), "")


_TORCH = _folder(os.path.dirname(torch.__file__))
_WALKBOX = _folder(os.path.dirname(walkbox.__file__))
_SHIPPED_MODELS = _folder(os.path.join(_WALKBOX, "assets"))
_STANDARD = tuple({_folder(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})
_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


def _rank_of(file: str) -> int:
    if not file or file.startswith("<frozen"):
        return _SKIPPED
    if file.startswith("<"):  # made by a program
        return _PACKAGE
    path = os.path.normcase(os.path.abspath(file))
    if path.startswith(_TORCH) or (path.startswith(_WALKBOX) and not path.startswith(_SHIPPED_MODELS)):
        return _SKIPPED
    if any(part in path for part in _INSTALLED):
        return _PACKAGE
    return _SKIPPED if path.startswith(_STANDARD) else _OWN


def _read(file: str, number: int) -> SourceLine:
    linecache.checkcache(file)
    text = linecache.getline(file, number).strip()
    path = file if file.startswith("<") else os.path.abspath(file)
    return SourceLine(path, os.path.basename(path), number, text)
