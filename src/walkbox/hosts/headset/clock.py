"""What time it is for the runtime."""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Any

import xr

from walkbox.hosts.headset.calls import TROUBLE

__all__ = ["Clock"]


class Clock:
    """Turns the machine's clock into ``XrTime``. Both count the same nanoseconds: one question fixes the distance.

    Attributes:
        offset_ns: XrTime less ``time.perf_counter_ns``; None where the runtime has no extension that says it.
    """

    def __init__(self, instance: Any, extensions: frozenset[str]):
        self.offset_ns: int | None = None
        try:
            if "XR_KHR_convert_timespec_time" in extensions and sys.platform != "win32":
                self.offset_ns = _of_timespec(instance)
            elif "XR_KHR_win32_convert_performance_counter_time" in extensions and sys.platform == "win32":
                self.offset_ns = _of_performance_counter(instance)
        except TROUBLE:
            pass

    def now_ns(self) -> int | None:
        """XrTime now."""
        return None if self.offset_ns is None else time.perf_counter_ns() + self.offset_ns


def _of_timespec(instance: Any) -> int:
    now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    distance_ns = time.perf_counter_ns() - now_ns
    seconds, nanoseconds = divmod(now_ns, 1_000_000_000)
    theirs = xr.convert_timespec_time_to_time_khr(instance, xr.timespec(seconds, nanoseconds))  # pyright: ignore[reportArgumentType]
    return int(getattr(theirs, "value", theirs)) - now_ns - distance_ns


def _of_performance_counter(instance: Any) -> int:
    ticks = ctypes.c_longlong()
    windows: Any = ctypes
    windows.WinDLL("kernel32").QueryPerformanceCounter(ctypes.byref(ticks))
    now_ns = time.perf_counter_ns()
    convert: Any = vars(xr)["convert_win32_performance_counter_to_time_khr"]
    theirs = convert(instance, ticks)
    return int(getattr(theirs, "value", theirs)) - now_ns
