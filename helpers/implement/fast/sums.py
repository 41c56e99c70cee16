"""Sums as products: NumPy adds along a short axis, or down a long one, many times slower than BLAS does."""

import math
from functools import lru_cache

import numpy as np


@lru_cache(16)
def ones(size: int, dtype: np.dtype) -> np.ndarray:
    """Ones, to sum by a product; nobody writes into them."""
    return np.ones(size, dtype)


def total(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σ A or Σ A B for each channel, over all other axes; many times faster than sum over axis 0."""
    S, C, *places = A.shape
    if not places:
        return ones(S, A.dtype) @ (A if B is None else A * B)
    shape = S, C, math.prod(places)
    B = ones(shape[2], A.dtype) if B is None else B.reshape(shape)
    return np.vecdot(A.reshape(shape), B).sum(axis=0)


def row_mean(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σₙ Aₙ / N or Σₙ Aₙ Bₙ / N of each row, as a column; faster than mean over axis 1."""
    N = A.shape[1]
    sums = A @ ones(N, A.dtype) if B is None else np.vecdot(A, B)
    return (sums / N)[:, None]


def column(v: np.ndarray | float, X: np.ndarray) -> np.ndarray | float:
    """v (C,) so that it stands beside the channels of X (S, C, ...)."""
    return v if X.ndim == 2 or np.ndim(v) == 0 else v.reshape(-1, *[1] * (X.ndim - 2))
