"""Which rule leads from one right line to the next."""

from functools import cache
from itertools import permutations, product

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.derive import Chain, L, Partial, rules
from helpers.derive.notation import Tensor, Upstream
from helpers.derive.rules import Rule
from helpers.derive.walk import size_of, terms
from helpers.practise.setting import Setting
from helpers.practise.words import named

BOOKKEEPING = rules.expand, rules.split, rules.merge, rules.pull_out


def name_step(before: sp.Expr, after: sp.Expr, setting: Setting) -> str:
    """The rule behind a step, "" where none can be named. First the rules are tried, then what changed is looked at."""
    chain = setting.definitions
    before = spelled_out(before)
    if before in (after, spelled_out(after)):
        return "notation"
    try:
        if lettered(before) == lettered(after):
            return "notation"
        wanted = canonical(after, chain)
        if canonical(before, chain) == wanted:
            return "linearity" if before.has(Partial) else "rearrange"
        for rule in rules_of(setting):
            if canonical(rule(before, chain), chain) == wanted:
                return rule.title
    except (ValueError, TypeError, AttributeError, NotImplementedError, RecursionError):
        pass
    return what_changed(before, after, chain)


def spelled_out(e: sp.Expr) -> sp.Expr:
    """∂L/∂Y_mn as a derivative, where it stands alone on the left."""
    if not isinstance(e, Indexed) or not isinstance(e.base, Upstream):
        return e
    return Partial(L, Tensor(e.base.of, shape=e.base.shape, real=True)[tuple(e.indices)])


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
    return frozenset(lettered(t) for t in terms(e))


def lettered(term: sp.Expr) -> sp.Expr:
    """The term with its outer sum's letters named by their ranges, in the one order that comes first as text."""
    outer = next((f for f in sp.Mul.make_args(term) if isinstance(f, Sum)), None)
    if outer is None or len(outer.limits) > 5:
        return term.as_dummy()
    by_size: dict[sp.Expr, list[Idx]] = {}
    for limit in outer.limits:
        by_size.setdefault(size_of(limit[0]), []).append(limit[0])
    ways = []
    for orders in product(*(permutations(letters) for letters in by_size.values())):
        new = {k: Idx(f"{size_of(k)}{at}", size_of(k)) for order in orders for at, k in enumerate(order)}
        function = outer.function.xreplace(new).as_dummy()
        ways.append(Sum(function, *sorted(new.values(), key=str)))
    return term.xreplace({outer: min(ways, key=str)})


def what_changed(before: sp.Expr, after: sp.Expr, chain: Chain) -> str:
    """A step by its effect: ∂s multiply, a ∂ becomes deltas, deltas and sums disappear, a name comes in."""
    there = [{x.base for x in e.atoms(Indexed)} for e in (before, after)]
    upstream = [any(isinstance(t, Upstream) for t in tensors) for tensors in there]
    gone = len(before.atoms(Partial)) - len(after.atoms(Partial))
    deltas = len(after.atoms(KroneckerDelta)) - len(before.atoms(KroneckerDelta))
    names = sorted(named(str(t.label)) for t in there[1] - there[0] if t in chain)
    if isinstance(before, Partial) and (gone < 0 or (upstream[1] and not upstream[0])):
        return "chain rule"
    if gone > 0 and deltas > 0:
        return "Kronecker delta"
    if names and not gone:
        return f"recognise {names[0]}"
    if deltas < 0:
        return "contract the delta"
    return "differentiate" if gone > 0 else ""
