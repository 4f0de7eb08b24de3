"""From a picture in the input frame to every map on the walls, over the plain forward pass.

    python benchmarks/refresh.py [--json] [--runs 9] [--size 960x540] [--memory]

A walk stands on the offscreen host; its frame loop runs at 60 Hz as a window would. A picture is placed, and frames are
drawn until every layer shows values of that run and the GPU is done: *refresh*. *plain* is the same forward pass alone,
with the same number of torch threads, in turn with the refreshes and so from the same state of the caches; *plain in a
loop* is one forward after the other with nothing between. *png* sends the same maps the way of a server for a game
engine: 8 bits a value, PNG, base64, JSON, and all of it back. All ratios are of one process and one run.

``--memory`` measures peak memory instead, each case in a process of its own.
"""

from __future__ import annotations

import base64
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import Pace, arguments, finish, median_ms, open_walk, photograph, rest, show, spec_of

MODELS = ("resnet50", "densenet201")


def refresh(walk: Any, runs: int, plain: Callable[[], Any], warm: int = 3) -> dict[str, float]:
    """Medians of placing pictures and drawing frames until all of it is seen, and of *plain* in turn with it."""
    from walkbox.commands import PlacePicture
    from walkbox.messages import RunFinished

    network = walk.network()
    held = walk.renderer.store.held
    finished: dict[int, float] = {}
    post = walk.mailbox.post

    def noted(message: Any) -> Any:
        if type(message) is RunFinished:
            finished[message.run] = time.perf_counter()
        return post(message)

    walk.mailbox.post = noted
    walk.engine._worker._post = noted  # type: ignore[attr-defined]
    total, first, forward, after, frames, alone = [], [], [], [], [], []
    pictures = [walk.scene.add_picture(photograph(i), str(i)).id for i in range(2)]
    for i in range(runs + warm):
        rest(walk)
        began = time.perf_counter()
        plain()
        if i >= warm:
            alone.append(time.perf_counter() - began)
        rest(walk)
        for _ in range(3):  # the walk goes on between two pictures
            walk.frame()
            finish()
        pace, drawn, first_wall, run = Pace(), 0, None, walk.engine._number + 1
        began = time.perf_counter()
        walk.do(PlacePicture(pictures[i % 2]))
        while True:
            if not walk.frame():
                continue
            finish()
            drawn += 1
            now = time.perf_counter()
            shown = [h.run == run for h in held.values() if h.pieces is not None]
            if first_wall is None and any(shown):
                first_wall = now - began
            if all(shown):
                break
            if now - began > 60:
                raise SystemExit(f"only {sum(shown)} of {len(shown)} layers were shown after a minute")
            pace.wait()
        if i >= warm:
            assert network.run == run
            total.append(now - began)
            first.append(first_wall)
            ended = finished.get(run, now)  # the last layer can be on its wall before the run is called finished
            forward.append(ended - began)
            after.append(now - ended)
            frames.append(drawn)
    walk.mailbox.post = post
    walk.engine._worker._post = post  # type: ignore[attr-defined]
    ms = {
        "plain_ms": alone,
        "refresh_ms": total,
        "first_wall_ms": first,
        "forward_with_blocks_ms": forward,
        "after_forward_ms": after,
    }
    return {**{k: statistics.median(v) * 1e3 for k, v in ms.items()}, "frames": statistics.median(frames)}


def png_and_back(blocks: list[np.ndarray]) -> int:
    """Every map as 8-bit PNG in base64 in JSON, a document a layer, and decoded again; returns the bytes sent."""
    from PIL import Image

    sent = 0
    for block in blocks:
        low, high = float(block.min()), float(block.max())
        grey = ((block - low) * (255 / ((high - low) or 1))).astype(np.uint8)
        encoded = []
        for one in grey:
            file = io.BytesIO()
            Image.fromarray(one).save(file, format="PNG")
            encoded.append(base64.b64encode(file.getvalue()).decode())
        document = json.dumps({"maps": encoded})
        sent += len(document)
        for text in json.loads(document)["maps"]:
            np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
    return sent


def measure(name: str, runs: int, size: tuple[int, int], with_png: bool = True) -> dict[str, Any]:
    """One model's row."""
    import torch

    from walkbox.engine.priority import default_threads

    spec = spec_of(name)
    walk = open_walk(spec, size)
    graph = walk.network().graph
    threads = default_threads()

    def plain() -> None:
        with torch.no_grad():
            spec.model(*spec.args)

    torch.set_num_threads(threads)
    found = refresh(walk, runs, plain)
    loop = median_ms(plain, runs, warm=3)
    torch.set_num_threads(os.cpu_count() or 1)
    loop_all = median_ms(plain, runs, warm=3)
    png = median_ms(lambda: png_and_back(_blocks(spec, graph)), min(runs, 7), warm=0) if with_png else None
    walk.close()
    row = {
        "model": name,
        "layers": len(graph.layers),
        "maps": graph.maps_total,
        "MB float16": graph.values_total * 2 / 1e6,
        **found,
        "refresh / plain": found["refresh_ms"] / found["plain_ms"],
        "plain in a loop ms": loop,
        "refresh / plain in a loop": found["refresh_ms"] / loop,
        "plain in a loop, all cores ms": loop_all,
    }
    if png:
        row |= {"png ms": png, "(plain + png) / refresh": (found["plain_ms"] + png) / found["refresh_ms"]}
        row["png / (refresh - plain)"] = png / max(found["refresh_ms"] - found["plain_ms"], 1e-3)
    return row


def _blocks(spec: Any, graph: Any) -> list[np.ndarray]:
    """The maps of one forward pass, float16, as both ways send them."""
    global _KEPT
    if _KEPT is None or _KEPT[0] is not graph:
        from walkbox.engine.worker import Worker
        from walkbox.messages import Block

        blocks: list[np.ndarray] = []
        worker = Worker(spec, lambda m: blocks.append(m.values) if isinstance(m, Block) else None)
        worker.record()
        worker.run(1, None, lambda: False)
        _KEPT = (graph, [b.astype(np.float32) for b in blocks])
    return _KEPT[1]


_KEPT: tuple[Any, list[np.ndarray]] | None = None


# Memory ---------------------------------------------------------------------------------------------------------------


def peak_bytes(case: str, name: str) -> tuple[int, int]:
    """Peak bytes of a fresh process, resident and its own: ``plain`` torch forwards, or a ``walk`` with five pictures.

    Its own (anonymous) memory leaves out the pages of shared libraries, which all processes share: a software driver
    brings a compiler of 70 MB.
    """
    done = subprocess.run([sys.executable, __file__, "--case", case, name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    resident, own = done.stdout.split()[-2:]
    return int(resident), int(own)


def memory_case(case: str, name: str, size: tuple[int, int]) -> None:
    """Run in a process of its own: prints its peak."""
    import torch

    from walkbox.engine.inputs import prepare
    from walkbox.engine.priority import default_threads

    spec = _tiny() if name == "tiny" else spec_of(name)
    own = _OwnMemory()
    own.start()
    if case == "plain":
        torch.set_num_threads(default_threads())
        with torch.no_grad():
            for i in range(5):
                args, kwargs, _ = prepare(photograph(i), spec)
                spec.model(*args, **kwargs)
    else:
        from walkbox.commands import PlacePicture

        walk = open_walk(spec, size)
        for i in range(5):
            walk.do(PlacePicture(walk.scene.add_picture(photograph(i), str(i)).id))
            rest(walk)
        walk.close()
    print(_peak(), own.peak)


class _OwnMemory(threading.Thread):
    """Watches the anonymous memory of this process (the kernel keeps no peak of it)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        status = Path("/proc/self/status")
        while status.exists():
            (line,) = [line for line in status.read_text().splitlines() if line.startswith("RssAnon")]
            self.peak = max(self.peak, int(line.split()[1]) * 1024)
            time.sleep(0.003)


def _peak() -> int:
    """Peak resident bytes of this process (Linux also counts the parent's in ``ru_maxrss``, so not from there)."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _tiny() -> Any:
    from torch import nn

    from walkbox.capture.spec import ModelSpec

    example = spec_of("squeezenet1_1").args
    return ModelSpec(nn.Conv2d(3, 4, 3, stride=8).eval(), "tiny", example)


def memory_row(name: str) -> dict[str, Any]:
    """One model's row: what its maps cost beyond what any walk costs (graphics driver, fonts, panels)."""
    from walkbox.capture.recorder import record

    spec = spec_of(name)
    maps = record(spec.model, spec.args, spec.kwargs).graph("layers", name).values_total
    found = {(case, which): peak_bytes(case, which) for case in ("plain", "walk") for which in (name, "tiny")}
    maps_mb, row = maps * 4 / 1e6, {"model": name, "maps MB float32": maps * 4 / 1e6}
    for i, kind in enumerate(("resident", "own")):
        plain, walk = found["plain", name][i] / 1e6, found["walk", name][i] / 1e6
        fixed = (found["walk", "tiny"][i] - found["plain", "tiny"][i]) / 1e6
        row |= {
            f"{kind}: plain MB": plain,
            f"{kind}: walk MB": walk,
            f"{kind} / maps": (walk - plain) / maps_mb,
            f"{kind} beyond any walk's / maps": (walk - plain - fixed) / maps_mb,
        }
    return row


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--size", default="960x540", help="pixels of the view")
    parser.add_argument("--no-png", action="store_true", help="leave the comparison out")
    parser.add_argument("--memory", action="store_true", help="measure peak memory instead")
    parser.add_argument("--case", nargs=2, help="(used by --memory itself)")
    args = parser.parse_args()
    width, _, height = args.size.partition("x")
    size = int(width), int(height)
    if args.case:
        case, name = args.case
        memory_case(case, name, size)
    elif args.memory:
        show("peak memory", [memory_row(name) for name in args.models], args.json)
    else:
        rows = [measure(name, args.runs, size, not args.no_png) for name in args.models]
        show("refresh", rows, args.json)


if __name__ == "__main__":
    main()
