"""∂f/∂x in its spellings."""

import re

import sympy as sp
from sympy import Indexed

from helpers.derive import L, Partial, upstream
from helpers.derive.notation import Upstream
from helpers.read.arrays import Array
from helpers.read.cursor import Cursor
from helpers.read.question import plain


class Derivatives(Cursor):
    r"""Reads \\frac{∂f}{∂x}, \\frac{∂}{∂x} f, ∂f/∂x, dL/dY_mi, ∂²f/∂x², \\nabla_W L."""

    def fraction(self) -> Array:
        r"""\frac{∂f}{∂x}, \frac{∂}{∂x} f, or a quotient"""
        inside = 1 if self.now == "{" else 0
        if self.peek(inside) == r"\partial":
            return self.differential_quotient()
        if self.starts_differential(inside) and (a := self.attempt(self.differential_quotient)):
            return a
        above = self.group(self.sum)
        below = self.group(self.sum)
        return self.arrays.elementwise(lambda u, v: u * self.inverse(v), above, below)

    def differential_quotient(self) -> Array:
        """{∂f}{∂x}"""
        if self.take("{"):
            order, f = self.above("}")
        else:
            order, f = 1, self.take_differential()
        self.need("{")
        return self.derivative(order, f, self.below("}", order))

    def starts_differential(self, ahead: int) -> bool:
        """∂, or d before the name of a tensor, or dL"""
        word = self.peek(ahead)
        if word == r"\partial":
            return True
        if word is None or not re.fullmatch(r"d[A-Za-z]*", word) or word in self.question.meaning:
            return False
        if word == "d":
            return self.peek(ahead + 1) != "_"
        return self.known(word[1:]) is not None or self.known(word[1]) is not None

    def take_differential(self) -> None:
        if not self.take(r"\partial"):
            self.split(1)

    def above(self, end: str | None) -> tuple[int, Array | None]:
        """∂ f or ∂² f or ∂ alone, and the end."""
        self.take_differential()
        order = 1
        if self.take("^"):
            order = self.small_number()
        f = None if self.now == end or (end is None and self.now == "/") else self.operand(end)
        if end:
            self.need(end)
        return order, f

    def operand(self, end: str | None) -> Array:
        """What stands behind ∂: a product in \frac, one factor before a slash."""
        with self.deeper():
            return self.product() if end else self.postfixes(self.atom())

    def below(self, end: str | None, order: int) -> list[Array]:
        """∂x, ∂x² or ∂x ∂y: what is differentiated by."""
        variables: list[Array] = []
        while len(variables) < order:
            if not self.starts_differential(0):
                raise self.wrong("“∂” is missing below the bar")
            self.take_differential()
            with self.deeper():
                x = self.variable(order)
            times = 1
            if not (end is None and self.raised_to_a_t()) and self.take("^"):
                times = self.small_number()
            variables += [x] * times
        if end:
            self.need(end)
        if len(variables) != order:
            raise self.wrong(f"∂^{order} above the bar, and {len(variables)} below", 1)
        return variables

    def raised_to_a_t(self) -> bool:
        """dL/dY^T is the transpose of dL/dY"""
        return self.now == "^" and self.peek(2 if self.peek(1) == "{" else 1) in ("T", r"\top")

    def variable(self, order: int = 1) -> Array:
        """x in ∂/∂x: a name with its letters; a power behind it counts the derivatives, but for σ² in a first one."""
        a = self.bracket() if self.now in ("(", "[", "{") else self.name()
        while self.now in ("_", "^"):
            if self.take("_"):
                a = self.subscripted(a)
            elif order == 1 and self.squared(a.entry) is not None and not self.raised_to_a_t():
                self.advance()
                if self.small_number() != 2:
                    raise self.wrong("of powers only the square has a name here", 1)
                a = a.map(self.squared)
            else:
                break
        return a

    def squared(self, e: sp.Basic) -> Indexed | None:
        """v_j for σ_j, where its square has a name of its own."""
        name = f"{plain(e.base.label)}^2" if isinstance(e, Indexed) else ""
        return self.question.meaning[name][e.indices] if name in self.question.meaning else None

    def differential(self) -> Array | None:
        r"""dγ, d\hat X, \text{d}W, for ∂L/∂γ; None where it is the top of a quotient"""
        self.take_differential()
        x = self.variable()
        return None if self.now == "/" and self.starts_differential(1) else self.differentiate(Array(L), x)

    def small_number(self) -> int:
        braced = self.take("{")
        word = self.advance()
        if not word.isdigit() or not 0 < int(word[:2]) < 4:
            raise self.wrong("a second or third derivative is the highest that is read", 1)
        if braced:
            self.need("}")
        return int(word)

    def slashed_derivative(self) -> Array | None:
        """dL/dY_mi, ∂/∂x f; None where the ∂ or d has none behind a slash"""
        order, f = self.above(None)
        self.need("/")
        if not self.starts_differential(0):
            return None
        return self.derivative(order, f, self.below(None, order))

    def derivative(self, order: int, f: Array | None, variables: list[Array]) -> Array:
        """∂f/∂x; where f stands behind the bar it is the bracket, or the rest of the product"""
        if f is None:
            if self.now in ("(", "["):
                with self.deeper():
                    f = self.postfixes(self.atom())
            else:
                f = self.product()
        for x in variables:
            f = self.differentiate(f, x)
        return f

    def differentiate(self, f: Array, x: Array) -> Array:
        f, x = self.by_its_name(f, x)
        if not isinstance(x.entry, Indexed) or isinstance(x.entry.base, Upstream):
            raise self.wrong("∂/∂ needs a tensor or an entry of one below the bar", 1)
        t, at = x.entry.base, x.entry.indices
        arrives = f.entry == L and t in self.question.definitions
        entry = upstream(t)[at] if arrives else Partial(f.entry, x.entry)
        numerator = self.question.layout == "numerator"
        axes = f.axes + x.axes if numerator else x.axes + f.axes
        of = L if f.entry == L else getattr(f.entry, "base", None)
        whole = x.axes == at and f.axes == getattr(f.entry, "indices", ()) and of is not None
        row = (None if numerator else x.row) if not f.axes else False
        return Array(entry, axes, row, (of, t) if whole else None)

    def by_its_name(self, f: Array, x: Array) -> tuple[Array, Array]:
        """∂f(g(x))/∂g(x), where y = g(x), and ∂f/∂σ²: the quantity goes by its name"""
        f, x = (a.map(self.by_square) for a in (f, x))
        for d in self.question.definitions:
            if isinstance(d.left, Indexed) and set(d.tensor.shape) == {1}:
                entry = d.tensor[(0,) * len(d.tensor.shape)]
                if x.entry == d.at(entry):
                    return Array(f.entry.xreplace({x.entry: entry}), f.axes), Array(entry)
        return f, x

    def by_square(self, e: sp.Basic) -> sp.Basic:
        """v_j for σ_j², where it has that name"""
        return (e.is_Pow and e.exp == 2 and self.squared(e.base)) or e

    def gradient(self) -> Array:
        r"""\nabla_{W} L, \partial_{W} L"""
        self.advance()
        self.need("_")
        x = self.group(lambda: self.postfixes(self.atom()))
        with self.deeper():
            return self.differentiate(self.postfixes(self.atom()), x)
