"""The rules for sums and Kronecker deltas."""

from collections.abc import Container
from itertools import product

import sympy as sp
from sympy import Add, Idx, KroneckerDelta, Mul, Sum

from helpers.derive.notation import Iverson, free_indices
from helpers.derive.places import is_inside
from helpers.derive.rewrite import at_the_top, factors, innermost, same, size_of, substitute, terms, total
from helpers.derive.rules.base import Rule, rule


def solution(delta: KroneckerDelta, k: Idx) -> sp.Expr | None:
    """The one value of k at which the delta is 1, if k stands in it with ±1 in front."""
    difference = delta.args[0] - delta.args[1]
    c = sp.expand(difference).coeff(k)
    v = sp.expand(k - difference / c) if c in (1, -1) else k
    return None if k in free_indices(v) else v


def contracted(f: sp.Expr, limits: list, letters: Container[Idx] | None = None) -> sp.Expr:
    """Σ f with the deltas of the product f used up, and with them the sums over these letters, or over any."""
    for delta in (g for g in factors(f) if isinstance(g, KroneckerDelta)):
        for limit in reversed(limits):
            k = limit[0]
            wanted = k in free_indices(delta) and (letters is None or k in letters)
            v = solution(delta, k) if wanted else None
            if v is None:
                continue
            rest = substitute(Mul(*[g for g in factors(f) if g is not delta]), [k], [v])
            rest = Mul(*map(unless_certain, factors(rest)), unless_certain(Iverson(v, size_of(k))))
            return contracted(rest, [other for other in limits if other is not limit], letters)
    return total(f, limits)


def unless_certain(f: sp.Expr) -> sp.Expr:
    """1 for a bracket that holds for all values of its letters."""
    return sp.S.One if isinstance(f, Iverson) and is_inside(f.entry, f.size) else f


def contract_over(*letters: Idx) -> Rule:
    """Σ_k f_k δ_kj = f_j, for these k and for no other."""
    return Rule(
        contract.title, lambda e, chain: innermost(e, lambda s: used_up(s, letters)), doc=contract.doc
    )


@rule("contract the delta", innermost)
def contract(s):
    """Σ_k f_k δ_kj = f_j, and Σ_k f_k [j = k + c] = f_{j−c} [0 ≤ j − c < K]"""
    return used_up(s)


def used_up(s: sp.Expr, letters: Container[Idx] | None = None) -> sp.Expr:
    """The deltas of a sum used up, where they have one of its letters."""
    if not isinstance(s, Sum):
        return s
    summed = {limit[0] for limit in s.limits}
    meets = any(
        isinstance(g, KroneckerDelta) and free_indices(g) & summed
        for t in terms(s.function)
        for g in factors(t)
    )
    return Add(*[contracted(t, list(s.limits), letters) for t in terms(s.function)]) if meets else s


@rule("write out the sum", innermost)
def spell_out(s):
    """Σ_k f_k = f_1 + f_2 where k takes two values; a bracket that holds is 1, one that does not is 0"""
    if not isinstance(s, Sum) or not all(size_of(limit[0]).is_Integer for limit in s.limits):
        return s
    letters = [limit[0] for limit in s.limits]
    values = product(*[range(size_of(k)) for k in letters])
    return Add(
        *[decided(s.function.xreplace(dict(zip(letters, map(sp.Integer, at), strict=True)))) for at in values]
    )


def decided(e: sp.Expr) -> sp.Expr:
    """Brackets that numbers decide, as 1 and 0."""
    known = {
        b: sp.Integer(bool(0 <= b.entry < b.size))
        for b in e.atoms(Iverson)
        if b.entry.is_Integer and b.size.is_Integer
    }
    return e.xreplace(known)


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
    return Sum(rest * inner.function, *s.limits, *inner.limits)


@rule("rename the index", at_the_top, bookkeeping=True)
def rename(e):
    """Σ_n f_n − Σ_k f_k = 0: equal sums in the letter of the first one"""
    seen: list[Sum] = []
    for s in (g for t in terms(e) for g in factors(t) if isinstance(g, Sum)):
        if not any(same(s, other) for other in seen):
            seen.append(s)

    def renamed(t):
        return Mul(*[next((s for s in seen if same(s, g)), g) for g in factors(t)])

    return Add(*[renamed(t) for t in terms(e)]) if isinstance(e, Add) else e
