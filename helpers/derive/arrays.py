"""From sums over indices to operations on whole arrays: what matrix notation and NumPy source share."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.derive.notation import Upstream, free_indices


class Contraction(sp.Expr):
    """Σ of one product over one index (over several, for einsum), done in one step and never evaluated."""

    product = property(lambda self: self.args[0])
    bound = property(lambda self: self.args[1:])
    is_extended_real = True

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return self.product.free_symbols - set(self.bound)

    @property
    def factors(self) -> list[sp.Expr]:
        return in_order(Mul.make_args(self.product))


def contracted(e: sp.Expr, free: Iterable[Idx], at_once: bool = False) -> sp.Expr:
    """The same expression with each Sum as contractions, in the order that keeps the arrays small.

    Σₙ Σₚ dYᵢₙ Wₙₚ hᵢₚ Vₚⱼ becomes Σₚ (Σₙ dYᵢₙ Wₙₚ) hᵢₚ Vₚⱼ. With `at_once` a product keeps its sums together.
    """
    return contract(apart(e, set(free)), at_once)


def contract(e: sp.Expr, at_once: bool) -> sp.Expr:
    if is_leaf(e):
        return e
    if not isinstance(e, Mul | Sum):
        return e.func(*(contract(a, at_once) for a in e.args))
    factors, bound = under_sums(e)
    factors = [contract(f, at_once) for f in factors]
    while bound:
        now = bound if at_once else [cheapest(bound, factors)]
        inside = [f for f in factors if free_indices(f) & set(now)]
        used = [k for k in now if k in free_indices(Mul(*inside))]
        factors = [f for f in factors if f not in inside] + [size(k) for k in now if k not in used]
        factors += [Contraction(Mul(*inside), *used)] if used else []
        bound = [k for k in bound if k not in now]
    return Mul(*factors)


def under_sums(e: sp.Expr) -> tuple[list[sp.Expr], list[Idx]]:
    """The factors of a product, those inside its sums too, and the indices of these sums."""
    factors, bound = [], []
    for f in Mul.make_args(e):
        if isinstance(f, Sum):
            inner, more = under_sums(f.function)
            factors += inner
            bound += more + [limit[0] for limit in f.limits]
        else:
            factors.append(f)
    return factors, bound


def apart(e: sp.Basic, taken: set[Idx]) -> sp.Basic:
    """The same expression; no sum in it binds a letter that already means something where it stands."""
    if is_leaf(e):
        return e
    if isinstance(e, Sum):
        body, limits, taken = e.function, [], set(taken)
        for k, lower, upper in e.limits:
            if not isinstance(k, Idx) or (lower, upper) != (k.lower, k.upper):
                raise NotImplementedError(f"the sum over {k} does not run over the whole range of an index")
            new = fresh(k, taken | free_indices(body) - {k}) if k in taken else k
            body = body.xreplace({k: new})
            limits.append((new, lower, upper))
            taken.add(new)
        return Sum(apart(body, taken), *limits)
    if isinstance(e, Mul):
        factors, taken = [], set(taken)
        for f in e.args:  # their sums will stand under one sum
            factors.append(apart(f, taken))
            taken |= {limit[0] for inner in factors[-1].atoms(Sum) for limit in inner.limits}
        return Mul(*factors)
    return e.func(*(apart(a, taken) for a in e.args))


def fresh(k: Idx, taken: set[Idx]) -> Idx:
    """An index over the same size with a letter of its own."""
    letters = set(map(str, taken))
    number = next(n for n in range(1, len(letters) + 2) if f"{k}{n}" not in letters)
    return Idx(f"{k}{number}", size(k))


def is_leaf(e: sp.Basic) -> bool:
    return isinstance(e, Indexed | KroneckerDelta) or not e.args


def cheapest(bound: Sequence[Idx], factors: Sequence[sp.Expr]) -> Idx:
    """The index whose sum leaves the fewest axes; among equals the one nearest to the upstream gradient."""

    def cost(k: Idx) -> tuple[int, int]:
        touched = [n for n, f in enumerate(in_order(factors)) if k in free_indices(f)]
        return len(free_indices(Mul(*(f for f in factors if k in free_indices(f))))), min(touched, default=0)

    return min(bound, key=cost)


def size(k: Idx) -> sp.Expr:
    """The size of the axis over which an index runs."""
    return k.upper - k.lower + 1


def in_order(factors: Iterable[sp.Expr]) -> list[sp.Expr]:
    """Factors as one writes them: numbers, sizes, then most axes first and dY before X before h(X) before X + Y."""

    def key(f: sp.Expr) -> tuple[int, int, int, str]:
        if not (axes := free_indices(f)):
            return 0 if f.is_number else 1, 0, 0, str(f)
        upstream = any(isinstance(a.base, Upstream) for a in f.atoms(Indexed))
        kind = 3 if isinstance(f, Add) else 0 if upstream else 1 if isinstance(f, Indexed) else 2
        return 2, -len(axes), kind, str(f)

    return sorted(factors, key=key)


def fraction(e: sp.Expr) -> tuple[bool, list[sp.Expr], list[sp.Expr]]:
    """Whether a product is negative, its numerators and its denominators, each in order."""
    above, below, negative = [], [], False
    for f in Mul.make_args(e):
        if isinstance(f, Pow) and is_negative(f.exp):
            below.append(Pow(f.base, -f.exp))
        elif f.is_Rational:
            negative ^= bool(f < 0)
            above += [sp.Integer(abs(f.p))] if abs(f.p) != 1 else []
            below += [sp.Integer(f.q)] if f.q != 1 else []
        else:
            content, rest = f.primitive() if isinstance(f, Add) else (sp.S.One, f)  # SymPy spreads 2 (Y − T)
            above += [rest] + ([sp.Integer(content.p)] if content.p != 1 else [])
            below += [sp.Integer(content.q)] if content.q != 1 else []
    return negative, in_order(above), in_order(below)


def signed_terms(e: Add) -> list[tuple[bool, sp.Expr]]:
    """Terms as one writes them: positive first, then numbers, then the term with the most axes."""
    terms = [(is_negative(t), -t if is_negative(t) else t) for t in e.args]
    rank = {t: n for n, t in enumerate(in_order(t for _, t in terms))}
    return sorted(terms, key=lambda s: (s[0], not s[1].is_number, -len(free_indices(s[1])), rank[s[1]]))


def is_negative(e: sp.Expr) -> bool:
    return bool(e.as_coeff_Mul()[0].is_negative)


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
