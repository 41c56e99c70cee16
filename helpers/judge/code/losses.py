"""Conventions of losses, by which right ones differ, and known mistakes in their gradients."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from helpers.compare.loss_ranges import Range, linked, range_of, with_epsilon
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.expert import Convention, Expert, Suspect
from helpers.judge.code.truth import Torch, Truth
from helpers.verdict import Kind, remark, wrong

LEAST, MOST = -320, -1  # the powers of ten between which ε is looked for


@dataclass(frozen=True)
class Loss(Expert):
    """L = (1/D) Σ of something, with D = 1, S, N or S N; perhaps −log P of a probability P."""

    range: Range
    reduction: str

    def conventions(self, got: Arrays, case: Case, truth: Truth) -> Iterator[Convention]:
        """Yield other means, ½ in front, and log(P + ε) for log P."""
        if case.T is None or "L" not in got or got["L"].size != 1 or not np.isfinite(got["L"]).all():
            return
        yield from self.scales(truth)
        if self.range.link and self.reduction in ("mean", "sum"):
            yield from self.epsilons(float(got["L"].ravel()[0]), case, truth)

    def scales(self, truth: Truth) -> Iterator[Convention]:
        own = self.range.mean if self.reduction == "mean" else SCALES.get(self.reduction, ())
        for over, half in itertools.product(((), ("S",), ("N",), ("S", "N")), (False, True)):
            if (over, half) != (own, False) and (self.range.half or not half):
                said = remark(Kind.OTHER_MEAN, "L", own=mean_said(over, half), like=mean_said(own, False))
                yield said, Scaled(truth, own, over, 0.5 if half else 1.0)

    def epsilons(self, got: float, case: Case, truth: Truth) -> Iterator[Convention]:
        """Yield log(P + ε) with the ε that gives this L, which falls where ε grows."""

        def L(power: float) -> float:
            return float(Torch(with_epsilon(self.range, self.reduction, 10**power)).values(case)["L"])

        least, most = LEAST, MOST
        if not L(most) <= got <= L(least):
            return
        for _ in range(60):
            middle = (least + most) / 2
            least, most = (middle, most) if L(middle) > got else (least, middle)
        eps = float(f"{10**most:.3g}")
        said = remark(Kind.EPSILON_IN_LOG, "L", eps=eps)
        own = Torch(with_epsilon(self.range, self.reduction, eps))
        for grads in (truth, own):
            yield said, ValueOf(own, grads)

    def suspects(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Iterator[Suspect]:
        """Yield P − T for the gradient of a loss that has no softmax in it, and the other way round."""
        if of != "dX" or case.T is None or not self.range.link:
            return
        D = case.X - case.T
        if self.range.link == "none" and np.isfinite(got).all() and (size := (D * D).sum()):
            ratio = (got * D).sum() / size
            others = "the sign is wrong, too" if ratio < 0 else ""
            yield wrong(Kind.WRONG_VALUE, of, case=f"fused {self.range.T}", others=others), ratio * D
        elif self.range.link != "none":
            P = linked(self.range, case.X)
            alone = -case.T / P + ((1 - case.T) / (1 - P) if self.range.T == "binary" else 0)
            per = (got * alone).sum() / (alone * alone).sum()
            yield wrong(Kind.DERIVATIVE_MISSING, of, case=f"{self.range.link} of scores"), per * alone


SCALES = {"batchmean": ("S",), "sum": ()}


def mean_said(over: tuple[str, ...], half: bool) -> str:
    """½ Σ / S"""
    return (
        "½ " * half
        + "Σ"
        + (f" / {' '.join(over)}" if len(over) < 2 else f" / ({' '.join(over)})") * bool(over)
    )


@dataclass(frozen=True)
class Scaled:
    """Knows what is right where L divides by other sizes, and has another number in front."""

    truth: Truth
    own: tuple[str, ...]
    over: tuple[str, ...]
    constant: float

    def scale(self, case: Case) -> float:
        sizes = {"S": len(case.X), "N": case.X[0].size}
        return self.constant * prod(sizes[k] for k in self.own) / prod(sizes[k] for k in self.over)

    def values(self, case: Case) -> Arrays:
        return {"L": self.scale(case) * self.truth.values(case)["L"]}

    def __call__(self, case: Case) -> Arrays:
        return {of: self.scale(case) * A for of, A in self.truth(case).items()}


@dataclass(frozen=True)
class ValueOf:
    """Knows L by one truth and its gradients by another."""

    of: Truth
    grads: Truth

    def values(self, case: Case) -> Arrays:
        return self.of.values(case)

    def __call__(self, case: Case) -> Arrays:
        return self.grads(case) | self.values(case)


def loss_of(like: Any) -> Loss | None:
    """What is known of a loss of this project or of torch.nn; None for a layer."""
    reduction = getattr(like, "reduction", None)
    return Loss(range_of(like), reduction) if isinstance(reduction, str) else None
