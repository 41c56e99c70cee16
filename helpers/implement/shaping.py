"""Layers that give the signal another shape or another way: Flatten and Residual."""

import math

import numpy as np

from .checks import checked_like
from .layer import Layer
from .network import Sequential


class Flatten(Layer):
    """Y is X with the axes from start_dim to end_dim in one

    Forward    Y  = X, reshaped      X (S, C, H, W)   Y (S, C H W)
    Backward   dX = dY, reshaped
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def formula(self, X: np.ndarray) -> np.ndarray:
        return X.reshape(self.flat(X.shape)).copy()

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return dY.reshape(self.X.shape).copy()

    def flat(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        shape = shape or (1,)  # one number is a vector of one, as in PyTorch
        axes = range(len(shape))
        try:
            first, last = axes[self.start_dim], axes[self.end_dim]
        except IndexError:
            first, last = 1, 0
        if first > last:
            raise ValueError(
                f"X has shape {shape}: there are no axes from {self.start_dim} to {self.end_dim}"
            )
        return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


class Residual(Sequential):
    """Y = X + F(X), where F is the layers one after the other

    Forward    Y  = X + F(X)                         X, F(X), Y of one shape
    Backward   dX = dY + dY through F, in the reverse order

    The first term reaches every layer below undiminished (He et al. 2016). Parameters as in Sequential.
    """

    def formula(self, X: np.ndarray) -> np.ndarray:
        return X + checked_like("F(X)", super().formula(X), "X", X)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return dY + super().gradient(dY)
