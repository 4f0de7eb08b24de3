"""``walkbox inspect TARGET``: what walkbox sees in a model, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from walkbox.cli.model_arguments import add_model_arguments
from walkbox.graph import DETAILS, Maps, ModelGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``walkbox inspect``."""
    add_model_arguments(parser)
    parser.add_argument("--detail", choices=DETAILS, default="layers", help="how much is one layer (default: layers)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the graph on stdout, notes on stderr; 1 when the model raised."""
    from walkbox.capture.recorder import record
    from walkbox.capture.target import load

    spec = load(args.target, weights=args.weights, device=args.device, dtype=args.dtype)
    recording = record(spec.model, spec.args, spec.kwargs)
    graph = recording.graph(args.detail, spec.title)
    if args.json:
        json.dump(graph.to_json(), sys.stdout, indent=1)
        print()
    else:
        print(_table(graph))
    for note in (*spec.notes, *graph.notes):
        print(f"note: {note}", file=sys.stderr)
    if graph.error is not None:
        print(f"error: {graph.model} raised after {_reached(graph)}: {graph.error}", file=sys.stderr)
        return 1
    return 0


def _reached(graph: ModelGraph) -> str:
    return repr(graph.layers[-1].name) if graph.layers else "its first step"


def _table(graph: ModelGraph) -> str:
    rows: list[Sequence[str]] = [("", "layer", "operation", "shape", "maps", "reads")]
    for layer in graph.layers:
        reads = ", ".join(graph.layers[p].name for p in layer.parents)
        marker = "*" if layer.output else ""
        shape = "x".join(map(str, layer.shape)) or "scalar"
        rows.append((f"{layer.id}{marker}", layer.name, layer.op, shape, _maps(layer.maps), reads))
    widths = [max(len(row[c]) for row in rows) for c in range(5)]
    lines = []
    for row in rows:
        cells = [row[0].rjust(widths[0]), *(row[c].ljust(widths[c]) for c in range(1, 5)), row[5]]
        lines.append("  ".join(cells).rstrip())
    state = "complete" if graph.complete else "not complete"
    total = f"{graph.model}: {len(graph.layers)} layers ({graph.detail}), {graph.maps_total} maps, {state}"
    legend = "* output of the model" if graph.outputs else ""
    return "\n".join([*lines, "", total, *([legend] if legend else [])])


def _maps(maps: Maps) -> str:
    if maps.kind == "none":
        return "empty"
    if maps.kind == "scalar":
        return "number"
    size = f"{maps.count} of {maps.height}x{maps.width}"
    return size if maps.kind == "maps" else f"{size} {maps.kind}"
