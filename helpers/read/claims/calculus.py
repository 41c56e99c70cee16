r"""Derivatives as people type them: \frac{\partial L}{\partial W}, dL/dW, \nabla_W L, and what they reach to."""

from dataclasses import replace

from helpers.read.claims.notation import FUNCTIONS
from helpers.read.claims.trees import Applied, Arguments, Derivative, Differential, Either
from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Place, Unreadable
from helpers.read.definitions.grammar import atom, expression, group, power, starts_atom, term
from helpers.read.definitions.names import FUNCTIONS as NAMED
from helpers.read.definitions.scripts import label, label_follows, letter, subscripts
from helpers.read.definitions.syntax import Letter, Node, Number, Power, Times, Transposed
from helpers.read.definitions.tokens import Token

SAMPLES = ("i", "n", "k", "s", "j")
DELTAS = (r"\partial", "d", "delta")


def is_differential(c: Cursor) -> bool:
    """dW: a d right before a letter."""
    here, follows = c.peek(), c.peek(1)
    if (
        here.text == "d"
        and c.notation.differentials
        and (follows.text in ("(", "[", "‖") or follows.kind == "word")
    ):
        return True
    beside = follows.kind == "letter" or follows.text.startswith("accent:")
    return here.text == "d" and beside and not follows.spaced


def over_another(c: Cursor, top: Differential) -> Node:
    """dL/dW_ij, typed with a slash, which ends with what it is by; else the differential alone."""
    if not c.sees("/") or c.peek(1).text not in (r"\partial", "d"):
        return top
    at, _ = c.at, c.next()
    bottom = c.special()
    if isinstance(bottom, Differential):
        return Derivative(top.place, top.of, bottom.of)
    c.at = at
    return top


def varied(c: Cursor) -> Node:
    """What a d stands before: X, (X Y), tr(X)."""
    if c.sees("‖"):
        return power(c)
    return atom(c) if c.sees("(", "[") or c.peek().kind == "word" else letter(c)


def quotient(c: Cursor) -> Node | None:
    r"""\frac{\partial L}{\partial W}, \frac{d}{dx} of the rest of the term; None where it is another fraction."""
    if not (c.sees("{", ahead=1) and c.peek(2).text in DELTAS):
        return None
    close = closing(c, 1)
    opened_by = c.peek(close + 2)
    if not (c.sees("{", ahead=close + 1) and opened_by.text in DELTAS) or c.sees("}", ahead=close + 3):
        return None
    if c.sees("_", ahead=3) or (c.peek(2).text != r"\partial" and c.peek(2).text != opened_by.text):
        return None
    start, opened = c.next(), c.next()
    c.next()
    times = order(c)
    with c.inside():
        of = None if c.sees("}") else expression(c)
        c.want("}", opened)
        opened = c.next()
        by = letters_below(c, times)
        if not c.sees("}"):
            raise Unreadable("one letter stands below: \\frac{\\partial L}{\\partial W}", c.peek().place)
        c.want("}", opened)
    if len(by) != times:
        raise Unreadable(f"as many letters stand below as {times} derivatives need", start.place)
    if of is None:
        of = operand(c)
    return derived(of, by, c.place(start))


def derived(of: Node | None, by: list[Node], place: Place) -> Node:
    """The derivative by one letter after the other, how far ever it reaches."""
    if isinstance(of, Either) and of.choice == "reach":
        first, (inner, sign, rest) = of.first, of.second_parts
        second = Times(place, derived(inner, by, place), sign, rest)
        return Either(place, derived(first, by, place), second)
    for x in by:
        of = Derivative(place, of, x)
    return of


def order(c: Cursor) -> int:
    """2 of ∂^2"""
    if not c.take("^"):
        return 1
    n = group(c)
    if not isinstance(n, Number) or n.text != "2":
        raise Unreadable("derivatives of more than the second order are not judged", n.place)
    return 2


def letters_below(c: Cursor, times: int) -> list[Node]:
    r"""w and w of \partial w^2, w and v of \partial w \partial v^T."""
    found = []
    while c.peek().text in DELTAS and not c.sees("}"):
        c.next()
        x = power(c)
        if times == 2 and not found and isinstance(x, Power) and getattr(x.exponent, "text", "") == "2":
            return [x.base, x.base]
        found.append(x)
    if len(found) == 2:
        found = [x.of if isinstance(x, Transposed) else x for x in found]
    return found


def operand(c: Cursor) -> Node:
    """What d/dx is applied to: the rest of the term, or the bracket behind it if nothing follows."""
    if c.sees("(", "[", "{"):
        start, at = c.peek(), c.at
        inner = power(c)
        if not (starts_atom(c) or c.sees("·", "∘", "×", "*", "/")):
            return inner
        if c.sees("/"):
            raise Unreadable("how far does the derivative reach? put brackets around it", c.peek().place)
        sign = c.take("·", "∘", "×", "*")
        rest = term(c)
        c.at = at
        return Either(c.place(start), term(c), Times(start.place, inner, sign.text if sign else "", rest))
    return term(c)


def closing(c: Cursor, ahead: int) -> int:
    """Where the brace that opens here is closed."""
    depth = 0
    while c.peek(ahead).kind != "end":
        depth += c.sees("{", ahead=ahead) - c.sees("}", ahead=ahead)
        if depth == 0:
            return ahead
        ahead += 1
    return ahead


def gradient(c: Cursor) -> Node:
    r"""\nabla_W L, \nabla_W, \nabla J(w)."""
    start, by, times = c.next(), None, 1
    while c.sees("_") or (c.sees("^") and times == 1 and c.peek(1).text in ("2", "{")):
        if c.sees("_"):
            c.next()
            by = group(c)
        else:
            times = order(c)
    of, name = None, c.peek().text if c.peek().kind == "letter" else ""
    known = name in c.notation.losses or (by is None and name in dict(c.notation.arguments))
    if known or name in c.notation.functions:
        of = letter(c)
        if c.sees("(", "["):
            inner = arguments(c)
            by = by or inner
            if name not in c.notation.losses and isinstance(inner, Letter):
                of = Applied(c.place(start), of, inner)
    elif by is not None and starts_atom(c) and (c.sees("(", "[") or not c.notation.upstream):
        of = operand(c)
    if by is None and isinstance(of, Letter) and not of.below and of.name in dict(c.notation.arguments):
        by = Letter(of.place, dict(c.notation.arguments)[of.name])
    if by is None:
        raise Unreadable("the gradient by which letter? write \\nabla_W L", start.place)
    return derived(of, [by] * times, c.place(start))


def arguments(c: Cursor) -> Node:
    """The first of the letters in brackets; what else stands there only reminds of what is varied."""
    opened, first = c.next(), None
    with c.inside():
        while not c.sees(")", "]") and c.peek().kind != "end":
            if c.take(",", ";", "|", "…"):
                continue
            inner = expression(c)
            first = first or inner
    c.want({"(": ")", "[": "]"}[opened.text], opened)
    return first


def several(c: Cursor, may_be: bool) -> Node:
    """The argument of a function, or all of them."""
    first, items = c.peek(), [expression(c)]
    while c.sees(",", ";"):
        if not may_be:
            raise Unreadable("functions of several arguments are not judged", c.peek().place)
        c.next()
        items.append(expression(c))
    return items[0] if len(items) == 1 else Arguments(c.place(first), tuple(items))


def sample_in(tokens: list[Token]) -> tuple[Node, ...]:
    """The (i) of L(a^{(i)}, y^{(i)}), the i of L(a_i, y_i): what the loss is of."""
    for k in range(len(tokens) - 5):
        texts = [t.text for t in tokens[k : k + 5]]
        if texts[:3] == ["^", "{", "("] and texts[4] == ")" and texts[3] in SAMPLES:
            return (Letter(tokens[k + 3].place, texts[3]),)
    below = [tokens[k + 1 + (tokens[k + 1].text == "{")] for k, t in enumerate(tokens[:-2]) if t.text == "_"]
    commas = sum(t.text == "," for t in tokens)
    if commas and len(below) == commas + 1 and len({t.text for t in below}) == 1 and below[0].text in SAMPLES:
        return (Letter(below[0].place, below[0].text),)
    return ()


def ends_soon(c: Cursor) -> bool:
    """Is there but a letter with its scripts in the bracket that opens here?"""
    ahead = 1
    while c.peek(ahead).kind in ("letter", "number") or c.sees("_", "^", "{", "}", ahead=ahead):
        ahead += 1
    return c.sees(")", ahead=ahead)


def called(c: Cursor) -> Node | None:
    """A function before its brackets, or a loss with what it depends on; None where it is another letter."""
    start, at = c.peek(), c.at
    if start.text == "e" and c.sees("^", ahead=1):
        return None
    x = Letter(c.next().place, NAMED[start.text]) if start.kind == "word" else letter(c)
    if start.text == "I" and not x.below and c.sees("[", "(") and c.peek(2).text in ("=", "≠"):
        c.at = at
        return None
    above = c.sees("^") and c.peek(1).kind == "number" and c.sees("(", ahead=2)
    if above and x.name in c.notation.functions and not x.above:
        c.next()
        exponent = group(c)
        with c.inside():
            inner = power(c)
        return Power(c.place(start), Applied(c.place(start), x, inner), exponent, entrywise=True)
    primes = 0
    while c.sees("'") or (x.above and getattr(x.above[0], "name", "") == "prime"):
        if not c.take("'"):
            x = replace(x, above=())
        primes += 1
    raised = c.peek(1) if c.sees("^") and c.peek(1).kind == "number" and c.sees("(", ahead=2) else None
    if raised is not None and x.name in c.notation.functions:  # f²(x)
        c.at += 2
    if primes and not x.above and c.sees("^") and label_follows(c):
        c.next()
        x = replace(x, above=tuple(label(c)))
    if c.sees("(", "[") and x.name in c.notation.losses and not primes:
        opened = c.at
        arguments(c)
        return x if x.above else replace(x, above=sample_in(c.tokens[opened : c.at]))
    if c.sees("(") and (x.name, c.peek(1).text) in c.notation.made and x.below and ends_soon(c):
        arguments(c)
        return x
    derived = primes and x.name in FUNCTIONS
    if c.sees("(", "[") and (x.name in c.notation.functions or start.kind == "word" or derived):
        opened = c.next()
        with c.inside():
            inner = several(c, start.kind == "letter" and not primes)
        c.want({"(": ")", "[": "]"}[opened.text], opened)
        of = Applied(c.place(start), x, inner, primes)
        return (
            of if raised is None else Power(of.place, of, Number(raised.place, raised.text), entrywise=True)
        )
    if primes == 1 and c.notation.primes and x.name not in c.notation.functions:
        return Transposed(c.place(start), x)
    if primes and x.name not in FUNCTIONS and (x.name[0].islower() or c.sees("_")):  # a letter of its own
        below = (*x.below, *subscripts(c)) if c.take("_") else x.below
        return replace(x, name=x.name + "'" * primes, below=below)
    if primes:
        raise Unreadable(f"the derivative of {x.name} at what? write {x.name}'(z)", c.place(start))
    return x
