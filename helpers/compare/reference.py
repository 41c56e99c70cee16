"""The function of PyTorch that a layer or loss of this project must equal."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

TWINS: dict[str, Callable[[Any], Callable[..., torch.Tensor]]] = {
    "Linear": lambda layer: F.linear,
    "ReLU": lambda layer: F.relu,
    "LeakyReLU": lambda layer: lambda X: F.leaky_relu(X, layer.a),
    "ELU": lambda layer: lambda X: F.elu(X, layer.alpha),
    "Sigmoid": lambda layer: torch.sigmoid,
    "Tanh": lambda layer: torch.tanh,
    "Softplus": lambda layer: lambda X: F.softplus(X, layer.beta, layer.threshold),
    "SiLU": lambda layer: F.silu,
    "GELU": lambda layer: lambda X: F.gelu(X, approximate=layer.approximate),
    "Softmax": lambda layer: lambda X: F.softmax(X, layer.dim),
    "LogSoftmax": lambda layer: lambda X: F.log_softmax(X, layer.dim),
    "Sequential": lambda network: chained(network.layers),
    "CrossEntropy": lambda loss: lambda X, T: cross_entropy(X, T, loss.reduction),
    "SoftmaxCrossEntropy": lambda loss: (
        lambda X, T: F.cross_entropy(X, T, reduction=loss.reduction, label_smoothing=loss.smoothing)
    ),
    "MSE": lambda loss: lambda X, T: F.mse_loss(X, T, reduction=loss.reduction),
}


def torch_function(layer: Any) -> Callable[..., torch.Tensor] | None:
    """Y = f(X, *parameters), or L = f(X, T), in PyTorch, with the options of this layer or loss.

    A torch.nn.Module is its own reference. None where PyTorch has none that is known here.
    """
    if isinstance(layer, torch.nn.Module):
        names = [name for name, _ in layer.named_parameters()]
        return lambda *given: torch.func.functional_call(
            layer,
            dict(zip(names, given[len(given) - len(names) :], strict=True)),
            given[: len(given) - len(names)],
        )
    twin = TWINS.get(type(layer).__name__) if type(layer).__module__.startswith("helpers.implement") else None
    return twin and twin(layer)


def layer_named(name: str) -> type:
    """A layer or loss of this project by its name, however it is spelled: softmax, "Leaky ReLU", cross-entropy."""
    from helpers import implement

    known = {name.lower(): name for name in TWINS if name != "Sequential"}
    spelled = re.sub(r"[\W_]+", "", name).lower()
    if spelled not in known:
        raise ValueError(f"no layer is named {name!r}: there are {', '.join(known.values())}")
    return getattr(implement, known[spelled])


def chained(layers: tuple) -> Callable[..., torch.Tensor]:
    """One function after the other; each takes as many of the parameters as its layer has."""

    def f(X: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        left = iter(parameters)
        for layer in layers:
            X = torch_function(layer)(X, *(next(left) for _ in layer.params))
        return X

    return f


def cross_entropy(X: torch.Tensor, T: torch.Tensor, reduction: str) -> torch.Tensor:
    """−(1/S) Σ T log X, with 0 log 0 = 0 and gradient 0 there."""
    if not T.is_floating_point():
        T = F.one_hot(T, X.shape[1]).to(X.dtype)
    losses = -(T * X.where((T != 0) | (X != 0), torch.ones_like(X)).log()).sum(1)
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def torch_value(function: Callable[..., torch.Tensor], *arrays: np.ndarray) -> np.ndarray:
    """The function's value alone, as a NumPy array."""
    with torch.no_grad():
        return function(*(torch.tensor(A) for A in arrays)).numpy()
