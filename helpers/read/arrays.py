"""Matrix notation written out in entries.

An `Array` is an entry and the axes that have no letter yet: X is X_ab with the axes a, b; X_mn has none, and is a
number for each m and n. A product is a sum over the inner axes, a transpose exchanges the axes, ∘ lays them upon
each other. Sizes that a text does not say (that of 𝟏) are unknowns, and found as axes meet.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.derive.notation import Iverson, Largest, Tensor
from helpers.derive.rewrite import size_of, substitute
from helpers.read.tokens import Unreadable

REDUCTIONS = ("sum", "mean", "max", "min", "var", "std")
Axis = Idx | None  # None: an axis of length 1


@dataclass(frozen=True)
class Array:
    """An entry, the letters of its unnamed axes in their order, and whether a vector lies (is a row).

    In numerator layout ∂L/∂x is a row, and yet many a text writes ∂L/∂y xᵀ: `row` is None, and may be either.
    `quotient` is (f, x) where the whole array is ∂f/∂x.
    """

    entry: sp.Basic
    axes: tuple[Axis, ...] = ()
    row: bool | None = False
    quotient: tuple[sp.Basic, Tensor] | None = None

    def map(self, function: Callable[[sp.Expr], sp.Basic]) -> "Array":
        """A function of each entry."""
        return replace(self, entry=function(self.entry))

    @property
    def slice(self) -> bool:
        """Is it X_{m,:} or X_{:,k}, a row or a column of a matrix?"""
        return isinstance(self.entry, Indexed) and len(self.entry.indices) > len(self.axes) == 1

    @property
    def transposed(self) -> "Array":
        return Array(self.entry, self.axes[::-1], row=None if self.row is None else not self.row)


class Arrays:
    """The operations on arrays in one text, and the sizes found on the way."""

    def __init__(self) -> None:
        self.found: dict[sp.Dummy, sp.Expr] = {}
        self.numbers = count()
        self.sums = 0

    # letters and sizes

    def axis(self, size: sp.Expr | None = None) -> Idx:
        """A letter that nobody has written, over a size or an unknown one."""
        return Idx(f"#{next(self.numbers)}", size if size is not None else self.unknown())

    def unknown(self) -> sp.Dummy:
        return sp.Dummy("n", integer=True, positive=True)

    def size(self, k: Idx | sp.Expr) -> sp.Expr:
        """The size of an index as far as it is known."""
        n = size_of(k) if isinstance(k, Idx) else k
        while n in self.found:
            n = self.found[n]
        return n

    def same(self, a: sp.Basic, b: sp.Basic) -> None:
        """Two axes meet: an unknown size becomes that of the other one. Two known sizes stay as they are."""
        if not (isinstance(a, Idx) and isinstance(b, Idx | sp.Symbol)):
            return
        m, n = self.size(a), self.size(b)
        if isinstance(m, sp.Dummy) and m != n:
            self.found[m] = n
        elif isinstance(n, sp.Dummy) and m != n:
            self.found[n] = m

    def settled(self, e: sp.Basic) -> sp.Basic:
        """The expression with all sizes that are known by now."""
        return e.xreplace({n: self.size(n) for n in self.found})

    # leaves

    def tensor(self, t: Tensor) -> Array:
        """X, as X_ab"""
        axes = tuple(self.axis(n) for n in t.shape)
        return Array(t[axes], axes)

    def ones(self, size: sp.Expr | None = None) -> Array:
        """𝟏, a column"""
        return Array(sp.S.One, (self.axis(size),))

    def identity(self, size: sp.Expr | None = None) -> Array:
        """I_ab = δ_ab"""
        a = self.axis(size)
        b = self.axis(size_of(a))
        return Array(KroneckerDelta(a, b), (a, b))

    # operations

    def named(self, a: Array, letters: tuple[sp.Expr, ...]) -> Array:
        """[A]_mn: the axes get their letters; [A]_{m,:} keeps one, and is a row."""
        axes = tuple(k for k in a.axes if k is not None)
        given = [(k, letter) for k, letter in zip(axes, letters, strict=True) if letter is not None]
        for k, letter in given:
            self.same(letter, k)
        kept = tuple(k for k, letter in zip(axes, letters, strict=True) if letter is None)
        entry = renamed(a.entry, tuple(k for k, _ in given), tuple(letter for _, letter in given))
        beside = [Iverson(e, size_of(k)) for k, e in given if not isinstance(e, Idx | sp.Integer)]
        return Array(sp.Mul(entry, *beside), kept, row=len(axes) == 2 and kept == axes[1:])

    def total(self, e: sp.Expr, *letters: Axis) -> sp.Expr:
        """Σ e"""
        letters = tuple(k for k in letters if k is not None)
        self.sums += len(letters)
        return Sum(e, *((k, 0, size_of(k) - 1) for k in letters)) if letters and e != 0 else e

    def largest(self, e: sp.Expr, *letters: Axis) -> sp.Expr:
        """max e"""
        for k in letters:
            e = Largest(e, k) if k is not None else e
        return e

    def product(self, a: Array, b: Array, elementwise: bool = False, dot: bool = False) -> Array:
        """A B = Σ_k A_ak B_kb; a number times an array; uᵀv a number, u vᵀ a matrix, u v entry by entry."""
        if not a.axes or not b.axes or elementwise:
            return self.elementwise(lambda u, v: u * v, a, b)
        if len(a.axes) == len(b.axes) == 1 and not dot:
            if a.row == b.row:
                return self.elementwise(lambda u, v: u * v, a, b)
            if b.row or a.row is False:
                return self.outer(a, b)
        inner, first = a.axes[-1], b.axes[0]
        e = a.entry * b.entry
        if inner is not None and first is not None:
            self.same(inner, first)
            e = a.entry * renamed(b.entry, (first,), (inner,))
        entry = self.total(e, inner if inner is not None else first)
        axes = a.axes[:-1] + b.axes[1:]
        return Array(entry, axes, row=len(axes) == 1 and len(a.axes) == 1)

    def only_as_matrices(self, a: Array, b: Array) -> bool:
        """Two matrices of which no entries lie upon each other, while a row of the one meets a column of the other."""
        if not len(a.axes) == len(b.axes) == 2 or None in (*a.axes, *b.axes):
            return False
        return self.differ(a.axes[1], b.axes[1]) and not self.differ(a.axes[1], b.axes[0])

    def in_each_row(self, a: Array, b: Array) -> bool:
        """A vector before a matrix that has no entry for each row, but one for each column: γ X̂"""
        if len(a.axes) != 1 or a.row is not False or len(b.axes) != 2:
            return False
        return self.differ(a.axes[0], b.axes[0]) and not self.differ(a.axes[0], b.axes[1])

    def chain_rule(self, a: Array, b: Array, numerator: bool) -> Array | None:
        """∂f/∂y ∂y/∂x = Σ_y ∂f/∂y ∂y/∂x, over all axes of y, whatever the layout; None where that is not written."""
        if not a.quotient or not b.quotient:
            return None
        if not numerator and b.quotient[1] == a.quotient[0]:  # ∂y/∂x ∂f/∂y
            a, b = b, a
        (f, y), (z, x) = a.quotient, b.quotient
        if y != z:
            return None
        n = len(y.shape)
        outer, over = (a.axes[:-n], a.axes[-n:]) if numerator else (a.axes[n:], a.axes[:n])
        inner, below = (b.axes[:n], b.axes[n:]) if numerator else (b.axes[-n:], b.axes[:-n])
        for k, l in zip(over, inner, strict=True):
            self.same(k, l)
        entry = self.total(a.entry * renamed(b.entry, inner, over), *over)
        axes = outer + below if numerator else below + outer
        return Array(entry, axes, a.row, (f, x))

    def outer(self, a: Array, b: Array) -> Array:
        """u ⊗ v = u vᵀ"""
        return Array(a.entry * b.entry, a.axes + b.axes)

    def elementwise(self, function: Callable[..., sp.Basic], *arrays: Array) -> Array:
        """A function of entries at the same place; a shorter array is repeated, along the first axes as NumPy does."""
        widest = max(arrays, key=lambda a: len(a.axes))
        axes = list(widest.axes)
        aligned = [self.align(a, axes) for a in arrays]
        entry = function(*(renamed(e, old, tuple(axes[p] for p in places)) for e, old, places in aligned))
        return Array(entry, tuple(axes), widest.row)

    def align(self, a: Array, axes: list[Axis]) -> tuple[sp.Basic, tuple[Idx, ...], list[int]]:
        """Which of the axes those of `a` lie upon; an axis of length 1 takes the letter of the other."""
        shift = len(axes) - len(a.axes)
        old, places = [], []
        for p, k in enumerate(a.axes, shift):
            if k is None:
                continue
            if axes[p] is None:
                axes[p] = k
            self.same(axes[p], k)
            old.append(k)
            places.append(p)
        return a.entry, tuple(old), places

    def differ(self, a: Axis, b: Axis) -> bool:
        """Two sizes that are known and not the same."""
        if a is None or b is None:
            return False
        m, n = self.size(a), self.size(b)
        return m != n and not isinstance(m, sp.Dummy) and not isinstance(n, sp.Dummy)

    def diagonal(self, a: Array) -> Array:
        """diag(v) = δ_ab v_a, and diag(A) = A_aa"""
        if len(a.axes) == 1:
            (k,) = a.axes
            b = self.axis(size_of(k))
            return Array(a.entry * KroneckerDelta(k, b), (k, b))
        if len(a.axes) == 2:
            k, b = a.axes
            self.same(k, b)
            return Array(renamed(a.entry, (b,), (k,)), (k,))
        raise Unreadable("diag(...) needs a vector or a matrix")

    def trace(self, a: Array) -> Array:
        """tr A = Σ_a A_aa"""
        if len(a.axes) != 2:
            raise Unreadable("tr(...) needs a matrix")
        d = self.diagonal(a)
        return Array(self.total(d.entry, *d.axes))

    def reduce(
        self,
        how: str,
        a: Array,
        axes: tuple[int, ...] | None = None,
        keepdims: bool = False,
        ddof: sp.Expr = sp.S.Zero,
    ) -> Array:
        """A.sum(axis), and the other names in REDUCTIONS, as in NumPy."""
        if how in ("var", "std"):
            centred = self.elementwise(lambda u, v: u - v, a, self.reduce("mean", a, axes, True))
            v = self.reduce("mean", centred.map(lambda e: e**2), axes, keepdims, ddof)
            return v.map(sp.sqrt) if how == "std" else v
        if how == "min":
            return self.reduce("max", a.map(lambda e: -e), axes, keepdims).map(lambda e: -e)
        n = len(a.axes)
        chosen = range(n) if axes is None else axes
        if not all(-n <= p < n for p in chosen):
            raise Unreadable(f"there is no axis {max(chosen, key=abs)}: the array has {n}")
        at = {p % n for p in chosen}
        gone = [a.axes[p] for p in sorted(at) if a.axes[p] is not None]
        entry = (self.largest if how == "max" else self.total)(a.entry, *gone)
        entry /= sp.Mul(*map(size_of, gone)) - ddof if how == "mean" else 1
        kept = tuple(None if p in at else k for p, k in enumerate(a.axes) if keepdims or p not in at)
        return Array(entry, kept)

    def norm(self, a: Array) -> Array:
        """‖A‖, the root of the sum of all squares"""
        return Array(sp.sqrt(self.total(a.entry**2, *a.axes)))

    def softmax(self, a: Array) -> Array:
        """e^{X_mn} / Σ_k e^{X_mk}: along the last axis, or the last index where they are written"""
        if a.axes:
            last = a.axes[-1]
        elif isinstance(a.entry, sp.Indexed) and isinstance(a.entry.indices[-1], Idx):
            last = a.entry.indices[-1]
        else:
            raise Unreadable("softmax(...) needs a vector, a matrix, or an entry of one")
        k = self.axis(size_of(last))
        return a.map(lambda e: sp.exp(e) / self.total(sp.exp(renamed(e, (last,), (k,))), k))


def renamed(e: sp.Basic, old: tuple[Idx, ...], new: tuple[sp.Basic, ...]) -> sp.Basic:
    """e with other letters; no sum in it binds one of them."""
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    return substitute(e, [a for a, _ in changed], [b for _, b in changed]) if changed else e
