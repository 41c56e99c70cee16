"""The gated recurrent unit."""

import numpy as np

from .activations import sigmoid
from .recurrent import Recurrent


class GRU(Recurrent):
    """Hₜ = (1 − Zₜ) ∘ Cₜ + Zₜ ∘ Hₜ₋₁, C the candidate

    Forward    Rₜ, Zₜ = σ(Aₜ + Bₜ)             each its own rows of W, U, b and c, in the order R Z C
               Cₜ  = tanh(Aₜ + Rₜ ∘ Bₜ)
               Hₜ  = (1 − Zₜ) ∘ Cₜ + Zₜ ∘ Hₜ₋₁
    Backward   dCₜ = dHₜ ∘ (1 − Zₜ)    dZₜ = dHₜ ∘ (Hₜ₋₁ − Cₜ)    and dHₜ ∘ Zₜ goes straight to dHₜ₋₁
               dAₜ of C = dCₜ ∘ (1 − Cₜ²), and its dBₜ = Rₜ ∘ dAₜ
               dRₜ = dAₜ ∘ Bₜ, both of C
               dAₜ = dBₜ = dRₜ ∘ Rₜ ∘ (1 − Rₜ), Z alike

    R multiplies U Hₜ₋₁ + c, as in torch.nn.GRU; in Cho et al. 2014 it multiplies Hₜ₋₁.
    """

    gates = 3

    def step(self, A, B, H):
        (Ar, Az, Ac), (Br, Bz, Bc) = (np.split(Q, 3, axis=-1) for Q in (A, B))
        R, Z = sigmoid(Ar + Br), sigmoid(Az + Bz)
        C = np.tanh(Ac + R * Bc)
        return ((1 - Z) * C + Z * H,), (R, Z, C, Bc, H)

    def step_gradient(self, kept, dH):
        R, Z, C, Bc, H = kept
        dC, dZ = dH * (1 - Z), dH * (H - C)
        dAc = dC * (1 - C**2)
        dR = dAc * Bc
        dAr, dAz = dR * R * (1 - R), dZ * Z * (1 - Z)
        dA, dB = (np.concatenate([dAr, dAz, last], axis=-1) for last in (dAc, R * dAc))
        return dA, dB, (dH * Z,)
