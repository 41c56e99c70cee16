"""Σ over letters, ∏ over layers."""

from typing import NamedTuple

import sympy as sp
from sympy import Idx

from helpers.derive import L
from helpers.read.arrays import Array
from helpers.read.cursor import BRACKETS, Cursor

PART = "a part of it is written Σ_{k < n}, Σ_{k ≤ n} or Σ_{k ≠ n}, the whole Σ_k"


class Under(NamedTuple):
    """The letters under a Σ, how they are related to others, the first value and the last one (None for all), and
    at which token, counted from the end, conditions stand behind a colon."""

    letters: list[str]
    relations: tuple[tuple[str, str, str], ...] = ()
    starts: sp.Expr = sp.S.One
    upper: sp.Expr | None = None
    conditions: int = 0


class Sums(Cursor):
    """Reads Σ_{m,n}, Σ_{i=1}^{N}, Σ_{i≠j}, Σ_{k<n}, Σ alone, and ∏_{n=l}^{N-1}."""

    def summation(self) -> Array:
        r"""Σ_{m,n}, Σ_{i=1}^{N}, Σ_{i \neq j}, Σ_{k < n}, and Σ alone: over the letters that the left side has not"""
        self.advance()
        under = None
        while self.now in ("_", "^"):
            if self.take("_"):
                under = self.summed_letters()
            else:
                self.advance()
                under = under._replace(upper=self.upper_limit())
        if under is None:
            return self.sum_over_the_rest()
        scope = {k: Idx(k, self.arrays.unknown()) for k in under.letters}
        with self.deeper(), self.scope(scope):
            kept = self.kept(under, next(iter(scope.values())))
            body = self.product()
        return self.summed(body.map(lambda e: kept * e), tuple(scope.values()))

    def kept(self, under: Under, k: Idx) -> sp.Expr:
        """1 for the letters that the sum runs over, all of an axis or a part of it."""
        kept = sp.Mul(
            *[self.compared(sign, self.letter(a), self.letter(b)) for a, sign, b in under.relations]
        )
        kept *= self.held(under.conditions)
        begin, end = under.starts, under.upper
        last = next(iter(end.atoms(Idx)), None) if end is not None else None
        first = next(iter(begin.atoms(Idx)), None)
        if last is not None and begin == 1 and end == last - 1:
            return kept * self.compared("<", k, last)
        if first is not None and begin - first in (0, 1) and last is None:
            return kept * self.compared("<" if begin != first else r"\le", first, k)
        if last is not None or first is not None:
            raise self.wrong(f"is a sum from {begin} to {end} one over all? {PART}")
        if end is not None:
            self.whole_range(k, begin, end)
        return kept

    def held(self, conditions: int) -> sp.Expr:
        """y = h r + u d - p, x = w + v behind the colon under a Σ"""
        behind, kept = len(self.tokens) - self.at, sp.S.One
        self.at = len(self.tokens) - conditions
        while conditions and self.now not in ("}", ")"):
            if (relation := self.index_condition()) is None:
                raise self.wrong("under a sum a condition is one of places, such as h + u = y")
            kept *= relation.entry
            self.take(",")
        self.at = len(self.tokens) - behind
        return kept

    def upper_limit(self) -> sp.Expr | None:
        """The size above a Σ, or a place; a letter that is neither (K for the classes) names the whole range."""
        if (a := self.attempt(lambda: self.group(self.sum))) is not None:
            return a.entry
        braced = self.take("{")
        alone = (self.now or "").isalpha() and (not braced or self.peek(1) == "}")
        if alone and not self.is_index(self.now):
            self.split(len(self.now) if braced else 1)
            found = None
        else:
            found = self.place(True)
        if braced:
            self.need("}")
        return found

    def summed(self, body: Array, letters: tuple[Idx, ...]) -> Array:
        return body.map(lambda e: self.arrays.total(e, *letters))

    def summed_letters(self) -> Under:
        """What stands under a Σ."""
        braced = self.take("{", "(")
        letters: list[str] = []
        relations, starts, conditions = [], sp.S.One, 0
        while True:
            if self.now is None or not (self.now.isalpha() or self.now.startswith("\\")):
                raise self.wrong("a sum needs letters to run over")
            letters += self.run_of_letters(braced is not None)
            if self.take("="):
                starts = self.start()
            elif sign := self.take(r"\ne", "<", ">", r"\le", r"\ge"):
                other = self.split(1)
                relations.append((letters[-1], sign, other))
                if letters[-1] in self.letters and other not in self.letters:
                    letters[-1] = other
            elif self.take(r"\in"):
                while self.now not in ("}", None):
                    self.advance()
            if not braced:
                break
            if self.take(":", "|"):
                conditions = len(self.tokens) - self.at
                self.skip_to(BRACKETS[braced])
            self.take(",")
            if self.take(BRACKETS[braced]):
                break
        if len(set(letters)) < len(letters):
            raise self.wrong(f"a letter is summed twice: {', '.join(letters)}", 1)
        return Under(letters, tuple(relations), starts, conditions=conditions)

    def start(self) -> sp.Expr:
        """1, 0, or a place such as n + 1"""
        a = self.attempt(self.sum)
        return a.entry if a is not None else self.place(True)

    def run_of_letters(self, whole: bool) -> list[str]:
        """mn: the letters of a word; without braces they end where a name begins."""
        if self.now.startswith("\\"):
            return [self.advance()[1:]]
        length = 1
        while length < len(self.now) and (whole or self.now[length:][:1] not in self.question.meaning):
            length += 1
        return list(self.split(length))

    def whole_range(self, k: Idx, starts: sp.Expr, upper: sp.Expr) -> None:
        """Σ_{i=1}^{N} and Σ_{i=0}^{N-1} run over all of an axis; no other sum is read."""
        sizes = {n for t in self.question.definitions.tensors - {L} for n in t.shape}
        n = upper + 1 - starts
        if n not in sizes:
            raise self.wrong(f"a sum from {starts} to {upper} does not run over a whole axis: {PART}", 1)
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
        if not self.question.layers:
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
