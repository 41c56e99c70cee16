"""Sums, products and maxima over letters of the text, whole or over a part of an axis."""

from collections.abc import Callable

import sympy as sp

from helpers.derive import largest
from helpers.read.definitions.axes import join
from helpers.read.definitions.bounds import last_value
from helpers.read.definitions.entries import index_of
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.operations import (
    summed,
)
from helpers.read.definitions.reductions import (
    restricted,
)
from helpers.read.definitions.survey import other_bound
from helpers.read.definitions.syntax import (
    Bound,
    Letter,
    Node,
    Number,
    Plus,
    Total,
)
from helpers.read.definitions.values import Value

Limit = tuple[str, str, Callable[[], sp.Expr]]


def total(run, node: Total) -> Value:
    """Σ_k body, max_k body: the letters are indices inside."""
    before = dict(run.indices)
    axes = {}
    bound = [*node.bound, *(b for b in other_bound(node) if b.letter not in run.indices)]
    for b in bound:
        if b.letter in run.indices:
            raise Unreadable(
                f"{b.letter} is summed where it already has a meaning: take another letter", b.place, b.letter
            )
        axes[b.letter] = run.indices[b.letter] = run.axis_of_bound(b)
    limits = [limit for b in bound for limit in limits_of(run, b)]
    body = run.meaning(node.body)
    run.indices = before
    for b in bound:
        run.suggest_size(b.letter.upper(), axes[b.letter])
        if name := run.averages.get((node.place.start, b.letter)):
            run.suggest_size(name, axes[b.letter])

    def at(indices: tuple) -> sp.Expr:
        def go(names: list[str]) -> sp.Expr:
            if not names:
                inside = body.at(indices)
                for letter, sign, where in limits:
                    k = run.scope.indices[letter]
                    inside *= restricted(sign, k, where(), run.scope.size(axes[letter]))
                return inside
            with run.scope.index(axes[names[0]], names[0]) as k:
                inner = go(names[1:])
                if node.kind == "sum":
                    return summed(inner, k)
                if node.kind == "prod":
                    return sp.Product(inner, k)
                return largest(inner, k) if node.kind == "max" else -largest(-inner, k)

        return go([b.letter for b in bound])

    if node.kind != "sum" and limits:
        raise Unreadable(f"{node.kind} over a part of an axis is not read", node.place)
    return Value(body.axes, at, body.hint)


def limits_of(run, b: Bound) -> list[Limit]:
    """(k, sign, where) for each end that is narrower than the axis of k: k ≤ t, j ≥ i + 1, j ≠ i, k ≥ 2."""
    found = []
    size = last_value(b, run.text.indices)
    if b.start is not None and number_of(b.start) not in (0, 1):
        found.append(limit(run, b, "≥", b.start))
    if b.upto is not None and size is None:
        if isinstance(b.upto, Letter | Plus) and run.has_index(b.upto):
            found.append(limit(run, b, "≤", b.upto))
        else:
            said = f"a sum runs from 1 to N, or from 0 to N - 1: give this end a letter, \\sum_{{{b.letter}=1}}^{{K}}"
            raise Unreadable(said, b.upto.place, b.letter)
    if b.only:
        found.append(limit(run, b, b.only.sign, b.only.right))
    return found


def limit(run, b: Bound, sign: str, end: Node) -> Limit:
    run.shifted.clear()
    axis, where = index_of(run, end)
    shift = sum(n for _, n in run.shifted)
    run.shifted.clear()
    if axis is not None:
        join(run.indices[b.letter], axis, b.place)
    if (shift < 0 and sign in "≥>") or (shift > 0 and sign in "≤<"):
        raise Unreadable(
            f"here {b.letter} may leave its axis: let it start and end on it", end.place, b.letter
        )
    return b.letter, sign, where


def number_of(node: Node) -> int | None:
    return int(node.text) if isinstance(node, Number) and node.text.isdigit() else None
