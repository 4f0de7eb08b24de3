"""How OpenXR is called each frame: its functions themselves, on structures that are kept.

pyopenxr's wrappers make their structures anew with every call (4 KB for an event), ask for the size of every list
first and raise where nothing is wrong. ``raw`` holds the same functions without all that; :func:`check` raises its
exceptions.
"""

from __future__ import annotations

import xr
from xr import raw_functions as raw

__all__ = ["TROUBLE", "check", "raw"]

TROUBLE = xr.exception.XrException
"""What a runtime that fails or goes away raises."""


def check(result: int) -> int:
    """The result of a call, where it succeeded.

    Raises:
        xr.exception.ErrorResult: the one that belongs to the code.
    """
    if result < 0:
        raise xr.exception.check_result(xr.Result(result))
    return result
