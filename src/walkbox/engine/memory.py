"""What the C library's allocator is told, so that memory which is free does not count against the process.

Both functions do something with glibc and nothing elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Any

__all__ = ["give_back", "share_heap"]

_M_ARENA_MAX = -8  # of malloc.h


def share_heap() -> None:
    """Let threads started from now on allocate from one heap, so that what one has freed serves the others.

    By itself glibc gives the model thread a heap of its own, and what a forward pass leaves free there is lost to the
    textures of a software renderer. A user's own ``MALLOC_ARENA_MAX`` is kept.
    """
    set_option = _function("mallopt")
    if set_option is not None and "MALLOC_ARENA_MAX" not in os.environ:
        set_option(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have what the allocator keeps of freed memory; takes a few milliseconds.

    Between two forward passes there come to lie small things that stay, so that the next one cannot use the same
    space: without this, memory grows for many pictures.
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(ctypes.c_size_t(0))


@cache
def _function(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
