"""Small models, each awkward in its own way. Every one is registered with its example."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint

from walkbox import mark

AWKWARD: dict[str, Callable[[], tuple[Any, ...]]] = {}
"""Name of each, and a function that gives ``(model, args)`` or ``(model, args, kwargs)``."""


def awkward(*args: Any, **kwargs: Any) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Register a module class with its example."""

    def add(kind: type[nn.Module]) -> type[nn.Module]:
        AWKWARD[kind.__name__] = lambda: (kind(), tuple(a() if callable(a) else a for a in args), kwargs)
        return kind

    return add


def picture(channels: int = 3, side: int = 8, batch: int = 1) -> Callable[[], torch.Tensor]:
    return lambda: torch.rand(batch, channels, side, side, generator=torch.Generator().manual_seed(1))


@awkward(picture())
class Functional(nn.Module):
    """No submodules at all: parameters and functions."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.rand(4, 3, 3, 3))
        self.matrix = nn.Parameter(torch.rand(5, 4))

    def forward(self, x):
        x = F.relu(F.conv2d(x, self.kernel, padding=1))
        return F.linear(x.mean((2, 3)), self.matrix)


@awkward(picture())
class InPlaceEverything(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.relu = nn.BatchNorm2d(4), nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.norm(self.conv1(x)))
        y = self.conv2(x)
        y += x
        self.relu(y)
        y.mul_(0.5).add_(1)
        return y


@awkward(picture())
class InputChangedInPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x.sub_(0.5).div_(0.25)
        return self.conv(x)


@awkward(picture(4))
class WritesThroughViews(nn.Module):
    """A slice is assigned, a chunk is changed in place, and the whole is read afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.side = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        y = self.conv(x)
        y[:, :2] = self.side(x)
        _, last = y.chunk(2, dim=1)
        last.relu_()
        z = y.view(1, -1)
        z[0, 0] = 3
        return y.sigmoid()


@awkward(picture(4))
class WritesThroughFlatView(nn.Module):
    """Only a view is ever written; only the base is ever read."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        canvas = torch.zeros(1, 4, 8, 8)
        canvas.view(4, 64).copy_(self.conv(x).view(4, 64))
        return canvas * 2


@awkward(picture(4))
class SlicesAndChunks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        left, right = x.chunk(2, 1)
        first, *_ = torch.split(x, 1, dim=1)
        return torch.cat((self.a(left), self.b(right) * first, x[:, 1:2, ::1].narrow(3, 0, 8)), dim=1)


@awkward(picture(4))
class ChannelShuffle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, groups=2, padding=1)

    def forward(self, x):
        n, c, h, w = x.shape
        x = self.conv(x).view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.conv(x)


@awkward(picture())
class DataDependentBranch(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bright, self.dark = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.bright(x).relu() if x.mean() > 0.4 else self.dark(x)


@awkward(picture())
class LoopUntil(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.step = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        count = 0
        while x.norm().item() > 0.5 and count < 5:
            x = 0.5 * torch.tanh(self.step(x))
            count += 1
        return x


@awkward(picture(4))
class SameModuleTwice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())
        self.alias = self.shared

    def forward(self, x):
        return self.shared(self.alias(self.shared(x))) + x


@awkward(picture(2))
class SharedWeights(nn.Module):
    """Two modules, one parameter; the weight also comes back transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(8, 4), nn.Linear(4, 8, bias=False)
        self.up.weight = nn.Parameter(self.down.weight.T.detach().clone())

    def forward(self, x):
        return F.linear(self.down(x).tanh(), self.down.weight.T) + self.up(self.down(x))


@awkward(picture(), torch.rand(1, 5))
class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(5, 4)

    def forward(self, image, vector):
        return self.conv(image) * self.fc(vector)[:, :, None, None]


@awkward({"image": torch.rand(1, 3, 8, 8), "extra": [torch.rand(1, 4), 3.0]}, scale=torch.tensor(2.0))
class DictInDictOut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, batch, *, scale):
        features = self.conv(batch["image"]) * scale
        pooled = features.amax((2, 3)) + batch["extra"][0]
        return {"features": features, "deep": {"pooled": [pooled, (pooled > 0,)]}, "text": "hello", "none": None}


@dataclass
class Sample:
    image: torch.Tensor
    label: str = "cat"


@dataclass
class Answer:
    scores: torch.Tensor
    sample: Sample


class Pair(NamedTuple):
    low: torch.Tensor
    high: torch.Tensor


@awkward(lambda: Sample(torch.rand(1, 3, 8, 8)))
class DataclassInDataclassOut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, sample):
        low = self.conv(sample.image)
        pair = Pair(low, low.exp())
        return Answer(torch.sum(pair.high, dim=(2, 3)), Sample(pair.low, sample.label))


class Bag:
    """An object of no known kind that carries tensors."""

    def __init__(self, **tensors: torch.Tensor) -> None:
        self.__dict__.update(tensors)


@awkward(lambda: Bag(x=torch.rand(1, 6), mask=torch.tensor([True, False, True, True, False, True])))
class ObjectInTupleOut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, bag):
        hidden = self.fc(bag.x * bag.mask)
        return Pair(hidden, hidden.softmax(-1)), [hidden.argmax(-1)]


@awkward(picture(1, 16))
class ComplexNumbers(nn.Module):
    """A Fourier layer; one of its values is complex."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(1, 1, 16, 9, dtype=torch.cfloat))

    def forward(self, x):
        return torch.fft.irfft2(torch.fft.rfft2(x) * self.weight, s=(16, 16)).relu()


@awkward(torch.arange(6)[None])
class IntegerTensors(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(10, 4), nn.Embedding(16, 4)

    def forward(self, tokens):
        even = (tokens % 2 == 0).long()
        return self.embed(tokens) + self.place(torch.arange(tokens.shape[1])) + self.embed(even), tokens.bitwise_and(3)


@awkward(picture(2))
class NotANumber(nn.Module):
    def forward(self, x):
        return torch.log(x - 0.5), 1 / (x - x), (x * 1e30) ** 9


@awkward(picture(2))
class ZeroSize(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        boxes = x.flatten()[x.flatten() > 2].reshape(-1, 4)
        return self.fc(boxes), x[:0], x.sum()


@awkward(torch.tensor(0.5))
class ScalarInScalarOut(nn.Module):
    def forward(self, x):
        return (x * 2).exp()


@awkward(picture())
class ThroughNumpy(nn.Module):
    """Values leave PyTorch for numpy and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.conv(torch.from_numpy(np.sort(x.numpy(), axis=-1)))


@awkward(picture())
class ThroughPythonNumbers(nn.Module):
    def forward(self, x):
        return torch.tensor([x.mean().item(), x.std().item()]).softmax(0)


@awkward(torch.rand(3, 4))
class Mapped(nn.Module):
    """``torch.vmap`` hides its insides from everyone."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4))

    def forward(self, x):
        return torch.vmap(lambda row: row.dot(self.weight))(x).relu()


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.mul(2)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        return grad * 2


@awkward(picture())
class OwnAutogradFunction(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return Doubled.apply(self.conv(x)).relu()


@awkward(picture())
class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())

    def forward(self, x):
        return checkpoint(self.body, x, use_reentrant=False)


@awkward(picture())
class CachesAndCounts(nn.Module):
    """State of its own in plain attributes: a cache made by the first call, a list that grows, a counter, a flag."""

    steps: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.cache: torch.Tensor | None = None
        self.seen: list[torch.Tensor] = []
        self.sizes: dict[str, int] = {}
        self.calls = 0
        self.register_buffer("steps", torch.zeros(2))

    def forward(self, x):
        if self.cache is None:
            self.cache = torch.linspace(0, 1, 8)
        self.calls += 1
        self.seen.append(x)
        self.sizes["last"] = len(x)
        self.steps += 1
        self.late = torch.zeros(1)
        return self.conv(x) + self.cache + self.steps.sum()


@awkward(picture())
class ChangesItsParameters(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gain = nn.Conv2d(3, 4, 1), nn.Parameter(torch.ones(1))

    def forward(self, x):
        with torch.no_grad():
            self.gain.mul_(1.5)
            self.conv.weight.data[0] += 0.1
        return self.conv(x) * self.gain


@awkward(picture())
class CallsBackward(nn.Module):
    """Adversarial: it asks for a gradient within its forward pass, and leaves gradients on its parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 1)

    def forward(self, x):
        with torch.enable_grad():
            y = x.detach().requires_grad_()
            self.conv(y).sum().backward()
        assert y.grad is not None
        return x + 0.1 * y.grad


@awkward(picture())
class CatchesItsError(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wrong, self.right = nn.Conv2d(5, 4, 1), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        try:
            return self.wrong(x)
        except RuntimeError:
            return self.right(x)


@awkward(picture())
class Randomised(nn.Module):
    """Dropout that drops in evaluation too, and three sources of chance."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        x = F.dropout(self.conv(x), 0.5, training=True) + torch.randn(1, 4, 8, 8)
        return x * random.random() + float(np.random.rand())


@awkward(picture())
class Nested(nn.Module):
    """Containers within containers, a module made on the way, modules in plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleDict({"a": nn.ModuleList([nn.Conv2d(3, 4, 1)]), "b": nn.Sequential(nn.Conv2d(4, 4, 1))})
        self.hidden = [nn.Conv2d(4, 4, 1)]

    def forward(self, x):
        x = self.stages["a"].get_submodule("0")(x)
        return nn.Softmax(1)(self.hidden[0](self.stages["b"](x)))


class OwnNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-6) * self.weight[:, None, None]


@awkward(picture())
class HandWrittenNorm(nn.Module):
    """Nine operations that are one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(3, 4, 1), OwnNorm(4), nn.GELU()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


@awkward(picture())
class Marked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = MarkedBlock()
        self.head = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1))

    def forward(self, x):
        return self.head(self.block(x)) + mark(x.mean(), "brightness")


class MarkedBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.a(x)
        y = mark(self.b(x), "the middle")
        return self.c(y.relu()) + x


@awkward(torch.rand(2, 5, 3))
class PackedSequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        packed = pack_padded_sequence(x, torch.tensor([5, 3]), batch_first=True)
        out, hidden = self.rnn(packed)
        return pad_packed_sequence(out, batch_first=True)[0], hidden


@awkward(torch.rand(1, 6, 3))
class UnrolledCell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.LSTMCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        state = (torch.zeros(1, 4), torch.zeros(1, 4))
        steps = []
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            steps.append(self.out(state[0]))
        return torch.stack(steps, 1)


@awkward(torch.rand(1, 5, 8))
class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.built_in = nn.Linear(8, 24), nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        y = ((q @ k.mT / 2).softmax(-1) @ v).transpose(1, 2).flatten(2)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        return self.built_in(x, y, z)


@awkward(picture(3, 16))
class TokensWithClass(nn.Module):
    """A small vision transformer: patches on a 2 x 4 grid behind a class token."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, (8, 4), stride=(8, 4))
        self.token, self.place = nn.Parameter(torch.rand(1, 1, 8)), nn.Parameter(torch.rand(1, 9, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(1, -1, -1), x), 1) + self.place
        return self.head(self.layer(x)[:, 0])


@awkward(picture(3, 8))
class ChannelsLast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 2, stride=2), nn.LayerNorm(4), nn.Linear(4, 6)

    def forward(self, x):
        x = self.norm(self.conv(x).permute(0, 2, 3, 1))
        return self.fc(x).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


@awkward(torch.rand(1, 2, 6, 8, 10))
class Volumes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.up = nn.Conv3d(2, 3, 2, stride=2), nn.ConvTranspose3d(3, 2, 2, stride=2)

    def forward(self, x):
        return self.up(self.conv(x).relu()) + x


@awkward(torch.rand(1, 1, 64))
class Signals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(1, 4, 5), nn.BatchNorm1d(4)

    def forward(self, x):
        return F.max_pool1d(self.norm(self.conv(x)).relu(), 2).mean(-1)


@awkward(torch.rand(3, 8, 8))
class Unbatched(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(x).relu().mean((1, 2))


@awkward(picture(2))
class PoolAndUnpool(nn.Module):
    """An operation with two results, both read."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)

    def forward(self, x):
        y, where = self.pool(x)
        return self.unpool(y, where), torch.topk(y.flatten(1), 3)


@awkward(picture())
class UnusedPaths(nn.Module):
    """Something is computed and thrown away; something constant is returned; an input passes untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.aside, self.scale = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 2, 1), nn.Parameter(torch.ones(1))

    def forward(self, x):
        self.aside(x)
        return self.conv(x), self.scale, x


@awkward(picture())
class WrittenInto(nn.Module):
    """``out=`` and foreach operations."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        y = torch.empty_like(x)
        torch.mul(self.conv(x), 2, out=y)
        z = [y.clone(), x.clone()]
        torch._foreach_add_(z, 1.0)  # pyright: ignore[reportPrivateImportUsage]
        return z[0] - z[1]


def doubled(module: nn.Module, args: Any, output: Any) -> Any:
    return output * 2


@awkward(picture())
class HooksOfItsOwn(nn.Module):
    """The user's hooks run, once each, and change what flows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1)
        self.conv.register_forward_hook(doubled)
        self.fc.register_forward_pre_hook(lambda module, args: (args[0] + 1,))

    def forward(self, x):
        return self.fc(self.conv(x))


@awkward(picture())
class Parametrized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 1))
        self.fc = nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 4, 1))

    def forward(self, x):
        return self.fc(self.conv(x))


@awkward()
class NoInputs(nn.Module):
    """A generator that starts from what it learned."""

    def __init__(self) -> None:
        super().__init__()
        self.seed, self.conv = nn.Parameter(torch.rand(1, 3, 4, 4)), nn.Conv2d(3, 3, 1)

    def forward(self):
        return F.interpolate(self.conv(self.seed), scale_factor=2).sigmoid()


@awkward(picture())
class DoublePrecisionMixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.conv(x)
        return y.float() + self.conv(x).double().half()


@awkward(picture())
class Sparse(nn.Module):
    def forward(self, x):
        sparse = (x[0, 0] * (x[0, 0] > 0.5)).to_sparse()
        return torch.sparse.mm(sparse, x[0, 1])


@awkward(torch.rand(2, 3, 8, 8))
class BatchOfTwo(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 1), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


@awkward(picture(), False, mode="fast")
class PlainArguments(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x, training_like, *, mode):
        return self.conv(x) if mode == "fast" and not training_like else x


@awkward(picture())
class Recursive(nn.Module):
    """A module that calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x, depth=3):
        return self.conv(x) if depth == 0 else self(self.conv(x).relu(), depth - 1)


@awkward(picture())
class TrainingMode(nn.Module):
    """Batch statistics are updated and dropout drops."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.3)

    def forward(self, x):
        return self.drop(self.norm(self.conv(x)).relu())
