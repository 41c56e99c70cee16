"""A tree as Python again, as one would type it with NumPy."""

import ast

from helpers.read.claims.trees import Derivative, Program
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
)

METHODS = {"sum": "sum", "mean": "mean", "var": "var", "std": "std", "max_of": "max", "min_of": "min"}
FUNCTIONS = {"max": "maximum", "min": "minimum"}
COMPARED = {"<": ast.Lt, "≤": ast.LtE, ">": ast.Gt, "≥": ast.GtE, "=": ast.Eq, "≠": ast.NotEq}


def python(node: Node) -> str:
    """A formula as Python; "" where it has what Python has no sign for."""
    try:
        return ast.unparse(tree(node))
    except (TypeError, ValueError):
        return ""


def tree(node: Node) -> ast.expr:
    match node:
        case Program(of=inner):
            return tree(inner)
        case Number(text=text):
            return ast.Name(text)
        case Letter(name=name, below=below, above=()):
            return ast.Name("_".join([name, *(ast.unparse(tree(k)) for k in below)]))
        case Derivative(of=None, by=by):
            return ast.Name("d" + ast.unparse(tree(by)))
        case Minus(of=inner):
            return ast.UnaryOp(ast.USub(), tree(inner))
        case Plus(terms=(first, *rest)):
            out = tree(first)
            for term in rest:
                minus = isinstance(term, Minus)
                out = ast.BinOp(out, ast.Sub() if minus else ast.Add(), tree(term.of if minus else term))
            return out
        case Times(left=a, sign=sign, right=b):
            entrywise = sign == "∘" or (sign != "@" and isinstance(a, Number))
            return ast.BinOp(tree(a), ast.Mult() if entrywise else ast.MatMult(), tree(b))
        case Over(top=a, bottom=b):
            return ast.BinOp(tree(a), ast.Div(), tree(b))
        case Power(base=a, exponent=b):
            return ast.BinOp(tree(a), ast.Pow(), tree(b))
        case Transposed(of=inner):
            return ast.Attribute(tree(inner), "T")
        case Compared(left=a, sign=sign, right=b):
            return ast.Compare(tree(a), [COMPARED[sign]()], [tree(b)])
        case Both(first=a, second=b):
            return ast.BinOp(tree(a), ast.BitAnd(), tree(b))
        case Entry(of=inner, at=at):
            return ast.Subscript(tree(inner), ast.Tuple([ast.Name("None" if k is None else ":") for k in at]))
        case Norm(of=inner):
            return function("linalg.norm", [tree(inner)])
        case Einsum(rule=rule, arguments=arrays):
            return function("einsum", [ast.Constant(rule), *map(tree, arrays)])
        case Cases(pieces=((a, condition), (b, None))):
            return function("where", [tree(condition), tree(a), tree(b)])
        case Call():
            return call(node)
    raise TypeError(type(node).__name__)


def call(node: Call) -> ast.expr:
    given = [tree(a) for a in node.arguments]
    if node.name == "size":
        return ast.Subscript(ast.Attribute(given[0], "shape"), ast.Constant(node.axis))
    options = [ast.keyword("axis", ast.Constant(node.axis))] if node.axis is not None else []
    options += [ast.keyword("keepdims", ast.Constant(True))] if node.keepdims else []
    if node.name in METHODS and isinstance(node.arguments[0], Letter | Derivative):
        return ast.Call(ast.Attribute(given[0], METHODS[node.name]), given[1:], options)
    return function(METHODS.get(node.name, FUNCTIONS.get(node.name, node.name)), given, options)


def function(name: str, given: list[ast.expr], options: list[ast.keyword] | None = None) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Name("np"), name), given, options or [])
