"""The rules for brackets [0 ≤ e < n], which say where an entry exists."""

import sympy as sp
from sympy import Idx, KroneckerDelta, Mul, Sum

from helpers.derive.chain import Chain
from helpers.derive.notation import Iverson, free_indices
from helpers.derive.places import ends
from helpers.derive.rewrite import everywhere, factors, fresh, size_of, substitute, summed_indices, total
from helpers.derive.rules.base import Rule, rule


def exists(e: sp.Expr, size: sp.Expr, chain: Chain) -> bool:
    """Is 0 ≤ e < n for all values of its letters, whatever the sizes are?"""
    least, most = ends(e)
    return all(sp.expand(r.xreplace(chain.derived_sizes)).is_nonnegative for r in (least, size - 1 - most))


def holding(e: sp.Expr, chain: Chain) -> sp.Expr:
    """e with 1 for the brackets that always hold."""
    return e.xreplace({b: sp.S.One for b in e.atoms(Iverson) if exists(b.entry, b.size, chain)})


always = Rule(
    "the entry exists",
    lambda e, chain: everywhere(
        e, lambda node: holding(node, chain) if isinstance(node, Mul | Iverson) else node
    ),
    doc="[0 ≤ e < n] = 1 where no value of the letters in e is outside",
)


def shifted(s: sp.Expr, chain: Chain) -> sp.Expr:
    """Σ_y f_y [0 ≤ y − c < K] as Σ_u f_{u+c}."""
    fs = factors(s.function) if isinstance(s, Sum) else []
    for bracket in (f for f in fs if isinstance(f, Iverson)):
        for limit in s.limits:
            y, size = limit[0], bracket.size
            c = sp.expand(y - bracket.entry)
            if c.has(y) or not free_indices(c):
                continue
            u = letter_over(size, chain, {*free_indices(s.function), *summed_indices(s)})
            if not exists(u + c, size_of(y), chain):
                continue
            rest = substitute(Mul(*[f for f in fs if f is not bracket]), [y], [u + c])
            limits = [(u, u.lower, u.upper) if other is limit else other for other in s.limits]
            return shifted(total(rest.replace(lambda k: k.func == sp.Add, sp.expand), limits), chain)
    return s


def letter_over(size: sp.Expr, chain: Chain, taken: set[Idx]) -> Idx:
    """A letter over this size, one that a definition sums over if it is not taken."""
    used = {k for d in chain for k in summed_indices(d.right) if size_of(k) == size}
    free = sorted((k for k in used if str(k) not in map(str, taken)), key=str)
    return free[0] if free else fresh(Idx("k", size), taken)


shift = Rule(
    "shift the letter of the sum",
    lambda e, chain: everywhere(e, lambda node: shifted(node, chain)),
    doc="Σ_y f_y [0 ≤ y − c < K] = Σ_u f_{u+c}, where every u + c exists",
)


@rule("implied bracket")
def implied(e):
    """[y = e] [0 ≤ e < n] = [y = e], as every y has 0 ≤ y < n"""
    if not isinstance(e, Mul):
        return e
    fs = factors(e)
    said = [d.args for d in fs if isinstance(d, KroneckerDelta)]

    def holds(bracket: sp.Expr) -> bool:
        return isinstance(bracket, Iverson) and any(
            bracket.entry in sides and any(isinstance(k, Idx) and size_of(k) == bracket.size for k in sides)
            for sides in said
        )

    return Mul(*[f for f in fs if not holds(f)])
