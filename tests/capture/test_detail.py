"""Golden texts: what the well-known architectures look like at each detail.

``WALKBOX_WRITE_GOLDEN=1 pytest tests/capture/test_detail.py`` writes them anew; read the difference before committing
it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from awkward import AWKWARD
from known import KNOWN
from model_checks import SEED, check

from walkbox.capture.detail import graph_of
from walkbox.capture.recorder import record
from walkbox.capture.trace import Call, Op, Trace, Value
from walkbox.graph import DETAILS, ModelGraph

GOLDEN = Path(__file__).parent / "golden"
SHOWN = ["Marked", "Attention", "WritesThroughViews", "UnrolledCell", "HandWrittenNorm", "DictInDictOut", "Recursive"]


def text(graph: ModelGraph) -> str:
    lines = []
    for layer in graph.layers:
        parents = ", ".join(graph.layers[p].name for p in layer.parents)
        maps = layer.maps
        lines.append(
            f"{layer.name}{'*' if layer.output else ''} = {layer.op}({parents})"
            f"  {'x'.join(map(str, layer.shape))} {layer.dtype}, {maps.kind} {maps.count}x{maps.height}x{maps.width}"
        )
    return f"# {graph.detail}\n" + "\n".join(lines) + "\n"


def compare(name: str, found: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WALKBOX_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="\n")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", KNOWN)
def test_known_architectures(name: str):
    torch.manual_seed(SEED)
    kind, shape = KNOWN[name]
    recording = check(kind().eval(), (torch.rand(shape),))
    compare(name, "\n".join(text(recording.graph(detail)) for detail in DETAILS))


@pytest.mark.parametrize("name", SHOWN)
def test_awkward_ones(name: str):
    torch.manual_seed(SEED)
    model, args, kwargs = AWKWARD[name]()
    recording = record(model.eval(), args, kwargs)
    compare(name, "\n".join(text(recording.graph(detail)) for detail in DETAILS))


def test_reduction_needs_no_torch():
    """A trace written by hand: conv, norm and relu are one layer; an addition stands alone."""
    image = Value((1, 3, 8, 8), "float32")
    trace = Trace(
        "Hand",
        [("x", image)],
        [Call("", 0, "Hand", -1, leaf=False), Call("conv", 0, "Conv2d", 0)],
        [
            Op(0, "conv2d", 1, (image,), ((-1, 0),), ("conv.weight",)),
            Op(1, "batch_norm", 0, (image,), ((0, 0),)),
            Op(2, "relu", 0, (image,), ((1, 0),)),
            Op(3, "zeros", 0, (image,), ()),
            Op(4, "add", 0, (image,), ((2, 0), (-1, 0), (3, 0))),
            Op(5, "flatten", 0, (Value((1, 192), "float32"),), ((4, 0),)),
        ],
        [(5, 0)],
    )
    graph = graph_of(trace, "layers", "By hand")
    assert [(la.name, la.op, la.parents, la.output) for la in graph.layers] == [
        ("input", "input", (), False),
        ("conv", "conv2d+batch_norm+relu", (0,), False),
        ("add", "add", (1, 0), True),
    ]
    assert graph.layers[1].source == (2, 0) and graph.layers[1].parameters == ("conv.weight",)
    assert graph.model == "By hand" and graph.complete
    assert [la.name for la in graph_of(trace, "ops").layers] == [
        "input",
        "conv",
        "batch_norm",
        "relu",
        "add",
        "flatten",
    ]


def test_parameters_are_named_weight_first():
    kind, shape = KNOWN["residual"]
    graph = record(kind().eval(), (torch.rand(shape),)).graph()
    assert graph.layer("layer2.0.conv1").parameters == (
        "layer2.0.conv1.weight",
        "layer2.0.conv1.bias",
        "layer2.0.bn1.weight",
        "layer2.0.bn1.bias",
    )
    assert graph.layer("fc").parameters == ("fc.weight", "fc.bias")
    assert graph.layer("layer1.0.relu:1").call == 1 and graph.layer("layer1.0.relu:1").module == "layer1.0.relu"


def test_blocks_keep_every_parameter_of_their_layers():
    kind, shape = KNOWN["residual"]
    recording = record(kind().eval(), (torch.rand(shape),))
    used = [{p for la in recording.graph(d).layers for p in la.parameters} for d in DETAILS]
    assert used[0] == used[1] == used[2]
