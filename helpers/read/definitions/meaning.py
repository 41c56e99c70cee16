"""What each node of a tree is as an array: one function for each kind of node."""

import sympy as sp

from helpers.read.definitions.axes import Misfit
from helpers.read.definitions.calls import call
from helpers.read.definitions.cases import cases, chosen
from helpers.read.definitions.entries import entry_value, letter_value
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.letters import SCALARS
from helpers.read.definitions.operations import (
    over,
    plus,
    raised,
)
from helpers.read.definitions.products import times
from helpers.read.definitions.reductions import (
    norm,
)
from helpers.read.definitions.syntax import (
    Both,
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
from helpers.read.definitions.totals import total
from helpers.read.definitions.values import Value, constant, transposed


def meaning(run, node: Node) -> Value:
    match node:
        case Number(text=text):
            return constant(number(text, node))
        case Letter():
            return letter_value(run, node)
        case Entry():
            return entry_value(run, node)
        case Minus(of=inner):
            return negative(meaning(run, inner))
        case Plus() if is_distance(run, node) and not run.relative:
            return run.meaning_apart(node)
        case Plus(terms=terms):
            result = meaning(run, terms[0])
            for t in terms[1:]:
                result = plus(run, node.place, result, meaning(run, t))
            return result
        case Times(left=left, sign=sign, right=right):
            suggest_average(run, left, right)
            a, b = meaning(run, left), meaning(run, right)
            run.pay(2 if sign == "" and may_be_matrix(run, left, a, b) else may_be_vector(a, b))
            return times(run, node.place, sign, a, b)
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


def is_distance(run, node: Plus) -> bool:
    """i − j, of two indices."""
    signs = [-1 if isinstance(t, Minus) else 1 for t in node.terms]
    letters = [t.of if isinstance(t, Minus) else t for t in node.terms]
    return sum(signs) == 0 and all(
        isinstance(x, Letter) and not x.below and x.name in run.indices for x in letters
    )


def negative(a: Value) -> Value:
    return Value(a.axes, lambda at: -a.at(at), a.hint, latin=a.latin)


def may_be_matrix(run, left: Node, a: Value, b: Value) -> bool:
    """E_i x of which both may be numbers, and E_i as well a matrix or a vector for each i."""
    E = left.right if isinstance(left, Times) and left.sign == "" else left
    if not (isinstance(E, Letter) and E.name[:1].isupper() and a.is_number and is_bare(b)) or run.arrays:
        return False
    name, indices = run.text.split(E)
    return len(indices) == 1 and name not in run.text.definitions and not run.is_said(name)


def may_be_vector(a: Value, b: Value) -> bool:
    """xᵀ y z of which z may be a number, and as well a vector."""
    return a.is_number and a.contracted is not None and is_bare(b)


def is_bare(b: Value) -> bool:
    return b.is_number and b.latin and b.letter[:1].islower() and b.letter[:1] not in SCALARS


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
