"""Recording one eager forward pass of any ``nn.Module``.

A ``TorchFunctionMode`` sees every operation that Python code calls, module hooks (global ones, so that no module is
touched) tell which module runs. Data flow is followed by the identity of tensors; writes through views are followed by
the storage they share. No activation is kept alive: tensors are held weakly.
"""

from __future__ import annotations

import inspect
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode

from walkbox.capture.detail import graph_of, snake
from walkbox.capture.preserve import unchanged
from walkbox.capture.source_lines import LineFinder, made_at
from walkbox.capture.tensors import direct_tensors, named_tensors
from walkbox.capture.trace import Call, Op, Source, Trace, Value
from walkbox.graph import Detail, ModelGraph
from walkbox.marks import listening

__all__ = ["MARK", "Recording", "eager", "inputs_of", "module_calls", "op_name", "record"]

MARK = "mark"
"""Stands in ``Recording.events`` for a mark; a ``(path, call)`` pair stands there for a module of unknown insides."""

_SAME = frozenset(
    "contiguous to cpu cuda type float double half bfloat16 int long bool requires_grad_ type_as detach_ _to".split()
)
_GENERIC = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.DataParallel)


@dataclass
class Recording:
    """What one forward pass did.

    Attributes:
        trace: the module calls and operations, as plain data.
        output: what the model returned, or None when it raised.
        error: the exception that the model raised, or None.
        events: everything seen, in order: the function called, :data:`MARK`, or ``(path, call)``. :mod:`replay` follows
        it. deferred: the ``(path, call)`` pairs in *events*.
        hidden: for operations that change arguments without returning them: which of the tensors they read.
        written: names of the parameters and buffers that the forward pass writes into (and that are put back).
    """

    trace: Trace
    output: Any = None
    error: BaseException | None = None
    events: list[Any] = field(default_factory=list)
    deferred: set[tuple[str, int]] = field(default_factory=set)
    hidden: dict[int, tuple[int, ...]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    @property
    def ops(self) -> list[Op]:
        """The operations that gave tensors, in the order in which they ended."""
        return self.trace.ops

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be recorded in full and why."""
        return tuple(self.trace.notes)

    @property
    def complete(self) -> bool:
        """Nothing failed and every output's origin is known."""
        return self.graph("ops").complete

    def graph(
        self,
        detail: Detail = "layers",
        title: str | None = None,
        opened: frozenset[str] = frozenset(),
        closed: frozenset[str] = frozenset(),
    ) -> ModelGraph:
        """The recorded graph at a level of detail, named *title* or after the model's class.

        *opened* and *closed* are module paths: what they run is shown one level finer, or as one layer a call.
        """
        return graph_of(self.trace, detail, title, opened, closed)


def record(model: nn.Module, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Recording:
    """Run ``model(*args, **kwargs)`` once without gradients and record what it does.

    The model, its inputs and the random state are as before when this returns. An exception of the model is not raised:
    the recording holds what ran until then, and the exception as ``error``.
    """
    kwargs = kwargs or {}
    inputs = inputs_of(model, args, kwargs)
    trace = Trace(_kind(getattr(model, "_orig_mod", model)), [(name, _value(t)) for name, t in inputs])
    recorder = _Recorder(model, trace, [t for _, t in inputs])
    recording = recorder.recording
    with unchanged(model, recorder.inputs) as keep, torch.no_grad(), eager(model) as notes:
        recorder.keep = keep
        try:
            with module_calls(recorder.enter, recorder.leave), listening(recorder.marked), recorder:
                recording.output = model(*args, **kwargs)
            recorder.finish(recording.output)
        except Exception as error:
            recording.error = error
            trace.error = f"{type(error).__name__}: {error}".rstrip(": ")
        trace.notes[:0] = notes
    return recording


def inputs_of(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, torch.Tensor]]:
    """Name and tensor of each input, in the order in which graphs number them."""
    try:
        parameters = list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    given = {names[i] if i < len(names) else str(i): value for i, value in enumerate(args)}
    return list(named_tensors({**given, **kwargs}))


@contextmanager
def module_calls(
    enter: Callable[[nn.Module, Any], None], leave: Callable[[nn.Module, Any, Any, Any], None]
) -> Iterator[None]:
    """Call ``enter(module, args)`` and ``leave(module, args, kwargs, result)`` around each module call.

    The hooks are PyTorch's global ones: no module's own hooks change.
    """
    hooks = nn.modules.module
    before = hooks.register_module_forward_pre_hook(lambda module, args: enter(module, args))
    try:
        after = hooks.register_module_forward_hook(
            # After an exception PyTorch leaves the keyword arguments out.
            lambda module, args, first, *last: leave(module, args, first if last else {}, last[0] if last else first),
            with_kwargs=True,
            always_call=True,
        )
        try:
            yield
        finally:
            after.remove()
    finally:
        before.remove()


@contextmanager
def eager(model: nn.Module) -> Iterator[list[str]]:
    """Run compiled modules as the eager modules they were made of; yields notes on what is not recorded in full."""
    types = {type(m) for m in model.modules()}
    kinds = {t.__name__ for t in types}
    notes = []
    if any(issubclass(t, torch.jit.ScriptModule) for t in types):
        notes.append("A ScriptModule runs outside Python: it is shown as one layer, without its insides.")
    if "DataParallel" in kinds and any(len(getattr(m, "device_ids", None) or ()) > 1 for m in model.modules()):
        notes.append("DataParallel runs copies on other threads: it is shown as one layer, without its insides.")
    if any("quantized" in t.__module__ for t in types):
        notes.append(
            "Quantised modules are shown as the operations they call; their values are dequantised for display."
        )
    if kinds & {"TransformerEncoderLayer", "MultiheadAttention"} and not model.training:
        notes.append(
            "PyTorch's fused transformer kernel is left aside, so that its parts can be seen: the output may differ"
            " from"
            " the fused one in its last bits (torch.backends.mha.set_fastpath_enabled(False) gives the same bits)."
        )
    if "OptimizedModule" not in kinds:
        yield notes
        return
    notes.append("torch.compile is left aside: the eager module is recorded.")
    with torch.compiler.set_stance("force_eager"), warnings.catch_warnings():
        # It warns that our hooks hear of the compiled module and of the eager one inside it: they tell them apart.
        warnings.filterwarnings("ignore", message="Using `torch.compile")
        yield notes


def _kind(module: nn.Module) -> str:
    """Name of the class; a ScriptModule tells which it was made of."""
    return str(getattr(module, "original_name", type(module).__name__))


def _value(tensor: torch.Tensor) -> Value:
    return Value(tuple(int(n) for n in tensor.shape), str(tensor.dtype).removeprefix("torch."))


def op_name(function: Any) -> str:
    """One name for an operation, however it is written: ``add`` for ``torch.add``, ``x + y``, ``x.add_``."""
    name = getattr(function, "__name__", None) or type(function).__name__
    if name == "__get__":
        name = function.__self__.__name__
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        if name.startswith(("r", "i")) and name[1:] in _OPERATORS:
            name = name[1:]
        return _SYNONYMS.get(name, name)
    name = name.strip("_")
    return _SYNONYMS.get(name, name)


_OPERATORS = frozenset("add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split())
_SYNONYMS = {
    "truediv": "div",
    "true_divide": "div",
    "divide": "div",
    "rsub": "sub",
    "subtract": "sub",
    "multiply": "mul",
    "concat": "cat",
    "concatenate": "cat",
    "max_pool1d_with_indices": "max_pool1d",
    "max_pool2d_with_indices": "max_pool2d",
    "max_pool3d_with_indices": "max_pool3d",
}


class _Recorder(TorchFunctionMode):
    """The function mode; also hears module calls and marks."""

    def __init__(self, model: nn.Module, trace: Trace, inputs: list[torch.Tensor]) -> None:
        super().__init__()
        self.recording = Recording(trace)
        self.inputs = inputs
        self.keep: Callable[[torch.Tensor], None] = lambda tensor: None
        self._trace = trace
        self._line = LineFinder({type(m) for m in model.modules()}, record.__code__)
        self._paths = {id(m): (m, name) for name, m in model.named_modules()}
        self._root = model
        self._counts: dict[int, int] = {}
        self._stack: list[tuple[nn.Module, int]] = []
        self._leaks: dict[int, list[Source]] = {}
        # Values by tensor identity; a dead or another tensor at the same address is told by the weak reference.
        self._known: dict[int, tuple[weakref.ref[torch.Tensor], Source]] = {}
        # Writes by storage. The weak reference keeps the storage's address from being used again.
        self._writes: dict[int, tuple[StorageWeakRef, list[tuple[Source, int, int]]]] = {}
        self._storages: dict[int, tuple[StorageWeakRef, Source]] = {}
        self._dynamic: set[int] = set()
        self._constants: dict[int, tuple[torch.Tensor, str]] = {}
        for name, parameter in model.named_parameters():
            self._constants[id(parameter)] = (parameter, name)
        for _, buffer in model.named_buffers():
            self._constants[id(buffer)] = (buffer, "")
        for module in model.modules():
            for value in vars(module).values():
                if isinstance(value, torch.Tensor):
                    self._constants.setdefault(id(value), (value, ""))
        self._state: dict[int, tuple[torch.Tensor, str]] = {}
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            storage = _storage(tensor)
            if storage is not None:
                self._state[storage._cdata] = (tensor, name)
        for k, tensor in enumerate(inputs):
            self._learn(tensor, (-1 - k, 0))

    # ---------------------------------------------------------------- operations

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        event = len(self.recording.events)
        self.recording.events.append(function)
        read: list[torch.Tensor] = []
        direct_tensors(args, read)
        direct_tensors(kwargs, read)
        sources, parameters, foreign = self._sources(read)
        raw = getattr(function, "__name__", "")
        if raw.endswith("_") or "out" in kwargs:
            self._before_write(read)
        versions = [_version(t) for t in read]
        result = function(*args, **kwargs)
        values: list[torch.Tensor] = []
        direct_tensors(result, values)
        changed = [
            t for t, version in zip(read, versions, strict=True) if version is not None and t._version != version
        ]
        returned = {id(t) for t in values}
        hidden = {
            id(t): k
            for k, t in enumerate(read)
            if any(t is c for c in changed) and id(t) not in returned and not (returned and id(t) in self._constants)
        }
        if hidden:
            self.recording.hidden[event] = tuple(hidden.values())
            values += [read[k] for k in hidden.values()]
        if not values:
            if isinstance(result, _DATA) and raw not in _NO_LEAK:
                self._leaks.setdefault(self._current(), []).extend(self._live(sources))
            return result
        name = op_name(function)
        if raw in _SAME and len(values) == 1 and any(values[0] is t for t in read):
            return result
        if not sources and name in _FROM_DATA:
            sources = tuple(dict.fromkeys(self._leaks.get(self._current(), ())))
        self._add(
            Op(
                event,
                name,
                self._current(),
                tuple(_value(t) for t in values),
                sources,
                parameters,
                _dims(name, args, kwargs),
                _drops(name, args, kwargs),
                foreign=foreign,
            ),
            values,
            changed,
        )
        return result

    def marked(self, tensor: Any, name: str) -> None:
        """``walkbox.mark`` was passed."""
        if not isinstance(tensor, torch.Tensor):
            return
        event = len(self.recording.events)
        self.recording.events.append(MARK)
        with torch._C.DisableTorchFunction():
            sources, _, foreign = self._sources([tensor])
            self._add(
                Op(event, "mark", self._current(), (_value(tensor),), sources, mark=str(name), foreign=foreign),
                [tensor],
                [],
            )

    def _add(self, op: Op, values: list[torch.Tensor], changed: list[torch.Tensor]) -> None:
        op.line = self._line.current() or next((at for m, _ in reversed(self._stack) if (at := made_at(m))), None)
        self._trace.ops.append(op)
        if self._live(op.sources):
            self._dynamic.add(op.event)
        for k, tensor in enumerate(values):
            self._learn(tensor, (op.event, k))
        for tensor in changed:
            self._wrote(tensor, (op.event, 0))

    def _current(self) -> int:
        return self._stack[-1][1] if self._stack else 0

    # ---------------------------------------------------------------- data flow

    def _learn(self, tensor: torch.Tensor, source: Source) -> None:
        self._known[id(tensor)] = (weakref.ref(tensor), source)
        storage = _storage(tensor)
        if storage is not None and storage._cdata not in self._storages:
            self._storages[storage._cdata] = (StorageWeakRef(storage), source)

    def _source(self, tensor: torch.Tensor) -> Source | None:
        """What made this tensor object, or the storage it looks at; None for neither."""
        known = self._known.get(id(tensor))
        if known is not None and known[0]() is tensor:
            return known[1]
        if id(tensor) in self._constants:
            return None
        storage = _storage(tensor)
        if storage is None or storage._cdata not in self._storages:
            return None
        return self._storages[storage._cdata][1]

    def _sources(self, read: list[torch.Tensor]) -> tuple[tuple[Source, ...], tuple[str, ...], bool]:
        """The values that are read, names of parameters, and whether anything is of unknown origin."""
        found: dict[Source, None] = {}
        parameters: dict[str, None] = {}
        foreign = False
        for tensor in read:
            source = self._source(tensor)
            if source is not None:
                found[source] = None
            elif id(tensor) in self._constants:
                name = self._constants[id(tensor)][1]
                if name:
                    parameters[name] = None
            else:
                foreign = True
            for write in self._later_writes(tensor, -(1 << 60) if source is None else source[0]):
                found[write] = None
        return tuple(found), tuple(parameters), foreign

    def _live(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        """Those that depend on the model's inputs."""
        return tuple(s for s in sources if s[0] < 0 or s[0] in self._dynamic)

    def _later_writes(self, tensor: torch.Tensor, since: int) -> Iterator[Source]:
        """Dynamic writes through another view into what this tensor looks at."""
        if not self._writes:
            return
        storage = _storage(tensor)
        if storage is None or storage._cdata not in self._writes:
            return
        first, last = _extent(tensor)
        for write, start, end in self._writes[storage._cdata][1]:
            if write[0] > since and write[0] in self._dynamic and start <= last and first <= end:
                yield write

    def _wrote(self, tensor: torch.Tensor, source: Source) -> None:
        storage = _storage(tensor)
        if storage is None:
            return
        if storage._cdata not in self._writes:
            self._writes[storage._cdata] = (StorageWeakRef(storage), [])
        self._writes[storage._cdata][1].append((source, *_extent(tensor)))

    def _before_write(self, read: list[torch.Tensor]) -> None:
        for tensor in read:
            storage = _storage(tensor)
            if storage is not None and storage._cdata in self._state:
                state, name = self._state[storage._cdata]
                self.keep(state)
                self.recording.written.add(name)

    # ---------------------------------------------------------------- modules

    def enter(self, module: nn.Module, args: Any) -> None:
        """A module begins."""
        with torch._C.DisableTorchFunction():
            parent = self._current() if self._stack else -1
            position = len(self._trace.calls)
            if parent >= 0:
                self._trace.calls[parent].leaf = False
            known = self._paths.get(id(module))
            path = known[1] if known else self._unlisted(module, parent)
            index = self._counts.get(id(module), 0)
            self._counts[id(module)] = index + 1
            given: list[torch.Tensor] = [t for _, t in named_tensors(args)]
            self._trace.calls.append(
                Call(
                    path,
                    index,
                    _kind(module),
                    parent,
                    type(module) in _GENERIC or type(module).__name__ == "OptimizedModule",
                    inputs=self._live(self._sources(given)[0]),
                )
            )
            self._stack.append((module, position))

    def leave(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        """A module ends; *result* is None when it raised."""
        while self._stack:
            top, position = self._stack.pop()
            if top is module:
                break
        else:
            return
        with torch._C.DisableTorchFunction():
            unknown = [t for _, t in named_tensors(result) if self._source(t) is None and id(t) not in self._constants]
            call = self._trace.calls[position]
            if not unknown:
                return
            given = [t for _, t in named_tensors(kwargs)]  # the hook before the call is not told of them
            call.inputs = tuple(dict.fromkeys((*call.inputs, *self._live(self._sources(given)[0]))))
            event = len(self.recording.events)
            self.recording.events.append((call.path, call.index))
            self.recording.deferred.add((call.path, call.index))
            values = [t for _, t in named_tensors(result)]
            self._add(Op(event, snake(call.kind), position, tuple(_value(t) for t in values), call.inputs), values, [])

    def _unlisted(self, module: nn.Module, parent: int) -> str:
        above = self._trace.calls[parent].path if parent >= 0 else ""
        return f"{above}.{snake(type(module).__name__)}".lstrip(".")

    # ---------------------------------------------------------------- the end

    def finish(self, output: Any) -> None:
        """Find where the outputs come from."""
        for name, tensor in named_tensors(output):
            source = self._source(tensor)
            writes = list(self._later_writes(tensor, -(1 << 60) if source is None else source[0]))
            if writes:
                source = writes[-1]
            if source is None and id(tensor) in self._constants:
                self._trace.notes.append(
                    f"Output {name or '0'} is a parameter or buffer: it does not depend on the input."
                )
                continue
            self._trace.outputs.append(source)
        known = [s for s in self._trace.outputs if s is not None and self._live([s])]
        if self.inputs and len(known) < len(self._trace.outputs):
            self._bridge()

    def _bridge(self) -> None:
        """Let operations on tensors of unknown origin read what their module was given, where flow was lost."""
        bridged: dict[str, None] = {}
        for op in self._trace.ops:
            if op.foreign and not self._live(op.sources):
                position, given = op.call, ()
                while position >= 0 and not given:
                    call = self._trace.calls[position]
                    given = tuple(dict.fromkeys(self._leaks.get(position, ()))) or call.inputs
                    position = call.parent
                if given:
                    op.sources = (*op.sources, *given)
                    bridged[call.path or self._trace.model] = None
            if self._live(op.sources):
                self._dynamic.add(op.event)
        if bridged:
            self._trace.notes.append(
                f"Values leave PyTorch's sight in {', '.join(bridged)}: what is computed there is shown as fed by"
                " what the"
                " module was given."
            )


_DATA = (int, float, complex, list, np.ndarray)
_NO_LEAK = frozenset(
    "size dim numel stride storage_offset __len__ is_contiguous element_size nelement get_device".split()
)
_FROM_DATA = frozenset("tensor as_tensor asarray full full_like scalar_tensor".split())


def _version(tensor: torch.Tensor) -> int | None:
    try:
        return tensor._version
    except RuntimeError:  # an inference tensor keeps no count
        return None


def _storage(tensor: torch.Tensor) -> torch.UntypedStorage | None:
    try:
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):  # sparse, nested, batched and the like
        return None


def _extent(tensor: torch.Tensor) -> tuple[int, int]:
    """First and last element of its storage that a tensor looks at."""
    first = int(tensor.storage_offset())
    return first, first + sum(int((n - 1) * s) for n, s in zip(tensor.shape, tensor.stride(), strict=True))


def _dims(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, ...]:
    if name in ("softmax", "log_softmax"):
        value = kwargs.get("dim", args[1] if len(args) > 1 else None)
    elif name == "permute":
        value = kwargs.get("dims", args[1:] if len(args) > 2 else (args[1] if len(args) > 1 else None))
    elif name == "layer_norm":
        shape = kwargs.get("normalized_shape", args[1] if len(args) > 1 else ())
        value = len(shape) if isinstance(shape, (tuple, list)) else 1
    else:
        return ()
    if isinstance(value, int):
        return (value,)
    if isinstance(value, (tuple, list)) and all(isinstance(v, int) for v in value):
        return tuple(value)
    return ()


def _drops(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if "dropout" not in name:
        return False
    probability = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
    return bool(kwargs.get("training", args[2] if len(args) > 2 else False)) and probability != 0
