"""What is wrong with a line, in the words that a student uses."""

import numpy as np
import sympy as sp
from sympy import Idx, Indexed

from helpers.compare import Judge
from helpers.compare.cause import missing_path, missing_term, other_left, unstated_fact
from helpers.compare.check import TOLERANCE, Fault, Verdict
from helpers.compare.repair import Repair, repair
from helpers.derive import free_indices
from helpers.derive.walk import size_of
from helpers.practise.words import spoken

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
    said = Fault(verdict.kind, verdict.reason.removeprefix("cannot be read: "))
    e = with_letters_of(judge.free, e)
    if said.kind in ("not readable", "sign", "delta missing"):
        return said
    if said.kind in ("free index", "index missing", "wrong value") and (fault := wrong_left(judge, e, where)):
        return fault
    readable = said.kind not in ("free index", "wrong axis", "index used twice", "out of range")
    if readable and (fact := unstated_fact(judge, e)):
        return Fault("fact not given", f"right only if the {fact.name}, and that is not given")
    if readable and said.kind != "factor" and (fault := lost_path(judge, e, right_lines)):
        return fault
    change = repair(judge, e, right_lines)
    if change is None:
        return said
    if said.kind == "factor" and change.kind != "useless index":
        return said
    if said.kind in ("free index", "diagonal only") and change.kind != "transposed":
        return Fault(said.kind, f"{said.reason} ({sentence(change, judge)})")
    if said.kind == "wrong axis" and change.kind != "transposed":
        return Fault("wrong axis", f"{said.reason}; {sentence(change, judge)}")
    zero = "identically 0: " if said.kind == "zero" else ""
    return Fault(change.kind, zero + sentence(change, judge))


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
    if not found or not np.isclose(abs(found.times), np.round(abs(found.times))):
        return None
    term = spoken(found.term)
    said = {
        1: Fault("path missing", f"the term {term} is missing"),
        2: Fault("sign", f"the sign of the term {term} is wrong"),
        -1: Fault("path twice", f"the term {term} is counted twice"),
    }
    return said.get(int(np.round(found.times)))


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
    if change.kind == "transposed":
        return f"rows and columns are exchanged in {old}: {new} is right"
    if not new:
        return f"the factor {old} is too much: without it the line is right"
    if not old:
        return f"the factor {new} is missing"
    one_for_all = isinstance(change.old, Idx)
    return f"with {new} in place of {old}{' there' if one_for_all else ''} the line is right"


def beside_the_line_before(judge: Judge, e: sp.Expr, before: sp.Expr | None) -> str:
    """How a wrong line relates to the wrong line before it."""
    try:
        got, was = judge.array(e), judge.array(before) if before is not None else None
    except (ValueError, IndexError, NotImplementedError):
        return ""
    if was is None or not was.any():
        return ""
    if np.abs(got - was).max() <= TOLERANCE * np.abs(was).max():
        return "equal to the line before, which is wrong already"
    if np.abs(got + was).max() <= TOLERANCE * np.abs(was).max():
        return "and its sign is not that of the line before"
    return ""
