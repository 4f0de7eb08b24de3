"""What the benchmarks share: models, a walk without a screen, medians, tables."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "Pace",
    "arguments",
    "finish",
    "machine",
    "median_ms",
    "open_walk",
    "percentiles",
    "photograph",
    "rest",
    "show",
    "spec_of",
]

RUNS = 9


def arguments(description: str, **options: Any) -> argparse.ArgumentParser:
    """A parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--runs", type=int, default=RUNS, help="repetitions of which the median is taken (default 9)")
    parser.set_defaults(**options)
    return parser


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    import torch

    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        processor = lines[0] if lines else processor
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "processor": f"{processor}, {os.cpu_count()} cores",
        "load_before": load,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def spec_of(name: str) -> Any:
    """A torchvision model by name (random weights, always the same) with its example at 224 x 224."""
    from walkbox.capture.target import load

    return load(f"torchvision:{name}")


def photograph(seed: int = 0, size: tuple[int, int] = (480, 640)) -> np.ndarray:
    """uint8 (H, W, 3): something with the smoothness of a photograph."""
    from PIL import Image

    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def open_walk(target: Any, size_px: tuple[int, int] = (960, 540), **options: Any) -> Any:
    """A walk through a model on the offscreen host, settled: everything is drawn and nothing is under way."""
    from walkbox.app.walk import Walk
    from walkbox.hosts.offscreen import OffscreenHost

    walk = Walk(target, OffscreenHost(size_px, samples=1), **options)
    walk.settle()
    if walk.failed:
        raise SystemExit(walk.failed)
    for _ in range(3):
        walk.frame()
    finish()
    return walk


def finish() -> None:
    """Wait for the GPU as a window's buffer swap does: without holding the interpreter, as ``moderngl``'s own would.

    A software renderer draws while one waits; holding the interpreter then would keep the model thread from running.
    """
    _finish_function()()


@cache
def _finish_function() -> Callable[[], Any]:
    """glFinish; through PyOpenGL, whose import takes 5 MB, only where it cannot be looked up by itself."""
    from walkbox.render.glue import free_running

    functions = free_running({"glFinish": ()})
    if functions is None:
        from OpenGL import GL

        return GL.glFinish
    return functions[0]


def rest(walk: Any) -> None:
    """Draw frames until nothing is under way."""
    while not walk.engine.idle or walk.renderer.pending or len(walk.mailbox):
        walk.frame()
        finish()
        time.sleep(0.005)


class Pace:
    """Frames at a display's rate: :meth:`wait` sleeps until the next refresh, as a window's buffer swap does.

    A frame that misses one waits for the one after it.
    """

    def __init__(self, rate_hz: float = 60.0):
        self._period = 1 / rate_hz
        self._next = time.perf_counter() + self._period

    def wait(self) -> None:
        late = time.perf_counter() - self._next
        if late > 0:
            self._next += self._period * math.ceil(late / self._period)
        time.sleep(max(0.0, self._next - time.perf_counter()))
        self._next += self._period


def median_ms(work: Callable[[], Any], runs: int = RUNS, warm: int = 2) -> float:
    """Median milliseconds of *runs* calls after *warm* that do not count."""
    for _ in range(warm):
        work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def percentiles(times_s: Sequence[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, p99, max."""
    ms = np.asarray(times_s) * 1e3
    return {**{f"p{p}": float(np.percentile(ms, p)) for p in (50, 95, 99)}, "max": float(ms.max())}


def show(title: str, rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print the rows as a table, or as JSON, with the machine they were taken on."""
    if as_json:
        json.dump({"benchmark": title, "machine": machine(), "rows": rows}, sys.stdout, indent=1)
        print()
        return
    print(title)
    print(", ".join(f"{k} {v}" for k, v in machine().items()))
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_text(row.get(head)) for head in heads] for row in rows]
    widths = [max(len(head), *(len(line[i]) for line in cells)) for i, head in enumerate(heads)]
    for line in [heads, *cells]:
        print(
            "  ".join(
                cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
        )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
