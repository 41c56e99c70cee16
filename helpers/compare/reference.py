"""The function of PyTorch that a layer or loss of this project must equal."""

import inspect
import math
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from helpers.families import Family, layers, letters_of
from helpers.implement import Layer, Loss, Residual, Sequential

OURS = {family.layer: family for family in layers()}


def family_of(layer: Any) -> Family | None:
    """The row of a layer or loss of this project, or of its class."""
    kind = layer if inspect.isclass(layer) else type(layer)
    return OURS.get(f"{kind.__module__}.{kind.__qualname__}")


def torch_function(layer: Any) -> Callable[..., torch.Tensor] | None:
    """Y = f(X, *parameters), or L = f(X, T), in PyTorch, with the options of this layer or loss.

    A torch.nn.Module is its own reference. None where PyTorch has none that is known here.
    """
    if isinstance(layer, torch.nn.Module):
        return module_function(layer)
    if type(layer) in (Sequential, Residual):
        known = all(torch_function(part) for part in layer.layers)
        return (residual if type(layer) is Residual else chained)(layer.layers) if known else None
    family = family_of(layer)
    return twin(family, layer) if family and family.twin else None


def twin(family: Family, layer: Any) -> Callable[..., torch.Tensor]:
    """The function of a row, with the options that the layer has when it is called."""
    names = [family.parameters[key][0] for key in getattr(layer, "params", ())]

    def f(*given: torch.Tensor) -> torch.Tensor:
        inputs, parameters = given[: len(given) - len(names)], given[len(given) - len(names) :]
        options = {option: getattr(layer, attribute) for option, attribute in family.options.items()}
        return family.load("twin")(*inputs, **dict(zip(names, parameters, strict=True)), **options)

    return f


def module_function(module: torch.nn.Module) -> Callable[..., torch.Tensor]:
    """Y = f(X, *parameters), which leaves the running statistics of the module as they are."""
    names = [name for name, _ in module.named_parameters()]

    def f(*given: torch.Tensor) -> torch.Tensor:
        inputs, parameters = given[: len(given) - len(names)], given[len(given) - len(names) :]
        dtype = inputs[0].dtype
        buffers = {
            name: A.to(dtype if A.is_floating_point() else A.dtype, copy=True)
            for name, A in module.named_buffers()
        }
        Y = torch.func.functional_call(module, dict(zip(names, parameters, strict=True)) | buffers, inputs)
        return Y[0] if isinstance(Y, tuple) else Y  # beside the last states of a recurrent module

    return f


def layer_named(name: str) -> type:
    """A layer or loss of this project by its name, however it is spelled: softmax, "Leaky ReLU", cross-entropy."""
    known = {letters_of(family.name): family for family in layers()}
    spelled = letters_of(name)
    if spelled not in known:
        near = sorted(known[k].name for k in get_close_matches(spelled, known, cutoff=0.65))
        there = f"there are {', '.join(family.name for family in known.values())}"
        meant = f"{' or '.join(near)}?" if near else there
        raise ValueError(f"no layer is named {name!r}: {meant}")
    return known[spelled].load("layer")


def layer_meant(work: Any, whole: bool = True) -> type | None:
    """The layer or loss of this project that an object or a class is, or stands for; None where none does.

    A module of torch.nn stands for the layer of its row, any other class for the one that is its name, or without
    `whole` a part of it.
    """
    kind = work if inspect.isclass(work) else type(work)
    if issubclass(kind, Layer | Loss):
        return kind
    for family in layers():
        if family.module and issubclass(kind, family.load("module")):
            return family.load("layer")
    meant = max(layers(), key=lambda family: family.said_in(kind.__name__, whole))
    return meant.load("layer") if meant.said_in(kind.__name__, whole) else None


def batch_norm(
    X: torch.Tensor,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    *,
    eps: float,
    training: bool,
    buffers: dict[str, np.ndarray],
) -> torch.Tensor:
    """With the statistics of the batch, or in evaluation the running ones of the layer, as they are now."""
    by_batch = training or not buffers
    names = () if by_batch else ("running_mean", "running_var")
    statistics = [torch.tensor(buffers[name]).to(X.dtype) for name in names] or [None, None]
    return F.batch_norm(X, *statistics, weight, bias, training=by_batch, eps=eps)


def multihead_attention(
    X: torch.Tensor, *, num_heads: int, causal: bool, in_proj_weight: torch.Tensor, **given: torch.Tensor
) -> torch.Tensor:
    """Self-attention of torch.nn.MultiheadAttention with these parameters."""
    T, E = X.shape[-2:]
    module = torch.nn.MultiheadAttention(E, num_heads, bias="in_proj_bias" in given, batch_first=True).to(
        X.dtype
    )
    parameters = {name.replace("out_proj_", "out_proj."): A for name, A in given.items()}
    later = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    return torch.func.functional_call(
        module,
        parameters | {"in_proj_weight": in_proj_weight},
        (X, X, X),
        {"attn_mask": later, "need_weights": False},
    )[0]


def learned_positions(X: torch.Tensor, P: torch.Tensor) -> torch.Tensor:
    return X + P[: X.shape[-2]]


def sinusoidal_positions(X: torch.Tensor) -> torch.Tensor:
    T, E = X.shape[-2:]
    P = [
        [(math.cos if k % 2 else math.sin)(t / 10000 ** ((k - k % 2) / E)) for k in range(E)]
        for t in range(T)
    ]
    return X + torch.tensor(P, dtype=X.dtype)


def rotary_positions(X: torch.Tensor, base: float) -> torch.Tensor:
    """Each pair as a complex number, times e^(i t θ)."""
    T, D = X.shape[-2:]
    angles = torch.arange(T, dtype=torch.float64)[:, None] * base ** (
        -torch.arange(0, D, 2, dtype=torch.float64) / D
    )
    pairs = torch.view_as_complex(X.unflatten(-1, (D // 2, 2)))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles).to(pairs.dtype)).flatten(
        -2
    )


def swiglu(X: torch.Tensor, W: torch.Tensor, V: torch.Tensor, W2: torch.Tensor) -> torch.Tensor:
    return F.linear(F.silu(F.linear(X, W)) * F.linear(X, V), W2)


def transformer_block(
    X: torch.Tensor,
    *,
    num_heads: int,
    causal: bool,
    norm_first: bool,
    activation: str,
    eps: float,
    **given: Any,
) -> torch.Tensor:
    """torch.nn.TransformerEncoderLayer with these parameters; with a SwiGLU in its mlp's place, if there is one."""
    T, E = X.shape[-2:]
    gated = activation == "swiglu"
    kind = torch.nn.GELU("tanh") if activation == "gelu_tanh" else torch.nn.GELU()
    options = {
        "batch_first": True,
        "norm_first": norm_first,
        "bias": "norm1.bias" in given,
        "layer_norm_eps": eps,
    }
    hidden = 1 if gated else len(given["linear1.weight"])
    module = torch.nn.TransformerEncoderLayer(E, num_heads, hidden, 0.0, kind, **options).to(X.dtype)
    if gated:
        mlp = {name: given.pop(f"mlp.{name}") for name in ("W", "V", "W2")}
        module._ff_block = lambda A: swiglu(A, **mlp)
    later = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    return torch.func.functional_call(module, given, (X,), {"src_mask": later})


def rnn(X: torch.Tensor, *, nonlinearity: str, **given: Any) -> torch.Tensor:
    return recurrent(partial(torch.nn.RNN, nonlinearity=nonlinearity), X, **given)


def lstm(X: torch.Tensor, **given: Any) -> torch.Tensor:
    return recurrent(torch.nn.LSTM, X, **given)


def gru(X: torch.Tensor, **given: Any) -> torch.Tensor:
    return recurrent(torch.nn.GRU, X, **given)


def recurrent(
    module: Callable[..., torch.nn.Module], X: torch.Tensor, *, num_layers: int, bias: bool, **parameters: Any
) -> torch.Tensor:
    """Y of a recurrent module with these parameters, from first states of 0."""
    M, N = parameters["weight_ih_l0"].shape[1], parameters["weight_hh_l0"].shape[1]
    made = module(M, N, num_layers, bias=bias, batch_first=True)
    return torch.func.functional_call(made, parameters, (X,))[0]


def residual(layers: tuple) -> Callable[..., torch.Tensor]:
    return lambda X, *parameters: X + chained(layers)(X, *parameters)


def chained(layers: tuple) -> Callable[..., torch.Tensor]:
    """One function after the other; each takes as many of the parameters as its layer has."""

    def f(X: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        left = iter(parameters)
        for layer in layers:
            X = torch_function(layer)(X, *(next(left) for _ in layer.params))
        return X

    return f


def conv1d(X: torch.Tensor, *, padding: tuple, **given: Any) -> torch.Tensor:
    return F.conv1d(padded(X, padding), **given)


def conv2d(X: torch.Tensor, *, padding: tuple, **given: Any) -> torch.Tensor:
    return F.conv2d(padded(X, padding), **given)


def padded(X: torch.Tensor, padding: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """X with zeros on both sides: "same" may ask for one more after X than before it."""
    return F.pad(X, [p for sides in reversed(padding) for p in sides])


def global_avg_pool2d(X: torch.Tensor) -> torch.Tensor:
    return X.mean((-2, -1))


def cross_entropy(X: torch.Tensor, T: torch.Tensor, reduction: str) -> torch.Tensor:
    """−(1/S) Σ T log X, with 0 log 0 = 0 and gradient 0 there."""
    if not T.is_floating_point():
        T = F.one_hot(T, X.shape[1]).to(X.dtype)
    losses = -(T * X.where((T != 0) | (X != 0), torch.ones_like(X)).log()).sum(1)
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def nll(
    X: torch.Tensor, T: torch.Tensor, weight: Sequence[float] | None, ignore_index: int, reduction: str
) -> torch.Tensor:
    """That of PyTorch, and −(1/S) Σ w T X where T weighs the classes."""
    w = None if weight is None else torch.as_tensor(weight, dtype=X.dtype)
    if not T.is_floating_point():
        return F.nll_loss(X, T, w, ignore_index=ignore_index, reduction=reduction)
    losses = -(T * X * (1 if w is None else w)).sum(1)
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def torch_value(function: Callable[..., torch.Tensor], *arrays: np.ndarray) -> np.ndarray:
    """The function's value alone, as a NumPy array."""
    with torch.no_grad():
        return function(*(torch.tensor(A) for A in arrays)).numpy()
