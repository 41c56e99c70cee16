"""Functions and their arguments: h'(X), log X, max(0, X), softmax(X)."""

from collections.abc import Callable

import sympy as sp

from helpers.read.arrays import Array
from helpers.read.cursor import BRACKETS, RELATIONS, Cursor
from helpers.read.functions import ENTRYWISE, PAIRED, WHOLE, power, slope


class Calls(Cursor):
    """Reads function calls."""

    def called(self, base: str) -> Array:
        """h(X), h'(X_mn), log X, max(0, X), max_k X_mk, softmax(X)"""
        if base in ("max", "min") and self.take("_"):
            return self.extremum(base)
        order, exponent = 0, None
        while True:
            if self.take("'"):
                order += 1
            elif self.now == "^" and self.peek(1) == "{" and self.peek(2) == "'":
                self.at += 2
                while self.take("'"):
                    order += 1
                self.need("}")
            elif self.now == "_" and self.peek(1) == "prime":
                self.at += 2
                order += 1
            elif self.now == "^" and exponent is None:
                self.advance()
                exponent = self.group(self.sum)
            else:
                break
        own = base in self.question.functions or len(base) == 1
        if own and self.now not in ("(", "[", "{"):
            raise self.wrong(f"{base}{chr(39) * order} needs its argument in brackets")
        if order > 3:
            raise self.wrong("a third derivative is the highest that is read")
        a = self.applied(base, order, self.arguments())
        return a if exponent is None else self.arrays.elementwise(power, a, exponent)

    def extremum(self, base: str) -> Array:
        """k X_mk behind max_: over that letter, as a sum is"""
        letters = [self.split(1)] if self.now != "{" else self.summed_letters().letters
        scope = {k: self.arrays.axis() for k in letters}
        with self.deeper(), self.scope(scope):
            a = self.product()
        sign = 1 if base == "max" else -1
        return a.map(lambda e: sign * self.arrays.largest(sign * e, *scope.values()))

    def arguments(self) -> list[Array]:
        """(a, b), {a}, or one factor without brackets"""
        if self.now not in ("(", "[", "{"):
            with self.deeper():
                return [self.factor()]
        end = BRACKETS[self.advance()]
        with self.deeper():
            found = [self.argument()]
            while self.take(","):
                found.append(self.argument())
        self.need(end)
        return found

    def argument(self) -> Array:
        a = self.sum()
        return self.relation(a) if self.now in RELATIONS else a

    def applied(self, base: str, order: int, arguments: list[Array]) -> Array:
        """The function of this name, of its arguments."""
        lower = base.lower() if len(base) > 1 else base
        if base in self.question.rowwise and not order:
            lower = "softmax"
        elif base in self.question.functions:
            function = self.question.functions[base]
            if order and len(arguments) == 1:
                function = slope(function, order)
            elif order:
                raise self.wrong(f"{base} has {len(arguments)} arguments, and one prime says not which")
            return self.entrywise(base, function, arguments)
        elif lower in ("max", "min") and len(arguments) == 1:
            return self.arrays.reduce(lower, arguments[0])
        elif lower in PAIRED:
            return self.entrywise(base, PAIRED[lower], arguments)
        if len(arguments) != 1:
            raise self.wrong(f"{base} has one argument")
        if lower in ENTRYWISE:
            return self.entrywise(base, slope(ENTRYWISE[lower], order), arguments)
        if order:
            raise self.wrong(f"{base}' is not read here")
        return WHOLE[lower](self.arrays, arguments[0])

    def entrywise(self, base: str, function: Callable[..., sp.Basic], arguments: list[Array]) -> Array:
        try:
            return self.arrays.elementwise(function, *arguments)
        except (TypeError, AttributeError) as error:
            raise self.wrong(f"{base} cannot have these arguments") from error
