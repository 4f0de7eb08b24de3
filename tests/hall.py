"""A small furnished scene made by hand: two kinds of layers, values, statistics, pictures, a prediction."""

from __future__ import annotations

import numpy as np

from walkbox.graph import Layer, MapKind, Maps, ModelGraph
from walkbox.layout.registry import arrange
from walkbox.messages import Block, LayerReading, LayerStatistics, Prediction
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene

CLASSES = ("brick", "cat", "coffee", "coins", "grass", "gravel", "moon", "print", "retina", "stars", "tissue", "wood")

SHAPES: tuple[tuple[str, str, MapKind, int, int, int, tuple[int, ...]], ...] = (
    ("input", "input", "maps", 3, 32, 32, ()),
    ("stem.conv", "conv2d+batch_norm+relu", "maps", 16, 16, 16, (0,)),
    ("layer1.0.conv1", "conv2d+batch_norm+relu", "maps", 24, 16, 16, (1,)),
    ("layer1.0.conv2", "conv2d+batch_norm", "maps", 16, 16, 16, (2,)),
    ("layer1.0.add", "add", "maps", 16, 16, 16, (3, 1)),
    ("layer2.1d", "conv1d", "signal", 8, 1, 64, (4,)),
    ("layer2.volume", "conv3d", "volume", 4, 8, 8, (5,)),
    ("pool", "adaptive_avg_pool2d", "strip", 32, 1, 1, (6,)),
    ("fc", "linear", "strip", len(CLASSES), 1, 1, (7,)),
)


def graph() -> ModelGraph:
    """Nine layers with a skip; signed and unsigned, maps, signals, a volume, strips."""
    layers = []
    for id, (name, op, kind, count, height, width, parents) in enumerate(SHAPES):
        depth = 5 if kind == "volume" else 1
        shape = (1, count) if kind == "strip" else (1, count, width) if kind == "signal" else (1, count, height, width)
        maps = Maps(kind, count, height, width, depth=depth)
        layers.append(Layer(id, name, op, name, 0, shape, "float32", maps, parents, output=name == "fc"))
    return ModelGraph("Hall", "layers", tuple(layers), outputs=(len(layers) - 1,))


def values(layer: Layer, run: int = 1) -> np.ndarray:
    """float32 (count, height, width): smooth waves, signed where the op does not end in a ReLU."""
    maps = layer.maps
    rng = np.random.default_rng(layer.id * 100 + run)
    y, x = np.mgrid[0 : maps.height, 0 : maps.width]
    phase = rng.uniform(0, 6, (3, maps.count, 1, 1))
    made = np.sin(x / 3 + phase[0]) * np.cos(y / 4 + phase[1]) + 0.4 * np.sin((x + y) / 5 + phase[2])
    made = made + rng.normal(0, 0.05, made.shape)
    return np.maximum(made, 0).astype(np.float32) if layer.op.endswith("relu") else made.astype(np.float32)


def statistics(layer: Layer, made: np.ndarray, run: int = 1, network: int = 0) -> LayerStatistics:
    """Exact, by numpy."""
    flat = made.reshape(len(made), -1)
    histogram, edges = np.histogram(made, 64)
    weights, weight_edges = np.histogram(np.random.default_rng(layer.id).normal(0, 0.1, 4000), 64)
    has_weights = "conv" in layer.op or layer.op == "linear"
    return LayerStatistics(
        network, run, layer.id,
        flat.min(1), flat.max(1), flat.mean(1), flat.std(1), (flat == 0).mean(1), np.zeros(len(flat), np.float32),
        float(made.min()), float(made.max()), float(made.mean()), float(made.std()), float((made == 0).mean()), 0.0,
        np.percentile(made, [1, 5, 25, 50, 75, 95, 99]).astype(np.float32),
        histogram, edges.astype(np.float32),
        weights if has_weights else None, weight_edges.astype(np.float32) if has_weights else None,
    )  # fmt: skip


def scene(readings: bool = True) -> Scene:
    """One network, id 0, that has run once, with five pictures on the shelf and the second one placed."""
    made = graph()
    network = Network(0, made, arrange(made), title="Hall", classes=CLASSES)
    for layer in made.layers:
        exact = values(layer)
        network.show(Block(0, 1, layer.id, exact.astype(np.float16), 1.0, float(exact.min()), float(exact.max())))
        known = statistics(layer, exact)
        network.describe(known)
        if readings:
            network.readings[layer.id] = LayerReading(0, 1, layer.id, exact, known)
    scores = np.array([0.3, 4.1, 1.2, 0.1, 2.6, -1.0, 0.4, 0.2, -2.0, 0.9, 1.4, -0.3], np.float32)
    network.prediction = Prediction(0, 1, scores, np.exp(scores) / np.exp(scores).sum())
    result = Scene({0: network})
    y, x = np.mgrid[0:48, 0:64]
    for index, label in enumerate(("brick", "cat", "coffee", "coins", "grass")):
        pixels = np.stack([(x * 4 + 40 * index) % 256, (y * 5) % 256, np.full_like(x, 50 * index)], axis=-1).astype(
            np.uint8
        )
        result.add_picture(pixels, f"{label}-1.jpg", label=label)
    network.picture = result.pictures[result.shelf[1]]
    return result


def blocks(run: int = 1) -> list[Block]:
    """A block of each layer, as the model thread would send it."""
    result = []
    for layer in graph().layers:
        exact = values(layer, run)
        result.append(Block(0, run, layer.id, exact.astype(np.float16), 1.0, float(exact.min()), float(exact.max())))
    return result
