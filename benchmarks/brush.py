"""How long a stroke of the brush takes until the maps have followed, next to a plain forward pass.

    python benchmarks/brush.py [--json] [--models resnet50 densenet201] [--runs 15]

Times end when the model thread has posted the last block of the run. `a picture` is a run on another picture;
`a stroke` goes on with one that is being painted: a point more, and blocks of all layers. `forward` is the model alone
in a tight loop, as often as the other runs; `paint` is what the brush itself takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from common import RUNS, arguments, median_ms, photograph, show, spec_of


def measured(name: str, runs: int) -> dict[str, Any]:
    """Milliseconds of one model."""
    import torch

    from walkbox.brush import Canvas, Stroke
    from walkbox.engine.thread import ModelThread
    from walkbox.messages import Mailbox, RunFinished

    spec = spec_of(name)
    mailbox = Mailbox()
    engine = ModelThread(spec, mailbox)
    engine.start()

    def finished(number: int) -> None:
        while True:
            mailbox.wait(1.0)
            if any(isinstance(m, RunFinished) and m.run >= number for m in mailbox.drain()):
                return

    def settled() -> None:
        while not engine.idle:
            mailbox.drain()
            time.sleep(0.002)

    def timed(run: Callable[[int], int]) -> float:
        times = []
        for turn in range(runs + 2):
            settled()
            began = time.perf_counter()
            finished(run(turn))
            times.append(time.perf_counter() - began)
        return float(np.median(times[2:])) * 1e3

    pictures = [photograph(i) for i in range(2)]
    points = tuple((0.2 + 0.6 * i / 60, 0.5 + 0.2 * np.sin(i / 8)) for i in range(runs + 3))

    def strokes(count: int) -> tuple[Stroke, ...]:
        return (Stroke("occlude", points[: count + 1], 0.08, (0, 0, 0), False),)

    settled()
    placed = timed(lambda turn: engine.run(pictures[turn % 2]))
    painted = timed(lambda turn: engine.run(pictures[0], strokes(turn)))
    engine.close()

    def forward() -> None:
        with torch.no_grad():
            spec.model(*spec.args, **spec.kwargs)

    plain = median_ms(forward, runs)
    canvas, count = Canvas(np.ascontiguousarray(pictures[0][:224, :224])), iter(range(10_000))
    brush = median_ms(lambda: canvas.paint(strokes(next(count) % len(points))), runs)
    ratios = {"a picture / forward": placed / plain, "a stroke / forward": painted / plain}
    return {"model": name, "forward": plain, "a picture": placed, "a stroke": painted, **ratios, "paint": brush}


def main() -> None:
    """Run it."""
    parser = arguments(__doc__ or "", runs=max(RUNS, 15))
    parser.add_argument("--models", nargs="+", default=["resnet18", "resnet50", "densenet201"])
    args = parser.parse_args()
    show("A stroke of the brush, milliseconds", [measured(name, args.runs) for name in args.models], args.json)


if __name__ == "__main__":
    main()
