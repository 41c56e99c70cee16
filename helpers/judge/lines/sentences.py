"""Says a verdict on a line: in the letters of indices, in matrices or in NumPy, as the reader writes."""

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.compare.sentences import ZERO_ELSEWHERE, entry_said, line_said
from helpers.derive import Partial, free_indices, rules
from helpers.derive.plain_text import named, spoken
from helpers.derive.rewrite import size_of
from helpers.judge.lines.reader_notation import Notation, notation_of
from helpers.judge.lines.repair import Repair
from helpers.read import Written
from helpers.verdict import Kind, Verdict

REMARKS = {
    "taken": "{note}",
    "vanishes": "both sides are 0: any factor would pass",
    "again": "right again, though the line before it is wrong",
    "guessed": "right for {question}: if another was meant, declare it",
}
NOTHING_TO_HOLD = {
    "equation": "there is no equation here: nothing to hold it against",
    "left side": "no left side that can be read: nothing to hold it against",
}
DOUBTS = {
    "above": "right for {question}, and wrong for {names}, which is defined above",
    "otherwise": "{names} is written in another way than in {question}, which would make it wrong",
    "tied": "right in no question that has these letters ({names})",
    "unknown": "no question that I know has the letter{s} {names}",
}
LINE_BEFORE = {
    "equal": "equal to the line before{where}, which is wrong already",
    "negative": "and its sign is not that of the line before{where}",
}
EXACT = Kind.SIGN, Kind.FACTOR, Kind.DELTA_MISSING
"""Said without an entry where the reader has no letters for its place."""


def reason(verdict: Verdict | None, written: Written, question: str, notation: Notation | None = None) -> str:
    """Why a line of this question is right, wrong or not judged; "" where nothing is to be said."""
    if verdict is None:
        return written.aside
    if verdict.right:
        remarks = (REMARKS[r].format(note=written.note, question=question) for r in verdict.pieces["remark"])
        return "; ".join(remarks)
    if not verdict.wrong:
        return not_judged_said(verdict, question)
    mistake = mistake_said(verdict, written, notation or notation_of(written))
    return "; ".join(filter(None, (mistake, written.note, line_before_said(verdict))))


def declare(name: str) -> str:
    """What to do where the question was not found; the likeliest one is the example."""
    return f"declare it in a comment such as <!-- question: {name} -->"


def not_judged_said(verdict: Verdict, question: str) -> str:
    """Why a line has no verdict."""
    pieces = verdict.pieces
    if "nothing" in pieces:
        return NOTHING_TO_HOLD[pieces["nothing"]]
    if "doubt" not in pieces:
        return pieces.get("refusal") or line_said(verdict)
    names = pieces["names"]
    said = DOUBTS[pieces["doubt"]].format(question=question, names=", ".join(names), s="s" * (len(names) > 1))
    return f"{said}: {declare(pieces.get('nearest', question))}"


def line_before_said(verdict: Verdict) -> str:
    """How a wrong line relates to the wrong line before it."""
    pieces = verdict.pieces
    where = " where the targets are one-hot" if pieces.get("one_hot") else ""
    return LINE_BEFORE[pieces["before"]].format(where=where) if "before" in pieces else ""


def mistake_said(verdict: Verdict, written: Written, notation: Notation) -> str:
    """What is wrong with a line."""
    pieces, kind = verdict.pieces, verdict.kind
    if "seen" in pieces:
        return mistake_said(pieces["seen"], written, notation)
    if "side" in pieces:
        return one_side_said(verdict, notation)
    if "layer" in pieces:
        f, x = map(tensor_name, (pieces["layer"].f, pieces["layer"].x))
        shapes = "; and the shapes of the factors do not fit" if pieces["unfit"] else ""
        return f"∂{f}/∂{x} stands twice in the product: one layer too many{shapes}"
    if "other" in pieces:
        return f"right for {spoken(pieces['other'])}, but {spoken(pieces['left'])} stands on the left"
    if "fact" in pieces:
        return f"right only if the {pieces['fact'].name}, and that is not given"
    if "moved" in pieces:
        x, y = tensor_name(pieces["left"].x), tensor_name(pieces["moved"].left)
        return f"an entry of {x} moves other entries of {y} too, not only its own"
    if "paths" in pieces:
        return lost_path_said(verdict, notation)
    if "delta" in pieces:
        worst = f" ({entry_said(verdict)})" if notation.indexed else ""
        return f"{spoken(pieces['delta'])} is missing: {ZERO_ELSEWHERE}{worst}"
    if "repair" not in pieces:
        return seen_said(verdict, written, notation)
    if "besides" not in pieces:
        return first_said(verdict, notation) + repair_said(verdict, notation)
    seen, change = seen_said(verdict, written, notation), repair_said(verdict, notation)
    return f"{seen}; {change}" if kind is Kind.WRONG_AXIS else f"{seen} ({change})"


def seen_said(verdict: Verdict, written: Written, notation: Notation) -> str:
    """Which index or which number is wrong."""
    if verdict.kind is Kind.USELESS_INDEX:
        return f"index {verdict.where} stands on no tensor: nothing says what it runs over"
    if said := unfit_said(written.expression, verdict.pieces.get("left"), notation):
        return said
    return verdict.pieces.get("refusal") or line_said(verdict, notation.indexed or verdict.kind not in EXACT)


def one_side_said(verdict: Verdict, notation: Notation) -> str:
    """On which side of 0 a line is right, and what would make it right on both."""
    x, sign = verdict.pieces["side"]
    other = {"<": ">", ">": "<"}[sign]
    side = f"right where {tensor_name(x)} {sign} 0, wrong where {tensor_name(x)} {other} 0"
    return f"{side}: {repair_said(verdict, notation)}" if verdict.pieces["repair"] else side


def lost_path_said(verdict: Verdict, notation: Notation) -> str:
    """Which path or which term is left out, counted twice or has the other sign."""
    term, paths = verdict.pieces["term"], verdict.pieces["paths"]
    if term is not None:
        free = tuple(k for k in verdict.pieces["free"] if k in free_indices(term))
        term = notation.told(term, free) or spoken(term)
    if not paths:
        return {
            Kind.SIGN: f"the sign of the term {term} is wrong",
            Kind.PATH_TWICE: f"the term {term} is counted twice",
        }.get(verdict.kind, f"the term {term} is missing")
    through = [f"through {spoken(x)} in {spoken(d.left)} = {spoken(d.right)}" for d, x in paths]
    which = f"the paths {' and '.join(through)} are" if len(paths) > 1 else f"the path {through[0]} is"
    return f"{which} left out: the term {term}" if term else f"{which} left out"


def first_said(verdict: Verdict, notation: Notation) -> str:
    """What strikes one first: a line that is 0, a number where there should be an entry for each j."""
    left, free = verdict.pieces["left"], verdict.pieces["free"]
    if verdict.pieces["zero"]:
        return "identically 0: "
    if not verdict.pieces["number"]:
        return ""
    if notation.indexed:
        return f"a number, but the left side has an entry for each {', '.join(map(str, free))}: "
    return f"a number, but {notation.name_of(left)} has shape {shape(left)}: "


def unfit_said(e: sp.Expr, left: sp.Expr | None, notation: Notation) -> str:
    """The first entry with a letter that runs over another axis, "" where there is none; in arrays, their shapes."""
    for entry in sorted(e.atoms(Indexed), key=str):
        for k, n in zip(entry.indices, entry.base.shape, strict=True):
            if isinstance(k, Idx) and size_of(k) != n:
                there = f"runs over {size_of(k)}, but there stands an axis of size {n}"
                return (
                    f"{k} in {spoken(entry)} {there}"
                    if notation.indexed
                    else unfit_arrays(e, left, k, notation)
                )
    return ""


def unfit_arrays(e: sp.Expr, left: sp.Expr | None, k: Idx, notation: Notation) -> str:
    """Two axes that meet and differ, and the shape of each array."""
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


def repair_said(verdict: Verdict, notation: Notation) -> str:
    """What to change, in words; in matrices and in NumPy with the whole line made right."""
    change, times = verdict.pieces["repair"], verdict.pieces["times"]
    line = "" if notation.indexed else notation.told(contracted(change.line), verdict.pieces["free"])
    if not line:
        return in_letters(change, times)
    clause = in_arrays(change, times, notation)
    return f"{clause}: {line} is right" if clause else f"{line} is right"


def contracted(e: sp.Expr) -> sp.Expr:
    """Without the deltas that a sum can use up."""
    while (new := rules.pull_out(rules.contract(e))) != e:
        e = new
    return e


def in_arrays(change: Repair, times: int | None, notation: Notation) -> str:
    """What is wrong, without a letter of an index."""
    changed = (change.old, change.new)
    old, new = (notation.told(x) if isinstance(x, sp.Expr) else "" for x in changed)
    if change.kind is Kind.USELESS_INDEX:
        size = size_of(change.old)
        return f"what is summed over {size} does not vary there: it multiplies by {size} = {times}"
    if change.kind is Kind.SIGN:
        return f"the sign of {old} is wrong"
    if change.kind is Kind.DELTA_MISSING:
        return f"a sum runs over all {size_of(change.new.args[0])}, where each has its own"
    if change.kind is Kind.TRANSPOSED:
        return f"rows and columns are exchanged{f' in {old}' if old else ''}"
    if change.kind is Kind.WRONG_AXIS:
        return f"a sum runs over {size_of(change.old)}, where one over {size_of(change.new)} is asked for"
    if old and new:
        inverse = "^-" in new  # of the matrix, as one could read it
        return f"{new} belongs where {old} stands" if old != new and not inverse else ""
    if old and not new:
        return f"the factor {old} is too much"
    return f"the factor {new} is missing" if new and not old else ""


def in_letters(change: Repair, times: int | None) -> str:
    """What to change, in the letters of the indices."""
    old = spoken(change.old) if change.old is not None else ""
    new = spoken(change.new) if change.new is not None else ""
    if change.kind is Kind.USELESS_INDEX:
        return f"the sum over {old} has no {old} in it: it multiplies by {size_of(change.old)} = {times}"
    if change.kind is Kind.FREE_INDEX:
        return f"with a sum over {new} it is right"
    if change.kind is Kind.SIGN:
        return f"the sign of {old} is wrong"
    if change.kind is Kind.DELTA_MISSING:
        return f"{new} is missing"
    if change.kind is Kind.TRANSPOSED and not old:
        return f"rows and columns are exchanged, the transpose is right: {spoken(change.line)}"
    if change.kind is Kind.TRANSPOSED:
        return f"rows and columns are exchanged in {old}: {new} is right"
    if change.kind is Kind.WRONG_AXIS:
        over = f"a sum runs over {size_of(change.old)}, where one over {size_of(change.new)} is asked for"
        return f"{over}: {spoken(change.line)}"
    if not new:
        return f"the factor {old} is too much: without it the line is right"
    within = "" if change.within is None else spoken(change.within)
    if not old:
        beside = "in" if isinstance(change.within, Sum) else "beside"
        return f"the factor {new} is missing" + f" {beside} {within}" * bool(within)
    if within:
        changed = [entry for entry in change.within.atoms(Indexed, KroneckerDelta) if entry.has(change.old)]
        if len(changed) == 1:
            old, new = spoken(changed[0]), spoken(changed[0].xreplace({change.old: change.new}))
            within = ""
    return f"with {new} in place of {old}{f' in {within}' * bool(within)} the line is right"
