"""Makes known mistakes in a normalisation, as arrays that a result can be held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.known_mistakes import Suspect
from helpers.verdict import Kind, wrong

TRAINED = 2  # batches that the running statistics see before evaluation


@dataclass(frozen=True)
class Normalisation:
    """Y = γ (X − μ) / σ + β, with μ and σ over the axes of samples, or over those of features."""

    by_batch: bool
    features: int  # the number of axes of a sample that layer norm goes over
    eps: float
    momentum: float | None
    tracks: bool

    def axes(self, X: np.ndarray) -> tuple[int, ...]:
        if self.by_batch:
            return (0, *range(2, X.ndim))
        return tuple(range(X.ndim - self.features, X.ndim))

    def suspects(self, of: str, case: Case) -> Iterator[Suspect]:
        """Yield known mistakes in Y, dX or dγ."""
        X, dY, axes = case.X, case.dY, self.axes(case.X)
        gamma, beta = self.parameters(case)
        Xhat, sigma = self.standardised(X, axes)
        if of == "Y":
            v, letter = X.var(axes, keepdims=True), "S" if self.by_batch else "N"
            unbiased = self.standardised(X, axes, 1)[0]
            yield wrong(Kind.UNBIASED_VARIANCE, of, letter=letter), gamma * unbiased + beta
            outside = (X - X.mean(axes, keepdims=True)) / (np.sqrt(v) + self.eps)
            yield wrong(Kind.EPSILON_OUTSIDE, of), gamma * outside + beta
            other = tuple(range(1, X.ndim)) if self.by_batch else (0,)
            taken_for = "layer norm" if self.by_batch else "batch norm"
            yield wrong(Kind.WRONG_AXIS, of, case=taken_for), gamma * self.standardised(X, other)[0] + beta
            yield wrong(Kind.GAMMA_LEFT_OUT, of, case="forward"), Xhat + beta
        if of == "dX":
            yield from self.missing_paths(gamma * dY, Xhat, sigma, axes)
            without = backward(dY + 0 * Xhat, Xhat, sigma, axes)
            yield wrong(Kind.GAMMA_LEFT_OUT, of, case="backward"), without
        if of == "dgamma":
            over = tuple(k for k in range(X.ndim) if np.broadcast_to(gamma, X.shape).strides[k] == 0)
            shape = np.shape(case.params["gamma"])
            yield wrong(Kind.WRONG_ARRAY, of, case="gamma"), (dY * X).sum(over).reshape(shape)

    def missing_paths(
        self, dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, axes: tuple[int, ...]
    ) -> Iterator[Suspect]:
        """Yield dX without the path through the mean, the variance, or both."""
        mean, variance = paths(dXhat, Xhat, sigma, axes)
        for case, missing in (("mean", mean), ("variance", variance), ("both", mean + variance)):
            dX = dXhat / sigma + mean + variance - missing
            yield wrong(Kind.STATISTICS_CONSTANT, "dX", case=case), dX

    def parameters(self, case: Case) -> tuple[np.ndarray, np.ndarray]:
        """Return γ and β in shapes that fit X; 1 and 0 where there are none."""
        one, zero = np.ones(()), np.zeros(())
        both = case.params.get("gamma", one), case.params.get("beta", zero)
        if self.by_batch:
            return tuple(A.reshape(-1, *[1] * (case.X.ndim - 2)) if A.ndim else A for A in both)
        return both

    def standardised(
        self, X: np.ndarray, axes: tuple[int, ...], correction: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(all="ignore"):
            sigma = np.sqrt(X.var(axes, ddof=correction, keepdims=True) + self.eps)
            return (X - X.mean(axes, keepdims=True)) / sigma, sigma

    def evaluated(
        self, batches: list[np.ndarray], case: Case, start: tuple[np.ndarray, np.ndarray, int]
    ) -> tuple[Arrays, list[tuple[Kind, Arrays]]]:
        """Return Y and the gradients in evaluation after these batches: the right ones, and known mistakes."""
        axes, (gamma, _) = self.axes(case.X), self.parameters(case)

        def after(biased: bool = False, reverse: bool = False) -> Arrays:
            mean, var, count = start
            for X in batches:
                count += 1
                m = 1 / count if self.momentum is None else self.momentum
                m = 1 - m if reverse else m
                mean = (1 - m) * mean + m * X.mean(axes)
                var = (1 - m) * var + m * X.var(axes, ddof=0 if biased else 1)
            return self.with_constants(case, mean, var)

        Xhat, sigma = self.standardised(case.X, axes)
        batch = self.with_constants(case, case.X.mean(axes), case.X.var(axes))
        return after(), [
            (Kind.RUNNING_BIASED, after(biased=True)),
            (Kind.MOMENTUM_REVERSED, after(reverse=True)),
            (Kind.BATCH_IN_EVALUATION, batch),
            (Kind.BATCH_IN_EVALUATION, batch | {"dX": backward(gamma * case.dY, Xhat, sigma, axes)}),
        ]

    def with_constants(self, case: Case, mean: np.ndarray, var: np.ndarray) -> Arrays:
        """Return Y and all gradients where μ and v are numbers."""
        X, dY, axes = case.X, case.dY, self.axes(case.X)
        gamma, beta = self.parameters(case)
        mean, var = (A.reshape(-1, *[1] * (X.ndim - 2)) for A in (mean, var))
        sigma = np.sqrt(var + self.eps)
        Xhat = (X - mean) / sigma
        all_ = {"dgamma": (dY * Xhat).sum(axes), "dbeta": dY.sum(axes)}
        known = {of: A for of, A in all_.items() if of[1:] in case.params}
        return {"Y": gamma * Xhat + beta, "dX": gamma / sigma * dY, **known}


def paths(
    dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, axes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what comes to X through the mean, and through the variance."""
    mean = -dXhat.mean(axes, keepdims=True) / sigma
    return mean, -Xhat * (dXhat * Xhat).mean(axes, keepdims=True) / sigma


def backward(dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return dXhat / sigma + sum(paths(dXhat, Xhat, sigma, axes))


def normalisation(like: Any) -> Normalisation | None:
    """How a layer normalises that goes over the batch or over a sample: this project's, torch.nn's, or a reader's."""
    over = getattr(layer_meant(like, whole=False), "normalises", "")
    if over not in ("batch", "sample"):
        return None
    shape = getattr(like, "normalized_shape", None) or getattr(like, "shape", None) or (1,)
    tracks = getattr(like, "track_running_stats", bool(getattr(like, "buffers", True)))
    momentum = getattr(like, "momentum", 0.1)
    return Normalisation(over == "batch", len(shape), getattr(like, "eps", 1e-5), momentum, bool(tracks))


def sample_shape(like: Any, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of a sample for a layer that has channels or features, and no W to tell."""
    channels = getattr(like, "num_channels", getattr(like, "num_features", None))
    meant = layer_meant(like)
    axes = getattr(meant, "spatial_axes", 0) or (getattr(meant, "normalises", "") == "group")
    places = (4, 3)[:axes]
    if channels is not None:
        return (channels, *places)
    shape = getattr(like, "normalized_shape", None) or getattr(like, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) else vector_shape(shapes)


def vector_shape(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of the parameters, where all are vectors of one size, such as γ and β."""
    found = set(shapes.values())
    return found.pop() if len(found) == 1 and all(len(shape) == 1 for shape in found) else None


def running(layer: Any, N: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the mean, the variance and the number of batches from which the layer starts."""
    kept = getattr(layer, "buffers", None)
    kept = kept if isinstance(kept, dict) else vars(layer)
    mean, var = (
        np.ravel(kept.get(key, start)) for key, start in (("running_mean", 0.0), ("running_var", 1.0))
    )
    count = int(np.ravel(kept.get("num_batches_tracked", 0))[0])
    return mean + np.zeros(N), var + np.zeros(N), count


def switch(layer: Any, training: bool) -> bool:
    """Put the layer into training or evaluation; False where it knows no modes."""
    method = getattr(layer, "train" if training else "eval", None)
    if callable(method):
        method()
    elif hasattr(layer, "training"):
        layer.training = training
    else:
        return False
    return True
