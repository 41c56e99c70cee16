"""The rule for sums whose value a definition says: the rows of a softmax sum to 1."""

from collections.abc import Sequence

import sympy as sp
from sympy import Indexed, Sum

from helpers.derive.chain import Chain
from helpers.derive.rewrite import everywhere, same
from helpers.derive.rules.algebra import expand
from helpers.derive.rules.base import Rule
from helpers.derive.rules.sums import pull_out, split


def of_defined(facts: Sequence[Rule]) -> Rule:
    """Σ_n P_mn = 1, where the definition of P and the facts say so: a sum that comes to a number without letters."""

    def known(node: sp.Expr, chain: Chain) -> sp.Expr:
        if (
            not isinstance(node, Sum)
            or not isinstance(node.function, Indexed)
            or node.function.base not in chain
        ):
            return node
        e = Sum(chain[node.function.base].at(node.function), *node.limits)
        for rule in (expand, split, pull_out, *facts):
            e = rule(e, chain)
        e = sp.expand(in_first_letters(e))
        return node if e.has(Indexed) else e

    return Rule(
        "a sum that the definition says",
        lambda e, chain: everywhere(e, lambda node: known(node, chain)),
        doc=of_defined.__doc__,
    )


def in_first_letters(e: sp.Expr) -> sp.Expr:
    """e with equal sums in the letters of the first of them, so that Σ_n f_n / Σ_k f_k is 1."""
    seen: list[Sum] = []
    for s in sorted(e.atoms(Sum), key=sp.default_sort_key):
        if not any(same(s, other) for other in seen):
            seen.append(s)
    return e.xreplace({s: next(o for o in seen if same(s, o)) for s in e.atoms(Sum)})
