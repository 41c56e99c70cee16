r"""From an index expression to matrix notation: Σₘ dYₘᵢ Xₘⱼ is dYᵀ X, and dY_s W for each s where Y has more axes."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul

from helpers.derive.arrays import Contraction, Piece, in_contractions, require_known
from helpers.derive.indexing import one_hot
from helpers.derive.matrix_printer import MatrixPrinter
from helpers.derive.notation import free_indices
from helpers.derive.pieces import effort
from helpers.derive.rules import expand, pull_out, split


def matrix_form(e: sp.Expr, free: Sequence[Idx]) -> str:
    """LaTeX of the array that `e` is over its free indices: a matrix, vector or number, or such a one for each s.

    Raises ValueError for an index left free, NotImplementedError for what has no such form.
    """
    try:
        return as_matrices(e, free)
    except NotImplementedError as refusal:
        try:
            return as_slices(e, free)[1]
        except NotImplementedError:
            raise refusal from None


def as_matrices(e: sp.Expr, free: Sequence[Idx]) -> str:
    """LaTeX of the matrix, vector or number that `e` is over its two, one or no free indices.

    What has no such form as it stands may have one multiplied out: Σ_n D_in (X_ij − Y_nj) is diag(D 𝟏) X − D Y.
    Raises ValueError for an index left free, NotImplementedError for what has no matrix form: an array of three
    axes, also one inside a sum. `as_slices` and `einsum_source` have no such limit.
    """
    e = one_hot(sp.sympify(e), free)
    require_known(e, free)
    if len(free) > 2:
        letters = ", ".join(map(str, free))
        raise NotImplementedError(f"an array over {letters} has no matrix form; einsum_source writes it")
    try:
        return written(e, free).text
    except NotImplementedError:
        if (multiplied := multiplied_out(e)) == e:
            raise
    try:
        return written(multiplied, free).text
    except NotImplementedError:
        return written(e, free).text  # which raises, and names the letters of the line as it stands


def as_slices(e: sp.Expr, free: Sequence[Idx]) -> tuple[tuple[Idx, ...], str]:
    r"""The letters that are fixed, and LaTeX of the matrix for each of their values: (s,), `\mathbf{A}_{s} \mathbf{B}`.

    As few letters as possible are fixed; a sum over one stays a Σ.
    """
    e = one_hot(sp.sympify(e), free)
    require_known(e, free)
    lines = dict.fromkeys((in_contractions(e, free), in_contractions(multiplied_out(e), free)))
    for fixed in choices([*lines], free):
        if found := list(attempts(lines, free, fixed)):
            each = tuple(k for k in free if k in fixed)
            letters = ", ".join(map(str, each))
            said = rf"\quad \text{{for each }} {letters}" if each else ""
            return each, min(found, key=effort).text + said
    raise NotImplementedError(f"{e} has no matrix form")


def choices(lines: Sequence[sp.Expr], free: Sequence[Idx]) -> Iterator[tuple[Idx, ...]]:
    """Which letters to fix: those inside of places such as h + u in any case, and as few others as possible."""
    bound = {k for e in lines for s in e.atoms(Contraction) for k in s.bound}
    letters = [*free, *sorted(bound - {*free}, key=str)]
    places = {
        k for e in lines for a in e.atoms(Indexed, KroneckerDelta) for k in getattr(a, "indices", a.args)
    }
    always = {k for place in places if len(free_indices(place)) > 1 for k in free_indices(place)}
    others = [k for k in letters if k not in always]
    for count in range(len(others) + 1):
        for more in combinations(others, count):
            if len([k for k in free if k not in {*always, *more}]) <= 2:
                yield (*sorted(always, key=str), *more)


def attempts(lines: Sequence[sp.Expr], free: Sequence[Idx], fixed: Sequence[Idx]) -> Iterator[Piece]:
    """The lines as matrices with these letters fixed, those of them that can be."""
    for e in map(partial(with_shared_numbers, fixed), lines):
        try:
            yield written(e, [k for k in free if k not in fixed], fixed)
        except NotImplementedError:
            continue


def with_shared_numbers(fixed: Sequence[Idx], e: sp.Expr) -> sp.Expr:
    """c A + c B as c (A + B), where c is an array over fixed letters alone."""
    shared = set.intersection(*({*Mul.make_args(t)} for t in Add.make_args(e)))
    c = [
        f
        for f in Mul.make_args(Add.make_args(e)[0])
        if f in shared and free_indices(f) <= {*fixed} and not f.is_number
    ]
    if not isinstance(e, Add) or not c:
        return e
    return Mul(*c, Add(*(Mul(*(f for f in Mul.make_args(t) if f not in c)) for t in e.args)))


def written(e: sp.Expr, free: Sequence[Idx], fixed: Sequence[Idx] = ()) -> Piece:
    """The shortest piece for two, one or no free indices: a vector also as a row."""
    e, printer = e if fixed else in_contractions(e, free), MatrixPrinter(fixed)
    ways = [(*free, None, None)[:2]]
    if len(free) == 1:
        ways.append((None, *free))
    return min((printer.matrix(e, *way) for way in ways), key=effort)


def multiplied_out(e: sp.Expr) -> sp.Expr:
    """a (b + c) as a b + a c under every sum, and each sum by itself."""
    before = None
    while before != e:
        before, e = e, pull_out(split(expand(e)))
    return e
