"""Conditions: [x > 0], if i = j, cases."""

from collections.abc import Callable

import sympy as sp
from sympy import KroneckerDelta

from helpers.derive.notation import Iverson
from helpers.read.arrays import Array
from helpers.read.cursor import RELATIONS, Cursor


class Conditions(Cursor):
    """Reads relations, and what depends on them."""

    def condition(self) -> Array:
        """i = j, or x > 0"""
        return self.attempt(self.index_condition) or self.relation(self.sum())

    def relation(self, a: Array) -> Array:
        """a > b, 0 < a < 1"""
        found: Array | None = None
        while sign := self.take(*RELATIONS):
            b = self.sum()
            one = self.arrays.elementwise(self.comparison(sign), a, b)
            found = one if found is None else self.arrays.elementwise(sp.And, found, one)
            a = b
        if found is None:
            raise self.wrong("a condition such as x > 0 or i = j is expected")
        return found

    def comparison(self, sign: str) -> Callable[[sp.Expr, sp.Expr], sp.Basic]:
        def compare(u: sp.Expr, v: sp.Expr) -> sp.Basic:
            if sign == "=":
                return sp.And(u >= v, u <= v)
            if sign == r"\ne":
                return sp.Or(u > v, u < v)
            return RELATIONS[sign](u, v)

        return compare

    def indicator(self, a: Array) -> Array:
        """1 where a condition holds, else 0"""

        def one_or_zero(e: sp.Basic) -> sp.Expr:
            if isinstance(e, sp.StrictGreaterThan) and e.rhs == 0:
                return sp.Heaviside(e.lhs, 0)
            return sp.Piecewise((1, e), (0, True))

        return a if isinstance(a.entry, sp.Expr) else a.map(one_or_zero)

    def cases(self) -> Array:
        r"""\begin{cases} a & \text{if } i = j \\ b & \text{otherwise} \end{cases}"""
        self.advance()
        rows: list[tuple[Array, Array | None]] = []
        while not self.take(r"\end{cases}"):
            value = self.sum()
            self.take(",")
            self.take("&")
            while (self.now or "").startswith("text ") or self.now in (
                "if",
                "for",
                "where",
                ",",
                "&",
                r"\forall",
            ):
                last = self.advance()
                if last in ("text otherwise", "text else"):
                    break
            condition = None if self.now in ("\\\\", r"\end{cases}") else self.condition()
            self.take(",")
            self.take(".")
            if not self.take("\\\\") and self.now != r"\end{cases}":
                raise self.wrong("a row of the cases does not end here")
            rows.append((value, condition))
        if not rows:
            raise self.wrong("the cases are empty", 1)
        return self.by_cases(rows)

    def by_cases(self, rows: list[tuple[Array, Array | None]]) -> Array:
        """Σ value [condition] over indices, else SymPy's cases."""
        values = [value for value, _ in rows]
        conditions = [c if c is not None else Array(sp.true) for _, c in rows]
        n = len(rows)
        if all(isinstance(c.entry, sp.Expr) or c.entry == sp.true for c in conditions):

            def choose(*es: sp.Basic) -> sp.Expr:
                rest, total = sp.S.One, sp.S.Zero
                for value, mask in zip(es[:n], es[n:], strict=True):
                    total += value * (rest if mask == sp.true else mask)
                    rest *= 1 - (1 if mask == sp.true else mask)
                return total
        else:

            def choose(*es: sp.Basic) -> sp.Expr:
                return sp.Piecewise(*zip(es[:n], map(self.boolean, es[n:]), strict=True))

        return self.arrays.elementwise(choose, *values, *conditions)

    def boolean(self, e: sp.Basic) -> sp.Basic:
        if isinstance(e, sp.Expr):
            raise self.wrong("cases by indices and by values cannot be mixed", 1)
        return e

    def ones(self) -> Array:
        r"""𝟏, 𝟏_S; \mathbf{1}[x > 0] and \mathbf{1}_{x > 0} are conditions"""
        self.advance()
        if self.now in ("[", "(") and (a := self.attempt(self.truth)) is not None:
            return a
        if self.take("_"):
            if self.now == "{" and self.peek(2) != "}":
                return self.bracket()
            return self.arrays.ones(self.group(self.atom).entry)
        return self.arrays.ones()

    def truth(self) -> Array | None:
        """A condition in brackets; None where something else stands in them"""
        a = self.bracket()
        return a if isinstance(a.entry, sp.Heaviside | sp.Piecewise | KroneckerDelta | Iverson) else None
