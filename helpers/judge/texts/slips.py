"""Single changes of a formula: the slips that a hand makes, each undone. The kind of a slip is the kind of the mistake.

A slip is tried where a line is wrong: if undoing one makes it right, it was read as it was meant.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

from helpers.judge.texts.vocabulary import Vocabulary
from helpers.read.claims.asking import factors
from helpers.read.claims.letters import indices_of, script
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.claims.windows import window
from helpers.read.definitions.syntax import (
    Bound,
    Call,
    Cases,
    Letter,
    Minus,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    Transposed,
)
from helpers.verdict import Kind


@dataclass(frozen=True)
class Slip:
    """The kind of a mistake, the part of the formula that has it, and the formula without it."""

    kind: Kind
    at: Node
    line: Node


Change = tuple[Kind, Node]
Put = Callable[[Node], Node]


def slips(node: Node, known: Vocabulary) -> Iterator[Slip]:
    """Every single change of a formula, the likeliest first."""
    everywhere = list(places(node))
    for kind in KINDS:
        for part, put in everywhere:
            for name, changed in kind(part, known):
                yield Slip(name, part, put(changed))


def places(node: Node) -> Iterator[tuple[Node, Put]]:
    """Each part of a formula, and a function that puts another in its place; scripts are no parts."""
    yield node, lambda new: new
    if isinstance(node, Letter | Number):
        return
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node) and f.name != "function":
            for part, put in places(value):
                yield part, lambda new, put=put, name=f.name: replace(node, **{name: put(new)})
        elif isinstance(value, tuple) and f.name in ("terms", "arguments"):
            for k, item in enumerate(value):
                for part, put in places(item):
                    yield (
                        part,
                        lambda new, put=put, k=k, name=f.name: replace(
                            node,
                            **{name: (*getattr(node, name)[:k], put(new), *getattr(node, name)[k + 1 :])},
                        ),
                    )


def times(fs: list[tuple[str, Node]]) -> Node:
    """The product of factors, each with the sign before it."""
    (_, out), *rest = fs
    for sign, f in rest:
        out = Times(out.place, out, sign, f)
    return out


def negative(node: Node) -> Node:
    return node.of if isinstance(node, Minus) else Minus(node.place, node)


def signs(node: Node, known: Vocabulary) -> Iterator[Change]:
    """−a for a, and for one term of a sum."""
    if isinstance(node, Plus):
        for k, term in enumerate(node.terms):
            yield Kind.SIGN, replace(node, terms=(*node.terms[:k], negative(term), *node.terms[k + 1 :]))
    elif isinstance(node, Minus):
        yield Kind.SIGN, node.of


def orders(node: Node, known: Vocabulary) -> Iterator[Change]:
    """Two factors transposed or exchanged, as Xᵀ A, A X and A Xᵀ for X A."""
    if not isinstance(node, Times):
        return
    fs = factors(node)
    for k in range(len(fs) - 1):
        (before, a), (sign, b) = fs[k], fs[k + 1]
        for x in (a, transposed(a)):
            for y in (b, transposed(b)):
                for first, second in ((x, y), (y, x)):
                    if (first, second) != (a, b):
                        kind = Kind.TRANSPOSED if first is x else Kind.WRONG_AXIS
                        yield kind, times([*fs[:k], (before, first), (sign, second), *fs[k + 2 :]])
        other = "" if sign == "∘" else "∘"
        yield Kind.WRONG_VALUE, times([*fs[: k + 1], (other, b), *fs[k + 2 :]])


def transposed(node: Node) -> Node:
    return node.of if isinstance(node, Transposed) else Transposed(node.place, node)


def lone(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A letter, or a whole product, transposed."""
    if isinstance(node, Transposed | Letter | Times):
        yield Kind.TRANSPOSED, transposed(node)


def too_many(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A factor, a term, a sum, a power or a number below a bar too many."""
    if isinstance(node, Times):
        fs = factors(node)
        for k in range(len(fs)):
            yield Kind.FACTOR, times([*fs[:k], *fs[k + 1 :]])
    elif isinstance(node, Plus):
        for k in range(len(node.terms)):
            left = (*node.terms[:k], *node.terms[k + 1 :])
            yield Kind.WRONG_VALUE, left[0] if len(left) == 1 else replace(node, terms=left)
    elif isinstance(node, Total):
        yield Kind.USELESS_INDEX, node.body
    elif isinstance(node, Over):
        yield Kind.FACTOR, node.top
        yield Kind.FACTOR, Over(node.place, node.bottom, node.top)
    elif isinstance(node, Power) and not isinstance(node.exponent, Letter):
        yield Kind.WRONG_VALUE, node.base


def numbers(node: Node, known: Vocabulary) -> Iterator[Change]:
    """Another small number, or twice and half of it."""
    if isinstance(node, Number) and node.text.isdigit():
        n = int(node.text)
        for other in dict.fromkeys((n + 1, n - 1, 2 * n)):
            yield Kind.FACTOR, Number(node.place, str(other))
        yield Kind.FACTOR, Over(node.place, node, Number(node.place, "2"))
        yield Kind.SIGN, Minus(node.place, node)
    elif isinstance(node, Times | Letter | Derivative | Applied):
        yield Kind.FACTOR, Times(node.place, Number(node.place, "2"), "", node)


def conditions(node: Node, known: Vocabulary) -> Iterator[Change]:
    """Two cases exchanged."""
    if isinstance(node, Cases) and len(node.pieces) == 2:
        (a, first), (b, second) = node.pieces
        yield Kind.WRONG_VALUE, replace(node, pieces=((b, first), (a, second)))


def functions(node: Node, known: Vocabulary) -> Iterator[Change]:
    """f for f′, f′ for f; the function left out."""
    if isinstance(node, Applied):
        yield Kind.WRONG_FUNCTION, replace(node, primes=0 if node.primes else 1)
        yield Kind.WRONG_FUNCTION, node.argument
    elif isinstance(node, Call) and len(node.arguments) == 1 and not node.below:
        yield Kind.WRONG_FUNCTION, node.arguments[0]


def scripts(node: Node, known: Vocabulary) -> Iterator[Change]:
    """Two indices exchanged, another index, the layer before or behind."""
    if not isinstance(node, Letter):
        return
    for name, own in (("below", node.below), ("above", node.above)):
        if len(own) == 2 and name == "below":
            yield Kind.TRANSPOSED, replace(node, below=own[::-1])
        for k, item in enumerate(own):
            for other in other_scripts(item, known):
                yield Kind.WRONG_INDEX, replace(node, **{name: (*own[:k], other, *own[k + 1 :])})


def windows(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A window that moves the other way: X_{i+m} for X_{i-m}, W_{p-i} for W_{i-p}."""
    if isinstance(node, Letter) and any(window(item, known.letters.bound) for item in node.below):
        for turn in (reversed_window, opposite):
            yield Kind.FLIPPED, replace(node, below=tuple(map(turn, node.below)))


def reversed_window(item: Node) -> Node:
    """i − m of i + m"""
    if not isinstance(item, Plus):
        return item
    return replace(item, terms=(item.terms[0], *map(negative, item.terms[1:])))


def opposite(item: Node) -> Node:
    """p − i of i − p"""
    return replace(item, terms=tuple(map(negative, item.terms[::-1]))) if isinstance(item, Plus) else item


def other_scripts(item: Node, known: Vocabulary) -> Iterator[Node]:
    """What an index, a layer or a time may have been meant to be."""
    s = script(item)
    base = s[0] if isinstance(s, tuple) else s
    shift = s[1] if isinstance(s, tuple) else 0
    if base in known.letters.steps:
        letter = Letter(item.place, base)
        for step in (shift - 1, shift + 1):
            number = Number(item.place, str(abs(step)))
            signed = Minus(item.place, number) if step < 0 else number
            yield Plus(item.place, (letter, signed)) if step else letter
    elif s is not None and s.isdigit():
        yield from (Number(item.place, str(n)) for n in (int(s) - 1, int(s) + 1) if n >= 0)
    elif s in known.indices:
        yield from (Letter(item.place, i) for i in known.indices if i != s)


def reductions(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A mean for a sum in a program, a sum for a mean; along the other axis."""
    if isinstance(node, Call) and node.name in ("sum", "mean"):
        yield Kind.FACTOR, replace(node, name="mean" if node.name == "sum" else "sum")
        if node.axis is not None:
            yield Kind.WRONG_AXIS, replace(node, axis=0 if node.axis else 1)


def one_less(node: Node, known: Vocabulary) -> Iterator[Change]:
    """1 − p for p."""
    if isinstance(node, Letter | Applied | Call):
        yield Kind.TERM_MISSING, Plus(node.place, (Number(node.place, "1"), Minus(node.place, node)))


def arrays(node: Node, known: Vocabulary) -> Iterator[Change]:
    """Another letter with as many scripts, or another gradient."""
    if isinstance(node, Letter):
        shape = len(node.below), len(node.above)
        names = dict.fromkeys(x.name for x in known.written if (len(x.below), len(x.above)) == shape)
        for name in names:
            if name not in (node.name, "delta"):
                other = replace(node, name=name)
                yield Kind.WRONG_ARRAY, other
                if shape == (0, 0):
                    yield Kind.WRONG_ARRAY, Transposed(node.place, other)
        labelled = (x for x in known.written if x.name == node.name and x != node)
        yield from ((Kind.WRONG_ARRAY, x) for x in labelled)
    elif isinstance(node, Derivative):
        yield from ((Kind.WRONG_ARRAY, d) for d in known.gradients if d != node)


def sums(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A sum that is left out."""
    if isinstance(node, Times | Over | Derivative | Letter | Minus | Plus | Power):
        yield Kind.NOT_SUMMED, Call(node.place, "sum", (node,))
        for i in sorted(indices_of(node, known.letters)):
            yield Kind.NOT_SUMMED, Total(node.place, "sum", (Bound(node.place, i),), node)


def deltas(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A δ that is left out, or that is too many."""
    if isinstance(node, Letter) and node.name == "delta" and len(node.below) == 2:
        yield Kind.WRONG_VALUE, Number(node.place, "1")
    elif isinstance(node, Times | Over | Derivative | Letter | Plus | Number | Applied | Call):
        for k, i in enumerate(known.indices):
            for j in known.indices[k + 1 :]:
                delta = Letter(node.place, "delta", (Letter(node.place, i), Letter(node.place, j)))
                yield Kind.DELTA_MISSING, Times(node.place, node, "", delta)


def factors_missing(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A factor that is left out: a letter of the text, a gradient, a factor of a right line; or a size below a bar."""
    if not isinstance(node, Times | Over | Derivative | Letter | Applied | Total | Call):
        return
    for f in (*known.gradients, *known.written, *known.terms):
        yield Kind.FACTOR, Times(node.place, node, "", f)
        yield Kind.FACTOR, Times(node.place, f, "", node)
    for x in known.written:
        if known.letters.is_size(x):
            yield Kind.FACTOR, Over(node.place, node, x)


def terms_missing(node: Node, known: Vocabulary) -> Iterator[Change]:
    """A term that is left out."""
    for term in (*known.terms, *known.written):
        for signed in (term, negative(term)):
            before = node.terms if isinstance(node, Plus) else (node,)
            yield Kind.TERM_MISSING, Plus(node.place, (*before, signed))


KINDS = (
    signs, orders, lone, windows, too_many, numbers, conditions, functions, scripts, reductions, one_less, arrays, sums,
    deltas, factors_missing, terms_missing,
)  # fmt: skip
"""The changes, the likeliest first."""
