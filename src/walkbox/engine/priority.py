"""Let the calling thread give way to the render thread."""

from __future__ import annotations

import ctypes
import os
import sys
import threading

__all__ = ["SWITCH_INTERVAL_S", "default_threads", "give_way"]

SWITCH_INTERVAL_S = 2e-4
"""How long Python on the model thread may hold the interpreter while the render thread waits for it (5 ms by default,
a third of a frame)."""

_NICE = 5


def default_threads() -> int:
    """Threads for torch: all cores but two, which belong to the render thread and the graphics driver."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, cores - 2)


def give_way() -> bool:
    """Lower the priority of this thread below the others of the process; False where the system has no way to.

    On Linux, threads started by it (torch's pool) inherit the lower priority, so call it before torch computes.
    """
    try:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _NICE)
        elif sys.platform == "win32":
            below_normal = -1
            kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel32.GetCurrentThread.restype = ctypes.c_void_p
            return bool(kernel32.SetThreadPriority(ctypes.c_void_p(kernel32.GetCurrentThread()), below_normal))
        elif sys.platform == "darwin":
            utility = 0x11  # QOS_CLASS_UTILITY
            return ctypes.CDLL(None).pthread_set_qos_class_self_np(utility, 0) == 0
        else:
            return False
    except (OSError, AttributeError):
        return False
    return True
