"""From sums over indices to operations on whole arrays: what matrix notation and NumPy source share."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sympy as sp
from sympy import Idx, Mul, Product, Sum

from helpers.derive.bound import bound_by
from helpers.derive.notation import Iverson, OverIndex, free_indices
from helpers.derive.print_order import in_order
from helpers.derive.rewrite import parts, rebuild, rename_apart, size_of


class Contraction(sp.Expr):
    """Σ of one product over one index (over several, for einsum), done in one step and never evaluated."""

    product = property(lambda self: self.args[0])
    bound = property(lambda self: self.args[1:])
    is_extended_real = True

    def _latex(self, printer) -> str:
        return printer._print(Sum(self.product, *self.bound))

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return self.product.free_symbols - set(self.bound)

    @property
    def factors(self) -> list[sp.Expr]:
        return in_order(Mul.make_args(self.product))


def in_contractions(e: sp.Expr, taken: Iterable[Idx], at_once: bool = False) -> sp.Expr:
    """The same expression with each Sum as contractions, in the order that keeps the arrays small.

    Σₙ Σₚ dYᵢₙ Wₙₚ hᵢₚ Vₚⱼ becomes Σₚ (Σₙ dYᵢₙ Wₙₚ) hᵢₚ Vₚⱼ. With `at_once` a product keeps its sums together.
    `taken` are the letters that mean something where e stands: no sum in it binds one of them.
    """
    if not parts(e):
        return e
    if isinstance(e, Product | OverIndex):
        return rebuild(e, [in_contractions(parts(e)[0], {*taken, *bound_by(e)}, at_once)])
    if not isinstance(e, Mul | Sum):
        return e.func(*(in_contractions(a, taken, at_once) for a in e.args))
    factors, bound = under_sums(e, taken)
    factors = [in_contractions(f, {*taken, *bound}, at_once) for f in factors]
    while bound:
        now = bound if at_once else [cheapest(bound, factors)]
        inside = [f for f in factors if free_indices(f) & set(now)]
        used = [k for k in now if k in free_indices(Mul(*inside))]
        factors = [f for f in factors if f not in inside] + [size_of(k) for k in now if k not in used]
        factors += [Contraction(Mul(*inside), *used)] if used else []
        bound = [k for k in bound if k not in now]
    return Mul(*factors)


def under_sums(e: sp.Expr, taken: Iterable[Idx]) -> tuple[list[sp.Expr], list[Idx]]:
    """The factors of a product, those inside its sums too, and the indices of these sums, all different."""
    factors, bound = [], []
    for f in Mul.make_args(e):
        if not isinstance(f, Sum):
            factors.append(f)
            continue
        for k, lower, upper in f.limits:
            if not isinstance(k, Idx) or (lower, upper) != (k.lower, k.upper):
                raise NotImplementedError(f"the sum over {k} does not run over the whole range of an index")
        f = rename_apart(f, {*taken, *bound})
        bound += [limit[0] for limit in f.limits]
        inner, more = under_sums(f.function, {*taken, *bound})
        factors, bound = factors + inner, bound + more
    return factors, bound


def cheapest(bound: Sequence[Idx], factors: Sequence[sp.Expr]) -> Idx:
    """The index whose sum leaves the fewest axes; among equals the one nearest to the upstream gradient."""

    def cost(k: Idx) -> tuple[int, int]:
        touched = [n for n, f in enumerate(in_order(factors)) if k in free_indices(f)]
        return len(free_indices(Mul(*(f for f in factors if k in free_indices(f))))), min(touched, default=0)

    return min(bound, key=cost)


def triangle(e: Iverson) -> tuple[Idx, Idx] | None:
    """t, k of [0 ≤ t − k < T] with both over T: over rows t and columns k it is 1 on and below the diagonal."""
    up = [k for k in free_indices(e) if isinstance(k, Idx) and e.entry.coeff(k) == 1]
    down = [k for k in free_indices(e) if isinstance(k, Idx) and e.entry.coeff(k) == -1]
    if len(up) == len(down) == 1 and e.entry == up[0] - down[0]:
        return (*up, *down) if e.size == size_of(up[0]) == size_of(down[0]) else None
    return None


class Piece(NamedTuple):
    """Printed text, and the operation that it ends with: it decides where brackets are needed."""

    text: str
    kind: str  # "atom", "power", "matmul", "product" (elementwise) or "sum"


def require_known(e: sp.Expr, free: Sequence[Idx]) -> None:
    """Raise ValueError where the indices on the two sides are not the same letters."""
    if left := sorted(map(str, free_indices(e) - set(free))):
        have = ", ".join(map(str, free)) or "no index"
        raise ValueError(f"{', '.join(left)} is left free on the right; the left side has {have}")
    if len(set(free)) < len(free):
        raise ValueError(f"an index stands twice on the left: {', '.join(map(str, free))}")
