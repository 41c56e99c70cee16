r"""Claims in LaTeX or from the keyboard as trees: the grammar of definitions, and derivatives besides.

derivative = "\frac" "{" d [expression] "}" "{" d power "}" [term]        d: ∂, d or δ
           | d power "/" d power | "\nabla" ["_" script] [loss] | "d" letter
call       = function {"'"} "(" expression ")" | loss "(" letters ")"
"""

import re
from dataclasses import dataclass, replace

from helpers.read.claims.noise import ARROWS, ASIDES, CONDITIONALS, RELATIONS
from helpers.read.claims.stacked import begins_stack, stacked
from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Place, Unreadable
from helpers.read.definitions.grammar import (
    atom,
    condition,
    expression,
    group,
    power,
    product,
    starts_atom,
    term,
)
from helpers.read.definitions.names import FUNCTIONS as NAMED
from helpers.read.definitions.scripts import label, label_follows, letter, subscripts
from helpers.read.definitions.syntax import (
    Call,
    Compared,
    Letter,
    Node,
    Number,
    Power,
    Times,
    Total,
    Transposed,
    walk,
)
from helpers.read.definitions.tokens import Token

LOSSES = {"L", "E", "J", "C", "l", "ell", "loss", "Loss", "cost", "Cost", "CE", "MSE", "BCE"}
FUNCTIONS = {"f", "g", "h", "sigma", "phi", "varphi", "psi", "S", "a", "rho"}
DELTAS = (r"\partial", "d", "delta")
UNIT = {"∂": r"\partial", "∇": r"\nabla"}
SEPARATE = (",", ";")


@dataclass(frozen=True)
class Derivative(Node):
    """The derivative of something, or of the loss (None), by a letter."""

    of: Node | None
    by: Node
    short: bool = False
    """Is it typed as dW, which might be a differential too?"""


@dataclass(frozen=True)
class Either(Node):
    """What is meant if an operator reaches to the end of its term, and if only to the bracket behind it."""

    first: Node
    second: Node

    @property
    def second_parts(self) -> tuple[Node, str, Node]:
        return self.second.left, self.second.sign, self.second.right


@dataclass(frozen=True)
class Differential(Node):
    """∂x or dx alone."""

    of: Node
    sign: str


@dataclass(frozen=True)
class Applied(Node):
    """f(x), f'(x), h_θ(x): a function of the text, and how often it is derived."""

    function: Letter
    argument: Node
    primes: int = 0


@dataclass(frozen=True)
class Notation:
    """What the tokens of a whole text say of its letters."""

    functions: frozenset[str] = frozenset()
    losses: frozenset[str] = frozenset()
    arguments: tuple[tuple[str, str], ...] = ()
    """What a loss is a function of, where the text says it: J of w, in J(w)."""
    colon: bool = False
    """Is A : B a product?"""
    differentials: bool = False
    """Is dW a differential, as in dL = tr(Gᵀ dW)?"""
    upstream: bool = False
    """Is ∇_W alone the gradient of the loss?"""
    primes: bool = False
    """Is X' the transpose of X?"""


class ClaimCursor(Cursor):
    """A cursor that knows derivatives, and the functions of the text."""

    def __init__(self, tokens: list[Token], end: Place, notation: Notation) -> None:
        super().__init__(tokens, end)
        self.notation = notation
        self.between = (":",) if notation.colon else ()

    def begins_special(self) -> bool:
        return self.sees(r"\partial", r"\nabla", r"\identity")

    def bare_sum(self, start: Token) -> Node:
        """\\sum e^{z_k}: over the index that is free nowhere else."""
        body = term(self)
        return Total(self.place(start), "sum", (), body)

    def special(self) -> Node | None:
        start = self.peek()
        if self.sees(r"\frac"):
            return quotient(self)
        if self.sees(r"\partial"):
            self.next()
            return over_another(self, Differential(self.place(start), power(self), "∂"))
        if self.sees(r"\nabla"):
            return gradient(self)
        if self.sees("[") and begins_stack(self):
            return stacked(self, expression)
        if start.kind == "letter" and is_differential(self):
            self.next()
            return over_another(self, Differential(self.place(start), varied(self), "d"))
        if (
            start.kind == "word"
            and NAMED.get(start.text) == "trace"
            and not self.sees("(", "[", "{", ahead=1)
        ):
            self.next()
            return Call(self.place(start), "trace", (product(self),))
        primed = start.kind == "word" and start.text in NAMED and self.sees("'", ahead=1)
        if start.kind == "letter" or start.text.startswith("accent:") or primed:
            return called(self)
        return None


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


def over_another(c: ClaimCursor, top: Differential) -> Node:
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
    if isinstance(of, Either):
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


def sample_in(tokens: list[Token]) -> tuple[Node, ...]:
    """The (i) of L(a^{(i)}, y^{(i)}): what the loss is of."""
    for k in range(len(tokens) - 5):
        texts = [t.text for t in tokens[k : k + 5]]
        if texts[:3] == ["^", "{", "("] and texts[4] == ")" and texts[3] in ("i", "n", "k", "s", "j"):
            return (Letter(tokens[k + 3].place, texts[3]),)
    return ()


def called(c: ClaimCursor) -> Node | None:
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
    derived = primes and x.name in FUNCTIONS
    if c.sees("(", "[") and (x.name in c.notation.functions or start.kind == "word" or derived):
        opened = c.next()
        with c.inside():
            inner = expression(c)
            if c.sees(","):
                raise Unreadable("functions of several arguments are not judged", c.peek().place)
        c.want({"(": ")", "[": "]"}[opened.text], opened)
        of = Applied(c.place(start), x, inner, primes)
        return (
            of if raised is None else Power(of.place, of, Number(raised.place, raised.text), entrywise=True)
        )
    if primes == 1 and c.notation.primes and x.name not in c.notation.functions:
        return Transposed(c.place(start), x)
    if primes and x.name not in FUNCTIONS and x.name[0].islower():  # a letter of its own
        below = (*x.below, *subscripts(c)) if c.take("_") else x.below
        return replace(x, name=x.name + "'" * primes, below=below)
    if primes:
        raise Unreadable(f"the derivative of {x.name} at what? write {x.name}'(z)", c.place(start))
    return x


WRAPPERS = (
    r"\boxed",
    r"\cancel",
    r"\bcancel",
    r"\xcancel",
    r"\underline",
    r"\ensuremath",
    r"\fbox",
    r"\underbrace",
)
WRAPPERS += (r"\overbrace", r"\mathop", r"\mathrlap", r"\mathclap", r"\smash", r"\mbox", r"\hbox")
COLOURS = (r"\color", r"\textcolor", r"\colorbox")
STACKED = (r"\overset", r"\stackrel", r"\underset")
TYPE_SIZES = (r"\Large", r"\large", r"\LARGE", r"\huge", r"\small", r"\tiny", r"\scriptsize", r"\normalsize")
TYPE_SIZES += (r"\footnotesize", r"\Huge", r"\Tiny")
SIZES = re.compile(r"\(?(?:\d+x\d+|\w+×\w+)\)?")
BRACKETS = ("(", ")", "[", "]", "|", "‖")
BRACES = (r"\underbrace", r"\overbrace")


def tidy(tokens: list[Token]) -> list[Token]:
    r"""The tokens with ∂ for \partial, f' for f^{\prime}, W^{(l)T} for W^{(l)^T}, and without boxes and colours."""
    out: list[Token] = []
    plain = [replace(t, text=UNIT.get(t.text, t.text)) for t in apart(tokens) if t.kind != "line"]
    for t in unwrapped(primed_indices(over_sets(probabilities(plain)))):
        if t.kind == "row" and not any(x.text.startswith(r"\begin:") for x in out):
            continue
        out.append(t)
        texts = [x.text for x in out[-4:]]
        if texts == ["^", "{", "'", "}"]:
            out[-4:] = [out[-2]]
        elif texts[-2:] == ["^", "'"]:
            out[-2:] = [out[-1]]
        elif (
            len(texts) == 4
            and texts[0] in (")", "l", "L")
            and texts[1::2] == ["^", "}"]
            and texts[2] in ("T", "⊤")
        ):
            del out[-3]
    return out


def is_aside(tokens: list[Token], at: int) -> bool:
    """y (= z): an equals sign right behind a bracket that closes at the end."""
    return (
        tokens[at].text == "("
        and at + 2 < len(tokens)
        and tokens[at + 1].text == "="
        and tokens[-1].text == ")"
    )


PROBABILITIES = ("p", "P", "Pr", "q", "N", "L")


def probabilities(tokens: list[Token]) -> list[Token]:
    """p(y_i | x_i, w) as one letter with the index i."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        close = match_round(tokens, k + 1)
        inner = tokens[k + 2 : close]
        bars = [x for x in inner if x.text in ("|", r"\mid")]
        if t.text not in PROBABILITIES or t.kind not in ("letter", "word") or len(bars) != 1 or close < 0:
            out.append(t)
            k += 1
            continue
        plain, indices = parted_scripts(inner)
        name, place = f"{t.text}({plain})".replace(r"\mid", "|"), tokens[close].place
        out.append(replace(t, kind="letter", text=name, place=t.place.to(place)))
        if indices:
            indices = [replace(x, place=place) for x in indices]
            out += [Token("sign", "_", place), Token("sign", "{", place), *indices, Token("sign", "}", place)]
        k = close + 1
    return out


def match_round(tokens: list[Token], at: int) -> int:
    """Where the bracket that opens here is closed; −1 where none opens."""
    depth = 0
    for k in range(at, len(tokens) if at < len(tokens) and tokens[at].text == "(" else at):
        depth += (tokens[k].text == "(") - (tokens[k].text == ")")
        if depth == 0:
            return k
    return -1


def parted_scripts(tokens: list[Token]) -> tuple[str, list[Token]]:
    """What is typed without its subscripts, and the letters in these."""
    plain, indices, k = "", [], 0
    while k < len(tokens):
        if tokens[k].text == "_":
            end = script_end(tokens, k)
            found = [t for t in tokens[k + 1 : end] if t.kind == "letter"]
            indices += [t for t in found if t.text not in [x.text for x in indices]]
            k = end
        else:
            plain += "" if tokens[k].text in "{}" else tokens[k].text
            k += 1
    return plain, indices


def over_sets(tokens: list[Token]) -> list[Token]:
    r"""\sum_{w} for \sum_{w \in V}, where the set is a name: all that there are."""
    out = list(tokens)
    for k in range(len(out) - 5, -1, -1):
        if [out[k + m].text for m in (0, 1, 2, 4)] == ["Σ", "_", "{", "∈"]:
            close = match(out, k + 2)
            inner = out[k + 5 : close]
            if inner and all(t.kind in ("letter", "word") or t.text in "{}" for t in inner):
                del out[k + 4 : close]
    return out


def primed_indices(tokens: list[Token]) -> list[Token]:
    """The tokens with j' as one letter where it stands in a script."""
    out: list[Token] = []
    scripts = [False]  # is each open brace one of a script?
    for t in tokens:
        if t.text == "{":
            scripts.append(scripts[-1] or bool(out and out[-1].text in ("_", "^")))
        elif t.text == "}" and len(scripts) > 1:
            scripts.pop()
        if t.text == "'" and scripts[-1] and out[-1].kind == "letter":
            out[-1] = replace(out[-1], text=out[-1].text + "'")
        else:
            out.append(t)
    return out


def unwrapped(tokens: list[Token]) -> list[Token]:
    """Without boxes, colours, strokes and braces above or below; {...}_{i,j=1}^{n,n} as {...}_{i,j}."""
    out, k = list(tokens), 0
    if (aside := next((k for k in range(len(out)) if is_aside(out, k)), None)) is not None:
        del out[-1], out[aside]
    while k < len(out):
        text, follows = out[k].text, out[k + 1].text if k + 1 < len(out) else ""
        if text == "Σ" and follows == "^":
            first = script_end(out, k + 1)
            if first < len(out) and out[first].text == "_":
                last = script_end(out, first)
                out[k + 1 : last] = out[first:last] + out[k + 1 : first]
            k += 1
        elif text in TYPE_SIZES:
            del out[k]
        elif text == "_" and follows == "{" and says_sizes(out, k + 1):
            del out[k : match(out, k + 1) + 1]
        elif text == "{" and follows == "}":
            script = k > 0 and out[k - 1].text in ("_", "^")
            del out[k - script : k + 2]
            k = max(k - 1, 0)
        elif text == "{" and follows in BRACKETS and k + 2 < len(out) and out[k + 2].text == "}":
            out[k : k + 3] = [out[k + 1]]
        elif text == "{" and k + 2 < len(out) and out[k + 1].kind == "word" and out[k + 2].text == "}":
            if not (k and out[k - 1].text in "_^"):
                out[k : k + 3] = [out[k + 1]]
            k += 1
        elif out[k].kind == "letter" and follows == "=" and is_range(out, k):
            start = k - 1 if k and out[k - 1].text in (",", ";", ":") else k
            del out[start : min(k + 7, len(out))]
        elif text in FUNCTIONS and (end := named_below(out, k)):
            primes = [t for t in out[k:end] if t.text == "'"]
            out[k:end] = [next(t for t in out[k:end] if t.kind == "word"), *primes]
        elif text == "(" and follows in (r"\begin:array", r"\begin:cases") and is_left_open(out, k + 1):
            del out[k]
        elif text in WRAPPERS and follows == "{":
            close = match(out, k + 1)
            rest = close + 1
            while text in BRACES and rest + 1 < len(out) and out[rest].text in "_^":
                rest = match(out, rest + 1) + 1 if out[rest + 1].text == "{" else rest + 2
            out[k:rest] = out[k + 2 : close]
        elif text in COLOURS and follows == "{":
            close = match(out, k + 1)
            if close + 1 < len(out) and out[close + 1].text == "{":
                end = match(out, close + 1)
                out[k : end + 1] = out[close + 2 : end]
            else:
                del out[k : close + 1]
        elif text in STACKED and follows == "{":
            close = match(out, k + 1)
            end = match(out, close + 1) if close + 1 < len(out) and out[close + 1].text == "{" else close + 1
            out[k : end + 1] = [t for t in out[close + 1 : end + 1] if t.text not in "{}"]
        elif text == "𝟙" and follows == "_" and not compares(out, script_end(out, k + 1), k):
            del out[k + 1 : script_end(out, k + 1)]
        elif text == "_" and follows == "{" and k and out[k - 1].text in (")", "]", "}"):
            close = match(out, k + 1)
            equals = next((j for j in range(k, close) if out[j].text == "="), 0)
            if equals and out[equals - 1].kind == "letter":
                rest = close + 1
                if rest + 1 < len(out) and out[rest].text == "^":
                    rest = match(out, rest + 1) + 1 if out[rest + 1].text == "{" else rest + 2
                out[equals:rest] = [out[close]]
            k += 1
        else:
            k += 1
    return out


def named_below(tokens: list[Token], at: int) -> int:
    r"""Where g_{\text{relu}} or g'_{relu} ends, before its argument; 0 for any other letter."""
    here = [t.text for t in tokens[at : at + 7]]
    start = 1 + (here[1:2] == ["'"])
    word = tokens[at + start + 2] if here[start : start + 2] == ["_", "{"] and len(here) > start + 3 else None
    if word is None or word.kind != "word" or word.text not in NAMED or here[start + 3] != "}":
        return 0
    return at + start + 4 if here[start + 4 : start + 5] in (["("], ["'"], ["["]) else 0


def says_sizes(tokens: list[Token], at: int) -> bool:
    r"""W_{2x3}, W_{n \times m}: how large it is, and no part of its name."""
    inner = tokens[at + 1 : match(tokens, at)]
    return len(inner) < 8 and SIZES.fullmatch("".join(t.text for t in inner)) is not None


def script_end(tokens: list[Token], at: int) -> int:
    """Behind the script that begins here with ^ or _."""
    braced = at + 1 < len(tokens) and tokens[at + 1].text == "{"
    return match(tokens, at + 1) + 1 if braced else at + 2


def compares(tokens: list[Token], end: int, start: int) -> bool:
    """Is there a condition in a script, as in 𝟙_{i = j}? 𝟙_n says how many ones there are."""
    return any(t.text in (*"<>≤≥=≠", "∈") for t in tokens[start:end])


def is_range(tokens: list[Token], at: int) -> bool:
    """i = 1, ..., n"""
    texts = [t.text for t in tokens[at + 2 : at + 6]]
    return len(texts) == 4 and texts[0].isdigit() and texts[1:] == [",", "…", ","]


def is_left_open(tokens: list[Token], at: int) -> bool:
    r"""Is the brace before an array never closed, as that of \left\{ ... \right.?"""
    end = next((k for k in range(at, len(tokens)) if tokens[k].text.startswith(r"\end:")), len(tokens) - 1)
    return end + 1 >= len(tokens) or tokens[end + 1].text != ")"


def match(tokens: list[Token], at: int) -> int:
    """Where the brace that opens here is closed."""
    depth = 0
    for k in range(at, len(tokens)):
        depth += (tokens[k].text == "{") - (tokens[k].text == "}")
        if depth == 0:
            return k
    return len(tokens) - 1


def comparison(tokens: list[Token], notation: Notation, end: Place) -> Node | None:
    """x > 0 or 0 < x < 1 as a tree, and nothing else."""
    c = ClaimCursor(tokens, end, notation)
    found = condition(c)
    inner = [n for n in walk(found) if isinstance(n, Compared)]
    return found if c.peek().kind == "end" and all(n.sign in "<>≤≥" for n in inner) else None


def notation_of(rows: list[list[Token]], words: str = "") -> Notation:
    """The functions and losses of a text, from the tokens of all of its rows, and from its words."""
    seen: dict[str, list[bool]] = {}
    defined, derived, arguments = set(), set(), {}
    for tokens in rows:
        texts = [t.text for t in tokens]
        for k, t in enumerate(tokens):
            if t.kind != "letter" or len(tokens) == 1:
                continue
            behind = "".join(texts[k + 1 : k + 4])
            seen.setdefault(t.text, []).append(bool(re.match(r"'*[(\[]|\^\d\(", behind)))
            if re.match(r"'+\(", behind):
                derived.add(t.text)
            named = t.text in LOSSES or (k == 0 and t.text not in arguments)
            if named and texts[k + 1 : k + 4 : 2] == ["(", ")"] and tokens[k + 2].kind == "letter":
                arguments.setdefault(t.text, texts[k + 2])
        call = next((k for k, x in enumerate(texts) if x == "=" and "(" in texts[:k]), 0)
        if call and tokens[0].kind == "letter" and is_call(texts[:call]) and texts[0] not in LOSSES:
            defined.add(texts[0])
    functions = {x for x, before in seen.items() if x in FUNCTIONS and all(before)}
    functions |= {
        x for x, before in seen.items() if x in FUNCTIONS - {"S", "a"} and sum(before) > len(before) / 2
    }
    functions |= {x for x in derived - LOSSES if sum(seen[x]) > len(seen[x]) / 2}
    losses = {x for x in LOSSES if x in seen and is_measured(x, rows)} | {
        x for x in ONLY_ABOVE if is_only_above(x, rows)
    }
    losses |= {x for x in seen if is_of_several(x, rows)}
    typed = [" ".join(t.text for t in tokens) for tokens in rows]
    return Notation(
        frozenset(functions | defined),
        frozenset(losses),
        tuple(sorted(arguments.items())),
        colon=any(":" in x for x in typed)
        and bool(COLON.search(words) or any(map(COLON_TYPED.search, typed))),
        differentials=any(DIFFERENTIALS.search(x) for x in typed)
        or bool(re.search(r"differentials?\b(?! eq)", words)),
        upstream=any(UPSTREAM.search(x) for x in typed),
        primes=any(") ' (" in x or ") ' [A-Z]" in x for x in typed) or says_primes(words, typed),
    )


KEYBOARD = re.compile(r"d[A-Za-z]\w?")


def says_primes(words: str, typed: list[str]) -> bool:
    """Do the words speak of a transpose, where no T stands above?"""
    return "transpose" in words.lower() and not any(re.search(r"\^ (?:\{ )?(?:T|⊤)", x) for x in typed)


COLON = re.compile("frobenius|colon|inner product|double[- ](?:dot|contraction)", re.I)
COLON_TYPED = re.compile(r": d [A-Za-z]|: \( d [A-Za-z]")
DIFFERENTIALS = re.compile(
    r"^d ?(?:L|E|J|C|l|ell|loss|f|g|F|phi|psi) =|(?:^|[-+=:] |\w )d [(\[‖] (?!\))|\b(?:tr|Tr|trace) [(\[].* d [A-Z]"
)
"""dL = ... dX, d(A B), tr(A dX)"""
UPSTREAM = re.compile(
    r"\\nabla _ (?:\{[^{}]*\}|\S+)(?: \^ (?:\{[^{}]*\}|\S+))? (?:=|∘|·|\)|$|\+)|\\nabla _ \S+$"
)
"""∇_W = ..., ∇_Z ∘ ..."""


ONLY_ABOVE = ("f", "F", "R", "Q", "U", "obj")


def is_measured(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand on a left side, behind a d or a ∇, or as J(w), as a loss does and a constant does not?"""
    for tokens in rows:
        texts = [t.text for t in tokens]
        for k, x in enumerate(texts):
            before = texts[:k]
            if x == f"d{name}" or (
                x == name
                and (
                    not [t for t in before if t not in ("-", "(", "{", "[")]
                    or before[-1] in (r"\partial", "d", "δ", "delta", r"\nabla")
                    or (r"\nabla" in before[-7:] and before[-1:] != ["="])
                    or texts[k + 1 : k + 2] in (["("], ["="])
                    or (before[-1:] == ["="] and k == len(texts) - 1)
                )
            ):
                return True
    return False


def is_only_above(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand nowhere but as ∂f above a bar, as a loss does that nobody defines?"""
    before = [
        (tokens[k - 1].text if k else "", tokens[k + 1].text if k + 1 < len(tokens) else "")
        for tokens in rows
        if len(tokens) > 1
        for k, t in enumerate(tokens)
        if t.text == name and t.kind == "letter"
    ]
    return bool(before) and all(a in (r"\partial", "d") and b in ("}", "/") for a, b in before)


def is_of_several(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand only as ∂ξ above a bar and as ξ(t, z), as a loss does with what it depends on?"""
    found = [
        (tokens[k - 1].text if k else "", "".join(t.text for t in tokens[k + 1 : k + 15]))
        for tokens in rows
        if len(tokens) > 1
        for k, t in enumerate(tokens)
        if t.text == name and t.kind == "letter"
    ]
    above = [a in (r"\partial", "d") and b[:1] in ("}", "/") for a, b in found]
    called = [bool(re.match(r"\([^()]+[,|;]", b)) for _, b in found]
    return any(above) and any(called) and all(a or b for a, b in zip(above, called, strict=True))


def is_call(texts: list[str]) -> bool:
    """f(x) or h_θ(x), and nothing behind it."""
    at = texts.index("(")
    depth = 0
    for k in range(at, len(texts)):
        depth += (texts[k] == "(") - (texts[k] == ")")
        if depth == 0:
            return k == len(texts) - 1 and (at == 1 or texts[1] == "_") and at <= 5
    return False


def brackets(t: Token) -> int:
    """How many brackets a token opens; −1 where it closes one."""
    opens = t.text in ("(", "[", "{") or t.text.startswith(r"\begin:")
    return opens - (t.text in (")", "]", "}") or t.text.startswith(r"\end:"))


def sides(tokens: list[Token]) -> list[list[Token]]:
    """The tokens between equals signs, outside of brackets."""
    found, depth = [[]], 0
    for t in tokens:
        depth += brackets(t)
        if t.text == "=" and depth <= 0:
            found.append([])
        else:
            found[-1].append(t)
    return found


def pieces(tokens: list[Token]) -> list[list[Token]]:
    r"""Several equations in a row: apart at a comma, \quad or word between two equalities, at arrows and relations."""
    found, piece, depth = [], [], 0
    ahead = equalities_ahead(tokens)
    for k, t in enumerate(tokens):
        depth += brackets(t)
        if (
            depth > 0
            or not is_cut(tokens, k)
            or (is_conditional(piece) and not (ahead[k] and t.text in SEPARATE))
        ):
            piece.append(t)
        elif (
            t.text in RELATIONS or t.text in ARROWS or (ahead[k] and any(x.text in ("=", "∈") for x in piece))
        ):
            found.append(piece)
            piece = []
        elif piece:
            piece.append(t)
    return [p for p in [*found, piece] if p]


def equalities_ahead(tokens: list[Token]) -> list[bool]:
    """Does an equals sign stand behind each token?"""
    last = max((k for k, t in enumerate(tokens) if t.text == "="), default=-1)
    return [k < last for k in range(len(tokens))]


def is_conditional(tokens: list[Token]) -> bool:
    """Is a condition stated in words?"""
    return any(t.kind == "word" and t.text.lower() in CONDITIONALS for t in tokens)


def is_cut(tokens: list[Token], k: int) -> bool:
    """Might an equation end here?"""
    t = tokens[k]
    if t.kind == "word":
        return t.text in ASIDES
    return t.kind == "sign" and (t.text in SEPARATE or t.text in RELATIONS or t.text in ARROWS)


def rows_within(tokens: list[Token]) -> list[list[Token]]:
    """The rows of an array that is all of a formula, else the formula."""
    if len(tokens) < 3 or tokens[0].text != r"\begin:array" or tokens[-1].text != r"\end:array":
        return [tokens]
    start = match(tokens, 1) + 1 if tokens[1].text == "{" else 1
    found: list[list[Token]] = [[]]
    for t in tokens[start:-1]:
        if t.kind == "row":
            found.append([])
        elif t.text != "&":
            found[-1].append(t)
    return [row for row in found if row]


def apart(tokens: list[Token]) -> list[Token]:
    """The keyboard's dW as d and W."""
    out = []
    for t in tokens:
        if t.kind == "letter" and KEYBOARD.fullmatch(t.text):
            out += [replace(t, text="d"), replace(t, text=t.text[1:], spaced=False)]
        else:
            out.append(t)
    return out


def parsed(tokens: list[Token], notation: Notation, end: Place) -> Node:
    """One side as a tree; words and signs of the sentence behind it are left out."""
    c = ClaimCursor([*tokens], end, notation)
    while c.peek().kind == "word" or c.sees(",", ";", r"\therefore", r"\because", ":"):
        if starts_atom(c):
            break
        c.next()
    found = expression(c)
    rest = c.peek()
    if (
        rest.kind == "end"
        or rest.kind == "word"
        or c.sees(",", ".", ";", "∈", ":", "…", "(")
        or c.sees(r"\forall")
    ):
        return found
    raise Unreadable(f"“{rest.text}” cannot stand here", rest.place)
