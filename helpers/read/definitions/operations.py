"""Sums, products, quotients and powers of arrays: which axes become one, and what an entry is."""

from collections.abc import Callable

import sympy as sp
from sympy import Sum

from helpers.derive import det, inverse, logdet
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import size_of
from helpers.read.definitions.axes import ONE, Axis, Choice, Misfit, join, joining_would_square
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.values import Value, entrywise

HUGE = 1000


def summed(e: sp.Expr, k) -> sp.Expr:
    """Σ_k e; sums that are factors of e join it, and what does not change with k is counted."""
    if not e.has(k):
        return size_of(k) * e
    number, rest = e.as_coeff_Mul()
    inner = [f for f in sp.Mul.make_args(rest) if isinstance(f, Sum)]
    others = [f for f in sp.Mul.make_args(rest) if not isinstance(f, Sum)]
    if len(inner) == 1 and all(isinstance(f, sp.Indexed) for f in others):
        return number * Sum(sp.Mul(inner[0].function, *others), k, *[q[0] for q in inner[0].limits])
    return number * Sum(rest, k)


def along(value: Value, axes: tuple[Axis, ...]) -> Callable[[tuple], sp.Expr]:
    """The entries of a value at the indices of an array that it is broadcast to."""
    count = len(value.axes)

    def at(indices: tuple) -> sp.Expr:
        own = indices[len(indices) - count :]
        return value.at(tuple(None if a is ONE else k for a, k in zip(value.axes, own, strict=True)))

    return at


def combined(run, place: Place, f: Callable[..., sp.Expr], a: Value, b: Value) -> Value:
    """f of the entries of two arrays that fit, or of which one is spread over the other."""
    if run.arrays:
        axes = broadcast(a.axes, b.axes, place)
        ats = along(a, axes), along(b, axes)
        return Value(axes, lambda at: f(ats[0](at), ats[1](at)))
    if a.is_number or b.is_number:
        full = b if a.is_number else a
        at_a = (lambda at: a.at(())) if a.is_number else a.at
        at_b = (lambda at: b.at(())) if b.is_number else b.at
        return Value(full.axes, lambda at: f(at_a(at), at_b(at)), full.hint)
    if a.is_vector and b.is_matrix:
        a = spread(run, place, a, b)
    elif b.is_vector and a.is_matrix:
        b = spread(run, place, b, a)
    for x, y in zip(a.axes, b.axes, strict=True):
        join(x, y, place)
    return Value(a.axes, lambda at: f(a.at(at), b.at(at)), a.hint or b.hint)


def broadcast(a: tuple[Axis, ...], b: tuple[Axis, ...], place: Place) -> tuple[Axis, ...]:
    """As NumPy does it: from the right, an axis of size 1 is repeated."""
    length = max(len(a), len(b))
    a, b = (ONE,) * (length - len(a)) + a, (ONE,) * (length - len(b)) + b
    found = []
    for x, y in zip(a, b, strict=True):
        if x is ONE or y is ONE:
            found.append(y if x is ONE else x)
            continue
        if joining_would_square(x, y):
            raise Misfit(
                "two arrays of different shapes meet: write keepdims=True, or a new axis with None", place
            )
        found.append(join(x, y, place))
    return tuple(found)


def spread(run, place: Place, v: Value, matrix: Value) -> Value:
    """A vector as a matrix: each row is v, or each column."""
    (k,) = v.proper
    rows, columns = matrix.axes
    if v.is_row:
        side = "row"
    elif run.said_to_stand(v.letter):
        side = "column"
    elif k == columns and k != rows:
        side = "row"
    elif k == rows and k != columns:
        side = "column"
    else:
        letter = v.letter or "the vector"
        costs = {"row": (0, 2), "column": (2, 0)}.get(matrix.hint, (1, 1))
        shape = "R^(1×N) for a row, R^(N×1) for a column"
        choice = Choice(
            ("side", letter),
            (("row", costs[0]), ("column", costs[1])),
            place,
            f"is {letter} a row or a column beside the matrix? write {letter}^T for a row, or say {letter} in {shape}",
        )
        side = run.choose(choice)
    axis = columns if side == "row" else rows
    if joining_would_square(k, axis):
        raise Misfit("this vector is as long as the other side of the matrix", place, v.letter)
    join(k, axis, place)
    if v.is_row:
        return Value(matrix.axes, lambda at: v.at((None, at[1])))
    return Value(matrix.axes, lambda at: v.at((at[1] if side == "row" else at[0], None)))


def over(run, place: Place, a: Value, b: Value) -> Value:
    if not run.arrays and b.is_matrix and b.letter:
        run.pay(3)
    run.pay(may_be_row(b, a))
    return combined(run, place, lambda x, y: x / y, a, b)


def plus(run, place: Place, a: Value, b: Value) -> Value:
    for x, y in ((a, b), (b, a)):
        if x.is_number and x.latin and not y.is_number:
            run.pay(2)
        if x.is_number and x.contracted is not None and y.letter and y.proper:
            run.pay(1)
        run.pay(may_be_row(x, y) + 3 * may_be_bias(run, x, y))
    return combined(run, place, sp.Add, a, b)


def may_be_bias(run, x: Value, b: Value) -> bool:
    """X w + b of which b may be one number for each sample, and as well one for all."""
    of_samples = x.hint == "row" and x.contracted is not None and (x.is_column or len(x.axes) == 1)
    return of_samples and len(b.proper) == 1 and b.letter[:1] in ("b", "c") and not run.is_said(b.letter)


def may_be_row(x: Value, array: Value) -> bool:
    """X − μ of which μ may be a number, and as well one for each column."""
    return x.is_number and x.letter in ("mu", "sigma", "nu", "sigma_sq") and not array.is_number


def raised(run, place: Place, base: Value, exponent: Value, by_entry: bool) -> Value:
    """a^b entry by entry; a matrix to a power is asked about, its inverse a function of its own."""
    if base.is_matrix and not by_entry and not run.arrays:
        (_, value) = base.letter, exponent.at(()) if exponent.is_number else None
        if value == -1:
            return matrix_function("inverse", base, place)
        if base.letter:
            said = (
                f"is this the matrix {base.letter} times itself, or each entry raised?"
                f" write {base.letter} {base.letter}, or {base.letter} \\odot {base.letter}"
            )
            raise Ambiguous(said, place, base.letter)
    return combined(run, place, lambda x, y: power(x, y, place), base, exponent)


def power(x: sp.Expr, n: sp.Expr, place: Place) -> sp.Expr:
    """x^n, unless the number would be too long to write."""
    if n.is_number and n.is_comparable and abs(n) > HUGE:
        raise Unreadable(f"an exponent above {HUGE} is not read: give it a letter", place)
    if x.is_number and n.is_number and abs(sp.N(n, 5) * sp.log(abs(sp.N(x, 5)) + 2)) > 3 * HUGE:
        raise Unreadable("this number is too long to write: give it a letter", place)
    return x**n


def matrix_function(name: str, a: Value, place: Place) -> Value:
    """det, log det and inverse of a square matrix that is a letter or has a line of its own."""
    if len(a.proper) != 2:
        raise Misfit(f"{name} needs a matrix", place, a.letter)
    join(a.axes[0], a.axes[1], place)
    make = OF_MATRIX[name]
    if not a.letter:
        raise Unreadable(f"{name} needs a matrix with a name: write A = ... as a line of its own", place)

    def tensor() -> Tensor:
        return a.at((sp.S.Zero, sp.S.Zero)).base

    if name == "inverse":
        return Value(a.axes, lambda at: make(tensor())[at])
    return Value((), lambda _: make(tensor()))


def elementwise(name: str, run, place: Place, values: list[Value]) -> Value:
    """A function with one argument, or max and min with several."""
    if name in ("max", "min"):
        f = sp.Max if name == "max" else sp.Min
        result = values[0]
        for v in values[1:]:
            result = combined(run, place, f, result, v)
        return result
    return entrywise(ELEMENTWISE[name], values[0])


OF_MATRIX = {"det": det, "logdet": logdet, "inverse": inverse}
ELEMENTWISE: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "tanh": sp.tanh,
    "sin": sp.sin,
    "cos": sp.cos,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "sign": sp.sign,
    "erf": sp.erf,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "relu": lambda x: sp.Max(0, x),
    "gelu": lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "Phi": lambda x: (1 + sp.erf(x / sp.sqrt(2))) / 2,
}
