"""What a sum runs over: its letters, where they start and end, what else is said of them."""

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.scripts import Expression, letter, small
from helpers.read.definitions.syntax import Bound, Compared, Letter, Minus, Node, Number, Plus
from helpers.read.definitions.tokens import Token


def bounds(c: Cursor, expression: Expression) -> tuple[Bound, ...]:
    """_{s,n}, _{i=1}^N, _{j ≠ i}, _{k ≤ t}, _{i,j=1}^{N}: the letters, where they start and end, what else is said."""
    c.next()
    first = c.peek()
    starts: dict[str, Node | None] = {}
    only: dict[str, Compared] = {}
    if c.take("{"):
        with c.inside():
            while not c.sees("}"):
                if not c.take(",", ";"):
                    bound_letter(c, expression, starts, only)
        c.next()
    else:
        starts[bare_letter(c.next()).name] = None
    place, end = c.place(first), upper(c, expression) if c.take("^") else None
    return tuple(Bound(place, x, end, only.get(x), start) for x, start in starts.items())


def bound_letter(c: Cursor, expression: Expression, starts: dict, only: dict) -> None:
    """i, i=1 or i<j; the start of i,j=1 is that of both."""
    x = letter(c) if c.peek().kind == "letter" else bare_letter(c.next())
    starts[x.name] = None
    if c.word("in") or c.sees("∈"):
        raise Unreadable("a sum over a set is not read: write \\sum_{i=1}^{N}", c.peek().place)
    if sign := c.take("=", "≠", "<", "≤", ">", "≥"):
        right = expression(c)
        if sign.text == "=":
            starts.update({name: right for name, start in starts.items() if start is None})
        else:
            only[x.name] = Compared(x.place.to(right.place), x, sign.text, right)


def bare_letter(token: Token) -> Letter:
    if token.kind not in ("letter", "word"):
        raise Unreadable("a sum runs over letters: \\sum_i, or \\sum_{i=1}^{N}", token.place)
    return Letter(token.place, token.text)


def upper(c: Cursor, expression: Expression) -> Node:
    """N of ^N and ^{N}."""
    opened = c.take("{")
    if not opened:
        return small(c)
    with c.inside():
        end = expression(c)
    c.want("}", opened)
    return end


def last_value(b: Bound, indices: set[str]) -> Node | None:
    """The size that a bound letter has by its end: N of 1..N and of 0..N−1; none where it ends at another letter."""
    end, zero = b.upto, b.start == Number(b.place, "0")
    if zero and isinstance(end, Plus) and end.terms[1:] == (Minus(b.place, Number(b.place, "1")),):
        end, zero = end.terms[0], False
    if isinstance(end, Letter) and end.name in indices:
        return None
    return end if isinstance(end, Letter | Number) and not zero else None
