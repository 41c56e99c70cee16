"""The default order of the rules, which leads to the compact form of a textbook without being told the layer.

Differentiate until no derivative is left; use up the deltas; multiply out where that lets something cancel, vanish or
get a name; write names and facts; take out common factors. A notebook may choose its own order with `then`.
"""

import sympy as sp
from sympy import Indexed

from helpers.derive import rules as r
from helpers.derive.definition import Chain, Definition
from helpers.derive.derivation import Derivation, start_jacobian
from helpers.derive.notation import Elementwise, L, Partial
from helpers.derive.rules.differentiate import refuse_unfinished
from helpers.derive.walk import powers


def solve(derivation: Derivation) -> Derivation:
    """Carry a derivation that has only its start to the compact form."""
    differentiate(derivation)
    return tidy(derivation)


def differentiate(derivation: Derivation) -> Derivation:
    """Definition, linearity, product, quotient and chain rule, Kronecker delta, until no ∂ is left."""
    derivation.lemmas += lemmas_for(derivation)
    insert = map(r.insert, derivation.lemmas)
    derivation.until_done(
        *insert,
        r.definition,
        r.linearity,
        r.quotient_rule,
        r.linearity,
        r.product_rule,
        r.linearity,
        r.chain_rule,
    )
    derivation.then(r.kronecker)
    refuse_unfinished(derivation.result, derivation.chain)
    return derivation


def lemmas_for(derivation: Derivation) -> list[Derivation]:
    """The Jacobians on the way that have a name for what is in them: worth deriving once and inserting."""
    chain, x, found = derivation.chain, derivation.left.x, []
    needed = {p.f.base for p in derivation.result.atoms(Partial) if isinstance(p.f, Indexed)} | {
        derivation.left.f
    }
    for d in chain:
        on_the_way = any(n == d.tensor or n == L or chain.computed_from(n, d.tensor) for n in needed)
        if d.tensor in (L, x.base, getattr(derivation.left.f, "base", L)) or not on_the_way:
            continue
        if not chain.computed_from(d.tensor, x.base):
            continue
        lemma = start_jacobian(Chain(before(chain, d)), x.base, d.tensor, derivation.facts)
        lemma.lemmas += found
        tidy(differentiate(lemma))
        if lemma.lemmas or any(line.rule.title.startswith("recognise") for line in lemma.lines):
            found.append(lemma)
    return found


def worth_a_name(d: Definition) -> bool:
    """A formula with a function or a quotient in it; X_mn σ_mn says more than the name of its product."""
    functions = sp.Function, Elementwise
    return d.tensor != L and any(
        isinstance(base, functions) or n < 0 for base, n in powers(d.right)[1].items()
    )


def before(chain: Chain, last) -> list:
    definitions = list(chain)
    return definitions[: definitions.index(last) + 1]


def tidy(derivation: Derivation) -> Derivation:
    """From the differentiated line to the compact one."""
    recognise = [r.recognise(d) for d in reversed(derivation.chain.definitions) if worth_a_name(d)]
    facts = [r.given(fact) for fact in derivation.facts]
    derivation.until_done(r.contract)
    derivation.then(*recognise)
    multiply_out = [r.expand, r.split, r.contract, r.pull_out, *recognise, *facts, r.common_factor]
    derivation.try_out(*multiply_out, r.common_factor)
    derivation.then(r.pull_out, *facts)
    return derivation.try_out(r.common_factor).then(r.sign)
