"""How long a frame takes with very many feature maps, and how much of it is Python.

    python benchmarks/frame.py [--json] [--size 1024] [--rounds 9]

Maps from 7 x 7 to 112 x 112, in the shares of a ResNet-50, in stereo. The yardstick is one draw call per map, with the
same textures and the same shaders. Medians; all ratios come from this one run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import sys
import time
import tracemalloc

os.environ.setdefault("OMP_NUM_THREADS", "2")

import moderngl
import numpy as np

from walkbox import resources
from walkbox.config import Settings
from walkbox.geometry import look_at
from walkbox.graph import Layer, Maps, ModelGraph
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.layout import arrange
from walkbox.messages import Block
from walkbox.render import glue
from walkbox.render.renderer import Renderer
from walkbox.render.rows import LAYERS
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene

# (maps, side) of the layers of one group of about 5,000 maps, as in a ResNet-50.
GROUP = [(64, 112), *[(64, 56)] * 2, (256, 56), *[(128, 28)] * 2, (512, 28), *[(256, 14)] * 3, (1024, 14), (512, 7)]
GROUP += [(2048, 7)]


def network_of(maps: int) -> Network:
    """A chain of layers with that many maps in all."""
    layers: list[Layer] = []
    left = maps
    while left > 0:
        count, side = GROUP[len(layers) % len(GROUP)]
        count = min(count, left)
        left -= count
        i = len(layers)
        layers.append(
            Layer(
                id=i, name=f"layer{i}", op="conv2d", module=f"layer{i}", call=0, shape=(1, count, side, side),
                dtype="float32", maps=Maps("maps", count, side, side), parents=(i - 1,) if i else (),
            )
        )  # fmt: skip
    graph = ModelGraph("Many", "layers", tuple(layers), outputs=(len(layers) - 1,))
    return Network(0, graph, arrange(graph))


def filled(renderer: Renderer, network: Network) -> Scene:
    """A scene with that network, every map with values."""
    scene = Scene(networks={0: network})
    renderer.sync(scene)
    random = np.random.default_rng(0)
    for layer in network.graph.layers:
        m = layer.maps
        y, x = np.mgrid[0 : m.height, 0 : m.width] / m.height
        at = random.random((2, m.count, 1, 1))
        values = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) * 20).astype(np.float16)
        renderer.accept(Block(0, 1, layer.id, values, 1.0, 0.0, 1.0))
        for block in renderer.upload(1 << 30):
            network.show(block)
    renderer.sync(scene)
    return scene


class OneDrawPerMap:
    """The yardstick: the renderer's own textures, tables and fragment shader, and for each map a uniform and a draw."""

    def __init__(self, ctx: moderngl.Context, renderer: Renderer):
        self.maps = renderer._maps
        vertex = resources.shader("maps.vert").replace("in ivec4 piece;", "uniform ivec4 piece;")
        whole = "at = mix(vec2(-MARGIN), wall.xy + MARGIN, corner);"
        assert whole in vertex
        one = "vec2 k = vec2(piece.z % maps_here.w, piece.z / maps_here.w) * cell.zw; at = mix(k, k + cell.xy, corner);"
        vertex = vertex.replace(whole, one)
        self.program = ctx.program(vertex_shader=vertex, fragment_shader=resources.shader("maps.frag"))
        for unit, name in enumerate(("maps", "colormaps", "ranges", "orders")):  # as MapPass has them
            self.program[name] = unit
        self.program["layers"] = LAYERS
        view = self.program["View"]
        assert isinstance(view, moderngl.UniformBlock)
        view.binding = 0
        self.vertices = ctx.vertex_array(self.program, [(renderer._corners, "2f", "corner")])
        self.pieces = []
        for page in self.maps._pages.values():
            each = [
                np.array([row, slot + k, channel + k, 1], np.int32).tobytes()
                for row, slot, channel, count in page.instances.tolist()
                for k in range(count)
            ]
            self.pieces.append((page, each))

    def draw(self, seen: list[int]) -> int:
        """As MapPass.draw, map by map."""
        self.maps._colormaps.use(1)
        page_uniform, piece = (glue.uniform(self.program, name) for name in ("page", "piece"))
        calls = 0
        for page, each in self.pieces:
            page.page.texture.use(0)
            page_uniform.write(page.uniform)
            for one in each:
                piece.write(one)
                self.vertices.render(moderngl.TRIANGLE_STRIP)
            calls += len(each)
        return calls


@dataclasses.dataclass
class Timing:
    """Medians of one scene, milliseconds; stereo where not said otherwise."""

    maps: int
    draw_calls_a_view: int
    frame_ms: float
    python_ms: float
    allocated_bytes: int


def measure(host: OffscreenHost, maps: int, rounds: int) -> tuple[Timing, float | None]:
    """Frame time, Python's part of it, and for up to 100,000 maps the time with one draw per map."""
    renderer = Renderer(host.ctx, Settings())
    network = network_of(maps)
    scene = filled(renderer, network)
    a = network.arrangement
    pose = look_at(a.position[len(a.position) // 3] + np.array([6, 3.5, 8]), a.position[len(a.position) // 2])

    def frame() -> None:
        renderer.draw_views(scene, [(target.view, target.framebuffer, None) for target in host.begin(pose)])
        host.end()
        host.ctx.finish()

    frame()
    times = [timed(frame) for _ in range(rounds)]
    python = python_part(host, renderer, scene, pose, rounds)
    tracemalloc.start()
    frame()
    allocated = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    timing = Timing(maps, renderer.counters.draw_calls, statistics.median(times), python, allocated)
    single = None
    if 50_000 <= maps <= 100_000:
        yardstick, draw = OneDrawPerMap(host.ctx, renderer), renderer._maps.draw
        renderer._maps.draw = yardstick.draw  # type: ignore[method-assign]
        frame()
        single = statistics.median(timed(frame) for _ in range(rounds))
        renderer._maps.draw = draw  # type: ignore[method-assign]
    renderer.release()
    return timing, single


def timed(work) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def python_part(host: OffscreenHost, renderer: Renderer, scene: Scene, pose: np.ndarray, rounds: int) -> float:
    """Milliseconds of a stereo frame that are Python's and moderngl's own.

    Every call of a frame is made, but the driver is left with nothing to do: draw calls have no vertices (a software
    driver does its vertex work inside the call), and the target is one pixel.
    """
    pixel = host.ctx.simple_framebuffer((1, 1))
    views = [(dataclasses.replace(target.view, size_px=(1, 1)), pixel, None) for target in host.begin(pose)]
    draw, times = glue.draw, []

    def empty(vertices: moderngl.VertexArray, mode: int, instances: int = 1, count: int = -1) -> None:
        functions = glue.draw_functions()
        if functions is None:
            vertices.render(mode, vertices=0, instances=instances)
            return
        use_program, bind_vertices, draw_arrays, _ = functions
        use_program(vertices.program.glo)
        bind_vertices(vertices.glo)
        draw_arrays(mode, 0, 0, instances)

    glue.draw = empty
    try:
        for _ in range(rounds * 5):
            host.ctx.finish()
            start = time.perf_counter()
            renderer.sync(scene)
            renderer.upload(1 << 20)
            renderer.draw_views(scene, views)
            times.append((time.perf_counter() - start) * 1e3)
    finally:
        glue.draw = draw
        pixel.release()
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--size", type=int, default=1024, help="pixels of one eye's square view")
    parser.add_argument("--rounds", type=int, default=9, help="repetitions, at least 7")
    options = parser.parse_args()
    rounds = max(7, options.rounds)
    host = OffscreenHost((options.size, options.size), fov_deg=95, samples=1, eye_distance_m=0.064)
    rows, singles = [], {}
    for maps in (1_000, 10_000, 50_000, 100_000, 200_000):
        timing, single = measure(host, maps, rounds)
        rows.append(timing)
        if single is not None:
            singles[maps] = single
    by_maps = {row.maps: row for row in rows}
    result = {
        "renderer": host.ctx.info["GL_RENDERER"],
        "size_px": options.size,
        "rounds": rounds,
        "frames": [dataclasses.asdict(row) for row in rows],
        "one_draw_per_map_ms": singles,
        "one_draw_per_map_ratio": {maps: ms / by_maps[maps].frame_ms for maps, ms in singles.items()},
        "growth_1000_to_200000": by_maps[200_000].frame_ms / by_maps[1_000].frame_ms,
        "python_growth_1000_to_200000": by_maps[200_000].python_ms / by_maps[1_000].python_ms,
    }
    host.close()
    if options.json:
        json.dump(result, sys.stdout, indent=1)
        print()
        return
    print(f"{result['renderer']}, stereo, 2 x {options.size} x {options.size}, medians of {rounds}\n")
    print(
        f"{'maps':>8} {'draws a view':>13} {'frame ms':>9} {'Python ms':>10} {'allocated B':>12} {'one draw a map':>15}"
    )
    for row in rows:
        ratio = result["one_draw_per_map_ratio"].get(row.maps)
        slower = f"{ratio:.1f} x slower" if ratio else ""
        print(
            f"{row.maps:8,} {row.draw_calls_a_view:13} {row.frame_ms:9.1f} {row.python_ms:10.3f}"
            f" {row.allocated_bytes:12,} {slower:>15}"
        )
    print(f"\n200 times the maps: {result['growth_1000_to_200000']:.1f} x the frame time,", end=" ")
    print(f"{result['python_growth_1000_to_200000']:.2f} x the Python part")


if __name__ == "__main__":
    main()
