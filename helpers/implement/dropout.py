"""Dropout."""

import numpy as np

from .layer import Layer


class Dropout(Layer):
    """Y = M ∘ X with Mᵢ = 0 with probability p, else 1/(1 − p)

    Forward    Y  = M ∘ X            X, Y of any shape; in evaluation Y = X
    Backward   dX = M ∘ dY

    A new M for each forward. Dividing by 1 − p keeps the mean of Y at X, so that evaluation needs no factor.
    Srivastava et al. 2014. Derived in notebooks/12_cnn.ipynb.
    """

    entrywise = random = True

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p is the probability to drop an entry, between 0 and 1, and not {p}")
        self.p, self.rng = float(p), np.random.default_rng(rng)

    def formula(self, X: np.ndarray) -> np.ndarray:
        self.M = self.mask(X) if self.training else np.ones((), X.dtype)
        return self.M * X

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return self.M * dY

    def mask(self, X: np.ndarray) -> np.ndarray:
        kept = (self.rng.random(X.shape, X.dtype) >= self.p).astype(X.dtype)
        return kept / (1 - self.p) if self.p < 1 else kept
