"""Blocks that a person has opened or closed, whatever the level of detail."""

from __future__ import annotations

import pytest
import torch
from awkward import AWKWARD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from known import KNOWN
from model_checks import SEED

from walkbox.capture.recorder import Recording, record
from walkbox.capture.replay import replay
from walkbox.errors import BlockError
from walkbox.graph import DETAILS, ModelGraph

RECORDINGS: dict[str, tuple[torch.nn.Module, tuple, dict, Recording]] = {}


def recorded(name: str) -> tuple[torch.nn.Module, tuple, dict, Recording]:
    """Each model is recorded once."""
    if name not in RECORDINGS:
        torch.manual_seed(SEED)
        if name in KNOWN:
            kind, shape = KNOWN[name]
            model, args, kwargs = kind().eval(), (torch.rand(shape),), {}
        else:
            model, args, kwargs = AWKWARD[name]()
            model = model.eval()
        RECORDINGS[name] = model, args, kwargs, record(model, args, kwargs)
    return RECORDINGS[name]


def names(graph: ModelGraph, prefix: str) -> list[str]:
    return [layer.name for layer in graph.layers if layer.name.startswith(prefix)]


def test_a_block_is_opened_where_it_stands() -> None:
    recording = recorded("residual")[3]
    blocks, layers = recording.graph("blocks"), recording.graph("layers")
    opened = recording.graph("blocks", None, frozenset({"layer2.0"}))
    assert names(blocks, "layer2.0") == ["layer2.0"]
    assert names(opened, "layer2.0") == names(layers, "layer2.0")
    others = [n for n in (layer.name for layer in blocks.layers) if n != "layer2.0"]
    assert [layer.name for layer in opened.layers if layer.name in others] == others


def test_a_layer_is_opened_into_its_operations() -> None:
    recording = recorded("residual")[3]
    opened = recording.graph("layers", None, frozenset({"layer2.0.conv1"}))
    assert opened.layer("layer2.0.conv1").op == "conv2d"
    first, second, third = (opened.layer(f"layer2.0.{n}") for n in ("conv1", "bn1", "relu"))
    assert (second.op, second.parents) == ("batch_norm", (first.id,))
    assert (third.op, third.parents) == ("relu", (second.id,))
    assert len(opened.layers) == len(recording.graph("layers").layers) + 2


@pytest.mark.parametrize("detail", DETAILS)
def test_a_module_is_closed_into_one_layer(detail: str) -> None:
    recording = recorded("residual")[3]
    closed = recording.graph(detail, None, frozenset(), frozenset({"layer2"}))  # type: ignore[arg-type]
    assert names(closed, "layer2") == ["layer2"]
    one, all_of_it = closed.layer("layer2"), recording.graph(detail)  # type: ignore[arg-type]
    inside = [layer for layer in all_of_it.layers if layer.name.startswith("layer2")]
    assert one.shape == inside[-1].shape and one.source == inside[-1].source
    assert [closed.layers[p].name for p in one.parents] == [
        name
        for name in dict.fromkeys(all_of_it.layers[p].name for i in inside for p in i.parents)
        if "layer2" not in name
    ]


def test_open_and_close_name_modules_that_do_that() -> None:
    recording = recorded("residual")[3]
    layers, blocks = recording.graph("layers"), recording.graph("blocks")
    assert layers.module_to_open(layers.layer("layer2.0.conv1").id) == "layer2.0.conv1"
    assert layers.module_to_close(layers.layer("layer2.0.conv1").id) == "layer2.0"
    assert layers.module_to_close(layers.layer("layer2.0.add").id) == "layer2.0"
    assert blocks.module_to_open(blocks.layer("layer2.0").id) == "layer2.0"
    with pytest.raises(BlockError, match=r"layer2\.0\.add is a single operation \(add\)"):
        layers.module_to_open(layers.layer("layer2.0.add").id)
    with pytest.raises(BlockError, match="input is an input of the model"):
        layers.module_to_open(0)
    for graph, name in ((layers, "fc"), (blocks, "layer2.0")):
        with pytest.raises(BlockError, match="belongs to no block"):
            graph.module_to_close(graph.layer(name).id)


class Twice(torch.nn.Module):
    """Convolution, activation and a skip around them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.steps = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), torch.nn.ReLU(), torch.nn.Conv2d(3, 3, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.steps(self.conv(x))


def test_bare_containers_are_closed_only_where_nothing_else_is_around() -> None:
    stage = torch.nn.Sequential(Twice(), Twice())
    model = torch.nn.Sequential()
    model.add_module("stem", torch.nn.Conv2d(3, 3, 1))
    model.add_module("stage", stage)
    model.add_module("head", torch.nn.Conv2d(3, 3, 1))
    recording = record(model, (torch.rand(1, 3, 8, 8),))
    layers = recording.graph("layers")
    assert layers.module_to_close(layers.layer("stage.0.steps.0").id) == "stage.0"
    once = recording.graph("layers", None, frozenset(), frozenset({"stage.0"}))
    assert once.module_to_close(once.layer("stage.0").id) == "stage"
    twice = recording.graph("layers", None, frozenset(), frozenset({"stage.0", "stage"}))
    assert [layer.name for layer in twice.layers] == ["input", "stem", "stage", "head"]


@pytest.mark.parametrize("name", [*KNOWN, "Marked", "Recursive", "DictInDictOut", "HandWrittenNorm"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_opened_and_closed_every_layer_is_reached(name: str, data: st.DataObject) -> None:
    model, args, kwargs, recording = recorded(name)
    paths = sorted({call.path for call in recording.trace.calls if call.path})
    some = st.frozensets(st.sampled_from(paths), max_size=4) if paths else st.just(frozenset())
    detail = data.draw(st.sampled_from(DETAILS))
    opened, closed = data.draw(some), data.draw(some)
    graph = recording.graph(detail, None, opened, closed)
    assert len({layer.name for layer in graph.layers}) == len(graph.layers)
    assert all(parent < layer.id for layer in graph.layers for parent in layer.parents)
    assert [layer.id for layer in graph.layers] == list(range(len(graph.layers)))
    plain = recording.graph(detail)
    assert {graph.layers[o].source for o in graph.outputs} == {plain.layers[o].source for o in plain.outputs}
    reached: dict[int, tuple[int, ...]] = {}
    replay(model, recording, graph, *(args, kwargs), lambda layer, tensor: reached.update({layer.id: tensor.shape}))
    assert {i: tuple(s) for i, s in reached.items()} == {layer.id: layer.shape for layer in graph.layers}


def test_nothing_opened_and_nothing_closed_is_the_plain_graph() -> None:
    for name in KNOWN:
        recording = recorded(name)[3]
        for detail in DETAILS:
            graph = recording.graph(detail, None, frozenset({"no.such"}), frozenset({"no.such"}))
            assert graph == recording.graph(detail)


def test_the_parts_of_all_layers_are_all_operations() -> None:
    for name in KNOWN:
        recording = recorded(name)[3]
        values = len(recording.graph("ops").layers)
        for detail in DETAILS:
            assert sum(layer.parts for layer in recording.graph(detail).layers) == values
