"""What cannot stand where it stands: a sign, a command, a function that nothing defines."""

import re

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.names import GREEK
from helpers.read.definitions.syntax import Letter
from helpers.read.definitions.tokens import Token

SHORT = {"letter": "x", "number": "1"}


LETTERS = re.compile(r"((\^\w+)?\{?x\}?(_([x1]|\{[x1,+-]*\}))?[,;|]?)+")


def unexpected(c: Cursor) -> Unreadable:
    token = c.peek()
    if token.kind == "end":
        return Unreadable("something is missing here: a letter, a number or a bracket", token.place)
    if token.text == r"\partial" or token.text == r"\nabla":
        return Unreadable(
            "a derivative is no part of a definition: write what the loss is, and ask for its gradient",
            token.place,
            token.text,
        )
    if token.text.startswith("\\"):
        said = (
            f"{token.text} is not known here: write its letter or its function by name, \\operatorname{{...}}"
        )
        return Unreadable(said, token.place, token.text)
    return Unreadable(f"“{token.text}” cannot stand here", token.place, token.text)


def refuse_unknown_call(c: Cursor, start: Token, x: Letter) -> None:
    """F(x) of an F that nothing defines is no product of F and x; F(x + y) is one."""
    if not c.sees("("):
        return
    word, inside, ahead = is_word(start.text), "", 1
    while c.peek(ahead).kind in ("letter", "number", "sign") and not c.sees(")", ahead=ahead):
        inside += SHORT.get(c.peek(ahead).kind) or c.peek(ahead).text.replace("accent:", "^")
        ahead += 1
    if word or LETTERS.fullmatch(inside):
        apart = " ".join(x.name) if word else x.name
        said = f"{x.name} is called like a function and not known here: define it as well, {x.name}(x) = ..."
        product = f"; or, if it is a product, write {apart} apart from the bracket" if len(apart) < 6 else ""
        raise Unreadable(said + product, start.place, x.name)


def is_word(name: str) -> bool:
    """LN, sim: a name of several letters that are no Greek letter."""
    return len(name) > 1 and name.isalpha() and name not in GREEK
