r"""A formula in LaTeX or from the keyboard as a tree.

expression = ["+" | "-"] term {("+" | "-") term}
term       = product {sign product}           sign: · × * ∘ @
product    = factor {factor | "/" factor | "⊘" factor}
factor     = "-" factor | total | power
total      = ("Σ" | "∏" | "max" | "min") "_" bounds ["^" end] term
power      = atom {"^" script | "_" script | "'" | "[" entries "]"}
atom       = number | letter | function | "(" expression ")" | "\frac" group group | "√" group
           | "‖" expression "‖" | "|" expression "|" | "\begin:cases" rows "\end:cases" | "𝟙" "[" condition "]"
condition  = expression compare expression {compare expression}
"""

from helpers.read.definitions.bounds import bounds
from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.layouts import cases, indicator
from helpers.read.definitions.names import FUNCTIONS
from helpers.read.definitions.refusals import refuse_unknown_call, unexpected
from helpers.read.definitions.scripts import entries, letter, raised, subscripts
from helpers.read.definitions.syntax import (
    CLOSING,
    Both,
    Call,
    Compared,
    Entry,
    Letter,
    Minus,
    Node,
    Norm,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    Transposed,
    labelled,
)
from helpers.read.definitions.tokens import Token

COMPARE = ["<", ">", "≤", "≥", "=", "≠"]
BETWEEN = ["·", "×", "*", "∗", "∘", "@", r"\otimes"]
BINDERS = {"Σ": "sum", "∏": "prod", "sum": "sum", "prod": "prod", "max": "max", "min": "min"}
DERIVED = {"f", "g", "h", "sigma", "phi", "psi", "varphi"}  # f'(x) is a derivative, X'(Y − T) a transpose
MOST_FACTORS = 60


def expression(c: Cursor) -> Node:
    start, terms = c.peek(), []
    while True:
        sign = c.take("+", "-")
        if terms and not sign:
            break
        if terms and sign.text == "+" and c.sees("…"):
            terms = c.dots(terms)
            if not c.sees("+", "-"):
                break
            continue
        t = term(c)
        terms.append(Minus(t.place, t) if sign and sign.text == "-" else t)
        if not c.sees("+", "-"):
            break
        if len(terms) > MOST_FACTORS:
            raise Unreadable(f"a sum of more than {MOST_FACTORS} terms: name parts of it", start.place)
    return terms[0] if len(terms) == 1 else Plus(c.place(start), tuple(terms))


def term(c: Cursor) -> Node:
    """What stands side by side binds tighter than a sign: r ∘ W h is r ∘ (W h)."""
    start, result = c.peek(), product(c)
    for _ in range(MOST_FACTORS):
        if not (sign := c.take(*BETWEEN, *c.between)):
            return result
        result = Times(c.place(start), result, sign.text, product(c))
    raise many_factors(start)


def product(c: Cursor) -> Node:
    start, result = c.peek(), factor(c)
    for _ in range(MOST_FACTORS):
        if slash := c.take("/", "⊘"):
            below, asked = denominator(c, slash, isinstance(result, Number))
            at = c.place(start)
            if asked is not None:
                return c.open_quotient(start, slash, result, below, asked)
            result = Over(at, result, below) if slash.text == "/" else Times(at, result, "⊘", below)
        elif starts_atom(c):
            result = Times(c.place(start), result, "", factor(c))
        else:
            return result
    raise many_factors(start)


def many_factors(start: Token) -> Unreadable:
    return Unreadable(f"a product of more than {MOST_FACTORS} factors: name parts of it", start.place)


def denominator(c: Cursor, slash: Token, number: bool) -> tuple[Node, Ambiguous | None]:
    """What stands behind a /: one factor. 1/2 x and 1/N Σ_i are coefficients; 1/2x and a/b c ask what is meant."""
    first, below = c.peek(), factor(c)
    follows, tight = c.peek(), not slash.spaced and not first.spaced
    if not starts_atom(c) or first.text in CLOSING:
        return below, None
    beside = follows.kind == "letter" or follows.text == "("
    if isinstance(below, Number) and ((tight and follows.spaced) or not beside):
        return below, None
    if not beside and (number or tight):
        return below, None
    a, x = c.said(first, follows), follows.text
    said = (
        f"is {x} below the line? write /({a} {x}...) if it is, and brackets around the quotient if it is not"
    )
    return below, Ambiguous(said, below.place.to(follows.place), x)


def factor(c: Cursor) -> Node:
    start = c.peek()
    if c.take("-"):
        inner = factor(c)
        return Minus(c.place(start), inner)
    if c.take("+"):
        return factor(c)
    if start.text in BINDERS and start.kind in ("sign", "word") and binds(c):
        return total(c)
    return power(c)


def binds(c: Cursor) -> bool:
    """Does Σ, max, ... bind a letter here? max(0, x) and sum(X) are functions."""
    return c.sees("_", ahead=1) or (c.peek().text == "Σ")


def total(c: Cursor) -> Node:
    start = c.next()
    if not c.sees("_"):
        return c.bare_sum(start)
    bound = bounds(c, expression)
    if start.text in ("max", "min") and c.peek().text in CLOSING and c.peek().kind == "sign":
        body = power(c)
    else:
        body = term(c)
    return Total(c.place(start), BINDERS[start.text], bound, body)


def starts_atom(c: Cursor) -> bool:
    token = c.peek()
    if token.kind in ("letter", "number") or c.begins_special():
        return True
    if token.kind == "word":
        return token.text in FUNCTIONS
    if token.text in ("‖", "|"):
        return c.bars[-1:] not in ([token.text], ["|"])
    return token.kind == "sign" and (
        token.text in ("(", "[", "{", "⟨", "Σ", "∏", "√", r"\frac", "𝟙", r"\begin:cases", r"\begin:array")
        or token.text.startswith("accent:")
    )


def power(c: Cursor) -> Node:
    start, result = c.peek(), atom(c)
    once = isinstance(result, Call) and start.text == "e"
    for _ in range(12):
        if c.sees("^"):
            before, result = result, raised(c, result, expression)
            if once and isinstance(result, Power):
                said = "is this a power of a power? write (x^a)^b, or x^{(a^b)}"
                raise Ambiguous(said, result.place, getattr(getattr(before, "base", before), "name", ""))
            once = isinstance(result, Power)
        elif start.text in CLOSING and c.sees("_") and c.sees("+", ahead=1):
            c.at += 2
            result = Call(c.place(start), "max", (Number(start.place, "0"), result))
        elif c.sees("_") and not isinstance(result, Number):
            c.next()
            result = Entry(c.place(start), result, subscripts(c))
        elif c.sees("'"):
            if c.sees("(", ahead=1) and getattr(result, "name", "") in DERIVED:
                said = "a derivative is no part of a definition: write the function itself"
                raise Unreadable(said, c.place(start), result.name)
            c.next()
            result = Transposed(c.place(start), result)
        elif c.sees(".") and not c.peek().spaced and c.peek(1).text == "T":
            c.at += 2
            result = Transposed(c.place(start), result)
        elif c.sees("[") and not c.peek().spaced and isinstance(result, Letter) and not result.below:
            result = Entry(c.place(start), result, entries(c, expression))
        else:
            return result
    raise Unreadable("more than a dozen scripts at one letter", start.place)


def atom(c: Cursor) -> Node:
    if (found := c.special()) is not None:
        return found
    token = c.peek()
    if token.kind == "number":
        c.next()
        if token.text == "1" and c.sees("[") and not c.peek().spaced:
            return indicator(c, token, condition)
        return Number(token.place, token.text)
    if token.kind == "letter" or token.text.startswith("accent:"):
        return called_or_letter(c)
    if token.kind == "word" and token.text in FUNCTIONS:
        return function(c)
    if token.kind == "sign" and token.text in CLOSING:
        return bracket(c)
    if token.text in ("‖", "|"):
        return between_bars(c)
    if token.text == r"\frac":
        c.next()
        top = group(c)
        return Over(c.place(token), top, group(c))
    if token.text == "√":
        c.next()
        degree = bracket(c) if c.sees("[") else None
        inner = group(c)
        if degree is None:
            return Call(c.place(token), "sqrt", (inner,))
        half = Over(token.place, Number(token.place, "1"), degree)
        return Power(c.place(token), inner, half, entrywise=True)
    if token.text in (r"\begin:cases", r"\begin:array"):
        return cases(c, expression, condition)
    if token.text == "𝟙":
        c.next()
        return indicator(c, token, condition)
    raise unexpected(c)


def called_or_letter(c: Cursor) -> Node:
    """f(x) of an f that only ever stands before a bracket; else a letter."""
    start, x = c.peek(), letter(c)
    if x.name == "e" and not x.below and c.sees("^") and not (c.e and is_of_letter(c)):
        c.next()
        with c.inside():
            exponent = group(c) if c.sees("{", "(") else small_exponent(c)
        last, follows = c.peek(-1), c.peek()
        bare = last.kind == "number" or last.place.start == last.place.end
        if isinstance(exponent, Number) and bare and follows.kind == "letter" and not follows.spaced:
            said = "how far does the power reach? write e^{...} with all that is up there"
            raise Ambiguous(said, c.place(start).to(follows.place), follows.text)
        return Call(c.place(start), "exp", (exponent,))
    if x.name + "_" * bool(x.below) in c.called and c.sees("("):
        name = x.name + (labelled(x.below, "_", x.name) if x.below else "")
        return Call(c.place(start), name, arguments(c), x.above)
    refuse_unknown_call(c, start, x)
    return x


def is_of_letter(c: Cursor) -> bool:
    """e^2 and e^T: a square and a transpose, where the text has a letter that is called so."""
    token = c.peek(2 if c.sees("{", ahead=1) else 1)
    return token.kind == "number" or token.text in ("T", "⊤")


def small_exponent(c: Cursor) -> Node:
    """x_i of e^x_i, and −x of e^-x."""
    start = c.peek()
    if c.take("-"):
        return Minus(c.place(start), small_exponent(c))
    return letter(c) if start.kind == "letter" else atom(c)


def group(c: Cursor) -> Node:
    """{...} or (...), else the one letter or digit that LaTeX takes."""
    if c.sees("{", "("):
        return bracket(c)
    if c.peek().kind == "number":
        token = c.copy_of_digits()
        return Number(token.place, token.text)
    return atom(c)


def bracket(c: Cursor) -> Node:
    opened = c.next()
    with c.inside():
        inner = condition_or_expression(c)
        if c.take(",") and opened.text == "⟨":
            inner = Times(inner.place, inner, "⟨⟩", expression(c))
    c.want(CLOSING[opened.text], opened)
    return inner


def condition_or_expression(c: Cursor) -> Node:
    left = expression(c)
    return comparison(c, left) if c.sees(*COMPARE) else left


def condition(c: Cursor) -> Node:
    left = expression(c)
    if c.word("otherwise", "else"):
        raise unexpected(c)
    if not c.sees(*COMPARE):
        raise Unreadable("a condition is expected here, as x > 0", left.place)
    return comparison(c, left)


def comparison(c: Cursor, left: Node) -> Node:
    """a < b, and a < b < c as both."""
    found = None
    while sign := c.take(*COMPARE):
        right = expression(c)
        here = Compared(left.place.to(right.place), left, sign.text, right)
        found = Both(found.place.to(here.place), found, here) if found else here
        left = right
    return found


def between_bars(c: Cursor) -> Node:
    opened = c.next()
    with c.inside(opened.text):
        inner = expression(c)
    if opened.text == "|" and c.sees("‖"):
        c.split()
    c.want(opened.text, opened)
    if opened.text == "|":
        return Call(c.place(opened), "abs", (inner,))
    order = ""
    if c.sees("_"):
        c.next()
        (said, *_) = subscripts(c)
        order = getattr(said, "text", None) or getattr(said, "name", "")
        if order not in ("1", "2", "F"):
            raise Unreadable(
                "only the norms 1, 2 and F are read: write max_i |x_i| for the largest", said.place
            )
    return Norm(c.place(opened), inner, order)


def arguments(c: Cursor) -> tuple[Node, ...]:
    opened = c.next()
    with c.inside():
        found = [condition_or_expression(c)]
        while c.take(",", ";"):
            found.append(condition_or_expression(c))
    c.want(CLOSING[opened.text], opened)
    return tuple(found)


def function(c: Cursor) -> Node:
    r"""log(x), \log x, \log_2 x, \tanh^2(x), \log\det A, softmax_j(A)."""
    start = c.next()
    name, below, exponent = FUNCTIONS[start.text], (), None
    if name in ("max", "min", "argmax", "sum") and c.sees("_"):
        raise Unreadable(f"{start.text} with a letter below is read in front of a formula", start.place)
    while c.sees("_", "^"):
        if c.next().text == "_":
            below = subscripts(c)
        else:
            exponent = group(c)
    if isinstance(exponent, Minus):
        f = start.text
        said = f"{f}^{{-1}} is the inverse function, which is not known here: write 1/{f}(x) for 1 over it"
        raise Unreadable(said, c.place(start), start.text)
    found = arguments(c) if c.sees("(", "[", "{") else (bare_argument(c, start.text),)
    call = Call(c.place(start), name, found, below)
    return Power(call.place, call, exponent, entrywise=True) if exponent else call


def bare_argument(c: Cursor, name: str) -> Node:
    r"""The argument of a function without brackets: \log x_i, \log 2x; \tanh W x asks what is meant."""
    first = factor(c)
    if isinstance(first, Number) and c.peek().kind == "letter":
        second = power(c)
        first = Times(first.place.to(second.place), first, "", second)
    follows = c.peek()
    plain = isinstance(first, Letter | Transposed | Times | Minus | Power | Over)
    beside = follows.kind == "letter" or c.sees("(") or (c.sees("/") and not follows.spaced)
    if plain and beside:
        raise Ambiguous(
            f"how far does {name} reach? write {name}(...) with brackets around all that it is of",
            first.place.to(follows.place),
            follows.text,
        )
    return first
