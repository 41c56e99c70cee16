"""Decides what kind of mistake a wrong line has, and by what one can tell; `sentences.py` says it."""

from dataclasses import replace

import numpy as np
import sympy as sp
from sympy import Idx, Indexed, Mul, Sum

from helpers.compare import LeftSide
from helpers.compare.left_side import TOLERANCE
from helpers.compare.numbers import Numbers
from helpers.derive import Partial, free_indices
from helpers.derive.rewrite import size_of
from helpers.judge.lines.left_out import (
    diagonal_alone,
    missing_paths,
    missing_term,
    other_left,
    unstated_fact,
)
from helpers.judge.lines.repair import Repair, repair
from helpers.verdict import Kind, Verdict, wrong

CERTAIN = Kind.FREE_INDEX, Kind.DIAGONAL_ONLY, Kind.WRONG_AXIS  # whatever change makes the line right
UNFIT = Kind.FREE_INDEX, Kind.WRONG_AXIS, Kind.INDEX_USED_TWICE, Kind.OUT_OF_RANGE


def find_mistake(
    judge: LeftSide, e: sp.Expr, seen: Verdict, right_lines: list[sp.Expr], where: sp.Expr | None = None
) -> Verdict:
    """The most telling cause of what the judge has `seen`: indices or numbers that are wrong in the line e.

    The left side and its free letters are among the pieces of the verdict.
    """
    lines = [*right_lines, *definition_of(judge)]
    found = cause(judge, with_letters_of(judge.free, e), seen, lines, where)
    found = replace(found, difference=found.difference or seen.difference)
    return found.having(left=judge.derivation.left, free=judge.free)


def cause(
    judge: LeftSide, e: sp.Expr, seen: Verdict, right_lines: list[sp.Expr], where: sp.Expr | None
) -> Verdict:
    """A cause that the letters show; then one that the numbers show; then the one change that makes the line right."""
    if (layer := counted_twice(e)) is not None:
        return wrong(Kind.PATH_TWICE, layer=layer, unfit=seen.kind is Kind.WRONG_AXIS)
    if (other := wrong_left(judge, e, where)) is not None:
        return wrong(Kind.LEFT_SIDE, other=other)
    if not judge.free and is_any_number(seen):
        seen = replace(seen, kind=Kind.WRONG_VALUE, difference=replace(seen.difference, factor=None))
    if seen.kind is Kind.SIGN:
        return seen
    if seen.kind not in UNFIT:
        if side := right_on_one_side(judge, e):
            change = repair(judge, e, right_lines)
            return wrong(change.kind if change else Kind.WRONG_VALUE, side=side, **repaired(judge, change))
        if fact := unstated_fact(judge, e):
            return wrong(Kind.FACT_NOT_GIVEN, fact=fact)
        if judge.free and (moved := diagonal_alone(judge, e)):
            return wrong(Kind.DIAGONAL_ONLY, moved=moved)
        additive = seen.kind not in (Kind.FACTOR, Kind.DELTA_MISSING)
        if additive and (lost := lost_path(judge, e, right_lines)) is not None:
            return lost
    change = repair(judge, e, right_lines)
    if change is None or (seen.kind is Kind.FACTOR and change.kind is not Kind.USELESS_INDEX):
        return seen
    if seen.kind is Kind.DELTA_MISSING and not e.has(Partial):
        return seen.having(delta=change.new) if change.kind is seen.kind else seen
    made = repaired(judge, change)
    if seen.kind in CERTAIN and change.kind is not Kind.TRANSPOSED:
        return seen.having(besides=True, **made)
    number = bool(judge.free) and not free_indices(e)
    return wrong(change.kind, zero=seen.kind is Kind.ZERO, number=number, **made)


def repaired(judge: LeftSide, change: Repair | None) -> dict:
    """The pieces that tell a change; of a sum too many also the number that it multiplies by."""
    useless = change and change.kind is Kind.USELESS_INDEX
    return {"repair": change, "times": judge.numbers.size(size_of(change.old)) if useless else None}


def definition_of(judge: LeftSide) -> list[sp.Expr]:
    """The right side of the definition, where a definition is what is written."""
    left, chain = judge.derivation.left, judge.derivation.chain
    if not isinstance(left, Indexed) or left.base not in chain:
        return []
    right = chain[left.base].at(left)
    repeated = (x for x in right.atoms(Indexed) if x.base in chain and chain[x.base].broadcast)  # B_mn is b_n
    return [right.xreplace({x: chain[x.base].at(x) for x in repeated})]


def is_any_number(seen: Verdict) -> bool:
    """Is a line some factor times the right value, but none that a hand writes? Of two numbers one always is."""
    factor = seen.difference and seen.difference.factor
    return bool(factor) and not factor.names and abs(factor.value + 1) > 1e-5


def right_on_one_side(judge: LeftSide, e: sp.Expr) -> tuple[Indexed, str] | None:
    """(X, ">") where each entry is right for X > 0, and none for X < 0; (X, "<") the other way round."""
    left = judge.derivation.left
    x = getattr(left, "x", None)
    if not isinstance(x, Indexed) or x.base in judge.derivation.chain or x.indices != judge.free:
        return None
    try:
        right = np.abs(judge.array(e) - judge.left) <= TOLERANCE * judge.scale
        positive = judge.array(x) > 0
    except (ValueError, TypeError, IndexError, NotImplementedError):
        return None
    for side, sign in ((positive, ">"), (~positive, "<")):
        if side.any() and right[side].all() and not right[~side].any() and (~side).any():
            return x, sign
    return None


def counted_twice(e: sp.Expr) -> Partial | None:
    """A Jacobian that stands twice in one product: its layer is counted twice."""
    seen = set()
    for p in multiplied(e):
        if isinstance(p, Partial):
            what = tuple(x.base if isinstance(x, Indexed) else x for x in (p.f, p.x))
            if what in seen:
                return p
            seen.add(what)
    return None


def multiplied(e: sp.Expr) -> list[sp.Expr]:
    """The factors of a product of sums of products."""
    if isinstance(e, Sum):
        return multiplied(e.function)
    return [f for a in e.args for f in multiplied(a)] if isinstance(e, Mul) else [e]


def with_letters_of(free: tuple[Idx, ...], e: sp.Expr) -> sp.Expr:
    """The letters of the left side over the range that they have there, wherever they stand."""
    known = {str(k): k for k in free}
    return e.xreplace({k: known[str(k)] for k in free_indices(e) if str(k) in known})


def wrong_left(judge: LeftSide, e: sp.Expr, where: sp.Expr | None) -> sp.Expr | None:
    """∂h_i/∂z_j, where ∂h_i/∂z_i stands on the left of what ∂h_i/∂z_j is."""
    places = [k for entry in judge.derivation.left.atoms(Indexed) for k in entry.indices]
    if len(set(places)) == len(places) or not (free_indices(e) - set(judge.free)):
        return None
    return other_left(judge, e, 1 if where is None else where)


def lost_path(judge: LeftSide, e: sp.Expr, right_lines: list[sp.Expr]) -> Verdict | None:
    """One term of a right line is not there, or has the other sign; where it can be told, which path it is."""
    (term, times), paths = missing_term(judge, e, right_lines[::-1]), missing_paths(judge, e)
    if term is None and not paths:
        return None
    lost = Kind.PATH_MISSING if paths or isinstance(judge.derivation.left, Partial) else Kind.TERM_MISSING
    kind = lost if paths else {1: lost, 2: Kind.SIGN, -1: Kind.PATH_TWICE}[times]
    return wrong(kind, paths=paths, term=term)


def beside_the_line_before(judge: LeftSide, e: sp.Expr, before: sp.Expr | None, verdict: Verdict) -> Verdict:
    """The verdict, and how the line relates to the wrong line before it, if it does: equal, or of the other sign.

    Of targets that sum to 1 also where they are one-hot.
    """
    if before is None:
        return verdict
    for numbers, hot in ((judge.numbers, False), (one_hot(judge), True)):
        try:
            got, was = (numbers.value(line, judge.free).detach().numpy() for line in (e, before))
        except (ValueError, IndexError, NotImplementedError):
            return verdict
        small = TOLERANCE * np.abs(was).max()
        if was.any() and np.abs(got - was).max() <= small:
            return verdict.having(before="equal", one_hot=hot)
        if was.any() and np.abs(got + was).max() <= small:
            return wrong(
                Kind.SIGN, difference=verdict.difference, seen=verdict, before="negative", one_hot=hot
            )
    return verdict


def one_hot(judge: LeftSide) -> Numbers:
    """The numbers of the judge, but with a 1 and zeros for what sums to 1."""
    values = dict(judge.numbers.values)
    for fact in judge.derivation.facts:
        t = fact.left.function.base
        values[t] = (values[t] == values[t].amax(-1, keepdim=True)).double()
    n = judge.numbers
    return Numbers(n.chain, n.sizes, values, n.seed, n.outputs)
