"""From the differentiated line to the compact one.

The deltas are used up, names and facts are written; then every way to a simpler line is tried, and the one that leaves
least to write is kept, until no way leads further.
"""

import sympy as sp
from sympy import Indexed, Pow

from helpers.derive import rules as r
from helpers.derive.chain import Chain
from helpers.derive.definition import Definition
from helpers.derive.derivation import Derivation, Identity
from helpers.derive.notation import Elementwise, L, OfMatrix, Past
from helpers.derive.rules import Rule
from helpers.derive.rules.recognition import is_named_sum

Way = list[Rule]


def tidy(derivation: Derivation) -> Derivation:
    """From the differentiated line to the compact one."""
    names = [r.recognise(d) for d in reversed(derivation.chain.definitions) if worth_a_name(d)]
    facts = [r.given(fact) for fact in derivation.facts]
    facts += [r.insert(lemma) for lemma in derivation.lemmas if isinstance(lemma, Identity)]
    derivation.until_done(r.contract).then(*names, *facts)
    ways = by_algebra(names, facts)
    further = by_sums(names, facts) + by_names(derivation.chain, facts) + by_brackets()
    while simpler(derivation, ways) or simpler(derivation, open_ways(derivation, further)):
        pass
    return derivation.then(r.pull_out, *facts, r.sign)


def simpler(derivation: Derivation, ways: list[Way]) -> bool:
    """Follow the best of these ways; False where none of them leads to a simpler line."""
    lines = len(derivation.lines)
    return len(derivation.try_out(*ways).lines) > lines


def open_ways(derivation: Derivation, ways: list[Way]) -> list[Way]:
    """Those whose first rule finds something in the last line."""
    e, chain = derivation.result, derivation.chain
    return [way for way in ways if way[0](e, chain) != e]


def by_algebra(names: Way, facts: Way) -> list[Way]:
    """Multiplied out where something cancels, vanishes or gets a name; common factors before the brackets."""
    multiply_out = [r.expand, r.split, r.contract, r.pull_out, r.rename, *names, *facts, r.common_factor]
    inside = [r.expand, *names, *facts, r.common_factor]
    at_deltas = [r.expand_deltas, *multiply_out[1:]]
    shared = [r.common_factor, r.common_denominator]
    pulled = [r.pull_out, r.contract, *facts, r.common_factor]
    return [[r.common_factor], pulled, inside, at_deltas, multiply_out, shared]


def by_sums(names: Way, facts: Way) -> list[Way]:
    """Fewer sums."""
    return [
        [r.one_letter, *facts, r.common_factor, r.pull_out],
        [r.into_sum, *names, *facts, r.pull_out],
        [r.collect],
        [r.collect, r.common_denominator],
        [r.of_defined(facts)],
        [r.one_product],
        [r.logistic],
    ]


def by_names(chain: Chain, facts: Way) -> list[Way]:
    """The names of sums, and of the loss, where they shorten."""
    ways = [[r.recognise_sum(d), r.pull_out, *facts] for d in chain if is_named_sum(d)]
    for d in chain:
        if d.tensor == L and is_named_number(d.right):
            loss = r.recognise(d)
            ways += [[loss, *facts, r.common_factor], [r.expand, loss, *facts, r.common_factor]]
    return ways


def is_named_number(e: sp.Expr) -> bool:
    """An exponential, a root, or a quotient with tensors below the line: a formula that comes again in its gradient."""
    below = any(f.exp.is_negative and f.has(Indexed) for f in e.args if isinstance(f, Pow))
    return isinstance(e, sp.exp | Pow) or (isinstance(e, sp.Mul) and below)


def by_brackets() -> list[Way]:
    """What brackets and steps say of the factors beside them, and what deltas say of sums around them."""
    at_delta = [r.around_delta, r.contract, r.always]
    return [[r.above_zero], [r.always], [r.shift], at_delta, [r.split_at_deltas, *at_delta]]


def nested_names(chain: Chain) -> list[Definition]:
    """Names that the output is not computed from and that build on one another: v of μ, where Y is of X alone.

    Each is written as soon as its formula appears, or the next one is never seen.
    """
    names = [d for d in chain if worth_a_name(d) and not chain.computed_from(chain.output.tensor, d.tensor)]
    return names if any(a.tensor in b.depends_on for a in names for b in names) else []


def worth_a_name(d: Definition) -> bool:
    """A formula with a function, a root or a quotient in it; X_mn σ_mn says more than the name of its product."""
    exponents = [p.exp for p in d.right.atoms(Pow) if not p.is_number]
    quotient = any(n.is_number and (n.is_negative or not n.is_Integer) for n in exponents)
    named = d.tensor != L and not isinstance(d.tensor, Past)
    return named and (quotient or d.right.has(sp.Function, Elementwise, OfMatrix))
