"""The demo that ships: its network, its pictures, and the script that trained it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from walkbox import resources

ROOT = Path(__file__).resolve().parents[2]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem + "_of_demo", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    return load(resources.asset("demo/model.py"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load(ROOT / "examples/train_demo.py")


@pytest.fixture(scope="module")
def pictures(demo: ModuleType) -> list[Path]:
    return demo.images


def as_input(path: Path, demo: ModuleType) -> torch.Tensor:
    """Plain torch, without a line of walkbox: resize to the example, scale, normalise."""
    pixels = Image.open(path).convert("RGB").resize(demo.example[:0:-1], Image.Resampling.BILINEAR)
    x = torch.from_numpy(np.array(pixels)).permute(2, 0, 1).float() / 255
    return (x - torch.tensor(demo.mean)[:, None, None]) / torch.tensor(demo.std)[:, None, None]


@pytest.fixture(scope="module")
def network(demo: ModuleType) -> torch.nn.Module:
    return demo.model()


@pytest.fixture(scope="module")
def outputs(demo: ModuleType, network: torch.nn.Module, pictures: list[Path]) -> torch.Tensor:
    with torch.no_grad():
        return network(torch.stack([as_input(path, demo) for path in pictures]))


def test_it_is_small(demo: ModuleType, pictures: list[Path]) -> None:
    assert (demo.here / "weights.safetensors").stat().st_size <= 3_000_000
    assert sum(path.stat().st_size for path in pictures) <= 500_000
    assert 12 <= len(pictures) <= 20


def test_its_plan_is_resnet_18_with_2_1_1_1_blocks(network: torch.nn.Module) -> None:
    assert [len(getattr(network, f"layer{i}")) for i in (1, 2, 3, 4)] == [2, 1, 1, 1]
    assert not network.training


def test_the_shipped_weights_are_finite_and_fit(demo: ModuleType, network: torch.nn.Module) -> None:
    weights = load_file(demo.here / "weights.safetensors")
    assert set(weights) == set(network.state_dict())
    assert all(torch.isfinite(value).all() for value in weights.values() if value.is_floating_point())


def test_every_picture_has_its_class_on_top(demo: ModuleType, outputs: torch.Tensor, pictures: list[Path]) -> None:
    names = demo.classes.read_text(encoding="utf-8").split()
    assert sorted(names) == names and len(names) == 10
    assert [names[i] for i in outputs.argmax(1)] == [path.parent.name for path in pictures]
    assert {path.parent.name for path in pictures} == set(names)
    assert len({path.parent.name for path in pictures[:9]}) == 9, "the number keys reach nine classes"


def test_it_is_sure_but_not_certain(outputs: torch.Tensor) -> None:
    top = outputs.softmax(1).amax(1)
    assert top.min() > 0.4 and top.median() > 0.7
    assert top.max() < 0.999, "the bars of the other classes should be seen"


def test_its_walls_respond(demo: ModuleType, network: torch.nn.Module, pictures: list[Path]) -> None:
    seen: dict[str, torch.Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda m, _, out, name=name: seen.__setitem__(name, out))
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.ReLU)
    ]
    with torch.no_grad():
        network(torch.stack([as_input(path, demo) for path in pictures]))
    for hook in hooks:
        hook.remove()
    assert len(seen) == 11
    for name, maps in seen.items():
        dead = (maps.amax((0, 2, 3)) == 0).float().mean()
        assert dead <= 0.02, f"{name}: {dead:.0%} of the channels are zero on every picture"
        contrast = maps.std((2, 3)).mean() / maps.mean()
        assert contrast > 0.4, f"{name}: maps are flat ({contrast:.2f})"
        change = (maps[1:] - maps[:-1]).abs().mean() / maps.mean()
        assert change > 0.3, f"{name}: one picture looks like the other ({change:.2f})"


def test_every_picture_has_a_licence(demo: ModuleType, pictures: list[Path]) -> None:
    text = (demo.here / "LICENSES.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b[a-z]+-\d\b", text))
    assert {path.stem for path in pictures} <= named


def test_the_readme_quotes_an_accuracy(demo: ModuleType) -> None:
    text = (demo.here / "README.md").read_text(encoding="utf-8")
    found = re.search(r"test accuracy ([\d.]+) % \((\d+) of (\d+) held-out crops\)", text)
    assert found and float(found[1]) == pytest.approx(100 * int(found[2]) / int(found[3]), abs=0.01)


def test_training_and_test_crops_share_no_pixel(script: ModuleType) -> None:
    # Photographs that are black left of the line and white right of it.
    half = {}
    for name, photo in script.PHOTOGRAPHS.items():
        pixels = np.zeros((700, 2 * photo.split, 3), np.uint8)
        pixels[:, photo.split :] = 255
        half[name] = Image.fromarray(pixels)
    left, labels = script.crops(half, "left", 20, np.random.default_rng(0))
    right, _ = script.crops(half, "right", 20, np.random.default_rng(0))
    assert left.shape == right.shape == (200, script.SIZE, script.SIZE, 3)
    assert left.max() == 0 and right.min() == 255
    assert np.bincount(labels).tolist() == [20] * 10
    assert all(x >= photo.split for photo in script.PHOTOGRAPHS.values() for x, _, _ in photo.shipped)


def test_the_script_agrees_with_the_model_file(script: ModuleType, demo: ModuleType) -> None:
    assert demo.example == (3, script.SIZE, script.SIZE)
    assert demo.classes.read_text(encoding="utf-8").split() == list(script.PHOTOGRAPHS)


def test_training_learns(script: ModuleType, demo: ModuleType) -> None:
    """Four steps of the script's own training on two of the shipped pictures lower the loss."""
    torch.manual_seed(0)
    net = demo.CovidResNet(2, widths=(8, 8, 16, 16))
    x = torch.stack([as_input(demo.here / "images" / name, demo) for name in ("cat/cat-1.jpg", "stars/stars-1.jpg")])
    x, y = x[:, :, ::3, ::3].repeat(32, 1, 1, 1), torch.tensor([0, 1]).repeat(32)
    loss = torch.nn.CrossEntropyLoss()
    before = loss(net(x), y).item()
    script.train(net, x, y, 4, torch.Generator().manual_seed(0))
    assert loss(net(x), y).item() < 0.7 * before


def test_walkbox_loads_and_records_it(demo: ModuleType) -> None:
    from walkbox.capture.recorder import record
    from walkbox.capture.target import load as load_target

    spec = load_target(str(resources.asset("demo/model.py")))
    assert spec.title == "Ten photographs" and len(spec.classes) == 10 and spec.images == demo.images
    graph = record(spec.model, spec.args, spec.kwargs).graph("layers", spec.title)
    assert graph.complete and graph.error is None
    assert [layer.op for layer in graph.layers if len(layer.parents) == 2] == ["add"] * 5
