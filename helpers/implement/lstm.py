"""Long short-term memory."""

import numpy as np

from .activations import sigmoid
from .recurrent import Recurrent


class LSTM(Recurrent):
    """Cₜ = Fₜ ∘ Cₜ₋₁ + Iₜ ∘ Gₜ, Hₜ = Oₜ ∘ tanh(Cₜ)

    Forward    Iₜ, Fₜ, Oₜ = σ(Aₜ + Bₜ), Gₜ = tanh(Aₜ + Bₜ)      each its own rows of W, U, b and c, in the order I F G O
               Cₜ  = Fₜ ∘ Cₜ₋₁ + Iₜ ∘ Gₜ
               Hₜ  = Oₜ ∘ tanh(Cₜ)
    Backward   dOₜ = dHₜ ∘ tanh(Cₜ)
               dCₜ = dHₜ ∘ Oₜ ∘ (1 − tanh²(Cₜ)) + dCₜ₊₁ ∘ Fₜ₊₁
               dIₜ = dCₜ ∘ Gₜ    dFₜ = dCₜ ∘ Cₜ₋₁    dGₜ = dCₜ ∘ Iₜ
               dAₜ = dBₜ = dIₜ ∘ Iₜ ∘ (1 − Iₜ), F and O alike, dGₜ ∘ (1 − Gₜ²)

    There are two first states, H0 and C0, and two last ones, HT and CT: forward(X, H0, C0, lengths),
    backward(dY, dHT, dCT). Hochreiter and Schmidhuber 1997; the forget gate F is that of Gers et al. 2000.
    """

    inputs = "X", "H0", "C0", "lengths"
    optional = "H0", "C0", "lengths"
    outputs = "HT", "CT"
    gates = 4

    def step(self, A, B, H, C_before):
        I, F, G, O = np.split(A + B, 4, axis=-1)
        I, F, G, O = sigmoid(I), sigmoid(F), np.tanh(G), sigmoid(O)
        C = F * C_before + I * G
        return (O * np.tanh(C), C), (I, F, G, O, C_before, C)

    def step_gradient(self, kept, dH, dC):
        I, F, G, O, C_before, C = kept
        dO = dH * np.tanh(C)
        dC = dC + dH * O * (1 - np.tanh(C) ** 2)
        dI, dF, dG = dC * G, dC * C_before, dC * I
        parts = dI * I * (1 - I), dF * F * (1 - F), dG * (1 - G**2), dO * O * (1 - O)
        dA = np.concatenate(parts, axis=-1)
        return dA, dA, (0, dC * F)
