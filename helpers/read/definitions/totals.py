"""Sums, products and maxima over letters of the text, whole or over a part of an axis."""

import sympy as sp

from helpers.derive import largest
from helpers.read.definitions.axes import join
from helpers.read.definitions.entries import index_of
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.operations import (
    summed,
)
from helpers.read.definitions.reductions import (
    restricted,
)
from helpers.read.definitions.syntax import (
    Bound,
    Letter,
    Total,
)
from helpers.read.definitions.values import Value


def total(run, node: Total) -> Value:
    """Σ_k body, max_k body: the letters are indices inside."""
    before = dict(run.indices)
    axes = {}
    for b in node.bound:
        if b.letter in run.indices:
            raise Unreadable(
                f"{b.letter} is summed where it already has a meaning: take another letter", b.place, b.letter
            )
        axes[b.letter] = run.indices[b.letter] = run.axis_of_bound(b)
    limits = [limit for b in node.bound if (limit := limits_of(run, b))]
    body = run.meaning(node.body)
    run.indices = before
    for b in node.bound:
        run.suggest_size(b.letter.upper(), axes[b.letter])
        if name := run.averages.get((node.place.start, b.letter)):
            run.suggest_size(name, axes[b.letter])

    def at(indices: tuple) -> sp.Expr:
        def go(names: list[str]) -> sp.Expr:
            if not names:
                inside = body.at(indices)
                for sign, letter, other in limits:
                    k = run.scope.indices[letter]
                    inside *= restricted(sign, k, other(), run.scope.size(axes[letter]))
                return inside
            with run.scope.index(axes[names[0]], names[0]) as k:
                inner = go(names[1:])
                if node.kind == "sum":
                    return summed(inner, k)
                if node.kind == "prod":
                    return sp.Product(inner, k)
                return largest(inner, k) if node.kind == "max" else -largest(-inner, k)

        return go([b.letter for b in node.bound])

    if node.kind != "sum" and limits:
        raise Unreadable(f"{node.kind} over a part of an axis is not read", node.place)
    return Value(body.axes, at, body.hint)


def limits_of(run, b: Bound):
    """(≠, j, i): what a sum leaves out."""
    if isinstance(b.upto, Letter) and b.upto.name in run.indices:
        join(run.indices[b.letter], run.indices[b.upto.name], b.place)
        return "≤", b.letter, index_of(run, b.upto)[1]
    if b.only is None or b.only.left.name != b.letter:
        return None
    axis, other = index_of(run, b.only.right)
    if axis is not None:
        join(run.indices[b.letter], axis, b.place)
    return b.only.sign, b.letter, other
