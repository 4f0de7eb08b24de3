"""From what a user types to a loaded model.

``file.py`` · ``file.py:name`` · ``package.module:name`` · ``torchvision:resnet50`` · ``timm:convnext_tiny``
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from walkbox.capture.example import example_of, guessed, is_size, moved
from walkbox.capture.packages import PACKAGES, build, torchvision_forgiven
from walkbox.capture.preserve import random_state_kept
from walkbox.capture.source_lines import noting_modules
from walkbox.capture.spec import ModelSpec
from walkbox.capture.weights import load_weights
from walkbox.errors import MissingPackageError, PictureError, TargetError, UsageError, WalkboxError, nearest
from walkbox.resources import asset

__all__ = ["load"]

PICTURE_SUFFIXES = frozenset(".png .jpg .jpeg .bmp .gif .webp .tif .tiff .ppm .pgm".split())
_DTYPES = ("float16", "bfloat16", "float32", "float64")
_FORMS = "file.py, file.py:name, package.module:name, torchvision:resnet50, timm:convnext_tiny or demo"


def load(target: str, *, weights: Path | None = None, device: str = "cpu", dtype: str | None = None) -> ModelSpec:
    """Import or build the model that *target* names, with everything shown beside it.

    Code of the target runs under a fixed random seed, so that untrained models are the same every time; the random
    state is put back. The model is put into evaluation mode: that is what is shown.

    Args:
        target: ``file.py``, ``file.py:name``, ``package.module:name``, ``torchvision:name``, ``timm:name``, or ``demo``
            for the model that comes with walkbox.
        weights: a safetensors file or a checkpoint of tensors.
        device: a torch device (``cpu``, ``cuda:0``, ``mps``).
        dtype: ``float16``, ``bfloat16``, ``float32`` or ``float64``; None keeps the model's.

    Raises:
        WalkboxError: :class:`TargetError`, :class:`WeightsError`, :class:`ExampleError`, :class:`PictureError` or
            :class:`UsageError` (device, dtype), saying what to do.
    """
    where, kind = _device(device), _dtype(dtype)
    with random_state_kept(seed=0), torchvision_forgiven():
        with noting_modules(load.__code__):
            spec, size = _build(target)
        notes = list(spec.notes)
        model = spec.model
        if weights is not None:
            notes = [n for n in notes if "weights are random" not in n]
            notes.append(load_weights(model, Path(weights)))
        try:
            model.to(where, kind)
        except (RuntimeError, NotImplementedError) as error:
            raise TargetError(f"{spec.title} cannot be moved to {device} {dtype or ''}: {error}") from error
        model.eval()
        own = kind or next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
        if not spec.args and not spec.kwargs and not _takes_nothing(model):
            example, note = guessed(model, size)
            spec.args, spec.example_made_up = (example,), True
            notes.append(note)
        spec.args = moved(spec.args, where, own)
        spec.kwargs = moved(spec.kwargs, where, own)
        if any(is_lazy(p) for p in model.parameters()):
            with torch.no_grad():
                model(*spec.args, **spec.kwargs)
            notes.append("Its lazy layers took their sizes from the example.")
    spec.notes, spec.device = tuple(notes), where
    return spec


# -------------------------------------------------------------------- what was typed


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"The device {name!r} cannot be used: {reason}. Try --device cpu.") from error
    return device


def _dtype(name: str | None) -> torch.dtype | None:
    if name is None:
        return None
    if name not in _DTYPES:
        hint = nearest(name, _DTYPES)
        raise UsageError(
            f"The dtype {name!r} is not known. {hint + ' ' if hint else ''}It can be {', '.join(_DTYPES)}."
        )
    return getattr(torch, name)


def _build(target: str) -> tuple[ModelSpec, tuple[int, ...] | None]:
    """The model with what stands beside it, and the input's size where a package says it."""
    if target == "demo":
        target = str(asset("demo/model.py"))
    package, colon, name = target.partition(":")
    if colon and package in PACKAGES:
        if not name:
            raise TargetError(f"{target!r} lacks a model name, as in {package}:resnet50.")
        built = build(package, name)
        spec = ModelSpec(
            built.model,
            name,
            built.args or (),
            classes=built.classes,
            mean=built.mean,
            std=built.std,
            notes=built.notes,
            target=target,
        )
        return spec, built.size
    file, colon, name = target.rpartition(":")
    if not (colon and file.endswith(".py")):
        file, name = target, ""
    if file.endswith(".py"):
        path = Path(file).expanduser()
        if not path.is_file():
            raise TargetError(_no_file(path))
        return _from_module(_run_file(path.resolve()), name, target, path.resolve()), None
    dotted, colon, name = target.partition(":")
    if not all(part.isidentifier() for part in dotted.split(".")) or (colon and not name):
        raise TargetError(f"{target!r} does not name a model. It can be {_FORMS}.")
    return _from_module(_import(dotted, target), name, target, None), None


def _no_file(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {str(folder)!r}, so there is no model file {str(path)!r}."
    hint = nearest(path.name, (p.name for p in folder.glob("*.py")))
    return f"There is no model file {str(path)!r}. {hint}".rstrip()


def _run_file(path: Path) -> ModuleType:
    """Import a model file under a name of its own, with its folder first on the import path, as for a script."""
    name = f"walkbox_model_{path.stem}_{hashlib.sha1(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{str(path)!r} cannot be imported as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickle and dataclasses look it up there
    try:
        with _told(str(path)), _import_path(path.parent):
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _import(dotted: str, target: str) -> ModuleType:
    with _import_path(Path.cwd()):
        try:
            with _told(dotted):
                return importlib.import_module(dotted)
        except MissingPackageError as error:
            cause = error.__cause__
            if isinstance(cause, ModuleNotFoundError) and f"{dotted}.".startswith(f"{cause.name}."):
                raise TargetError(
                    f"{target!r} names the module {dotted!r}, but there is no module {cause.name!r} here or among the"
                    f" installed packages. A target can be {_FORMS}."
                ) from cause
            raise


@contextmanager
def _import_path(folder: Path) -> Iterator[None]:
    """*folder* comes first on the import path, and stays last on it: models import lazily."""
    entry = str(folder)
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        sys.path.remove(entry)
        if entry not in sys.path:
            sys.path.append(entry)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Exceptions of a user's code as errors that say where it happened."""
    try:
        yield
    except WalkboxError:
        raise
    except ModuleNotFoundError as error:
        root = (error.name or "").partition(".")[0]
        raise MissingPackageError(
            f"{what} imports {error.name!r}, which is not installed for this Python ({sys.executable}). Install it"
            " with:\n"
            f"    {Path(sys.executable).name} -m pip install {root}"
        ) from error
    except SystemExit as error:
        raise TargetError(
            f"{what} ended Python (sys.exit({error.code!r})) while it was imported. Put what runs as a script under"
            ' `if __name__ == "__main__":`.'
        ) from error
    except Exception as error:
        line = _line_of(error, what)
        raise TargetError(f"{what} failed{line}: {type(error).__name__}: {error}") from error


def _line_of(error: BaseException, file: str) -> str:
    if isinstance(error, SyntaxError) and error.lineno:
        return f" at line {error.lineno}"
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" at line {line}" if line else ""


# -------------------------------------------------------------------- what a model file offers


def _from_module(module: ModuleType, name: str, target: str, path: Path | None) -> ModelSpec:
    where = str(path) if path is not None else module.__name__
    folder = path.parent if path is not None else Path.cwd()
    model = _model(module, name or "model", where)
    args, kwargs = example_of(module.example) if hasattr(module, "example") else ((), {})
    mean, std = _normalisation(module, where)
    transform = getattr(module, "transform", None)
    if transform is not None and not callable(transform):
        raise TargetError(
            f"`transform` in {where} is a {type(transform).__name__}; a function of a picture was expected."
        )
    title = getattr(module, "title", None)
    return ModelSpec(
        model,
        str(title) if title else type(model).__name__,
        args,
        kwargs,
        _images(getattr(module, "images", None), folder, where),
        _classes(getattr(module, "classes", None), folder, where),
        transform,
        mean,
        std,
        target=target,
        path=path,
        example_made_up=is_size(getattr(module, "example", None)),
    )


def _model(module: ModuleType, name: str, where: str) -> nn.Module:
    try:
        value: Any = module
        for part in name.split("."):
            value = getattr(value, part)
    except AttributeError as error:
        offered = [k for k, v in vars(module).items() if isinstance(v, nn.Module) or _is_module_class(v, module)]
        hint = nearest(name, offered) or (f"It offers {', '.join(offered)}." if offered else "")
        example = f"{where}:{offered[0]}" if offered else "model = MyNetwork()"
        raise TargetError(
            f"{where} has no {name!r}. {hint + ' ' if hint else ''}Name the model as in `{example}`"
            + ("." if offered else ", in the file.")
        ) from error
    if isinstance(value, nn.Module):
        return value
    if not callable(value):
        raise TargetError(
            f"{name!r} in {where} is a {type(value).__name__}; an nn.Module, or a function that returns one, was"
            " expected."
        )
    with _told(f"{where}:{name}"):
        made = value()
    if not isinstance(made, nn.Module):
        raise TargetError(f"{name}() in {where} returned a {type(made).__name__}; an nn.Module was expected.")
    return made


def _is_module_class(value: Any, module: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__


def _images(value: Any, folder: Path, where: str) -> list[Path] | Any | None:
    if value is None:
        return None
    if isinstance(value, (str, os.PathLike)):
        place = folder / Path(value).expanduser()
        if place.is_file():
            return [place]
        if not place.is_dir():
            raise PictureError(f"`images` in {where} is {str(value)!r}, but there is no folder {str(place)!r}.")
        found = sorted(p for p in place.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES)
        if not found:
            raise PictureError(
                f"`images` in {where}: no pictures ({', '.join(sorted(PICTURE_SUFFIXES))}) lie in {str(place)!r}."
            )
        return found
    if isinstance(value, (list, tuple)) and all(isinstance(v, (str, os.PathLike)) for v in value):
        paths = [folder / Path(v).expanduser() for v in value]
        missing = [str(p) for p in paths if not p.is_file()]
        if missing:
            raise PictureError(
                f"`images` in {where}: {len(missing)} of {len(paths)} are not there: {', '.join(missing[:5])}."
            )
        return paths
    if hasattr(value, "__getitem__") and hasattr(value, "__len__"):
        return value
    raise PictureError(
        f"`images` in {where} is a {type(value).__name__}; a folder, a list of paths, or a data set with a length was"
        " expected."
    )


def _classes(value: Any, folder: Path, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, os.PathLike)):
        place = folder / Path(value).expanduser()
        try:
            text = place.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(
                f"`classes` in {where} is {str(value)!r}, which cannot be read as text: {error}."
            ) from error
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    if isinstance(value, Mapping):
        value = [value[k] for k in sorted(value)]
    if isinstance(value, (list, tuple)):
        return tuple(str(v) for v in value)
    raise TargetError(
        f"`classes` in {where} is a {type(value).__name__}; a list of names or the path of a text file was expected."
    )


def _normalisation(module: ModuleType, where: str) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    values: dict[str, tuple[float, ...] | None] = {}
    for name in ("mean", "std"):
        value = getattr(module, name, None)
        if isinstance(value, (int, float)):
            value = (value,)
        if value is not None:
            try:
                value = tuple(float(v) for v in value)
            except (TypeError, ValueError) as error:
                raise TargetError(f"`{name}` in {where} is {value!r}; one number a channel was expected.") from error
        values[name] = value
    mean, std = values["mean"], values["std"]
    if std is not None and 0 in std:
        raise TargetError(f"`std` in {where} is {std}: pictures are divided by it, so it cannot be 0.")
    if mean is not None and std is not None and len(mean) != len(std):
        raise TargetError(
            f"`mean` and `std` in {where} have {len(mean)} and {len(std)} numbers; as many were expected."
        )
    if mean is not None and std is None:
        std = (1.0,) * len(mean)
    if std is not None and mean is None:
        mean = (0.0,) * len(std)
    return mean, std


def _takes_nothing(model: nn.Module) -> bool:
    try:
        return not inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return False
