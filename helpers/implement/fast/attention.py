"""The tuned twin of attention: rows of P in blocks, of which none is kept where there are many."""

import math
from collections.abc import Iterator

import numpy as np

KEPT = (
    2**14
)  # so many entries of P in a head are kept for backward; where there are more, each block is computed again
ROWS, ENTRIES = 128, 2**16  # of a block: so many queries, and as many heads and samples as the cache holds
SAFE = 40.0  # exp of ±40 is far from overflow in float32, and so is the sum of many


class Attention:
    """A block of rows sees all its keys at once: its softmax is that of the formula, and nothing is joined afterwards.

    exp(S − m) is not divided by its row sums l. [dY/l, −D/l] [V, 1]ᵀ is (dP − D)/l in one product, where the row sum
    D = Σᵤ dPᵤ Pᵤ = Σₑ dYₑ Yₑ is known beforehand. No maximum m is looked for where |q| |k| says that all scores are
    small. With ``causal`` the keys behind a block are left out.
    """

    def formula(self, Q, K, V, padding, mask, B):
        self.whole = mask is not None or B is not None
        if self.whole:
            return type(self).formula(self, Q, K, V, padding, mask, B)
        blocks = Blocks(Q, K, padding, self.causal)
        q, k, v = four(Q) / math.sqrt(Q.shape[-1]), four(K), four(V)
        Y = np.empty_like(
            q, shape=(*q.shape[:3], v.shape[3])
        )  # its axes in memory as those of Q: heads join unseen
        l, m = np.empty((*q.shape[:3], 1), Q.dtype), np.zeros((*q.shape[:3], 1), Q.dtype)
        small = norm(q) * norm(k) < SAFE
        for rows, keys in blocks:
            P = blocks.scores(q[rows], k[keys], rows, small)
            if not small:
                m[rows] = P.max(axis=-1, keepdims=True)
                P -= m[rows]
            np.exp(P, out=P)
            l[rows] = (P @ np.ones(P.shape[-1], P.dtype))[..., None]
            np.divide(P @ v[keys], l[rows], out=Y[rows])
        self.blocks, self.q, self.l, self.m, self.small = blocks, q, l, m, small
        self.P = P if blocks.kept else None
        return Y.reshape(*Q.shape[:-1], V.shape[-1])

    def gradient(self, dY):
        if self.whole:
            return type(self).gradient(self, dY)
        blocks, q, k, v = self.blocks, self.q, four(self.K), four(self.V)
        dY_l, V_1 = beside(four(dY) / self.l), beside(v)
        np.negative(np.vecdot(dY_l[..., :-1], four(self.Y)), out=dY_l[..., -1])
        V_1[..., -1] = 1
        dQ, dK, dV = np.empty_like(q), blocks.sums(k), blocks.sums(v)
        for rows, keys in blocks:
            P = self.P
            if P is None:
                P = blocks.scores(q[rows], k[keys], rows, self.small)
                if not self.small:
                    P -= self.m[rows]
                np.exp(P, out=P)
            dS = np.matmul(dY_l[rows], V_1[keys].mT, out=blocks.space(1, P.shape))
            dS *= P
            np.divide(dS @ k[keys], math.sqrt(q.shape[-1]), out=dQ[rows])
            blocks.add(dK, dS.mT @ q[rows], rows, keys)
            blocks.add(dV, P.mT @ dY_l[rows][..., :-1], rows, keys)
        return dQ.reshape(self.Q.shape), dK.reshape(self.K.shape), dV.reshape(self.V.shape)


Place = tuple[slice, slice, slice]  # samples, heads, and queries or keys


class Blocks:
    """Blocks of queries with the keys that they see, and memory for their scores."""

    def __init__(self, Q: np.ndarray, K: np.ndarray, padding: np.ndarray | None, causal: bool) -> None:
        self.S, self.H, self.T, _ = four(Q).shape
        self.U, self.dtype, self.causal = K.shape[-2], Q.dtype, causal
        self.kept = 0 < self.T * self.U <= KEPT and self.S * self.H > 0
        self.later = np.triu(np.ones((self.T if self.kept else min(ROWS, self.T),) * 2, bool), 1)
        self.minus_inf = np.where(self.later, -math.inf, 0).astype(self.dtype)
        self.padding = None
        if padding is not None:
            self.padding = np.broadcast_to(padding, K.shape[:-1]).reshape(self.S, self.H, 1, self.U)
        self.spaces: dict[int, np.ndarray] = {}

    def __iter__(self) -> Iterator[tuple[Place, Place]]:
        if self.kept:
            yield (slice(None),) * 3, (slice(None),) * 3
            return
        many = max(1, ENTRIES // max(1, min(ROWS, self.T) * self.U))
        heads = max(1, min(self.H, many))
        samples = max(1, many // max(1, self.H))
        for s in range(0, self.S, samples):
            for h in range(0, self.H, heads):
                at = slice(s, s + samples), slice(h, h + heads)
                for t in range(0, self.T, ROWS):
                    end = min(t + ROWS, self.T)
                    yield (*at, slice(t, end)), (*at, slice(0, self.seen(end)))

    def seen(self, end: int) -> int:
        """How many keys the queries up to ``end`` see."""
        return self.U - self.T + end if self.causal else self.U

    def scores(self, q: np.ndarray, k: np.ndarray, rows: Place, finite: bool) -> np.ndarray:
        """q kᵀ, and −∞ where a query may not look."""
        shape = (*q.shape[:-1], k.shape[-2])
        P = np.matmul(q, k.mT, out=np.empty(shape, self.dtype) if self.kept else self.space(0, shape))
        if self.causal:
            n = P.shape[2]
            if finite:
                P[..., -n:] += self.minus_inf[:n, :n]  # half the time of copyto, which ∞ and NaN need
            else:
                np.copyto(P[..., -n:], -math.inf, where=self.later[:n, :n])
        if self.padding is not None:
            np.copyto(P, -math.inf, where=self.padding[rows[:2]][..., : P.shape[3]])
        return P

    def space(self, number: int, shape: tuple[int, ...]) -> np.ndarray:
        """An array of this shape, always in the same memory."""
        size = math.prod(shape)
        if self.spaces.get(number, np.empty(0)).size < size:
            self.spaces[number] = np.empty(size, self.dtype)
        return self.spaces[number][:size].reshape(shape)

    def sums(self, A: np.ndarray) -> np.ndarray:
        """An array for sums over queries, which begins as 0 where nothing is ever added."""
        return np.empty_like(A) if self.T else np.zeros_like(A)

    def add(self, dA: np.ndarray, new: np.ndarray, rows: Place, keys: Place) -> None:
        """Add to the gradient at the keys; those that no block before has seen are written for the first time."""
        dA = dA[keys]
        done = self.seen(rows[2].start) if rows[2].start else 0
        dA[:, :, :done] += new[:, :, :done]
        dA[:, :, done:] = new[:, :, done:]


def four(A: np.ndarray) -> np.ndarray:
    """A (..., T, D) as (S, H, T, D)."""
    lead = (1, 1, *A.shape[:-2])
    return A.reshape(math.prod(lead[:-1]), lead[-1], *A.shape[-2:])


def beside(A: np.ndarray) -> np.ndarray:
    """A with one column more, which is not filled yet."""
    B = np.empty((*A.shape[:-1], A.shape[-1] + 1), A.dtype)
    B[..., :-1] = A
    return B


def norm(A: np.ndarray) -> float:
    """The length of the longest row; NaN if one is NaN."""
    return math.sqrt(np.vecdot(A, A).max(initial=0))
