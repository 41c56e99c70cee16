"""Attention in several heads, with the matrices that make their queries, keys and values."""

import math
from typing import Any

import numpy as np

from .attention import Attention, check_padding
from .layer import Layer, checked_floating
from .linear import product, rows
from .positions import RotaryPositions


class MultiheadAttention(Layer):
    """Y = O Woᵀ + bo, where O are the outputs of H heads side by side, each an Attention with Q, K, V of its own

    Forward    Q  = X Wqᵀ + bq                          X (..., T, E), cut into heads: Q (..., H, T, D) with E = H D
               K  = Z Wkᵀ + bk,  V = Z Wvᵀ + bv         Z (..., U, E); left out, it is X itself: self-attention
               O  = softmax(Q Kᵀ/√D) V                  head by head
               Y  = O Woᵀ + bo                          the heads side by side again: Y (..., T, E)
    Backward   dO = dY Wo
               dQ, dK, dV                               head by head, those of Attention
               dX = dQ Wq
               dZ = dK Wk + dV Wv                       added to dX where Z is X
               dWq = dQᵀ X,  dWk = dKᵀ Z,  dWv = dVᵀ Z,  dWo = dYᵀ O,  and the sums over all rows for the b

    W (3 E, E) is Wq, Wk, Wv one below the other and b (3 E,) alike, as in torch.nn.MultiheadAttention with batch_first;
    all start as they do there. ``padding`` (..., U), ``causal``, and ``mask`` and ``B`` (..., H, T, U), or (T, U)
    for all heads, are those of Attention. With ``rotary`` Q and K are
    turned by their places, as in RotaryPositions. ``cache`` is for GPT.generate, which asks one place at a time.

    Vaswani et al. 2017.
    """

    inputs = "X", "Z", "padding", "mask", "B"
    booleans, optional = ("padding", "mask"), ("Z", "padding", "mask", "B")

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        bias: bool = True,
        *,
        causal: bool = False,
        rotary: bool = False,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        E, H = embed_dim, num_heads
        if E < 1 or H < 1 or E % H:
            raise ValueError(f"E = {E} entries cannot be cut into H = {H} heads of equal width")
        self.num_heads, self.causal, self.attention, self.cache = H, causal, Attention(causal), None
        self.rotary = RotaryPositions(E // H) if rotary else None
        rng = np.random.default_rng(rng)
        W, Wo = (
            rng.uniform(-1, 1, (3 * E, E)) * math.sqrt(6 / (4 * E)),
            rng.uniform(-1, 1, (E, E)) / math.sqrt(E),
        )
        self.params["W"] = checked_floating("W", W.astype(dtype))
        self.params |= {"b": np.zeros(3 * E, dtype)} if bias else {}
        self.params["Wo"] = Wo.astype(dtype)
        self.params |= {"bo": np.zeros(E, dtype)} if bias else {}

    def formula(self, X, Z, padding, mask, B):
        Z = X if Z is None else Z
        (Wq, Wk, Wv), (bq, bk, bv) = self.thirds()
        Q, K, V = (self.heads(product(A, W.T) + b) for A, W, b in ((X, Wq, bq), (Z, Wk, bk), (Z, Wv, bv)))
        if self.rotary:
            Q, K = self.turned(Q), self.turned(K)
        if self.cache is not None:
            K, V = self.cache.longer(K, V)
        self.O = side_by_side(
            self.attention.forward(Q, K, V, None if padding is None else padding[..., None, :], mask, B)
        )
        return product(self.O, self.params["Wo"].T) + self.params.get("bo", 0.0)

    def gradient(self, dY: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...]:
        X, Z = self.X, self.X if self.Z is None else self.Z
        dO = self.heads(product(dY, self.params["Wo"]))
        dQ, dK, dV, *dB = self.attention.backward(dO)
        if self.rotary:
            dQ, dK = self.turned(dQ, back=True), self.turned(dK, back=True)
        dQ, dK, dV = side_by_side(dQ), side_by_side(dK), side_by_side(dV)
        (Wq, Wk, Wv), _ = self.thirds()
        self.grads["W"] = np.concatenate([rows(dA).T @ rows(A) for dA, A in ((dQ, X), (dK, Z), (dV, Z))])
        self.grads["b"] = np.concatenate([rows(dA).sum(axis=0) for dA in (dQ, dK, dV)])
        self.grads["Wo"] = rows(dY).T @ rows(self.O)
        self.grads["bo"] = rows(dY).sum(axis=0)
        dX, dZ = product(dQ, Wq), product(dK, Wk) + product(dV, Wv)
        dX = (dX + dZ, *dB) if self.Z is None else (dX, dZ, *dB)
        return dX if dX[1:] else dX[0]

    def thirds(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Wq, Wk, Wv and bq, bk, bv."""
        W, b = self.params["W"], self.params.get("b", np.zeros(3, self.params["W"].dtype))
        return np.split(W, 3), np.split(b, 3)

    def heads(self, A: np.ndarray) -> np.ndarray:
        """A (..., T, E) cut into heads, (..., H, T, D); nothing is copied."""
        return A.reshape(*A.shape[:-1], self.num_heads, A.shape[-1] // self.num_heads).swapaxes(-3, -2)

    def turned(self, A: np.ndarray, back: bool = False) -> np.ndarray:
        """A (..., H, T, D), each place turned as RotaryPositions does; the first comes after those in the cache."""
        return self.rotary.turned(A, start=self.cache.length if self.cache else 0, back=back)

    def check(self, X: np.ndarray, Z: np.ndarray | None, padding: np.ndarray | None, *masks: Any) -> None:
        E = self.params["Wo"].shape[1]
        for letter, A in (("X", X), ("Z", X if Z is None else Z)):
            if A.ndim < 2 or A.shape[-1] != E:
                asked = f"{letter} of shape (..., T, {E})"
                raise ValueError(f"{letter} has shape {A.shape}, but W of shape ({3 * E}, {E}) needs {asked}")
        if Z is not None and X.shape[:-2] != Z.shape[:-2]:
            raise ValueError(
                f"X has shape {X.shape}, but Z has shape {Z.shape}: all but T and E must be equal"
            )
        if Z is not None and (self.causal or self.rotary):
            raise ValueError("causal and rotary speak of the places of X alone: Z has places of its own")
        if padding is not None:
            shape = (X if Z is None else Z).shape[:-1]
            check_padding(padding, shape, 1 if self.causal else shape[-1])


def side_by_side(A: np.ndarray) -> np.ndarray:
    """The heads of A (..., H, T, D) beside each other, (..., T, E)."""
    A = A.swapaxes(-3, -2)
    return A.reshape(*A.shape[:-2], A.shape[-2] * A.shape[-1])
