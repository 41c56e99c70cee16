"""Dropout."""

import numpy as np

from .layer import Layer


class Dropout(Layer):
    """Y = M ∘ X with M = R / (1 − p), where Rᵢ = 0 with probability p, else 1

    Forward    Y  = M ∘ X            X, Y of any shape; in evaluation Y = X
    Backward   dX = M ∘ dY

    A new R is drawn for each forward, or given: True where an entry is kept; it is broadcast to X. Dividing by 1 − p
    keeps the mean of Y at X, so that evaluation needs no factor.
    Srivastava et al. 2014. Derived in notebooks/12_cnn.ipynb.
    """

    inputs = "X", "R"
    booleans, optional = ("R",), ("R",)
    entrywise = random = True

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p is the probability to drop an entry, between 0 and 1, and not {p}")
        self.p, self.rng = float(p), np.random.default_rng(rng)

    def formula(self, X: np.ndarray, R: np.ndarray | None) -> np.ndarray:
        self.M = self.mask(X, R) if self.training else np.ones((), X.dtype)
        return self.M * X

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return self.M * dY

    def mask(self, X: np.ndarray, R: np.ndarray | None) -> np.ndarray:
        R = self.rng.random(X.shape, X.dtype) >= self.p if R is None else R
        return R.astype(X.dtype) / (1 - self.p) if self.p < 1 else 0 * X

    def check(self, X: np.ndarray, R: np.ndarray | None) -> None:
        if R is None:
            return
        sizes = zip(R.shape[::-1], X.shape[::-1], strict=False)
        if R.ndim > X.ndim or any(r not in (1, x) for r, x in sizes):
            raise ValueError(f"R has shape {R.shape}, but X of shape {X.shape} needs R to broadcast to it")
