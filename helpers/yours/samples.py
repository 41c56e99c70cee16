"""A loss as what each sample loses: L = Σₛ Lₛ / S."""

from typing import NamedTuple

import sympy as sp
from sympy import Idx, Mul, Sum

from helpers.derive import Chain, Definition, L, free_indices, tensor
from helpers.derive.rewrite import size_of, substitute, terms
from helpers.yours.roles import Roles

LOSSES = "losses"


class BySample(NamedTuple):
    """The chain up to the losses of the samples, and whether L is their mean or their sum."""

    chain: Chain
    reduction: str


def by_sample(roles: Roles) -> BySample | None:
    """The loss of a chain sample by sample; None where it learns, mixes samples, or is of other than two arrays."""
    if not roles.is_loss or roles.parameters or len(roles.inputs) != 2:
        return None
    *before, last = roles.chain.definitions
    S = roles.inputs[0].shape[0]
    s, parts, factors = None, [], set()
    for t in terms(last.right):
        sums = [f for f in Mul.make_args(t) if isinstance(f, Sum)]
        found = [k for f in sums for k in letters(f) if size_of(k) == S]
        if len(sums) != 1 or len(found) != 1:
            return None
        s = s or found[0]
        mean = t.is_Mul and S in sp.fraction(t)[1].as_ordered_factors()
        rest = [limit for limit in sums[0].limits if limit[0] != found[0]]
        inside = substitute(sums[0].function, found, [s])
        number = t / sums[0] * (S if mean else 1)
        parts.append(number * (Sum(inside, *rest) if rest else inside))
        factors.add(mean and S not in number.free_symbols)
    if len(factors) != 1 or not all(of_one(d, S) for d in before):
        return None
    losses = Definition(tensor(LOSSES, S)[s], sp.Add(*parts), broadcast=(s,))
    if not of_one(losses, S):
        return None
    return BySample(Chain([*before, losses], where=roles.chain.where), "mean" if factors == {True} else "sum")


def letters(s: Sum) -> list[Idx]:
    return [limit[0] for limit in s.limits]


def of_one(d: Definition, S: sp.Expr) -> bool:
    """Whether a quantity of one sample is computed from that sample alone."""
    if d.tensor == L:
        return False
    own = {k for k in d.indices if size_of(k) == S}
    used = {k for k in d.right.atoms(Idx) if size_of(k) == S} | {
        k for k in free_indices(d.right) if size_of(k) == S
    }
    return len(own) == 1 and used <= own
