r"""Claims in LaTeX or from the keyboard as trees: the grammar of definitions, and derivatives besides.

derivative = "\frac" "{" d [expression] "}" "{" d power "}" [term]        d: ∂, d or δ
           | d power "/" d power | "\nabla" ["_" script] [loss] | "d" letter
call       = function {"'"} "(" expression ")" | loss "(" letters ")"
"""

from helpers.read.claims.calculus import called, gradient, is_differential, over_another, quotient, varied
from helpers.read.claims.notation import Notation
from helpers.read.claims.series import series
from helpers.read.claims.stacked import begins_stack, stacked
from helpers.read.claims.trees import Differential, Either
from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.grammar import condition, expression, power, product, starts_atom, term
from helpers.read.definitions.names import FUNCTIONS as NAMED
from helpers.read.definitions.syntax import Call, Compared, Node, Over, Times, Total, walk
from helpers.read.definitions.tokens import Token


class ClaimCursor(Cursor):
    """A cursor that knows derivatives, and the functions of the text."""

    def __init__(self, tokens: list[Token], end: Place, notation: Notation) -> None:
        super().__init__(tokens, end, e=notation.e)
        self.notation = notation
        self.between = (":",) if notation.colon else ()

    def begins_special(self) -> bool:
        return self.sees(r"\partial", r"\nabla", r"\identity")

    def bare_sum(self, start: Token) -> Node:
        """\\sum e^{z_k}: over the index that is free nowhere else."""
        body = term(self)
        return Total(self.place(start), "sum", (), body)

    def open_quotient(self, start: Token, slash: Token, top: Node, below: Node, asked: Ambiguous) -> Node:
        """a/b c as (a/b) c and as a/(b c): the rest of the text tells which is meant."""
        if slash.text != "/":
            raise asked
        at, rest = self.place(start), product(self)
        whole = self.place(start)
        first = Times(whole, Over(at, top, below), "", rest)
        second = Over(whole, top, Times(below.place.to(rest.place), below, "", rest))
        return Either(whole, first, second, "slash")

    def dots(self, terms: list[Node]) -> list[Node]:
        """b_1 + b_2 + … + b_n as a sum."""
        here = self.next()
        if not self.take("+"):
            raise Unreadable("“…” cannot stand here", here.place)
        return series(terms, term(self), here.place)

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


def comparison(tokens: list[Token], notation: Notation, end: Place) -> Node | None:
    """x > 0 or 0 < x < 1 as a tree, and nothing else."""
    c = ClaimCursor(tokens, end, notation)
    found = condition(c)
    inner = [n for n in walk(found) if isinstance(n, Compared)]
    return found if c.peek().kind == "end" and all(n.sign in "<>≤≥" for n in inner) else None


def parsed(tokens: list[Token], notation: Notation, end: Place) -> Node:
    """One side as a tree; words and signs of the sentence behind it are left out."""
    c = ClaimCursor([*tokens], end, notation)
    while c.peek().kind == "word" or c.sees(",", ";", r"\therefore", r"\because", ":"):
        if starts_atom(c):
            break
        c.next()
    found = expression(c)
    rest = c.peek()
    if c.sees(".") and c.peek(1).kind in ("word", "letter") and not c.peek(1).spaced:
        raise Unreadable(f"“.{c.peek(1).text}” is read in lines of Python alone", rest.place)
    if (
        rest.kind == "end"
        or rest.kind == "word"
        or c.sees(",", ".", ";", "∈", ":", "…", "(")
        or c.sees(r"\forall")
    ):
        return found
    raise Unreadable(f"“{rest.text}” cannot stand here", rest.place)
