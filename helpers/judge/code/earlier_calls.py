"""Tells what stays in a work from one call to the next."""

import contextlib

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.kind_of_mistake import agree, fitted
from helpers.judge.code.subject import Subject
from helpers.verdict import Kind, Verdict, remark, wrong

CLEARING = (
    *("zero_grad", "zero_grads", "zero_gradients", "zero_grad_parameters", "zeroGradParameters"),
    *("clear_grad", "clear_grads", "clear_gradients", "clear_cache"),
    *("reset_grad", "reset_grads", "flush_gradients"),
)


def kept(subject: Subject, of: str, want: np.ndarray, case: Case) -> Verdict | None:
    """Tell what stays from one call to the next in a quantity that is wrong; None where nothing does."""
    first, second = (subject.run(case).values.get(of) for _ in range(2))
    if (method := getattr(subject, "clears", None)) and agree(second, want):
        return remark(Kind.ACCUMULATES, case="cleared", method=method)
    if first is not None and not agree(first, second):
        if said := cleared(subject, of, want, case):
            return said
        if agree(fitted(second - first, want), want):
            return wrong(Kind.ACCUMULATES, of)
    subject.fresh()
    afresh = subject.run(case).values.get(of)
    return wrong(Kind.EARLIER_CALLS, of) if afresh is not None and agree(afresh, want) else None


def cleared(subject: Subject, of: str, want: np.ndarray, case: Case) -> Verdict | None:
    """Return a remark where the work has a method that clears its gradients, and is right after each such call."""
    layer = getattr(subject, "original", None)
    for name in CLEARING:
        if callable(getattr(layer, name, None)) and hasattr(subject, "clears"):
            subject.clears = name
            with contextlib.suppress(Trouble):
                if all(agree(subject.run(case).values[of], want) for _ in range(2)):
                    return remark(Kind.ACCUMULATES, case="cleared", method=name)
            subject.clears = None
    return None


def moves(subject: Subject, of: str, case: Case) -> bool:
    """Tell whether the same call again gives another result."""
    first, second = (subject.run(case).values[of] for _ in range(2))
    return not agree(first, second)
