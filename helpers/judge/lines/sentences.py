"""A mistake in a sentence: in the letters of indices, in matrices or in NumPy, as the reader writes."""

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.compare import LeftSide
from helpers.derive import Partial, rules
from helpers.derive.plain_text import named, spoken
from helpers.derive.rewrite import size_of
from helpers.judge.lines.notation import Notation
from helpers.judge.lines.repair import Repair


def unfit(judge: LeftSide, e: sp.Expr, notation: Notation) -> str:
    """The first entry with a letter that runs over another axis, "" where there is none; in arrays, their shapes."""
    for entry in sorted(e.atoms(Indexed), key=str):
        for k, n in zip(entry.indices, entry.base.shape, strict=True):
            if isinstance(k, Idx) and size_of(k) != n:
                if notation.indexed:
                    return (
                        f"{k} in {spoken(entry)} runs over {size_of(k)}, but there stands an axis of size {n}"
                    )
                return unfit_arrays(judge, e, k, notation)
    return ""


def unfit_arrays(judge: LeftSide, e: sp.Expr, k: Idx, notation: Notation) -> str:
    """Two axes that meet and differ, and the shape of each array."""
    left = judge.derivation.left
    entries = [*sorted(e.atoms(Indexed), key=str), *([left] if isinstance(left, Indexed | Partial) else [])]
    arrays = {notation.name_of(x): getattr(x, "x", x) for x in entries}
    meeting = {
        n: f"the {n} {axis} of {name}"
        for name, x in reversed(arrays.items())
        for axis, letter, n in zip(axes_named(x), x.indices, x.base.shape, strict=True)
        if str(letter) == str(k)
    }
    shapes = ", ".join(f"{name} {shape(x)}" for name, x in arrays.items())
    return f"the shapes do not fit, {' meet '.join(reversed(meeting.values()))}: {shapes}"


def axes_named(x: Indexed) -> tuple[str, ...]:
    return {1: ("entries",), 2: ("rows", "columns")}.get(
        len(x.indices), tuple(f"axis {k}" for k in x.indices)
    )


def shape(x: sp.Expr) -> str:
    """(S, N) or (N,), of the array that an entry is one of."""
    sizes = getattr(x, "x", x).base.shape
    return f"({', '.join(map(str, sizes))}{',' * (len(sizes) == 1)})"


def tensor_name(e: sp.Expr) -> str:
    """The name of an entry's tensor."""
    return named(str(e.base.label)) if isinstance(e, Indexed) else spoken(e)


def sentence(change: Repair, judge: LeftSide, notation: Notation) -> str:
    """What to change, in words; in matrices and in NumPy with the whole line made right."""
    line = "" if notation.indexed else notation.told(contracted(change.line), judge.free)
    if not line:
        return in_letters(change, judge)
    clause = in_arrays(change, judge, notation)
    return f"{clause}: {line} is right" if clause else f"{line} is right"


def contracted(e: sp.Expr) -> sp.Expr:
    """Without the deltas that a sum can use up."""
    while (new := rules.pull_out(rules.contract(e))) != e:
        e = new
    return e


def in_arrays(change: Repair, judge: LeftSide, notation: Notation) -> str:
    """What is wrong, without a letter of an index."""
    changed = (change.old, change.new)
    old, new = (notation.told(x) if isinstance(x, sp.Expr) else "" for x in changed)
    if change.kind == "useless index":
        size = size_of(change.old)
        return f"what is summed over {size} does not vary there: it multiplies by {size} = {judge.numbers.size(size)}"
    if change.kind == "sign":
        return f"the sign of {old} is wrong"
    if change.kind == "delta missing":
        return f"a sum runs over all {size_of(change.new.args[0])}, where each has its own"
    if change.kind == "transposed":
        return f"rows and columns are exchanged{f' in {old}' if old else ''}"
    if change.kind == "wrong axis":
        return f"a sum runs over {size_of(change.old)}, where one over {size_of(change.new)} is asked for"
    if old and new:
        inverse = "^-" in new  # of the matrix, as one could read it
        return f"{new} belongs where {old} stands" if old != new and not inverse else ""
    if old and not new:
        return f"the factor {old} is too much"
    return f"the factor {new} is missing" if new and not old else ""


def in_letters(change: Repair, judge: LeftSide) -> str:
    """What to change, in the letters of the indices."""
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
        return f"rows and columns are exchanged, the transpose is right: {spoken(change.line)}"
    if change.kind == "transposed":
        return f"rows and columns are exchanged in {old}: {new} is right"
    if change.kind == "wrong axis":
        over = f"a sum runs over {size_of(change.old)}, where one over {size_of(change.new)} is asked for"
        return f"{over}: {spoken(change.line)}"
    if not new:
        return f"the factor {old} is too much: without it the line is right"
    if not old:
        beside = "in" if isinstance(change.within, Sum) else "beside"
        return f"the factor {new} is missing{f' {beside} {spoken(change.within)}' if change.within is not None else ''}"
    within = ""
    if change.within is not None:
        changed = [entry for entry in change.within.atoms(Indexed, KroneckerDelta) if entry.has(change.old)]
        if len(changed) == 1:
            old, new = spoken(changed[0]), spoken(changed[0].xreplace({change.old: change.new}))
        else:
            within = f" in {spoken(change.within)}"
    return f"with {new} in place of {old}{within} the line is right"
