"""Mean squared error."""

import numpy as np

from .layer import floating, like
from .loss import Loss


class MSE(Loss):
    """L = (1/(S N)) Σₛ Σₙ (Xₛₙ − Tₛₙ)²

    Forward    L  = mean of (X − T)²        X, T (S, N), or any one shape
    Backward   dX = 2 (X − T) / (S N)

    The mean runs over every entry, not over the samples alone, as in torch.nn.MSELoss.

    Derived in notebooks/06_cross_entropy.ipynb.
    """

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        X = floating("X", X)
        self.difference = X - like("T", T, "X", X)
        return self.reduce(self.difference**2, X.size)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        return self.upstream(dL) * 2 * self.difference
