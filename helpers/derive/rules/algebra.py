"""The rules of algebra, one step at a time."""

import sympy as sp
from sympy import Add, KroneckerDelta, Mul, Pow, Sum

from helpers.derive.notation import Iverson
from helpers.derive.places import may_leave
from helpers.derive.rewrite import factors, from_powers, powers, terms, total
from helpers.derive.rules.base import rule


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
    return Mul(number, from_powers(sp.S.One, common), rest) if common or number not in (1, -1) else e


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
