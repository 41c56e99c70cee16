"""Judges a batch norm in evaluation: what it does after some batches of training, by its running statistics."""

from dataclasses import replace

from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.kind_of_mistake import agree, fitted
from helpers.judge.code.layer_object import Object
from helpers.judge.code.modes import switch
from helpers.judge.code.normalised import running
from helpers.verdict import Kind, Verdict, remark, wrong

CONVENTIONS = {Kind.RUNNING_BIASED, Kind.MOMENTUM_REVERSED}  # of running statistics


def judge_evaluation(bench: Bench, cases: list[Case]) -> None:
    """Train an object on all of the cases but the last, and judge the last in evaluation, where it knows the two."""
    how, subject, start = bench.normalisation, bench.subject, cases[0]
    if not (how and how.by_batch and how.tracks and isinstance(subject, Object)):
        return
    subject.fresh()
    layer = subject.filled(start)
    if not subject.call("train()", start, switch, layer, True):
        return
    statistics = running(layer, start.X.shape[1])
    *batches, last = (replace(case, params=start.params) for case in cases)
    for case in batches:
        subject.run(case)
    subject.call("eval()", start, switch, layer, False)
    got = subject.run(last).values
    found = seen(got, how.evaluated([case.X for case in batches], last, statistics))
    if found is not None:
        bench.add(found)
    subject.fresh()
    bench.done("evaluation", batches=len(batches))


def seen(got: Arrays, right: tuple[Arrays, list[tuple[Kind, Arrays]]]) -> Verdict | None:
    """Return what is to be said of the results in evaluation, None where they are right."""
    want, known = right
    of = next((of for of, A in want.items() if of not in got or not agree(fitted(got[of], A), A)), None)
    if of is None:
        return None
    like = (kind for kind, A in known if all(o in got and agree(got[o], A[o]) for o in ("Y", "dX")))
    kind = next(like, Kind.IN_EVALUATION)
    return (remark if kind in CONVENTIONS else wrong)(kind, of)
