"""The rules for sums and Kronecker deltas."""

import sympy as sp
from sympy import Add, Idx, KroneckerDelta, Mul, Sum

from helpers.derive.notation import Iverson, free_indices
from helpers.derive.rules.rule import rule
from helpers.derive.walk import factors, innermost, size_of, substitute, terms, total


def solution(delta: KroneckerDelta, k: Idx) -> sp.Expr | None:
    """The one value of k at which the delta is 1, if k stands in it with ±1 in front."""
    difference = delta.args[0] - delta.args[1]
    c = sp.expand(difference).coeff(k)
    return sp.expand(k - difference / c) if c in (1, -1) else None


def contracted(f: sp.Expr, limits: list) -> sp.Expr:
    """Σ f with the deltas of the product f used up."""
    for delta in (g for g in factors(f) if isinstance(g, KroneckerDelta)):
        for limit in reversed(limits):
            k = limit[0]
            v = solution(delta, k) if k in free_indices(delta) else None
            if v is None:
                continue
            rest = substitute(Mul(*[g for g in factors(f) if g is not delta]), [k], [v])
            exists = 1 if isinstance(v, Idx) and size_of(v) == size_of(k) else Iverson(v, size_of(k))
            return contracted(rest * exists, [other for other in limits if other is not limit])
    return total(f, limits)


@rule("contract the delta", innermost)
def contract(s):
    """Σ_k f_k δ_kj = f_j"""
    if not isinstance(s, Sum):
        return s
    summed = {limit[0] for limit in s.limits}
    meets = any(
        isinstance(g, KroneckerDelta) and free_indices(g) & summed
        for t in terms(s.function)
        for g in factors(t)
    )
    return Add(*[contracted(t, list(s.limits)) for t in terms(s.function)]) if meets else s


@rule("split the sum", innermost, bookkeeping=True)
def split(s):
    """Σ (f + g) = Σ f + Σ g"""
    if not isinstance(s, Sum):
        return s
    return Add(*[total(t, s.limits) for t in terms(sp.expand_mul(s.function, deep=False))])


@rule("pull out of the sum", bookkeeping=True)
def pull_out(s):
    """Σ_k c f_k = c Σ_k f_k, and Σ_k c = K c"""
    if not isinstance(s, Sum):
        return s
    summed = {limit[0] for limit in s.limits}
    fs = factors(s.function)
    inside = Mul(*[g for g in fs if free_indices(g) & summed])
    outside = Mul(*[g for g in fs if not free_indices(g) & summed])
    kept = [limit for limit in s.limits if limit[0] in free_indices(inside)]
    repeats = Mul(*[size_of(limit[0]) for limit in s.limits if limit not in kept])
    return Mul(repeats, outside, total(inside, kept))


@rule("one sum", bookkeeping=True)
def merge(s):
    """Σ_k f_k Σ_l g_kl = Σ_k,l f_k g_kl"""
    inner = next((g for g in factors(s.function) if isinstance(g, Sum)), None) if isinstance(s, Sum) else None
    if inner is None:
        return s
    rest = Mul(*[g for g in factors(s.function) if g is not inner])
    return Sum(rest * inner.function, *inner.limits, *s.limits)
