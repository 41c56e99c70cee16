"""The rules of algebra, one step at a time."""

import sympy as sp
from sympy import Add, Heaviside, KroneckerDelta, Max, Mul, Pow, Sum

from helpers.derive.notation import Iverson, free_indices
from helpers.derive.places import may_leave
from helpers.derive.rewrite import factors, from_powers, powers, terms, total
from helpers.derive.rules.base import rule
from helpers.derive.writing import writing


@rule("expand", bookkeeping=True)
def expand(e):
    """a (b + c) = a b + a c"""
    return sp.expand_mul(e, deep=False) if isinstance(e, Mul | Pow) else e


@rule("expand", bookkeeping=True)
def expand_deltas(e):
    """(δ − a) (b − c) = δ (b − c) − a (b − c): only the sum with a delta in it is multiplied out"""
    for f in e.args if isinstance(e, Mul) else ():
        if isinstance(f, Add) and any(isinstance(g, KroneckerDelta) for t in terms(f) for g in factors(t)):
            rest = Mul(*[g for g in e.args if g is not f])
            return Add(*[t * rest for t in terms(f)])
    return e


@rule("common factor")
def common_factor(e):
    """a b + a c = a (b + c)"""
    if not isinstance(e, Add):
        return e
    e, least = with_least_powers(e)
    split = [powers(t) for t in terms(e)]
    common = {}
    for base in split[0][1]:
        exponents = [there.get(base, 0) for _, there in split]
        if all(n > 0 for n in exponents) or all(n < 0 for n in exponents):
            common[base] = min(exponents, key=abs)
    if not any(isinstance(base, Iverson) for base in common):  # that guards what else is in front
        common = {base: n for base, n in common.items() if not may_leave(base)}
    rest = [
        from_powers(number, {base: n - common.get(base, 0) for base, n in there.items()})
        for number, there in split
    ]
    number, rest = Add(*rest).primitive()
    if all(t.could_extract_minus_sign() for t in terms(rest)):
        number, rest = -number, Add(*[-t for t in terms(rest)])
    found = Mul(number, from_powers(sp.S.One, common), rest) if common or number not in (1, -1) else e
    return found.xreplace(least)


def with_least_powers(e: Add) -> tuple[Add, dict[sp.Expr, sp.Expr]]:
    """u^c + u^(c−1) as t u + t, and {t: u^(c−1)}: the least power is a factor of them all, with no new division."""
    exponents: dict[sp.Expr, list[sp.Expr]] = {}
    for f in (f for t in terms(e) for f in factors(t) if isinstance(f, Pow) and not f.exp.is_number):
        exponents.setdefault(f.base, []).append(f.exp)
    least, found = {}, {}
    for base, all_of in exponents.items():
        c = min(all_of, key=lambda n: (n.as_coeff_Add()[0], sp.default_sort_key(n)))
        if len(set(all_of)) > 1 and all((n - c).is_Integer for n in all_of):
            t = sp.Dummy("t", positive=True)
            least[t] = base**c
            found |= {base**n: t * base ** (n - c) for n in all_of}
    return Add(*[Mul(*[found.get(f, f) for f in factors(t)]) for t in terms(e)]) if found else e, least


@rule("common factor of some terms")
def collect(e):
    """a f + a Σ g + d = a (f + Σ g) + d: the factor that saves most, among terms with functions and sums"""
    if not isinstance(e, Add) or len(e.args) < 3:
        return e
    there = {t: powers(t)[1] for t in e.args}
    groups = dict.fromkeys(
        tuple(t for t in e.args if there[t].get(base, 0) * sign > 0)
        for sign in (1, -1)
        for base in dict.fromkeys(base for own in there.values() for base in own if free_indices(base))
    )
    best, most = (), 0
    for group in groups:
        shared = set.intersection(*[set(there[t]) for t in group]) if len(group) > 1 else set()
        saved = (len(group) - 1) * sum(map(writing, shared))
        if len(group) < len(e.args) and saved > most and any(t.has(Sum, sp.Function) for t in group):
            best, most = group, saved
    return Add(common_factor(Add(*best)), *[t for t in e.args if t not in best])


@rule("common denominator")
def common_denominator(e):
    """a/b + c = (a + b c)/b"""
    if not isinstance(e, Add):
        return e
    below = {}
    for _, there in map(powers, terms(e)):
        for base, n in there.items():
            below[base] = max(below.get(base, 0), -n)
    shared = from_powers(sp.S.One, {base: n for base, n in below.items() if n > 0})
    return Mul(Add(*[t * shared for t in terms(e)]), 1 / shared) if shared != 1 else e


@rule("above and below divided by an exponential")
def logistic(e):
    """e^u / (a + b e^u) = 1 / (a e^(−u) + b)"""
    for f in e.args if isinstance(e, Mul) else ():
        below = next((g for g in e.args if isinstance(g, Pow) and g.exp == -1 and f in times(g.base)), None)
        if isinstance(f, sp.exp) and below is not None:
            divided = Add(*[t / f for t in terms(below.base)])
            return Mul(*[g for g in e.args if g not in (f, below)]) / divided
    return e


def times(e: sp.Expr) -> list[sp.Expr]:
    """The factors of the terms of a sum."""
    return [f for t in terms(e) for f in factors(t)]


@rule("max(0, u) is 0 where u is not above 0")
def above_zero(e):
    """[u > 0] max(0, u) = max(0, u), and [u > 0]² = [u > 0]"""
    if isinstance(e, Pow) and isinstance(e.base, Heaviside) and e.exp.is_positive:
        return e.base if e.base.args[1] in (0, 1) else e
    fs = factors(e) if isinstance(e, Mul) else []
    largest = [f.base if isinstance(f, Pow) and f.exp.is_positive else f for f in fs]
    implied = [f for f in fs if isinstance(f, Heaviside) and Max(0, f.args[0]) in largest]
    return Mul(*[f for f in fs if f not in implied]) if implied else e


@rule("sign", bookkeeping=True)
def sign(e):
    """−(a − b) c = (b − a) c, and −Σ (a − b) c = Σ (b − a) c"""
    if not isinstance(e, Mul) or not e.args[0].is_number or not e.args[0].is_negative:
        return e
    for f in e.args:
        if (turned := negated(f)) is not None:
            return Mul(*[turned if g is f else g for g in (-e.args[0], *e.args[1:])])
    return e


def negated(f: sp.Expr) -> sp.Expr | None:
    """−f where that needs no sign in front: b − a of a − b, also as a factor under a sum."""
    if isinstance(f, Add) and any(t.could_extract_minus_sign() for t in f.args):
        return Add(*[-t for t in f.args])
    if isinstance(f, Sum):
        for g in factors(f.function):
            if isinstance(g, Add) and (turned := negated(g)) is not None:
                return total(Mul(*[turned if h is g else h for h in factors(f.function)]), f.limits)
    return None
