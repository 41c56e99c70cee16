"""A text as its statements: definitions, and what is said of letters (x in R^N, x is a number, i = 1, ..., N)."""

from dataclasses import dataclass, field
from itertools import pairwise

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Place, Unreadable
from helpers.read.definitions.grammar import COMPARE, expression
from helpers.read.definitions.names import FUNCTIONS
from helpers.read.definitions.numpy_text import is_numpy, numpy_definitions
from helpers.read.definitions.refusals import is_word
from helpers.read.definitions.scripts import letter
from helpers.read.definitions.segments import KINDS, at_the_top, segments
from helpers.read.definitions.syntax import Call, Letter, Node, Number, Power, Times
from helpers.read.definitions.tokens import Token, tokens_of

USUAL_FUNCTIONS = {"f", "g", "h", "phi", "psi", "sigma", "Phi", "rho"}


@dataclass(frozen=True)
class Said:
    """What a text says of a letter: its kind, or the sizes of its axes; `of` the letter as it is written."""

    of: Letter
    kind: str = ""
    sizes: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Defined:
    """A definition as it stands: the left side, the right side, and what else it is said to equal."""

    left: Node
    right: Node
    arrays: bool = False  # NumPy: axes count from the right
    equal: tuple[Node, ...] = ()


@dataclass
class Statements:
    """All that a text says, in the order in which it says it."""

    defined: list[Defined] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    ranges: list[tuple[str, Node]] = field(default_factory=list)
    firsts: dict[str, int] = field(default_factory=dict)  # where a letter starts to count, as the text says


def statements_of(text: str) -> Statements:
    found = Statements()
    if is_numpy(text):
        found.defined += [Defined(a, b, arrays=True) for a, b in numpy_definitions(text, 0, text)]
        return found
    run, start = "", 0
    at = 0
    for line in text.splitlines(keepends=True):  # lines of NumPy between lines of other notations
        if is_numpy(line):
            read_mathematics(run, start, text, found)
            found.defined += [Defined(a, b, arrays=True) for a, b in numpy_definitions(line, at, text)]
            run, start = "", at + len(line)
        else:
            run += line
        at += len(line)
    read_mathematics(run, start, text, found)
    return found


def read_mathematics(text: str, start: int, whole: str, found: Statements) -> None:
    tokens = tokens_of(text, start, whole)
    called = letters_called(tokens)
    e = any(
        t.text == "e" and not is_base(after)
        for t, after in pairwise([*tokens, Token("end", "", Place(0, 0, 1, 1))])
    )
    e = e or any(
        t.text == "e" and after.text == "T"
        for t, _, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )
    pieces = [*segments(tokens)]
    waiting: list[list[Token]] = []
    at = 0
    while at < len(pieces):
        piece, prose = pieces[at]
        end = piece[-1].place
        end = Place(end.end, end.end, end.line, end.column + end.end - end.start)
        signs = [t.text for t in at_the_top(piece)]
        if piece[0].kind == "word" and piece[0].text == "is":
            at += 1
            continue
        if is_range(pieces, at):
            if piece[2].text.isdigit():
                found.firsts[piece[0].text] = int(piece[2].text)
            found.ranges.append((piece[0].text, expression(Cursor([*pieces[at + 2][0]], end))))
            at += 3
            continue
        if "∈" in signs or is_shape(piece):
            for letters in (*waiting, piece):
                found.said.append(declaration(letters, piece, end))
            waiting = []
        elif "=" in signs:
            refuse_waiting(waiting)
            waiting = []
            found.defined += definitions(piece, end, called, e)
        elif kind := kind_said(piece):
            for letters in (*waiting, piece):
                found.said.append(Said(letter(Cursor([*letters], end)), kind))
            waiting = []
        elif not prose and any(t.kind != "word" and t.text not in "…" for t in piece):
            waiting.append(piece)
        at += 1
    refuse_waiting(waiting)


def is_base(after: Token) -> bool:
    """Does a power stand behind it, e^x?"""
    return after.kind == "sign" and after.text == "^"


def refuse_waiting(waiting: list[list[Token]]) -> None:
    if waiting:
        place = waiting[0][0].place.to(waiting[0][-1].place)
        raise Unreadable("this is no definition: write it as Y = ..., with the letter on the left", place)


def is_range(pieces: list, at: int) -> bool:
    """i = 1, ..., N"""
    if at + 2 >= len(pieces):
        return False
    first, dots, _ = (p for p, _ in pieces[at : at + 3])
    return [t.text for t in dots] == ["…"] and len(first) == 3 and first[1].text == "="


def is_shape(piece: list[Token]) -> bool:
    return any(a.text == ":" and b.text in ("(", "ℝ", "ℤ") for a, b in pairwise(piece))


def kind_said(piece: list[Token]) -> str:
    words = [t.text for t in piece if t.kind == "word"]
    return next((KINDS[w] for w in words if w in KINDS), "") if piece[0].kind == "letter" else ""


def declaration(letters: list[Token], piece: list[Token], end: Place) -> Said:
    """x in R^N, X ∈ ℝ^{S×M}, X: (S, M), t in Z^S; x in R is a number."""
    x = letter(Cursor([*letters], end))
    at = next(k for k, t in enumerate(piece) if t.text in ("∈", ":"))
    c = Cursor([*piece[at + 1 :]], end)
    kind = ""
    if c.peek().text in ("R", "Z", "ℝ", "ℤ", "N"):
        kind = "integer" if c.next().text in ("Z", "ℤ", "N") else ""
        if not c.take("^"):
            return Said(x, kind or "number", ())
    opened = c.take("(", "{", "[")
    sizes = []
    with c.inside():
        while c.peek().kind != "end" and not c.sees(")", "}", "]"):
            if c.take(",", "×", "(", "*", ")") or (c.peek().text == "x" and sizes and c.next()):
                continue
            token = c.next()
            if token.kind == "number":
                sizes.append(Number(token.place, token.text))
            elif token.kind == "letter":
                c.at -= 1
                sizes.append(letter(c))
            else:
                said = "the size of an axis is a letter or a number: write x in R^(S×N)"
                raise Unreadable(said, token.place)
            if not opened:
                break
    return Said(x, kind, tuple(sizes))


def letters_called(tokens: list[Token]) -> frozenset[str]:
    """The letters that stand only in front of brackets and are usual for functions, or are defined as f(x) = ..."""
    before: dict[str, list[bool]] = {}
    for at, t in enumerate(tokens):
        if t.kind == "letter":
            follows = tokens[at + 1] if at + 1 < len(tokens) else None
            before.setdefault(t.text, []).append(
                bool(follows and follows.text == "(" and follows.kind == "sign")
            )
    usual = {x for x, seen in before.items() if all(seen) and (x in USUAL_FUNCTIONS or is_word(x))}
    defined = set()
    for piece, _ in segments(tokens):
        top = [t.text for t in at_the_top(piece)]
        if len(piece) > 3 and piece[0].kind == "letter" and "=" in top[1:4]:
            below = top[1] == "_"
            if piece[1].text == "(" or (below and ")" in [t.text for t in piece[: equals(piece)]]):
                defined.add(piece[0].text + "_" * below)
    return frozenset(usual | defined)


def equals(piece: list[Token]) -> int:
    return next(k for k, t in enumerate(piece) if t.text == "=" and t in at_the_top(piece))


def definitions(piece: list[Token], end: Place, called: frozenset[str], e: bool) -> list[Defined]:
    """left = right, and further sides of a chain. A side that is a bare letter has the meaning of the next one."""
    c = Cursor([*piece], end, called, e)
    left = left_call(c) or left_side(c)
    equals = c.take("=")
    if not equals:
        raise Unreadable("an = is expected here, behind the letter that is defined", c.peek().place)
    sides = [expression(c)]
    while c.take("="):
        sides.append(expression(c))
    if c.peek().kind != "end":
        t = c.peek()
        if t.text in COMPARE:
            raise Unreadable("a comparison is no definition: write Y = ...", t.place)
        if t.text == ")" or t.text == "]" or t.text == "}":
            raise Unreadable(f"“{t.text}” closes nothing: an opening bracket is missing before it", t.place)
        raise Unreadable(
            f"“{t.text}” cannot stand here: write an operator before it, or leave it out", t.place
        )
    found = []
    while len(sides) > 1 and isinstance(sides[0], Letter):
        left, name = sides.pop(0), left
        found.insert(0, Defined(name, left))
    return [Defined(left, sides[0], equal=tuple(sides[1:])), *found]


def left_call(c: Cursor) -> Call | None:
    """f(x, y; θ), p(x | z), K_h(u): a name and the letters in its brackets, before an =."""
    start, before = c.peek(), c.at
    if start.kind == "word":
        x = Letter(c.next().place, FUNCTIONS.get(start.text, start.text))
    elif start.kind == "letter" or start.text.startswith("accent:"):
        x = letter(c)
    if c.at == before or not c.sees("(") or not c.sees("=", ahead=behind_bracket(c)):
        c.at = before
        return None
    opened, parameters = c.next(), []
    while not c.sees(")"):
        if c.take(",", ";", "|", r"\mid"):
            continue
        if c.peek().kind != "letter" and not c.peek().text.startswith("accent:"):
            raise Unreadable("in the brackets on the left stand letters: f(x, y) = ...", c.peek().place)
        parameters.append(letter(c))
    c.want(")", opened)
    return Call(c.place(start), x.name, tuple(parameters), x.below)


def behind_bracket(c: Cursor) -> int:
    """How far ahead the token stands that follows the bracket that opens here."""
    at = depth = 0
    while c.peek(at).kind != "end":
        depth += (c.peek(at).text == "(") - (c.peek(at).text == ")")
        at += 1
        if depth == 0:
            break
    return at


def left_side(c: Cursor) -> Node:
    """Y, Y_{ij}, Y[s, n], f(x), σ²"""
    left = expression(c)
    if isinstance(left, Times) and isinstance(left.left, Letter) and not left.sign:
        raise Unreadable("on the left stands one letter: write Y = ..., or f(x) = ...", left.place)
    if isinstance(left, Call | Letter) or (isinstance(left, Power) and isinstance(left.base, Letter)):
        return left
    if isinstance(getattr(left, "of", None), Letter | Call):
        return left
    raise Unreadable("on the left stands one letter: write Y = ..., y_i = ..., or f(x) = ...", left.place)
