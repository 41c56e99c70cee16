"""The function of PyTorch that a layer or loss of this project must equal."""

import re
from collections.abc import Callable
from difflib import get_close_matches
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
    "Conv1d": lambda layer: convolution(layer, F.conv1d),
    "Conv2d": lambda layer: convolution(layer, F.conv2d),
    "MaxPool2d": lambda layer: (
        lambda X: F.max_pool2d(
            X, layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode
        )
    ),
    "AvgPool2d": lambda layer: (
        lambda X: F.avg_pool2d(
            X,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.ceil_mode,
            layer.count_include_pad,
            layer.divisor_override,
        )
    ),
    "GlobalAvgPool2d": lambda layer: lambda X: X.mean((-2, -1)),
    "BatchNorm1d": lambda layer: batch_norm(layer),
    "BatchNorm2d": lambda layer: batch_norm(layer),
    "LayerNorm": lambda layer: lambda X, *params: F.layer_norm(X, layer.shape, *params, eps=layer.eps),
    "RMSNorm": lambda layer: lambda X, *params: F.rms_norm(X, layer.shape, *params, eps=layer.eps),
    "GroupNorm": lambda layer: lambda X, *params: F.group_norm(X, layer.num_groups, *params, eps=layer.eps),
    "Flatten": lambda layer: lambda X: X.flatten(layer.start_dim, layer.end_dim),
    "Residual": lambda network: residual(network.layers),
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
        return module_function(layer)
    twin = TWINS.get(type(layer).__name__) if type(layer).__module__.startswith("helpers.implement") else None
    return twin and twin(layer)


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
        return torch.func.functional_call(module, dict(zip(names, parameters, strict=True)) | buffers, inputs)

    return f


def layer_named(name: str) -> type:
    """A layer or loss of this project by its name, however it is spelled: softmax, "Leaky ReLU", cross-entropy."""
    from helpers import implement

    known = {name.lower(): name for name in TWINS if name not in ("Sequential", "Residual")}
    spelled = re.sub(r"[\W_]+", "", name).lower()
    if spelled not in known:
        near = [known[k] for k in get_close_matches(spelled, known, cutoff=0.65)]
        meant = f"{' or '.join(sorted(near))}?" if near else f"there are {', '.join(known.values())}"
        raise ValueError(f"no layer is named {name!r}: {meant}")
    return getattr(implement, known[spelled])


def batch_norm(layer: Any) -> Callable[..., torch.Tensor]:
    """With the statistics of the batch, or in evaluation the running ones of the layer, as they are now."""

    def f(X: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        by_batch = layer.training or not layer.buffers
        names = () if by_batch else ("running_mean", "running_var")
        statistics = [torch.tensor(layer.buffers[name]).to(X.dtype) for name in names] or [None, None]
        return F.batch_norm(X, *statistics, *parameters, training=by_batch, eps=layer.eps)

    return f


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


def convolution(layer: Any, function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """F.conv1d or F.conv2d of a padded X: "same" may ask for one zero more after X than before it."""
    around = [p for sides in reversed(layer.padding) for p in sides]

    def f(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        return function(F.pad(X, around), W, b, layer.stride, 0, layer.dilation, layer.groups)

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
