"""Layer normalisation and its family: each sample with its own mean and variance."""

import math

import numpy as np

from .batch_norm import centred
from .checks import checked_floating
from .layer import Layer
from .targets import from_rows
from .targets import rows as by_channel


class LayerNorm(Layer):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, each sample s by itself

    Forward    μ  = Σₙ Xₙ / N                        X, Y (..., N), or (..., N₁, N₂) for a normalized_shape (N₁, N₂):
               v  = Σₙ (Xₙ − μ)² / N                 then n runs over both
               σ  = √(v + ε)                         μ, v, σ one number a sample; γ, β of shape (N,) or (N₁, N₂)
               X̂  = (X − μ) / σ
               Y  = γ X̂ + β
    Backward   dβ = Σₛ dYₛ
               dγ = Σₛ dYₛ X̂ₛ
               dX̂ = γ dY
               dX = (dX̂ − Σₙ dX̂ₙ / N − X̂ Σₙ dX̂ₙ X̂ₙ / N) / σ

    Ba, Kiros and Hinton 2016. Derived in notebooks/10_layer_norm.ipynb.
    """

    normalises = "sample"

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        self.shape, self.eps = shape_of(normalized_shape), float(eps)
        if elementwise_affine:
            self.params["gamma"] = checked_floating("γ", np.ones(self.shape, dtype))
        if elementwise_affine and bias:
            self.params["beta"] = np.zeros(self.shape, dtype)

    def formula(self, X: np.ndarray) -> np.ndarray:
        D = centred(rows(X, self.shape), axis=1)
        v = (D * D).mean(axis=1, keepdims=True)
        self.sigma = np.sqrt(v + self.eps)
        self.Xhat = D / self.sigma
        return (self.gamma * self.Xhat + self.beta).reshape(X.shape)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        dY, Xhat = rows(dY, self.shape), self.Xhat
        self.grads["beta"] = dY.sum(axis=0).reshape(self.shape)
        self.grads["gamma"] = (dY * Xhat).sum(axis=0).reshape(self.shape)
        dXhat = self.gamma * dY
        mean, along = dXhat.mean(axis=1, keepdims=True), (dXhat * Xhat).mean(axis=1, keepdims=True)
        return ((dXhat - mean - Xhat * along) / self.sigma).reshape(self.X.shape)

    @property
    def gamma(self) -> np.ndarray | float:
        return self.params["gamma"].ravel() if "gamma" in self.params else 1.0

    @property
    def beta(self) -> np.ndarray | float:
        return self.params["beta"].ravel() if "beta" in self.params else 0.0

    def check(self, X: np.ndarray) -> None:
        shape = self.shape
        if X.shape[max(X.ndim - len(shape), 0) :] != shape:
            asked = ", ".join(["...", *map(str, shape)])
            raise ValueError(f"X has shape {X.shape}, but γ of shape {shape} needs X of shape ({asked})")


class RMSNorm(Layer):
    """Y = γ X̂ with X̂ = X / r, each sample s by itself

    Forward    r  = √(Σₙ Xₙ² / N + ε)                X, Y as in LayerNorm; ε is that of the dtype, if ``eps`` is None
               X̂  = X / r
               Y  = γ X̂
    Backward   dγ = Σₛ dYₛ X̂ₛ
               dX̂ = γ dY
               dX = (dX̂ − X̂ Σₙ dX̂ₙ X̂ₙ / N) / r

    Zhang and Sennrich 2019. Derived in notebooks/10_layer_norm.ipynb.
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        self.shape, self.eps = shape_of(normalized_shape), eps
        if elementwise_affine:
            self.params["gamma"] = checked_floating("γ", np.ones(self.shape, dtype))

    def formula(self, X: np.ndarray) -> np.ndarray:
        X = rows(X, self.shape)
        eps = float(np.finfo(X.dtype).eps) if self.eps is None else self.eps
        self.r = np.sqrt((X * X).mean(axis=1, keepdims=True) + eps)
        self.Xhat = X / self.r
        return (self.gamma * self.Xhat).reshape(self.X.shape)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        dY, Xhat = rows(dY, self.shape), self.Xhat
        self.grads["gamma"] = (dY * Xhat).sum(axis=0).reshape(self.shape)
        dXhat = self.gamma * dY
        along = (dXhat * Xhat).mean(axis=1, keepdims=True)
        return ((dXhat - Xhat * along) / self.r).reshape(self.X.shape)

    gamma, check = LayerNorm.gamma, LayerNorm.check


class GroupNorm(Layer):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, each group of channels of each sample by itself

    Forward    X (S, C, ...) as rows (S G, N)        G = num_groups; N = C/G times the number of places
               X̂  = (X − μ) / σ                      row by row, as in LayerNorm
               Y  = γ X̂ + β                          channel by channel: γ, β (C,)
    Backward   dβ = Σ dY, dγ = Σ dY X̂               over samples and places
               dX̂ = γ dY
               dX = (dX̂ − Σₙ dX̂ₙ / N − X̂ Σₙ dX̂ₙ X̂ₙ / N) / σ

    One group is layer norm over (C, ...), C groups are instance norm. Wu and He 2018.
    Derived in notebooks/10_layer_norm.ipynb.
    """

    normalises = "group"

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ValueError(f"{num_channels} channels cannot be cut into {num_groups} groups of equal size")
        self.num_groups, self.num_channels, self.eps = int(num_groups), int(num_channels), float(eps)
        if affine:
            self.params["gamma"] = checked_floating("γ", np.ones(self.num_channels, dtype))
        if affine and bias:
            self.params["beta"] = np.zeros(self.num_channels, dtype)

    def formula(self, X: np.ndarray) -> np.ndarray:
        D = centred(self.groups(X), axis=1)
        v = (D * D).mean(axis=1, keepdims=True)
        self.sigma = np.sqrt(v + self.eps)
        self.Xhat = (D / self.sigma).reshape(X.shape)
        gamma, beta = self.params.get("gamma", 1.0), self.params.get("beta", 0.0)
        return from_rows(gamma * by_channel(self.Xhat) + beta, X.shape)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        self.grads["beta"] = by_channel(dY).sum(axis=0)
        self.grads["gamma"] = by_channel(dY * self.Xhat).sum(axis=0)
        dXhat = from_rows(self.params.get("gamma", 1.0) * by_channel(dY), dY.shape)
        dXhat, Xhat = self.groups(dXhat), self.groups(self.Xhat)
        mean, along = dXhat.mean(axis=1, keepdims=True), (dXhat * Xhat).mean(axis=1, keepdims=True)
        return ((dXhat - mean - Xhat * along) / self.sigma).reshape(dY.shape)

    def groups(self, A: np.ndarray) -> np.ndarray:
        """A (S, C, ...) as a matrix: a row a group."""
        return A.reshape(len(A) * self.num_groups, math.prod(A.shape[1:]) // self.num_groups)

    def check(self, X: np.ndarray) -> None:
        C = self.num_channels
        if X.ndim < 2 or X.shape[1] != C:
            raise ValueError(f"X has shape {X.shape}, but γ of shape ({C},) needs X of shape (S, {C}, ...)")


def rows(A: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A (..., *shape) as a matrix (S, N): a row a sample."""
    return A.reshape(math.prod(A.shape[: A.ndim - len(shape)]), math.prod(shape))


def shape_of(normalized_shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """The shape of γ."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
    if not shape or min(shape) < 1:
        raise ValueError(f"normalized_shape is a number from 1 on, or several, and not {normalized_shape!r}")
    return tuple(map(int, shape))
