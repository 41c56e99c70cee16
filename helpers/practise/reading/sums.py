"""Σ over letters, ∏ over layers."""

import sympy as sp
from sympy import Idx, KroneckerDelta

from helpers.derive import L
from helpers.practise.reading.arrays import Array
from helpers.practise.reading.cursor import (
    BRACKETS,
    Cursor,
)


class Sums(Cursor):
    """Reads Σ_{m,n}, Σ_{i=1}^{N}, Σ_{i≠j}, Σ alone, and ∏_{n=l}^{N-1}."""

    def summation(self) -> Array:
        r"""Σ_{m,n}, Σ_{i=1}^{N}, Σ_{i \neq j}, and Σ alone: over the letters that the left side has not"""
        self.advance()
        letters, unequal, starts, upper = None, None, sp.S.One, None
        while self.now in ("_", "^"):
            if self.take("_"):
                letters, unequal, starts = self.summed_letters()
            else:
                self.advance()
                upper = self.upper_limit()
        if letters is None:
            return self.sum_over_the_rest()
        scope = {k: Idx(k, self.arrays.unknown()) for k in letters}
        if upper is not None:
            self.whole_range(next(iter(scope.values())), starts, upper)
        with self.deeper(), self.scope(scope):
            body = self.product()
            if unequal:
                a, b = (self.letter(k) for k in unequal)
                self.arrays.same(a, b)
                body = body.map(lambda e: (1 - KroneckerDelta(a, b)) * e)
        return self.summed(body, tuple(scope.values()))

    def upper_limit(self) -> sp.Expr | None:
        """The size above a Σ; a letter that is no size here (K for the classes) is a name for the whole range."""
        start = self.at
        a = self.attempt(lambda: self.group(self.sum))
        if a is not None:
            return a.entry
        self.at = start
        if self.peek(0) == "{" and self.peek(2) == "}" and self.peek(1).isalpha():
            self.at += 3
        elif (self.now or "").isalpha():
            self.split(1)
        else:
            return self.group(self.sum).entry
        return None

    def summed(self, body: Array, letters: tuple[Idx, ...]) -> Array:
        return body.map(lambda e: self.arrays.total(e, *letters))

    def summed_letters(self) -> tuple[list[str], tuple[str, str] | None, sp.Expr]:
        """The letters under a Σ, two that are to differ, and where the sum starts."""
        braced = self.take("{", "(")
        letters: list[str] = []
        unequal, starts = None, sp.S.One
        while True:
            if self.now is None or not (self.now.isalpha() or self.now.startswith("\\")):
                raise self.wrong("a sum needs letters to run over")
            letters += self.run_of_letters(braced is not None)
            if self.take("="):
                starts = self.sum().entry
            elif self.take(r"\ne"):
                other = self.split(1)
                unequal = letters[-1], other
                if letters[-1] in self.letters and other not in self.letters:
                    letters[-1] = other
            elif self.take(r"\in"):
                while self.now not in ("}", None):
                    self.advance()
            if not braced:
                break
            self.take(",")
            if self.take(BRACKETS[braced]):
                break
        if len(set(letters)) < len(letters):
            raise self.wrong(f"a letter is summed twice: {', '.join(letters)}", 1)
        return letters, unequal, starts

    def run_of_letters(self, whole: bool) -> list[str]:
        """mn: the letters of a word; without braces they end where a name begins."""
        if self.now.startswith("\\"):
            return [self.advance()[1:]]
        length = 1
        while length < len(self.now) and (whole or self.now[length:][:1] not in self.setting.meaning):
            length += 1
        return list(self.split(length))

    def whole_range(self, k: Idx, starts: sp.Expr, upper: sp.Expr) -> None:
        """Σ_{i=1}^{N} and Σ_{i=0}^{N-1} run over all of an axis; no other sum is read."""
        sizes = {n for t in self.setting.definitions.tensors - {L} for n in t.shape}
        n = upper + 1 - starts
        if n not in sizes:
            raise self.wrong(f"a sum from {starts} to {upper} does not run over a whole axis", 1)
        self.arrays.same(k, n)

    def sum_over_the_rest(self) -> Array:
        before = dict(self.free)
        body = self.product()
        new = {k: v for k, v in self.free.items() if k not in before and k not in self.letters}
        if not new:
            raise self.wrong("this sum names no letter to run over")
        self.free = {k: v for k, v in self.free.items() if k not in new}
        return self.summed(body, tuple(new.values()))

    def product_over_layers(self) -> Array:
        r"""∏_{n=l}^{N-1}, written out: the letters of the layers stand for numbers"""
        self.advance()
        if not self.setting.layers:
            raise self.wrong("a product ∏ is read over layers only", 1)
        self.need("_")
        self.need("{")
        letter = self.advance()
        self.need("=")
        first = self.layer("}")
        self.need("^")
        last = self.layer("}") if self.take("{") else self.layer(None)
        (start, tokens), a = (self.at, self.tokens), Array(sp.S.One)
        for n in range(first, last + 1):
            self.at, self.tokens = start, tokens
            before, self.layers = self.layers, {**self.layers, letter: n}
            with self.deeper():
                a = self.arrays.product(a, self.product())
            self.layers = before
        if last < first:
            raise self.wrong(f"the product over {letter} is empty")
        return a
