"""A place in a row of tokens, and what every rule of the grammar needs."""

from collections.abc import Callable
from contextlib import contextmanager
from itertools import islice, pairwise

import sympy as sp
from sympy import Idx

from helpers.read.arrays import REDUCTIONS, Array, Arrays
from helpers.read.functions import ENTRYWISE, PAIRED, WHOLE
from helpers.read.question import Question
from helpers.read.tokens import SPACES, Token, Unreadable

DEPTH = 30  # brackets within brackets
FUEL = 1000  # brackets, names and functions in one part; a product over layers repeats them
SUMS = 40  # sums in one part, those of matrix products among them
NODES = 2000  # in one factor: softmax(softmax(...)) doubles with each bracket
TOO_LONG = "the formula is too long to be read"
FONTS = {rf"\{font}" for font in ("mathbf", "boldsymbol", "bm", "mathrm", "operatorname", "mathit", "mathsf")}
FONTS |= {r"\mathcal", r"\mathbb", r"\vec", r"\boldmath", r"\mathtt", r"\text"}
ACCENTS = {r"\tilde": "tilde", r"\widetilde": "tilde", r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar"}
BRACKETS = {"(": ")", "[": "]", "{": "}", r"\langle": r"\rangle"}
RELATIONS = {"=": sp.Eq, r"\ne": sp.Ne, "<": sp.Lt, ">": sp.Gt, r"\le": sp.Le, r"\ge": sp.Ge}
ENDS = {None, ")", "]", "}", ",", "+", "-", "&", "\\\\", ":", r"\rangle", r"\end{cases}", *RELATIONS}
PRODUCTS = {r"\circ", r"\odot", r"\oslash", r"\otimes"}


METHODS = {"T", *REDUCTIONS, "dot", "shape", "size", "copy", "astype", "reshape"}


def written_in_numpy(tokens: list[Token]) -> bool:
    """np.exp, @, .T, .sum(), len(X): a sign that only code has; there * is entry by entry."""
    texts = [t.text for t in tokens]
    after_dot = list(pairwise(texts))
    signs = "@" in texts or ("len", "(") in after_dot or ("np", ".") in after_dot
    return signs or any(a == "." and b in METHODS for a, b in after_dot)


class Cursor:
    """Where reading stands, what has a meaning here, and how far it may go."""

    def __init__(
        self,
        tokens: list[Token],
        question: Question,
        arrays: Arrays,
        letters: dict[str, Idx],
        code: bool = False,
    ) -> None:
        self.tokens = [t for t in tokens if t.text not in SPACES]
        self.question, self.arrays, self.letters = question, arrays, letters
        self.at = 0
        self.free: dict[str, Idx] = {}
        self.bound: list[dict[str, Idx]] = []
        self.bars: list[str] = []  # | and ‖ that are open
        self.code = code or written_in_numpy(self.tokens)
        self.layers = dict(question.layers)
        self.depth, self.fuel = 0, FUEL
        arrays.sums = 0
        self.notes: list[str] = []
        self.rows = self.upright = False  # was there an X_{m,:}, and is it a column?

    @property
    def now(self) -> str | None:
        return self.peek(0)

    def peek(self, ahead: int) -> str | None:
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else None

    def take(self, *texts: str) -> str | None:
        """The next token, if it is one of these."""
        if self.now is not None and self.now in texts:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def advance(self) -> str:
        if self.now is None:
            raise self.wrong("something is missing at the end")
        self.at += 1
        return self.tokens[self.at - 1].text

    def need(self, text: str) -> None:
        if not self.take(text):
            found = f"“{self.now}” stands" if self.now else "the line ends"
            raise self.wrong(f"“{text}” is missing: {found}")

    def wrong(self, reason: str, back: int = 0) -> Unreadable:
        at = self.at - back
        place = (
            self.tokens[at].at if 0 <= at < len(self.tokens) else self.tokens[-1].end if self.tokens else None
        )
        return Unreadable(reason, place)

    @contextmanager
    def deeper(self):
        """One bracket further in; a limit on depth and length, so that every line ends."""
        self.depth, self.fuel = self.depth + 1, self.fuel - 1
        if self.depth > DEPTH:
            raise self.wrong("the brackets are nested too deep")
        if self.fuel < 0 or self.arrays.sums > SUMS:
            raise self.wrong(TOO_LONG)
        try:
            yield
        finally:
            self.depth -= 1

    def bounded(self, a: Array) -> Array:
        """A factor, unless it is so large that the next functions of it would take seconds."""
        if sum(1 for _ in islice(sp.preorder_traversal(a.entry), NODES + 1)) > NODES:
            raise self.wrong(TOO_LONG)
        return a

    def split(self, length: int) -> str:
        """Take the first letters of a word; the rest stays."""
        token = self.tokens[self.at]
        if length < len(token.text):
            rest = Token(token.text[length:], token.at + length, token.end)
            self.tokens = [*self.tokens[: self.at], Token(token.text[:length], token.at, rest.at), rest,
                           *self.tokens[self.at + 1 :]]  # fmt: skip
        return self.advance()

    def attempt(self, read: Callable[[], Array | None]) -> Array | None:
        """What is read, or None and nothing has happened."""
        before, letters = (self.at, self.tokens), set(self.free)
        try:
            found = read()
        except Unreadable:
            found = None
        if found is None:
            self.at, self.tokens = before
            for new in set(self.free) - letters:
                del self.free[new]
        return found

    def known(self, word: str | None) -> object | None:
        """What a name stands for, if it has a meaning here."""
        if not word:
            return None
        meaning = self.question.meaning
        if word in meaning:
            return meaning[word]
        if f"{word}0" in meaning or f"{word}1" in meaning:
            return word
        return self.function(word)

    def function(self, word: str) -> object | None:
        """A function of the question, or one that everybody knows; Softmax, softmax and SoftMax are one."""
        if word in self.question.functions:
            return self.question.functions[word]
        lower = word.lower() if len(word) > 1 else word
        return next((table[lower] for table in (ENTRYWISE, WHOLE, PAIRED) if lower in table), None)
