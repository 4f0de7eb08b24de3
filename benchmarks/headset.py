"""A walk in a headset: calls into OpenXR, Python's own part of a frame, and late frames while the model runs.

    python benchmarks/headset.py [--json] [--frames 480] [--scale 25] [--rates 60,30,20]
    python benchmarks/headset.py --gpu [--json] [--size 2064x2208]

The headset is Monado with its remote devices, in software, private to this run (tests/headset/README.md says where it
comes from). A wearer with a controller in each hand looks around in a ResNet-50; head and hands are moved by this
process, the walk runs in another one. Its desk is in memory: there is no mirror. Rest and work alternate in blocks, so
that a machine that is busy with other things is busy in both; working, a new run starts as soon as the last has ended.
A frame's time is from the end of xrWaitFrame to the end of xrEndFrame; late are display periods without a frame.

``--gpu`` needs no runtime: it draws what a headset would be given on an offscreen context and asks the GPU how long it
took (timer queries).
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import arguments, percentiles, photograph, rest, show, spec_of

HEADSET_TESTS = Path(__file__).resolve().parents[1] / "tests/headset"
MODEL = "resnet50"
BLOCKS = 8
TINY = 2  # per cent of the recommended size: so few pixels that drawing them is no work
INPUT = ("xrSyncActions", "xrGetActionState", "xrLocateHand", "xrGetCurrentInteractionProfile", "xrApplyHaptic")
START_S = 60.0


class Calls:
    """Counts and times the calls into OpenXR. To be made before the headset's modules take the functions."""

    def __init__(self) -> None:
        from walkbox.hosts.headset.calls import raw

        self.counts: Counter[str] = Counter()
        self.seconds = 0.0
        for name, function in vars(raw).items():
            setattr(raw, name, self.watched(name, function))

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            began = time.perf_counter()
            result = function(*args)
            self.seconds += time.perf_counter() - began
            self.counts[name] += 1
            return result

        return call

    def watch_hands(self, host: Any) -> None:
        """The joints' function is not among the others: it belongs to an extension."""
        for tracker in host._session.actions._trackers.values():
            tracker._locate = self.watched("xrLocateHandJointsEXT", tracker._locate)

    def forget(self) -> None:
        self.counts.clear()
        self.seconds = 0.0

    @property
    def outside_input(self) -> int:
        """All but those that ask for input: of the places only the head's is not."""
        places = max(0, self.counts["xrLocateSpace"] - 1)
        return sum(n for name, n in self.counts.items() if not name.startswith(INPUT)) - places


class Clock:
    """Adds up the time spent in functions."""

    seconds = 0.0

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            began = time.perf_counter()
            result = function(*args, **options)
            self.seconds += time.perf_counter() - began
            return result

        return call


# -- in the process that is in the headset ------------------------------------------------------------------------


def enter(samples: int) -> tuple[Any, Calls]:
    """A walk that is worn and has the focus, everything drawn."""
    calls = Calls()
    from walkbox.app.walk import Walk
    from walkbox.config import Settings
    from walkbox.hosts.headset.host import HeadsetHost
    from walkbox.hosts.offscreen import OffscreenHost

    settings = Settings(msaa=samples)
    host = HeadsetHost(OffscreenHost((64, 48), samples=1), settings, required=True)
    walk = Walk(spec_of(MODEL), host, panels=True, settings=settings)
    walk.settle()
    deadline = time.monotonic() + START_S
    while not (host.rendered and host.states[-1] == "FOCUSED"):
        if walk.failed or time.monotonic() > deadline:
            raise SystemExit(f"The headset never showed the walk ({walk.failed or list(host.states)}).")
        walk.frame()
    rest(walk)
    for _ in range(10):
        walk.frame()
    calls.watch_hands(host)
    return walk, calls


def pacing(frames: int) -> dict[str, Any]:
    """Frames at rest and at work, and the calls of those at rest."""
    from walkbox.commands import PlacePicture

    walk, calls = enter(samples=1)
    network, counts = walk.network(), Counter()
    pictures = [walk.scene.add_picture(photograph(i), str(i)).id for i in range(4)]
    timings: dict[str, list[Any]] = {"at rest": [], "at work": []}
    runs, rate_hz = 0, walk.host._session.frames.refresh_hz

    def block(count: int, kept: list[Any] | None, work: bool) -> None:
        nonlocal runs
        for _ in range(count):
            if work and not network.busy:
                walk.do(PlacePicture(pictures[runs % len(pictures)]))
                runs += 1
            calls.forget()
            walk.frame()
            if kept is not None:
                timing = walk.host.timings[-1]
                kept.append(timing)
                if timing.rendered:
                    counts[walk.wearer.board.open, calls.outside_input] += 1

    for _ in range(BLOCKS):
        rest(walk)
        block(10, None, work=False)
        block(frames // BLOCKS, timings["at rest"], work=False)
        block(10, None, work=True)
        block(frames // BLOCKS, timings["at work"], work=True)
    rest(walk)
    walk.wearer.board.open_before(walk.host._session.frames.head)
    block(20, None, work=False)
    block(60, [], work=False)
    headset = walk.host.headset
    walk.close()
    rows = [{"display Hz": round(rate_hz), **summary(state, kept)} for state, kept in timings.items()]
    rest_row, work_row = rows
    ratio = {k: work_row[k] / rest_row[k] for k in rest_row if k.startswith(("late %", "p")) and rest_row[k]}
    rows.append({"display Hz": round(rate_hz), "state": "ratio", **ratio})
    work_row["state"] += f", {runs} runs"
    return {"headset": headset, "calls": [[*key, n] for key, n in counts.items()], "rows": rows}


def summary(state: str, kept: list[Any]) -> dict[str, Any]:
    """How the frames of one state went."""
    late, periods = sum(t.late for t in kept), sum(1 + t.late for t in kept)
    return {
        "state": state,
        "frames": sum(t.rendered for t in kept),
        "late": late,
        "late %": 100 * late / periods,
        **{f"{k} ms": v for k, v in percentiles([t.frame_ns / 1e9 for t in kept]).items() if k != "max"},
        "wait p50 ms": statistics.median(t.wait_ns for t in kept) / 1e6,
    }


def python_part(frames: int) -> dict[str, Any]:
    """Milliseconds of Walk.frame that are not OpenXR's, and what is left without OpenGL's.

    Every call of a frame is made; but draw calls have no vertices, and the pictures have next to no pixels: what is to
    be done for many of either is the driver's.
    """
    import moderngl

    from walkbox.hosts.headset import eyes
    from walkbox.render import glue

    walk, calls = enter(samples=1)
    opengl = Clock()
    functions = glue.draw_functions()
    assert functions is not None

    def empty(vertices: Any, mode: int, instances: int = 1, count: int = -1) -> None:
        use_program, bind_vertices, draw_arrays, _ = functions
        began = time.perf_counter()
        use_program(vertices.program.glo)
        bind_vertices(vertices.glo)
        draw_arrays(mode, 0, 0, instances)
        opengl.seconds += time.perf_counter() - began

    glue.draw = empty
    eyes.blit = opengl.watched(eyes.blit)
    for owner, name in ((moderngl.Buffer, "write"), (moderngl.Framebuffer, "clear")):
        setattr(owner, name, opengl.watched(getattr(owner, name)))
    less_openxr, less_both, openxr = [], [], []
    for i in range(frames + 20):
        seen = walk.host.rendered
        calls.forget()
        opengl.seconds = 0.0
        began = time.perf_counter()
        walk.frame()
        spent = time.perf_counter() - began
        if i >= 20 and walk.host.rendered > seen:
            less_openxr.append(spent - calls.seconds)
            less_both.append(less_openxr[-1] - opengl.seconds)
            openxr.append(calls.seconds - walk.host.timings[-1].wait_ns / 1e9)
    maps = sum(layer.maps.count for layer in walk.network().graph.layers if layer.maps is not None)
    headset = walk.host.headset
    walk.close()
    parts = {
        "less OpenXR": less_openxr,
        "less draws, blits, writes, clears of OpenGL too": less_both,
        "calls into OpenXR other than xrWaitFrame": openxr,
    }
    rows = [
        {"Walk.frame": part, "frames": len(times), **{f"{k} ms": v for k, v in percentiles(times).items()}}
        for part, times in parts.items()
    ]
    return {"maps": maps, "headset": headset, "rows": rows}


# -- in the process that was started ------------------------------------------------------------------------------


def in_headset(part: str, frames: int, scale: int, rate_hz: int) -> dict[str, Any]:
    """What *part* of this program says from a process in a headset of its own, while its wearer looks around."""
    sys.path.insert(0, str(HEADSET_TESTS))
    from runtime.prefix import find  # pyright: ignore[reportMissingImports]
    from runtime.remote import Remote, pose  # pyright: ignore[reportMissingImports]
    from runtime.service import Monado  # pyright: ignore[reportMissingImports]

    runtime = find()
    if isinstance(runtime, str):
        raise SystemExit(runtime)
    with tempfile.TemporaryDirectory(prefix="walkbox-") as home:
        monado = Monado(runtime, Path(home), scale=scale, rate_hz=rate_hz)
        remote = Remote(lambda: monado.port)
        try:
            monado.start()
            command = runtime.command(sys.executable, __file__, "--inside", part, "--frames", str(frames))
            said = Path(home, "said.json")
            with said.open("wb") as file, subprocess.Popen(command, env=monado.of({**os.environ}), stdout=file) as walk:
                while walk.poll() is None:
                    now = time.monotonic()
                    yaw, pitch = 0.5 * math.sin(now / 2), 0.1 * math.sin(now / 3)
                    remote.state.head = pose(0, 1.65, 0, yaw=yaw, pitch=pitch)
                    remote.state.left.pose = pose(-0.22, 1.25, -0.35, yaw=yaw / 2)
                    remote.state.right.pose = pose(0.22, 1.25, -0.35, yaw=-yaw / 2)
                    remote.send()
                    time.sleep(0.01)
            if walk.returncode:
                raise SystemExit(f"The walk ended with {walk.returncode}. Monado's last words:\n{monado.last_words()}")
            return json.loads(said.read_text())
        finally:
            remote.close()
            monado.close()


def gpu(size_px: tuple[int, int], runs: int) -> list[dict[str, Any]]:
    """GPU time of both eyes with very many maps, by timer queries."""
    import numpy as np
    from frame import filled, network_of

    from walkbox.config import Settings
    from walkbox.geometry import look_at
    from walkbox.hosts.offscreen import OffscreenHost
    from walkbox.render.renderer import Renderer

    host = OffscreenHost(size_px, fov_deg=98, samples=4, eye_distance_m=0.063)
    rows = []
    for maps in (50_000, 100_000):
        renderer, network = Renderer(host.ctx, Settings()), network_of(maps)
        scene = filled(renderer, network)
        places = network.arrangement.position
        pose = look_at(places[len(places) // 3] + np.array([6, 3.5, 8]), places[len(places) // 2])
        times = []
        for _ in range(runs + 2):
            query = host.ctx.query(time=True)
            with query:
                renderer.draw_views(scene, [(t.view, t.framebuffer, None) for t in host.begin(pose)])
                host.end()
            times.append(query.elapsed / 1e6)
        rows.append(
            {
                "maps": maps,
                "GPU": host.ctx.info["GL_RENDERER"],
                "px": f"2 x {size_px[0]} x {size_px[1]}",
                "samples": host.samples,
                "GPU ms (median)": statistics.median(times[2:]),
                "of a 90 Hz frame": statistics.median(times[2:]) * 0.09,
            }
        )
        renderer.release()
    host.close()
    return rows


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--frames", type=int, default=480, help="of each state")
    parser.add_argument(
        "--scale", type=int, default=25, help="per cent of Monado's picture size (100: 960x1080 an eye)"
    )
    parser.add_argument("--rates", default="60,30,20", help="frames a second of the display; software is slow")
    parser.add_argument("--gpu", action="store_true", help="GPU time of both eyes instead, no runtime needed")
    parser.add_argument("--size", default="2064x2208", help="pixels of one eye, with --gpu")
    parser.add_argument("--inside", choices=("pacing", "python_part"), help="used by this program itself")
    args = parser.parse_args()
    if args.inside:
        json.dump({"pacing": pacing, "python_part": python_part}[args.inside](args.frames), sys.stdout)
        return
    if args.gpu:
        width, _, height = args.size.partition("x")
        show("headset, GPU time", gpu((int(width), int(height)), max(7, args.runs)), args.json)
        return
    rates = [int(rate) for rate in args.rates.split(",")]
    paced = [in_headset("pacing", args.frames, args.scale, rate) for rate in rates]
    own = in_headset("python_part", max(7, args.frames), TINY, rates[0])
    frames: Counter[tuple[str, int]] = Counter()
    for said in paced:
        for board, calls, n in said["calls"]:
            frames["open" if board else "closed", calls] += n
    tables = {
        "headset, calls into OpenXR a frame outside input": [
            {"board of panels": board, "calls": calls, "frames": n} for (board, calls), n in sorted(frames.items())
        ],
        f"headset, frames: {MODEL}, {paced[-1]['headset'].rpartition(',')[0]}": [
            row for said in paced for row in said["rows"]
        ],
        f"headset, Python's part: {MODEL}, {own['maps']:,} maps, {own['headset']}": own["rows"],
    }
    if args.json:
        show("headset", [{"table": title, **row} for title, rows in tables.items() for row in rows], True)
        return
    for title, rows in tables.items():
        show(title, rows, False)
        print()


if __name__ == "__main__":
    main()
