"""The target T of a classification: class ids, or a weight for each class (one-hot rows among them).

The classes of X stand on axis 1, or on axis 0 where X is a single sample (N,), as in torch.nn.
"""

import numpy as np


def class_axis(X: np.ndarray) -> int:
    """The axis of X that the classes stand on."""
    if X.ndim == 0:
        raise ValueError("X has shape (), but a class needs an axis: X (N,) or (S, N)")
    return min(1, X.ndim - 1)


def is_ids(T: np.ndarray, X: np.ndarray) -> bool:
    """True where T are class ids (the shape of X less its class axis), False where T weighs the classes."""
    axis = class_axis(X)
    samples = X.shape[:axis] + X.shape[axis + 1 :]
    if T.shape == X.shape:
        return False
    if T.shape != samples:
        raise ValueError(
            f"T has shape {T.shape}, but X of shape {X.shape} needs T {X.shape}, or class ids {samples}"
        )
    if T.size and T.dtype.kind not in "iu":
        raise TypeError(f"T has dtype {T.dtype}, but class ids are integers")
    return True


def known_ids(T: np.ndarray, N: int, ignored: np.ndarray | bool = False) -> np.ndarray:
    """Class ids from 0 to N − 1, with 0 in the place of the ignored."""
    wrong = ((T < 0) | (T >= N)) & ~np.asarray(ignored)
    if wrong.any():
        s = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"T{list(s)} = {T[s]}, but the classes of X are 0 to {N - 1}")
    return np.where(ignored, 0, T).astype(np.intp)


def one_hot(T: np.ndarray, X: np.ndarray) -> np.ndarray:
    """T as an array of the shape and dtype of X: class ids become rows with a single 1."""
    axis = class_axis(X)
    if not is_ids(T, X):
        return T.astype(X.dtype)
    ids = np.expand_dims(known_ids(T, X.shape[axis]), axis)
    rows = np.zeros_like(X)
    np.put_along_axis(rows, ids, 1, axis)
    return rows


class Weights:
    """Q as a whole array, and what fused cross-entropy asks of it."""

    def __init__(self, Q: np.ndarray, axis: int, S: float | None = None, ignored: np.ndarray | bool = False):
        self.Q, self.axis, self.ignored = Q, axis, ignored
        self.sums = Q.sum(axis=axis)
        self.S = self.sums.size if S is None else S

    def dot(self, A: np.ndarray) -> np.ndarray:
        """Σₙ Qₛₙ Aₛₙ."""
        return np.sum(self.Q * A, axis=self.axis)

    def subtract_from(self, A: np.ndarray, u: np.ndarray) -> None:
        """Aₛₙ −= uₛ Qₛₙ."""
        A -= np.expand_dims(u, self.axis) * self.Q


class Ids:
    """The same where each row of Q has one number only, q at the class id: it is looked up, not summed."""

    def __init__(self, ids: np.ndarray, q: np.ndarray, axis: int, ignored: np.ndarray | bool):
        samples = np.indices(ids.shape, sparse=True)
        self.at = (*samples[:axis], ids, *samples[axis:])
        self.axis, self.ignored, self.sums, self.S = axis, ignored, q, q.sum()

    def dot(self, A: np.ndarray) -> np.ndarray:
        return self.sums * A[self.at]

    def subtract_from(self, A: np.ndarray, u: np.ndarray) -> None:
        A[self.at] -= u * self.sums


def weigh(
    T: np.ndarray, X: np.ndarray, weight: np.ndarray | None, ignore_index: int, smoothing: float
) -> Weights | Ids:
    """Qₛₙ = wₙ ((1 − ε) Tₛₙ + ε/N): what class n of sample s weighs in the fused loss."""
    axis = class_axis(X)
    N = X.shape[axis]
    w = np.ones(N, X.dtype) if weight is None else np.asarray(weight, X.dtype)
    if w.shape != (N,):
        raise ValueError(f"weight has shape {w.shape}, but X of shape {X.shape} has N = {N} classes")

    def smoothed(T: np.ndarray) -> np.ndarray:
        Q = T if smoothing == 0 else (1 - smoothing) * T + smoothing / N
        return Q if weight is None else w.reshape(-1, *[1] * (X.ndim - axis - 1)) * Q

    if not is_ids(T, X):
        return Weights(smoothed(one_hot(T, X)), axis)
    ignored = ignore_index == T
    ids = known_ids(T, N, ignored)
    q = np.where(ignored, 0, w[ids])
    if smoothing == 0:
        return Ids(ids, q, axis, ignored)
    return Weights(smoothed(one_hot(ids, X)) * ~np.expand_dims(ignored, axis), axis, q.sum(), ignored)
