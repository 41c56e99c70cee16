"""Steps of a program, read as the equations that they come to.

dX = Y - T; dX /= S                           dX = (Y - T) / S
dX[X <= 0] = 0                                dX = 0 where X <= 0
dX = dY.copy(); dX[X <= 0] = 0                dX = np.where(X <= 0, 0, dY)
e = np.exp(X); Y = e / e.sum(1)[:, None]      Y = np.exp(X) / np.exp(X).sum(1)[:, None]
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from sympy import Symbol

from helpers.read.arrays import Arrays
from helpers.read.cursor import RELATIONS
from helpers.read.finish import Part, trimmed
from helpers.read.grammar import Grammar
from helpers.read.question import Question
from helpers.read.tokens import Token, Unreadable

IN_PLACE = {"+=": "+", "-=": "-", "*=": "*", "/=": "/"}
PART_OF_AN_ARRAY = "an assignment to a part of an array is a step of a program, not an equation"
MOST = 300  # signs of a name with all that it stands for


@dataclass
class Chain:
    """The parts of one statement, and whether a part is still to come (the row ended with =)."""

    parts: list[Part] = field(default_factory=list)
    open: bool = False


def brought_together(chains: list[Chain]) -> None:
    """What changes an array in place becomes an equation with what the array was before."""
    before: dict[str, Part] = {}
    for chain in chains:
        if len(chain.parts) < 2:
            continue
        left, *rest = chain.parts
        tokens = trimmed(left.tokens)
        if not tokens or not tokens[0].text.isalpha():
            continue
        name, place, value = tokens[0].text, tokens[1:], rest[-1]
        bracketed = [t.text for t in (*place[:1], *place[-1:])] == ["[", "]"] and not is_entry(place)
        if len(rest) == 1 and (value.relation in IN_PLACE or bracketed) and (not place or bracketed):
            in_place(chain, place, before.get(name))
        elif place or value.unreadable or value.condition is not None:
            continue
        before[name] = value


def is_entry(place: list[Token]) -> bool:
    """[i, j], [i, :]: an entry or a row for each i, and no part that the others differ from"""
    words = [t.text for t in place[1:-1]]
    return any(w.isalpha() for w in words) and all(re.fullmatch("[a-z]|[:,]", w) for w in words)


def in_place(chain: Chain, place: list[Token], before: Part | None) -> None:
    """dX /= S, dX[X <= 0] = 0, dX[X < 0] *= alpha"""
    left, value = chain.parts
    masked = any(t.text in RELATIONS for t in place)
    if (place and not masked) or (before and before.unreadable):
        left.unreadable = Unreadable(PART_OF_AN_ARRAY, left.start)
        return
    if not before and value.relation in IN_PLACE:
        return  # “+=” claims no equality
    new = without(trimmed(value.tokens), place)
    if before and len(before.tokens) > MOST:
        left.unreadable = Unreadable(f"after so many steps it has more than {MOST} signs", left.start)
        return
    if operation := IN_PLACE.get(value.relation):
        new = signs("(", before.tokens, ")", operation, "(", new, ")")
    if before:
        name = left.tokens[0].text
        before.aside = f"a step: {name} is changed below, and judged there"
        new = signs("np", ".", "where", "(", place[1:-1], ",", new, ",", before.tokens, ")") if place else new
    elif place:
        value.condition = place[1:-1]
    left.tokens = trimmed(left.tokens)[:1]
    value.tokens, value.unreadable, value.code = new, None, True


def without(tokens: list[Token], place: list[Token]) -> list[Token]:
    """dY of dY[X > 0]"""
    texts, n = [t.text for t in place], len(place)
    while n and (at := [k for k in range(len(tokens)) if [t.text for t in tokens[k : k + n]] == texts]):
        tokens = tokens[: at[0]] + tokens[at[0] + n :]
    return tokens


def signs(*pieces: str | list[Token]) -> list[Token]:
    """Tokens, and signs between them that nobody wrote; each stands where the token before it ends."""
    first = next(piece[0].at for piece in pieces if not isinstance(piece, str) and piece)
    found: list[Token] = []
    for piece in pieces:
        at = found[-1].end if found else first
        found += [Token(piece, at, at)] if isinstance(piece, str) else piece
    return found


class OwnNames:
    """The names that a text gives to quantities on its way: e = np.exp(X), mask = X > 0."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.meaning: dict[str, list[Token]] = {}

    def defines(self, chain: Chain) -> bool:
        """Does the chain give a meaning to a name that is none of the question's? Then it is remembered."""
        if len(chain.parts) < 2:
            return False
        left, *rest = chain.parts
        tokens = trimmed(left.tokens)
        if len(tokens) != 1 or left.unreadable or not self.may_name(tokens[0].text):
            return False
        value = trimmed(self.replaced(rest[0].tokens))
        for part in rest[1:]:
            if part.relation in RELATIONS and part.relation != "=":
                value = signs(value, part.relation, self.replaced(part.tokens))
        try:
            value = signs("(", value, ")") if value else value
            if len(value) > MOST or rest[0].relation != "=":
                return False
            Grammar(value, self.question, Arrays(), {}, rest[0].code).read()
        except (
            Unreadable,
            ValueError,
            TypeError,
            ArithmeticError,
            AttributeError,
            RecursionError,
            IndexError,
        ):
            return False
        self.meaning[tokens[0].text] = value
        return True

    def may_name(self, name: str) -> bool:
        """No quantity of the question: the e of e^x, I, a size, and what has no meaning here; dw is meant for one."""
        if name in self.meaning:
            return True
        found = self.question.meaning.get(name)
        if found is not None:
            return isinstance(found, Symbol) and bool(found.is_integer)
        if name in ("e", "I"):
            return True
        try:
            Grammar([Token(name, 0, len(name))], self.question, Arrays(), {}).read()
        except Unreadable as refusal:
            return bool(refusal.name) and not (name[0] == "d" and len(name) == 2)
        return False

    def replaced(self, tokens: list[Token]) -> list[Token]:
        """The tokens with all such names spelled out; a letter below the line, and the e of e^x, are none."""
        if not self.meaning:
            return tokens
        found: list[Token] = []
        below = 0
        for token, following in pairwise([*tokens, Token("", 0, 0)]):
            texts = [t.text for t in found[-1:]]
            below += (token.text == "{") if below or texts == ["_"] else 0
            named = token.text in self.meaning and not below and texts not in (["_"], ["."])
            if named and not (token.text == "e" and following.text in ("^", "**")):
                found += self.meaning[token.text]
            else:
                found.append(token)
            below -= token.text == "}" and below > 0
        return found
