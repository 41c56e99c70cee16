"""Batch normalisation: each channel with the mean and the variance of the batch."""

import math

import numpy as np

from .layer import Layer, floating


class BatchNorm(Layer):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, each channel c by itself

    Forward    μ  = Σₛ Xₛ / S                        X, Y (S, C) or (S, C, ...): then S counts the places too
               D  = X − μ                            μ, v, σ, γ, β (C,)
               v  = Σₛ Dₛ² / S
               σ  = √(v + ε)
               Y  = γ X̂ + β                          X̂ = D / σ is not written out: that saves a pass over X
    Backward   dβ = Σₛ dYₛ
               dγ = Σₛ dYₛ X̂ₛ
               dX = γ/(Sσ) (S dY − dβ − X̂ dγ)        in evaluation γ/σ dY: μ and σ are constants

    While training, ``buffers`` follow the batches: running_mean ← (1 − m) running_mean + m μ, and running_var the same
    with the unbiased S v / (S − 1); m is ``momentum``, or with None 1/(number of batches), which makes it their
    average. Evaluation takes μ and v from there. Ioffe and Szegedy 2015.

    Derived in notebooks/09_batch_norm.ipynb.
    """

    mixes_samples = True
    normalises = "batch"
    shapes: tuple[tuple[str, ...], ...] = ()  # that X can have, in letters

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = int(num_features), float(eps), momentum
        if num_features < 1:
            raise ValueError(f"num_features is the number of channels, at least 1, and not {num_features}")
        ones = floating("γ", np.ones(self.num_features, dtype))
        if affine:
            self.params = {"gamma": ones.copy(), "beta": 0 * ones}
        if track_running_stats:
            count = np.zeros((), dtype)
            self.buffers = {"running_mean": 0 * ones, "running_var": ones, "num_batches_tracked": count}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = X = self.fitting(X)
        if self.training or not self.buffers:  # as PyTorch, where no statistics are kept
            self.D, v, self.S = self.centred(X)
        else:
            mu, v, self.S = self.buffers["running_mean"], self.buffers["running_var"], None
            self.D = X - column(mu, X)
        self.sigma = np.sqrt(v + self.eps)
        self.Y = self.D * column(self.params.get("gamma", 1.0) / self.sigma, X)
        self.Y += column(self.params.get("beta", 0.0), X)
        return self.Y

    def centred(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """X − μ, v and S of the batch, of which the buffers take note."""
        S = values_per_channel(X)
        near = X.reshape(*X.shape[:2], -1)[0, :, 0]
        D = X - column(near, X)  # a sum of large numbers would lose the digits in which they differ
        mu = total(D) / S
        D -= column(mu, X)
        v = total(D, D) / S
        if self.training and self.buffers:
            self.follow(near + mu, S / (S - 1) * v)
        return D, v, S

    def follow(self, mu: np.ndarray, unbiased: np.ndarray) -> None:
        """One more batch in the running mean and variance."""
        self.buffers["num_batches_tracked"] += 1
        m = 1 / float(self.buffers["num_batches_tracked"]) if self.momentum is None else self.momentum
        for key, value in (("running_mean", mu), ("running_var", unbiased)):
            self.buffers[key] *= 1 - m
            self.buffers[key] += m * value

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, D, S, sigma = self.upstream(dY), self.D, self.S, self.sigma
        dbeta = total(dY)
        dgamma = total(dY, D) / sigma
        if self.params:
            self.grads = {"gamma": dgamma, "beta": dbeta}
        gamma = self.params.get("gamma", 1.0)
        if S is None:  # μ and σ were constants
            return column(gamma / sigma, dY) * dY
        dX = D * column(dgamma / (S * sigma), dY)  # from here on γ/σ (dY − X̂ dγ/S − dβ/S), in place
        np.subtract(dY, dX, out=dX)
        dX -= column(dbeta / S, dY)
        dX *= column(gamma / sigma, dY)
        return dX

    @property
    def Xhat(self) -> np.ndarray:
        """X̂ of the last forward, for whoever wants to see it."""
        return self.D / column(self.sigma, self.D)

    def fitting(self, X: np.ndarray) -> np.ndarray:
        """X itself, if it has the axes of this layer, the channels and the dtype of its parameters."""
        X, C = self.typed(X), self.num_features
        if X.ndim not in map(len, self.shapes) or X.shape[1] != C:
            asked = " or ".join(f"({', '.join(shape)})" for shape in self.shapes).replace("C", str(C))
            raise ValueError(f"X has shape {X.shape}, but γ of shape ({C},) needs X of shape {asked}")
        return X


class BatchNorm1d(BatchNorm):
    __doc__ = BatchNorm.__doc__
    shapes = (("S", "C"), ("S", "C", "T"))


class BatchNorm2d(BatchNorm):
    __doc__ = BatchNorm.__doc__
    shapes = (("S", "C", "H", "W"),)
    spatial_axes = 2


def values_per_channel(X: np.ndarray) -> int:
    """S, if a variance can be taken over so many."""
    S = X.size // X.shape[1]
    if S == 0:
        raise ValueError(f"X has shape {X.shape}, an empty batch: over S = 0 samples there is no mean μ")
    if S == 1:
        raise ValueError(
            f"X has shape {X.shape}: while training, μ and v need more than one value in each channel, S > 1; "
            f"after eval() one sample is enough"
        )
    return S


def column(v: np.ndarray | float, X: np.ndarray) -> np.ndarray | float:
    """v (C,) so that it stands beside the channels of X (S, C, ...)."""
    return v if X.ndim == 2 or np.ndim(v) == 0 else v.reshape(-1, *[1] * (X.ndim - 2))


def total(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σ A or Σ A B for each channel, over all other axes; many times faster than sum over axis 0."""
    S, C, *places = A.shape
    if not places:
        return np.ones(S, A.dtype) @ (A if B is None else A * B)
    shape = S, C, math.prod(places)
    B = np.ones(shape[2], A.dtype) if B is None else B.reshape(shape)
    return np.vecdot(A.reshape(shape), B).sum(axis=0)
