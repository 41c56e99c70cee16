"""What is wrong with a line, in the words that a student uses."""

import re
from typing import NamedTuple

import numpy as np
import sympy as sp
from sympy import Idx, Indexed, Mul, Sum

from helpers.compare import LeftSide
from helpers.compare.left_side import TOLERANCE
from helpers.compare.meaning import Numbers
from helpers.compare.sentences import line_said
from helpers.derive import Chain, Partial, free_indices
from helpers.derive.plain_text import spoken
from helpers.judge.lines.cause import diagonal_alone, missing_paths, missing_term, other_left, unstated_fact
from helpers.judge.lines.notation import INDEXED, Notation
from helpers.judge.lines.repair import repair
from helpers.judge.lines.sentences import sentence, shape, tensor_name, unfit
from helpers.verdict import Verdict

KINDS = (
    "sign",
    "factor",
    "free index",
    "index missing",
    "useless index",
    "index used twice",
    "wrong index",
    "wrong axis",
    "out of range",
    "transposed",
    "delta missing",
    "diagonal only",
    "path missing",
    "term missing",
    "path twice",
    "fact not given",
    "wrong function",
    "wrong array",
    "left side",
    "zero",
    "wrong value",
    "not readable",
)
"""Every kind of mistake."""


class Fault(NamedTuple):
    """The kind of a mistake and the sentence that says it."""

    kind: str
    reason: str


def explain(
    judge: LeftSide,
    e: sp.Expr,
    verdict: Verdict,
    right_lines: list[sp.Expr],
    where: sp.Expr | None = None,
    notation: Notation = INDEXED,
) -> Fault:
    """The kind of mistake in a line that the judge refused, and its reason: the most telling cause that is found."""
    said = Fault(
        verdict.kind, unfit(judge, e, notation) or line_said(verdict).removeprefix("cannot be read: ")
    )
    if not notation.indexed and said.kind in ("sign", "factor", "delta missing", "diagonal only"):
        said = Fault(
            said.kind, re.split(r"; | \([^()]* where ", said.reason)[0]
        )  # no entry at letters that nobody wrote
    e = with_letters_of(judge.free, e)
    right_lines = [*right_lines, *definition_of(judge)]
    if fault := counted_twice(e, said) or wrong_left(judge, e, where):
        return fault
    if not judge.free and said.kind in ("sign", "factor") and not named_factor(said.reason):
        # of two numbers one is always some factor times the other
        said = Fault("wrong value", said.reason.rpartition("; ")[2])
    if said.kind in ("not readable", "sign"):
        return said
    readable = said.kind not in ("free index", "wrong axis", "index used twice", "out of range")
    if readable and (side := right_on_one_side(judge, e)):
        change = repair(judge, e, right_lines)
        return (
            Fault(change.kind, f"{side}: {sentence(change, judge, notation)}")
            if change
            else Fault("wrong value", side)
        )
    if readable and (fact := unstated_fact(judge, e)):
        return Fault("fact not given", f"right only if the {fact.name}, and that is not given")
    if readable and judge.free and (d := diagonal_alone(judge, e)):
        x, y = tensor_name(judge.derivation.left.x), tensor_name(d.left)
        return Fault("diagonal only", f"an entry of {x} moves other entries of {y} too, not only its own")
    additive = readable and said.kind not in ("factor", "delta missing")
    if additive and (fault := lost_path(judge, e, right_lines, notation)):
        return fault
    change = repair(judge, e, right_lines)
    if change is None or (said.kind == "factor" and change.kind != "useless index"):
        return said
    if said.kind == "delta missing" and not e.has(Partial):
        return said if change.kind != said.kind else Fault(said.kind, with_the_delta(change.new, said.reason))
    if said.kind in ("free index", "diagonal only") and change.kind != "transposed":
        return Fault(said.kind, f"{said.reason} ({sentence(change, judge, notation)})")
    if said.kind == "wrong axis" and change.kind != "transposed":
        return Fault("wrong axis", f"{said.reason}; {sentence(change, judge, notation)}")
    return Fault(change.kind, shape_of(e, said, judge, notation) + sentence(change, judge, notation))


def definition_of(judge: LeftSide) -> list[sp.Expr]:
    """The right side of the definition, where a definition is what is written."""
    left, chain = judge.derivation.left, judge.derivation.chain
    if not isinstance(left, Indexed) or left.base not in chain:
        return []
    repeated = {
        x: chain[x.base].at(x) for x in chain[left.base].at(left).atoms(Indexed) if is_repeated(x, chain)
    }
    return [chain[left.base].at(left).xreplace(repeated)]


def is_repeated(x: Indexed, chain: Chain) -> bool:
    """B_mn, which is b_n in each row m."""
    return x.base in chain and bool(chain[x.base].broadcast)


def with_the_delta(delta: sp.Expr, reason: str) -> str:
    return f"{spoken(delta)} is missing: {reason.replace(': a δ is missing', '')}"


def shape_of(e: sp.Expr, said: Fault, judge: LeftSide, notation: Notation) -> str:
    """What strikes one first: a line that is 0, a number where there should be an entry for each j."""
    if said.kind == "zero":
        return "identically 0: "
    if not judge.free or free_indices(e):
        return ""
    if notation.indexed:
        return f"a number, but the left side has an entry for each {', '.join(map(str, judge.free))}: "
    left = judge.derivation.left
    return f"a number, but {notation.name_of(left)} has shape {shape(left)}: "


def named_factor(reason: str) -> bool:
    """2 times, 1/S = 1/5 times, a sign alone: a factor that a hand writes, and not some number."""
    return bool(
        re.match(
            r"(the sign is wrong, and it is )?(2|1/2|[^;]* = [^;]*?) times|the sign is wrong(;|$)", reason
        )
    )


def right_on_one_side(judge: LeftSide, e: sp.Expr) -> str:
    """Is each entry right where X > 0, and not where X < 0? Or the other way round."""
    left = judge.derivation.left
    x = getattr(left, "x", None)
    if not isinstance(x, Indexed) or x.base in judge.derivation.chain or x.indices != judge.free:
        return ""
    try:
        right = np.abs(judge.array(e) - judge.left) <= TOLERANCE * judge.scale
        positive = judge.array(x) > 0
    except (ValueError, TypeError, IndexError, NotImplementedError):
        return ""
    name = tensor_name(x)
    for side, one, other in ((positive, ">", "<"), (~positive, "<", ">")):
        if side.any() and right[side].all() and not right[~side].any() and (~side).any():
            return f"right where {name} {one} 0, wrong where {name} {other} 0"
    return ""


def counted_twice(e: sp.Expr, said: Fault) -> Fault | None:
    """The same Jacobian twice in one product: its layer is counted twice."""
    seen = set()
    for p in multiplied(e):
        if isinstance(p, Partial):
            what = tensor_name(p.f), tensor_name(p.x)
            if what in seen:
                twice = f"∂{what[0]}/∂{what[1]} stands twice in the product: one layer too many"
                shapes = "; and the shapes of the factors do not fit" if said.kind == "wrong axis" else ""
                return Fault("path twice", twice + shapes)
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


def wrong_left(judge: LeftSide, e: sp.Expr, where: sp.Expr | None) -> Fault | None:
    """∂h_i/∂z_i on the left of what ∂h_i/∂z_j is."""
    left = judge.derivation.left
    places = [k for entry in left.atoms(Indexed) for k in entry.indices]
    if len(set(places)) == len(places) or not (free_indices(e) - set(judge.free)):
        return None
    other = other_left(judge, e, 1 if where is None else where)
    if other is None:
        return None
    return Fault("left side", f"right for {spoken(other)}, but {spoken(left)} stands on the left")


def lost_path(judge: LeftSide, e: sp.Expr, right_lines: list[sp.Expr], notation: Notation) -> Fault | None:
    """One term of a right line is not there, or has the other sign; where it can be told, which path it is."""
    found, paths = missing_term(judge, e, right_lines[::-1]), missing_paths(judge, e)
    free = tuple(k for k in judge.free if found and k in free_indices(found.term))
    term = notation.told(found.term, free) or spoken(found.term) if found else ""
    if paths:
        through = [f"through {spoken(x)} in {spoken(d.left)} = {spoken(d.right)}" for d, x in paths]
        which = f"the path {through[0]} is left out"
        if len(paths) > 1:
            which = f"the paths {' and '.join(through)} are left out"
        return Fault("path missing", f"{which}: the term {term}" if term else which)
    if not found:
        return None
    lost = "path missing" if isinstance(judge.derivation.left, Partial) else "term missing"
    said = {
        1: Fault(lost, f"the term {term} is missing"),
        2: Fault("sign", f"the sign of the term {term} is wrong"),
        -1: Fault("path twice", f"the term {term} is counted twice"),
    }
    return said[found.times]


def beside_the_line_before(judge: LeftSide, e: sp.Expr, before: sp.Expr | None) -> str:
    """How a wrong line relates to the wrong line before it; of targets that sum to 1 also where they are one-hot."""
    if before is None:
        return ""
    for numbers, where in ((judge.numbers, ""), (one_hot(judge), " where the targets are one-hot")):
        try:
            got, was = (numbers.value(line, judge.free).detach().numpy() for line in (e, before))
        except (ValueError, IndexError, NotImplementedError):
            return ""
        small = TOLERANCE * np.abs(was).max()
        if was.any() and np.abs(got - was).max() <= small:
            return f"equal to the line before{where}, which is wrong already"
        if was.any() and np.abs(got + was).max() <= small:
            return f"and its sign is not that of the line before{where}"
    return ""


def one_hot(judge: LeftSide) -> Numbers:
    """The numbers of the judge, but with a 1 and zeros for what sums to 1."""
    values = dict(judge.numbers.values)
    for fact in judge.derivation.facts:
        t = fact.left.function.base
        values[t] = (values[t] == values[t].amax(-1, keepdim=True)).double()
    n = judge.numbers
    return Numbers(n.chain, n.sizes, values, n.seed, n.output)
