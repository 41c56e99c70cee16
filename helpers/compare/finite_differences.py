"""Two gradients to hold a backward pass against: by central differences, and by PyTorch."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch

from helpers.absent import INSTALLED, NO_ARRAY
from helpers.compare.agreement_table import Agreement, agreement


def central_difference(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-5, dtype=float
) -> np.ndarray:
    """(f(x + h eₖ) − f(x − h eₖ)) / 2h for every entry k of x

    x is not changed. The error is of order h² from the curvature of f and ε/h from rounding; in float64 it is
    least near h = 1e-5. At a kink (relu at 0) it is the mean of the two slopes, whatever convention the layer
    has, so inputs should stay further than h from every kink. `dtype=np.float32` shows what that costs.
    """
    x = np.array(x, dtype)  # a copy of our own: the caller's is not touched
    h = x.dtype.type(h)
    if not h > 0:
        raise ValueError(f"h = {h}: the step must be positive")
    gradient = np.empty_like(x)
    for k in np.ndindex(x.shape):
        here = x[k].copy()
        x[k] = here + h
        ahead = scalar(f(x.copy()))
        x[k] = here - h
        behind = scalar(f(x.copy()))
        x[k] = here
        gradient[k] = (ahead - behind) / (2 * h)
    return gradient


def scalar(L: Any) -> Any:
    if np.shape(L) != ():
        raise ValueError(f"f must return one number, and returned shape {np.shape(L)}")
    return L


def gradient_check(
    layer: Any,
    X: np.ndarray,
    T: np.ndarray | None = None,
    h: float = 1e-5,
    tolerance: float = 1e-6,
    rng: np.random.Generator | int | None = 0,
) -> Agreement:
    """dX and every gradient in `layer.grads` against central differences of L.

    Of a layer (`forward(X)`, `backward(dY)`) L = Σ dY ∘ Y with a random dY: with ones, softmax and the
    normalisations would have gradient 0 and any mistake would pass. Of a loss (`forward(X, T)`, `backward()`)
    L is the loss. Everything must be float64. Parameters are moved one entry at a time and put back.
    """
    X = np.array(X)
    params = getattr(layer, "params", {})
    for name, a in {"X": X, **params}.items():
        if a.dtype != np.float64:
            raise ValueError(f"{name} has dtype {a.dtype}; central differences need float64")

    Y = layer.forward(X.copy()) if T is None else layer.forward(X.copy(), T)
    if T is None:
        dY = np.random.default_rng(rng).standard_normal(np.shape(Y))
        dX = layer.backward(dY.copy())
    else:
        dX = layer.backward()
    backward = {"dX": np.array(dX)}
    for key in params:
        if key not in layer.grads:
            raise ValueError(f"grads has no {key}, and params has one: backward did not fill it")
        backward[gradient_name(key)] = np.array(layer.grads[key])

    def L(X: np.ndarray) -> float:
        return (dY * layer.forward(X)).sum() if T is None else layer.forward(X, T)

    numeric = {"dX": central_difference(L, X, h)}
    for key, W in params.items():
        numeric[gradient_name(key)] = central_difference(with_value(W, lambda: L(X.copy())), W, h)
    rows = {k: {"difference": numeric[k], "backward": backward[k]} for k in backward}
    return agreement(rows, difference_tolerance=tolerance)


def gradient_name(key: str) -> str:
    """W → dW, and in a network 0.W → 0.dW"""
    *layers, letter = key.split(".")
    return ".".join([*layers, f"d{letter}"])


def with_value(W: np.ndarray, L: Callable[[], float]) -> Callable[[np.ndarray], float]:
    """L as a function of the live array W, which is as before after each call."""

    def f(value: np.ndarray) -> float:
        before = W.copy()
        W[...] = value
        try:
            return L()
        finally:
            W[...] = before

    return f


def step_sweep(
    f: Callable[[np.ndarray], float], x: np.ndarray, hs: Iterable[float], gradient: np.ndarray, dtype=float
) -> np.ndarray:
    """The worst error of the central difference for each step h, against the known gradient of f at x."""
    return np.array([np.abs(central_difference(f, x, h, dtype) - gradient).max() for h in hs], float)


def torch_gradients(
    function: Callable[..., torch.Tensor],
    inputs: Mapping[str, np.ndarray | None],
    upstream: np.ndarray | tuple[np.ndarray | None, ...] | None = None,
) -> tuple[np.ndarray | tuple[np.ndarray, ...], dict[str, np.ndarray]]:
    """Y = function(*inputs) by PyTorch, and {"dX": ..., "dW": ...} by its autograd, all as NumPy arrays.

        Y, grads = torch_gradients(F.linear, {"X": X, "W": W, "b": b}, dY)

    The tensors are handed over in the order of `inputs`, copies of the same dtype, None as it is; arrays of integers
    get no gradient. `upstream` is dY, of the shape of Y; a function that returns one number needs none, and one that
    returns several takes as many, None where the gradient is 0. Where PyTorch is not installed, all of them are
    NO_ARRAY, which agreement shows as such.
    """
    if not INSTALLED:
        return NO_ARRAY, {gradient_name(k): NO_ARRAY for k in inputs}
    tensors = {k: None if a is None else torch.tensor(np.asarray(a)) for k, a in inputs.items()}
    floats = {k: t for k, t in tensors.items() if t is not None and t.is_floating_point()}
    wanted = {k: t.requires_grad_() for k, t in floats.items()}
    Y = function(*tensors.values())
    if isinstance(Y, tuple):
        pairs = [(A, dA) for A, dA in zip(Y, upstream, strict=True) if dA is not None and A.requires_grad]
    else:
        pairs = [(Y, upstream)]
    grads = torch.autograd.grad(
        [A for A, _ in pairs],
        list(wanted.values()),
        [checked_upstream(A, dA) for A, dA in pairs],
        allow_unused=True,
        materialize_grads=True,
    )
    values = tuple(A.detach().numpy() for A in Y) if isinstance(Y, tuple) else Y.detach().numpy()
    return values, {gradient_name(k): g.numpy() for k, g in zip(wanted, grads, strict=True)}


def checked_upstream(Y: torch.Tensor, dY: np.ndarray | None) -> torch.Tensor | None:
    """dY as a tensor, if it has the shape of Y; None for the gradient of one number."""
    if dY is None and Y.ndim:
        raise ValueError(f"Y has shape {tuple(Y.shape)}: an upstream gradient dY of that shape is needed")
    if dY is not None and np.shape(dY) != tuple(Y.shape):
        raise ValueError(f"dY has shape {np.shape(dY)}, but Y has shape {tuple(Y.shape)}")
    return None if dY is None else torch.tensor(np.asarray(dY), dtype=Y.dtype)
