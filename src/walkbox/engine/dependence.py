"""Which inputs can change a value at all: gradients in which nothing dies and nothing cancels.

:class:`Dependence` carries out each operation of a forward pass with its true values, but lets gradients flow back
through it as yes or no: wherever the result of an operation can depend on an element of its input, whatever the weights
and values, the gradient is above zero. A relu that is off, a saturated sigmoid, the losers of a max pool, x - x and
zero weights all pass. So the gradient of one value with respect to the picture is above zero exactly where the picture
can change it, for every graph that the model's own code makes.

Operations that are linear with fixed places (views, cat, padding, means, resampling) keep their own gradients, and so
do unknown ones, which are named in :attr:`Dependence.real`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from walkbox.capture.recorder import op_name
from walkbox.capture.tensors import direct_tensors

__all__ = ["Dependence", "followed_through"]

Tensor = torch.Tensor
Rule = Callable[[Tensor, Tensor], Tensor]
"""``rule(mask, input)``: where the input can change one of the results that *mask* marks. Both of 0 and 1, float32."""


def followed_through(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carry out one operation so that real gradients pass where PyTorch would end them on purpose.

    ``torch.no_grad`` and ``detach`` inside the model say how it is to be trained, not what its values depend on.
    """
    name = op_name(function)
    if name == "set_grad_enabled":
        return None
    if name in ("detach", "data") and len(args) == 1 and args[0].requires_grad:
        return args[0]
    if name in _LEAVING:
        args = tuple(a.detach() if isinstance(a, Tensor) else a for a in args)
    return function(*args, **kwargs)


class Dependence:
    """Carries out operations for :func:`walkbox.capture.replay.replay`.

    Attributes:
        real: names of operations of which only the real gradients were known.
        lost: names of operations whose results (comparisons, indices) no gradient follows.
    """

    def __init__(self) -> None:
        self.real: set[str] = set()
        self.lost: set[str] = set()

    def __call__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = op_name(function)
        read: list[Tensor] = []
        direct_tensors(args, read)
        direct_tensors(kwargs, read)
        followed = list({id(t): t for t in read if t.requires_grad}.values())
        maker = _RULES.get(name)
        if not followed or maker is None or (name == "add" and "alpha" not in kwargs):
            result = followed_through(function, args, kwargs)
            if followed and name not in _FAITHFUL and name not in _LEAVING:
                self._note(name, result, followed)
            return result
        with torch.no_grad():
            result = function(*args, **kwargs)
        values: list[Tensor] = []
        direct_tensors(result, values)
        if any(result is t for t in read):  # it wrote into one of them
            others = [t for t in followed if t is not result]
            if others and (result.is_floating_point() or result.is_complex()):
                rule = maker(function, args, kwargs)
                result.add_(_Depends.apply(rule, torch.zeros_like(result, requires_grad=False), *others))
            return result
        if not any(t.is_floating_point() or t.is_complex() for t in values):
            self._note(name, result, followed)
            return result
        return _rebuilt(result, maker(function, args, kwargs), followed)

    def _note(self, name: str, result: Any, followed: list[Tensor]) -> None:
        values: list[Tensor] = []
        direct_tensors(result, values)
        if not values:
            return
        if any(t.requires_grad for t in values):
            self.real.add(name)
        elif name not in ("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like", "full_like"):
            self.lost.add(name)


class _Depends(torch.autograd.Function):
    """A value with, as its gradients, what a rule says."""

    @staticmethod
    def forward(ctx: Any, rule: Rule, value: Tensor, *inputs: Tensor) -> Tensor:
        ctx.rule = rule
        ctx.shapes = [(t.shape, t.dtype) for t in inputs]
        ctx.mark_dirty(value)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        mask = (gradients[0] != 0).to(torch.float32)
        found: list[Tensor | None] = [None, None]
        for needed, (shape, dtype) in zip(ctx.needs_input_grad[2:], ctx.shapes, strict=True):
            # Rules look at the shape alone: one element stands for all.
            blank = mask.new_zeros(()).expand(shape)
            found.append(ctx.rule(mask, blank).to(dtype) if needed else None)
        return tuple(found)


def _rebuilt(result: Any, rule: Rule, followed: list[Tensor]) -> Any:
    """The result with each of its floating tensors depending on what is followed."""
    if isinstance(result, Tensor):
        if not (result.is_floating_point() or result.is_complex()):
            return result
        if result._is_view():
            result = result.clone()
        return _Depends.apply(rule, result, *followed)
    if isinstance(result, (tuple, list)):
        items = [_rebuilt(item, rule, followed) for item in result]
        make = getattr(result, "_make", type(result))  # a named tuple, or a plain one
        return make(items)
    return result


# Rules ----------------------------------------------------------------------------------------------------------------
# A maker gets the call and returns its rule.


def _anything(mask: Tensor, blank: Tensor) -> Tensor:
    """Every element of the input can change every result."""
    return mask.amax().expand(blank.shape) if mask.numel() else blank


def _elementwise(mask: Tensor, blank: Tensor) -> Tensor:
    try:
        if torch.broadcast_shapes(mask.shape, blank.shape) == mask.shape:
            return mask.sum_to_size(blank.shape)
    except RuntimeError:
        pass
    return _anything(mask, blank)


def _mixed(dims: Sequence[int] | None) -> Rule:
    """Along some dimensions everything depends on everything; they may be gone or of another size in the result."""

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        if dims is None:
            return _anything(mask, blank)
        axes = sorted({d % max(blank.dim(), 1) for d in dims})
        if mask.dim() < blank.dim():
            for axis in axes:
                mask = mask.unsqueeze(axis)
        if mask.dim() != blank.dim():
            return _anything(mask, blank)
        mask = mask.amax(axes, keepdim=True)
        kept = [axis for axis in range(blank.dim()) if axis not in axes]
        if any(mask.shape[axis] != blank.shape[axis] for axis in kept):
            return _anything(mask, blank)
        return mask.expand(blank.shape)

    return rule


def _argument(args: tuple[Any, ...], kwargs: dict[str, Any], position: int, name: str, default: Any = None) -> Any:
    return kwargs.get(name, args[position] if len(args) > position else default)


def _dims(value: Any) -> list[int] | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, (tuple, list)) and value and all(isinstance(v, int) for v in value):
        return list(value)
    return None


def _over(position: int, default: Any = None) -> Any:
    """Maker for operations that mix along the dimensions in argument number *position*."""

    def maker(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
        value = kwargs.get("axis", _argument(args, kwargs, position, "dim", default))
        if isinstance(value, Tensor) or isinstance(kwargs.get("other"), Tensor):
            return _elementwise  # max(a, b)
        return _mixed(_dims(value))

    return maker


def _plain(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    return _elementwise


def _all(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    return _anything


def _batch_norm(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    running, training = (_argument(args, kwargs, k, n) for k, n in ((1, "running_mean"), (5, "training")))
    if not training and running is not None:
        return _elementwise
    dims = args[0].dim() if args else kwargs["input"].dim()
    return _mixed([d for d in range(dims) if d != 1])


def _layer_norm(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    shape = _argument(args, kwargs, 1, "normalized_shape")
    count = len(shape) if isinstance(shape, (tuple, list)) else 1
    return _mixed([-1 - k for k in range(count)])


def _group_norm(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    groups = int(_argument(args, kwargs, 1, "num_groups"))

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        if mask.shape != blank.shape:
            return _anything(mask, blank)
        parted = mask.reshape(mask.shape[0], groups, -1)
        return parted.amax(2, keepdim=True).expand(parted.shape).reshape(blank.shape)

    return rule


def _instance_norm(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    if not _argument(args, kwargs, 5, "use_input_stats", True):
        return _elementwise
    dims = args[0].dim() if args else kwargs["input"].dim()
    return _mixed(range(2, dims))


def _glu(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    dim = _argument(args, kwargs, 1, "dim", -1)
    return lambda mask, blank: torch.cat([mask, mask], dim)


def _fft(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    dims = _dims(kwargs.get("dim"))
    if dims is None:
        name = op_name(function)
        dims = None if name.endswith("n") or len(args) > 2 else [-2, -1] if name.endswith("2") else [-1]
    return _mixed(dims)


def _linear(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    return _mixed([-1])


def _vjp(function: Callable[[Tensor], Tensor], shape: Sequence[int], mask: Tensor) -> Tensor:
    """Where an input of a linear function with positive coefficients reaches the results that are marked."""
    with torch.enable_grad():
        start = mask.new_ones(shape).requires_grad_()
        (found,) = torch.autograd.grad(function(start), start, mask)
    return (found != 0).to(torch.float32)


def _convolution(n: int, transposed: bool) -> Any:
    kind = getattr(functional, f"conv{'_transpose' if transposed else ''}{n}d")
    names = ("stride", "padding", *(("output_padding", "groups", "dilation") if transposed else ("dilation", "groups")))

    def maker(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
        weight = _argument(args, kwargs, 1, "weight")
        options = dict(zip(names, args[3:], strict=False))
        options.update({k: v for k, v in kwargs.items() if k in names})
        groups = int(options.pop("groups", 1))

        def rule(mask: Tensor, blank: Tensor) -> Tensor:
            if (blank.shape == weight.shape and weight.requires_grad) or blank.dim() < n + 1:
                return _anything(mask, blank)  # a kernel or a bias that is itself made of the picture
            whole = mask if mask.dim() == n + 2 else mask.unsqueeze(0)
            shape = blank.shape if blank.dim() == n + 2 else (1, *blank.shape)
            # All channels of a group see the same: one stands for them.
            reached = whole.unflatten(1, (groups, -1)).amax(2).flatten(0, 1).unsqueeze(1)
            kernel = mask.new_ones((1, 1, *weight.shape[2:]))
            found = _vjp(lambda x: kind(x, kernel, None, **options), (len(reached), 1, *shape[2:]), reached)
            found = found.reshape(shape[0], groups, 1, *shape[2:])
            found = found.expand(shape[0], groups, shape[1] // groups, *shape[2:])
            return (found.squeeze(1) if groups == 1 else found.flatten(1, 2)).reshape(blank.shape)

        return rule

    return maker


def _windows(n: int, first: int) -> Any:
    """Maker for pools; their kernel size is argument number *first*."""

    def maker(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
        def each(position: int, name: str, default: Any) -> list[int]:
            value = _argument(args, kwargs, position, name, default)
            value = default if value is None or value == [] else value
            return [int(v) for v in (value if isinstance(value, (tuple, list)) else [value])] * (
                1 if isinstance(value, (tuple, list)) and len(value) == n else n
            )

        size = each(first, "kernel_size", 1)
        stride = each(first + 1, "stride", size)
        max_pool = first == 1
        padding = each(3, "padding", 0) if max_pool else [0] * n
        dilation = each(4, "dilation", 1) if max_pool else [1] * n
        kind = getattr(functional, f"conv_transpose{n}d")

        def rule(mask: Tensor, blank: Tensor) -> Tensor:
            planes = mask.reshape(-1, 1, *mask.shape[-n:])
            found = kind(planes, mask.new_ones((1, 1, *size)), stride=stride, dilation=dilation)
            inner = blank.shape[-n:]
            for axis, (before, length) in enumerate(zip(padding, inner, strict=True), start=2):
                found = found.narrow(axis, before, min(length, found.shape[axis] - before))
            room = [(0, length - have) for length, have in zip(inner, found.shape[2:], strict=True)]
            found = functional.pad(found, list(itertools.chain.from_iterable(reversed(room))))
            return (found != 0).to(torch.float32).reshape(blank.shape)

        return rule

    return maker


def _adaptive(n: int) -> Any:
    kind = getattr(functional, f"adaptive_avg_pool{n}d")

    def maker(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
        size = _argument(args, kwargs, 1, "output_size")
        return lambda mask, blank: _vjp(lambda x: kind(x, size), blank.shape, mask)

    return maker


def _multilinear(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    """Products of matrices and their like: the same with ones for what is followed, and for parameters."""

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        made: dict[int, Tensor] = {}

        def ones(tree: Any) -> Any:
            if isinstance(tree, Tensor) and tree.is_floating_point():
                if tree.requires_grad or isinstance(tree, nn.Parameter):
                    item = made.get(id(tree))
                    if item is None:
                        item = mask.new_ones(tree.shape).requires_grad_(tree.requires_grad)
                        made[id(tree)] = item
                    return item
                return (tree != 0).to(torch.float32)
            if isinstance(tree, (tuple, list)):
                return type(tree)(map(ones, tree))
            return tree

        with torch.enable_grad():
            plain = {k: v for k, v in kwargs.items() if k not in ("alpha", "beta", "out")}
            result = function(*ones(args), **{k: ones(v) for k, v in plain.items()})
        fitting = [t for t in made.values() if t.requires_grad]
        gradients = torch.autograd.grad(result, fitting, mask, allow_unused=True)
        same = [g for g in gradients if g is not None and g.shape == blank.shape]
        if not same:
            return _anything(mask, blank)
        # Of several factors of one shape any will do: what one reaches is marked at the others, too.
        return (torch.stack(same).sum(0) != 0).to(torch.float32)

    return rule


def _grid_sample(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    picture, grid = _argument(args, kwargs, 0, "input"), _argument(args, kwargs, 1, "grid")

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        if blank.shape == grid.shape and grid.requires_grad and blank.shape != picture.shape:
            return mask.amax(1).unsqueeze(-1).expand(blank.shape)
        if grid.requires_grad:
            return _mixed(range(2, blank.dim()))(
                mask.amax(1, keepdim=True).expand(-1, blank.shape[1], *mask.shape[2:]), blank
            )
        rest = args[2:]
        fixed = grid.detach()
        named = {k: v for k, v in kwargs.items() if k not in ("input", "grid")}
        return _vjp(lambda x: functional.grid_sample(x, fixed.to(x.dtype), *rest, **named), blank.shape, mask)

    return rule


def _attention(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    """``scaled_dot_product_attention``: a result sees its own query, and all keys and values that no mask hides."""
    query, key, value = (_argument(args, kwargs, k, n) for k, n in enumerate(("query", "key", "value")))
    hidden = _argument(args, kwargs, 3, "attn_mask")
    causal = bool(_argument(args, kwargs, 5, "is_causal", False))
    rows, columns = query.shape[-2], key.shape[-2]

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        seen = mask.amax(-1, keepdim=True)
        reached = seen.expand(*seen.shape[:-2], rows, 1)
        open_ = mask.new_ones((rows, columns))
        if causal:
            open_ = open_.tril()
        elif isinstance(hidden, Tensor) and not hidden.requires_grad:
            open_ = (hidden if hidden.dtype == torch.bool else ~torch.isneginf(hidden)).to(torch.float32)
        keys = open_.transpose(-1, -2) @ reached
        wanted = _zeros(blank.shape, mask)
        for tensor, found in ((query, reached), (key, keys), (value, keys)):
            if tensor.shape == blank.shape:
                if found.dim() > 2 and found.shape[:-2] != blank.shape[:-2]:  # several queries' heads share a key's
                    found = found.amax(tuple(range(found.dim() - 2)), keepdim=True)
                if found.shape[-2] == blank.shape[-2]:
                    wanted = wanted + found
        if isinstance(hidden, Tensor) and hidden.requires_grad and hidden.shape == blank.shape:
            wanted = wanted + _anything(mask, blank)
        return (wanted != 0).to(torch.float32)

    return rule


def _many_heads(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rule:
    """``multi_head_attention_forward``: (L, N, E) or (L, E); masks are not looked at."""
    query, key, value = (_argument(args, kwargs, k, n) for k, n in enumerate(("query", "key", "value")))

    def rule(mask: Tensor, blank: Tensor) -> Tensor:
        batched = query.dim() == 3
        if mask.shape == query.shape:
            rows = mask.amax(-1, keepdim=True)
        elif batched:  # the weights: (N, L, S) or (N, heads, L, S)
            rows = mask.amax((-1, 1) if mask.dim() == 4 else -1).T.unsqueeze(-1)
        else:
            rows = mask.amax((-1, 0) if mask.dim() == 3 else -1).unsqueeze(-1)
        wanted = _zeros(blank.shape, mask)
        if blank.shape == query.shape:
            wanted = wanted + rows
        if blank.shape in (key.shape, value.shape):
            wanted = wanted + rows.amax(0, keepdim=True)
        return (wanted != 0).to(torch.float32)

    return rule


def _zeros(shape: Sequence[int], mask: Tensor) -> Tensor:
    return mask.new_zeros(shape)


_RULES: dict[str, Any] = {}
_RULES.update(
    dict.fromkeys(
        "abs absolute acos acosh add addcdiv addcmul alpha_dropout angle arccos arcsin arctan arctan2 asin asinh atan"
        " atan2 atanh ceil celu clamp clamp_max clamp_min clip copysign cos cosh div dropout dropout1d dropout2d"
        " dropout3d elu erf erfc exp exp2 expm1 fake_quantize_per_channel_affine fake_quantize_per_tensor_affine"
        " feature_alpha_dropout feature_dropout fix float_power floor floor_divide floordiv fmax fmin fmod frac gelu"
        " hardshrink hardsigmoid hardswish hardtanh hypot leaky_relu lerp lgamma log log10 log1p log2 log_sigmoid"
        " logaddexp logit logsigmoid maximum minimum mish mod mul nan_to_num neg negative pow prelu reciprocal relu"
        " relu6 remainder round rrelu rsqrt selu sgn sigmoid sign silu sin sinc sinh softplus softshrink softsign"
        " special_expit sqrt square sub tan tanh tanhshrink threshold trunc where xlogy".split(),
        _plain,
    )
)
_RULES.update(dict.fromkeys("softmax log_softmax softmin cumsum cumprod cummax cummin logcumsumexp".split(), _over(1)))
_RULES.update(
    dict.fromkeys(
        "max min amax amin median nanmedian mode std var std_mean var_mean logsumexp prod aminmax argsort".split(),
        _over(1),
    )
)
_RULES.update({"quantile": _over(2), "nanquantile": _over(2), "norm": _over(2), "linalg_vector_norm": _over(2)})
_RULES.update({"sort": _over(1, -1), "topk": _over(2, -1), "kthvalue": _over(2, -1), "msort": _over(9, 0)})
_RULES.update({"normalize": _over(2, 1), "gumbel_softmax": _over(4, -1), "cosine_similarity": _over(2, 1)})
_RULES.update({"local_response_norm": lambda *call: _mixed([1]), "glu": _glu, "batch_norm": _batch_norm})
_RULES.update({"layer_norm": _layer_norm, "rms_norm": _layer_norm, "group_norm": _group_norm})
_RULES.update({"instance_norm": _instance_norm, "linear": _linear, "grid_sample": _grid_sample})
_RULES.update({"scaled_dot_product_attention": _attention, "multi_head_attention_forward": _many_heads})
_RULES.update(dict.fromkeys("lstm gru rnn_tanh rnn_relu".split(), _all))
_RULES.update(
    dict.fromkeys(
        "matmul mm bmm mv dot vdot inner outer ger einsum tensordot addmm addmv addbmm baddbmm bilinear".split(),
        _multilinear,
    )
)
for _kind in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    _RULES.update({f"fft_{_kind}{_suffix}": _fft for _suffix in ("", "2", "n")})
for _n in (1, 2, 3):
    _RULES[f"conv{_n}d"] = _convolution(_n, False)
    _RULES[f"conv_transpose{_n}d"] = _convolution(_n, True)
    _RULES[f"max_pool{_n}d"] = _windows(_n, 1)
    _RULES[f"lp_pool{_n}d"] = _windows(_n, 2)
    _RULES[f"adaptive_max_pool{_n}d"] = _adaptive(_n)

_LEAVING = frozenset(["numpy", "array"])
"""Values leave PyTorch with these, which refuse tensors that ask for gradients."""

_FAITHFUL = frozenset(
    "add cat concat concatenate stack hstack vstack dstack view view_as reshape reshape_as flatten unflatten ravel"
    " permute transpose swapaxes swapdims movedim moveaxis t T mT H mH adjoint squeeze unsqueeze expand expand_as"
    " broadcast_to repeat repeat_interleave tile narrow select getitem setitem split chunk unbind tensor_split"
    " split_with_sizes index_select index_add index_copy index_put gather scatter scatter_add take take_along_dim"
    " masked_select masked_fill masked_scatter roll flip fliplr flipud rot90 tril triu diagonal diag unfold fold pad"
    " sum mean nansum nanmean avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d"
    " adaptive_avg_pool3d interpolate upsample upsample_nearest upsample_bilinear pixel_shuffle pixel_unshuffle"
    " channel_shuffle clone contiguous to type float double half bfloat16 type_as cpu cuda detach data copy real imag"
    " view_as_real view_as_complex meshgrid resolve_conj resolve_neg conj alias requires_grad_ broadcast_tensors"
    " max_unpool1d max_unpool2d max_unpool3d as_strided unsafe_chunk unsafe_split positive pos identity"
    " new_zeros new_ones new_empty new_full new_tensor zeros_like ones_like empty_like full_like rand_like randn_like"
    " fill zero constant_pad_nd set_grad_enabled requires_grad grad_fn is_leaf".split()
)
"""Operations whose own gradients tell all that they depend on."""
