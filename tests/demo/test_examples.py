"""Every example is a model file that runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
MODEL_FILES = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem != "train_demo")
CONTRACT = {"model", "example", "images", "classes", "transform", "mean", "std", "title"}


def run_model(offered: dict[str, Any]) -> Any:
    """What the contract says, in plain torch."""
    model, example = offered["model"], offered["example"]
    model = (model if isinstance(model, torch.nn.Module) else model()).eval()
    with torch.no_grad():
        if isinstance(example, dict):
            return model(**example)
        return model(example if isinstance(example, torch.Tensor) else torch.rand(1, *example))


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_it_runs(path: Path) -> None:
    if path.stem.startswith("torchvision"):
        pytest.importorskip("torchvision")
    offered = runpy.run_path(str(path))
    out = run_model(offered)
    for tensor in out.values() if isinstance(out, dict) else [out]:
        assert torch.isfinite(tensor).all()
        if "classes" in offered:
            assert tensor.shape[1] == len(offered["classes"])
    if "images" in offered:
        assert list(offered["images"].rglob("*.jpg"))


def test_the_examples_show_the_whole_contract_and_stand_in_the_readme() -> None:
    readme = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    shown = set()
    for path in [*MODEL_FILES, ROOT / "assets/demo/model.py"]:
        if path.parent.name == "examples":
            assert f"`{path.name}`" in readme
        shown |= {name for name in CONTRACT if re.search(rf"^(def )?{name}\b", path.read_text("utf-8"), re.MULTILINE)}
    assert CONTRACT - shown <= {"transform"}
