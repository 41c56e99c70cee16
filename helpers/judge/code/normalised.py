"""Knows how a layer normalises: what is right in training and in evaluation, and by which conventions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, member
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.judge.code import norm_mistakes
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.expert import Convention, Expert, Suspect
from helpers.judge.code.standardise import Standard, paths
from helpers.judge.code.truth import Truth
from helpers.judge.code.windowed import spatial_axes
from helpers.verdict import Kind, remark

TRAINED = 2  # batches that the running statistics see before evaluation

Known = tuple[tuple[Kind, ...], Arrays]
"""What is said of results in evaluation, and the results of which it is said."""


@dataclass(frozen=True)
class Normalisation(Standard, Expert):
    """Y = γ (X − μ) / σ + β, with μ and σ over the axes of samples, or over those of features."""

    def suspects(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Iterator[Suspect]:
        return norm_mistakes.suspects(self, of, got, case)

    def conventions(self, got: Arrays, case: Case, truth: Truth) -> Iterator[Convention]:
        """Yield other values of ε, and √v + ε for √(v + ε), as they can be read off Y."""
        if "Y" not in got or got["Y"].shape != case.X.shape:
            return
        gamma, beta = self.parameters(case)
        axes = self.axes(case.X)
        v = case.X.var(axes, keepdims=True)
        with np.errstate(all="ignore"):
            sigma = gamma * (case.X - case.X.mean(axes, keepdims=True)) / (got["Y"] - beta)
            inside, outside = np.median(sigma**2 - v), np.median(np.abs(sigma) - np.sqrt(v))
        for case_, eps in (("inside", inside), ("outside", outside)):
            if not (np.isfinite(eps) and -1e-12 < eps < 0.5):
                continue
            eps = float(f"{max(eps, 0.0):.3g}") if eps > 1e-13 else 0.0
            said = {"inside": remark(Kind.OTHER_EPSILON, "Y", eps=eps, like=self.eps)}
            said["outside"] = remark(Kind.EPSILON_OUTSIDE, "Y", eps=eps)
            how = replace(self, eps=eps, outside=case_ == "outside")
            for slope in Slope:
                yield said[case_], Standardised(how, slope)

    def evaluated(
        self, batches: list[np.ndarray], case: Case, start: tuple[np.ndarray, np.ndarray, int] | None
    ) -> tuple[list[Known], list[Known]]:
        """Return Y and the gradients in evaluation after these batches: by each convention, and by known mistakes.

        Where there is nothing at the start, the statistics are those of the first batch at first.
        """
        axes = self.axes(case.X)

        def after(biased: bool = False, reverse: bool = False) -> Arrays:
            first = batches[0].mean(axes), batches[0].var(axes, ddof=0 if biased else 1), 1
            mean, var, count = start or first
            for X in batches if start else batches[1:]:
                count += 1
                m = 1 / count if self.momentum is None else self.momentum
                m = 1 - m if reverse else m
                mean = (1 - m) * mean + m * X.mean(axes)
                var = (1 - m) * var + m * X.var(axes, ddof=0 if biased else 1)
            return self.with_constants(case, mean, var)

        biased, reversed_ = Kind.RUNNING_BIASED, Kind.MOMENTUM_REVERSED
        conventions: list[Known] = [
            ((), after()),
            ((biased,), after(biased=True)),
            ((reversed_,), after(reverse=True)),
            ((biased, reversed_), after(biased=True, reverse=True)),
        ]
        batch = self.with_constants(case, case.X.mean(axes), case.X.var(axes))
        return conventions, [((Kind.BATCH_IN_EVALUATION,), batch)]

    def with_constants(self, case: Case, mean: np.ndarray, var: np.ndarray) -> Arrays:
        """Return Y and all gradients where μ and v are numbers."""
        X, dY, axes = case.X, case.dY, self.axes(case.X)
        gamma, beta = self.parameters(case)
        mean, var = (A.reshape(-1, *[1] * (X.ndim - 2)) for A in (mean, var))
        sigma = self.deviation(var)
        Xhat = (X - mean) / sigma
        all_ = {"dgamma": (dY * Xhat).sum(axes), "dbeta": dY.sum(axes)}
        known = {of: A for of, A in all_.items() if of[1:] in case.params}
        return {"Y": gamma * Xhat + beta, "dX": gamma / sigma * dY, **known}


class Slope(Enum):
    """What the path through the variance has beside 1/σ², where σ = √v + ε: terms of the size of ε."""

    CONSTANT = member(lambda sigma, eps: 1.0)  # as for a constant ratio of √v to σ
    EXACT = member(lambda sigma, eps: sigma / (sigma - eps))
    INSIDE = member(
        lambda sigma, eps: sigma**3 / ((sigma - eps) ** 2 + eps) ** 1.5
    )  # with ε inside of the root

    def __call__(self, sigma: np.ndarray, eps: float) -> np.ndarray:
        return self.value(sigma, eps)


@dataclass(frozen=True)
class Standardised:
    """Knows what is right with another ε, or with √v + ε, whose slope people write in several ways."""

    how: Normalisation
    slope: "Slope"

    def values(self, case: Case) -> Arrays:
        return {"Y": self(case)["Y"]}

    def __call__(self, case: Case) -> Arrays:
        how, X = self.how, case.X
        axes, (gamma, beta) = how.axes(X), how.parameters(case)
        with np.errstate(all="ignore"):
            Xhat, sigma = how.standardised(X, axes)
            Y = gamma * Xhat + beta
            if case.dY is None:
                return {"Y": Y}
            mean, variance = paths(gamma * case.dY, Xhat, sigma, axes)
            if how.outside:
                variance = variance * self.slope(sigma, how.eps)
            dX = gamma * case.dY / sigma + mean + variance
        over = how.over(case)
        sums = {"dgamma": (case.dY * Xhat).sum(over), "dbeta": case.dY.sum(over)}
        known = {of: A.reshape(case.params[of[1:]].shape) for of, A in sums.items() if of[1:] in case.params}
        return {"Y": Y, "dX": dX, **known}


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
    axes = spatial_axes(like) or (getattr(meant, "normalises", "") == "group")
    places = (4, 3, 2)[:axes]
    if channels is not None:
        return (channels, *places)
    shape = getattr(like, "normalized_shape", None) or getattr(like, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) else vector_shape(shapes)


def vector_shape(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of the parameters, where all are vectors of one size, such as γ and β."""
    found = set(shapes.values())
    return found.pop() if len(found) == 1 and all(len(shape) == 1 for shape in found) else None


def running(layer: Any, N: int) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Return the mean, the variance and the number of batches from which a layer starts; None where it has none."""
    kept = getattr(layer, "buffers", None)
    kept = kept if isinstance(kept, dict) else vars(layer)
    if any(kept.get(key, 0) is None for key in ("running_mean", "running_var")):
        return None
    mean, var = (
        np.ravel(kept.get(key, start)) for key, start in (("running_mean", 0.0), ("running_var", 1.0))
    )
    count = int(np.ravel(kept.get("num_batches_tracked", 0))[0])
    return mean + np.zeros(N), var + np.zeros(N), count
