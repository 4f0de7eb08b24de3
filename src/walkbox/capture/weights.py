"""Loading a weights file without running anything that it contains."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from walkbox.errors import WeightsError

__all__ = ["load_weights"]

_NESTS = (
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "weights",
    "params",
    "params_ema",
    "ema",
    "module",
    "teacher",
    "student",
)
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "backbone.")


def load_weights(model: nn.Module, path: Path) -> str:
    """Load *path* (safetensors, or a checkpoint of tensors) into *model*; returns a sentence on what was loaded.

    A state dict inside a checkpoint (``{"state_dict": ...}``) is found, and a prefix that all keys share (``module.``)
    is taken off.

    Raises:
        WeightsError: when the file cannot be read safely, or keys or shapes do not fit; it names them.
    """
    if not path.is_file():
        raise WeightsError(
            f"There is no weights file {str(path)!r}. Give the path of a .safetensors, .pt or .pth file."
        )
    state = _read(path)
    own = model.state_dict()
    state = _fitted(state, own)
    missing = [k for k in own if k not in state and not k.endswith("num_batches_tracked")]
    unexpected = [k for k in state if k not in own]
    wrong = [
        f"{k} is {tuple(v.shape)} in the file, {tuple(own[k].shape)} in the model"
        for k, v in state.items()
        if k in own
        and isinstance(own[k], torch.Tensor)
        and tuple(own[k].shape) != tuple(v.shape)
        and not is_lazy(own[k])
    ]
    if missing or unexpected or wrong:
        said = [
            f"{len(keys)} {what}: {_listed(keys)}."
            for keys, what in ((missing, "missing"), (unexpected, "unexpected"), (wrong, "of another shape"))
            if keys
        ]
        raise WeightsError(
            f"The weights in {str(path)!r} do not fit {type(model).__name__} ({len(own)} keys). {' '.join(said)} Give"
            " the"
            " file that was saved from this very model."
        )
    model.load_state_dict(state, strict=False)
    return f"{len(state)} tensors were loaded from {path.name}."


def _read(path: Path) -> Mapping[str, torch.Tensor]:
    try:
        if path.suffix.lower() == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{str(path)!r} holds more than tensors, so it is not loaded: such a file can run code"
            f" ({_first_line(error)})."
            " Save the tensors alone: torch.save(model.state_dict(), path)."
        ) from error
    except Exception as error:
        raise WeightsError(
            f"{str(path)!r} cannot be read as weights: {type(error).__name__}: {_first_line(error)}. A .safetensors"
            " file or a"
            " checkpoint written by torch.save(model.state_dict(), path) was expected."
        ) from error
    return _state(loaded, path)


def _state(loaded: Any, path: Path) -> Mapping[str, torch.Tensor]:
    value = loaded
    for _ in range(3):
        if isinstance(value, Mapping) and value and all(isinstance(v, torch.Tensor) for v in value.values()):
            return value
        if not isinstance(value, Mapping):
            break
        value = next((value[key] for key in _NESTS if isinstance(value.get(key), Mapping)), None)
    held = ", ".join(map(str, list(loaded)[:8])) if isinstance(loaded, Mapping) else type(loaded).__name__
    raise WeightsError(
        f"{str(path)!r} holds no state dict, but: {held or 'nothing'}. A dict of names and tensors was expected,"
        " alone or under"
        " the key 'state_dict' or 'model'."
    )


def _fitted(state: Mapping[str, torch.Tensor], own: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    best = dict(state)
    for prefix in _PREFIXES:
        if state and all(k.startswith(prefix) for k in state):
            bare = {k.removeprefix(prefix): v for k, v in state.items()}
            if len(bare.keys() & own.keys()) > len(best.keys() & own.keys()):
                best = bare
    return best


def _listed(keys: list[str], most: int = 8) -> str:
    return ", ".join(keys[:most]) + (f" and {len(keys) - most} more" if len(keys) > most else "")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0].rstrip(".")
