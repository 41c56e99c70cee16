"""Single slips in a right line: what a hand makes wrong when it copies a formula."""

from collections.abc import Iterator

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.derive.rewrite import size_of
from helpers.judge.lines.repair import places


def slips(node: sp.Expr, letters: frozenset) -> Iterator[tuple[str, sp.Expr]]:
    """The slips that can happen at one place."""
    if isinstance(node, Add):
        for t in node.args:
            yield "sign", node - 2 * t
            yield "term dropped", node - t
    if isinstance(node, Mul):
        for f in node.args:
            kind = "delta dropped" if isinstance(f, KroneckerDelta) else "factor dropped"
            yield kind, Mul(*[g for g in node.args if g is not f])
    if isinstance(node, Sum):
        for limit in node.limits:
            left = [other for other in node.limits if other is not limit]
            yield "sum dropped", Sum(node.function, *left) if left else node.function
    if isinstance(node, Indexed | KroneckerDelta):
        indices = node.indices if isinstance(node, Indexed) else node.args
        for at, k in enumerate(indices):
            for other in sorted(letters, key=str):
                if isinstance(k, Idx) and other != k and size_of(other) == size_of(k):
                    changed = [*indices[:at], other, *indices[at + 1 :]]
                    yield (
                        f"index {k} {other}",
                        node.base[tuple(changed)] if isinstance(node, Indexed) else KroneckerDelta(*changed),
                    )
    if isinstance(node, Pow) and node.exp.is_Integer:
        yield "power", node.base ** (node.exp + 1)


def mutants(e: sp.Expr, free) -> Iterator[tuple[str, sp.Expr]]:
    """Every single slip in e, each once; its sign as a whole among them."""
    seen = {e}
    yield "sign", -e
    for node, letters, put in places(e, frozenset(free)):
        for kind, slip in slips(node, letters):
            wrong = put(slip)
            if wrong not in seen:
                seen.add(wrong)
                yield kind, wrong
