"""NumPy lines as the same tree, by Python's own parser: nothing is ever run."""

import ast
import re
import warnings
from dataclasses import replace

from helpers.read.definitions.errors import Ambiguous, Place, Unreadable, place_in
from helpers.read.definitions.names import FUNCTIONS, GREEK
from helpers.read.definitions.syntax import (
    Both,
    Bound,
    Call,
    Cases,
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
    Whole,
)

MARKS = re.compile(
    r"@|\*\*|\bnp\.|\bnumpy\.|\btorch\.|\bF\.|\.T\b|\.shape\b|\w\.[a-z]+\(|\[:|axis ?=|\bNone\b|newaxis"
)
OPTIONS = {"axis", "dim", "keepdims", "keepdim"}
UNBIASED = {"ddof": 1, "correction": 1, "unbiased": True}
MODULES = {"np", "numpy", "torch", "F", "math", "nn", "functional", "linalg", "special", "scipy"}
LIBRARIES = {
    "numpy": re.compile(r"\bnp\.|\bnumpy\.|\baxis ?=|\bkeepdims ?="),
    "torch": re.compile(r"\btorch\.|\bF\.|\bdim ?=|\bkeepdim ?="),
}
ALSO = {"dot": "@", "matmul": "@", "multiply": "∘", "divide": "/", "add": "+", "subtract": "-", "power": "^"}
SIGNS = {ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"}


def is_numpy(text: str) -> bool:
    """Is it Python, and does something in it say that it is about arrays?"""
    return (
        MARKS.search(text) is not None and "\\" not in text and "$" not in text and lines_of(text) is not None
    )


def assigns(text: str) -> bool:
    """Is it one line of Python that gives a name to a sum or a product?"""
    (line, *rest) = lines_of(text) or [None]
    return not rest and isinstance(line, ast.Assign) and isinstance(line.value, ast.BinOp)


def lines_of(text: str) -> list[ast.stmt] | None:
    """The lines as Python has them; None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def numpy_definitions(text: str, start: int, whole: str) -> list[tuple[Node, Node]]:
    """The left and the right side of each line of NumPy."""
    lead = len(text) - len(text.lstrip())
    reader = NumpyReader(text.strip(), start + lead, whole)
    return [reader.statement(s) for s in ast.parse(text.strip()).body]


class NumpyReader:
    """Turns Python's tree into ours."""

    def __init__(self, text: str, start: int, whole: str) -> None:
        self.whole, self.depth = whole, 0
        self.libraries = {name for name, mark in LIBRARIES.items() if mark.search(whole)}
        lines, at = text.splitlines(keepends=True), start
        self.lines: list[tuple[int, str]] = []
        for line in lines:
            self.lines.append((at, line))
            at += len(line)

    def place(self, node: ast.AST) -> Place:
        def offset(line: int, column: int) -> int:
            at, text = self.lines[line - 1]
            return at + len(text.encode()[:column].decode(errors="ignore"))

        start = offset(node.lineno, node.col_offset)
        return place_in(self.whole, start, offset(node.end_lineno, node.end_col_offset))

    def refuse(self, node: ast.AST, instead: str) -> Unreadable:
        return Unreadable(f"this Python is not read here: {instead}", self.place(node))

    def statement(self, s: ast.stmt) -> tuple[Node, Node]:
        if isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name):
            return self.node(s.targets[0]), self.node(s.value)
        if isinstance(s, ast.AugAssign):
            raise self.refuse(s, "write the whole sum in one line, Y = A + B")
        raise self.refuse(s, "write lines such as Y = X @ W.T + b")

    def node(self, e: ast.expr) -> Node:
        self.depth += 1
        if self.depth > 50:
            raise Unreadable(
                "brackets stand 50 deep, or the formula is too long: name a part of it", self.place(e)
            )
        try:
            return self.read(e)
        finally:
            self.depth -= 1

    def read(self, e: ast.expr) -> Node:
        at = self.place(e)
        match e:
            case ast.Constant(value=bool()) | ast.Constant(value=str()):
                raise self.refuse(e, "a number or an array is expected")
            case ast.Constant(value=int() | float() as value):
                return Number(at, repr(value))
            case ast.Name(id=name):
                return self.name(at, name)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return Minus(at, self.node(inner))
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.node(inner)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(at, e, self.node(left), op, self.node(right))
            case ast.Attribute(value=inner, attr="T"):
                return Transposed(at, self.node(inner))
            case ast.Attribute(value=ast.Name(id=module), attr="pi") if module in MODULES:
                return Letter(at, "pi")
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="shape"),
                slice=ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()) as k,
            ):
                return Call(at, "size", (self.node(inner),), axis=ast.literal_eval(k))
            case ast.Subscript(value=inner, slice=index):
                if self.libraries == {"torch"} and getattr(getattr(inner, "func", None), "attr", "") in (
                    "max",
                    "min",
                ):
                    raise self.refuse(e, "write X.amax(1) for the largest values")
                items = index.elts if isinstance(index, ast.Tuple) else [index]
                return Entry(at, self.node(inner), tuple(self.entry(k) for k in items))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                return self.compared(at, left, ops, rights)
            case ast.Call():
                return self.call(at, e)
        raise self.refuse(e, "write it with + - * / @ ** and functions of NumPy")

    def name(self, at: Place, name: str) -> Node:
        return Letter(at, GREEK.get(name, name))

    def binary(self, at: Place, e: ast.expr, left: Node, op: ast.operator, right: Node) -> Node:
        match op:
            case ast.Add():
                terms = left.terms if isinstance(left, Plus) else (left,)
                return Plus(at, (*terms, right))
            case ast.Sub():
                terms = left.terms if isinstance(left, Plus) else (left,)
                return Plus(at, (*terms, Minus(right.place, right)))
            case ast.Mult():
                return Times(at, left, "∘", right)
            case ast.MatMult():
                return Times(at, left, "@", right)
            case ast.Div():
                return Over(at, left, right)
            case ast.Pow():
                return Power(at, left, right, entrywise=True)
        raise self.refuse(e, "of the operators only + - * / @ ** are read")

    def entry(self, k: ast.expr) -> Node | None:
        if isinstance(k, ast.Slice) and not (k.lower or k.upper or k.step):
            return Whole(Place(0, 0, 1, 1))
        if isinstance(k, ast.Constant) and k.value is None:
            return None
        if isinstance(k, ast.Attribute) and k.attr == "newaxis":
            return None
        if isinstance(k, ast.Slice):
            raise Unreadable(
                "a part of an axis is not read: use all of it, :", self.place(k.lower or k.upper or k.step)
            )
        return self.node(k)

    def compared(self, at: Place, left: ast.expr, ops: list, rights: list) -> Node:
        found, a = None, self.node(left)
        for op, right in zip(ops, rights, strict=True):
            if type(op) not in SIGNS:
                raise Unreadable("of the comparisons only < <= > >= == != are read", at)
            b = self.node(right)
            here = Compared(at, a, SIGNS[type(op)], b)
            found, a = Both(at, found, here) if found else here, b
        return found

    def call(self, at: Place, e: ast.Call) -> Node:
        """np.f(X, axis=1), f(X), X.f(1)."""
        f, given = e.func, list(e.args)
        if isinstance(f, ast.Attribute):
            name, inner = f.attr, f.value
            while isinstance(inner, ast.Attribute):
                inner = inner.value
            if not (isinstance(inner, ast.Name) and inner.id in MODULES):
                given = [f.value, *given]
        elif isinstance(f, ast.Name):
            name = f.id
        else:
            raise self.refuse(e, "call a function by its name")
        options = {k.arg: k.value for k in e.keywords}
        if name == "einsum":
            return self.einsum(at, e)
        spreads = FUNCTIONS.get(name) in ("var", "std")
        for option in sorted(options.keys() - OPTIONS - (UNBIASED.keys() if spreads else set()), key=str):
            raise self.refuse(e, f"the option {option} is not known, write what it does")
        axis = self.axis(options, given, name, isinstance(f, ast.Attribute))
        kept = given[:1] if axis is not None else given
        call = self.named(at, e, name, [self.node(a) for a in kept], axis, self.flag(options))
        return replace(call, unbiased=True) if spreads and self.is_unbiased(e, options) else call

    def is_unbiased(self, e: ast.Call, options: dict) -> bool:
        """Does a variance divide by N − 1? In PyTorch it does, in NumPy it does not, unless an option says so."""
        for option, unbiased in UNBIASED.items():
            if option in options:
                value = getattr(options[option], "value", None)
                if value not in (0, 1):
                    raise self.refuse(options[option], f"write {option}={unbiased}, or leave it out")
                return value == unbiased
        library = self.place_of_function(e) or self.libraries
        if len(library) != 1:
            said = "does it divide by N, as NumPy does, or by N - 1, as PyTorch does? write ddof=0 or ddof=1"
            raise Ambiguous(said, self.place(e))
        return library == {"torch"}

    def place_of_function(self, e: ast.Call) -> set[str]:
        """The library that np.var or torch.var names."""
        name = getattr(getattr(e.func, "value", None), "id", "")
        return {"np": {"numpy"}, "numpy": {"numpy"}, "torch": {"torch"}}.get(name, set())

    def named(
        self, at: Place, e: ast.Call, name: str, arguments: list[Node], axis: int | None, keepdims: bool
    ) -> Node:
        two = tuple(arguments[:2])
        if name in ALSO and len(arguments) == 2:
            return self.binary(at, e, two[0], OPERATORS[ALSO[name]], two[1])
        if name == "where" and len(arguments) == 3:
            return Cases(at, ((arguments[1], arguments[0]), (arguments[2], None)))
        if name == "square" and len(arguments) == 1:
            return Power(at, arguments[0], Number(at, "2"), entrywise=True)
        if name == "norm" and axis is None and len(arguments) == 1:
            return Norm(at, arguments[0])
        if name == "outer" and len(arguments) == 2:
            return Times(at, Entry(at, two[0], (Whole(at), None)), "∘", Entry(at, two[1], (None, Whole(at))))
        if name == "transpose" and len(arguments) == 1:
            return Transposed(at, arguments[0])
        if name in ("zeros_like", "ones_like"):
            return Number(at, "0" if name == "zeros_like" else "1")
        known = FUNCTIONS.get(name)
        if known in ("max", "min") and len(arguments) == 1:
            known = known + "_of"
        if known is None and name not in ("h", "f", "g", "phi", "sigma"):
            raise Unreadable(f"{name} is not known here: write it out", at, name)
        return Call(at, known or name, tuple(arguments), axis=axis, keepdims=keepdims)

    def axis(self, options: dict, given: list, name: str, method: bool) -> int | None:
        said = options.get("axis", options.get("dim"))
        reduces = FUNCTIONS.get(name) in ("sum", "mean", "var", "std", "softmax", "logsumexp") or name in (
            "max",
            "min",
        )
        if said is None and len(given) == 2 and reduces and method:
            said = given[1]
        if said is None:
            return None
        if isinstance(said, ast.UnaryOp) and isinstance(said.operand, ast.Constant):
            return -said.operand.value
        if isinstance(said, ast.Constant) and isinstance(said.value, int):
            return said.value
        raise self.refuse(said, "an axis is a number, axis=1")

    def flag(self, options: dict) -> bool:
        said = options.get("keepdims", options.get("keepdim"))
        if said is not None and not isinstance(getattr(said, "value", None), bool):
            raise self.refuse(said, "write keepdims=True")
        return said is not None and said.value

    def einsum(self, at: Place, e: ast.Call) -> Node:
        """np.einsum("ij,jk->ik", A, B) as the entries of a sum."""
        rule = e.args[0].value if e.args and isinstance(e.args[0], ast.Constant) else ""
        m = re.fullmatch(r"([a-z]+(?:,[a-z]+)*)->([a-z]*)", str(rule).replace(" ", ""))
        if not m or len(m[1].split(",")) != len(e.args) - 1:
            raise self.refuse(e, 'write einsum("ij,jk->ik", A, B)')
        product: Node | None = None
        for letters, a in zip(m[1].split(","), e.args[1:], strict=True):
            entry = Entry(at, self.node(a), tuple(Letter(at, k) for k in letters))
            product = Times(at, product, "", entry) if product else entry
        bound = tuple(Bound(at, k) for k in sorted(set(m[1]) - {","} - set(m[2])))
        body = Total(at, "sum", bound, product) if bound else product
        return Call(at, "stacked", (body, *(Letter(at, k) for k in m[2])))


OPERATORS = {
    "@": ast.MatMult(), "∘": ast.Mult(), "/": ast.Div(), "+": ast.Add(), "-": ast.Sub(), "^": ast.Pow()
}  # fmt: skip
