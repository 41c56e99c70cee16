"""The linear layer."""

import math

import numpy as np

from .checks import checked_floating
from .layer import Layer


class Linear(Layer):
    """Y = X Wᵀ + b

    Forward    Y  = X Wᵀ + b      X (..., M)   W (N, M)   b (N,)   Y (..., N)
    Backward   dX = dY W
               dW = dYᵀ X         summed over all samples s, on whatever axes
               db = Σₛ dYₛ

    W and b start uniform in ±1/√M as in torch.nn.Linear. With ``std``, W ~ N(0, std²)
    and b = 0; "kaiming" is std = √(2/M), which keeps the size of the signal through a
    ReLU (He et al. 2015).

    Derived in notebooks/03_linear.ipynb.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        std: float | str | None = None,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        W, b = draw(in_features, out_features, std, np.random.default_rng(rng))
        self.params = {"W": checked_floating("W", W.astype(dtype))}
        if bias:
            self.params["b"] = b.astype(dtype)

    def formula(self, X: np.ndarray) -> np.ndarray:
        W, b = self.params["W"], self.params.get("b", 0.0)
        return X @ W.T + b

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        dX = dY @ self.params["W"]
        self.grads["W"] = rows(dY).T @ rows(self.X)
        self.grads["b"] = rows(dY).sum(axis=0)
        return dX

    def check(self, X: np.ndarray) -> None:
        W = self.params["W"]
        M = W.shape[1]
        if X.ndim == 0 or X.shape[-1] != M:
            raise ValueError(f"X has shape {X.shape}, but W of shape {W.shape} needs X of shape (..., {M})")


def rows(A: np.ndarray) -> np.ndarray:
    """A (..., M) as a matrix (S, M): a row a sample."""
    return A.reshape(-1, A.shape[-1])


def product(A: np.ndarray, W: np.ndarray) -> np.ndarray:
    """A W for A (..., M), all its rows in one product."""
    return (rows(A) @ W).reshape(*A.shape[:-1], W.shape[1])


def draw(M: int, N: int, std: float | str | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """W (N, M) and b (N,) to start from."""
    if M < 1 or N < 1:
        raise ValueError(f"W cannot have shape ({N}, {M}): in_features and out_features start at 1")
    if std is None:  # what torch.nn.Linear draws: Kaiming uniform with a = √5, written out
        bound = 1 / math.sqrt(M)
        return rng.uniform(-bound, bound, (N, M)), rng.uniform(-bound, bound, N)
    if std == "kaiming":
        std = math.sqrt(2 / M)
    return rng.normal(0, std, (N, M)), np.zeros(N)
