"""What is wrong with a line, in the words that a student uses."""

import re

import numpy as np
import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul, Sum

from helpers.compare import Judge
from helpers.compare.cause import missing_path, missing_term, other_left, unstated_fact
from helpers.compare.check import TOLERANCE, Fault, Verdict
from helpers.compare.meaning import Numbers
from helpers.compare.repair import Repair, repair
from helpers.derive import Partial, free_indices
from helpers.derive.walk import size_of
from helpers.practise.words import named, spoken

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
    "path twice",
    "fact not given",
    "wrong function",
    "left side",
    "zero",
    "wrong value",
    "not readable",
)
"""Every kind of mistake."""


def explain(
    judge: Judge, e: sp.Expr, verdict: Verdict, right_lines: list[sp.Expr], where: sp.Expr | None = None
) -> Fault:
    """The kind of mistake in a line that the judge refused, and its reason: the most telling cause that is found."""
    said = Fault(verdict.kind, wrong_axis(e) or verdict.reason.removeprefix("cannot be read: "))
    e = with_letters_of(judge.free, e)
    if fault := counted_twice(e, said) or wrong_left(judge, e, where):
        return fault
    if said.kind in ("not readable", "sign") or (said.kind == "delta missing" and not e.has(Partial)):
        return said
    if said.kind == "factor" and not judge.free and not named_factor(said.reason):
        said = Fault("wrong value", said.reason)  # of two numbers one is always some factor times the other
    readable = said.kind not in ("free index", "wrong axis", "index used twice", "out of range")
    if readable and (fact := unstated_fact(judge, e)):
        return Fault("fact not given", f"right only if the {fact.name}, and that is not given")
    additive = readable and said.kind not in ("factor", "delta missing")
    if additive and (fault := lost_path(judge, e, right_lines)):
        return fault
    change = repair(judge, e, right_lines)
    if change is None or (said.kind == "factor" and change.kind != "useless index"):
        return said
    if said.kind in ("free index", "diagonal only") and change.kind != "transposed":
        return Fault(said.kind, f"{said.reason} ({sentence(change, judge)})")
    if said.kind == "wrong axis" and change.kind != "transposed":
        return Fault("wrong axis", f"{said.reason}; {sentence(change, judge)}")
    return Fault(change.kind, shape_of(e, said, judge) + sentence(change, judge))


def wrong_axis(e: sp.Expr) -> str:
    """The first entry with a letter that runs over another axis, "" where there is none."""
    for entry in sorted(e.atoms(Indexed), key=str):
        for k, n in zip(entry.indices, entry.base.shape, strict=True):
            if isinstance(k, Idx) and size_of(k) != n:
                return f"{k} in {spoken(entry)} runs over {size_of(k)}, but there stands an axis of size {n}"
    return ""


def shape_of(e: sp.Expr, said: Fault, judge: Judge) -> str:
    """What strikes one first: a line that is 0, a number where there should be an entry for each j."""
    if said.kind == "zero":
        return "identically 0: "
    if judge.free and not free_indices(e):
        return f"a number, but the left side has an entry for each {', '.join(map(str, judge.free))}: "
    return ""


def named_factor(reason: str) -> bool:
    """2 times, 1/S = 1/5 times: a factor that a hand writes, and not some number."""
    return bool(re.match(r"(2|1/2|.* = .*?) times", reason))


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


def tensor_name(e: sp.Expr) -> str:
    """The name of an entry's tensor."""
    return named(str(e.base.label)) if isinstance(e, Indexed) else spoken(e)


def with_letters_of(free: tuple[Idx, ...], e: sp.Expr) -> sp.Expr:
    """The letters of the left side over the range that they have there, wherever they stand."""
    known = {str(k): k for k in free}
    return e.xreplace({k: known[str(k)] for k in free_indices(e) if str(k) in known})


def wrong_left(judge: Judge, e: sp.Expr, where: sp.Expr | None) -> Fault | None:
    """∂h_i/∂z_i on the left of what ∂h_i/∂z_j is."""
    left = judge.derivation.left
    places = [k for entry in left.atoms(Indexed) for k in entry.indices]
    if len(set(places)) == len(places) or not (free_indices(e) - set(judge.free)):
        return None
    other = other_left(judge, e, 1 if where is None else where)
    if other is None:
        return None
    return Fault("left side", f"right for {spoken(other)}, but {spoken(left)} stands on the left")


def lost_path(judge: Judge, e: sp.Expr, right_lines: list[sp.Expr]) -> Fault | None:
    """One term of a right line is not there, or has the other sign; where it can be told, which path it is."""
    found, path = missing_term(judge, e, right_lines), missing_path(judge, e)
    if path:
        d, entry = path
        term = f": the term {spoken(found.term)}" if found else ""
        return Fault(
            "path missing", f"the path through {spoken(entry)} in {spoken(d.left)} is left out{term}"
        )
    if not found:
        return None
    term = spoken(found.term)
    said = {
        1: Fault("path missing", f"the term {term} is missing"),
        2: Fault("sign", f"the sign of the term {term} is wrong"),
        -1: Fault("path twice", f"the term {term} is counted twice"),
    }
    return said[found.times]


def sentence(change: Repair, judge: Judge) -> str:
    """What to change, in words."""
    old = spoken(change.old) if change.old is not None else ""
    new = spoken(change.new) if change.new is not None else ""
    if change.kind == "useless index":
        size = size_of(change.old)
        return f"the sum over {old} has no {old} in it: it multiplies by {size} = {judge.numbers.size(size)}"
    if change.kind == "free index":
        return f"with a sum over {new} it is right"
    if change.kind == "sign":
        return f"the sign of {old} is wrong"
    if change.kind == "delta missing":
        return f"{new} is missing"
    if change.kind == "transposed" and not old:
        return "rows and columns are exchanged: the transpose is right"
    if change.kind == "transposed":
        return f"rows and columns are exchanged in {old}: {new} is right"
    if not new:
        return f"the factor {old} is too much: without it the line is right"
    if not old:
        return f"the factor {new} is missing"
    within = ""
    if change.within is not None:
        changed = [entry for entry in change.within.atoms(Indexed, KroneckerDelta) if entry.has(change.old)]
        if len(changed) == 1:
            old, new = spoken(changed[0]), spoken(changed[0].xreplace({change.old: change.new}))
        else:
            within = f" in {spoken(change.within)}"
    return f"with {new} in place of {old}{within} the line is right"


def beside_the_line_before(judge: Judge, e: sp.Expr, before: sp.Expr | None) -> str:
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


def one_hot(judge: Judge) -> Numbers:
    """The numbers of the judge, but with a 1 and zeros for what sums to 1."""
    values = dict(judge.numbers.values)
    for fact in judge.derivation.facts:
        t = fact.left.function.base
        values[t] = (values[t] == values[t].amax(-1, keepdim=True)).double()
    n = judge.numbers
    return Numbers(n.chain, n.sizes, values, n.seed, n.output)
