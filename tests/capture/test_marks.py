from __future__ import annotations

import subprocess
import sys

import torch
from awkward import AWKWARD
from model_checks import check
from torch import nn

import walkbox
from walkbox.capture.recorder import record


def test_mark_is_the_identity():
    x = torch.rand(3)
    assert walkbox.mark(x, "here") is x
    assert walkbox.mark(None, "nothing") is None


def test_importing_walkbox_loads_no_torch():
    code = "import sys, walkbox; walkbox.mark(1, 'x'); print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_marked_places_are_layers_at_every_detail():
    model, args, kwargs = AWKWARD["Marked"]()
    recording = check(model.eval(), args, kwargs)
    for detail in ("ops", "layers", "blocks"):
        graph = recording.graph(detail)
        assert graph.layer("the middle").op == "mark" and graph.layer("the middle").shape == (1, 4, 8, 8)
        assert graph.layer("brightness").maps.kind == "scalar"
    blocks = recording.graph("blocks")
    names = [layer.name for layer in blocks.layers]
    assert names.index("block.b") < names.index("the middle") < names.index("block")


def test_one_name_for_several_places():
    class Loop(nn.Module):
        def forward(self, x):
            for _ in range(3):
                x = walkbox.mark(x * 2, "step")
            return x

    graph = check(Loop(), (torch.ones(1, 3),)).graph()
    assert [layer.name for layer in graph.layers if layer.op == "mark"] == ["step", "step:1", "step:2"]


def test_marks_of_something_else_are_passed_over():
    class Odd(nn.Module):
        def forward(self, x):
            return walkbox.mark((x,), "a tuple")[0] + 1

    assert [layer.op for layer in check(Odd(), (torch.ones(1, 2),)).graph().layers] == ["input", "add"]


def test_mark_of_a_name_that_a_module_has():
    class Same(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return walkbox.mark(self.fc(x), "fc") + 1

    names = [layer.name for layer in record(Same(), (torch.ones(1, 2),)).graph().layers]
    assert names == ["input", "fc", "fc:1", "add"]
