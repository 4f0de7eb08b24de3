"""The recorded model as plain data: layers, their shapes, and who feeds whom.

Nothing here knows torch. ``capture`` makes a :class:`ModelGraph`; ``layout``, ``scene``, ``render`` and ``ui`` read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from walkbox.errors import BlockError, LayerNotFoundError, nearest

__all__ = ["DETAILS", "Detail", "Layer", "MapKind", "Maps", "ModelGraph", "SourceLine"]

Detail = Literal["ops", "layers", "blocks"]
DETAILS: tuple[Detail, ...] = get_args(Detail)

MapKind = Literal["maps", "tokens", "matrix", "strip", "attention", "volume", "signal", "scalar", "none"]
"""How a tensor is shown:

========== ===================== ==========================================================
maps       (N, C, H, W)          C maps of H x W
tokens     (N, T, D)             D maps on the token grid; ``prefix`` class tokens beside it
matrix     (N, T, D), (N, A, B)  one map of T x D when there is no grid
strip      (N, C)                C maps of 1 x 1, with class names where known
attention  (N, heads, T, T)      one T x T map a head
volume     (N, C, D, H, W)       C maps of H x W at a chosen depth of ``depth``
signal     (N, C, L)             C maps of 1 x L, drawn as lines
scalar     ()                    one number
none       zero elements         a label only
========== ===================== ==========================================================
"""


@dataclass(frozen=True, slots=True)
class Maps:
    """What becomes of one layer's tensor: ``count`` feature maps of ``height`` x ``width`` values.

    Attributes:
        kind: see :data:`MapKind`.
        count: number of maps.
        height, width: values of a map, in its own rows and columns. For tokens with a class token, ``width`` counts two
            further columns at the left: the class tokens (``prefix`` of them, from the top) and one empty column.
        prefix: class (and distillation, register) tokens shown in the first column, 0 for none.
        depth: number of slices of a volume, else 1.
        channels_last: the tensor is (N, H, W, C).
    """

    kind: MapKind
    count: int
    height: int
    width: int
    prefix: int = 0
    depth: int = 1
    channels_last: bool = False

    @property
    def values(self) -> int:
        """Values in all maps together."""
        return self.count * self.height * self.width


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of Python code.

    Attributes:
        path: the file, absolute; for code without one what Python calls it (``<string>``).
        name: of the file, without its folder.
        number: counted from 1.
        text: the line without the blanks around it; empty where the file cannot be read.
    """

    path: str
    name: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One shown output.

    Attributes:
        id: its index in ``ModelGraph.layers``; layers are in the order in which they ran.
        name: readable and unique in the graph (``layer1.0.conv1``, ``layer1.0.add``, ``layer1.0.relu:2``).
        op: the operation or operations, in the order they ran, joined with ``+`` (``conv2d+batch_norm+relu``, ``add``,
            ``cat``, ``input``).
        module: module path that ran it, empty for the model itself.
        call: call index of that module (0 for its first call).
        shape: the tensor's full shape, batch included.
        dtype: the tensor's dtype without the ``torch.`` (``float32``).
        maps: how it is shown.
        parents: ids of the layers whose output it read. A layer whose inputs came from outside the graph has none.
        output: it is one of the model's outputs.
        parameters: names of the parameters it used (``layer1.0.conv1.weight``), the weight first.
        source: where ``engine`` finds its value: (index of the recorded op, index of the tensor among that op's
            outputs). An input's op index is -1 - its position among the input tensors.
        parts: how many operations' outputs it stands for.
        source_line: the line of the user's own code that ran it (the first of its operations), else of a package's;
            where only torch's code ran (a bare ``Sequential``) the line that made its module. None for inputs.
    """

    id: int
    name: str
    op: str
    module: str
    call: int
    shape: tuple[int, ...]
    dtype: str
    maps: Maps
    parents: tuple[int, ...]
    output: bool = False
    parameters: tuple[str, ...] = ()
    source: tuple[int, int] = (0, 0)
    parts: int = 1
    source_line: SourceLine | None = field(default=None, compare=False)

    @property
    def is_input(self) -> bool:
        """It is an input of the model, not computed by it."""
        return self.op == "input"

    def to_json(self) -> dict[str, Any]:
        """What it is called, where it is in the model, and what its tensor is."""
        return {
            "id": self.id,
            "name": self.name,
            "op": self.op,
            "module": self.module,
            "call": self.call,
            "shape": list(self.shape),
            "dtype": self.dtype,
        }

    @property
    def shape_text(self) -> str:
        """Its shape without the batch, for labels: ``64 x 56 x 56``."""
        shape = self.shape[1:] if len(self.shape) > 1 else self.shape
        return " \N{MULTIPLICATION SIGN} ".join(str(n) for n in shape) or "scalar"


@dataclass(frozen=True)
class ModelGraph:
    """A recorded model.

    Attributes:
        model: the model's name (its class, or the title that its file gives).
        detail: the level of detail of these layers.
        layers: in the order in which they ran; parents always come first.
        outputs: ids of the layers that hold the model's outputs.
        complete: every output is reached from the inputs and nothing failed.
        error: what the model raised, standing at the end of the graph, or None.
        notes: what could not be recorded in full and why, a sentence each.
        modules: class name of every module that ran, by module path.
        containers: paths of those that are bare containers (``Sequential`` and its like).
    """

    model: str
    detail: Detail
    layers: tuple[Layer, ...]
    outputs: tuple[int, ...] = ()
    complete: bool = True
    error: str | None = None
    notes: tuple[str, ...] = field(default=())
    modules: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    containers: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def maps_total(self) -> int:
        """Feature maps in all layers together."""
        return sum(layer.maps.count for layer in self.layers)

    @property
    def values_total(self) -> int:
        """Values in all maps together."""
        return sum(layer.maps.values for layer in self.layers)

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) pairs, ordered by child."""
        return tuple((p, layer.id) for layer in self.layers for p in layer.parents)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each layer the ids of the layers that read it."""
        found: list[list[int]] = [[] for _ in self.layers]
        for parent, child in self.edges:
            found[parent].append(child)
        return tuple(tuple(c) for c in found)

    @cached_property
    def _by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    def layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            LayerNotFoundError: with the nearest names.
        """
        try:
            return self._by_name[name]
        except KeyError:
            hint = nearest(name, self._by_name)
            raise LayerNotFoundError(
                f"Layer {name!r} is not in the graph of {self.model} ({len(self.layers)} layers, detail"
                f" {self.detail!r}). {hint + ' ' if hint else ''}`walkbox inspect TARGET` lists every name."
            ) from None

    def module_to_open(self, layer: int) -> str:
        """The module to open so that a layer is shown as what it is made of.

        Raises:
            BlockError: it is a single operation.
        """
        one = self.layers[layer]
        if one.parts < 2 or not one.module:
            what = "an input of the model" if one.is_input else f"a single operation ({one.op})"
            raise BlockError(f"{one.name} is {what}: there is nothing in it to open.")
        return one.module

    def module_to_close(self, layer: int) -> str:
        """The innermost module around a layer that holds other layers too and that a person would name.

        Bare containers count only where nothing else is around, and not when they are numbered.

        Raises:
            BlockError: no such module is around it.
        """
        one = self.layers[layer]
        parts = one.module.split(".")
        around = [".".join(parts[:n]) for n in range(len(parts), 0, -1)] if one.module else []
        wide = [path for path in around if path in self.modules and self._holds_more(path)]
        named = [path for path in wide if path not in self.containers]
        named += [path for path in wide if path in self.containers and not path.rpartition(".")[2].isdigit()]
        if not named:
            raise BlockError(f"{one.name} belongs to no block but {self.model} itself, so there is nothing to close.")
        return named[0]

    def _holds_more(self, path: str) -> bool:
        """A module holds two shown layers or more, but not all of them."""
        inside = sum(layer.module == path or layer.module.startswith(path + ".") for layer in self.layers)
        return 1 < inside < len(self.layers)

    def to_json(self) -> dict[str, Any]:
        """The document that ``walkbox inspect --json`` prints."""
        return {
            "model": self.model,
            "detail": self.detail,
            "complete": self.complete,
            "error": self.error,
            "maps_total": self.maps_total,
            "layers": [
                {**layer.to_json(), "maps": layer.maps.count, "parents": list(layer.parents)} for layer in self.layers
            ],
            "outputs": list(self.outputs),
        }
