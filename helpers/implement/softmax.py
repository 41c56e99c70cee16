"""Softmax and its logarithm. Neither ever holds a Jacobian."""

import numpy as np

from .layer import Layer, floating


class Softmax(Layer):
    """Yₛₙ = exp(Xₛₙ) / Σₖ exp(Xₛₖ)

    Forward    Y  = exp(X) / Σₖ exp(Xₖ)      X, Y (..., N), classes on axis dim
    Backward   dX = Y ∘ (dY − Σₖ dYₖ Yₖ)     dY less its mean, weighted by Y

    Derived in notebooks/05_softmax.ipynb.
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = floating("X", X)
        Z = np.exp(shifted(self.X, self.dim))
        self.Y = Z / Z.sum(axis=self.dim, keepdims=True)
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, Y = self.upstream(dY), self.Y
        return Y * (dY - np.sum(dY * Y, axis=self.dim, keepdims=True))


class LogSoftmax(Layer):
    """Yₛₙ = Xₛₙ − log Σₖ exp(Xₛₖ)

    Forward    Y  = X − log Σₖ exp(Xₖ)      X, Y (..., N), classes on axis dim
    Backward   dX = dY − exp(Y) Σₖ dYₖ

    Derived in notebooks/05_softmax.ipynb.
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = floating("X", X)
        Z = shifted(self.X, self.dim)
        self.Y = Z - np.log(np.exp(Z).sum(axis=self.dim, keepdims=True))
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, Y = self.upstream(dY), self.Y
        return dY - np.exp(Y) * dY.sum(axis=self.dim, keepdims=True)


def shifted(X: np.ndarray, axis: int) -> np.ndarray:
    """X − max X, sample by sample: softmax does not see the shift, and exp of it cannot overflow."""
    return X - maximum(X, axis)


def maximum(X: np.ndarray, axis: int) -> np.ndarray:
    """max X over an axis, which stays with length 1."""
    if X.strides[axis] == X.itemsize and X.shape[axis] < 64:
        X = np.asfortranarray(X)  # NumPy is 5 times slower along short rows than down short columns
    return X.max(axis=axis, keepdims=True)
