"""Judges a batch norm in evaluation: what it does after some batches of training, by its running statistics."""

from collections.abc import Iterator
from dataclasses import replace

from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.kind_of_mistake import agree, fitted
from helpers.judge.code.layer_object import Object
from helpers.judge.code.modes import put_into
from helpers.judge.code.normalised import Known, running
from helpers.verdict import Kind, Verdict, remark, wrong


def judge_evaluation(bench: Bench, cases: list[Case]) -> None:
    """Train an object on all of the cases but the last, and judge the last in evaluation, where it knows the two."""
    how, subject, start = bench.normalisation, bench.subject, cases[0]
    if not (how and how.by_batch and how.tracks and isinstance(subject, Object)):
        return
    subject.fresh()
    layer = subject.filled(start)
    by_itself, by_a_call = put_into(subject, True, start, layer)
    if not (by_itself or (by_a_call and hasattr(layer, "running_mean"))):
        return
    statistics = running(layer, start.X.shape[1])
    *batches, last = (replace(case, params=start.params) for case in cases)
    for case in batches:
        subject.run(case)
    put_into(subject, False, start, layer)
    got = subject.run(last).values
    put_into(subject, True, start, layer)
    for verdict in seen(got, *how.evaluated([case.X for case in batches], last, statistics)):
        bench.add(verdict)
    subject.fresh()
    bench.done("evaluation", batches=len(batches))


def seen(got: Arrays, right: list[Known], mistaken: list[Known]) -> Iterator[Verdict]:
    """Yield what is to be said of the results in evaluation: nothing where they are right.

    Each convention, or known mistake, is what is said of it, with what comes out. A dX of training beside a right Y is
    a remark: it is hardly ever asked for.
    """
    for kinds, want in right:
        if agrees(got, want, "Y"):
            yield from (remark(kind, "Y") for kind in kinds)
            if of := next((of for of in want if not agrees(got, want, of)), None):
                yield remark(Kind.IN_EVALUATION, of, case="backward")
            return
    kind = next((kinds[0] for kinds, A in mistaken if agrees(got, A, "Y")), Kind.IN_EVALUATION)
    yield wrong(kind, "Y")


def agrees(got: Arrays, want: Arrays, of: str) -> bool:
    return of in got and agree(fitted(got[of], want[of]), want[of])
