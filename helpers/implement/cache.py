"""What generation needs beside a network: a cache of keys and values, and a draw of the next id."""

import numpy as np

from .softmax import shifted


class Cache:
    """K and V of the places that one attention has read: those behind ask them again, and nothing is computed twice."""

    def __init__(self, context: int) -> None:
        self.context, self.length = context, 0
        self.kept: list[np.ndarray] = []

    def longer(self, K: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All K and V (..., T, D) so far, these behind the others."""
        if not self.length:
            self.kept = [np.empty((*A.shape[:-2], self.context, A.shape[-1]), A.dtype) for A in (K, V)]
        end = self.length + K.shape[-2]
        for kept, A in zip(self.kept, (K, V), strict=True):
            kept[..., self.length : end, :] = A
        self.length = end
        return self.kept[0][..., :end, :], self.kept[1][..., :end, :]


def draw_next(Y: np.ndarray, temperature: float, top_k: int | None, rng: np.random.Generator) -> np.ndarray:
    """An id for each row of logits Y (..., V), drawn from softmax(Y / temperature) over the top_k largest."""
    V = Y.shape[-1]
    if not 0 <= temperature < np.inf:
        raise ValueError(f"temperature is at least 0, and finite, not {temperature}")
    if top_k is not None and not 1 <= top_k <= V:
        raise ValueError(f"top_k={top_k}, but there are V = {V} ids to choose from")
    if temperature == 0:
        return Y.argmax(axis=-1)
    Y = shifted(Y, axis=-1) / temperature
    if top_k is not None:
        Y = np.where(np.partition(Y, V - top_k)[..., V - top_k, None] > Y, -np.inf, Y)
    return (Y + rng.gumbel(size=Y.shape)).argmax(axis=-1)  # the maximum is n with probability softmax(Y)ₙ
