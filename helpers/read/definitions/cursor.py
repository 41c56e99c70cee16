"""A place in a list of tokens, and how to move on from it."""

from contextlib import contextmanager

from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.tokens import Token

DEEPEST = 50


class Cursor:
    """Reads tokens from the left to the right.

    `called` are the letters that stand only in front of brackets, f(x); `e` says that e is a letter of this text.
    """

    def __init__(
        self, tokens: list[Token], end: Place, called: frozenset[str] = frozenset(), e: bool = False
    ) -> None:
        self.tokens, self.end, self.called, self.e = tokens, Token("end", "", end), called, e
        self.at = self.depth = 0
        self.bars: list[str] = []
        self.between: tuple[str, ...] = ()
        """Further signs of a product that some texts have."""

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else self.end

    def next(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def sees(self, *signs: str, ahead: int = 0) -> bool:
        """Is one of these signs here?"""
        token = self.peek(ahead)
        return token.kind in ("sign", "row", "line") and token.text in signs

    def word(self, *words: str) -> bool:
        return self.peek().kind == "word" and self.peek().text in words

    def take(self, *signs: str) -> Token | None:
        """The sign that is here, if it is one of these; the cursor moves behind it."""
        return self.next() if self.sees(*signs) else None

    def special(self):
        """A node that only some texts have, such as a derivative; None where none begins here."""
        return None

    def begins_special(self) -> bool:
        return False

    def bare_sum(self, start: Token):
        raise Unreadable("this sum names no letter: write \\sum_i, or sum(...) for all entries", start.place)

    def open_quotient(self, start: Token, slash: Token, top, below, asked: Ambiguous):
        """a/b c, which has two meanings: a question, where a text may not leave it open."""
        raise asked

    def dots(self, terms: list) -> list:
        """The terms of a sum that goes on with dots."""
        raise Unreadable("“…” cannot stand here", self.peek().place)

    def want(self, sign: str, opened: Token) -> Token:
        """The sign that must be here: the bracket that closes one."""
        if found := self.take(sign):
            return found
        here = self.peek()
        if here.kind != "end":
            said = f"“{here.text}” cannot stand here, inside of “{opened.text}”: “{sign}” is expected, or an operator"
            raise Unreadable(said, here.place)
        raise Unreadable(f"“{opened.text}” is never closed: write “{sign}” where it ends", opened.place)

    def place(self, start: Token) -> Place:
        """From a token to the last one that was read."""
        return start.place.to(self.tokens[max(self.at - 1, 0)].place) if self.tokens else start.place

    @contextmanager
    def inside(self, bar: str = ""):
        """One level deeper: a bracket, a script, or between bars, which only count as closing there."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(
                f"brackets stand {DEEPEST} deep: name a part of the formula, and write it as a line of its own",
                self.peek().place,
            )
        before, self.bars = self.bars, [bar]
        try:
            yield
        finally:
            self.depth, self.bars = self.depth - 1, before

    def said(self, first: Token, behind: Token) -> str:
        """The text from one token up to another."""
        between = [t for t in self.tokens if first.place.start <= t.place.start < behind.place.start]
        return "".join(" " * t.spaced + t.text for t in between).strip()

    def split(self) -> None:
        """The two bars of ‖ one by one: |x||y| is no norm."""
        token = self.peek()
        p = token.place
        middle = Place(p.start + 1, p.end, p.line, p.column + 1)
        halves = [Token("sign", "|", p, token.spaced), Token("sign", "|", middle)]
        self.tokens[self.at : self.at + 1] = halves

    def script(self) -> Token:
        """The token behind ^ or _ without braces; LaTeX raises but the first digit of x^10."""
        sign, token = self.peek(-1).text, self.next()
        if token.kind == "number" and len(token.text) > 1:
            n = token.text
            said = f"does {sign} take all of {n}? write {sign}{{{n}}} if it does, and a space before {n[1:]} if not"
            raise Ambiguous(said, token.place, n)
        return token

    def copy_of_digits(self) -> Token:
        """The first digit of a number that LaTeX reads digit by digit: the 1 of \\frac12."""
        token = self.next()
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            p = token.place
            first = Place(p.start, p.start + 1, p.line, p.column)
            rest = Place(p.start + 1, p.end, p.line, p.column + 1)
            self.at -= 1
            self.tokens[self.at : self.at + 1] = [
                Token("number", token.text[0], first, token.spaced),
                Token("number", token.text[1:], rest),
            ]
            return self.next()
        return token
