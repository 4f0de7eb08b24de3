"""How long walkbox takes to start: ``--help``, ``inspect`` and ``snapshot`` of a ResNet-50, split into their stages.

    python benchmarks/start.py [--json] [--runs 7] [--target torchvision:resnet50]

Whole commands are timed in processes of their own, the disk cache warm. The stages are timed inside one such process,
in the order in which a snapshot goes through them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from common import arguments, show


def whole(command: list[str], runs: int) -> float:
    """Median milliseconds of ``walkbox`` with these words."""
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "walkbox", *command], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:]) * 1e3


def stages(target: str) -> dict[str, float]:
    """Milliseconds of each stage, in this process, which must be fresh."""
    marks = [("", time.perf_counter())]

    def mark(name: str) -> None:
        marks.append((name, time.perf_counter()))

    import torch  # noqa: F401

    mark("import torch")
    from walkbox.app.walk import Walk
    from walkbox.hosts.offscreen import OffscreenHost

    mark("import walkbox")
    from walkbox.capture.recorder import record
    from walkbox.capture.target import load

    spec = load(target)
    mark("load the model")
    record(spec.model, spec.args, spec.kwargs).graph("layers", spec.title)
    mark("record and graph")
    host = OffscreenHost((1600, 900))
    mark("graphics context")
    walk = Walk(spec, host)
    mark("renderer")
    while walk.network() is None and not walk.failed:
        walk.mailbox.wait(0.01)
        walk.receive()
    mark("record again, layout")
    walk.frame()
    walk.host.read_pixels()
    mark("first frame")
    walk.settle()
    walk.photograph(walk.pose())
    mark("all maps and statistics")
    walk.close()
    return {name: (now - before) * 1e3 for (_, before), (name, now) in pairwise(marks)}


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--target", default="torchvision:resnet50")
    parser.add_argument("--stages", action="store_true", help="(used by the benchmark itself)")
    args = parser.parse_args()
    if args.stages:
        print(json.dumps(stages(args.target)))
        return
    rows: list[dict[str, Any]] = [{"what": "walkbox --help", "ms": whole(["--help"], args.runs)}]
    rows.append({"what": f"walkbox inspect {args.target}", "ms": whole(["inspect", args.target], args.runs)})
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder, "a.png"))
        rows.append(
            {
                "what": f"walkbox snapshot {args.target}",
                "ms": whole(["snapshot", args.target, "-o", picture], args.runs),
            }
        )
    command = [sys.executable, __file__, "--stages", "--target", args.target]
    found = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(args.runs)]
    rows += [{"what": f"  {name}", "ms": statistics.median(f[name] for f in found)} for name in found[0]]
    show("start", rows, args.json)


if __name__ == "__main__":
    main()
