"""What becomes of a tensor: how its values are laid out as feature maps, and the maps themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from walkbox.graph import Maps

if TYPE_CHECKING:
    import torch

__all__ = ["Look", "maps_of", "to_block", "to_maps"]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a tensor beside its shape.

    Attributes:
        layout: ``first`` (N, C, H, W), ``last`` (N, H, W, C), ``heads`` (N, heads, T, d), ``signal`` (N, C, L),
        ``flat``
            (N, C, H * W), or empty where nothing is known.
        grid: rows and columns that its tokens stand on.
        spatial: it comes from a picture.
        attention: it holds attention, queries in rows and keys in columns.
        batch: the model's batch size, 0 where unknown.
    """

    layout: Literal["", "first", "last", "heads", "signal", "flat"] = ""
    grid: tuple[int, ...] | None = None
    spatial: bool = False
    attention: bool = False
    batch: int = 1


_PREFIXES = (0, 1, 2, 4, 5)
"""Class, distillation and register tokens that known models put before a square grid."""


def maps_of(shape: tuple[int, ...], look: Look = Look()) -> Maps:
    """How a tensor of *shape* is shown; see :data:`walkbox.graph.MapKind`. The first item of a batch is taken."""
    if 0 in shape:
        return Maps("none", 0, 0, 0)
    dims = len(shape)
    if dims == 0 or (dims < 3 and math.prod(shape) == 1):
        return Maps("scalar", 1, 1, 1)
    if dims == 1:
        return Maps("strip", shape[0], 1, 1)
    if dims == 2:
        if shape[0] in (1, look.batch):
            return Maps("strip", shape[1], 1, 1)
        return Maps("matrix", 1, shape[0], shape[1])
    if look.attention and dims >= 3:
        heads = math.prod(shape[1:-2]) if dims > 3 else max(1, shape[0] // max(1, look.batch))
        return Maps("attention", heads, shape[-2], shape[-1])
    if dims == 3:
        return _three(shape, look)
    if dims == 4:
        if look.layout == "last":
            return Maps("maps", shape[3], shape[1], shape[2], channels_last=True)
        return Maps("maps", shape[1], shape[2], shape[3])
    if dims == 5:
        return Maps("volume", shape[1], shape[3], shape[4], depth=shape[2])
    return Maps("maps", math.prod(shape[1:-2]), shape[-2], shape[-1])


def _three(shape: tuple[int, ...], look: Look) -> Maps:
    if look.layout == "first":
        return Maps("maps", shape[0], shape[1], shape[2])
    if look.layout == "signal":
        return Maps("signal", shape[1], 1, shape[2])
    if look.layout == "flat" and look.grid is not None and math.prod(look.grid) == shape[2]:
        return Maps("maps", shape[1], look.grid[0], look.grid[1])
    if shape[1] == look.batch == 1 < shape[0]:
        return Maps("matrix", 1, shape[0], shape[2])  # time first, batch second
    grid = token_grid(shape[1], look)
    if grid is None:
        return Maps("matrix", 1, shape[1], shape[2])
    (height, width), prefix = grid
    return Maps("tokens", shape[2], height, width + (2 if prefix else 0), prefix)


def token_grid(tokens: int, look: Look) -> tuple[tuple[int, int], int] | None:
    """Rows and columns of the grid that tokens stand on, and how many tokens come before it; None without a grid."""
    if look.grid is not None:
        height, width = look.grid
        prefix = tokens - height * width
        if 0 <= prefix <= max(height, 1) and height * width > 1:
            return (height, width), prefix
    if look.spatial:
        for prefix in _PREFIXES:
            side = math.isqrt(max(0, tokens - prefix))
            if side >= max(2, prefix) and side * side == tokens - prefix:
                return (side, side), prefix
    return None


def to_block(tensor: torch.Tensor, maps: Maps, depth: float = 0.5) -> torch.Tensor:
    """The maps of a tensor's first batch item: real, shape (count, height, width), a view wherever that is possible.

    Complex values become magnitudes; quantised and sparse ones are made plain. The result has no gradients, and may
    share memory with *tensor*: whoever keeps it copies it.

    Args:
        tensor: of the shape that *maps* were made for.
        maps: from :func:`maps_of`.
        depth: which slice of a volume, from 0 (first) to 1 (last).
    """
    return to_maps(tensor.detach(), maps, depth)


def to_maps(tensor: torch.Tensor, maps: Maps, depth: float = 0.5) -> torch.Tensor:
    """As :func:`to_block`, with gradients that lead from each value of the maps to that of the tensor."""
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not _strided():
        tensor = tensor.to_dense()
    if tensor.is_complex():
        tensor = tensor.abs()
    count, height, width = maps.count, maps.height, maps.width
    if maps.kind == "none":
        return tensor.new_zeros((0, 0, 0))
    if maps.kind == "scalar":
        return tensor.reshape(1, 1, 1)
    if maps.kind == "strip":
        return (tensor[0] if tensor.dim() == 2 else tensor).reshape(count, 1, 1)
    if maps.kind == "matrix":
        if tensor.dim() == 3:
            tensor = tensor[0] if tensor.shape[1] == height else tensor[:, 0]
        return tensor.reshape(1, height, width)
    if maps.kind == "signal":
        return tensor[0].reshape(count, 1, width)
    if maps.kind == "attention":
        return tensor[0].reshape(count, height, width) if tensor.dim() > 3 else tensor[:count]
    if maps.kind == "volume":
        index = min(maps.depth - 1, max(0, round(depth * (maps.depth - 1))))
        return tensor[0, :, index]
    if maps.kind == "tokens":
        return _tokens(tensor[0], maps)
    item = tensor if tensor.dim() == 3 else tensor[0]
    if maps.channels_last:
        return item.permute(2, 0, 1)
    return item.reshape(count, height, width)


def _tokens(tokens: torch.Tensor, maps: Maps) -> torch.Tensor:
    if not maps.prefix:
        return tokens.unflatten(0, (maps.height, maps.width)).permute(2, 0, 1)
    block = tokens.new_zeros((maps.count, maps.height, maps.width))
    block[:, : maps.prefix, 0] = tokens[: maps.prefix].T
    block[:, :, 2:] = tokens[maps.prefix :].unflatten(0, (maps.height, maps.width - 2)).permute(2, 0, 1)
    return block


def _strided() -> torch.layout:
    import torch

    return torch.strided
