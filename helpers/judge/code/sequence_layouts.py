"""The layouts of other people for layers of sequences.

The axes of a row are letters, so another layout is another order of the letters: X (S, T, M) as (T, S, M), a state
(L, S, N) as (S, N). Of one layer L is 1, and an axis of 1 may be missing or be one more.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers.judge.code.adapters import Adapter
from helpers.judge.code.case import Arrays, Case

Axes = Callable[[str], str]
"""From the letters of the axes as ours are to those as theirs are."""


def relaid(A: np.ndarray, old: str, new: str) -> np.ndarray:
    """Lay A out by other axes; one that is missing in either is of 1."""
    kept = [a for a in old if a in new]
    A = A.reshape([n for a, n in zip(old, A.shape, strict=True) if a in new])
    A = A.transpose([kept.index(a) for a in new if a in kept])
    return A.reshape([A.shape[[b for b in new if b in kept].index(a)] if a in kept else 1 for a in new])


def by_axes(said: str, axes: Axes) -> Adapter:
    """All arrays of a case with other axes, and its row with them."""

    def give(case: Case) -> list[Case]:
        row = replace(case.row, axes={of: axes(old) for of, old in case.row.axes.items()})

        def there(of: str, A: np.ndarray) -> np.ndarray:
            old = case.row.axes.get(of, "")
            return relaid(A, old, axes(old)) if old else A

        return [replace(case.with_each(there), row=row)]

    def take(results: list[Arrays], case: Case) -> Arrays:
        def back(of: str, A: np.ndarray) -> np.ndarray:
            old = "" if of[1:] in case.params else case.row.axes.get(of.removeprefix("d"), "")
            return relaid(A, axes(old), old) if old else A

        return {of: back(of, A) for of, A in results[0].items()}

    return Adapter(said, give, take, lambda case: moves(case, axes))


def moves(case: Case, axes: Axes) -> bool:
    """Whether the arrays of a case have other axes then; only an axis of 1 may go."""
    if case.row is None or case.row.known.get("L", 1) > 1:
        return False
    return any(axes(case.row.axes[of]) != case.row.axes[of] for of in case.inputs)


def one_by_one(said: str, axes: Axes) -> Adapter:
    """One sequence at a time; the gradients of the parameters are summed."""

    def give(case: Case) -> list[Case]:
        row = replace(case.row, axes={of: axes(old) for of, old in case.row.axes.items()})

        def alone(of: str, A: np.ndarray) -> np.ndarray:
            old = case.row.axes.get(of, "")
            return relaid(A, old, axes(old)) if old else A

        samples = [case.sample(s) for s in range(case.sizes["S"])]
        return [replace(sample.with_each(alone), row=row) for sample in samples]

    def take(results: list[Arrays], case: Case) -> Arrays:
        def joined(of: str) -> np.ndarray:
            each = [result[of] for result in results]
            old = "" if of[1:] in case.params else case.row.axes.get(of.removeprefix("d"), "")
            if "S" not in old:
                return sum(each)
            return np.concatenate([relaid(A, axes(old), old) for A in each], old.index("S"))

        return {of: joined(of) for of in results[0]}

    return Adapter(said, give, take, lambda case: moves(case, axes) and case.sizes.get("S", 0) > 0)


def bare(axes: str) -> str:
    return axes.replace("L", "")


def times_first(axes: str) -> str:
    return axes.replace("ST", "TS").replace("SU", "US")


def features_first(axes: str) -> str:
    axes = bare(axes)
    return axes[-1] + axes[:-1] if "S" in axes and len(axes) > 1 and axes[-1] not in "TU" else axes


def alone(axes: str) -> str:
    return bare(axes).replace("S", "")


def with_heads(axes: str) -> str:
    return axes.replace("ST", "SHT").replace("SU", "SHU")


ONE_STEP = replace(
    by_axes("one step, X (S, M)", lambda axes: bare(axes).replace("T", "")),
    fits=lambda case: case.row is not None and case.row.known.get("T") == 1,
)
SEQUENCES = (
    ONE_STEP,
    by_axes("states (S, N)", bare),
    by_axes("times first, X (T, S, M)", times_first),
    by_axes("times first, X (T, S, M), and states (S, N)", lambda axes: bare(times_first(axes))),
    by_axes("features first, X (M, S, T), and states (N, S)", features_first),
    one_by_one("one sequence at a time, X (T, M)", alone),
    by_axes("one head, Q (S, 1, T, D)", with_heads),
)
