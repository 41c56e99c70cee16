"""Definitions of some entries of a tensor alone, Y_{t,2i} = f_ti: the entries at all other places are 0.

Two definitions of one tensor, Y_{t,2i} = f_ti and Y_{t,2i+1} = g_ti, are one where their places never meet.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul, Sum

from helpers.derive.names import name_of
from helpers.derive.notation import free_indices
from helpers.derive.places import check_entry, ends, is_inside, shift
from helpers.derive.rewrite import fresh, size_of

if TYPE_CHECKING:
    from helpers.derive.definition import Definition


def whole_axis(place: sp.Expr, size: sp.Expr) -> bool:
    """Is it a letter over all places of its axis, or the one place of a number?"""
    return (isinstance(place, Idx) and size_of(place) == size) or (place == 0 and size == 1)


def is_whole(left: Indexed) -> bool:
    """Does it speak of every entry of its tensor?"""
    return all(map(whole_axis, left.indices, left.base.shape))


def check_places(left: Indexed) -> None:
    """Each axis of a left side has its own letter k, at a place c k + d that meets no entry twice, or at k itself."""
    check_entry(left)
    Y, taken = left.base, set()
    for axis, (place, size) in enumerate(zip(left.indices, Y.shape, strict=True)):
        if whole_axis(place, size) and place not in taken:
            taken.add(place)
            continue
        letter = (shift(place) or (None,))[0]
        if letter is None or letter in taken:
            way = (
                f". Places that may meet are summed: with a letter y over axis {axis} of {Y} write {Y}[..., y, ...] "
                f"and Sum(... * KroneckerDelta(y, {place}), ...) on the right"
                if len(free_indices(place)) > 1
                else ""
            )
            raise ValueError(f"{place} in {left}: the left side needs a different letter for each axis{way}")
        if not is_inside(place, size):
            raise ValueError(
                f"{left} may not exist: axis {axis} of {Y} has entries 0 to {size - 1}, and {place} runs "
                f"from {ends(place)[0]} to {ends(place)[1]}"
            )
        taken.add(letter)


def spread(left: Indexed, right: sp.Expr) -> tuple[Indexed, sp.Expr]:
    """Y_{t,2i} = f_ti as Y_ty = Σ_i δ(y, 2i) f_ti."""
    letters, deltas, summed = [], [], []
    for place, size in zip(left.indices, left.base.shape, strict=True):
        if whole_axis(place, size):
            letters.append(place)
            continue
        letters.append(fresh(Idx(str(left.base.label).lower(), size), letters))
        deltas.append(KroneckerDelta(letters[-1], place))
        summed.append(shift(place)[0])
    return left.base[tuple(letters)], Sum(Mul(*deltas, right), *summed)


def joined(definitions: "Iterable[Definition]") -> "list[Definition]":
    """The definitions, those of some entries of one tensor as one, where the last of them stands.

    Raises ValueError where two of them may speak of the same entry.
    """
    found: list[Definition] = []
    for d in definitions:
        before = next((e for e in found if e.tensor == d.tensor), None)
        if before is not None:
            found.remove(before)
            d = both(before, d)
        found.append(d)
    return found


def both(a: "Definition", b: "Definition") -> "Definition":
    """Two definitions of one tensor, each of other entries, as one."""
    if not a.some or not b.some:
        raise ValueError(f"{name_of(a.tensor)} is defined twice")
    for p, q in ((p, q) for p in a.some for q in b.some):
        if not never_meet(p, q):
            raise ValueError(f"{name_of(a.tensor)} is defined twice: {p} and {q} may be the same entry")
    first = {d.first for d in (a, b)}
    if len(first) > 1:
        raise ValueError(f"{a.some[0]} and {b.some[0]} need one first state: say first=... in both")
    absent = [new for old, new in zip(a.indices, b.indices, strict=True) if old in a.broadcast]
    return replace(b, right=a.at(b.left) + b.right, broadcast=(*b.broadcast, *absent), some=(*a.some, *b.some))


def never_meet(p: Indexed, q: Indexed) -> bool:
    """Is no entry of p one of q: 2 i and 2 i + 1, or i < H and H + j?"""
    return any(map(places_apart, p.indices, q.indices))


def places_apart(p: sp.Expr, q: sp.Expr) -> bool:
    """Do two places differ, whatever their letters are?"""
    (k, r), (l, s) = shift(p) or (sp.S.Zero, sp.S.Zero), shift(q) or (sp.S.Zero, sp.S.Zero)
    between = sp.expand((p - r * k) - (q - s * l))
    if between.is_Integer and (step := sp.gcd(r, s)) and between % step:
        return True
    (low, high), (least, most) = ends(p), ends(q)
    return bool((least - high).is_positive or (low - most).is_positive)
