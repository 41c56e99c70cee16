"""Index letters: bound by a sum around them, or free."""

import re
from contextlib import contextmanager

import sympy as sp
from sympy import Idx, KroneckerDelta

from helpers.practise.reading.arrays import Array
from helpers.practise.reading.cursor import (
    FONTS,
    Cursor,
)


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

    def indices(self, count: int) -> tuple[sp.Expr, ...]:
        """mn, m,n, {i,j}, {i+1, j}, 0: as many as the tensor has axes"""
        start = self.at
        if not self.take("{"):
            if not (self.now or "").replace("\\", "").isalnum():
                raise self.wrong("an index is missing")
            if self.now.isalpha():
                return self.counted(
                    [self.letter(c) for c in self.split(min(count, len(self.now)))], count, start
                )
            return self.counted([self.one_index()], count, start)
        found: list[sp.Expr] = []
        while not self.take("}"):
            if self.now == ",":
                self.advance()
                continue
            e = self.one_index()
            while sign := self.take("+", "-"):
                e = e + self.one_index() if sign == "+" else e - self.one_index()
            found.append(e)
        return self.counted(found, count, start)

    def counted(self, found: list[sp.Expr], count: int, start: int) -> tuple[sp.Expr, ...]:
        if len(found) == 1 and found[0].is_Integer and count == len(str(found[0])) > 1:
            return tuple(sp.Integer(int(digit) - 1) for digit in str(found[0]))  # X_21, counted from 1
        if len(found) != count:
            self.at = start
            needed = "1 index is needed" if count == 1 else f"{count} indices are needed"
            raise self.wrong(f"{needed} here, and {len(found)} {'is' if len(found) == 1 else 'are'} written")
        return tuple(found)

    def one_index(self) -> sp.Expr:
        if self.now and self.now.isdigit() and len(self.now) < 4:
            return sp.Integer(self.advance())
        if self.now and self.now.isalpha():
            letter = self.split(1)
        elif self.now and re.fullmatch(r"\\[a-z]+", self.now) and self.now not in FONTS:
            letter = self.advance()[1:]
        else:
            raise self.wrong(f"“{self.now}” is no index")
        while self.take("'"):
            letter += "'"
        return self.letter(letter)

    def index_relation(self) -> bool:
        """i = j: two letters that are no names"""
        return (
            self.peek(1) in ("=", r"\ne", "<", ">", r"\le", r"\ge")
            and all(re.fullmatch("[a-zA-Z]", self.peek(k) or "") for k in (0, 2))
            and not all(self.known(self.peek(k)) is not None for k in (0, 2))
        )

    def delta(self) -> Array:
        """δ_{ij}, δ_{i,j}"""
        self.at += 2
        a, b = self.indices(2)
        self.arrays.same(a, b)
        return Array(KroneckerDelta(a, b))
