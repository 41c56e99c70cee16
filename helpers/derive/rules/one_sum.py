"""The rules that write several sums as one."""

from itertools import combinations, permutations

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.derive.notation import free_indices
from helpers.derive.rewrite import everywhere, factors, rename_apart, size_of, summed_indices, terms, total
from helpers.derive.rules.base import Rule, rule


def letters_of(s: Sum) -> list[sp.Idx]:
    """The letters that a sum runs over."""
    return [limit[0] for limit in s.limits]


def lone_sum(t: sp.Expr) -> tuple[sp.Expr, Sum | None]:
    """c and Σ f of a product c Σ f that has one sum; None where it has none, or several."""
    sums = [g for g in factors(t) if isinstance(g, Sum)]
    if len(sums) != 1:
        return t, None
    return Mul(*[g for g in factors(t) if g is not sums[0]]), sums[0]


def flat(s: Sum) -> Sum:
    """Σ_k f_k Σ_l g_kl = Σ_k,l f_k g_kl, down to the sums that stand in no product."""
    rest, inner = lone_sum(s.function)
    if inner is None:
        return s
    inner = rename_apart(inner, {*letters_of(s), *free_indices(rest), *summed_indices(rest)})
    return flat(Sum(rest * inner.function, *s.limits, *inner.limits))


@rule("one sum")
def one_product(s):
    """Σ_k A_ik Σ_l B_kl C_lj = Σ_k,l A_ik B_kl C_lj, where all factors are entries"""
    if not isinstance(s, Sum) or s == (merged := flat(s)):
        return s
    return merged if all(isinstance(f, Indexed) for f in factors(merged.function)) else s


@rule("one sum")
def around_delta(s):
    """Σ_y f_y Σ_h g_h δ_{y,h+k} = Σ_y,h f_y g_h δ_{y,h+k}: the delta stands under both sums"""
    if not isinstance(s, Sum) or s == (merged := flat(s)):
        return s
    deltas = [f for f in factors(merged.function) if isinstance(f, KroneckerDelta)]
    return merged if any(free_indices(d) & {*letters_of(s)} for d in deltas) else s


@rule("split the sum")
def split_at_deltas(s):
    """Σ_y c_y (Σ_i f_i δ_{y,2i} + g_y) = Σ_y c_y Σ_i f_i δ_{y,2i} + Σ_y c_y g_y: the delta stands in a product"""
    for f in factors(s.function) if isinstance(s, Sum) else ():
        if isinstance(f, Add):
            rest = Mul(*[g for g in factors(s.function) if g is not f])
            split = [Sum(rest * t, *s.limits) for t in terms(f)]
            if any(around_delta(t) != t for t in split):
                return Add(*split)
    return s


@rule("one letter for sums over one size")
def one_letter(e):
    """Σ_i f_i c_i + Σ_j g_j c_j = Σ_i (f_i + g_i) c_i"""
    if not isinstance(e, Add):
        return e
    for t, u in combinations(terms(e), 2):
        if (joined := in_one_sum(t, u)) is not None:
            return one_letter.apply(Add(joined, *[v for v in terms(e) if v is not t and v is not u]), None)
    return e


def in_one_sum(t: sp.Expr, u: sp.Expr) -> sp.Expr | None:
    """a Σ_i f_i c_i + b Σ_j g_j c_j as Σ_i (a f_i + b g_i) c_i; a and b are numbers, sizes or parameters."""
    (a, s), (b, r) = lone_sum(t), lone_sum(u)
    if s is None or r is None or len(s.limits) != len(r.limits) or free_indices(a * b):
        return None
    s = rename_apart(s, free_indices(u))
    r = rename_apart(r, {*letters_of(s), *summed_indices(s), *free_indices(s.function)})
    for letters in permutations(letters_of(r)):
        if list(map(size_of, letters)) != list(map(size_of, letters_of(s))):
            continue
        g = r.function.xreplace(dict(zip(letters, letters_of(s), strict=True)))
        fs, gs = signed_factors(s.function), signed_factors(g)
        shared = [h for h in fs if h in gs and free_indices(h) & {*letters_of(s)}]
        if shared:
            f, g = (Mul(*[h for h in hs if h not in shared]) for hs in (fs, gs))
            number, rest = Add(a * f, b * g).primitive()
            return total(Mul(number, *shared, rest), s.limits)
    return None


def signed_factors(e: sp.Expr) -> list[sp.Expr]:
    """The factors of e, of a − b and b − a always the same one, with its sign before it."""
    return [g for f in factors(e) for g in ((sp.S.NegativeOne, -f) if is_turned(f) else (f,))]


def is_turned(f: sp.Expr) -> bool:
    """Is it the b − a of the pair a − b, b − a?"""
    return isinstance(f, Add) and bool(f.could_extract_minus_sign())


def moved_in(e: sp.Expr, taken: set[Idx]) -> sp.Expr:
    """(Σ_k f_k) / Σ_l g_l as Σ_k (f_k / Σ_m g_m), with an m that is none of the letters taken."""
    c, s = lone_sum(e) if isinstance(e, Mul) else (e, None)
    if s is None:
        return e
    below = Mul(*[g for g in factors(c) if isinstance(g, Pow) and g.exp.is_negative and g.base.has(Sum)])
    if below == 1:
        return e
    s = rename_apart(s, free_indices(e))
    return c / below * Sum(s.function * rename_apart(below, {*taken, *s.atoms(Idx)}), *s.limits)


into_sum = Rule(
    "into the sum",
    lambda e, chain: everywhere(e, lambda node: moved_in(node, e.atoms(Idx))),
    doc="(Σ_k f_k) / Σ_l g_l = Σ_k (f_k / Σ_l g_l)",
)
