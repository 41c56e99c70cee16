"""Names a factor by what it is at two sizes, and tells it from a number that happens to be a size."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers.compare.difference import factor_over
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.kind_of_mistake import tolerance
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth
from helpers.verdict import Kind, Verdict, wrong

NAMED = (Kind.FACTOR, Kind.BIAS_AVERAGED, Kind.SIGN)


def renamed(
    verdict: Verdict,
    got: np.ndarray,
    want: np.ndarray,
    case: Case,
    other: Case,
    subject: Subject,
    truth: Truth,
) -> Verdict:
    """Name the factor of a verdict by its values here and in a case of other sizes.

    One number L is always a multiple of another: where it is another multiple there, it is no factor.
    """
    of, factor = verdict.where, verdict.difference.factor
    try:
        first, near = ratio(of, other, subject, truth)
        second, _ = ratio(of, turned(other), subject, truth) if of == "L" else (first, near)
    except (Trouble, KeyError, ValueError):
        return verdict
    if not np.isclose(first, second, rtol=near / 100):
        return wrong(Kind.FORWARD, of, case="number", got=float(got), want=float(want))
    if verdict.kind not in NAMED:
        return verdict
    named = factor_over([(factor.value, case.sizes), (first, other.sizes)])
    verdict = replace(verdict, difference=replace(verdict.difference, factor=named))
    average = verdict.kind is Kind.BIAS_AVERAGED and not named.names
    return replace(verdict, kind=Kind.FACTOR) if average else verdict


def ratio(of: str, case: Case, subject: Subject, truth: Truth) -> tuple[float, float]:
    """Return by what a quantity is too large, and how near such numbers are to each other."""
    got, want = subject.run(case).values[of], truth(case.astype(np.float64))[of]
    return float((got * want).sum() / (want * want).sum()), tolerance(got, want)


def other_sizes(case: Case, another: Callable[[Case], Case] | None) -> Case:
    """Return a case of other sizes by this function, or what there is."""
    with contextlib.suppress(Trouble, ValueError, RuntimeError):
        if another is not None:
            return another(case)
    return turned(case)


def turned(case: Case) -> Case:
    """Return the same sizes, with the samples in another order, and other targets for them."""
    T = None if case.T is None else np.roll(case.T, 1, axis=0)
    return replace(case, X=case.X[::-1].copy(), T=T)
