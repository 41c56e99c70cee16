"""Slips in the lines of every formula, held against their left sides: which of them are taken for right?

    python -m tests.corpus.refused

A slip passes only beside a delta that makes two letters one, or where a fact makes a sum 1. This command tries every
slip; the tests try those of `sample`. Formulas with sums that are 0, which have slips of their own, and those with
windows are tried elsewhere.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import sympy as sp
from sympy import Idx, KroneckerDelta, Sum

from helpers.compare import LeftSide
from helpers.compare.derivation_check import all_derivations
from helpers.derive import Derivation, Partial, formulas
from helpers.derive.card import formula_of
from helpers.derive.derivation import Identity
from helpers.derive.formulas import Formula
from helpers.sheet import SHEET
from tests.corpus.slips import Slip, slips

Planted = tuple[Derivation, sp.Expr, Slip]

BLOCKS = {formulas.pre_norm_block, formulas.post_norm_block}
FORMULAS = {card.make.__name__: card.make for card in SHEET if card.make not in BLOCKS}
"""Those of every family, but not the blocks that are made of them."""


def planted(formula: Formula) -> Iterator[Planted]:
    """Every slip in every line without derivatives: its derivation, the right line, the slip."""
    derivations = all_derivations(formula)
    if formula.chain.where or any(isinstance(d, Identity) for d in derivations):
        return
    for derivation in derivations:
        for line in derivation.lines:
            if not line.expression.has(Partial):
                for slip in slips(line.expression, derivation.free):
                    yield derivation, line.expression, slip


def sample(found: Iterator[Planted]) -> Iterator[Planted]:
    """Of each kind of slip the first, the fourth, the sixteenth and so on."""
    met: Counter[str] = Counter()
    for plant in found:
        kind = plant[2].kind
        met[kind] += 1
        if met[kind] in {4**k for k in range(8)}:
            yield plant


def unexplained(formula: Formula, some: Callable[[Iterator[Planted]], Iterator[Planted]] = iter):
    """How many slips of a formula were tried, and those that pass for no reason: all slips, or `some` of them."""
    tried, passed, judge = 0, [], None
    for derivation, right, slip in some(planted(formula)):
        if judge is None or judge.derivation is not derivation:
            judge = LeftSide(derivation)
        if judge.vanishes:  # the bias of the keys has no gradient: 0 with another sign is 0
            continue
        tried += 1
        if judge.verdict(slip.line) and not explained(derivation, right, slip.line):
            passed.append(f"{derivation.name}, {slip.kind}: {right} -> {slip.line}")
    return tried, passed


def explained(derivation: Derivation, right: sp.Expr, wrong: sp.Expr) -> bool:
    """Is the line with the slip equal to the right one by a delta in it, or by a fact?"""
    return any(right.xreplace({j: k}) == wrong.xreplace({j: k}) for j, k in deltas(right)) or any(
        right.xreplace({s: f.right}) == wrong for f in derivation.facts for s in right.atoms(Sum)
    )


def deltas(e: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """What a delta lets stand for what: t − 1 for i; for a letter that is summed over only another letter can."""
    summed = {limit[0] for s in e.atoms(Sum) for limit in s.limits}
    pairs = [pair for d in e.atoms(KroneckerDelta) for pair in (d.args, d.args[::-1])]
    return [(j, k) for j, k in pairs if not j.is_number and (isinstance(k, Idx) or j not in summed)]


def main() -> int:
    found = {name: unexplained(formula_of(make)) for name, make in FORMULAS.items()}
    for name, (tried, passed) in found.items():
        print(f"{name:24}{tried:7} slips, {len(passed)} passed")
        print(*passed, sep="\n", end="\n" * bool(passed))
    print(f"{sum(tried for tried, _ in found.values())} slips in {len(found)} formulas")
    return int(any(passed for _, passed in found.values()))


if __name__ == "__main__":
    sys.exit(main())
