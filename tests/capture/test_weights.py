from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from walkbox.capture.target import load
from walkbox.capture.weights import load_weights
from walkbox.errors import WeightsError


def net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def saved(path: Path, value) -> Path:
    torch.save(value, path)
    return path


@pytest.mark.parametrize("form", ["safetensors", "plain", "nested", "parallel", "compiled", "checkpoint"])
def test_forms(tmp_path: Path, form: str):
    source, target = net(), net()
    state = source.state_dict()
    path = tmp_path / ("w.safetensors" if form == "safetensors" else "w.pt")
    if form == "safetensors":
        save_file(state, path)
    elif form == "plain":
        saved(path, state)
    elif form == "nested":
        saved(path, {"epoch": 3, "state_dict": state})
    elif form == "parallel":
        saved(path, {f"module.{k}": v for k, v in state.items()})
    elif form == "compiled":
        saved(path, {"model": {f"_orig_mod.{k}": v for k, v in state.items()}})
    else:
        saved(path, {"optimizer": {"lr": 0.1}, "model_state_dict": state, "best": 0.93})
    assert path.name in load_weights(target, path)
    assert all(torch.equal(v, state[k]) for k, v in target.state_dict().items())


def refusal(path: Path) -> str:
    model = net()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load_weights(model, path)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    return str(caught.value)


def test_missing_and_unexpected_keys_and_shapes_are_named(tmp_path: Path):
    state = net().state_dict()
    state["extra.weight"] = state.pop("2.weight")
    state["0.bias"] = torch.zeros(9)
    message = refusal(saved(tmp_path / "w.pt", state))
    assert "1 missing: 2.weight" in message and "1 unexpected: extra.weight" in message
    assert "0.bias is (9,) in the file, (4,) in the model" in message


def test_code_in_a_checkpoint_never_runs(tmp_path: Path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    message = refusal(saved(tmp_path / "w.pt", {"state_dict": Trap()}))
    assert "can run code" in message and not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04broken"])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_broken_files(tmp_path: Path, content: bytes, suffix: str):
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    assert str(path) in refusal(path)


def test_no_such_file(tmp_path: Path):
    assert "no weights file" in refusal(tmp_path / "none.pt")
    assert "no weights file" in refusal(tmp_path)


@pytest.mark.parametrize("value", [torch.zeros(3), {"epoch": 3}, {}, [1, 2], {"model": {"a": {"b": 1}}}])
def test_no_state_dict_inside(tmp_path: Path, value):
    assert "no state dict" in refusal(saved(tmp_path / "w.pt", value))


def test_load_says_what_was_loaded(tmp_path: Path):
    file = tmp_path / "m.py"
    file.write_text("from torch import nn\nmodel = nn.Sequential(nn.Conv2d(3, 4, 3))\nexample = (3, 8, 8)\n")
    weights = saved(tmp_path / "w.pt", nn.Sequential(nn.Conv2d(3, 4, 3)).state_dict())
    assert load(str(file), weights=weights).notes == ("2 tensors were loaded from w.pt.",)
