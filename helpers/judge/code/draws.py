"""Draws an X or a T of the range that a loss asks for."""

import numpy as np


def drawn(what: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw an X or a T of this range."""
    if what == "one-hot":
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if what in ("binary", "signs"):
        ones = rng.integers(2, size=shape).astype(float)
        return ones if what == "binary" else 2 * ones - 1
    if what == "counts":
        return rng.integers(5, size=shape).astype(float)
    A = normal(shape, rng)
    if what == "unit":
        return 1 / (1 + np.exp(-A))
    if what in ("rows", "log rows"):
        P = np.exp(A) / np.exp(A).sum(-1, keepdims=True)
        return P if what == "rows" else np.log(P)
    return A


def normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw random numbers, none of them near 0, where there may be a kink."""
    A = rng.standard_normal(shape)
    return A + np.copysign(0.05, A)
