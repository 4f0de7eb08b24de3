"""Following edges: which layer one comes to from another."""

from __future__ import annotations

from walkbox.errors import LayerNotFoundError, UsageError
from walkbox.scene.network import Network

__all__ = ["WAYS", "follow", "targets"]

WAYS = ("forward", "back", "skip")
"""To the layer that reads this one, to the one that it reads, and along a skip."""


def targets(network: Network, layer: int, way: str) -> list[int]:
    """Where one can go from a layer, the nearest first; layers that are hidden are left out.

    ``forward`` and ``back`` prefer the next row, then the own lane, then the lane nearest to the trunk. ``skip`` goes
    to where this layer's skips lead, the nearest first, then to where those that end here begin.

    Raises:
        UsageError: *way* is none of :data:`WAYS`, or there is no such layer.
    """
    if way not in WAYS:
        raise UsageError(f"There is no way {way!r} to follow an edge; the ways are: {', '.join(WAYS)}.")
    if not 0 <= layer < len(network.graph.layers):
        raise UsageError(f"There is no layer {layer} in {network.title}, which has {len(network.graph.layers)}.")
    a = network.arrangement
    children, parents = network.graph.children[layer], network.graph.layers[layer].parents

    def seen(layers: tuple[int, ...]) -> list[int]:
        def place(other: int) -> tuple[int, int, int, int]:
            steps, lanes = int(a.depth[other] - a.depth[layer]), int(a.lane[other] - a.lane[layer])
            return abs(steps), abs(lanes), abs(int(a.lane[other])), other

        return sorted({other for other in layers if not a.hidden[other]}, key=place)

    if way == "forward":
        return seen(children)
    if way == "back":
        return seen(parents)
    skips = {tuple(edge) for edge, skip in zip(a.edges.tolist(), a.skip.tolist(), strict=True) if skip}
    there = tuple(child for child in children if (layer, child) in skips)
    here = tuple(parent for parent in parents if (parent, layer) in skips)
    return seen(there) + seen(here)


def follow(network: Network, layer: int, way: str) -> int:
    """The layer to go to, the first of :func:`targets`.

    Raises:
        UsageError: as :func:`targets`.
        LayerNotFoundError: no edge leads there, or only to layers that are hidden.
    """
    found = targets(network, layer, way)
    if found:
        return found[0]
    one = network.graph.layers[layer]
    why = {
        "forward": "is read by no layer that is shown" + (": it is an output of the model" if one.output else ""),
        "back": "reads no layer that is shown" + (": it is an input of the model" if one.is_input else ""),
        "skip": "has no skip: no edge passes other layers on its way to it or from it",
    }[way]
    raise LayerNotFoundError(f"{one.name} {why}, so there is nowhere to go.")
