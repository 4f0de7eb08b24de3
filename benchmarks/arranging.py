"""Pointing, moving a wall, switching the layout: what they add to a frame.

Without a GPU the frames are drawn in software. The picture is 16 x 9 pixels then, so that what the processor does
beside drawing is seen; `--size 960x540` shows the whole.

    python benchmarks/arranging.py
    python benchmarks/arranging.py --model resnet50
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from common import arguments, finish, median_ms, open_walk, percentiles, rest, show, spec_of
from frame import network_of

RATE_HZ = 60.0
TURNS = 400


def picking(maps: int, runs: int) -> dict[str, Any]:
    """Microseconds for one pointer that sweeps over walls with so many maps."""
    from walkbox.scene.picking import pick_all
    from walkbox.scene.scene import Scene

    scene = Scene({0: network_of(maps)})
    centres = scene.networks[0].wall_centres()
    eye = np.array([0.2, 1.6, 2.0], np.float32)
    rays = []
    for k in range(TURNS):
        way = centres[k % len(centres)] + np.array([0.3 * math.sin(k), 0.2 * math.cos(k), 0], np.float32) - eye
        rays.append((eye, (way / np.linalg.norm(way)).astype(np.float32)))

    def sweep() -> None:
        for ray in rays:
            pick_all(scene, [ray])

    met = sum(hit is not None for ray in rays for hit in pick_all(scene, [ray]))
    each = median_ms(sweep, runs) * 1e3 / TURNS
    return {"what": f"pick, {maps:,} maps", "microseconds": each, "met": f"{met} of {TURNS}"}


def frames(walk: Any, count: int, before: Any = None) -> list[float]:
    """Seconds that frames took, each after something was done."""
    times = []
    for index in range(count):
        began = time.perf_counter()
        if before is not None:
            before(index)
        walk.frame()
        finish()
        times.append(time.perf_counter() - began)
    return times


def row(what: str, times: list[float], still: float) -> dict[str, Any]:
    late = sum(t > 1 / RATE_HZ for t in times)
    return {"what": what, **percentiles(times), "over rest": float(np.median(times)) / still, "late": late}


def main() -> None:
    """Run it."""
    from walkbox.commands import MoveWall, SetLayout
    from walkbox.inputs import Input

    parser = arguments(__doc__ or "")
    parser.add_argument("--model", default="densenet201", help="of torchvision (default densenet201)")
    parser.add_argument("--size", default="16x9", help="pixels (default 16x9)")
    args = parser.parse_args()
    show("Pointing", [picking(maps, args.runs) for maps in (1_000, 50_000, 200_000)], args.json)
    width, height = (int(n) for n in args.size.split("x"))
    walk = open_walk(spec_of(args.model), (width, height))
    rest(walk)
    walk.host.poll = lambda: Input(dt_s=1 / RATE_HZ)  # without a screen no time passes by itself
    network = walk.network()
    layer = len(network.graph.layers) // 2
    start = network.arrangement.position[layer].tolist()
    at_rest = frames(walk, 60)
    still = float(np.median(at_rest))
    rows = [row("at rest", at_rest, still)]

    def drag(index: int) -> None:
        walk.do(MoveWall(layer, (start[0] + 0.02 * index, start[1], start[2]), 0.1, done=False))

    rows.append(row("a wall is dragged", frames(walk, 120, drag), still))
    for layout in ("spiral", "folded", "stacked", "linear"):
        walk.do(SetLayout(layout))
        times: list[float] = []
        while walk.layouts.busy or not times or walk.transitions.moving:
            times += frames(walk, 1)
        rows.append(row(f"to {layout}", times, still))
        rest(walk)
    layers, edges = len(network.graph.layers), len(network.arrangement.edges)
    title = f"{args.model}: {layers} layers, {edges:,} edges, {width} x {height}, milliseconds; late at {RATE_HZ:g} Hz"
    show(title, rows, args.json)
    walk.close()


if __name__ == "__main__":
    main()
