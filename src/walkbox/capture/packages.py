"""Models of torchvision and timm by name. The packages are the user's own: they are imported when named."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from walkbox.capture.example import random_input
from walkbox.errors import MissingPackageError, TargetError, nearest

__all__ = ["PACKAGES", "Built", "build", "torchvision_forgiven"]


@dataclass
class Built:
    """What a package gives for a name.

    Attributes:
        model: with trained weights only if they lie in torch's cache already: nothing is downloaded.
        size: the input's size without the batch, where the package says it.
        args: a whole example, for models that take more than one picture.
        classes, mean, std: as for :class:`walkbox.capture.spec.ModelSpec`.
        notes: what a user should know.
    """

    model: nn.Module
    size: tuple[int, ...] | None = None
    args: tuple[Any, ...] | None = None
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()


def build(package: str, name: str) -> Built:
    """The model *name* of *package*, one of :data:`PACKAGES`.

    Raises:
        MissingPackageError: the package is not installed.
        TargetError: it has no such model, or the model cannot be built.
    """
    return PACKAGES[package](name)


@contextlib.contextmanager
def torchvision_forgiven() -> Iterator[None]:
    """While this lasts, torchvision can be imported although its compiled operations do not fit this torch.

    A torchvision wheel for CUDA beside a CPU torch fails on import, though all but a few of its models (detection) need
    no compiled operation: it registers shape functions for operations that it could not load. Those registrations are
    passed over; those that work are made as ever.
    """
    strict = torch.library.register_fake

    def register(op: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(op, str) or not op.startswith("torchvision::") or args or "func" in kwargs:
            return strict(op, *args, **kwargs)

        def forgiving(function: Any) -> Any:
            with contextlib.suppress(RuntimeError):
                return strict(op, **kwargs)(function)
            return function

        return forgiving

    torch.library.register_fake = register  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.library.register_fake = strict


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise MissingPackageError(
            f"The package {name!r} is not installed for this Python ({sys.executable}). Install it with:\n"
            f"    {Path(sys.executable).name} -m pip install {name}"
        ) from error


def _torchvision(name: str) -> Built:
    models = _package("torchvision").models
    try:
        builder = models.get_model_builder(name)
    except ValueError as error:
        raise TargetError(
            f"torchvision has no model {name!r}. {nearest(name, models.list_models())}"
            " `torchvision.models.list_models()` lists them."
        ) from error
    weights = _weights(models, name)
    takes = inspect.signature(builder).parameters
    cached = weights is not None and (Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name).is_file()
    options: dict[str, Any] = {"weights": weights if cached else None}
    if name in ("googlenet", "inception_v3") and not cached:
        options["init_weights"] = False  # theirs takes half a minute
    if "weights_backbone" in takes:
        options["weights_backbone"] = None
    model = builder(**options)
    note = "Its trained weights were found in torch's cache." if cached else _RANDOM
    preset = weights.transforms() if weights is not None else None
    side = _side(preset)
    where = builder.__module__
    size, args = (3, side, side), None
    if ".detection" in where:
        size, args = None, ([random_input((3, 320, 320))[0]],)
    elif ".optical_flow" in where:
        size, args = None, (random_input((3, 128, 128)), random_input((3, 128, 128)))
    elif ".video" in where:
        size = (3, 16, side, side)
    categories = tuple(weights.meta.get("categories", ())) if weights is not None else ()
    mean, std = getattr(preset, "mean", None), getattr(preset, "std", None)
    return Built(
        model,
        size,
        args,
        categories,
        tuple(mean) if mean else None,
        tuple(std) if std else None,
        (note,),
    )


_RANDOM = "Its weights are random (always the same): --weights FILE loads trained ones."


def _weights(models: Any, name: str) -> Any:
    try:
        return models.get_model_weights(name).DEFAULT
    except (ValueError, AttributeError):
        return None


def _side(preset: Any) -> int:
    crop = getattr(preset, "crop_size", None)
    while isinstance(crop, (list, tuple)) and crop:
        crop = crop[0]
    return crop if isinstance(crop, int) and crop > 0 else 224


def _timm(name: str) -> Built:
    timm = _package("timm")
    if not timm.is_model(name.partition(".")[0]):
        raise TargetError(
            f"timm has no model {name!r}. {nearest(name, timm.list_models())} `timm.list_models()` lists them."
        )
    model = timm.create_model(name, pretrained=False)
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None) or {}
    size = config.get("input_size")
    return Built(
        model,
        tuple(size) if size else None,
        mean=tuple(config["mean"]) if config.get("mean") else None,
        std=tuple(config["std"]) if config.get("std") else None,
        notes=(_RANDOM,),
    )


PACKAGES = {"torchvision": _torchvision, "timm": _timm}
"""Each package and what builds a model of it."""
