from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_SCRIPT = """
import ctypes, sys, threading
from walkbox.engine.memory import give_back, share_heap

if sys.argv[1] == "shared":
    share_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = libc.free.argtypes = [ctypes.c_size_t]

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def heap_end():
    libc.sbrk.restype = ctypes.c_void_p
    return libc.sbrk(ctypes.c_long(0))

def work():
    places = [libc.malloc(100_000) for _ in range(200)]
    for place in places:
        ctypes.memset(place, 1, 100_000)
    found.append(heap_end())
    for place in places[:-1]:  # the last one keeps the rest from being given back by itself
        libc.free(place)
    full = resident()
    give_back()
    found.append(full - resident())

found = [heap_end()]
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(found[1] - found[0], found[2])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc")
@pytest.mark.parametrize("how", ["shared", "apart"])
def test_threads_share_a_heap_and_free_memory_goes_back(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, how], capture_output=True, text=True, check=True, env={"PATH": ""}
    )
    grown, given_back = map(int, done.stdout.split())
    assert (grown >= 15_000_000) == (how == "shared")
    assert given_back >= 15_000_000
