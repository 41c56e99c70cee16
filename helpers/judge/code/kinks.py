"""Tells a subgradient from a mistake where there is no one gradient: at a kink, or where several are the largest."""

from dataclasses import replace

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth
from helpers.verdict import Kind, Verdict, remark, wrong

STEP, NEAR = 1e-6, 1e-4


def at_kink(got: np.ndarray, want: np.ndarray, case: Case, truth: Truth) -> Verdict | None:
    """Return a remark where dX lies between the one-sided slopes at every kink, and is right elsewhere.

    X is moved as a whole by a little, up and down: the slopes on both sides of a function of one entry.
    """
    below, above = (truth(replace(case, X=case.X + step))["dX"] for step in (-STEP, STEP))
    low, high = np.minimum(below, above), np.maximum(below, above)
    kink = high - low > NEAR
    near = NEAR * max(1.0, float(np.abs(want).max(initial=0.0)))
    between = (low - near <= got) & (got <= high + near)
    if not kink.any() or not between.all() or not np.abs(got - want)[~kink].max(initial=0.0) <= near:
        return None
    worst = np.unravel_index(np.argmax(np.abs(got - want)), got.shape)
    per = case.dY[worst] if case.dY is not None and case.dY.shape == got.shape else 1.0
    return remark(Kind.AT_TIES, "dX", case="kink", got=got[worst] / per, torch=want[worst] / per)


def among_largest(case: Case, truth: Truth, subject: Subject) -> Verdict | None:
    """Return what is to be said of a pooling that hands dY to the largest entries of a window, where several are equal.

    Each output of the first sample gets a dY of 1 by itself. Shared among the largest, with weights that add up to 1,
    that is a subgradient: a remark. None for what is neither that nor the whole of dY for each.
    """
    first = case.sample(0)
    shares = []
    for k in np.ndindex(first.dY.shape):
        one = np.zeros_like(first.dY)
        one[k] = 1
        dX = subject.run(replace(first, dY=one)).values["dX"]
        largest = moves(first, truth, k)
        if dX.shape != largest.shape or (dX < 0).any() or dX[~largest].any():
            return None
        shares.append(dX.sum())
    if np.allclose(shares, 1):
        return remark(Kind.AT_TIES, "dX", case="shared")
    return wrong(Kind.AT_TIES, "dX", case="handed out twice", times=max(shares)) if min(shares) >= 1 else None


def moves(case: Case, truth: Truth, k: tuple[int, ...]) -> np.ndarray:
    """Return which entries of X move output k when they grow: the largest ones of its window."""
    Y, found = truth.values(case)["Y"], np.zeros(case.X.shape, bool)
    for e in np.ndindex(case.X.shape):
        X = case.X.copy()
        X[e] += STEP
        found[e] = truth.values(replace(case, X=X))["Y"][k] > Y[k]
    return found
