"""What each node of a tree is as an array: one function for each kind of node."""

import sympy as sp

from helpers.derive.notation import elementwise
from helpers.read.definitions.axes import Axis, Misfit, join
from helpers.read.definitions.engine import HAS_PRODUCTS, Largest
from helpers.read.definitions.entries import entry_value, index_of, letter_value
from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.operations import (
    ELEMENTWISE,
    combined,
    matrix_function,
    over,
    plus,
    raised,
    summed,
    times,
)
from helpers.read.definitions.operations import elementwise as named_function
from helpers.read.definitions.reductions import (
    diagonal,
    indexed_softmax,
    norm,
    reduction,
    restricted,
    softmax,
    trace,
)
from helpers.read.definitions.syntax import (
    Both,
    Bound,
    Call,
    Cases,
    Compared,
    Entry,
    Indicator,
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
    walk,
)
from helpers.read.definitions.values import Value, constant, entrywise, transposed

REDUCTIONS = {"sum", "mean", "var", "std", "norm", "logsumexp", "max_of", "min_of"}


def meaning(run, node: Node) -> Value:
    match node:
        case Number(text=text):
            return constant(number(text, node))
        case Letter():
            return letter_value(run, node)
        case Entry():
            return entry_value(run, node, meaning)
        case Minus(of=inner):
            return negative(meaning(run, inner))
        case Plus(terms=terms):
            result = meaning(run, terms[0])
            for t in terms[1:]:
                result = plus(run, node.place, result, meaning(run, t))
            return result
        case Times(left=left, sign=sign, right=right):
            suggest_average(run, left, right)
            return times(run, node.place, sign, meaning(run, left), meaning(run, right))
        case Over(top=top, bottom=bottom):
            return quotient(run, node, top, bottom)
        case Power(base=base, exponent=exponent, entrywise=by_entry):
            if isinstance(base, Call) and base.name in ("det", "logdet"):
                by_entry = True
            return raised(run, node.place, meaning(run, base), meaning(run, exponent), by_entry)
        case Transposed(of=inner):
            return transposed_value(run, node, meaning(run, inner))
        case Call():
            return call(run, node)
        case Total():
            return total(run, node)
        case Norm(of=inner, order=order):
            return norm(run, meaning(run, inner), order, node.place)
        case Cases(pieces=pieces):
            return cases(run, node, pieces)
        case Indicator(condition=condition):
            return chosen(run, node, condition, constant(sp.S.One), constant(sp.S.Zero))
        case Compared() | Both():
            raise Unreadable("a comparison is no number: write 1[...] around it", node.place)
    raise Unreadable("this has no meaning here", node.place)


def negative(a: Value) -> Value:
    return Value(a.axes, lambda at: -a.at(at), a.hint, latin=a.latin)


def suggest_average(run, factor: Node, sum_: Node) -> None:
    """1/N Σ_i: N is the size of i."""
    while isinstance(sum_, Times):
        sum_ = sum_.left
    if isinstance(factor, Over) and isinstance(sum_, Total) and sum_.kind == "sum":
        for n in walk(factor.bottom):
            if isinstance(n, Letter) and not any(b.letter.upper() == n.name for b in sum_.bound):
                run.averages.setdefault((sum_.place.start, sum_.bound[0].letter), run.text.split(n)[0])


def number(text: str, node: Node) -> sp.Expr:
    if len(text) > 30:
        raise Unreadable("this number is too long", node.place)
    if text.isdigit():
        return sp.Integer(text)
    value = float(text)
    if value == int(value) if abs(value) < 1e15 else False:
        return sp.Integer(int(value))
    return sp.Rational(text) if "e" not in text.lower() and len(text) < 6 else sp.Float(text)


def transposed_value(run, node: Node, a: Value) -> Value:
    if a.is_number and not run.arrays:
        raise Misfit("a number has no transpose", node.place, a.letter)
    return transposed(a)


def quotient(run, node: Over, top: Node, bottom: Node) -> Value:
    """top / bottom; the D of Q Kᵀ / √D is the size that Q and K share, the N of 1/N Σ_n that of n."""
    suggest_average(run, node, top)
    a, b = meaning(run, top), meaning(run, bottom)
    if isinstance(bottom, Power | Call) and a.contracted is not None:
        inner = bottom.base if isinstance(bottom, Power) else bottom.arguments[0]
        if isinstance(inner, Letter):
            run.suggest_size(run.text.split(inner)[0], a.contracted)
    return over(run, node.place, a, b)


def call(run, node: Call) -> Value:
    name, place = node.name, node.place
    if name == "array of":
        return array_of(run, node)
    if name == "size":
        a = meaning(run, node.arguments[0])
        if not -len(a.axes) <= node.axis < len(a.axes):
            raise Misfit("no such axis", place, a.letter)
        return Value((), lambda _: run.scope.size(a.axes[node.axis]))
    if name == "softmax" and node.below:
        return softmax_along(run, node)
    if name == "log" and is_determinant(run, node.arguments[0]):
        node, name = node.arguments[0], "logdet"
    values = [meaning(run, a) for a in node.arguments]
    a = values[0]
    if name == "abs" and a.is_matrix and not run.arrays:
        said = "is this the determinant, or the size of each entry? write \\det(A), or abs(A) in NumPy"
        raise Ambiguous(said, place, a.letter)
    if name == "softmax":
        if a.is_number and not run.arrays:
            return softmax_of_entry(run, node, a)
        return softmax(run, a, node.axis, place)
    if name in REDUCTIONS:
        return reduction(run, name, a, node.axis, node.keepdims, place)
    if name in ("max", "min") and len(values) == 1:
        return reduction(run, name + "_of", a, node.axis, node.keepdims, place)
    if name == "trace":
        return trace(run, a, place)
    if name == "diag":
        return diagonal(run, a, place)
    if name in ("det", "logdet", "inv"):
        if len(a.proper) == 2:
            join(a.axes[0], a.axes[1], place)
        else:
            raise Misfit(f"{name} needs a matrix", place, a.letter)
        return matrix_function({"inv": "inverse"}.get(name, name), a, place)
    if name == "leaky_relu":
        slope = values[1] if len(values) > 1 else constant(sp.Rational(1, 100))
        return combined(run, place, lambda x, s: sp.Piecewise((x, x > 0), (s * x, True)), a, slope)
    if name == "silu" and node.below and not isinstance(node.below[0], Number):
        beta = meaning(run, node.below[0])
        return combined(run, place, lambda x, s: x / (1 + sp.exp(-s * x)), a, beta)
    if name == "log" and node.below:
        base = meaning(run, node.below[0])
        return combined(run, place, lambda x, n: sp.log(x) / sp.log(n), a, base)
    if name == "sigma":
        name = "sigmoid"
    if name in ELEMENTWISE or name in ("max", "min"):
        return named_function(name, run, place, values)
    if name in ("argmax", "prod"):
        said = {"argmax": "argmax has no derivative", "prod": "a product over an index is not read yet"}
        raise Unreadable(f"{said[name]}: write exp(sum of log), or leave it out", place, name)
    letters = "yzuvwx"[: len(values)]
    f = elementwise(name if len(values) == 1 else f"{name}({', '.join(letters)})")
    result = entrywise(f, a) if len(values) == 1 else None
    if result is None:
        result = Value(a.axes, lambda at: f(*[v.at(at if v.axes else ()) for v in values]))
        for v in values[1:]:
            combined(run, place, sp.Add, a, v)
    return result


def is_determinant(run, node: Node) -> bool:
    """det A; |A| of a matrix, under a logarithm."""
    if not isinstance(node, Call) or node.name not in ("det", "abs"):
        return False
    return node.name == "det" or (meaning(run, node.arguments[0]).is_matrix and not run.arrays)


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
    a = meaning(run, node.arguments[0])
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
    value = meaning(run, body)

    def at(indices: tuple) -> sp.Expr:
        for k, q in zip(letters, indices, strict=True):
            run.scope.indices[k.name] = q
        return value.at(())

    return Value(axes, at)


def total(run, node: Total) -> Value:
    """Σ_k body, max_k body: the letters are indices inside."""
    if node.kind == "prod" and not HAS_PRODUCTS:
        raise Unreadable("a product over an index is not read yet: write exp(sum of log)", node.place)
    before = dict(run.indices)
    axes = {}
    for b in node.bound:
        if b.letter in run.indices:
            raise Unreadable(
                f"{b.letter} is summed where it already has a meaning: take another letter", b.place, b.letter
            )
        axes[b.letter] = run.indices[b.letter] = run.axis_of_bound(b)
    limits = [limit for b in node.bound if (limit := limits_of(run, b))]
    body = meaning(run, node.body)
    run.indices = before
    for b in node.bound:
        run.suggest_size(b.letter.upper(), axes[b.letter])
        if name := run.averages.get((node.place.start, b.letter)):
            run.suggest_size(name, axes[b.letter])

    def at(indices: tuple) -> sp.Expr:
        def go(names: list[str]) -> sp.Expr:
            if not names:
                inside = body.at(indices)
                for sign, letter, other in limits:
                    k = run.scope.indices[letter]
                    inside *= restricted(sign, k, other(), run.scope.size(axes[letter]))
                return inside
            with run.scope.index(axes[names[0]], names[0]) as k:
                inner = go(names[1:])
                if node.kind == "sum":
                    return summed(inner, k)
                if node.kind == "prod":
                    return sp.Product(inner, k)
                return Largest(inner, k) if node.kind == "max" else -Largest(-inner, k)

        return go([b.letter for b in node.bound])

    if node.kind != "sum" and limits:
        raise Unreadable(f"{node.kind} over a part of an axis is not read", node.place)
    return Value(body.axes, at, body.hint)


def limits_of(run, b: Bound):
    """(≠, j, i): what a sum leaves out."""
    if isinstance(b.upto, Letter) and b.upto.name in run.indices:
        join(run.indices[b.letter], run.indices[b.upto.name], b.place)
        return "≤", b.letter, index_of(run, b.upto)[1]
    if b.only is None or b.only.left.name != b.letter:
        return None
    axis, other = index_of(run, b.only.right)
    if axis is not None:
        join(run.indices[b.letter], axis, b.place)
    return b.only.sign, b.letter, other


def cases(run, node: Cases, pieces) -> Value:
    *first, (value, condition) = pieces
    if condition is not None and not complement(first, condition):
        raise Unreadable("the last case has a condition: say otherwise for what is left", node.place)
    result = meaning(run, value)
    for value, condition in reversed(first):
        if condition is None:
            raise Unreadable("only the last case may say otherwise", value.place)
        result = chosen(run, node, condition, meaning(run, value), result)
    return result


OPPOSITE = {"<": "≥", "≥": "<", ">": "≤", "≤": ">", "=": "≠", "≠": "="}


def complement(first, condition: Node) -> bool:
    """Does the last condition say what the others leave: x ≤ 0 behind x > 0? At one point both may hold, or none."""
    if len(first) == 1 and isinstance(condition, Compared) and isinstance(first[0][1], Compared):
        before = first[0][1]
        if before.left == condition.left and before.right == condition.right:
            return OPPOSITE[before.sign][0] == condition.sign or {before.sign, condition.sign} in (
                {"<", ">"},
                {"≤", "≥"},
                {"<", "≥"},
                {">", "≤"},
            )
        if before.sign == "=" == condition.sign and before.left == condition.left:
            return True
    return False


def chosen(run, node: Node, condition: Node, yes: Value, no: Value) -> Value:
    """yes where the condition holds, else no; of two indices, by a Kronecker delta."""
    if isinstance(condition, Both):
        inner = chosen(run, node, condition.second, yes, no)
        return chosen(run, node, condition.first, inner, no)
    sides = condition.left, condition.right
    if condition.sign in "=≠" and all(isinstance(x, Letter) and x.name in run.indices for x in sides):
        (i, at_i), (j, at_j) = (index_of(run, x) for x in sides)
        join(i, j, node.place)
        if condition.sign == "≠":
            yes, no = no, yes

        def delta(x: sp.Expr, y: sp.Expr) -> sp.Expr:
            d = sp.KroneckerDelta(at_i(), at_j())
            return x * d + y * (1 - d)

        return combined(run, node.place, delta, yes, no)
    relation = {"<": sp.Lt, "≤": sp.Le, ">": sp.Gt, "≥": sp.Ge, "=": sp.Eq, "≠": sp.Ne}[condition.sign]
    a, b = (meaning(run, x) for x in sides)
    difference = combined(run, node.place, lambda x, y: sp.Tuple(x, y), a, b)
    both = combined(run, node.place, lambda x, y: sp.Tuple(x, y), yes, no)

    def piece(c: sp.Tuple, values: sp.Tuple) -> sp.Expr:
        return sp.Piecewise((values[0], relation(*c)), (values[1], True))

    return combined(run, node.place, piece, difference, both)
