"""Batch normalisation: each channel with the mean and the variance of the batch."""

import numpy as np

from .checks import checked_floating
from .layer import Layer
from .targets import from_rows, rows


class BatchNorm(Layer):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, each channel c by itself

    Forward    μ  = Σₛ Xₛ / S                        X, Y (S, C) or (S, C, ...): then S counts the places too
               D  = X − μ                            μ, v, σ, γ, β (C,)
               v  = Σₛ Dₛ² / S
               σ  = √(v + ε)
               Y  = γ X̂ + β                          X̂ = D / σ
    Backward   dβ = Σₛ dYₛ
               dγ = Σₛ dYₛ X̂ₛ
               dX = γ/(Sσ) (S dY − dβ − X̂ dγ)        in evaluation γ/σ dY: μ and σ are constants

    While training, ``buffers`` follow the batches: running_mean ← (1 − m) running_mean + m μ, and running_var the same
    with the unbiased S v / (S − 1), or with v itself if ``unbiased`` is False, as TensorFlow and ONNX have it; m is
    ``momentum``, or with None 1/(number of batches), which makes it their average. Evaluation takes μ and v from there.
    Ioffe and Szegedy 2015.

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
        bias: bool = True,
        unbiased: bool = True,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = int(num_features), float(eps), momentum
        self.unbiased = unbiased
        if num_features < 1:
            raise ValueError(f"num_features is the number of channels, at least 1, and not {num_features}")
        ones = checked_floating("γ", np.ones(self.num_features, dtype))
        if affine:
            self.params["gamma"] = ones.copy()
        if affine and bias:
            self.params["beta"] = 0 * ones
        if track_running_stats:
            count = np.zeros((), dtype)
            self.buffers = {"running_mean": 0 * ones, "running_var": ones, "num_batches_tracked": count}

    def formula(self, X: np.ndarray) -> np.ndarray:
        X, S = rows(X), X.size // X.shape[1]
        if self.by_batch:
            D = centred(X, axis=0)
            v = (D * D).sum(axis=0) / S
            self.follow(X[0] - D[0], v, S)
        else:
            D, v, S = X - self.buffers["running_mean"], self.buffers["running_var"], None
        self.D, self.S, self.sigma = D, S, np.sqrt(v + self.eps)
        gamma, beta = self.params.get("gamma", 1.0), self.params.get("beta", 0.0)
        return from_rows(gamma * self.Xhat + beta, self.X.shape)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        dY, S, sigma, Xhat = rows(dY), self.S, self.sigma, self.Xhat
        gamma = self.params.get("gamma", 1.0)
        dbeta = dY.sum(axis=0)
        dgamma = (dY * Xhat).sum(axis=0)
        self.grads.update(gamma=dgamma, beta=dbeta)
        if S is None:  # μ and σ were constants
            return from_rows(gamma / sigma * dY, self.X.shape)
        return from_rows(gamma / (S * sigma) * (S * dY - dbeta - Xhat * dgamma), self.X.shape)

    @property
    def by_batch(self) -> bool:
        """Whether μ and v are those of the batch: also in evaluation, as in PyTorch, if no others are kept."""
        return self.training or not self.buffers

    @property
    def Xhat(self) -> np.ndarray:
        """X̂ of the last forward."""
        return np.moveaxis(np.moveaxis(self.D, 1, -1) / self.sigma, -1, 1)

    def follow(self, mu: np.ndarray, v: np.ndarray, S: int) -> None:
        """One more batch in the running mean and variance."""
        if not (self.training and self.buffers):
            return
        self.buffers["num_batches_tracked"] += 1
        m = 1 / float(self.buffers["num_batches_tracked"]) if self.momentum is None else self.momentum
        v = S / (S - 1) * v if self.unbiased else v
        for key, value in (("running_mean", mu), ("running_var", v)):
            self.buffers[key] *= 1 - m
            self.buffers[key] += m * value

    def check(self, X: np.ndarray) -> None:
        C = self.num_features
        if X.ndim not in map(len, self.shapes) or X.shape[1] != C:
            asked = " or ".join(f"({', '.join(shape)})" for shape in self.shapes).replace("C", str(C))
            raise ValueError(f"X has shape {X.shape}, but γ of shape ({C},) needs X of shape {asked}")
        if X.size < 2 * C and self.by_batch:
            if X.size == 0:
                raise ValueError(
                    f"X has shape {X.shape}, an empty batch: over S = 0 samples there is no mean μ"
                )
            raise ValueError(
                f"X has shape {X.shape}: while training, μ and v need more than one value in each channel, S > 1; "
                f"after eval() one sample is enough"
            )


class BatchNorm1d(BatchNorm):
    __doc__ = BatchNorm.__doc__
    shapes = (("S", "C"), ("S", "C", "T"))


class BatchNorm2d(BatchNorm):
    __doc__ = BatchNorm.__doc__
    shapes = (("S", "C", "H", "W"),)
    spatial_axes = 2


def centred(X: np.ndarray, axis: int) -> np.ndarray:
    """X − μ, with the mean μ over an axis."""
    D = X - X.take([0], axis)  # a sum of large numbers would lose the digits in which they differ
    return D - D.mean(axis, keepdims=True)
