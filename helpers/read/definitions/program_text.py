"""Formulas within a program: what NumPy's functions and methods are beyond those of a definition."""

import ast

from helpers.read.definitions.errors import Place, Unreadable
from helpers.read.definitions.numpy_text import MODULES, NumpyReader
from helpers.read.definitions.syntax import Call, Compared, Einsum, Entry, Node, Number, Whole

SAME = ("copy", "astype", "asarray", "array", "broadcast_to")
FILLED = ("ones", "zeros", "eye", "identity")
SHAPES = {"(-1, 1)": "column", "(1, -1)": "row"}


class ProgramReader(NumpyReader):
    """Turns Python's tree of one formula into ours; a program without a sign of PyTorch is NumPy's."""

    def __init__(self, text: str) -> None:
        super().__init__(text, 0, text)
        self.libraries = self.libraries or {"numpy"}

    def read(self, e: ast.expr) -> Node:
        match e:
            case ast.List(elts=[ast.Compare() as condition]):
                return self.node(condition)
            case ast.Attribute(value=inner, attr="size"):
                return Call(self.place(e), "count", (self.node(inner),))
        return super().read(e)

    def call(self, at: Place, e: ast.Call) -> Node:
        name, given = called(e)
        if name in SAME and given:
            return self.node(given[0])
        if name in FILLED and given:
            sizes = given[0].elts if isinstance(given[0], ast.Tuple | ast.List) else given[:1]
            return Call(at, name, tuple(map(self.node, sizes)))
        if name == "len" and len(given) == 1:
            return Call(at, "size", (self.node(given[0]),), axis=0)
        if name == "heaviside" and len(given) == 2:
            return Compared(at, self.node(given[0]), ">", Number(at, "0"))
        if name == "reshape" and given:
            return self.reshaped(at, e, given)
        if (axes := axes_of(e, given)) is not None:
            return self.node(one_by_one(e, name, given[0], axes))
        return super().call(at, e)

    def reshaped(self, at: Place, e: ast.Call, given: list[ast.expr]) -> Node:
        """v.reshape(-1, 1), a column"""
        shape = given[1].elts if len(given) == 2 and isinstance(given[1], ast.Tuple) else given[1:]
        way = SHAPES.get(f"({', '.join(map(ast.unparse, shape))})")
        if way is None:
            raise self.refuse(e, "of a vector only .reshape(-1, 1) and .reshape(1, -1) are read")
        return Entry(at, self.node(given[0]), (Whole(at), None) if way == "column" else (None, Whole(at)))

    def named(
        self, at: Place, e: ast.Call, name: str, arguments: list[Node], axis: int | None, keepdims: bool
    ) -> Node:
        try:
            return super().named(at, e, name, arguments, axis, keepdims)
        except Unreadable:
            found = self.unknown(at, name, arguments) if isinstance(e.func, ast.Name) else None
            if found is None:
                raise
            return found

    def unknown(self, at: Place, name: str, arguments: list[Node]) -> Node | None:
        """A function that NumPy does not have, if it is known otherwise."""

    def einsum(self, at: Place, e: ast.Call) -> Node:
        rule, *arrays = e.args or [None]
        if not isinstance(rule, ast.Constant) or not isinstance(rule.value, str):
            raise self.refuse(e, 'write einsum("ij,jk->ik", A, B)')
        return Einsum(at, rule.value.replace(" ", ""), tuple(self.node(a) for a in arrays))


def called(e: ast.Call) -> tuple[str, list[ast.expr]]:
    """The name of a function or a method, and what it is given, the array of a method first."""
    f, given = e.func, list(e.args)
    if not isinstance(f, ast.Attribute):
        return getattr(f, "id", ""), given
    inner = f.value
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    of_module = isinstance(inner, ast.Name) and inner.id in MODULES
    return f.attr, given if of_module else [f.value, *given]


def axes_of(e: ast.Call, given: list[ast.expr]) -> list[int] | None:
    """0, 2 and 3 of axis=(0, 2, 3); nothing of axis=None; None where there is but one axis."""
    said = next((k.value for k in e.keywords if k.arg in ("axis", "dim")), given[1] if given[1:] else None)
    if isinstance(said, ast.Constant) and said.value is None and e.keywords:
        return []
    if not isinstance(said, ast.Tuple):
        return None
    try:
        axes = ast.literal_eval(said)
    except ValueError:
        return None
    return list(axes) if all(isinstance(k, int) for k in axes) else None


def one_by_one(e: ast.Call, name: str, array: ast.expr, axes: list[int]) -> ast.expr:
    """A reduction over several axes: over one, then over the next; over all where none is named."""
    others = [k for k in e.keywords if k.arg not in ("axis", "dim")]
    f = ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
    for k in sorted(axes, key=lambda k: k if k < 0 else -k):
        array = ast.Call(f, [array], [ast.keyword("axis", ast.Constant(k)), *others])
    out = array if axes else ast.Call(f, [array], others)
    for n in ast.walk(out):
        if isinstance(n, ast.expr) and not hasattr(n, "lineno"):
            ast.copy_location(n, e)
    return out
