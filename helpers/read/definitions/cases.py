"""Values by cases and indicators: by comparisons of entries, or of indices."""

import sympy as sp

from helpers.read.definitions.axes import join
from helpers.read.definitions.entries import index_of
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.operations import (
    combined,
)
from helpers.read.definitions.syntax import (
    Both,
    Cases,
    Compared,
    Letter,
    Node,
    Plus,
)
from helpers.read.definitions.values import Value


def cases(run, node: Cases, pieces) -> Value:
    *first, (value, condition) = pieces
    if condition is not None and not complement(first, condition):
        raise Unreadable("the last case has a condition: say otherwise for what is left", node.place)
    result = run.meaning(value)
    for value, condition in reversed(first):
        if condition is None:
            raise Unreadable("only the last case may say otherwise", value.place)
        result = chosen(run, node, condition, run.meaning(value), result)
    return result


OPPOSITE = {"<": "≥", "≥": "<", ">": "≤", "≤": ">", "=": "≠", "≠": "="}


def complement(first, condition: Node) -> bool:
    """Does the last condition say what the others leave: x ≤ 0 behind x > 0? At one point both may hold, or none."""
    if len(first) == 1 and isinstance(condition, Compared) and isinstance(first[0][1], Compared):
        before = first[0][1]
        if before.left == condition.left and before.right == condition.right:
            return OPPOSITE[before.sign][0] == condition.sign or {before.sign, condition.sign} in (
                {"<", ">"},
                {"≤", "≥"},
                {"<", "≥"},
                {">", "≤"},
            )
        if before.sign == "=" == condition.sign and before.left == condition.left:
            return True
    return False


def chosen(run, node: Node, condition: Node, yes: Value, no: Value) -> Value:
    """yes where the condition holds, else no; of two indices, by a Kronecker delta."""
    if isinstance(condition, Both):
        inner = chosen(run, node, condition.second, yes, no)
        return chosen(run, node, condition.first, inner, no)
    sides = condition.left, condition.right
    if condition.sign in "=≠" and all(isinstance(x, Letter) and x.name in run.indices for x in sides):
        (i, at_i), (j, at_j) = (index_of(run, x) for x in sides)
        join(i, j, node.place)
        if condition.sign == "≠":
            yes, no = no, yes

        def delta(x: sp.Expr, y: sp.Expr) -> sp.Expr:
            d = sp.KroneckerDelta(at_i(), at_j())
            return x * d + y * (1 - d)

        return combined(run, node.place, delta, yes, no)
    relation = {"<": sp.Lt, "≤": sp.Le, ">": sp.Gt, "≥": sp.Ge, "=": sp.Eq, "≠": sp.Ne}[condition.sign]
    both_indices = all(run.has_index(x) and isinstance(x, Letter | Plus) for x in sides)
    a, b = (run.meaning_apart(x) if both_indices else run.meaning(x) for x in sides)
    difference = combined(run, node.place, lambda x, y: sp.Tuple(x, y), a, b)
    both = combined(run, node.place, lambda x, y: sp.Tuple(x, y), yes, no)

    def piece(c: sp.Tuple, values: sp.Tuple) -> sp.Expr:
        return sp.Piecewise((values[0], relation(*c)), (values[1], True))

    return combined(run, node.place, piece, difference, both)
