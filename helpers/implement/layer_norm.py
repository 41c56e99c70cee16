"""Layer normalisation and its family: each sample with its own mean and variance."""

import math
from collections.abc import Iterator

import numpy as np

from .batch_norm import column, total
from .layer import Layer, floating


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
            self.params["gamma"] = floating("γ", np.ones(self.shape, dtype))
        if elementwise_affine and bias:
            self.params["beta"] = np.zeros(self.shape, dtype)

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = fitting(X, self.shape, self)
        X, gamma, beta = rows(self.X, self.shape), self.gamma, self.beta
        Y, self.Xhat, self.sigma = np.empty_like(X), np.empty_like(X), np.empty((len(X), 1), X.dtype)
        for s in blocks(X):
            _, self.sigma[s] = standardised(X[s], self.eps, out=self.Xhat[s])
            np.multiply(self.Xhat[s], gamma, out=Y[s])
            Y[s] += beta
        self.Y = Y.reshape(self.X.shape)
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, Xhat, dX = rows(self.upstream(dY), self.shape), self.Xhat, np.empty_like(self.Xhat)
        dbeta, dgamma = np.zeros((2, dY.shape[1]), dY.dtype)
        for s in blocks(dY):
            dbeta += total(dY[s])
            dgamma += total(dY[s] * Xhat[s])
            dXhat = np.multiply(self.gamma, dY[s], out=dX[s])
            standardised_backward(dXhat, Xhat[s], self.sigma[s], out=dX[s])
        sums = {"gamma": dgamma, "beta": dbeta}
        self.grads = {key: sums[key].reshape(self.shape) for key in self.params}
        return dX.reshape(self.X.shape)

    @property
    def gamma(self) -> np.ndarray | float:
        return self.params["gamma"].ravel() if "gamma" in self.params else 1.0

    @property
    def beta(self) -> np.ndarray | float:
        return self.params["beta"].ravel() if "beta" in self.params else 0.0


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
            self.params["gamma"] = floating("γ", np.ones(self.shape, dtype))

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = fitting(X, self.shape, self)
        X = rows(self.X, self.shape)
        eps = float(np.finfo(X.dtype).eps) if self.eps is None else self.eps
        self.r = np.sqrt(row_mean(X, X) + eps)
        self.Xhat = X / self.r
        self.Y = (self.Xhat * self.gamma).reshape(self.X.shape)
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY = rows(self.upstream(dY), self.shape)
        if self.params:
            self.grads["gamma"] = total(dY, self.Xhat).reshape(self.shape)
        dXhat = dY * self.gamma
        dX = (dXhat - self.Xhat * row_mean(dXhat, self.Xhat)) / self.r
        return dX.reshape(self.X.shape)

    gamma = LayerNorm.gamma


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
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ValueError(f"{num_channels} channels cannot be cut into {num_groups} groups of equal size")
        self.num_groups, self.num_channels, self.eps = int(num_groups), int(num_channels), float(eps)
        if affine:
            gamma = floating("γ", np.ones(self.num_channels, dtype))
            self.params = {"gamma": gamma, "beta": np.zeros_like(gamma)}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = X = self.fitting(X)
        Xhat, self.sigma = standardised(self.groups(X), self.eps)
        self.Xhat = Xhat.reshape(X.shape)
        self.Y = self.Xhat * column(self.params.get("gamma", 1.0), X)
        if self.params:
            self.Y += column(self.params["beta"], X)
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY = self.upstream(dY)
        if self.params:
            self.grads = {"beta": total(dY), "gamma": total(dY, self.Xhat)}
        dXhat = dY * column(self.params.get("gamma", 1.0), dY)
        dX = standardised_backward(self.groups(dXhat), self.groups(self.Xhat), self.sigma)
        return dX.reshape(dY.shape)

    def groups(self, A: np.ndarray) -> np.ndarray:
        """A (S, C, ...) as a matrix: a row a group."""
        return A.reshape(len(A) * self.num_groups, math.prod(A.shape[1:]) // self.num_groups)

    def fitting(self, X: np.ndarray) -> np.ndarray:
        X, C = self.typed(X), self.num_channels
        if X.ndim < 2 or X.shape[1] != C:
            raise ValueError(f"X has shape {X.shape}, but γ of shape ({C},) needs X of shape (S, {C}, ...)")
        return X


def standardised(X: np.ndarray, eps: float, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """X̂ = (X − μ) / σ and σ, row by row."""
    near = X[:, :1]  # a sum of large numbers would lose the digits in which they differ
    Xhat = np.subtract(X, near, out=out)
    Xhat -= row_mean(Xhat)
    sigma = np.sqrt(row_mean(Xhat, Xhat) + eps)
    Xhat *= 1 / sigma
    return Xhat, sigma


def standardised_backward(
    dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """dX = (dX̂ − Σₙ dX̂ₙ / N − X̂ Σₙ dX̂ₙ X̂ₙ / N) / σ, row by row."""
    along = row_mean(dXhat, Xhat)
    dX = np.subtract(dXhat, row_mean(dXhat), out=out)
    dX -= Xhat * along
    dX *= 1 / sigma
    return dX


def blocks(X: np.ndarray) -> Iterator[slice]:
    """The rows in blocks of some 100,000 entries: what is computed on the way stays in the processor's cache."""
    size = max(1, 2**17 // X.shape[1])
    for start in range(0, len(X), size):
        yield slice(start, start + size)


def row_mean(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σₙ Aₙ / N or Σₙ Aₙ Bₙ / N of each row, as a column; faster than mean over axis 1."""
    N = A.shape[1]
    sums = A @ np.ones(N, A.dtype) if B is None else np.vecdot(A, B)
    return (sums / N)[:, None]


def rows(A: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A (..., *shape) as a matrix (S, N): a row a sample."""
    return A.reshape(math.prod(A.shape[: A.ndim - len(shape)]), math.prod(shape))


def shape_of(normalized_shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """The shape of γ."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
    if not shape or min(shape) < 1:
        raise ValueError(f"normalized_shape is a number from 1 on, or several, and not {normalized_shape!r}")
    return tuple(map(int, shape))


def fitting(X: np.ndarray, shape: tuple[int, ...], layer: Layer) -> np.ndarray:
    """X itself, if its last axes are those of γ and its dtype that of the parameters."""
    X = layer.typed(X)
    if X.shape[max(X.ndim - len(shape), 0) :] != shape:
        asked = ", ".join(["...", *map(str, shape)])
        raise ValueError(f"X has shape {X.shape}, but γ of shape {shape} needs X of shape ({asked})")
    return X
