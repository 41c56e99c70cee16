"""Positions: attention sees a set, and these tell it an order."""

import numpy as np

from .layer import Layer, checked_floating


class LearnedPositions(Layer):
    """Y = X + P, the row P_t for place t, learned

    Forward    Y  = X + P        X, Y (..., T, E)   P (context, E), of which the first T rows count
    Backward   dX = dY
               dP = Σₛ dYₛ       0 at places that do not occur

    P starts as N(0, 0.02²), as in GPT-2. ``start`` is the place of the first row of X, for GPT.generate.
    """

    start = 0

    def __init__(
        self,
        context: int,
        embed_dim: int,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        if context < 1 or embed_dim < 1:
            raise ValueError(
                f"P cannot have shape ({context}, {embed_dim}): context and embed_dim start at 1"
            )
        P = np.random.default_rng(rng).normal(0, 0.02, (context, embed_dim)).astype(dtype)
        self.params["P"] = checked_floating("P", P)

    def formula(self, X: np.ndarray) -> np.ndarray:
        return X + self.params["P"][self.places(X)]

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        self.grads["P"] = np.zeros_like(self.params["P"])
        self.grads["P"][self.places(dY)] = dY.sum(axis=tuple(range(dY.ndim - 2)))
        return dY.copy()

    def places(self, X: np.ndarray) -> slice:
        return slice(self.start, self.start + X.shape[-2])

    def check(self, X: np.ndarray) -> None:
        check_places(X, self.params["P"].shape, self.start)


class SinusoidalPositions(Layer):
    """Y = X + P, where P turns more slowly from pair to pair of its entries

    Forward    P_t,2i   = sin(t / 10000^(2i/E))
               P_t,2i+1 = cos(t / 10000^(2i/E))
               Y  = X + P                           X, Y (..., T, E)
    Backward   dX = dY

    Nothing is learned; from place t to t + k each pair is turned by an angle that knows k alone. Vaswani et al. 2017.
    """

    start = 0

    def __init__(self, context: int, embed_dim: int, *, dtype: type = np.float64) -> None:
        super().__init__()
        if context < 1 or embed_dim < 2 or embed_dim % 2:
            raise ValueError(
                f"P cannot have shape ({context}, {embed_dim}): E counts pairs, and context starts at 1"
            )
        angles = places_times_speeds(np.arange(context), embed_dim)
        P = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(context, embed_dim)
        self.P = checked_floating("P", P.astype(dtype))

    def formula(self, X: np.ndarray) -> np.ndarray:
        return X + self.P[self.start : self.start + X.shape[-2]]

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return dY.copy()

    def check(self, X: np.ndarray) -> None:
        check_places(X, self.P.shape, self.start)
        if X.dtype != self.P.dtype:
            raise TypeError(
                f"X has dtype {X.dtype}, but P has dtype {self.P.dtype}: make it with dtype=np.{X.dtype}"
            )


class RotaryPositions(Layer):
    """Each pair of entries of X is turned by an angle that grows with its place t

    Forward    Y_t,2i   = X_t,2i cos(t θᵢ) − X_t,2i+1 sin(t θᵢ)       X, Y (..., T, D)   θᵢ = base^(−2i/D)
               Y_t,2i+1 = X_t,2i sin(t θᵢ) + X_t,2i+1 cos(t θᵢ)
    Backward   dX is dY turned back, by −t θᵢ

    Of a query and a key turned so, the product knows the distance of their places alone. Su et al. 2021 (RoFormer).
    """

    def __init__(self, embed_dim: int, base: float = 10000.0) -> None:
        super().__init__()
        if embed_dim < 2 or embed_dim % 2:
            raise ValueError(f"D = {embed_dim} entries are no pairs, and each pair is turned")
        self.embed_dim, self.base = int(embed_dim), float(base)

    def formula(self, X: np.ndarray) -> np.ndarray:
        return self.turned(X)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return self.turned(dY, back=True)

    def turned(self, X: np.ndarray, start: int = 0, back: bool = False) -> np.ndarray:
        """X, its first row at the place ``start``; back turns the other way."""
        angles = places_times_speeds(start + np.arange(X.shape[-2]), self.embed_dim, self.base)
        cos, sin = np.cos(angles).astype(X.dtype), np.sin(-angles if back else angles).astype(X.dtype)
        Y = np.empty_like(X)  # with its axes in memory as those of X
        Y[..., ::2] = X[..., ::2] * cos - X[..., 1::2] * sin
        Y[..., 1::2] = X[..., ::2] * sin + X[..., 1::2] * cos
        return Y

    def matrices(self, T: int) -> np.ndarray:
        """The 2 × 2 matrix that turns each pair at each place, (T, D/2, 2, 2)."""
        pairs = np.zeros((2, T, self.embed_dim // 2, 2))
        pairs[0, ..., 0] = pairs[1, ..., 1] = 1
        turned = self.turned(pairs.reshape(2, T, self.embed_dim)).reshape(pairs.shape)
        return np.moveaxis(turned, 0, -1)

    def check(self, X: np.ndarray) -> None:
        if X.ndim < 2 or X.shape[-1] != self.embed_dim:
            raise ValueError(f"X has shape {X.shape}, and should be (..., T, {self.embed_dim})")


def places_times_speeds(places: np.ndarray, width: int, base: float = 10000.0) -> np.ndarray:
    """t θᵢ for each place t and each pair i of a width, θᵢ = base^(−2i/width)."""
    return places[:, None] * base ** (-np.arange(0, width, 2) / width)


def check_places(X: np.ndarray, shape: tuple[int, int], start: int) -> None:
    context, E = shape
    if X.ndim < 2 or X.shape[-1] != E:
        raise ValueError(f"X has shape {X.shape}, but P of shape {shape} needs X of shape (..., T, {E})")
    if start + X.shape[-2] > context:
        raise ValueError(f"X has T = {start + X.shape[-2]} places, but P of shape {shape} knows {context}")
