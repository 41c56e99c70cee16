"""What a function with a name is: elementwise, over an axis, of a whole matrix, or unknown."""

import sympy as sp

from helpers.derive.notation import elementwise
from helpers.read.definitions.axes import Axis, Choice, Misfit
from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.names import FUNCTIONS
from helpers.read.definitions.operations import (
    ELEMENTWISE,
    combined,
    matrix_function,
)
from helpers.read.definitions.operations import elementwise as named_function
from helpers.read.definitions.reductions import (
    diagonal,
    indexed_softmax,
    norm,
    reduction,
    softmax,
    trace,
)
from helpers.read.definitions.refusals import is_word
from helpers.read.definitions.syntax import (
    Call,
    Letter,
    Node,
    Number,
    Total,
    walk,
)
from helpers.read.definitions.values import Value, constant, entrywise

REDUCTIONS = {"sum", "mean", "var", "std", "norm", "logsumexp", "max_of", "min_of"}


def call(run, node: Call) -> Value:
    name, place = node.name, node.place
    if name == "stacked":
        return array_of(run, node)
    if name == "size":
        a = run.meaning(node.arguments[0])
        if not -len(a.axes) <= node.axis < len(a.axes):
            raise Misfit("no such axis", place, a.letter)
        return Value((), lambda _: run.scope.size(a.axes[node.axis]))
    if name == "softmax" and node.below:
        return softmax_along(run, node)
    if name == "log" and is_determinant(run, node.arguments[0]):
        node, name = node.arguments[0], "logdet"
    check_arguments(node)
    values = [run.meaning(a) for a in node.arguments]
    a = values[0]
    if name == "abs" and a.is_vector and not run.arrays:
        said = "is this the length of the vector, or the size of each entry? write \\|x\\|, or |x_i| with an index"
        choice = Choice(("bars", ""), (("length", 0), ("entries", 0)), place, said)
        return norm(run, a, "2", place) if run.choose(choice) == "length" else entrywise(sp.Abs, a)
    if name == "abs" and a.is_matrix and not run.arrays:
        said = "is this the determinant, or the size of each entry? write \\det(A), or abs(A) in NumPy"
        raise Ambiguous(said, place, a.letter)
    if name == "softmax":
        if a.is_number and not run.arrays:
            return softmax_of_entry(run, node, a)
        if a.is_matrix and a.hint == "column" and not run.arrays:
            said = "does softmax run along rows or columns? write softmax_j(A_{ij}), with the letter that it sums over"
            raise Ambiguous(said, place, a.letter)
        return softmax(run, a, node.axis, place)
    if name in REDUCTIONS:
        return reduction(run, name, a, node.axis, node.keepdims, place, node.unbiased)
    if name in ("max", "min") and len(values) == 1:
        return reduction(run, name + "_of", a, node.axis, node.keepdims, place)
    if name == "trace":
        return trace(run, a, place)
    if name == "diag":
        return diagonal(run, a, place)
    if name in ("det", "logdet", "inv"):
        return matrix_function({"inv": "inverse"}.get(name, name), a, place)
    if name == "leaky_relu":
        if len(values) == 1 and not run.arrays:
            said = "which slope has it below 0? write leaky_relu(x, 0.01), or cases"
            raise Ambiguous(said, place, name)
        slope = values[1] if len(values) > 1 else constant(sp.Rational(1, 100))
        return combined(run, place, lambda x, s: sp.Piecewise((x, x > 0), (s * x, True)), a, slope)
    if name == "silu" and node.below and not isinstance(node.below[0], Number):
        beta = run.meaning(node.below[0])
        return combined(run, place, lambda x, s: x / (1 + sp.exp(-s * x)), a, beta)
    if name == "log" and node.below:
        base = run.meaning(node.below[0])
        return combined(run, place, lambda x, n: sp.log(x) / sp.log(n), a, base)
    if name == "sigma":
        name = "sigmoid"
    if name in ELEMENTWISE or name in ("max", "min"):
        return named_function(name, run, place, values)
    if name in ("argmax", "prod"):
        said = {"argmax": "argmax has no derivative", "prod": "a product over an index is not read yet"}
        raise Unreadable(f"{said[name]}: write exp(sum of log), or leave it out", place, name)
    if is_word(name) or "_" in name:
        raise Unreadable(f"{name} is not known here: define it as well, {name}(x) = ...", place, name)
    letters = "yzuvwx"[: len(values)]
    f = elementwise(name if len(values) == 1 else f"{name}({', '.join(letters)})")
    result = entrywise(f, a) if len(values) == 1 else None
    if result is None:
        result = Value(a.axes, lambda at: f(*[v.at(at if v.axes else ()) for v in values]))
        for v in values[1:]:
            combined(run, place, sp.Add, a, v)
    return result


def check_arguments(node: Call) -> None:
    """A function that is known takes one array; max and min several, a leaky ReLU its slope as well."""
    known = node.name in FUNCTIONS.values() and node.name not in ("max", "min")
    if known and node.below and node.name not in ("softmax", "silu", "log"):
        raise Unreadable(
            f"{node.name} takes no letter below: write the sum that it is", node.place, node.name
        )
    if known and len(node.arguments) > 1 + (node.name == "leaky_relu"):
        raise Unreadable(f"{node.name} is read of one array: write what the others do", node.place, node.name)


def is_determinant(run, node: Node) -> bool:
    """det A; |A| of a matrix, under a logarithm."""
    if not isinstance(node, Call) or node.name not in ("det", "abs"):
        return False
    return node.name == "det" or (run.meaning(node.arguments[0]).is_matrix and not run.arrays)


def free_names(run, node: Node) -> list[str]:
    """The indices of the text that a tree has and does not bind."""
    bound = {b.letter for n in walk(node) if isinstance(n, Total) for b in n.bound}
    found: list[str] = []
    for n in walk(node):
        if isinstance(n, Letter) and n.name in run.indices and n.name not in bound and n.name not in found:
            found.append(n.name)
    return found


def softmax_along(run, node: Call) -> Value:
    """softmax_j(A_ij)"""
    k = node.below[0]
    if not isinstance(k, Letter) or k.name not in run.indices:
        raise Unreadable("softmax takes the letter that it sums over: softmax_j(A_{ij})", node.place)
    a = run.meaning(node.arguments[0])
    return indexed_softmax(run, a, k.name, run.indices[k.name], node.place)


def softmax_of_entry(run, node: Call, a: Value) -> Value:
    """softmax(z_i), of an entry: over its one index."""
    names = free_names(run, node.arguments[0])
    if not names:
        raise Misfit("softmax of a number", node.place, a.letter)
    if len(names) > 1:
        letters = ", ".join(names)
        raise Unreadable(
            f"softmax runs over which of {letters}? write softmax_{names[-1]}(...)", node.place, names[-1]
        )
    return indexed_softmax(run, a, names[0], run.indices[names[0]], node.place)


def array_of(run, node: Call) -> Value:
    """The array of entries over some letters: einsum's right side."""
    body, *letters = node.arguments
    axes = tuple(run.indices.setdefault(k.name, Axis()) for k in letters)
    value = run.meaning(body)

    def at(indices: tuple) -> sp.Expr:
        for k, q in zip(letters, indices, strict=True):
            run.scope.indices[k.name] = q
        return value.at(())

    return Value(axes, at)
