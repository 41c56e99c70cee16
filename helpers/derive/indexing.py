"""Entries that are no plain X_mn as NumPy: b[-1], X[:, 1:], E[t], P[np.arange(S), t], np.pad(c, (1, 0))."""

from collections.abc import Callable, Sequence

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul, Sum

from helpers.derive.names import code_name
from helpers.derive.notation import Iverson, OverIndex, free_indices
from helpers.derive.places import ends, is_letter, may_leave, shift
from helpers.derive.rewrite import everywhere, fresh, size_of, substitute, summed_indices

Axes = tuple[Idx, ...]
Text = Callable[[sp.Expr], str]
"""Python for an expression: of sizes, N - 1, or of letters, np.arange(S)[:, None] + 1."""


class Padded(OverIndex):
    """What an array is along part of an axis, and 0 beside it: c_{i−1} [0 ≤ i − 1 < N] is c with a 0 before it.

    `letter` runs over the part; `place`, the letter of the whole axis, comes `before` entries later.
    """

    place = property(lambda self: self.args[2])
    before = property(lambda self: self.args[3])
    after = property(lambda self: self.args[4])


def is_plain(entry: Indexed) -> bool:
    """X_mn, each letter over the whole of its axis?"""
    return all(map(is_letter, entry.indices, entry.base.shape))


def cut(place: sp.Expr, size: sp.Expr, number: Text) -> str | None:
    """The slice that a shifted letter makes of an axis, `1:`, `:-1`, `::2`, `::-1`; None where it is none."""
    if not (found := shift(place)):
        return None
    step, (low, high) = found[1], ends(place)
    if step == -1 and low == 0 and high == size - 1:
        return "::-1"
    if not step.is_positive:
        return None
    start = "" if low == 0 else number(low)
    beyond = sp.expand(high + step - size)
    stop = sp.expand(high + 1 - size) if beyond.is_Integer else high + 1
    return f"{start}:{'' if beyond.is_nonnegative else number(stop)}" + (f":{step}" if step != 1 else "")


def source(
    name: str, places: Sequence[sp.Expr], shape: Sequence[sp.Expr], own: Axes, number: Text, along: Text
) -> tuple[str, Axes]:
    """The source of an entry, and the axes that it has; `own` is the order of its letters where it has a choice."""
    integers = [k for k in places if isinstance(k, Indexed)]
    letters = [l for k in places for l in sorted(free_indices(k), key=str)]
    by_slices = all(
        isinstance(k, Indexed) or not free_indices(k) or cut(k, n, number)
        for k, n in zip(places, shape, strict=True)
    )
    by_slices &= len(set(letters)) == len(letters) and len(integers) <= 1
    by_slices &= not integers or (is_plain(integers[0]) and all(free_indices(k) for k in places))
    if not by_slices:
        return f"{name}[{', '.join(along(k) for k in places)}]", own
    items, axes = [], []
    for k, n in zip(places, shape, strict=True):
        if isinstance(k, Indexed):
            items.append(code_name(k.base.label))
            axes += k.indices
        elif free_indices(k):
            items.append(cut(k, n, number))
            axes.append(shift(k)[0])
        else:
            from_behind = k - n
            items.append(str(from_behind) if from_behind.is_Integer and not k.is_Integer else number(k))
    while items and items[-1] == ":":
        items.pop()
    return f"{name}[{', '.join(items)}]" if items else name, tuple(axes)


def with_padding(e: sp.Expr) -> sp.Expr:
    """e with the entries that leave their axis cut to where a bracket beside them says that they exist."""

    def put(node: sp.Expr) -> sp.Expr:
        for bracket in node.args if isinstance(node, Mul) else ():
            if isinstance(bracket, Iverson) and (pads := around(bracket)):
                k, before, after = pads
                rest = [f for f in node.args if f is not bracket]
                inside = [f for f in rest if may_leave(f) and k in free_indices(f)]
                if inside:
                    l = fresh(
                        Idx(k.label, size_of(k) - before - after),
                        {*free_indices(node), *summed_indices(node)},
                    )
                    part = substitute(Mul(*inside), [k], [l + before])
                    return put(Mul(Padded(part, l, k, before, after), *[f for f in rest if f not in inside]))
        return node

    return everywhere(e, put)


def around(bracket: Iverson) -> tuple[Idx, sp.Expr, sp.Expr] | None:
    """The letter k of [0 ≤ k + c < n], and how many of its values the bracket excludes before and after."""
    if not (found := shift(bracket.entry)) or found[1] != 1:
        return None
    low, high = ends(bracket.entry)
    sides = -low, sp.expand(high + 1 - bracket.size)
    if any(side.is_nonnegative is None and side.is_negative is None for side in sides):
        return None
    return found[0], *(side if side.is_positive else sp.S.Zero for side in sides)


def one_hot(e: sp.Expr, taken: Sequence[Idx]) -> sp.Expr:
    """E_{t_s,d} as Σ_v δ(v, t_s) E_vd: what a matrix product says."""

    def put(node: sp.Expr) -> sp.Expr:
        if (
            not isinstance(node, Indexed)
            or all(isinstance(k, Idx) for k in node.indices)
            or not free_indices(node)
        ):
            return node
        places, letters, deltas = [], [], []
        for k, n in zip(node.indices, node.base.shape, strict=True):
            if isinstance(k, Indexed):
                letters.append(
                    fresh(Idx("k", n), {*taken, *letters, *summed_indices(e), *free_indices(node)})
                )
                deltas.append(KroneckerDelta(letters[-1], k))
                k = letters[-1]
            places.append(k)
        return Sum(Mul(*deltas) * node.base[tuple(places)], *letters) if letters else node

    return everywhere(e, put)
