"""A difference of arrays, and a line of a derivation that is wrong, in words."""

import math

from helpers.verdict import Difference, Entry, Factor, Kind, Verdict

ZERO_ELSEWHERE = "right where the left side is not zero, but not zero elsewhere"


def difference_said(d: Difference | None) -> str:
    """What is wrong: "transposed", "1/S = 1/5 times the right value", the worst entry; "" of no difference."""
    if d is None:
        return ""
    if d.shapes:
        return shapes_said(d)
    if d.kind is Kind.NAN:
        return f"{d.entry.got:.4g} at {list(d.entry.index)}, where {d.entry.want:.4g} is right"
    if d.kind is Kind.ZERO:
        return "zero everywhere"
    if d.factor:
        return factor_said(d.factor)
    if d.kind is Kind.TRANSPOSED:
        return "transposed"
    if d.kind is Kind.DIAGONAL_ONLY:
        return f"right on the diagonal only: {worst_said(d)}"
    if not d.many:  # more than rounding, but less than six digits show
        return ""
    return f"not zero, as it should be everywhere: {worst_said(d)}" if d.vanishes else worst_said(d)


def shapes_said(d: Difference) -> str:
    """Two shapes, and what made the one of the other."""
    got, want = d.shapes
    said = f"shape {got}, where {want} is right"
    if d.kind is Kind.TRANSPOSED:
        return f"transposed: {said}"
    if d.axis is None:
        return said
    what = f"summed over axis {d.axis}, which should stay" if d.kept else f"not summed over axis {d.axis}"
    return f"{what}: {said}"


def factor_said(factor: Factor) -> str:
    """Named where it has a name; else its digits."""
    size = abs(factor.value)
    if factor.value < 0 and abs(size - 1) < 1e-5:
        return "the sign is wrong"
    name = " or ".join(factor.names) or f"{size:.{4 if abs(size - 1) > 1e-3 else 10}g}"
    return ("the sign is wrong, and it is " if factor.value < 0 else "") + f"{name} times the right value"


def worst_said(d: Difference) -> str:
    """How many entries differ and which is worst."""
    at = f" at {list(d.entry.index)}" if d.entry.index else ""
    got, want = apart(d.entry.got, d.entry.want)
    values = f"{got}, where {want} is right"
    return f"{d.many} of {d.size} entries differ, worst{at}: {values}"


def apart(got: float, want: float) -> tuple[str, str]:
    """Two numbers, with as many digits as tell them apart, and four at least.

    >>> apart(0.87351, 0.87349)
    ('0.87351', '0.87349')
    """
    for digits in range(4, 17):
        said = f"{got + 0.0:.{digits}g}", f"{want + 0.0:.{digits}g}"  # -0.0 + 0.0 is 0.0
        if said[0] != said[1]:
            break
    return said


def line_said(verdict: Verdict, entry: bool = True) -> str:
    """What is wrong with a line, in the letters of its indices; without the worst `entry` if that is asked."""
    d, pieces, k = verdict.difference, verdict.pieces, verdict.where
    if "refusal" in pieces:
        return f"cannot be read: {pieces['refusal']}"
    if verdict.kind is Kind.NOT_READABLE:
        return f"{k} stands without indices: write its entry {k}[{', '.join(pieces['letters'])}]"
    if verdict.kind is Kind.WRONG_AXIS:
        return f"index {k} runs over {pieces['here']} here, but over {pieces['left']} on the left"
    if verdict.kind is Kind.FREE_INDEX:
        hint = (
            f"it stands outside of the sum over {k}" if pieces["summed"] else f"sum over {k}, or contract it"
        )
        return f"index {k} is still free, and the left side has no {k}: {hint}"
    if verdict.kind is Kind.OUT_OF_RANGE:
        return "it has entries that are not defined: an index leaves its range, or a function its domain"
    worst = entry_said(verdict) if entry and d and d.entry else ""
    if verdict.kind is Kind.DELTA_MISSING:
        return f"{ZERO_ELSEWHERE}: a δ is missing" + (f" ({worst})" if worst else "")
    if verdict.kind is Kind.DIAGONAL_ONLY:
        return "right where it is not zero, as on the diagonal, but a term is missing elsewhere" + (
            f": {worst}" if worst else ""
        )
    if d is None:
        return ""
    said = difference_said(d)
    if worst and not d.many and d.kind is not Kind.NAN:
        said = "; ".join(filter(None, (said, worst)))
    if verdict.kind is Kind.INDEX_MISSING:
        return f"index {', '.join(pieces['missing'])} of the left side does not occur: {said}"
    return said


def entry_said(verdict: Verdict) -> str:
    """The entry that differs most, both values, and where."""
    entry = verdict.difference.entry
    place = ", ".join(f"{k} = {v}" for k, v in zip(verdict.pieces["letters"], entry.index, strict=True))
    return f"{entry.got:.6g}{f' at {place}' * bool(place)}, where {entry.want:.6g} is right"


def nan_said(entry: Entry, reference: str) -> str:
    """Whose NaN it is."""
    at = f" at {list(entry.index)}" if entry.index else ""
    if math.isnan(entry.got) and math.isnan(entry.want):
        return f"NaN{at}, and in {reference} too: nothing to compare"
    if math.isnan(entry.got):
        return f"NaN{at}, where {reference} has {entry.want:.4g}"
    return f"{entry.got:.4g}{at}, where {reference} has NaN"
