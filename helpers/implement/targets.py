"""The target T of a classification: class ids, or a weight for each class (one-hot rows among them).

The classes of X stand on axis 1, or on axis 0 where X is a single sample (N,), as in torch.nn.
"""

import numpy as np


def class_axis(X: np.ndarray) -> int:
    """The axis of X that the classes stand on."""
    if X.ndim == 0:
        raise ValueError("X has shape (), but a class needs an axis: X (N,) or (S, N)")
    return min(1, X.ndim - 1)


def samples(X: np.ndarray) -> tuple[int, ...]:
    """The shape of X less its class axis: of class ids, and of the losses."""
    axis = class_axis(X)
    return X.shape[:axis] + X.shape[axis + 1 :]


def is_ids(T: np.ndarray, X: np.ndarray) -> bool:
    """True where T are class ids, False where T weighs the classes."""
    if T.shape == X.shape:
        return False
    if T.shape != samples(X):
        raise ValueError(
            f"T has shape {T.shape}, but X of shape {X.shape} needs T {X.shape}, or class ids {samples(X)}"
        )
    if T.size and T.dtype.kind not in "iu":
        raise TypeError(f"T has dtype {T.dtype}, but class ids are integers")
    return True


def known(T: np.ndarray, X: np.ndarray, ignore_index: int | None) -> np.ndarray:
    """T itself, if each class id is from 0 to N − 1, or ignored."""
    N = X.shape[class_axis(X)]
    if np.count_nonzero(T.astype(np.uint64) >= N):  # a negative number is large without its sign
        wrong = ((T < 0) | (T >= N)) & (ignore_index != T)
        for s in np.argwhere(wrong)[:1].tolist():
            raise ValueError(f"T{s} = {T[*s]}, but the classes of X are 0 to {N - 1}")
    return T


def rows(A: np.ndarray) -> np.ndarray:
    """A as a matrix (S, N), a row a sample: each axis but that of the classes counts samples."""
    axis = class_axis(A)
    return A if A.ndim == 2 else np.moveaxis(A, axis, -1).reshape(-1, A.shape[axis])


def from_rows(A: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array of this shape that has the matrix A for its rows."""
    if len(shape) < 3:
        return A.reshape(shape)
    return np.moveaxis(A.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def one_hot(ids: np.ndarray, X: np.ndarray) -> np.ndarray:
    """T of the shape and dtype of X (S, N), with a single 1 in each row, at the class id."""
    return (ids[:, None] == np.arange(X.shape[1])).astype(X.dtype)


def class_weights(weight: np.ndarray | None, X: np.ndarray) -> np.ndarray:
    """wₙ (N,), one for each class of X (S, N); 1 where none are given."""
    w = np.ones(X.shape[1], X.dtype) if weight is None else np.asarray(weight, X.dtype)
    if w.shape != X.shape[1:]:
        raise ValueError(f"weight has shape {w.shape}, but X of shape {X.shape} has N = {X.shape[1]} classes")
    return w
