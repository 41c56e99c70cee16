"""GPT: a transformer that says, at each place of a text, what comes next."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .cache import Cache, draw_next
from .embedding import Embedding
from .layer_norm import LayerNorm
from .linear import product, rows
from .mlp import chosen
from .network import Composed, Sequential
from .positions import LearnedPositions, SinusoidalPositions
from .transformer import TransformerBlock

POSITIONS = "learned", "sinusoidal", "rotary"


class GPT(Composed):
    """Y_t are the logits of what comes behind ids_t, from ids_0 to ids_t

    Forward    X  = embedding(ids) + P                 ids (..., T) integers, X (..., T, M)
               X  = block(... block(X))                causal, norms first
               H  = norm(X)
               Y  = H Eᵀ                               E (V, M) is that of the embedding: Y (..., T, V)
    Backward   dH = dY E
               dX = dH back through norm and blocks
               dE = dYᵀ H + dX through the embedding   E is used twice, so it has two terms

    ``context`` is the most places that it can see. Positions are "learned", "sinusoidal", or "rotary" inside of
    attention. Matrices start as N(0, 0.02²), those that end in a sum divided by √(2 layers), and biases as 0, as in
    GPT-2 (Radford et al. 2019). The loss is that of every place: SoftmaxCrossEntropy of Y.reshape(-1, V) and the ids
    that come next. Parameters: "embedding.E", "positions.P", "blocks.0.attention.W", "norm.gamma", ...
    """

    inputs = integers = ("ids",)

    def __init__(
        self,
        vocab_size: int,
        context: int,
        embed_dim: int,
        num_heads: int,
        num_layers: int,
        hidden: int | None = None,
        activation: str = "gelu",
        positions: str = "learned",
        bias: bool = True,
        eps: float = 1e-5,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        if num_layers < 1:
            raise ValueError(f"num_layers is at least 1, not {num_layers}")
        rng, M, self.context = np.random.default_rng(rng), embed_dim, context
        draw = {"rng": rng, "dtype": dtype}
        self.embedding = Embedding(vocab_size, M, **draw)
        self.positions = None
        if chosen("positions", positions, POSITIONS) == "learned":
            self.positions = LearnedPositions(context, M, **draw)
        elif positions == "sinusoidal":
            self.positions = SinusoidalPositions(context, M, dtype=dtype)
        options = {"causal": True, "rotary": positions == "rotary"}
        block = M, num_heads, hidden, activation, True, eps, bias
        self.blocks = Sequential(*(TransformerBlock(*block, **options, **draw) for _ in range(num_layers)))
        self.norm = LayerNorm(M, eps, bias=bias, dtype=dtype)
        self.start(rng)

    def start(self, rng: np.random.Generator) -> None:
        """Draw the matrices, and set the biases to 0."""
        for key, W in self.params.items():
            ends_in_sum = key.endswith(("attention.Wo", "mlp.2.W", "mlp.W2"))
            std = 0.02 / math.sqrt(2 * len(self.blocks.layers)) if ends_in_sum else 0.02
            if not key.endswith("gamma"):
                W[...] = rng.normal(0, std, W.shape) if W.ndim == 2 else 0

    def formula(self, ids: np.ndarray) -> np.ndarray:
        self.H = self.features(ids)
        return product(self.H, self.embedding.params["E"].T)

    def features(self, ids: np.ndarray) -> np.ndarray:
        """H, before it is compared with every row of E."""
        X = self.embedding.forward(ids)
        if self.positions:
            X = self.positions.forward(X)
        return self.norm.forward(self.blocks.forward(X))

    def gradient(self, dY: np.ndarray) -> None:
        dX = self.blocks.backward(self.norm.backward(product(dY, self.embedding.params["E"])))
        if self.positions:
            dX = self.positions.backward(dX)
        self.embedding.backward(dX)
        self.embedding.grads["E"] += rows(dY).T @ rows(self.H)

    def check(self, ids: np.ndarray) -> None:
        if ids.ndim == 0 or ids.shape[-1] > self.context:
            asked = f"(..., T) with T up to {self.context}, the context"
            raise ValueError(f"ids has shape {ids.shape}, and should be {asked}")

    def generate(
        self,
        ids: np.ndarray,
        steps: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        *,
        cache: bool = True,
        rng: np.random.Generator | int | None = None,
    ) -> np.ndarray:
        """ids (..., T) with ``steps`` more, each drawn from softmax(Y/temperature) behind the last ``context`` ids.

        Temperature 0 takes the likeliest each time; ``top_k`` leaves the k likeliest to draw from. With ``cache`` keys
        and values of the places before are kept, so that one place is computed for each id, until the context is full.
        """
        (ids,), rng = self.checked_inputs(ids), np.random.default_rng(rng)
        if steps < 0 or ids.ndim == 0 or not ids.shape[-1]:
            raise ValueError(
                f"{steps} steps behind ids of shape {ids.shape}: there must be one id to begin with"
            )
        with self.remembering(cache):
            for _ in range(steps):
                H = self.features(self.unread(ids[..., -self.context :]))[..., -1, :]
                Y = product(H, self.embedding.params["E"].T)
                ids = np.concatenate([ids, draw_next(Y, temperature, top_k, rng)[..., None]], axis=-1)
        return ids

    @contextmanager
    def remembering(self, cache: bool) -> Iterator[None]:
        """Each attention has a cache inside of this, if so wished, and none behind it."""
        attentions = [block.attention for block in self.blocks.layers]
        try:
            for attention in attentions:
                attention.cache = Cache(self.context) if cache else None
            yield
        finally:
            self.Y = None  # the parts have read something else since: no gradient belongs to it
            for attention in attentions:
                attention.cache = None
            if self.positions:
                self.positions.start = 0

    def unread(self, ids: np.ndarray) -> np.ndarray:
        """The ids that the caches have not seen: the last, or all where another window has begun."""
        caches = [block.attention.cache for block in self.blocks.layers if block.attention.cache]
        if not caches:
            return ids
        if caches[0].length + 1 != ids.shape[-1]:
            for cache in caches:
                cache.length = 0
        if self.positions:
            self.positions.start = caches[0].length
        return ids[..., caches[0].length :]
