"""The function of PyTorch that a layer or loss of this project must equal."""

import inspect
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from helpers.compare.sequences import all_of, with_states
from helpers.compare.torch_named import module_named, near
from helpers.families import Family, layers, letters_of
from helpers.implement import Layer, Loss, Residual, Sequential

OURS = {family.layer: family for family in layers()}


def family_of(layer: Any) -> Family | None:
    """The row of a layer or loss of this project, or of its class."""
    kind = layer if inspect.isclass(layer) else type(layer)
    return OURS.get(f"{kind.__module__}.{kind.__qualname__}")


def ancestor(layer: Any) -> Family | None:
    """The row of the layer, else of the nearest class that its own is made from; None where there is none."""
    return next(filter(None, map(family_of, type(layer).__mro__)), None)


def torch_function(layer: Any, whole: bool = False) -> Callable[..., Any] | None:
    """Y = f(X, *parameters), or L = f(X, T), in PyTorch, with the options of this layer or loss.

    A layer of several inputs takes all of them in their order, None for one that is left out. With ``whole`` the last
    states of a recurrent layer come with Y, as one tuple. A torch.nn.Module is its own reference. None where PyTorch
    has none that is known here, as for attention with rotary positions.
    """
    if isinstance(layer, torch.nn.Module):
        return module_function(layer, whole)
    if type(layer) in (Sequential, Residual):
        known = all(torch_function(part) for part in layer.layers)
        return (residual if type(layer) is Residual else chained)(layer.layers) if known else None
    family = family_of(layer)
    turned = any(getattr(part, "rotary", None) for part in getattr(layer, "layers_within", list)())
    return twin(family, layer, whole) if family and family.twin and not turned else None


def twin(family: Family, layer: Any, whole: bool = False) -> Callable[..., Any]:
    """The function of a row, with the options that the layer has when it is called."""
    names = [family.parameters[key][0] for key in getattr(layer, "params", ())]

    def f(*given: torch.Tensor) -> torch.Tensor:
        inputs, parameters = given[: len(given) - len(names)], given[len(given) - len(names) :]
        options = {option: getattr(layer, attribute) for option, attribute in family.options.items()}
        Y = family.load("twin")(*inputs, **dict(zip(names, parameters, strict=True)), **options)
        return Y if whole or not isinstance(Y, tuple) else Y[0]

    return f


def module_function(module: torch.nn.Module, whole: bool = False) -> Callable[..., Any]:
    """Y = f(X, *parameters), which leaves the running statistics of the module as they are."""
    names = [name for name, _ in module.named_parameters()]

    def f(*given: torch.Tensor) -> torch.Tensor:
        inputs, parameters = given[: len(given) - len(names)], given[len(given) - len(names) :]
        dtype = inputs[0].dtype
        buffers = {
            name: A.to(dtype if A.is_floating_point() else A.dtype, copy=True)
            for name, A in module.named_buffers()
        }
        recurrent = isinstance(module, torch.nn.RNNBase)
        inputs = with_states(*inputs) if recurrent else inputs
        Y = torch.func.functional_call(module, dict(zip(names, parameters, strict=True)) | buffers, inputs)
        if not isinstance(Y, tuple):
            return Y
        return all_of(*Y) if whole and recurrent else Y[0]

    return f


def layer_named(name: str) -> type:
    """A layer or loss by its name, however it is spelled: softmax, "Leaky ReLU", cross-entropy, batch norm.

    One of this project by its own name, by that of its twin in torch.nn or by what headings call it; else a class of
    torch.nn. Raises ValueError for a name that is none of these, or that several have.
    """
    spelled, rows = letters_of(name), [*layers()]
    for known in ({letters_of(f.name): f for f in rows}, {last(f.module): f for f in rows}, SHORT):
        if family := known.get(spelled):
            return layer_named(family) if isinstance(family, str) else family.load("layer")
    meant = [family for family in rows if family.said_in(name, whole=True)]
    if len(meant) == 1:
        return meant[0].load("layer")
    if module := module_named(name):
        return module
    if meant:
        raise ValueError(f"{name!r} may be {', '.join(family.name for family in meant)}: which of these?")
    ours = {letters_of(family.name): family.name for family in rows}
    alike = sorted([ours[k] for k in get_close_matches(spelled, ours, cutoff=0.65)] or near(name))
    there = f"there are {', '.join(ours.values())}, and all of torch.nn"
    raise ValueError(f"no layer is named {name!r}: {' or '.join(alike) + '?' if alike else there}")


def last(dotted: str) -> str:
    return letters_of(dotted.rpartition(".")[2])


SHORT = {  # what people say where several are meant, and mean one
    "conv": "Conv2d",
    "convolution": "Conv2d",
    "maxpool": "MaxPool2d",
    "maxpooling": "MaxPool2d",
    "avgpool": "AvgPool2d",
    "averagepool": "AvgPool2d",
    "avgpooling": "AvgPool2d",
    "averagepooling": "AvgPool2d",
    "meanpool": "AvgPool2d",
    "globalaveragepool": "GlobalAvgPool2d",
    "affine": "Linear",
    "fc": "Linear",
    "nll": "NLLLoss",
    "negativeloglikelihood": "NLLLoss",
    "ce": "CrossEntropy",
    "categoricalcrossentropy": "CrossEntropy",
    "softmaxloss": "SoftmaxCrossEntropy",
    "bcelogits": "BCEWithLogits",
    "sigmoidcrossentropy": "BCEWithLogits",
    "sigmoidbce": "BCEWithLogits",
    "l2loss": "MSE",
    "squarederror": "MSE",
    "attentionhead": "Attention",
    "selfattention": "MultiheadAttention",
    "mha": "MultiheadAttention",
    "batchnorm": "BatchNorm1d",
    "bn": "BatchNorm1d",
    "ln": "LayerNorm",
    "wordembedding": "Embedding",
}


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


def conv3d(X: torch.Tensor, *, padding: tuple, **given: Any) -> torch.Tensor:
    return F.conv3d(padded(X, padding), **given)


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


def torch_value(
    function: Callable[..., Any], *arrays: np.ndarray | None
) -> np.ndarray | tuple[np.ndarray, ...]:
    """The function's value alone, as a NumPy array, or all of several."""
    with torch.no_grad():
        Y = function(*(None if A is None else torch.tensor(A) for A in arrays))
    return tuple(A.numpy() for A in Y) if isinstance(Y, tuple) else Y.numpy()
