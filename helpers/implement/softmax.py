"""Softmax and its logarithm. Neither ever holds a Jacobian."""

import numpy as np

from .layer import Layer


class OverClasses(Layer):
    """What softmax and its logarithm share: the axis of the classes."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def check(self, X: np.ndarray) -> None:
        if not -X.ndim <= self.dim < X.ndim:
            raise ValueError(f"X has shape {X.shape}: there is no axis {self.dim} of classes")
        if X.shape[self.dim] == 0:
            raise ValueError(f"X has shape {X.shape}: there are no classes on axis {self.dim}")


class Softmax(OverClasses):
    """Yₛₙ = exp(Xₛₙ) / Σₖ exp(Xₛₖ)

    Forward    Y  = exp(X) / Σₖ exp(Xₖ)      X, Y (..., N), classes on axis dim
    Backward   dX = Y ∘ (dY − Σₖ dYₖ Yₖ)     dY less its mean, weighted by Y

    Derived in notebooks/05_softmax.ipynb.
    """

    def formula(self, X: np.ndarray) -> np.ndarray:
        E = np.exp(shifted(X, self.dim))
        return E / E.sum(axis=self.dim, keepdims=True)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        Y = self.Y
        return Y * (dY - np.sum(dY * Y, axis=self.dim, keepdims=True))


class LogSoftmax(OverClasses):
    """Yₛₙ = Xₛₙ − log Σₖ exp(Xₛₖ)

    Forward    Y  = X − log Σₖ exp(Xₖ)      X, Y (..., N), classes on axis dim
    Backward   dX = dY − exp(Y) Σₖ dYₖ

    Derived in notebooks/05_softmax.ipynb.
    """

    def formula(self, X: np.ndarray) -> np.ndarray:
        X = shifted(X, self.dim)
        return X - np.log(np.exp(X).sum(axis=self.dim, keepdims=True))

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return dY - np.exp(self.Y) * dY.sum(axis=self.dim, keepdims=True)


def shifted(X: np.ndarray, axis: int) -> np.ndarray:
    """X − max X, sample by sample: softmax does not see the shift, and exp of it cannot overflow."""
    return X - X.max(axis=axis, keepdims=True)
