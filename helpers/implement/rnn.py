"""The plain recurrent layer."""

import numpy as np

from .mlp import chosen
from .recurrent import Recurrent


class RNN(Recurrent):
    """Hₜ = h(Aₜ + Bₜ), h = tanh or max(x, 0)

    Forward    Hₜ  = h(Xₜ Wᵀ + b + Hₜ₋₁ Uᵀ + c)
    Backward   dAₜ = dBₜ = dHₜ ∘ h'        tanh' = 1 − Hₜ²      relu' = 1 where Hₜ > 0, else 0

    Elman 1990, as torch.nn.RNN has it; the loop and the arguments are those of Recurrent.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = True,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, rng=rng, dtype=dtype)
        self.nonlinearity = chosen("nonlinearity", nonlinearity, ("tanh", "relu"))

    def step(self, A, B, H):
        H = np.tanh(A + B) if self.nonlinearity == "tanh" else np.maximum(A + B, 0)
        return (H,), (H,)

    def step_gradient(self, kept, dH):
        (H,) = kept
        dA = dH * (1 - H**2) if self.nonlinearity == "tanh" else np.where(H <= 0, 0, dH).astype(dH.dtype)
        return dA, dA, (0,)
