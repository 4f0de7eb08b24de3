"""How OpenXR is called each frame: its functions themselves, on structures that are kept.

pyopenxr's wrappers make their structures anew with every call (4 KB for an event), ask for the size of every list
first and raise where nothing is wrong; its plain functions make an enumeration of every result. ``raw`` holds the same
functions without all that, they return numbers; :func:`check` raises pyopenxr's exceptions.
"""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import xr
from xr import raw_functions
from xr.library import openxr_loader_library

__all__ = ["TROUBLE", "check", "raw"]

TROUBLE = xr.exception.XrException
"""What a runtime that fails or goes away raises."""


def _plain(name: str) -> Any:
    function = openxr_loader_library[name]  # a new one each time, unlike the attribute
    function.argtypes, function.restype = getattr(raw_functions, name).argtypes, ctypes.c_int
    return function


raw: Any = SimpleNamespace(**{name: _plain(name) for name in vars(raw_functions) if name.startswith("xr")})


def check(result: int) -> int:
    """The result of a call, where it succeeded.

    Raises:
        xr.exception.ErrorResult: the one that belongs to the code.
    """
    if result >= 0:
        return result
    try:
        code = xr.Result(result)
    except ValueError:
        raise xr.exception.ErrorResult(f"OpenXR result {result}") from None
    raise xr.exception.check_result(code)
