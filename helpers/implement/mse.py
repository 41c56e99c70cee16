"""Mean squared error."""

import numpy as np

from .loss import Loss


class MSE(Loss):
    """L = (1/(S N)) Σₛ Σₙ (Xₛₙ − Tₛₙ)²

    Forward    L  = mean of (X − T)²        X, T (S, N), or any one shape
    Backward   dX = 2 (X − T) / (S N)

    The mean runs over every entry, not over the samples alone, as in torch.nn.MSELoss.

    Derived in notebooks/06_cross_entropy.ipynb.
    """

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        return (X - T) ** 2

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        return dL * 2 * (self.X - self.T)
