from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from walkbox.capture.recorder import record
from walkbox.capture.spec import ModelSpec
from walkbox.capture.target import load
from walkbox.errors import ExampleError, MissingPackageError, PictureError, TargetError, UsageError, WalkboxError

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, channels=3):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(channels, 4, 3), nn.Linear(4, 2)
    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "my_model.py", net: bool = True) -> str:
        path = tmp_path / name
        path.write_text((NET if net else "") + textwrap.dedent(text), encoding="utf-8")
        return str(path)

    return write


def failure(target: str, kind: type[WalkboxError], **options) -> str:
    with pytest.raises(kind) as caught:
        load(target, **options)
    return str(caught.value)


# -------------------------------------------------------------------- ways to name a model


def test_file_with_everything(write, tmp_path: Path):
    (tmp_path / "pictures" / "deep").mkdir(parents=True)
    for name in ("b.PNG", "a.jpg", "deep/c.webp", "notes.txt"):
        (tmp_path / "pictures" / name).write_bytes(b"")
    (tmp_path / "names.txt").write_text("cat\n\ndog \n", encoding="utf-8")
    target = write(
        """
        model = Net()
        example = (3, 32, 48)
        images = "pictures"
        classes = "names.txt"
        mean, std = [0.5, 0.4, 0.3], (0.2, 0.2, 0.1)
        title = "My network"
        def transform(picture): return picture
        """
    )
    spec = load(target)
    assert isinstance(spec, ModelSpec) and isinstance(spec.model, nn.Module) and not spec.model.training
    assert spec.args[0].shape == (1, 3, 32, 48) and spec.kwargs == {}
    assert [p.name for p in spec.images or ()] == ["a.jpg", "b.PNG", "c.webp"]
    assert spec.classes == ("cat", "dog")
    assert (spec.mean, spec.std) == ((0.5, 0.4, 0.3), (0.2, 0.2, 0.1))
    assert spec.title == "My network" and spec.transform is not None and spec.transform("p") == "p"
    assert spec.path == Path(target) and spec.target == target and spec.notes == ()
    assert spec.device == torch.device("cpu")


def test_name_in_file_may_be_a_class_a_function_or_nested(write):
    target = write("def tiny(): return Net(1)\nclass Shelf:\n    first = Net(2)\n")
    assert load(f"{target}:Net").args[0].shape == (1, 3, 224, 224)
    assert load(f"{target}:tiny").args[0].shape == (1, 1, 224, 224)
    assert load(f"{target}:Shelf.first").args[0].shape[1] == 2


def test_module_on_the_path(write, monkeypatch, tmp_path: Path):
    write("model = Net()\nexample = (3, 8, 8)\n", "walkbox_test_module_a.py")
    monkeypatch.chdir(tmp_path)
    assert load("walkbox_test_module_a:Net").title == "Net"
    assert load("walkbox_test_module_a").args[0].shape == (1, 3, 8, 8)
    assert "torch.nn" in failure("torch.nn:Nothing", TargetError)


def test_file_imports_its_neighbours(write):
    write("", "walkbox_test_neighbour.py")
    target = write("from walkbox_test_neighbour import Net\nmodel = Net\n", net=False)
    assert load(target).title == "Net"


def test_same_file_name_in_two_folders(tmp_path: Path):
    for folder, channels in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.py").write_text(f"{NET}\nmodel = Net({channels})\n", encoding="utf-8")
    assert [load(str(tmp_path / f / "net.py")).args[0].shape[1] for f in ("one", "two")] == [1, 2]


def test_pickle_and_dataclasses_find_the_module(write):
    target = write(
        """
        import dataclasses, pickle
        @dataclasses.dataclass
        class Options:
            channels: int = 3
        model = Net(pickle.loads(pickle.dumps(Options())).channels)
        """
    )
    assert load(target).title == "Net"


# -------------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("line", "args", "kwargs"),
    [
        ("torch.zeros(2, 3, 8, 8)", [(2, 3, 8, 8)], {}),
        ("(3, 8, 9)", [(1, 3, 8, 9)], {}),
        ("[torch.zeros(1, 3, 8, 8)]", [(1, 3, 8, 8)], {}),
        ("(torch.zeros(1, 3, 8, 8), torch.zeros(4))", [(1, 3, 8, 8), (4,)], {}),
        ("{'x': torch.zeros(1, 3, 8, 8)}", [], {"x": (1, 3, 8, 8)}),
    ],
)
def test_forms_of_an_example(write, line: str, args: list, kwargs: dict):
    spec = load(write(f"model = Net()\nexample = {line}\n"))
    assert [tuple(a.shape) for a in spec.args] == args
    assert {k: tuple(v.shape) for k, v in spec.kwargs.items()} == kwargs


@pytest.mark.parametrize("line", ["3", "'photo.png'", "{1: 2}", "(3, -1, 8)", "None"])
def test_wrong_examples(write, line: str):
    message = failure(write(f"model = Net()\nexample = {line}\n"), ExampleError)
    assert "example" in message and "(3, 224, 224)" in message


def test_example_from_a_size_is_repeatable_and_leaves_the_random_state_alone(write):
    target = write("model = Net()\nexample = (3, 8, 8)\n")
    torch.manual_seed(5)
    first = load(target)
    after = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(3), after)
    torch.manual_seed(6)
    second = load(target)
    assert torch.equal(first.args[0], second.args[0])
    assert torch.equal(first.model.conv.weight, second.model.conv.weight)  # type: ignore[union-attr]
    assert first.args[0].min() >= 0 and first.args[0].max() <= 1


def test_guess_from_the_first_convolution_is_said(write):
    spec = load(write("model = Net(5)\n"))
    assert spec.args[0].shape == (1, 5, 224, 224)
    assert "guessed" in spec.notes[0] and "example = " in spec.notes[0]


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 3))", (1, 1, 28, 28)),
        ("nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU())", (1, 2, 1024)),
        ("nn.Sequential(nn.Conv3d(2, 3, 3), nn.ReLU())", (1, 2, 64, 64, 64)),
        ("nn.Sequential(nn.Linear(7, 3), nn.ReLU())", (1, 7)),
        ("nn.Sequential(nn.Embedding(9, 3), nn.ReLU())", (1, 16)),
    ],
)
def test_guesses(write, model: str, shape: tuple[int, ...]):
    spec = load(write(f"model = {model}\n"))
    assert tuple(spec.args[0].shape) == shape
    assert record(spec.model, spec.args).error is None


def test_guess_that_never_fits_says_the_line_and_shows_the_error(write):
    spec = load(write("model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(5, 3))\n"))
    assert "does not run" in spec.notes[0] and "example = " in spec.notes[0]
    assert record(spec.model, spec.args).graph().layers[-1].op == "conv2d"


def test_nothing_to_guess_from(write):
    message = failure(write("model = nn.ReLU()\n"), ExampleError)
    assert "example = (3, 224, 224)" in message


def test_model_without_inputs_needs_no_example(write):
    target = write(
        """
        class Still(nn.Module):
            def __init__(self):
                super().__init__()
                self.seed = nn.Parameter(torch.ones(1, 2, 3, 3))
            def forward(self):
                return self.seed * 2
        model = Still()
        """
    )
    spec = load(target)
    assert spec.args == () and spec.notes == ()


def test_lazy_layers_take_their_sizes(write):
    spec = load(write("model = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU())\nexample = (2, 9, 9)\n"))
    assert spec.model[0].weight.shape == (4, 2, 3, 3)  # type: ignore[index]
    assert record(spec.model, spec.args).complete


def test_dtype_reaches_model_and_example(write):
    target = write("model = Net()\nexample = {'x': torch.zeros(1, 3, 8, 8)}\n")
    spec = load(target, dtype="float64")
    assert spec.kwargs["x"].dtype == torch.float64 == next(spec.model.parameters()).dtype
    half = load(write("model = Net().half()\nexample = (3, 8, 8)\n"))
    assert half.args[0].dtype == torch.float16
    assert load(write("model = nn.Embedding(4, 2)\n"), dtype="float64").args[0].dtype == torch.int64


# -------------------------------------------------------------------- what stands beside the model


def test_images_as_paths_and_as_data_set(write, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"")
    assert load(write("model = Net()\nimages = ['a.png']\n")).images == [tmp_path / "a.png"]
    data: Any = load(write("model = Net()\nimages = torch.utils.data.TensorDataset(torch.zeros(3, 1))\n")).images
    assert len(data) == 3


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("images = 'nowhere'", PictureError, "no folder"),
        ("images = ['a.png', 'b.png']", PictureError, "2 of 2"),
        ("images = 5", PictureError, "data set"),
        ("classes = 'nowhere.txt'", TargetError, "nowhere.txt"),
        ("classes = 5", TargetError, "list of names"),
        ("mean = 'grey'", TargetError, "one number a channel"),
        ("std = (0.1, 0, 0.2)", TargetError, "cannot be 0"),
        ("mean, std = (0.5,), (0.1, 0.2)", TargetError, "as many"),
        ("transform = 5", TargetError, "function"),
    ],
)
def test_wrong_extras(write, line: str, kind: type[WalkboxError], said: str):
    message = failure(write(f"model = Net()\nexample = (3, 8, 8)\n{line}\n"), kind)
    assert said in message and "my_model.py" in message


def test_empty_folder_of_images(write, tmp_path: Path):
    (tmp_path / "pictures").mkdir()
    assert "no pictures" in failure(write("model = Net()\nimages = 'pictures'\n"), PictureError)


def test_mean_alone_and_one_number(write):
    spec = load(write("model = Net(1)\nexample = (1, 8, 8)\nmean = 0.5\n"))
    assert (spec.mean, spec.std) == ((0.5,), (1.0,))


# -------------------------------------------------------------------- what can be wrong with a target


def test_missing_file_names_the_nearest(write, tmp_path: Path):
    write("model = Net()\n")
    assert "Did you mean 'my_model.py'" in failure(str(tmp_path / "my_modle.py"), TargetError)
    assert "no folder" in failure(str(tmp_path / "none" / "x.py"), TargetError)


@pytest.mark.parametrize("target", ["", "resnet 50", "a.b:", "torchvision:", "photo.png", "../x", "1abc", ":model"])
def test_what_names_nothing(target: str):
    assert "file.py" in failure(target, TargetError) or "lacks a model name" in failure(target, TargetError)


def test_missing_name_lists_what_the_file_offers(write):
    message = failure(write("netz = Net()\n"), TargetError)
    assert "has no 'model'" in message and "netz" in message
    assert "Did you mean 'netz'" in failure(write("netz = Net()\n") + ":nets", TargetError)
    assert "model = MyNetwork()" in failure(write("x = 1\n", net=False), TargetError)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model = Net(\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import sys; sys.exit(3)\n", "sys.exit(3)"),
        ("model = 5\n", "an nn.Module"),
        ("def model(): return 5\n", "returned a int"),
        ("def model(size): return Net()\n", "TypeError"),
        ("def model(): raise ValueError('no luck')\n", "no luck"),
    ],
)
def test_files_that_fail(write, text: str, said: str):
    message = failure(write(text), TargetError)
    assert said in message and "my_model.py" in message


def test_failing_line_is_named(write):
    assert "at line 2" in failure(write("x = 1\n1 / 0\n", net=False), TargetError)


def test_missing_packages_come_with_the_pip_line(write):
    message = failure(write("import walkbox_no_such_package.sub\nmodel = 1\n"), MissingPackageError)
    assert "pip install walkbox_no_such_package" in message
    assert "no module 'walkbox_no_such_package'" in failure("walkbox_no_such_package.models:Net", TargetError)


def test_missing_torchvision_comes_with_the_pip_line(monkeypatch):
    import sys

    for name in ("torchvision", "timm"):
        monkeypatch.setitem(sys.modules, name, None)
        assert f"pip install {name}" in failure(f"{name}:some_model", MissingPackageError)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "", "cpu:x"])
def test_wrong_devices(write, device: str):
    assert "--device cpu" in failure(write("model = Net()\n"), UsageError, device=device)


def test_wrong_dtype(write):
    assert "Did you mean 'float16'" in failure(write("model = Net()\n"), UsageError, dtype="flaot16")
