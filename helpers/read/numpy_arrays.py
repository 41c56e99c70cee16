"""A formula of NumPy as an array of the question, from the tree that Python's own parser gives."""

import ast
import re
import warnings

import sympy as sp
from sympy import Idx

from helpers.read.arrays import Array
from helpers.read.cursor import Cursor
from helpers.read.definitions.errors import Place, ReadingError
from helpers.read.definitions.program_text import ProgramReader
from helpers.read.definitions.syntax import (
    Both,
    Call,
    Cases,
    Compared,
    Einsum,
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
    Transposed,
    Whole,
)
from helpers.read.functions import power
from helpers.read.tokens import Token, Unreadable, tokenize

PYTHON = {
    r"\le": "<=",
    r"\ge": ">=",
    r"\ne": "!=",
    "^": "**",
    r"\circ": "*",
    r"\odot": "*",
    r"\cdot": "*",
    "=": "=",
}
SIGNS = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}
PRIME = "_prime"
REDUCED = {"max_of": "max", "min_of": "min"} | {name: name for name in ("sum", "mean", "var", "std")}


class Line(ProgramReader):
    """The formula that a cursor's tokens are as Python; a name is what the grammar makes of it."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.at, text = cursor, [], ""
        self.refusal: Unreadable | None = None
        end = None
        for token in cursor.tokens:
            text += " " if end is not None and token.at > end else ""
            self.at.append((len(text), token.at))
            text += PYTHON.get(token.text, token.text.removeprefix("\\"))
            end = token.end
        text = re.sub(r"\*\*\s*T\b", ".T", text)
        super().__init__(text)
        self.text = text

    def tree(self) -> Node | None:
        """None where it is no Python."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                e = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            self.refusal = self.not_python(error)
            return None
        except (ValueError, MemoryError, RecursionError):
            return None
        try:
            return self.node(e)
        except ReadingError as error:
            raise Unreadable(error.message, self.offset(error.place.start if error.place else 0)) from None

    def not_python(self, error: SyntaxError) -> Unreadable:
        """Why it is no Python, and where."""
        signs = [t.text for t in self.cursor.tokens]
        if signs.count("(") > signs.count(")"):
            return Unreadable("“)” is missing: the line ends", self.cursor.tokens[-1].end)
        at = max((error.offset or 1) - 1, 0)
        word = re.match(r"\w+|.?", self.text[at:])[0]
        return Unreadable(f"“{word}” is not expected here", self.offset(at))

    def offset(self, start: int) -> int:
        """Where in the text a sign of the formula stands."""
        return max((at for joined, at in self.at if joined <= start), default=0)

    def name(self, at: Place, name: str) -> Node:
        return Letter(at, name)

    def binary(self, at: Place, e: ast.expr, left: Node, op: ast.operator, right: Node) -> Node:
        """dL/dY is one name, and dL/dY.T is that transposed."""
        if isinstance(op, ast.Div) and isinstance(right, Transposed):
            whole = self.binary(at, e, left, op, right.of)
            return (
                Transposed(at, whole) if isinstance(whole, Letter) else super().binary(at, e, left, op, right)
            )
        names = [x.name for x in (left, right) if isinstance(x, Letter) and x.name.startswith("d")]
        if len(names) == 2 and isinstance(op, ast.Div) and names[0] not in self.cursor.question.meaning:
            return Letter(at, "/".join(names))
        return super().binary(at, e, left, op, right)

    def unknown(self, at: Place, name: str, arguments: list[Node]) -> Node | None:
        known = self.cursor.function(name.removesuffix(PRIME))
        return Call(at, name, tuple(arguments)) if known else None


class NumPy(Cursor):
    """Reads formulas of NumPy. They are only read: nothing is run."""

    def read(self) -> Array:
        """The whole part: as Python if it is a formula of a program, else as mathematics."""
        if not self.code:
            return self.read_mathematics()
        self.line = Line(self)
        if (tree := self.line.tree()) is not None:
            return self.number_of(tree)
        try:
            return self.read_mathematics()
        except Unreadable as refusal:
            has_dot = any(t.text == "." for t in self.tokens)
            raise (self.line.refusal if has_dot and self.line.refusal else refusal) from None

    def array(self, node: Node) -> Array:
        with self.deeper():
            return self.bounded(self.array_of(node))

    def number_of(self, node: Node) -> Array:
        """An array; of a condition 1 where it holds."""
        return self.indicator(self.array(node))

    def array_of(self, node: Node) -> Array:
        match node:
            case Number(text=text):
                return Array(sp.Rational(text))
            case Letter(name=name):
                return self.named_in_program(name, node.place)
            case Minus(of=inner):
                return self.number_of(inner).map(lambda e: -e)
            case Plus(terms=(first, *rest)):
                total = self.number_of(first)
                for term in rest:
                    total = self.arrays.elementwise(lambda u, v: u + v, total, self.number_of(term))
                return total
            case Times(left=a, sign=sign, right=b):
                return self.combined(self.number_of(a), "@" if sign == "@" else "*", self.number_of(b))
            case Over(top=a, bottom=b):
                return self.combined(self.number_of(a), "/", self.number_of(b))
            case Power(base=a, exponent=b):
                return self.arrays.elementwise(power, self.number_of(a), self.number_of(b))
            case Transposed(of=inner):
                return self.number_of(inner).transposed
            case Compared(left=a, sign=sign, right=b):
                compare = self.comparison(SIGNS.get(sign, sign))
                return self.arrays.elementwise(compare, self.number_of(a), self.number_of(b))
            case Both(first=a, second=b):
                return self.arrays.elementwise(sp.And, self.array(a), self.array(b))
            case Cases(pieces=((a, condition), (b, None))):
                return self.by_cases([(self.number_of(a), self.array(condition)), (self.number_of(b), None)])
            case Norm(of=inner):
                return self.arrays.norm(self.number_of(inner))
            case Entry(of=Number(text="1"), at=(condition,)):
                return self.array(condition)
            case Entry(of=inner, at=at):
                return self.at_axes(self.number_of(inner), at)
            case Einsum():
                return self.einsum(node)
            case Call():
                return self.call(node)
        raise self.refused("this Python is not read here", node)

    def refused(self, reason: str, node: Node) -> Unreadable:
        return Unreadable(reason, self.line.offset(node.place.start))

    def named_in_program(self, name: str, place: Place) -> Array:
        """What the grammar reads of a name."""
        before = self.tokens, self.at
        start = self.line.offset(place.start)
        self.tokens, self.at = [Token(t.text, start + t.at, start + t.end) for t in tokenize(name, 0)], 0
        try:
            a = self.factor()
            if self.now is not None:
                raise self.unknown_name()
            return a
        finally:
            self.tokens, self.at = before

    def at_axes(self, a: Array, at: tuple[Node | None, ...]) -> Array:
        """X[:, None], X[m, :]"""
        if len(at) - at.count(None) > len(a.axes):
            raise self.wrong("there are more colons than axes")
        axes, rest = [], list(a.axes)
        letters: list[sp.Expr | None] = []
        for k in at:
            if k is None:
                axes.append(None)
            elif isinstance(k, Whole):
                axes.append(rest.pop(0))
                letters.append(None)
            elif isinstance(k, Letter) and not k.below:
                letters.append(self.letter(k.name))
                rest.pop(0)
            elif isinstance(k, Number) and k.text.isdigit():
                letters.append(sp.Integer(k.text))
                rest.pop(0)
            else:
                raise self.refused("of an array only whole axes and entries are read", k)
        if all(k is None for k in letters):
            return Array(a.entry, (*axes, *rest))
        return self.arrays.named(a, (*letters, *[None] * (len(a.axes) - len(letters))))

    def call(self, node: Call) -> Array:
        name, given = node.name, [self.number_of(a) for a in node.arguments]
        if name in REDUCED:
            axes = None if node.axis is None else (node.axis,)
            return self.arrays.reduce(REDUCED[name], given[0], axes, node.keepdims, sp.Integer(node.unbiased))
        if name == "size":
            axes = given[0].axes
            if not -len(axes) <= node.axis < len(axes) or axes[node.axis] is None:
                raise self.refused(f"there is no axis {node.axis}", node)
            return Array(self.arrays.size(axes[node.axis]))
        if name == "count":
            return Array(sp.Mul(*(self.arrays.size(k) for k in given[0].axes if k is not None)))
        if name in ("eye", "identity"):
            return self.arrays.identity(given[0].entry)
        if name in ("ones", "zeros"):
            return Array(sp.Integer(name == "ones"), tuple(self.arrays.axis(n.entry) for n in given))
        h = name.removesuffix(PRIME)
        if self.function(h) is None:
            raise self.refused(f"“{name}” is not read here", node)
        return self.applied(h, int(h != name), given)

    def einsum(self, node: Einsum) -> Array:
        """np.einsum("mi,mj->ij", dY, X) = Σ_m dY_mi X_mj"""
        if not re.fullmatch(r"[a-zA-Z]+(,[a-zA-Z]+)*(->[a-zA-Z]*)?", node.rule):
            raise self.refused("an equation such as “mi,mj->ij” is expected", node)
        inputs, arrow, output = node.rule.partition("->")
        if not arrow:
            output = "".join(sorted(c for c in inputs.replace(",", "") if inputs.count(c) == 1))
        letters: dict[str, Idx] = {c: self.arrays.axis() for c in inputs if c != ","}
        if not set(output) <= set(letters) or len(set(output)) < len(output):
            raise self.refused(f"“{output}” cannot be the letters of the result", node)
        e: sp.Expr = sp.S.One
        for term, argument in zip(inputs.split(","), node.arguments, strict=True):
            a = self.number_of(argument)
            if len(a.axes) != len(term):
                reason = f"“{term}” has {len(term)} letters for an array of {len(a.axes)} axes"
                raise self.refused(reason, node)
            e *= self.arrays.named(a, tuple(letters[c] for c in term)).entry
        gone = [k for c, k in letters.items() if c not in output]
        return Array(self.arrays.total(e, *gone), tuple(letters[c] for c in output))
