"""Single slips in a right line: what a hand makes wrong when it copies a formula."""

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.derive import free_indices
from helpers.derive.notation import Elementwise
from helpers.derive.rewrite import size_of
from helpers.judge.lines.repair import places

NAMED = {
    "sign": {"sign"},
    "term dropped": {"path missing", "diagonal only"},
    "delta dropped": {"delta missing"},
    "factor dropped": {"factor"},
    "factor too much": {"factor"},
    "sum dropped": {"free index"},
    "sum too much": {"useless index"},
    "index changed": {"wrong index", "free index", "wrong axis"},
    "indices exchanged": {"transposed", "wrong axis"},
    "power": {"factor"},
    "prime": {"wrong function"},
}
"""What each slip may be called."""


@dataclass(frozen=True)
class Slip:
    """What was done to a right line, and the line that it made."""

    kind: str
    line: sp.Expr


def slips(e: sp.Expr, free: tuple[Idx, ...]) -> Iterator[Slip]:
    """Every single slip in e, each once; its sign as a whole among them, and a factor too much."""
    seen = {e}
    sizes = sorted({size_of(k) for k in free}, key=str)
    whole = [Slip("sign", -e)]
    whole += [Slip("factor too much", e * n) for n in (2, *sizes, *(1 / n for n in sizes))]
    inside = (
        Slip(kind, put(wrong))
        for node, letters, put in places(e, frozenset(free))
        for kind, wrong in slips_at(node, letters)
    )
    for slip in (*whole, *inside):
        if slip.line not in seen:
            seen.add(slip.line)
            yield slip


def slips_at(node: sp.Expr, letters: frozenset[Idx]) -> Iterator[tuple[str, sp.Expr]]:
    """The slips that can happen at one place."""
    if isinstance(node, Add):
        for t in node.args:
            yield "sign", node - 2 * t
            yield "term dropped", node - t
    if isinstance(node, Mul):
        for f in node.args:
            if f != -1:
                dropped = "delta dropped" if isinstance(f, KroneckerDelta) else "factor dropped"
                yield dropped, Mul(*[g for g in node.args if g is not f])
    if isinstance(node, Sum):
        yield from slips_of_sum(node, letters)
    if isinstance(node, Indexed | KroneckerDelta):
        yield from slips_of_letters(node, letters)
    if isinstance(node, Pow) and node.exp.is_Integer:
        yield "power", node.base ** (node.exp + 1)
    if isinstance(node, Elementwise):
        yield "prime", node.at(*node.slots[1:] if node.order else (0,))


def slips_of_sum(s: Sum, letters: frozenset[Idx]) -> Iterator[tuple[str, sp.Expr]]:
    """One letter of the sum forgotten, or one too much."""
    for limit in s.limits:
        left = [other for other in s.limits if other is not limit]
        yield "sum dropped", Sum(s.function, *left) if left else s.function
    taken = letters | free_indices(s.function)
    for n in sorted({size_of(k) for k in taken}, key=str):
        q = next(Idx(c, n) for c in "nmkpq" if c not in {str(k) for k in taken | {l[0] for l in s.limits}})
        yield "sum too much", Sum(s.function, *s.limits, q)


def slips_of_letters(e: Indexed | KroneckerDelta, letters: frozenset[Idx]) -> Iterator[tuple[str, sp.Expr]]:
    """Another letter of the same range, or two letters exchanged."""
    indexed = isinstance(e, Indexed)
    at = list(e.indices if indexed else e.args)

    def make(new: list[sp.Expr]) -> sp.Expr:
        return Indexed(e.base, *new) if indexed else KroneckerDelta(*new)

    for axis, k in enumerate(at):
        for other in sorted(letters, key=str):
            if isinstance(k, Idx) and other != k and size_of(other) == size_of(k):
                changed = make([*at[:axis], other, *at[axis + 1 :]])
                yield "delta dropped" if changed.is_number else "index changed", changed  # δ_nn = 1
    if indexed and len(at) == 2:
        yield "indices exchanged", make(at[::-1])
