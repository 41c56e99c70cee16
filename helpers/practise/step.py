"""Which rule leads from one right line to the next."""

from functools import cache

import sympy as sp
from sympy import KroneckerDelta, Sum

from helpers.derive import Chain, L, Partial, rules
from helpers.derive.notation import Upstream
from helpers.derive.rules import Rule
from helpers.derive.walk import terms
from helpers.practise.setting import Setting

BOOKKEEPING = rules.expand, rules.split, rules.merge, rules.pull_out


def name_step(before: sp.Expr, after: sp.Expr, setting: Setting) -> str:
    """The rule behind a step, "" where none can be named. First the rules are tried, then what changed is looked at."""
    chain = setting.definitions
    try:
        wanted = canonical(after, chain)
        if canonical(before, chain) == wanted:
            return "linearity" if before.has(Partial) and before != after else ""
        for rule in rules_of(setting):
            if canonical(rule(before, chain), chain) == wanted:
                return rule.title
    except (ValueError, TypeError, AttributeError, NotImplementedError, RecursionError):
        pass
    return what_changed(before, after)


@cache
def rules_of(setting: Setting) -> tuple[Rule, ...]:
    """Every rule that has a name of its own."""
    return (
        rules.kronecker,
        rules.contract,
        rules.definition,
        rules.chain_rule,
        rules.product_rule,
        rules.quotient_rule,
        *(rules.recognise(d) for d in setting.definitions if d.tensor != L),
        *(rules.given(fact) for fact in setting.facts),
    )


def canonical(e: sp.Expr, chain: Chain) -> frozenset[sp.Expr]:
    """The terms of e with all bookkeeping done: two lines that differ only by it have the same."""
    if e.has(Partial):
        e = rules.linearity(e, chain)
    for rule in (*BOOKKEEPING, rules.expand):
        e = rule(e, chain)
    return frozenset(ordered(t).as_dummy() for t in terms(e))


def ordered(e: sp.Expr) -> sp.Expr:
    """Sums with their letters in alphabetical order."""
    return e.replace(
        lambda node: isinstance(node, Sum), lambda s: Sum(s.function, *sorted(s.limits, key=str))
    )


def what_changed(before: sp.Expr, after: sp.Expr) -> str:
    """A step by its effect: an upstream gradient comes in, a ∂ becomes deltas, deltas and sums disappear."""
    upstream = [any(isinstance(x.base, Upstream) for x in e.atoms(sp.Indexed)) for e in (before, after)]
    gone = len(before.atoms(Partial)) - len(after.atoms(Partial))
    deltas = len(after.atoms(KroneckerDelta)) - len(before.atoms(KroneckerDelta))
    if isinstance(before, Partial) and not upstream[0] and upstream[1]:
        return "chain rule"
    if gone > 0 and deltas > 0:
        return "Kronecker delta"
    if deltas < 0:
        return "contract the delta"
    if gone > 0:
        return "differentiate"
    return ""
