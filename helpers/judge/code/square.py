"""Names the product at which a work stops for distinct sizes, seen where all sizes are equal and it runs."""

import inspect
from collections.abc import Callable, Iterator

from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.kind_of_mistake import agree, decide
from helpers.judge.code.layer_object import Object
from helpers.judge.code.limits import OutOfTime
from helpers.verdict import Kind, Verdict, wrong


def named_at_square(trouble: Trouble, bench: Bench, equal: Callable[[], Case]) -> Trouble:
    """Return the trouble with the product that is transposed, where one is; `equal` makes a case of equal sizes."""
    subject = bench.subject
    try:
        case = equal()
        if isinstance(subject, Object) and not inspect.isclass(subject.original) and not case.row:
            subject = Object(type(subject.original), subject.left, subject.call_seconds)
        values, right = subject.run(case).values, bench.truth(case)
    except (Trouble, OutOfTime):
        return trouble
    for found in seen(bench, values, right, case):
        if found.kind is Kind.TRANSPOSED:
            pieces = {"first": trouble.verdict, "sizes": str(case), "seen": found}
            return Trouble(wrong(found.kind, found.where, case="only where square", **pieces))
    return trouble


def seen(bench: Bench, values: Arrays, right: Arrays, case: Case) -> Iterator[Verdict]:
    """Yield what is wrong with results, as far as they are there."""
    if bench.slips:
        yield from bench.slips.explain(values, right, case)
    for of, want in right.items():
        if of in values and not agree(values[of], want):
            yield decide(of, values[of], want, case, bench.truth)
