"""Frame times while the model runs without pause, over those while it rests.

    python benchmarks/pacing.py [--json] [--seconds 10] [--model resnet50] [--size 960x540] [--rate 60]

A walk stands on the offscreen host; its frame loop runs at a display's rate. A frame's time is from its beginning until
the GPU is done, the waiting for the display left out. Rest and work alternate in blocks, so that a machine that is busy
with other things is busy in both. Working, a new run starts as soon as the last has ended, and every frame also uploads
maps, within the same byte budget as in a window.
"""

from __future__ import annotations

import time
from typing import Any

from common import Pace, arguments, finish, open_walk, percentiles, photograph, rest, show, spec_of

from walkbox.inputs import Input

BLOCKS = 8


def frame_times(walk: Any, seconds: float, rate_hz: float, pictures: list[int] | None) -> list[float]:
    """Frame times in seconds; with pictures the model is kept at work."""
    from walkbox.commands import PlacePicture

    network = walk.network()
    times: list[float] = []
    pace, end, count = Pace(rate_hz), time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        began = time.perf_counter()
        if pictures and not network.busy:
            walk.do(PlacePicture(pictures[count % len(pictures)]))
            count += 1
        walk.frame()
        finish()
        times.append(time.perf_counter() - began)
        pace.wait()
    return times


def measure(name: str, seconds: float, size: tuple[int, int], rate_hz: float) -> list[dict[str, Any]]:
    """Rows for rest, for work, and their ratio."""
    walk = open_walk(spec_of(name), size)
    # Somebody who looks around: a walk in software draws fewer frames for one who stands still while the model runs.
    walk.host.poll = lambda: Input(dt_s=1 / rate_hz, look=(0.002, 0.0))
    pictures = [walk.scene.add_picture(photograph(i), str(i)).id for i in range(4)]
    resting: list[float] = []
    working: list[float] = []
    first = walk.engine._number
    frame_times(walk, 1.0, rate_hz, pictures)
    for _ in range(BLOCKS):
        rest(walk)
        resting += frame_times(walk, seconds / BLOCKS, rate_hz, None)
        frame_times(walk, 0.2, rate_hz, pictures)
        working += frame_times(walk, seconds / BLOCKS, rate_hz, pictures)
    runs = walk.engine._number - first
    walk.close()
    a, b = percentiles(resting), percentiles(working)
    return [
        {"model": name, "state": "at rest", "frames": len(resting), **{f"{k} ms": v for k, v in a.items()}},
        {
            "model": name,
            "state": f"at work, {runs} runs",
            "frames": len(working),
            **{f"{k} ms": v for k, v in b.items()},
        },
        {"model": name, "state": "ratio", **{f"{k} ms": b[k] / a[k] for k in a}},
    ]


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each state")
    parser.add_argument("--size", default="960x540", help="pixels of the view")
    parser.add_argument("--rate", type=float, default=60.0, help="frames a second of the display")
    args = parser.parse_args()
    width, _, height = args.size.partition("x")
    show("pacing", measure(args.model, args.seconds, (int(width), int(height)), args.rate), args.json)


if __name__ == "__main__":
    main()
