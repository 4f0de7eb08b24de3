"""Small networks made by hand: graphs, arrangements and blocks for tests and benchmarks of the renderer."""

from __future__ import annotations

import numpy as np

from walkbox.graph import Layer, MapKind, Maps, ModelGraph
from walkbox.layout.arrangement import Arrangement
from walkbox.layout.changes import ends_of
from walkbox.messages import Block, MipLevels
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene


def graph(sizes: list[tuple[int, int, int]], kinds: dict[int, MapKind] | None = None, prefix: int = 0) -> ModelGraph:
    """A chain of layers with (count, height, width) maps each; every third also reads the layer three before it."""
    layers = []
    for i, (count, height, width) in enumerate(sizes):
        parents = () if i == 0 else (i - 1,) if i % 3 or i < 3 else (i - 1, i - 3)
        kind = (kinds or {}).get(i, "maps")
        layers.append(
            Layer(
                id=i,
                name="input" if i == 0 else f"layer{1 + i // 4}.{i % 4}.conv{i}",
                op="input" if i == 0 else "conv2d+batch_norm+relu",
                module=f"layer{i}",
                call=0,
                shape=(1, count, height, width),
                dtype="float32",
                maps=Maps(kind, count, height, width, prefix=prefix if kind == "tokens" else 0),
                parents=parents,
            )
        )
    return ModelGraph("Handmade", "layers", tuple(layers), outputs=(len(layers) - 1,))


def arrange(made: ModelGraph, step_m: float = 3.0, map_m: float = 0.3) -> Arrangement:
    """Walls one behind the other, to the left and to the right of a path along -z."""
    count = len(made.layers)
    columns = np.array([max(1, int(np.ceil(np.sqrt(layer.maps.count * 1.6)))) for layer in made.layers], np.int32)
    maps_count = np.array([max(1, layer.maps.count) for layer in made.layers])
    aspect = np.array([max(1, layer.maps.width) / max(1, layer.maps.height) for layer in made.layers], np.float32)
    map_size = np.stack([map_m * np.clip(aspect, 0.25, 6), np.full(count, map_m)], 1).astype(np.float32)
    pitch = map_size * 1.08
    grid = np.stack([np.minimum(columns, maps_count), -(-maps_count // columns)], 1)
    size = (pitch * grid - (pitch - map_size)).astype(np.float32)
    side = np.where(np.arange(count) % 2 == 0, -1.0, 1.0)
    position = np.stack([side * (size[:, 0] / 2 + 0.8), np.full(count, 0.4), -step_m * (1 + np.arange(count))], 1)
    edges = np.array(made.edges, np.int32).reshape(-1, 2)
    t = np.linspace(0, 1, 24)[None, :, None]
    a, b = position[edges[:, 0]][:, None], position[edges[:, 1]][:, None]
    skip = (edges[:, 1] - edges[:, 0]) > 1
    smooth = t * t * (3 - 2 * t)
    across, along = a[..., :1] * (1 - smooth) + b[..., :1] * smooth, a[..., 2:] * (1 - t) + b[..., 2:] * t
    paths = np.concatenate([across, np.full_like(across, 0.03), along], -1)
    paths[..., 1] += np.sin(np.pi * t[..., 0]) * skip[:, None] * 1.2
    position = position.astype(np.float32)
    return Arrangement(
        layout="test",
        position=position,
        yaw=np.zeros(count, np.float32),
        size=size,
        scale=np.ones(count, np.float32),
        hidden=np.zeros(count, bool),
        columns=columns,
        map_size=map_size,
        pitch=pitch.astype(np.float32),
        depth=np.arange(count, dtype=np.int32),
        lane=np.zeros(count, np.int32),
        edges=edges,
        paths=paths.astype(np.float32),
        ends=ends_of(position, np.zeros(count, np.float32), edges, paths),
        skip=skip,
        entrance=np.zeros(3, np.float32),
        entrance_yaw=0.0,
        frame_position=np.array([6, 0.8, 6], np.float32),
        frame_yaw=0.0,
        end_position=np.array([0, 0.8, -step_m * (count + 1)], np.float32),
        end_yaw=0.0,
        bounds=np.stack([position.min(0), position.max(0) + np.array([0, 3, 0])]).astype(np.float32),
    )


def scene_of(sizes: list[tuple[int, int, int]], **options) -> tuple[Scene, Network]:
    """A scene with one network, id 0."""
    made = graph(sizes, **options)
    network = Network(0, made, arrange(made), title="Handmade")
    scene = Scene()
    scene.networks[0] = network
    return scene, network


def block(network: Network, layer: int, values: np.ndarray, run: int = 1, scale: float = 1.0) -> Block:
    """The message that the model thread would send."""
    finite = values[np.isfinite(values)].astype(np.float64) * scale
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return Block(network.id, run, layer, np.ascontiguousarray(values, np.float16), scale, low, high)


def waves(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """float16 (count, height, width): smooth random blobs, about half of them signed."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    a = random.random((4, count, 1, 1), dtype=np.float32)
    blob = np.exp(-((x - a[0]) ** 2 + (y - a[1]) ** 2) / (0.02 + 0.1 * a[2]))
    ripple = np.sin(18 * a[3] * x + 22 * a[2] * y)
    signed = 2 * blob + 0.5 * ripple
    return (np.maximum(signed, 0) if seed % 2 else signed - 0.4).astype(np.float16)


def halved(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mip levels of (count, h, w): means of two by two."""
    levels, v = [], values.astype(np.float32)
    while v.shape[1] > 1 or v.shape[2] > 1:
        h, w = max(1, v.shape[1] >> 1), max(1, v.shape[2] >> 1)
        rows, columns = max(1, v.shape[1] // h), max(1, v.shape[2] // w)
        v = v[:, : h * rows, : w * columns].reshape(len(v), h, rows, w, columns).mean((2, 4))
        levels.append(v.astype(np.float16))
    return tuple(levels)


def fill(renderer, scene: Scene, network: Network, seed: int = 0, mips: bool = False) -> None:
    """Give every layer values, upload and sync."""
    renderer.sync(scene)
    for layer in network.graph.layers:
        m = layer.maps
        if m.values:
            values = waves(m.count, m.height, m.width, seed + layer.id)
            renderer.accept(block(network, layer.id, values))
            if mips and m.height * m.width > 32 * 32:
                renderer.accept(MipLevels(network.id, 1, layer.id, halved(values)))
    while renderer.pending:
        for done in renderer.upload(1 << 30):
            network.show(done)
    renderer.sync(scene)
