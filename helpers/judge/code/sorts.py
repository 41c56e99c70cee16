"""Sorts of inputs on which alone something may be wrong: entries that are equal, large ones, one sample, float32."""

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.kind_of_mistake import agree
from helpers.verdict import Kind, Verdict, wrong

CLIPPED = 1e-4  # how far a clip leaves what is 0 or 1 by right from it
EXTREME = {Kind.NAN: Kind.NAN_AT_EXTREMES, Kind.RAISES: Kind.RAISES}  # what has a name of its own at extremes

Sort = tuple[Kind, str] | None
"""A sort of inputs on which alone something may be wrong: the kind that says so, and its case; else None."""


def seen_on(sort: Sort, case: Case, seen: Verdict) -> Verdict:
    """Turn a verdict on one sort of inputs into one on the work, which was right on those before."""
    if sort is None:
        return seen
    kind = EXTREME.get(seen.kind, sort[0]) if sort[0] is Kind.AT_EXTREMES else sort[0]
    also = seen.pieces.get("also", ())
    return wrong(kind, seen.where, seen.difference, sort=sort, sizes=str(case), seen=seen, also=also)


def clipped(got: np.ndarray, want: np.ndarray, sort: Sort) -> bool:
    """Tell whether large entries alone make a result a little other than it is by right."""
    if sort is None or sort[0] is not Kind.AT_EXTREMES or sort[1] == "mean" or got.shape != want.shape:
        return False
    return not agree(got, want) and np.allclose(got, want, rtol=0, atol=CLIPPED)
