"""SwiGLU: two layers of a transformer, the first with a gate."""

import numpy as np

from .activations import sigmoid
from .layer import Layer, checked_floating
from .linear import draw, product, rows


class SwiGLU(Layer):
    """Y = (SiLU(X Wᵀ) ∘ X Vᵀ) W2ᵀ

    Forward    A   = X Wᵀ,  B = X Vᵀ                  X, Y (..., M)   W, V (F, M)   W2 (M, F)   A, B, H (..., F)
               H   = A σ(A) ∘ B                       the gate A σ(A) says how much of B passes
               Y   = H W2ᵀ
    Backward   dH  = dY W2
               dB  = dH ∘ A σ(A)
               dA  = dH ∘ B ∘ σ(A) ∘ (1 + A ∘ (1 − σ(A)))
               dX  = dA W + dB V
               dW  = dAᵀ X,  dV = dBᵀ X,  dW2 = dYᵀ H

    All start uniform in ±1/√(their columns), as in torch.nn.Linear. There are no biases. Shazeer 2020.
    """

    def __init__(
        self,
        in_features: int,
        hidden_features: int,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        rng, M, F = np.random.default_rng(rng), in_features, hidden_features
        for letter, shape in (("W", (M, F)), ("V", (M, F)), ("W2", (F, M))):
            self.params[letter] = checked_floating(letter, draw(*shape, None, rng)[0].astype(dtype))

    def formula(self, X: np.ndarray) -> np.ndarray:
        self.A, self.B = product(X, self.params["W"].T), product(X, self.params["V"].T)
        self.sigma = sigmoid(self.A)
        self.H = self.A * self.sigma * self.B
        return product(self.H, self.params["W2"].T)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        A, B, sigma = self.A, self.B, self.sigma
        dH = product(dY, self.params["W2"])
        dB = dH * A * sigma
        dA = dH * B * sigma * (1 + A * (1 - sigma))
        self.grads["W"], self.grads["V"] = rows(dA).T @ rows(self.X), rows(dB).T @ rows(self.X)
        self.grads["W2"] = rows(dY).T @ rows(self.H)
        return product(dA, self.params["W"]) + product(dB, self.params["V"])

    def check(self, X: np.ndarray) -> None:
        F, M = self.params["W"].shape
        if X.ndim == 0 or X.shape[-1] != M:
            raise ValueError(f"X has shape {X.shape}, but W of shape {(F, M)} needs X of shape (..., {M})")
