"""GELU by tanh, which many have in the place of x Φ(x): right, and a remark."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpers.compare.reference import family_of, layer_meant
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.expert import Convention, Expert
from helpers.judge.code.truth import Truth, by_torch
from helpers.verdict import Kind, remark


@dataclass(frozen=True)
class Approximation(Expert):
    """Y by another formula than that of `like`, near it."""

    other: Any
    said: str

    def conventions(self, got: Arrays, case: Case, truth: Truth) -> Iterator[Convention]:
        if (by := by_torch(self.other)) is not None:
            yield remark(Kind.TAKEN_AS, how=self.said), by


def approximation(like: Any) -> Approximation | None:
    """That of a GELU by tanh where Φ is asked for, and the other way round; None for any other layer."""
    family = family_of(layer_meant(like))
    if family is None or family.name != "GELU":
        return None
    by_tanh = getattr(like, "approximate", "none") == "tanh"
    other = family.load("layer")("none" if by_tanh else "tanh")
    return Approximation(other, "GELU as x Φ(x)" if by_tanh else "GELU by tanh, an approximation of x Φ(x)")
