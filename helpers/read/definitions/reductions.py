"""Sums, means, norms, softmax and traces: what runs over whole axes."""

from collections.abc import Callable

import sympy as sp

from helpers.derive import Iverson, largest
from helpers.read.definitions.axes import ONE, Axis, Misfit, join
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.operations import summed
from helpers.read.definitions.values import Value, squeezed


def over_axes(
    run, a: Value, positions: list[int], body: Callable[[sp.Expr], sp.Expr]
) -> Callable[[tuple], sp.Expr]:
    """Σ of body(entry) over some axes; the others are given."""

    def at(indices: tuple) -> sp.Expr:
        def go(left: list[int], full: tuple) -> sp.Expr:
            if not left:
                return body(a.at(full))
            p, *rest = left
            with run.scope.index(a.axes[p]) as k:
                return summed(go(rest, (*full[:p], k, *full[p + 1 :])), k)

        return go(positions, indices)

    return at


def chosen_axes(run, a: Value, axis: int | None, place: Place) -> list[int]:
    """The positions that a reduction runs over: all, or the one that NumPy's axis names."""
    if axis is None:
        return [p for p, x in enumerate(a.axes) if x is not ONE]
    if not -len(a.axes) <= axis < len(a.axes):
        raise Misfit(f"axis {axis} of an array with {len(a.axes)}", place, a.letter)
    return [axis % len(a.axes)]


def reduced(run, a: Value, positions: list[int], keep: bool, entry: Callable[[tuple], sp.Expr]) -> Value:
    """What is left when some axes are gone, or kept with size 1. `entry` takes the indices of the old array."""
    if not run.arrays or keep:
        axes = tuple(ONE if p in positions else x for p, x in enumerate(a.axes))
        if run.arrays:
            return Value(axes, entry)
        return squeezed(axes, entry)
    axes = tuple(x for p, x in enumerate(a.axes) if p not in positions)

    def at(indices: tuple) -> sp.Expr:
        left = list(indices)
        return entry(tuple(None if p in positions else left.pop(0) for p in range(len(a.axes))))

    return Value(axes, at)


def count(run, a: Value, positions: list[int]) -> sp.Expr:
    return sp.Mul(*[run.scope.size(a.axes[p]) for p in positions])


def reduction(
    run, name: str, a: Value, axis: int | None, keep: bool, place: Place, unbiased: bool = False
) -> Value:
    """sum, mean, var, std, norm, max, min, logsumexp over all axes or one; an unbiased variance divides by N − 1."""
    if a.is_number:
        if not run.arrays or axis is not None:
            raise Misfit(f"{name} of a number", place, a.letter)
        run.pay(4)
        return a
    at = chosen_axes(run, a, axis, place)
    total = over_axes(run, a, at, lambda e: e)

    def mean(indices: tuple) -> sp.Expr:
        return total(indices) / count(run, a, at)

    def variance(indices: tuple) -> sp.Expr:
        centred = over_axes(run, a, at, lambda e: (e - mean(indices)) ** 2)
        return centred(indices) / (count(run, a, at) - int(unbiased))

    entries = {
        "sum": total,
        "mean": mean,
        "var": variance,
        "std": lambda i: sp.sqrt(variance(i)),
        "norm": lambda i: sp.sqrt(over_axes(run, a, at, lambda e: e**2)(i)),
        "logsumexp": lambda i: sp.log(over_axes(run, a, at, sp.exp)(i)),
        "max_of": lambda i: greatest(run, a, at, i),
        "min_of": lambda i: -greatest(run, Value(a.axes, lambda q: -a.at(q)), at, i),
    }
    return reduced(run, a, at, keep, entries[name])


def greatest(run, a: Value, positions: list[int], indices: tuple) -> sp.Expr:
    if not positions:
        return a.at(indices)
    p, *rest = positions
    with run.scope.index(a.axes[p]) as k:
        return largest(greatest(run, a, rest, (*indices[:p], k, *indices[p + 1 :])), k)


def softmax(run, a: Value, axis: int | None, place: Place) -> Value:
    """e^a / Σ e^a along the last axis that is longer than 1: in each row."""
    if a.is_number:
        raise Misfit("softmax of a number", place, a.letter)
    p = chosen_axes(run, a, axis, place)[0] if axis is not None else longest(a)

    def at(indices: tuple) -> sp.Expr:
        with run.scope.index(a.axes[p]) as k:
            below = summed(sp.exp(a.at((*indices[:p], k, *indices[p + 1 :]))), k)
        return sp.exp(a.at(indices)) / below

    return Value(a.axes, at, a.hint)


def longest(a: Value) -> int:
    return max(p for p, x in enumerate(a.axes) if x is not ONE)


def indexed_softmax(run, a: Value, name: str, axis: Axis, place: Place) -> Value:
    """softmax_j(A_ij): along a letter of the text."""
    if a.axes:
        raise Unreadable("softmax with a letter below is of an entry: softmax_j(A_{ij})", place)

    def at(_: tuple) -> sp.Expr:
        above = sp.exp(a.at(()))
        with run.scope.index(axis) as k, run.scope.standing_for(name, k):
            below = summed(sp.exp(a.at(())), k)
        return above / below

    return Value((), at)


def norm(run, a: Value, order: str, place: Place) -> Value:
    """The root of the sum of squares of all entries, or the sum of their sizes."""
    if a.is_number:
        run.pay(4)
        return Value((), lambda _: sp.Abs(a.at(())))
    if a.is_matrix and order in ("1", "2") and not run.arrays:
        said = "is this norm of all entries, or of the matrix as a map? write \\|X\\|_F, or the sum of the entries"
        raise Ambiguous(said, place, a.letter)
    at = [p for p, x in enumerate(a.axes) if x is not ONE]
    if order == "1":
        total = over_axes(run, a, at, sp.Abs)
        return Value((), lambda _: total((None,) * len(a.axes)))
    total = over_axes(run, a, at, lambda e: e**2)
    return Value((), lambda _: sp.sqrt(total((None,) * len(a.axes))))


def trace(run, a: Value, place: Place) -> Value:
    square(a, "the trace", place)
    k = join(a.axes[0], a.axes[1], place)

    def at(_: tuple) -> sp.Expr:
        with run.scope.index(k) as q:
            return summed(a.at((q, q)), q)

    return Value((), at)


def square(a: Value, what: str, place: Place) -> None:
    if len(a.proper) != 2:
        raise Misfit(f"{what} needs a matrix", place, a.letter)


def diagonal(run, a: Value, place: Place) -> Value:
    """diag of a vector is a matrix, of a matrix its diagonal."""
    if len(a.proper) == 1:
        axis, row = a.proper[0], a.is_row or len(a.axes) == 1

        def at(indices: tuple) -> sp.Expr:
            i, j = indices
            entry = a.at((i,)) if len(a.axes) == 1 else a.at((None, i) if row else (i, None))
            return entry * sp.KroneckerDelta(i, j)

        return Value((axis, axis), at)
    square(a, "diag", place)
    axis = join(a.axes[0], a.axes[1], place)
    if run.arrays:
        return Value((axis,), lambda i: a.at((i[0], i[0])))
    return Value((axis, ONE), lambda i: a.at((i[0], i[0])))


def restricted(sign: str, k: sp.Expr, other: sp.Expr, size: sp.Expr) -> sp.Expr:
    """1 where k sign other, else 0: the bracket that a sum over a part of an axis has."""
    if sign == "≠":
        return 1 - sp.KroneckerDelta(k, other)
    if sign == "=":
        return sp.KroneckerDelta(k, other)
    distance = {"≤": other - k, "<": other - k - 1, "≥": k - other, ">": k - other - 1}[sign]
    return Iverson(distance, size)
