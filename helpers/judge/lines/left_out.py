"""Finds what a wrong line leaves out: a term, a path of the chain rule, a fact; or which left side it is right for."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
import sympy as sp
from sympy import Indexed, Sum

from helpers.compare.left_side import TOLERANCE, LeftSide, Quantity
from helpers.compare.meaning import random_numbers
from helpers.compare.numbers import Numbers
from helpers.derive import Chain, Definition, Fact, L, Partial, free_indices, upstream
from helpers.derive.names import name_of
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import fresh, size_of, terms
from helpers.derive.rules import expand, split
from helpers.judge.lines.repair import agrees


def missing_term(judge: LeftSide, e: sp.Expr, right_lines: Iterable[sp.Expr]) -> tuple[sp.Expr | None, int]:
    """The one term of a right line, multiplied out, that makes the difference; None where there is none.

    And how often it is too little: 1 left out, 2 with the wrong sign, -1 twice there.
    """
    gap = judge.left - judge.array(e)
    for line in right_lines:
        summands = terms(split(expand(line)))
        for term in summands if len(summands) > 1 else ():
            t = judge.array(term)
            if not t.any():
                continue
            for times in (1, 2, -1):
                if np.abs(gap - times * t).max() <= TOLERANCE * judge.scale:
                    return term, times
    return None, 0


Path = tuple[Definition, Indexed]
"""A definition, and an entry in it."""


def missing_paths(judge: LeftSide, e: sp.Expr) -> tuple[Path, ...]:
    """The definition, and the entry in it, through which the line forgets to differentiate; or two of them.

    The left side is computed again with that one entry held constant; where that is what the line says, the path
    through it is what is missing. Two are tried where the variable itself stands in both: X in its mean and variance.
    """
    chain, line = judge.derivation.chain, judge.array(e)
    if np.abs(line).max() <= TOLERANCE * judge.scale:
        return ()
    single = [(d, entry) for d in chain for entry in sorted(d.right.atoms(Indexed), key=str)]
    x = getattr(judge.derivation.left, "x", None)
    direct = [(d, entry) for d, entry in single if isinstance(x, Indexed) and entry.base == x.base]
    for paths in (*((path,) for path in single), *combinations(direct, 2)):
        there = replace_quantity(judge, *held(chain, paths))
        if there is not None and np.abs(there - line).max() <= TOLERANCE * judge.scale:
            return paths
    return ()


def held(chain: Chain, paths: Iterable[Path]) -> tuple[Chain, Tensor, Tensor]:
    """The chain in which an entry of a definition is a constant of the same value; the tensor, and the constant."""
    for d, entry in paths:
        constant = Tensor(f"{entry.base.label}_0", shape=entry.base.shape, real=True)
        right = chain[d.tensor].right.xreplace({entry: constant[tuple(entry.indices)]})
        changed = Definition(d.left, right, d.broadcast)
        chain = Chain(changed if other.tensor == d.tensor else other for other in chain)
    return chain, entry.base, constant


def replace_quantity(judge: LeftSide, chain: Chain, tensor: Tensor, constant: Tensor) -> np.ndarray | None:
    """The left side under other definitions, in the same numbers."""
    n = judge.numbers
    values = {**n.values, constant: n.array(tensor)}
    try:
        numbers = Numbers(chain, n.sizes, values, n.seed, n.outputs)
        return numbers.value(judge.derivation.left, judge.free).detach().numpy()
    except (ValueError, NotImplementedError, RuntimeError):
        return None


def diagonal_alone(judge: LeftSide, e: sp.Expr) -> Definition | None:
    """The definition of a Y of which only ∂Y_ij/∂X_ij is in the line, where X_ij moves other entries of Y too."""
    left = judge.derivation.left
    if not isinstance(left, Partial) or left.f != L or not isinstance(left.x, Indexed):
        return None
    for d in judge.derivation.chain:
        if isinstance(d.tensor, Tensor) and d.tensor.shape == left.x.base.shape and d.tensor != left.x.base:
            Y = d.tensor
            if agrees_with(judge, e, upstream(Y)[left.x.indices] * Partial(Y[left.x.indices], left.x)):
                return d
    return None


def agrees_with(judge: LeftSide, e: sp.Expr, other: sp.Expr) -> bool:
    """Are two lines equal in the numbers of the judge?"""
    try:
        return bool(np.abs(judge.array(e) - judge.array(other)).max() <= TOLERANCE * judge.scale)
    except (ValueError, TypeError, IndexError, NotImplementedError):
        return False


def unstated_fact(judge: LeftSide, e: sp.Expr) -> Fact | None:
    """A fact under which the line would be right: the rows of a tensor sum to 1, and nobody said so."""
    quantity = judge.derivation
    for t in quantity.chain.leaves:
        if not isinstance(t, Tensor) or not t.shape:
            continue
        known = {f.left.function.base for f in quantity.facts if isinstance(f.left, Sum)}
        if t in known:
            continue
        fact = rows_sum_to_one(t)
        numbers = random_numbers(quantity.chain, (*quantity.facts, fact), judge.numbers.seed)
        if agrees(LeftSide(quantity, numbers=numbers), e):
            return fact
    return None


def rows_sum_to_one(t: Tensor) -> Fact:
    """Σ_n T_mn = 1"""
    letters: list[sp.Idx] = []
    for n in t.shape:
        letters.append(fresh(sp.Idx("k", n), letters))
    name = f"rows of {name_of(t)}" if len(letters) > 1 else f"entries of {name_of(t)}"
    return Fact(f"{name} sum to 1", Sum(t[tuple(letters)], letters[-1]), 1)


def other_left(judge: LeftSide, e: sp.Expr, where: sp.Expr = sp.S.One) -> sp.Expr | None:
    """The left side that the line is right for: the same, but for one letter. `where` is 1 where that is claimed."""
    quantity = judge.derivation
    for left in relabelled(quantity.left, free_indices(e)):
        free = tuple(sorted(free_indices(left), key=str))
        if not free_indices(e * where) <= set(free):
            continue
        other = Quantity(left * where, free, quantity.chain, tuple(quantity.facts))
        if agrees(LeftSide(other, numbers=judge.numbers), e * where):
            return left
    return None


def relabelled(left: sp.Expr, letters: set[sp.Idx]) -> Iterator[sp.Expr]:
    """The left side with one of its letters, at one place, replaced by a letter of the line."""
    variable = getattr(left, "x", None)
    for entry in sorted(left.atoms(Indexed), key=lambda e: (e != variable, str(e))):
        for axis, k in enumerate(entry.indices):
            for other in sorted(letters - {k}, key=str):
                if size_of(other) == entry.base.shape[axis]:
                    at = [*entry.indices[:axis], other, *entry.indices[axis + 1 :]]
                    yield from one_place(left, entry, Indexed(entry.base, *at))


def one_place(e: sp.Expr, old: sp.Expr, new: sp.Expr) -> Iterator[sp.Expr]:
    """e with one of the places of `old` changed at a time."""
    if e == old:
        yield new
    for k, a in enumerate(e.args):
        for changed in one_place(a, old, new):
            yield e.func(*e.args[:k], changed, *e.args[k + 1 :])
