"""Entries at h r + u d − p as views of an array: every window of X at once, and 0 beside the array."""

from collections.abc import Callable, Mapping

import sympy as sp
from sympy import Idx, Indexed, Mul, Sum

from helpers.derive.names import code_name
from helpers.derive.notation import Iverson
from helpers.derive.places import slides
from helpers.derive.print_order import place_terms
from helpers.derive.rewrite import everywhere, size_of

Number = Callable[[sp.Expr], str]
"""Python for an expression in sizes: d * (K - 1) + 1."""
Sizes = Mapping[sp.Symbol, sp.Expr]
"""The sizes that follow from others: {U: H - K + 1}."""


class Windows(sp.Expr):
    """X_{s,h+u} of an array that is 0 where no entry exists; its axes are s, h, then u."""

    entry = property(lambda self: self.args[0])

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return self.entry.free_symbols

    @property
    def axes(self) -> tuple[Idx, ...]:
        slides, kernel = zip(
            *[(k, None) if isinstance(k, Idx) else letters(k) for k in self.entry.indices], strict=True
        )
        return (*slides, *filter(None, kernel))


def letters(place: sp.Expr) -> tuple[Idx, Idx]:
    """h, u of h r + u d − p, where h counts upward: the letter that the window moves with, and that in the window."""
    found = [f for _, fs in place_terms(place) for f in fs if isinstance(f, Idx)]
    if len(found) != 2 or len(set(found)) != 2 or not place.coeff(found[0]).is_positive:
        raise NotImplementedError(f"{place} has no NumPy source: h r + u d - p has, with two letters h and u")
    return found[0], found[1]


def with_windows(e: sp.Expr) -> sp.Expr:
    """e with windows for the entries at h r + u d − p; the brackets that say where these exist go into them."""

    def put(node: sp.Expr) -> sp.Expr:
        fs = Mul.make_args(node)
        sliding = [f for f in fs if isinstance(f, Indexed) and any(map(slides, f.indices))]
        if not sliding or not isinstance(node, Mul | Indexed):
            return node
        brackets = {Iverson(k, n) for f in sliding for k, n in zip(f.indices, f.base.shape, strict=True)}
        return Mul(*[Windows(f) if f in sliding else f for f in fs if f not in brackets])

    def products(node: sp.Expr) -> sp.Expr:
        return Sum(put(node.function), *node.limits) if isinstance(node, Sum) else node

    return put(everywhere(e, products))


def source(windows: Windows, number: Number, where: Sizes | None = None) -> str:
    """sliding_window_view(np.pad(X, ...), ...)[...]: nothing but the padded array is copied.

    `where` says which sizes follow from others; a letter over fewer values than there are windows takes the first
    ones. Without it every letter counts as one that runs over all windows.
    """
    entry = windows.entry
    text, pads, extents, at, steps, inner = code_name(entry.base.label), [], [], [], [], []
    for axis, (place, size) in enumerate(zip(entry.indices, entry.base.shape, strict=True)):
        if isinstance(place, Idx):
            pads.append("(0, 0)")
            steps.append(":" if same_size(size_of(place), size, where) else f":{number(size_of(place))}")
            continue
        h, u = letters(place)
        r, d = place.coeff(h), place.coeff(u)
        negative = d.as_coeff_Mul()[0].is_negative
        reach = (-d if negative else d) * (size_of(u) - 1)
        before = (reach if negative else sp.S.Zero) - place.xreplace({h: sp.S.Zero, u: sp.S.Zero})
        pads.append(f"({number(before)}, {number(before)})")
        extents.append(number(reach + 1))
        at.append(str(axis))
        count = (size + 2 * before - reach - 1) / r + 1
        stop = "" if same_size(size_of(h), count, where) else number(sp.expand(r * size_of(h)))
        steps.append(f":{stop}" + (f":{number(r)}" if r != 1 else ""))
        inner.append(f"::{number(d)}" if d != 1 else ":")
    if set(pads) - {"(0, 0)"}:
        text = f"np.pad({text}, ({', '.join(pads)}))"
    text = f"sliding_window_view({text}, ({', '.join(extents)},), ({', '.join(at)},))"
    taken = [*steps, *inner]
    while taken and taken[-1] == ":":
        taken.pop()
    if taken:
        text += f"[{', '.join(taken)}]"
    return text.replace(",), (", "), (").replace(",))", "))") if len(at) > 1 else text


def same_size(a: sp.Expr, b: sp.Expr, where: Sizes | None) -> bool:
    """Are two sizes the same number, by themselves or by what is said of one of them?"""
    return where is None or sp.expand(a - b) == 0 or bool({*where} & (a - b).free_symbols)
