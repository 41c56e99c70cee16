"""A rule: an identity with the name that a textbook gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy as sp

from helpers.derive.chain import Chain
from helpers.derive.notation import Partial, Tensor
from helpers.derive.rewrite import Identity, everywhere
from helpers.derive.typeset import latex

Walk = Callable[[sp.Expr, Identity], sp.Expr]


@dataclass(frozen=True)
class Rule:
    """From an expression to an equal one. `title` is plain text, `tex` the same with its formulas, if any.

    Bookkeeping (linearity, taking a number out of a sum) is shown together with the step that it prepares.
    """

    title: str
    apply: Callable[[sp.Expr, Chain], sp.Expr]
    bookkeeping: bool = False
    tex: str = ""
    doc: str = ""

    def __call__(self, e: sp.Expr, chain: Chain = Chain()) -> sp.Expr:  # noqa: B008 (an empty chain is immutable)
        return self.apply(e, chain)


def rule(title: str, walk: Walk = everywhere, bookkeeping: bool = False) -> Callable[[Identity], Rule]:
    """Make a rule of an identity: `walk` carries it to the places of an expression."""

    def make(identity: Identity) -> Rule:
        return Rule(title, lambda e, chain: walk(e, identity), bookkeeping, doc=identity.__doc__)

    return make


def derivative_rule(title: str, bookkeeping: bool = False, tex: str = "") -> Callable[[Callable], Rule]:
    """Make a rule of an identity for ∂f/∂x: a function of f, x and the chain; None where it is silent."""

    def make(identity: Callable[[sp.Expr, sp.Indexed, Chain], sp.Expr | None]) -> Rule:
        def apply(e: sp.Expr, chain: Chain) -> sp.Expr:
            def at(node: sp.Expr) -> sp.Expr:
                found = identity(node.f, node.x, chain) if isinstance(node, Partial) else None
                return node if found is None else found

            return everywhere(e, at)

        return Rule(title, apply, bookkeeping, tex, identity.__doc__)

    return make


def named(title: str, tensor: Tensor) -> dict[str, str]:
    """Title and tex of a rule that speaks of a tensor: `recognise Y`."""
    return {"title": f"{title} {tensor}", "tex": rf"\text{{{title} }}{latex(tensor)}"}


def named_at_once(rule: Rule, names: Sequence[Rule]) -> Rule:
    """A rule and, in the same line, the names of what it has written out: or the line would be too long to read."""
    if not names:
        return rule

    def apply(e: sp.Expr, chain: Chain) -> sp.Expr:
        if (found := rule(e, chain)) == e:
            return e
        for name in names:
            found = name(found, chain)
        return found

    return Rule(f"{rule.title}, in names", apply, doc=rule.doc)
