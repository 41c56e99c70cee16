"""Definitions of some entries of a tensor alone, Y_{t,2i} = f_ti: the entries at all other places are 0.

Two definitions of one tensor, Y_{t,2i} = f_ti and Y_{t,2i+1} = g_ti, are one where their places never meet.
"""

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul, Sum

from helpers.derive.notation import free_indices, is_number
from helpers.derive.places import check_entry, ends, is_inside, shift, whole_axis
from helpers.derive.rewrite import fresh


def is_whole(left: Indexed) -> bool:
    """Does it speak of every entry of its tensor?"""
    return is_number(left) or all(map(whole_axis, left.indices, left.base.shape))


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
