"""Every example is a model file that walkbox loads and records whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from walkbox.capture.recorder import record
from walkbox.capture.spec import ModelSpec
from walkbox.capture.target import load
from walkbox.graph import ModelGraph

ROOT = Path(__file__).resolve().parents[2]
MODEL_FILES = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem != "train_demo")
CONTRACT = {"model", "example", "images", "classes", "transform", "mean", "std", "title"}


def loaded(name: str) -> tuple[ModelSpec, ModelGraph]:
    spec = load(str(ROOT / "examples" / f"{name}.py"))
    return spec, record(spec.model, spec.args, spec.kwargs).graph("layers", spec.title)


@pytest.mark.parametrize("name", [path.stem for path in MODEL_FILES])
def test_it_is_recorded_whole(name: str) -> None:
    spec, graph = loaded(name)
    assert graph.complete and graph.error is None
    assert any(layer.output for layer in graph.layers)
    with torch.no_grad():
        out: Any = spec.model(*spec.args, **spec.kwargs)
    for tensor in out.values() if isinstance(out, dict) else [out]:
        assert torch.isfinite(tensor).all()
        assert not spec.classes or tensor.shape[1] == len(spec.classes)


def test_a_mark_is_a_layer_of_its_own() -> None:
    _, graph = loaded("marked")
    assert {"gate", "gated features"} <= {layer.name for layer in graph.layers}


def test_a_unet_joins_its_skips() -> None:
    _, graph = loaded("segmentation")
    joins = [layer for layer in graph.layers if layer.op == "cat"]
    assert [len(layer.parents) for layer in joins] == [2, 2]


def test_the_examples_show_the_contract_and_stand_in_the_readme() -> None:
    readme = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    shown = set()
    for path in [*MODEL_FILES, ROOT / "assets/demo/model.py"]:
        assert path.parent.name != "examples" or f"`{path.name}`" in readme
        text = path.read_text(encoding="utf-8")
        shown |= {name for name in CONTRACT if re.search(rf"^(def )?{name}\b", text, re.MULTILINE)}
    assert CONTRACT - shown <= {"transform"}
