"""The embedding: a vector for each id."""

import numpy as np

from .layer import Layer, checked_floating


class Embedding(Layer):
    """Y = E[ids]

    Forward    Yₛ  = E[idsₛ]                 ids (...) integers   E (V, M)   Y (..., M)
    Backward   dEᵢ = Σₛ dYₛ where idsₛ = i   an id that comes twice collects both gradients

    It is the product of one-hot rows with E, without the zeros. The ids are 0 to V − 1; they have no gradient, so
    backward returns None. E starts as N(0, 1). The row of ``padding_idx`` starts at 0 and its gradient is always 0, as
    in torch.nn.Embedding: what stands for "nothing here" learns nothing. A negative one counts from the end.

    Raises TypeError for ids that are no integers, ValueError for an id that E has no row for.
    """

    inputs = integers = ("ids",)

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        V, M = num_embeddings, embedding_dim
        if V < 1 or M < 1:
            raise ValueError(f"E cannot have shape ({V}, {M}): num_embeddings and embedding_dim start at 1")
        if padding_idx is not None and not -V <= padding_idx < V:
            raise ValueError(f"padding_idx={padding_idx}, but the rows of E are 0 to {V - 1}")
        self.padding_idx = None if padding_idx is None else padding_idx % V
        self.params["E"] = E = checked_floating(
            "E", np.random.default_rng(rng).normal(size=(V, M)).astype(dtype)
        )
        if padding_idx is not None:
            E[padding_idx] = 0

    def formula(self, ids: np.ndarray) -> np.ndarray:
        return self.params["E"][ids]

    def gradient(self, dY: np.ndarray) -> None:
        self.grads["E"] = dE = np.zeros_like(self.params["E"])
        np.add.at(dE, self.ids, dY)  # dE[ids] += dY would keep only the last of equal ids
        if self.padding_idx is not None:
            dE[self.padding_idx] = 0

    def check(self, ids: np.ndarray) -> None:
        V = len(self.params["E"])
        for s in np.argwhere((ids < 0) | (ids >= V))[:1].tolist():
            raise ValueError(f"ids{s or ''} = {ids[*s]}, but the rows of E are 0 to {V - 1}")
