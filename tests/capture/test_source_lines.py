"""Each layer knows the line of the user's own code that ran it."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from walkbox.capture import source_lines
from walkbox.capture.recorder import Recording, record
from walkbox.capture.replay import replay
from walkbox.capture.target import load
from walkbox.errors import TargetError
from walkbox.graph import Detail, SourceLine

X = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(3))

Importer = Callable[..., ModuleType]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Writes a file and imports it, as its user would."""

    def make(name: str, text: str, folder: str = "") -> ModuleType:
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return make


def lines(recording: Recording, detail: Detail = "layers") -> dict[str, str]:
    """File and text of each layer's line."""
    found = {}
    for layer in recording.graph(detail).layers:
        line = layer.source_line
        found[layer.name] = "" if line is None else f"{line.name}: {line.text}"
        if line is not None:
            assert Path(line.path).is_absolute() and Path(line.path).name == line.name
            written = Path(line.path).read_text(encoding="utf-8").splitlines()
            assert line.text and written[line.number - 1].strip() == line.text
    return found


def recorded(model: Any, *args: Any) -> Recording:
    recording = record(model.eval(), args or (X,))
    assert recording.error is None
    return recording


NET = """
import torch, torch.nn.functional as F
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
    def forward(self, x):
        y = self.conv1(x)
        y = F.relu(self.bn1(y))
        y = self.conv2(y)
        return y + x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.body = nn.Sequential(Block(), Block(), Block())
        self.pool = nn.Sequential(nn.Tanh(), nn.MaxPool2d(2))
        self.head = nn.Linear(4, 2)
    def forward(self, x):
        x = self.stem(x)
        x = self.body(x)
        x = self.pool(x)
        x = F.avg_pool2d(
            x,
            2,
        )
        return torch.softmax(
            self.head(x.mean((2, 3))), 1)
"""

LAYERS = {
    "input": "",
    "stem": "net.py: x = self.stem(x)",
    "body.0.conv1": "net.py: y = self.conv1(x)",
    "body.0.conv2": "net.py: y = self.conv2(y)",
    "body.0.add": "net.py: return y + x",
    "pool.1": "net.py: x = self.pool(x)",
    "avg_pool2d": "net.py: x = F.avg_pool2d(",
    "head": "net.py: self.head(x.mean((2, 3))), 1)",
    "softmax": "net.py: return torch.softmax(",
}


def test_layers_functions_and_containers(imported: Importer):
    found = lines(recorded(imported("net", NET).Net()))
    assert {name: found[name] for name in LAYERS} == LAYERS
    assert found["body.2.conv2"] == found["body.0.conv2"]


def test_details_have_the_line_of_their_first_operation(imported: Importer):
    recording = recorded(imported("net", NET).Net())
    ops = lines(recording, "ops")
    assert ops["body.0.conv1"] == "net.py: y = self.conv1(x)"
    assert ops["body.0.bn1"] == ops["body.0.relu"] == "net.py: y = F.relu(self.bn1(y))"
    fused = recording.graph("layers").layer("body.0.conv1")
    assert fused.op == "conv2d+batch_norm+relu" and fused.source_line is not None
    blocks = recording.graph("blocks")
    assert blocks.layer("body.1").parts > 3
    assert lines(recording, "blocks")["body.1"] == "net.py: y = self.conv1(x)"
    opened = recording.graph("blocks", opened=frozenset({"body.1"}))
    assert opened.layer("body.1.conv2").source_line == recording.graph("ops").layer("body.1.conv2").source_line


def test_the_model_file_says_more_than_its_helpers(imported: Importer):
    imported("helper", "import torch\n\ndef squash(x):\n    return torch.tanh(x)\n")
    text = "from helper import squash\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def forward(self, x):\n"
    found = lines(recorded(imported("net", text + "        return squash(x) * 2\n").Net()))
    assert found["tanh"] == "net.py: return squash(x) * 2"


def test_modules_of_another_file_have_lines_of_that_file(imported: Importer):
    imported(
        "parts",
        "import torch\nfrom torch import nn\nfrom functools import wraps\n\n"
        "def shouted(f):\n    @wraps(f)\n    def inner(*args):\n        return f(*args)\n    return inner\n\n"
        "class Part(nn.Module):\n    @torch.no_grad()\n    @shouted\n"
        "    def forward(self, x):\n        return x.sin()\n\n"
        "class Call(nn.Module):\n    def __init__(self, f):\n        super().__init__()\n        self.f = f\n"
        "    def forward(self, x):\n        return self.f(x)\n",
    )
    net = imported(
        "net",
        "from torch import nn\nfrom parts import Call, Part\n\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.part = Part()\n        self.call = Call(lambda x: x.cos())\n"
        "    def forward(self, x):\n        return self.call(self.part(x)).exp()\n",
    )
    found = lines(recorded(net.Net()), "ops")
    assert found["part"] == "parts.py: return x.sin()"
    assert found["call"] == "net.py: self.call = Call(lambda x: x.cos())"
    assert found["exp"] == "net.py: return self.call(self.part(x)).exp()"


PACKAGE = """
import torch
from torch import nn

class Theirs(nn.Module):
    def forward(self, x):
        return torch.relu(x)
"""


def test_the_users_own_line_says_more_than_a_package(imported: Importer):
    theirs = imported("theirs", PACKAGE, "lib/site-packages")
    assert lines(recorded(theirs.Theirs()))["relu"] == "theirs.py: return torch.relu(x)"
    own = (
        "from theirs import Theirs\nfrom torch import nn\n\n\nclass Own(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.it = Theirs()\n    def forward(self, x):\n        return self.it(x)\n"
    )
    assert lines(recorded(imported("own", own).Own()))["it"] == "own.py: return self.it(x)"


def test_marks_and_modules_of_unknown_insides(imported: Importer):
    text = (
        "import torch\nfrom torch import nn\nfrom walkbox import mark\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self, inside):\n        super().__init__()\n        self.inside = inside\n"
        "    def forward(self, x):\n        x = self.inside(x)\n        x = mark(x, 'middle')\n        return x * 3\n"
    )
    with pytest.warns(DeprecationWarning):
        inside = torch.jit.trace(torch.nn.Conv2d(3, 2, 1).eval(), X)
    found = lines(recorded(imported("net", text).Net(inside)))
    assert found["inside"] == "net.py: x = self.inside(x)"
    assert found["middle"] == "net.py: x = mark(x, 'middle')"
    assert found["mul"] == "net.py: return x * 3"


def test_who_records_is_not_the_users_model():
    graph = recorded(torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1), torch.nn.MaxPool2d(2))).graph()
    assert len(graph.layers) == 3 and all(layer.source_line is None for layer in graph.layers)


def test_code_without_a_file():
    space: dict[str, Any] = {}
    exec(
        compile(
            "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x + 1\n",
            "<made>",
            "exec",
        ),
        space,
    )
    assert recorded(space["Net"]()).graph().layer("add").source_line == SourceLine("<made>", "<made>", 4, "")


def test_a_file_that_changed_or_went_is_read_anew(imported: Importer, tmp_path: Path):
    text = "from torch import nn\n\n\nclass Net(nn.Module):\n    def forward(self, x):\n        return x + 1\n"
    net = imported("net", text)
    assert lines(recorded(net.Net()))["add"] == "net.py: return x + 1"
    (tmp_path / "net.py").write_text(text.replace("+ 1", "+ 1  # one more"), encoding="utf-8")
    assert lines(recorded(net.Net()))["add"] == "net.py: return x + 1  # one more"
    (tmp_path / "net.py").unlink()
    line = recorded(net.Net()).graph().layer("add").source_line
    assert line == SourceLine(str(tmp_path / "net.py"), "net.py", 6, "")


def test_the_shipped_models_are_models_and_the_rest_of_walkbox_is_not():
    import walkbox
    from walkbox.resources import asset

    rank = source_lines._rank_of
    assert rank(str(asset("demo/model.py"))) in (source_lines._OWN, source_lines._PACKAGE)
    assert rank(str(Path(walkbox.__file__).with_name("marks.py"))) == source_lines._SKIPPED
    assert rank(torch.nn.__file__ or "") == rank(Path.joinpath.__code__.co_filename) == source_lines._SKIPPED
    assert rank("<frozen importlib._bootstrap>") == source_lines._SKIPPED


def test_replaying_looks_for_no_lines(imported: Importer, monkeypatch: pytest.MonkeyPatch):
    model = imported("net", NET).Net().eval()
    looked = []
    current = source_lines.LineFinder.current
    monkeypatch.setattr(source_lines.LineFinder, "current", lambda self: looked.append(1) or current(self))
    recording = recorded(model)
    assert len(looked) == len(recording.ops)
    looked.clear()
    seen: list[str] = []
    replay(model, recording, recording.graph(), (X,), None, lambda layer, tensor: seen.append(layer.name))
    assert len(seen) == len(recording.graph().layers) and looked == []


def test_the_document_for_programs_does_not_say_it(imported: Importer):
    document = recorded(imported("net", NET).Net()).graph().to_json()
    assert set(document["layers"][1]) == {
        *("id", "name", "op", "module", "call", "shape", "dtype", "maps", "parents"),
    }


SEQUENTIAL = """
from torch import nn

example = (3, 8, 8)


def pair(wide):
    return nn.Sequential(
        nn.Conv2d(wide, wide, 3),
        nn.MaxPool2d(2),
    )


model = nn.Sequential(
    nn.Conv2d(3, 4, 1), nn.ReLU(),
    nn.AvgPool2d(2), nn.BatchNorm2d(4),
    pair(4),
)
"""


def test_in_a_bare_sequential_it_is_the_line_that_made_the_module(tmp_path: Path):
    (tmp_path / "bare.py").write_text(SEQUENTIAL, encoding="utf-8")
    spec = load(str(tmp_path / "bare.py"))
    found = lines(record(spec.model, spec.args))
    assert found == {
        "input": "",
        "0": "bare.py: nn.Conv2d(3, 4, 1), nn.ReLU(),",
        "2": "bare.py: model = nn.Sequential(",  # nothing to learn, so it is noticed when it becomes part of the model
        "3": "bare.py: nn.AvgPool2d(2), nn.BatchNorm2d(4),",
        "4.0": "bare.py: nn.Conv2d(wide, wide, 3),",
        "4.1": "bare.py: return nn.Sequential(",
    }
    assert vars(spec.model).keys() == vars(torch.nn.Sequential()).keys()
    del spec
    for name in [name for name in sys.modules if name.startswith("walkbox_model_bare_")]:
        del sys.modules[name]
    gc.collect()
    assert not any(Path(line.path).parent == tmp_path for _, line in source_lines._made.values())


def test_modules_are_noted_only_while_a_model_is_loaded(tmp_path: Path):
    (tmp_path / "bare.py").write_text(SEQUENTIAL, encoding="utf-8")
    kept = load(str(tmp_path / "bare.py"))
    layer = torch.nn.Sequential(torch.nn.Linear(2, 2))[0]
    assert source_lines.made_at(layer) is None and source_lines.made_at(kept.model[0]) is not None
    (tmp_path / "bad.py").write_text("from torch import nn\nnn.Linear(2, 2)\nraise ValueError\n", encoding="utf-8")
    with pytest.raises(TargetError):
        load(str(tmp_path / "bad.py"))
    assert not torch.nn.modules.module._global_module_registration_hooks
    assert not torch.nn.modules.module._global_parameter_registration_hooks
