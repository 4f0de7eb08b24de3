"""A shelf of 100,000 files: how long until its first page is there, and what frames cost while it scrolls.

Makes the files first (32 photographs, hard links where the disk has them). Without a GPU the frames are drawn in
software; `python` is then what the processor does beside it, measured with nothing to rasterise (a picture of 16 x 9).

    python benchmarks/shelf.py
    python benchmarks/shelf.py --files 10000 --frames 60
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from common import Pace, arguments, finish, median_ms, open_walk, percentiles, photograph, show

CLASSES = 100


def make_files(folder: Path, count: int) -> None:
    """JPEG files of 500 x 375 in folders named by class."""
    from PIL import Image

    masters = []
    for seed in range(32):
        masters.append(folder / f".master{seed}.jpg")
        Image.fromarray(photograph(seed, (375, 500))).save(masters[-1], quality=90)
    for number in range(CLASSES):
        (folder / f"class{number:03d}").mkdir()
    for number in range(count):
        path = folder / f"class{number % CLASSES:03d}" / f"{number:06d}.jpg"
        try:
            os.link(masters[number % 32], path)
        except OSError:
            path.write_bytes(masters[number % 32].read_bytes())


def listing(folder: Path, runs: int) -> list[dict[str, Any]]:
    """What is done beside the frame loop, or by a filter."""
    from walkbox.engine.datasets import open_source

    source = open_source(folder)
    return [
        {"what": "list the files", "p50": median_ms(lambda: open_source(folder), runs)},
        {"what": "all labels", "p50": median_ms(source.labels, runs)},
        {"what": "fingerprint (asks for every file)", "p50": median_ms(source.fingerprint, runs)},
    ]


def opening(walk: Any, folder: Path) -> list[dict[str, Any]]:
    """From the command to the new shelf, and until its page is decoded; frames go on meanwhile."""
    from walkbox.commands import AddPictures, ScrollShelf

    shelf, before, frames, listed = walk.scene.shelf, walk.scene.shelf.total, [], 0.0
    began = time.perf_counter()
    walk.do(AddPictures((str(folder),), place=False))
    while not listed or walk.pictures.busy:
        frame = time.perf_counter()
        walk.frame()
        finish()
        frames.append(time.perf_counter() - frame)
        if not listed and shelf.total > before:
            listed = time.perf_counter() - began
            walk.do(ScrollShelf(before))
    whole = time.perf_counter() - began
    return [
        {"what": "open: the shelf stands", "p50": 1e3 * listed},
        {"what": "open: its page is decoded", "p50": 1e3 * whole},
        {"what": "frames meanwhile", **percentiles(frames)},
    ]


def scrolling(walk: Any, frames: int, rows: int) -> dict[str, Any]:
    """Frames that scroll so many rows each, 0 for frames at rest."""
    from walkbox.commands import ScrollShelf

    shelf, times, plates = walk.scene.shelf, [], 0
    walk.do(ScrollShelf(shelf.last // 2))
    while walk.pictures.busy:
        walk.frame()
    for frame in range(frames):
        began = time.perf_counter()
        if rows:
            walk.do(ScrollShelf(shelf.last // 2 + frame * rows * shelf.columns))
        walk.frame()
        finish()
        times.append(time.perf_counter() - began)
        plates += sum(id not in shelf.thumbnails for id in shelf.shown())
    what = f"frames that scroll {rows} row{'s' * (rows != 1)} each" if rows else "frames at rest"
    return {"what": what, **percentiles(times), "plates": round(plates / frames, 1)}


def paced(walk: Any, frames: int, rate_hz: float, every: int) -> dict[str, Any]:
    """Frames at a display's rate, of which some scroll by a row, as a wheel does: how many were late."""
    from walkbox.commands import ScrollShelf

    shelf, late, plates, pace, times = walk.scene.shelf, 0, 0, Pace(rate_hz), []
    walk.do(ScrollShelf(0))
    for frame in range(frames):
        pace.wait()
        began = time.perf_counter()
        if frame % every == 0:
            walk.do(ScrollShelf(shelf.first + shelf.columns))
        walk.frame()
        finish()
        times.append(time.perf_counter() - began)
        late += times[-1] > 1 / rate_hz
        plates += sum(id not in shelf.thumbnails for id in shelf.shown())
    what = f"{rate_hz:g} frames a second, {rate_hz / every:g} rows a second"
    return {"what": what, **percentiles(times), "plates": round(plates / frames, 1), "late": late}


def main() -> None:
    """Run it."""
    parser = arguments(__doc__ or "", runs=5)
    parser.add_argument("--files", type=int, default=100_000, help="files on the shelf (default 100000)")
    parser.add_argument("--frames", type=int, default=180, help="frames of each kind (default 180)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, args.files)
        show(f"{args.files:,} files, milliseconds", listing(folder, args.runs), args.json)
        for size in ((16, 9), (960, 540)):
            walk = open_walk("demo", size)
            rows = opening(walk, folder)
            rows += [scrolling(walk, args.frames, step) for step in (0, 1, 4)]
            rows.append(paced(walk, args.frames, 60.0, 6))
            walk.close()
            show(f"The demo with them on its shelf, {size[0]} x {size[1]}, milliseconds", rows, args.json)


if __name__ == "__main__":
    main()
