"""Names the rule that leads from one right line to the next."""

from functools import cache
from itertools import permutations, product

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.derive import Chain, Derivation, L, Partial, gradient, jacobian, rules
from helpers.derive.derivation import Line
from helpers.derive.notation import Tensor, Upstream
from helpers.derive.plain_text import named
from helpers.derive.rewrite import nameless, size_of, terms
from helpers.derive.rules import Rule
from helpers.derive.strategy import solve
from helpers.read.question import Question

FRUITLESS = ValueError, TypeError, KeyError, AttributeError, NotImplementedError, RecursionError
BOOKKEEPING = rules.expand, rules.split, rules.merge, rules.pull_out
ALGEBRA = *BOOKKEEPING, rules.common_factor, rules.common_denominator, rules.sign


def name_step(before: sp.Expr, after: sp.Expr, question: Question, left: sp.Expr) -> str:
    """The rule behind a step, or the rules in their order; "" where none can be named.

    One rule is tried after the other, then all that the machine needs to come from one line to the other; last, what
    changed is looked at.
    """
    chain = question.definitions
    before, left = spelled_out(before), spelled_out(left)
    if before in (after, spelled_out(after)):
        return "notation"
    try:
        if lettered(before) == lettered(after):
            return "notation"
        regrouped = canonical(before, chain) == canonical(after, chain)
        tried = one_of_algebra(before, after) if regrouped else one_rule(before, after, question)
        if found := tried or rules_between(before, after, question, left, exactly=regrouped):
            return ", ".join(dict.fromkeys(map(titled, found)))
        if regrouped:
            return "linearity" if before.has(Partial) else "rearrange"
    except FRUITLESS:
        pass
    return what_changed(before, after, chain, left)


def titled(rule: Rule) -> str:
    """The title as it is spoken: insert dx^(4)/dx̃^(4), recognise sigma."""
    verb, _, what = rule.title.partition(" ")
    if verb == "insert":
        return f"insert {'/'.join('d' + named(x.removeprefix('d')) for x in what.split('/'))}"
    return f"recognise {named(what)}" if verb == "recognise" else rule.title


def one_of_algebra(before: sp.Expr, after: sp.Expr) -> list[Rule]:
    """The rule of algebra that makes exactly this line."""
    wanted = lettered(after)
    return [rule for rule in ALGEBRA if lettered(rule(before)) == wanted][:1]


def one_rule(before: sp.Expr, after: sp.Expr, question: Question) -> list[Rule]:
    """The rule with a name that makes this line, up to bookkeeping."""
    chain = question.definitions
    wanted = canonical(after, chain)
    return next(([r] for r in rules_of(question) if canonical(r(before, chain), chain) == wanted), [])


def rules_between(
    before: sp.Expr, after: sp.Expr, question: Question, left: sp.Expr, exactly: bool
) -> list[Rule]:
    """What the machine does from one line to the other; without the bookkeeping, unless nothing else is done."""
    lines, wanted = lines_from(before, left, question), canonical(after, question.definitions)
    same = [k for k, line in enumerate(lines) if lettered(line.expression) == lettered(after)]
    if not exactly:
        same += [k for k, l in enumerate(lines) if canonical(l.expression, question.definitions) == wanted]
    done = [line.rule for line in lines[: same[0] + 1]] if same else []
    return [rule for rule in done if not rule.bookkeeping] or done


@cache
def lines_from(before: sp.Expr, left: sp.Expr, question: Question) -> list[Line]:
    """How the machine goes on from a line of the derivation of `left`, which may be the left side itself."""
    if not isinstance(left, Partial) or not isinstance(left.x, Indexed) or isinstance(left.f, Partial):
        return []
    chain, facts = question.definitions, question.facts
    try:
        if before != left:
            derivation = Derivation(left, chain, facts)
            derivation.lines = [Line(rules.linearity, before)]
            return solve(derivation).lines[1:]
        if left.f == L:
            return gradient(chain, left.x, facts=facts).lines
        return jacobian(chain, left.x, of=left.f, facts=facts).lines
    except FRUITLESS:
        return []


def spelled_out(e: sp.Expr) -> sp.Expr:
    """∂L/∂Y_mn as a derivative, where it stands alone on the left."""
    if not isinstance(e, Indexed) or not isinstance(e.base, Upstream):
        return e
    return Partial(L, Tensor(e.base.of, shape=e.base.shape, real=True)[tuple(e.indices)])


@cache
def rules_of(question: Question) -> tuple[Rule, ...]:
    """Every rule that has a name of its own."""
    return (
        rules.kronecker,
        rules.contract,
        rules.definition,
        rules.chain_rule,
        rules.product_rule,
        rules.quotient_rule,
        *(rules.recognise(d) for d in question.definitions if d.tensor != L),
        *(rules.given(fact) for fact in question.facts),
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
        return nameless(term)
    by_size: dict[sp.Expr, list[Idx]] = {}
    for limit in outer.limits:
        by_size.setdefault(size_of(limit[0]), []).append(limit[0])
    ways = []
    for orders in product(*(permutations(letters) for letters in by_size.values())):
        new = {k: Idx(f"{size_of(k)}{at}", size_of(k)) for order in orders for at, k in enumerate(order)}
        function = nameless(outer.function.xreplace(new))
        ways.append(Sum(function, *sorted(new.values(), key=str)))
    return term.xreplace({outer: min(ways, key=str)})


def what_changed(before: sp.Expr, after: sp.Expr, chain: Chain, left: sp.Expr) -> str:
    """A step by its effect: ∂s multiply, a ∂ becomes deltas or a Jacobian, deltas disappear, a name comes in."""
    there = [{x.base for x in e.atoms(Indexed)} for e in (before, after)]
    upstream = [any(isinstance(t, Upstream) for t in tensors) for tensors in there]
    partials = [e.atoms(Partial) for e in (before, after)]
    gone = len(partials[0]) - len(partials[1])
    deltas = len(after.atoms(KroneckerDelta)) - len(before.atoms(KroneckerDelta))
    names = sorted(named(str(t.label)) for t in there[1] - there[0] if t in chain)
    if isinstance(before, Partial) and isinstance(spelled_out(after), Partial):
        return "notation"
    if isinstance(before, Partial) and (gone < 0 or (upstream[1] and not upstream[0])):
        return "chain rule"
    if gone > 0:
        return whole_jacobians(partials[0] - partials[1] - {left}, chain) or "differentiate"
    if names:
        return f"recognise {names[0]}"
    return "contract the delta" if deltas < 0 else ""


def whole_jacobians(gone: set[Partial], chain: Chain) -> str:
    """∂Y_mn/∂X_ij that were known from elsewhere; ∂X_mn/∂X_ij is a Kronecker delta."""
    if not gone or not all(isinstance(p.f, Indexed) for p in gone):
        return ""
    known = {(named(str(p.f.base.label)), named(str(p.x.base.label))) for p in gone}
    titles = ("Kronecker delta" if f == x else f"insert d{f}/d{x}" for f, x in sorted(known))
    return ", ".join(dict.fromkeys(titles))
