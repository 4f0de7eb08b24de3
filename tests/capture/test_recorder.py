from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch
from known import KNOWN
from model_checks import bits, check, check_graph, check_replay, outputs_of, state_of
from torch import nn

from walkbox.capture.recorder import record
from walkbox.capture.replay import ControlFlowChanged, replay
from walkbox.graph import DETAILS


def body() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5)).eval()


class Wrapped(nn.Module):
    """Something opaque between two ordinary modules."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.stem, self.inside = nn.Conv2d(3, 3, 1), inside

    def forward(self, x):
        return self.inside(self.stem(x)).softmax(1)


X = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(3))


# -------------------------------------------------------------------- modules that cannot be looked into


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["script", "trace"])
def test_script_module_is_one_layer_and_says_so(kind: str):
    scripted: Any = torch.jit.script(body()) if kind == "script" else torch.jit.trace(body(), X)
    whole = check(scripted, (X,))
    assert [layer.op for layer in whole.graph().layers] == ["input", "sequential"]
    assert any("ScriptModule" in note for note in whole.notes)
    recording = check(Wrapped(scripted).eval(), (X,))
    assert [layer.name for layer in recording.graph().layers] == ["input", "stem", "inside", "softmax"]
    assert recording.graph().layer("inside").parents == (1,)


@pytest.mark.filterwarnings("ignore:Using `torch.compile")
def test_compiled_model_is_recorded_as_the_eager_one():
    model = body()
    recording = check(torch.compile(model, backend="eager"), (X,))  # type: ignore[arg-type]
    assert [layer.name for layer in recording.graph().layers] == ["input", "0", "3"]
    assert recording.graph().model == "Sequential"
    assert any("torch.compile" in note for note in recording.notes)
    inner = record(Wrapped(torch.compile(body(), backend="eager")).eval(), (X,))  # type: ignore[arg-type]
    assert [layer.name for layer in inner.graph().layers] == ["input", "stem", "inside.0", "inside.3", "softmax"]


@pytest.mark.filterwarnings("ignore")
def test_quantised_model_shows_its_operations_and_says_so():
    model = torch.ao.quantization.quantize_dynamic(body(), {nn.Linear})
    recording = record(model, (X,))
    graph = recording.graph()
    check_graph(graph)
    assert [layer.op for layer in graph.layers] == ["input", "conv2d+relu", "linear_dynamic"]
    assert any("Quantised" in note for note in recording.notes)
    check_replay(model, recording, graph, (X,), {})
    assert torch.equal(recording.output, model(X))


def test_data_parallel():
    recording = check(nn.DataParallel(body()), (X,))
    assert recording.graph().layers[-1].name == "module.3"


def test_data_parallel_on_several_devices_says_that_it_is_one_layer():
    model = nn.DataParallel(body())
    model.device_ids = [0, 1]
    assert any("DataParallel" in note for note in record(model, (X,)).notes)


class Opaque(nn.Module):
    """What a compiled extension looks like from Python: tensors of unknown origin come out."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(3, 3))

    def forward(self, x):
        with torch._C.DisableTorchFunction():
            return (x @ self.weight) * 2


def test_unknown_insides_become_one_layer_fed_by_what_the_module_was_given():
    model = nn.Sequential(nn.Linear(4, 3), Opaque(), nn.Linear(3, 2))
    recording = check(model.eval(), (torch.rand(1, 4),))
    assert [(la.name, la.op, la.parents) for la in recording.graph().layers] == [
        ("input", "input", ()),
        ("0", "linear", (0,)),
        ("1", "opaque", (1,)),
        ("2", "linear", (2,)),
    ]
    twice = check(nn.Sequential(model[1], model[1]).eval(), (torch.rand(1, 3),))
    assert len(twice.graph().layers) == 3


# -------------------------------------------------------------------- a forward pass that raises


class Raises(nn.Module):
    """Changes all that it can reach, then raises."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.block = nn.Sequential(nn.ReLU(), nn.Linear(99, 3))
        self.log: list[int] = []

    def forward(self, x):
        self.eval()
        self.norm.train()
        self.log.append(1)
        self.extra = x
        self.conv.weight.requires_grad_(False)
        x.mul_(2)
        y = self.norm(self.conv(x)) + torch.randn(1)
        with torch.no_grad():
            self.conv.weight.zero_()
        self.register_forward_hook(lambda *_: None)
        return self.block(y)


def test_graph_up_to_the_error_and_a_model_as_it_was():
    model = Raises()
    model.conv.weight.grad = torch.ones_like(model.conv.weight)
    example = X.clone()
    before = state_of(model)
    recording = record(model, (example,))
    assert state_of(model) == before
    assert bits(example) == bits(X)
    assert isinstance(recording.error, RuntimeError)
    graph = recording.graph()
    assert graph.error is not None and graph.error.startswith("RuntimeError: ")
    assert not graph.complete and graph.outputs == ()
    assert [layer.op for layer in graph.layers] == ["input", "mul", "conv2d+batch_norm+add+relu"]
    for detail in DETAILS:
        check_graph(recording.graph(detail))
    with pytest.raises(RuntimeError):
        replay(model, recording, graph, (example,), {}, lambda layer, tensor: None)
    assert state_of(model) == before


@pytest.mark.parametrize("error", [ValueError("bad"), NotImplementedError(), AssertionError("no")])
def test_any_exception_is_recorded(error: Exception):
    class Fails(nn.Module):
        def forward(self, x):
            x = x + 1
            raise error

    recording = record(Fails(), (X,))
    assert recording.error is error and recording.output is None
    assert recording.graph().error == f"{type(error).__name__}: {error}".rstrip(": ")
    assert [layer.op for layer in recording.graph().layers] == ["input", "add"]


def test_wrong_arguments_are_an_error_of_the_model():
    recording = record(body(), ())
    assert isinstance(recording.error, TypeError) and recording.graph().layers == ()


def test_interrupt_is_passed_on_and_the_model_put_back():
    class Stops(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(3)

        def forward(self, x):
            self.norm(x)
            raise KeyboardInterrupt

    model = Stops()
    before = state_of(model)
    with pytest.raises(KeyboardInterrupt):
        record(model, (X,))
    assert state_of(model) == before


# -------------------------------------------------------------------- the model stays as it was


def test_training_model_with_gradients_and_hooks():
    torch.manual_seed(1)
    kind, shape = KNOWN["residual"]
    model = kind().train()
    model(torch.rand(shape).repeat(2, 1, 1, 1)).sum().backward()
    seen: list[str] = []
    handle = model.layer1.register_forward_hook(lambda *_: seen.append("hook"))  # type: ignore[union-attr]
    check(model, (torch.rand(2, *shape[1:]),), compare=False)
    assert len(seen) == 4  # once a forward pass: one record, three replays
    handle.remove()


def test_recording_inside_a_gradient_or_inference_mode_of_the_caller():
    model = body()
    with torch.enable_grad():
        assert not record(model, (X,)).output.requires_grad
        assert torch.is_grad_enabled()
    with torch.inference_mode():
        recording = record(model, (X * 1,))
        assert recording.error is None and recording.complete


# -------------------------------------------------------------------- nothing is kept alive


def test_no_activation_outlives_its_use():
    """While the model runs, at most the tensors that the plain forward pass holds are alive."""
    alive: list[int] = []
    seen: list[weakref.ref] = []

    class Watch(nn.Module):
        def forward(self, x):
            y = x + 1
            seen.append(weakref.ref(y))
            alive.append(sum(ref() is not None for ref in seen))
            return y

    model = nn.Sequential(*(Watch() for _ in range(20)))
    recording = record(model, (X,))
    assert max(alive) <= 2
    recording.output = None
    gc.collect()
    assert [ref for ref in seen if ref() is not None] == []
    alive.clear()
    replay(model, recording, recording.graph(), (X,), {}, lambda layer, tensor: None)
    assert max(alive) <= 2


# -------------------------------------------------------------------- replay


def test_replay_hands_out_values_before_they_are_overwritten():
    class Overwrites(nn.Module):
        def forward(self, x):
            y = x * 2
            z = y.sum()
            y.zero_()
            return y + z

    recording = record(Overwrites(), (torch.ones(1, 4),))
    graph = recording.graph("ops")
    values = {}
    replay(
        Overwrites(),
        recording,
        graph,
        (torch.ones(1, 4),),
        {},
        lambda la, t: values.update({la.name: t.clone().tolist()}),
    )
    assert values == {
        "input": [[1, 1, 1, 1]],
        "mul": [[2, 2, 2, 2]],
        "sum": 8,
        "zero": [[0, 0, 0, 0]],
        "add": [[8, 8, 8, 8]],
    }


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.a(x).relu() if x.sum() > 0 else self.b(x)


def test_other_control_flow_is_told():
    model = Branches()
    recording = record(model, (torch.ones(1, 3),))
    graph = recording.graph()
    before = state_of(model)
    with pytest.raises(ControlFlowChanged):
        replay(model, recording, graph, (-torch.ones(1, 3),), {}, lambda layer, tensor: None)
    assert state_of(model) == before
    same = replay(model, recording, graph, (torch.full((1, 3), 2.0),), {}, lambda layer, tensor: None)
    assert torch.equal(same, model(torch.full((1, 3), 2.0)))


def test_more_and_fewer_steps_are_told():
    class Steps(nn.Module):
        def forward(self, x):
            for _ in range(int(x[0, 0])):
                x = x * 0.5
            return x

    recording = record(Steps(), (torch.full((1, 2), 3.0),))
    for steps in (1.0, 6.0):
        with pytest.raises(ControlFlowChanged):
            replay(Steps(), recording, recording.graph(), (torch.full((1, 2), steps),), {}, lambda la, t: None)


def test_another_size_is_told():
    model = nn.Conv2d(3, 4, 3)
    recording = record(model, (X,))
    with pytest.raises(ControlFlowChanged, match="shape"):
        replay(model, recording, recording.graph(), (torch.rand(1, 3, 9, 9),), {}, lambda la, t: None)
    with pytest.raises(ControlFlowChanged, match="input"):
        replay(model, recording, recording.graph(), (), {}, lambda la, t: None)


def test_what_the_receiver_raises_comes_through_and_the_model_is_put_back():
    model = body().train()
    recording = record(model, (X,))
    before = state_of(model)

    def stop(layer, tensor):
        raise InterruptedError(layer.name)

    with pytest.raises(InterruptedError, match="input"):
        replay(model, recording, recording.graph(), (X,), {}, stop)
    assert state_of(model) == before


def test_values_are_those_of_the_modules():
    """What replay hands out for a module equals what a hook on that module sees."""
    kind, shape = KNOWN["transformer"]
    model, x = kind().eval(), torch.rand(shape)
    recording = record(model, (x,))
    values: dict[str, torch.Tensor] = {}
    replay(model, recording, recording.graph("ops"), (x,), {}, lambda la, t: values.update({la.name: t.clone()}))
    seen: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():
        if name in values:
            module.register_forward_hook(lambda m, a, out, name=name: seen.update({name: out.clone()}))
    with torch.no_grad():
        model(x)
    assert len(seen) > 10
    assert {k: bits(v) for k, v in seen.items()} == {k: bits(values[k]) for k in seen}


def test_every_layer_depends_on_the_parents_it_names_and_on_nothing_else():
    """Edges proven by change: noise added to one layer's value reaches its descendants and no other layer."""
    kind, shape = KNOWN["inception"]
    model, x = kind().eval(), torch.rand(shape)
    recording = record(model, (x,))
    graph = recording.graph()
    plain: dict[int, torch.Tensor] = {}
    replay(model, recording, graph, (x,), {}, lambda la, t: plain.update({la.id: t.clone()}))
    for changed in graph.layers[1:]:
        values: dict[int, torch.Tensor] = {}

        def disturb(layer, tensor, changed=changed, values=values):
            if layer.id == changed.id:
                tensor.add_(torch.linspace(1, 2, tensor.numel()).reshape(tensor.shape))
            values[layer.id] = tensor.clone()

        replay(model, recording, graph, (x,), {}, disturb)
        below = {changed.id}
        for layer in graph.layers:
            if below & set(layer.parents):
                below.add(layer.id)
        assert {i for i in values if not torch.equal(values[i], plain[i])} == below


def test_outputs_equal_to_the_bit_for_known_architectures():
    for kind, shape in KNOWN.values():
        model, x = kind().eval(), torch.rand(shape)
        assert outputs_of(record(model, (x,)).output) == outputs_of(model(x))
