"""What stands below and above: subscripts, powers, transposes, labels, and the bounds of a sum."""

from collections.abc import Callable

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.syntax import (
    Letter,
    Minus,
    Node,
    Number,
    Plus,
    Power,
    Transposed,
    Whole,
)

Expression = Callable[[Cursor], Node]
ACCENTS = ("accent:", "accent after:")


def letter(c: Cursor) -> Letter:
    r"""A letter with its accent, its subscripts and its superscripts in brackets: \hat x_i, W^{(l)}_{ij}."""
    start = c.next()
    if start.text.startswith("accent:"):
        braced = c.take("{")
        if c.peek().text.startswith("accent:"):
            inner = letter(c)
            if braced:
                c.want("}", braced)
            name = inner.name + start.text.split(":")[1]
            return finished(c, start, name, list(inner.below), list(inner.above), inner.bold)
        inner = c.next()
        if inner.kind != "letter":
            raise Unreadable("an accent stands on one letter: \\hat{x}_i", inner.place)
        if braced:
            below = script_items(c) if c.take("_") else ()
            c.want("}", braced)
            name, bold = inner.text + start.text.split(":")[1], inner.bold
            if below:
                return finished(c, start, name, list(below), [], bold)
            return finished(c, start, name, [], [], bold)
        return finished(c, start, inner.text + start.text.split(":")[1], [], [], inner.bold)
    name = start.text
    while c.peek().text.startswith("accent after:"):
        name += c.next().text.split(":")[1]
    return finished(c, start, name, [], [], start.bold)


def finished(c: Cursor, start, name: str, below: list, above: list, bold: bool) -> Letter:
    while (c.sees("_") and not below) or (c.sees("^") and not above and (label_follows(c))):
        if c.next().text == "_":
            below += script_items(c)
        else:
            above += label(c)
    return Letter(c.place(start), name, tuple(below), tuple(above), bold)


def label_follows(c: Cursor) -> bool:
    """Does ^ begin a superscript in brackets, ^{(l)} or ^{[l]}, that is no power? Or a * or a word?"""
    if c.sees("(", ahead=1):
        return c.peek(2).kind == "letter" and c.sees(")", ahead=3) and c.peek(2).text not in "T"
    if not c.sees("{", ahead=1):
        return c.sees("*", "+", ahead=1)
    if c.sees("*", "+", "'", ahead=2) and c.sees("}", ahead=3):
        return True
    inner = c.peek(2)
    if inner.kind == "letter" and len(inner.text) > 1 and inner.text.isalpha() and c.sees("}", ahead=3):
        return inner.text not in ("alpha", "beta", "gamma", "lambda")
    return c.sees("(", "[", ahead=2) and is_label(c)


def is_label(c: Cursor) -> bool:
    """(l), (l-1), [2], [l](i): a letter or a number, and perhaps one more behind a sign, and nothing else."""
    ahead = 2
    while c.sees("(", "[", ahead=ahead):
        first = ahead = ahead + 1
        while c.peek(ahead).kind in ("letter", "number") or c.sees("+", "-", ahead=ahead):
            ahead += 1
        if not c.sees(")", "]", ahead=ahead) or ahead == first:
            return False
        ahead += 1
    return c.peek(ahead).text in ("}", "T", "⊤", "2")


def label(c: Cursor) -> list[Node]:
    """What stands in ^{(...)} or ^{[...](...)}; what is behind it, the T of ^{(1)T}, is left to stand as ^T."""
    braced = c.take("{")
    if sign := c.take("*", "+", "'"):
        found: list[Node] = [Letter(sign.place, {"*": "star", "+": "plus", "'": "prime"}[sign.text])]
    elif c.sees("(", "["):
        found = []
        while opened := c.take("(", "["):
            found += items(c, (")", "]"))
            c.want({"(": ")", "[": "]"}[opened.text], opened)
    else:
        token = c.next()
        found = [Letter(token.place, token.text)]
    if braced and not c.take("}"):
        c.at -= 1  # the T of {(1)T}: read it as ^{T}
        c.tokens[c.at : c.at + 1] = [
            braced.__class__("sign", "^", braced.place),
            braced.__class__("sign", "{", braced.place),
        ]
    return found


def script_items(c: Cursor) -> list[Node]:
    """The items of a subscript behind its _."""
    if opened := c.take("{"):
        found = items(c, ("}",))
        c.want("}", opened)
        return found
    token = c.script()
    if token.kind == "number":
        return [Number(token.place, token.text)]
    if token.kind in ("letter", "word"):
        ask_about_braces(c, token)
        return [Letter(token.place, token.text)]
    if token.text == ":" or token.text == "·":
        return [Whole(token.place)]
    raise Unreadable("a subscript is missing here: write x_i, or x_{ij}", token.place)


def ask_about_braces(c: Cursor, first) -> None:
    """W_ij of LaTeX is W_i j: two indices need braces."""
    follows = c.peek()
    beside = follows.kind == "letter" and not follows.spaced and follows.text in "ijklmnpqst"
    if beside and first.text in "ijklmnpqst" and not c.sees("_", "^", "(", ahead=1):
        both = first.text + follows.text
        said = f"are both letters indices? write _{{{both}}} if they are, and a space before {follows.text} if not"
        raise Ambiguous(said, first.place.to(follows.place), follows.text)


def items(c: Cursor, until: tuple[str, ...]) -> list[Node]:
    """i, j; ij; t-1; t_s: index by index, a sign joins what stands beside it."""
    found: list[Node] = []
    with c.inside():
        while not c.sees(*until) and c.peek().kind != "end":
            if c.take(",", "[", "]"):
                continue
            if c.sees(":", "·", "*"):
                found.append(Whole(c.next().place))
                continue
            if sign := c.take("+", "-"):
                right = item(c)
                right = Minus(right.place, right) if sign.text == "-" else right
                if not found:
                    found.append(right)
                    continue
                left = found.pop()
                terms = left.terms if isinstance(left, Plus) else (left,)
                found.append(Plus(left.place.to(right.place), (*terms, right)))
            else:
                found.append(item(c))
    return found


def item(c: Cursor) -> Node:
    token = c.peek()
    if token.kind == "number":
        c.next()
        return Number(token.place, token.text)
    if token.kind == "letter" or token.text.startswith("accent:"):
        return letter(c)
    if token.kind == "word":
        c.next()
        return Letter(token.place, token.text)
    raise Unreadable(
        f"“{token.text}” in a subscript is not read: name the part, or write it out", token.place
    )


def subscripts(c: Cursor) -> tuple[Node, ...]:
    return tuple(script_items(c))


def entries(c: Cursor, expression: Expression) -> tuple[Node, ...]:
    """s, n or s, : in X[s, n]."""
    opened, found = c.next(), []
    with c.inside():
        while not c.sees("]") and c.peek().kind != "end":
            found.append(Whole(c.next().place) if c.sees(":") else expression(c))
            if not c.take(","):
                break
    c.want("]", opened)
    return tuple(found)


def raised(c: Cursor, base: Node, expression: Expression) -> Node:
    """x^2, X^T, X^{-1}, X^{-T}, x^{n-1}."""
    sign = c.next()
    opened = c.take("{", "(")
    transposed = c.sees("⊤") or (c.peek().kind == "letter" and c.peek().text == "T")
    if transposed and (not opened or c.sees("}", ")", ahead=1)):
        c.next()
        if opened:
            c.next()
        return Transposed(base.place.to(c.place(sign)), base)
    if opened and c.sees("-") and (c.sees("⊤", ahead=1) or c.peek(1).text == "T"):
        at = c.next().place
        c.next()
        c.want("}" if opened.text == "{" else ")", opened)
        inverse = Power(base.place, base, Minus(at, Number(at, "1")))
        return Transposed(base.place.to(c.place(sign)), inverse)
    with c.inside():
        if opened:
            exponent = expression(c)
            c.want("}" if opened.text == "{" else ")", opened)
        else:
            exponent = small(c)
    return Power(base.place.to(c.place(sign)), base, exponent)


def small(c: Cursor) -> Node:
    """The one token behind ^ without braces, −1 included."""
    if sign := c.take("-"):
        inner = small(c)
        return Minus(sign.place.to(inner.place), inner)
    token = c.script()
    if token.kind == "number":
        return Number(token.place, token.text)
    if token.kind == "letter":
        return Letter(token.place, token.text)
    raise Unreadable("a power is missing here: write x^2, or x^{...}", token.place)
