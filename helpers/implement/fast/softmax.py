"""The tuned twins of softmax and of the loss with it."""

from types import EllipsisType

import numpy as np

from ..targets import class_weights
from .sums import ones


class Softmax:
    def formula(self, X):
        E = np.exp(X - maximum(X, self.dim))
        return E / E.sum(axis=self.dim, keepdims=True)


class LogSoftmax:
    def formula(self, X):
        X = X - maximum(X, self.dim)
        return X - np.log(np.exp(X).sum(axis=self.dim, keepdims=True))


def maximum(X: np.ndarray, axis: int) -> np.ndarray:
    """max X over an axis, which stays with length 1."""
    if X.strides[axis] == X.itemsize and X.shape[axis] < 64:
        X = np.asfortranarray(X)  # NumPy is 5 times slower along short rows than down short columns
    return X.max(axis=axis, keepdims=True)


class SoftmaxCrossEntropy:
    """P = E / sums is not written out, and of class ids one number a row is picked."""

    def formula(self, X, T):
        self.Q, self.at, self.ignored, self.S = weigh(T, X, self.weight, self.ignore_index, self.smoothing)
        m = maximum(X, axis=1)
        self.E = X - m
        np.exp(self.E, out=self.E)
        self.sums = (self.E @ ones(X.shape[1], X.dtype))[:, None]  # faster than E.sum
        log_P = X[self.at] - m - np.log(self.sums)
        losses = -over_classes(self.Q * log_P)
        losses[self.ignored] = 0
        return losses

    def gradient(self, dL):
        if len(self.ignored):
            dL = np.full_like(self.sums, dL)
            dL[self.ignored] = 0
        dX = dL * over_classes(self.Q) / self.sums * self.E
        dX[self.at] -= dL * self.Q
        return dX


def over_classes(A: np.ndarray) -> np.ndarray:
    """Σₙ Aₙ as a column, where most often A is a column already."""
    return A if A.shape[1] == 1 else A.sum(axis=1, keepdims=True)


def weigh(
    T: np.ndarray, X: np.ndarray, weight: np.ndarray | None, ignore_index: int, smoothing: float
) -> tuple[np.ndarray, tuple | EllipsisType, np.ndarray, float]:
    """Q, at, ignored and S of T (S, N), or of class ids (S,).

    Qₛₙ = wₙ ((1 − ε) Tₛₙ + ε/N) is what class n weighs in sample s. Class ids without smoothing leave one
    number in each row: Q is that column. Its place is X[at]. The samples X[ignored] count nowhere;
    the mean divides by S.
    """
    S, N = X.shape
    w = class_weights(weight, X)
    if T.ndim == 2:
        Q = T if weight is None and smoothing == 0 else w * ((1 - smoothing) * T + smoothing / N)
        return Q, ..., np.arange(0), S
    (ignored,) = (ignore_index == T).nonzero()
    if len(ignored):
        T = T.copy()
        T[ignored] = 0
    at = np.arange(S)[:, None], T[:, None]
    q = w[at[1]]
    q[ignored] = 0
    if smoothing == 0:
        return q, at, ignored, q.sum()
    Q = np.tile(w * (smoothing / N), (S, 1))
    Q[ignored] = 0
    Q[at] += (1 - smoothing) * q
    return Q, ..., ignored, q.sum()
