"""Values by cases, row by row, and indicators."""

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.scripts import Expression
from helpers.read.definitions.syntax import CLOSING, Cases, Indicator, Letter, Node
from helpers.read.definitions.tokens import Token


def cases(c: Cursor, expression: Expression, condition: Expression) -> Node:
    """Rows of a value and its condition; the last may say otherwise, or nothing."""
    opened, pieces = c.next(), []
    if opened.text == r"\begin:array" and c.sees("{"):
        skip_columns(c)
    with c.inside():
        while not c.sees(r"\end:cases", r"\end:array"):
            if c.peek().kind == "end":
                raise Unreadable("these cases never end: write \\end{cases}", opened.place)
            value = expression(c)
            skip_words(c, ",", ";", "&", "if", "when", "for", "If", "For")
            if c.word("otherwise", "else"):
                c.next()
                pieces.append((value, None))
            elif c.peek().kind in ("row", "line") or c.sees(r"\end:cases", r"\end:array"):
                pieces.append((value, None))
            else:
                pieces.append((value, condition(c)))
            skip_words(c, ",", ".", ";")
            while c.peek().kind in ("row", "line"):
                c.next()
    c.next()
    if not pieces:
        raise Unreadable("these cases are empty: write a value and its condition in each row", opened.place)
    return Cases(c.place(opened), tuple(pieces))


def skip_columns(c: Cursor) -> None:
    """{ll} of an array."""
    while c.next().text != "}" and c.peek().kind != "end":
        pass


def skip_words(c: Cursor, *words: str) -> None:
    while c.peek().kind != "end" and c.peek().text in words:
        c.next()


def indicator(c: Cursor, start: Token, condition: Expression) -> Node:
    r"""1[y > 0], \mathbb 1\{i = j\}, \mathbb 1_{y > 0}; \mathbb 1 alone is a vector of ones."""
    braced = c.sees("_") and c.sees("{", ahead=1) and c.sees("[", "(", ahead=2)
    if c.sees("_") and c.sees("{", ahead=1):
        c.at += 2 if braced else 1
    if not c.sees("[", "(", "{"):
        return Letter(start.place, "𝟙")
    opened = c.next()
    with c.inside():
        said = condition(c)
    c.want(CLOSING[opened.text], opened)
    if braced:
        c.want("}", opened)
    return Indicator(c.place(start), said)
