"""Attention: every query asks all keys."""

import math

import numpy as np

from .broadcasting import unbroadcast
from .layer import Layer
from .softmax import shifted


class Attention(Layer):
    """Y = softmax(Q Kᵀ/√D) V: each query gets the mean of the values, weighted by how well their keys fit it

    Forward    S  = Q Kᵀ / √D                    Q (..., T, D)   K (..., U, D)   V (..., U, E)
               P  = softmax(S)                   S, P (..., T, U): a row for each query, over the keys
               Y  = P V                          Y (..., T, E)
    Backward   dV = Pᵀ dY
               dP = dY Vᵀ
               dS = P ∘ (dP − Σᵤ dPᵤ Pᵤ)
               dQ = dS K / √D
               dK = dSᵀ Q / √D

    ``padding`` (..., U) is True at keys that only fill a row up: no query sees them. With ``causal`` a query sees the
    key at its own place and those before it; the queries are the last T of U places. What is not seen has S = −∞, so
    P = 0, and every gradient that passes there is 0. A query that would see nothing is refused.

    Where a query sees it, a score of +∞ or NaN makes its row of P NaN, as in PyTorch; a score of −∞ makes P = 0.

    ``mask`` (..., T, U) is True where a rule of one's own hides a key from a query. ``B`` (..., T, U) is added to S, as
    where something is learned of the distance of two places; dB is dS, summed over what B is broadcast along.

    The tuned twin computes some rows of S at a time and keeps none of many: its memory grows as T, not as T². With mask
    or B, which are T × U themselves, it is the formula.

    Vaswani et al. 2017; by blocks of rows: Rabe and Staats 2021.
    """

    inputs = "Q", "K", "V", "padding", "mask", "B"
    booleans, optional = ("padding", "mask"), ("padding", "mask", "B")

    def __init__(self, causal: bool = False) -> None:
        super().__init__()
        self.causal = causal

    def formula(self, Q, K, V, padding, mask, B):
        S = Q @ K.mT / math.sqrt(Q.shape[-1]) + (0 if B is None else B)
        S = np.where(self.hidden(S.shape, padding, mask), -math.inf, S)
        E = np.exp(shifted(S, axis=-1))
        self.P = E / E.sum(axis=-1, keepdims=True)
        return self.P @ V

    def gradient(self, dY: np.ndarray) -> tuple[np.ndarray, ...]:
        Q, K, V, P, root = self.Q, self.K, self.V, self.P, math.sqrt(self.Q.shape[-1])
        dV = P.mT @ dY
        dP = dY @ V.mT
        dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
        dQ, dK = dS @ K / root, dS.mT @ Q / root
        return (dQ, dK, dV) if self.B is None else (dQ, dK, dV, unbroadcast(dS, self.B.shape))

    def hidden(
        self, shape: tuple[int, ...], padding: np.ndarray | None, mask: np.ndarray | None
    ) -> np.ndarray:
        """True where a query may not look: at what comes later, at padding, at what the mask hides."""
        T, U = shape[-2:]
        later = np.triu(np.ones((T, U), bool), U - T + 1) if self.causal else np.zeros((T, U), bool)
        padding = False if padding is None else padding[..., None, :]
        return later | padding | (False if mask is None else mask)

    def check(
        self,
        Q: np.ndarray,
        K: np.ndarray,
        V: np.ndarray,
        padding: np.ndarray | None,
        mask: np.ndarray | None,
        B: np.ndarray | None,
    ) -> None:
        if min(Q.ndim, K.ndim) < 2 or Q.shape[:-2] != K.shape[:-2] or Q.shape[-1] != K.shape[-1]:
            raise ValueError(
                f"Q has shape {Q.shape} and K has shape {K.shape}: they should be (..., T, D) and (..., U, D)"
            )
        if V.ndim < 2 or V.shape[:-1] != K.shape[:-1]:
            raise ValueError(f"V has shape {V.shape}, but K of shape {K.shape} needs V of shape (..., U, E)")
        T, U = Q.shape[-2], K.shape[-2]
        if self.causal and T > U:
            raise ValueError(f"causal: the {T} queries are the last of the places that K has, but it has {U}")
        if T and not U:
            raise ValueError(f"K has shape {K.shape}: there is no key that a query could see")
        if padding is not None:
            check_padding(padding, K.shape[:-1], U - T + 1 if self.causal else U)
        for letter, A in (("mask", mask), ("B", B)):
            if A is not None:
                check_broadcast(letter, A, (*Q.shape[:-1], U))
        if mask is not None or B is not None:
            hidden = self.hidden((T, U), padding, mask) | (False if B is None else np.isneginf(B))
            for t in np.argwhere(hidden.all(axis=-1))[:1].tolist():
                raise ValueError(
                    f"no key is left for query {t if t[1:] else t[0]}: a query sees one key at least"
                )


def check_broadcast(letter: str, A: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless A is of this shape, or broadcasts to it and has its last two axes."""
    sizes = zip(A.shape[-3::-1], shape[-3::-1], strict=False)
    if A.shape[-2:] != shape[-2:] or A.ndim > len(shape) or any(a not in (1, b) for a, b in sizes):
        raise ValueError(
            f"{letter} has shape {A.shape}, but S of shape {shape} needs {letter} to broadcast to it"
        )


def check_padding(padding: np.ndarray, shape: tuple[int, ...], seen: int) -> None:
    """Raise ValueError unless it says of each key whether it is padding, and one of the first ``seen`` is not."""
    sizes = zip(padding.shape[-2::-1], shape[-2::-1], strict=False)
    if (
        not 1 <= padding.ndim <= len(shape)
        or padding.shape[-1] != shape[-1]
        or any(a not in (1, b) for a, b in sizes)
    ):
        raise ValueError(f"padding has shape {padding.shape}, but K needs padding of shape {shape}")
    for s in np.argwhere(padding[..., :seen].all(axis=-1))[:1].tolist():
        which = "every key" if seen == shape[-1] else f"the first {seen} of {shape[-1]} keys"
        raise ValueError(f"padding{s or ''} is True at {which}: there is a query that sees nothing")
