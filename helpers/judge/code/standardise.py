"""X̂ = (X − μ) / σ, by itself: over which axes, and what comes back through it."""

from dataclasses import dataclass

import numpy as np

from helpers.judge.code.case import Case


@dataclass(frozen=True)
class Standard:
    """Y = γ (X − μ) / σ + β, with μ and σ over the axes of samples, or over those of features."""

    by_batch: bool
    features: int  # the number of axes of a sample that layer norm goes over
    eps: float
    momentum: float | None
    tracks: bool
    outside: bool = False  # ε stands outside of the root

    def deviation(self, v: np.ndarray) -> np.ndarray:
        """Return σ of a variance."""
        return np.sqrt(v) + self.eps if self.outside else np.sqrt(v + self.eps)

    def axes(self, X: np.ndarray) -> tuple[int, ...]:
        if self.by_batch:
            return (0, *range(2, X.ndim))
        return tuple(range(X.ndim - self.features, X.ndim))

    def parameters(self, case: Case) -> tuple[np.ndarray, np.ndarray]:
        """Return γ and β in shapes that fit X; 1 and 0 where there are none."""
        one, zero = np.ones(()), np.zeros(())
        both = case.params.get("gamma", one), case.params.get("beta", zero)
        if self.by_batch:
            return tuple(A.reshape(-1, *[1] * (case.X.ndim - 2)) if A.ndim else A for A in both)
        return both

    def standardised(
        self, X: np.ndarray, axes: tuple[int, ...], correction: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(all="ignore"):
            sigma = self.deviation(X.var(axes, ddof=correction, keepdims=True))
            return (X - X.mean(axes, keepdims=True)) / sigma, sigma

    def over(self, case: Case) -> tuple[int, ...]:
        """Return the axes of X that γ does not have."""
        gamma, X = self.parameters(case)[0], case.X
        return tuple(k for k in range(X.ndim) if np.broadcast_to(gamma, X.shape).strides[k] == 0)


def paths(
    dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, axes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what comes to X through the mean, and through the variance."""
    mean = -dXhat.mean(axes, keepdims=True) / sigma
    return mean, -Xhat * (dXhat * Xhat).mean(axes, keepdims=True) / sigma


def backward(dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return dXhat / sigma + sum(paths(dXhat, Xhat, sigma, axes))
