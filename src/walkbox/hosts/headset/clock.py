"""What time it is for the runtime."""

from __future__ import annotations

import ctypes
import sys
import time
from ctypes import POINTER, byref, c_int, c_int64, cast
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
    # By hand: pyopenxr has the conversion from XrTime only.
    function = ctypes.CFUNCTYPE(c_int, xr.Instance, POINTER(c_int64), POINTER(c_int64))
    convert = cast(xr.get_instance_proc_addr(instance, "xrConvertWin32PerformanceCounterToTimeKHR"), function)
    ticks, theirs = c_int64(), c_int64()
    ctypes.WinDLL("kernel32").QueryPerformanceCounter(byref(ticks))  # pyright: ignore[reportAttributeAccessIssue]
    now_ns = time.perf_counter_ns()
    if convert(instance, byref(ticks), byref(theirs)) < 0:
        raise xr.exception.RuntimeFailureError
    return theirs.value - now_ns
