"""Products of arrays: of matrices, entry by entry, of numbers with arrays, inner products."""

import sympy as sp

from helpers.read.definitions.axes import ONE, Choice, Misfit, join
from helpers.read.definitions.errors import Ambiguous, Place
from helpers.read.definitions.letters import SCALARS
from helpers.read.definitions.operations import broadcast, combined, summed
from helpers.read.definitions.values import Value, squeezed

WEIGHTS, DATA = ("W", "w", "U", "V", "Theta", "theta", "A"), ("X", "H", "Z", "x", "h", "z", "Y")


def matrix_product(run, place: Place, a: Value, b: Value) -> Value:
    """Σ_k a_ik b_kj; in NumPy text the last axis of a with the one before the last of b."""
    if a.is_number or b.is_number:
        if run.arrays:
            raise Misfit("@ needs two arrays", place, a.letter or b.letter)
        return combined(run, place, sp.Mul, a, b)
    if run.arrays:
        return array_product(run, place, a, b)
    inner = a.axes[1], b.axes[0]
    if inner[0] is ONE and inner[1] is ONE:
        return squeezed((a.axes[0], b.axes[1]), lambda at: a.at((at[0], None)) * b.at((None, at[1])))
    k = join(*inner, place)

    def at(indices: tuple) -> sp.Expr:
        with run.scope.index(k) as q:
            return summed(a.at((indices[0], q)) * b.at((q, indices[1])), q)

    return squeezed((a.axes[0], b.axes[1]), at, hint=side_of(a, b), contracted=k)


def array_product(run, place: Place, a: Value, b: Value) -> Value:
    k = join(a.axes[-1], b.axes[-2] if len(b.axes) > 1 else b.axes[-1], place)
    before, behind = a.axes[:-1], b.axes[-1:] if len(b.axes) > 1 else ()
    batch = broadcast(before[:-1], b.axes[:-2], place) if len(b.axes) > 2 else before[:-1]
    axes = (*batch, *before[-1:], *behind)
    split = len(axes) - len(behind)

    def at(indices: tuple) -> sp.Expr:
        left, right = indices[:split], indices[split:]
        with run.scope.index(k) as q:
            lead = left[-1 - (len(b.axes) - 2) : -1] if len(b.axes) > 2 else ()
            return summed(a.at((*left, q)) * b.at((*lead, q, *right)), q)

    return Value(axes, at, contracted=k, hint=side_of(a, b) if len(b.axes) == 1 else "")


def side_of(a: Value, b: Value) -> str:
    """Where a bias goes: X W has its features in columns, so b is a row; W X has them in rows."""
    if a.factor.startswith(WEIGHTS) and not b.factor.startswith(WEIGHTS[:4]):
        return "column"
    if b.factor.startswith(WEIGHTS) or a.factor.startswith(DATA):
        return "row"
    return "column" if b.factor.startswith(DATA) else ""


def times(run, place: Place, sign: str, a: Value, b: Value) -> Value:
    if sign == "@":
        return matrix_product(run, place, a, b)
    if sign == "⟨⟩":
        if not (a.is_vector and b.is_vector):
            raise Misfit("an inner product needs two vectors", place, a.letter)
        return inner_product(run, place, a, b)
    if a.is_number or b.is_number:
        if sign == "∘" and not run.arrays:
            run.pay(3)
        if (a.latin and b.is_row) or (b.latin and a.is_row):
            run.pay(2)
        for x, y in ((a, b), (b, a)):
            if x.latin and y.is_matrix and x.letter[:1] not in SCALARS:
                run.pay(2)
        return combined(run, place, sp.Mul, a, b)
    if sign == "·" and a.is_vector and b.is_vector and a.is_column == b.is_column:
        said = "is · an inner product or entry by entry? write x^T y, or x \\odot y"
        options = (("inner", 0), ("entries", 2))
        if run.choose(Choice(("product", "·"), options, place, said)) == "inner":
            return inner_product(run, place, a, b)
        return combined(run, place, sp.Mul, a, b)
    if sign in ("", "·", "×"):
        return matrix_product(run, place, a, b)
    if sign == r"\otimes" and a.letter and b.letter:
        said = "is ⊗ an outer product or entry by entry? write x y^T, or x \\odot y"
        raise Ambiguous(said, place, a.letter)
    if sign == "∗":
        said = "is this a convolution or entry by entry? write \\sum_k w_k x_{t-k}, or w \\odot x"
        raise Ambiguous(said, place, a.letter)
    if sign == r"\otimes" and a.is_vector != b.is_vector:
        raise Ambiguous(
            "is ⊗ entry by entry? write X \\odot y, or x y^T for an outer product", place, a.letter
        )
    if sign == "*" and not run.arrays and a.is_vector != b.is_vector:
        said = "is * a matrix product or entry by entry? write W x, or W \\odot x"
        raise Ambiguous(said, place, a.letter)
    if sign == "⊘":
        return combined(run, place, lambda x, y: x / y, a, b)
    return combined(run, place, sp.Mul, a, b)


def inner_product(run, place: Place, a: Value, b: Value) -> Value:
    k = join(a.proper[0], b.proper[0], place)

    def at(_: tuple) -> sp.Expr:
        with run.scope.index(k) as q:
            put = [tuple(None if x is ONE else q for x in v.axes) for v in (a, b)]
            return summed(a.at(put[0]) * b.at(put[1]), q)

    return Value((), at)
