"""What a definition cannot mean: a letter that stands for two things, a sum over a letter taken."""

import sympy as sp
from sympy import Idx, Indexed, Product, Sum

from helpers.derive.bound import bound_by
from helpers.derive.names import name_of
from helpers.derive.notation import L, Tensor, free_indices
from helpers.derive.places import check_entry, ranges
from helpers.derive.rewrite import parts, size_of


def check_letters(*expressions: sp.Expr) -> None:
    """Each letter means one thing: a size, a tensor, a number, or an index over one range."""
    meaning: dict[str, tuple[str, object]] = {}

    def declare(letter: str, role: str, where: object) -> None:
        before, there = meaning.setdefault(letter, (role, where))
        if before != role:
            raise ValueError(
                f"{letter} stands for two things: {before} in {there}, {role} in {where}: rename one"
            )

    for e in expressions:
        if bare := bare_tensors(e):
            letters = ", ".join("ijkl"[: len(bare[0].shape)])
            raise ValueError(f"{bare[0]} stands in {e} without indices: write its entry {bare[0]}[{letters}]")
        for entry in sorted(e.atoms(Indexed), key=str):
            declare(name_of(entry.base), f"a tensor of shape {tuple(entry.base.shape)}", entry)
            for axis, size in enumerate(entry.base.shape):
                for symbol in sorted(size.free_symbols, key=str):
                    declare(str(symbol), "a size", f"axis {axis} of {entry.base}")
            for k in entry.indices:
                if isinstance(k, Idx):
                    declare(str(k), f"an index over {size_of(k)}", entry)
        for t, size, where in ranges(e):
            declare(f"an entry of {name_of(t.base)}", f"an index over {size}", where)
        for k in sorted(e.atoms(Idx), key=str):
            declare(str(k), f"an index over {size_of(k)}", e)
    sizes = {s for e in expressions for x in e.atoms(Indexed) for n in x.base.shape for s in n.free_symbols}
    for e in expressions:
        for symbol in sorted(scalars(e) - sizes, key=str):
            declare(str(symbol), "a number", e)


def bare_tensors(e: sp.Expr) -> list[Tensor]:
    """The tensors in e that stand there whole, not by an entry."""
    if isinstance(e, Tensor):
        return [e]
    return [tensor for a in e.args if not isinstance(e, Indexed) for tensor in bare_tensors(a)]


def scalars(e: sp.Expr) -> set[sp.Symbol]:
    """The letters that stand as numbers in e, sizes among them."""
    if isinstance(e, sp.Symbol):
        return {e}
    return set().union(*(scalars(a) for a in parts(e) if isinstance(a, sp.Expr)))


def check_sums(e: sp.Expr, outside: tuple[Idx, ...] = ()) -> None:
    """No letter is summed where it already has a meaning."""
    if letters := bound_by(e):
        for k in letters:
            if k in outside:
                verb, what = ("summed", "sum") if isinstance(e, Sum) else ("bound", "operation")
                raise ValueError(
                    f"index {k} is {verb} in {e}, but {k} has a meaning outside of that {what}: take another letter"
                )
        return check_sums(parts(e)[0], (*outside, *letters))
    for a in e.args:
        if isinstance(a, sp.Expr):
            check_sums(a, outside)


def check_products(e: sp.Expr) -> None:
    """A product runs over all values of its letter."""
    for product in sorted(e.atoms(Product), key=str):
        for k, first, last in product.limits:
            if not isinstance(k, Idx) or (first, last) != (k.lower, k.upper):
                raise ValueError(
                    f"{product} runs from {first} to {last}: write Product(..., {k}) over all values of "
                    f"an index {k}, with factors of 1 where it is to do nothing"
                )


def check_expression(e: sp.Expr) -> None:
    """Refuse an index on the wrong axis, a letter with two meanings, a sum over a letter that is taken."""
    for entry in sorted(e.atoms(Indexed), key=str):
        check_entry(entry)
    check_letters(e)
    check_sums(e, tuple(sorted(free_indices(e), key=str)))


def the_loss(e: sp.Expr) -> sp.Expr:
    """A reader's own Symbol("L") is the loss L."""
    return L if isinstance(e, sp.Symbol) and not isinstance(e, Idx) and e.name == "L" else e


def expression(right: object) -> sp.Expr:
    """The right side as an expression in entries of real numbers; what is none is refused by what to write instead."""
    if isinstance(right, str):
        raise TypeError(f"write the right side as an expression, not as text: {right!r}")
    try:
        e = sp.sympify(right)
    except sp.SympifyError as unread:
        raise TypeError(f"the right side is {right!r}: an expression is expected") from unread
    if foreign := sorted(e.atoms(sp.MatrixSymbol) if isinstance(e, sp.Basic) else (), key=str):
        A = foreign[0]
        raise TypeError(
            f"{A} is a MatrixSymbol: write {A} = tensor('{A}', {A.rows}, {A.cols}) and its entries {A}[i, j]; "
            f"det({A}), logdet({A}) and inverse({A})[i, j] are of the whole matrix"
        )
    if not isinstance(e, sp.Expr) or e.has(sp.matrices.MatrixExpr):
        raise TypeError(
            f"the right side is {e}: an expression in entries is expected, W[n, p] of tensor('W', N, M)"
        )
    if e.has(sp.I):
        raise ValueError(f"{e} is complex: every letter here is a real number")
    if e.has(sp.nan, sp.zoo):
        raise ValueError(f"{e} has no value: something is divided by 0")
    return e
