"""Index letters: bound by a sum around them, or free."""

import re
from contextlib import contextmanager

import sympy as sp
from sympy import Idx, KroneckerDelta

from helpers.derive.notation import Iverson
from helpers.derive.rewrite import size_of
from helpers.read.arrays import Array
from helpers.read.cursor import FONTS, RELATIONS, Cursor


class Letters(Cursor):
    """Reads the letters of an entry, of a δ."""

    def letter(self, letter: str) -> Idx:
        """What an index letter stands for: bound by a sum around it, or free."""
        for scope in reversed(self.bound):
            if letter in scope:
                return scope[letter]
        if letter not in self.free:
            known = self.letters.get(letter)
            self.free[letter] = known if known is not None else Idx(letter, self.arrays.unknown())
        return self.free[letter]

    @contextmanager
    def scope(self, letters: dict[str, Idx]):
        self.bound.append(letters)
        try:
            yield
        finally:
            self.bound.pop()

    def indices(self, count: int) -> tuple[sp.Expr | None, ...]:
        """mn, m,n, {i,j}, {i+1, j}, {c, h r + u d - p}, 0: as many as the tensor has axes; None for a colon"""
        start = self.at
        if not self.take("{", "["):
            if not (self.now or "").replace("\\", "").isalnum():
                raise self.wrong("an index is missing")
            if self.now.isalpha():
                return self.counted(
                    [self.letter(c) for c in self.split(min(count, len(self.now)))], count, start
                )
            return self.counted([self.one_index()], count, start)
        apart = self.commas() + 1 == count  # then letters side by side multiply
        found: list[sp.Expr | None] = []
        while not self.take("}", "]"):
            if self.take(","):
                continue
            found.append(None if self.take(":", r"\cdot") else self.place(apart))
        return self.counted(found, count, start)

    def commas(self, ahead: int = 0) -> int:
        """How many there are before the bracket closes."""
        depth, found = 0, 0
        while self.peek(ahead) is not None and depth >= 0:
            depth += (self.peek(ahead) in "([{") - (self.peek(ahead) in ")]}")
            found += depth == 0 and self.peek(ahead) == ","
            ahead += 1
        return found

    def place(self, apart: bool) -> sp.Expr:
        """h r + u d - p; letters that no comma keeps apart are one index each"""
        e = self.step(apart)
        while sign := self.take("+", "-"):
            e = e + self.step(apart) if sign == "+" else e - self.step(apart)
        return e

    def step(self, apart: bool) -> sp.Expr:
        """h r, 2 h, (h - 1) r: an index times sizes and numbers"""
        e = self.one_index()
        while apart and (self.take("*", r"\cdot") or (self.now or ",")[0].isalnum() or self.now == "("):
            f = self.one_index()
            if e.has(Idx) and f.has(Idx):
                raise self.wrong("an index is multiplied by another one: a comma is missing", 1)
            e *= f
        return e

    def counted(self, found: list[sp.Expr | None], count: int, start: int) -> tuple[sp.Expr | None, ...]:
        if len(found) == 1 and isinstance(found[0], sp.Integer) and count == len(str(found[0])) > 1:
            return tuple(sp.Integer(int(digit) - 1) for digit in str(found[0]))  # X_21, counted from 1
        if len(found) != count:
            self.at = start
            needed = "1 index is needed" if count == 1 else f"{count} indices are needed"
            raise self.wrong(f"{needed} here, and {len(found)} {'is' if len(found) == 1 else 'are'} written")
        return tuple(found)

    def one_index(self) -> sp.Expr:
        if self.now and self.now.isdigit() and len(self.now) < 4:
            return sp.Integer(self.advance())
        if self.take("("):
            with self.deeper():
                e = self.place(True)
            self.need(")")
            return e
        if self.now and self.now.isalpha():
            letter = self.split(1)
        elif self.now and re.fullmatch(r"\\[a-z]+", self.now) and self.now not in FONTS:
            letter = self.advance()[1:]
        else:
            raise self.wrong(f"“{self.now}” is no index")
        while self.take("'"):
            letter += "'"
        size = self.question.meaning.get(letter)
        return self.letter(letter) if self.is_index(letter) or not is_size(size) else size

    def is_place(self, word: str) -> bool:
        """Can this stand in an index: a letter that is no name, a size, a sign?"""
        return self.known(word) is None or is_size(self.question.meaning.get(word))

    def is_index(self, letter: str) -> bool:
        """Does the letter stand for a place already?"""
        return any(letter in scope for scope in (*self.bound, self.free, self.letters))

    def index_condition(self) -> Array | None:
        """i = j, k < n, y = h r + u d - p, 0 ≤ h + u < H: a relation of places; None where it is one of values"""
        if not self.has_relation():
            return None
        e, found = self.place(True), []
        while sign := self.take(*RELATIONS):
            f = self.place(True)
            found.append((sign, e, f))
            e = f
        letters = {str(k) for _, a, b in found for k in a.atoms(Idx) | b.atoms(Idx)}
        if not letters or any(self.known(k) is not None for k in letters):
            return None
        if [sign for sign, _, _ in found] == [r"\le", "<"] and found[0][1] == 0:
            return Array(Iverson(*found[1][1:]))
        return Array(sp.Mul(*[self.compared(*relation) for relation in found]))

    def has_relation(self) -> bool:
        """Does a sign of relation stand before the bracket closes?"""
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth < 0 or (depth == 0 and token.text in RELATIONS):
                return depth == 0
        return False

    def compared(self, sign: str, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        """1 where two places are so related, else 0."""
        self.arrays.same(a, b)
        if sign in ("=", r"\ne"):
            return KroneckerDelta(a, b) if sign == "=" else 1 - KroneckerDelta(a, b)
        if not isinstance(a, Idx) or not isinstance(b, Idx):
            raise self.wrong("a place is read in 0 ≤ ... < H, beside = or ≠, or two letters beside < or ≤")
        a, b = (a, b) if sign in ("<", r"\le") else (b, a)
        return Iverson(b - a - int(sign in ("<", ">")), size_of(a))

    def delta(self) -> Array:
        """δ_{ij}, δ_{i,j}"""
        self.at += 2
        return Array(self.compared("=", *self.indices(2)))


def is_size(e: object) -> bool:
    """S, the stride r: an integer"""
    return isinstance(e, sp.Symbol) and bool(e.is_integer)
