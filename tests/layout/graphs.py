"""Graphs made by hand: what capture would record, without torch."""

from __future__ import annotations

from collections.abc import Iterable

from walkbox.graph import Layer, Maps, ModelGraph


class Builder:
    """Adds layers one after the other; each call returns the new layer's id."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []

    def add(
        self,
        op: str,
        parents: Iterable[int] = (),
        *,
        maps: int = 64,
        side: int = 28,
        kind: str = "maps",
        width: int = 0,
        output: bool = False,
    ) -> int:
        maps = {"scalar": 1, "none": 0}.get(kind, maps)
        shape = (1, maps) if kind == "strip" else (1, maps, side, width or side)
        size = (1, 1) if kind == "strip" else (side, width or side)
        id = len(self.layers)
        self.layers.append(
            Layer(id, f"{op}{id}", op, "", 0, shape, "float32", Maps(kind, maps, *size), tuple(parents), output)  # type: ignore[arg-type]
        )
        return id

    def graph(self, error: str | None = None) -> ModelGraph:
        outputs = tuple(layer.id for layer in self.layers if layer.output)
        return ModelGraph("Test", "layers", tuple(self.layers), outputs, error is None, error)


def chain(length: int) -> ModelGraph:
    b = Builder()
    last = b.add("input", maps=3, side=224)
    for _ in range(length - 1):
        last = b.add("conv2d", [last])
    return b.graph()


def residual(blocks: int = 3, *, project_every: int = 0) -> ModelGraph:
    """Blocks of two convolutions and an add, some with a convolution on the skip."""
    b = Builder()
    x = b.add("conv2d", [b.add("input", maps=3, side=224)], side=112)
    for block in range(blocks):
        first = b.add("conv2d", [x], side=56)
        second = b.add("conv2d", [first], side=56)
        side = b.add("conv2d", [x], side=56) if project_every and block % project_every == 0 else x
        x = b.add("add", [second, side], side=56)
    b.add("linear", [x], maps=1000, kind="strip", output=True)
    return b.graph()


def inception(blocks: int = 2) -> ModelGraph:
    b = Builder()
    x = b.add("conv2d", [b.add("input", maps=3, side=224)])
    for _ in range(blocks):
        one = b.add("conv2d", [x])
        two = b.add("conv2d", [b.add("conv2d", [x])])
        three = b.add("conv2d", [b.add("conv2d", [b.add("conv2d", [x])])])
        pool = b.add("conv2d", [b.add("max_pool2d", [x])])
        x = b.add("cat", [one, two, three, pool], maps=256)
    b.add("linear", [x], maps=10, kind="strip", output=True)
    return b.graph()


def dense(layers: int = 8) -> ModelGraph:
    """Every layer reads the concatenation of all before it."""
    b = Builder()
    features = [b.add("conv2d", [b.add("input", maps=3, side=224)])]
    for _ in range(layers):
        cat = b.add("cat", features, maps=64 + 32 * len(features))
        features.append(b.add("conv2d", [b.add("conv2d", [cat], maps=128)], maps=32))
    b.add("linear", [b.add("cat", features, maps=512)], maps=10, kind="strip", output=True)
    return b.graph()


def unet(levels: int = 4) -> ModelGraph:
    b = Builder()
    x = b.add("input", maps=1, side=256)
    kept = []
    for level in range(levels):
        maps, side = 16 << level, 256 >> level
        x = b.add("conv2d", [b.add("conv2d", [x], maps=maps, side=side)], maps=maps, side=side)
        kept.append(x)
        x = b.add("max_pool2d", [x], maps=maps, side=side // 2)
    for level in reversed(range(levels)):
        up = b.add("conv_transpose2d", [x], maps=16 << level, side=256 >> level)
        x = b.add("conv2d", [b.add("cat", [up, kept[level]], maps=32 << level, side=256 >> level)], side=256 >> level)
    b.add("conv2d", [x], maps=2, side=256, output=True)
    return b.graph()
