"""The tree of a formula, the same for each notation.

Two trees are equal where the formulas are, wherever they stand: a place does not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache

from helpers.read.definitions.errors import Place

CLOSING = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}


@dataclass(frozen=True)
class Node:
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True)
class Number(Node):
    """2, 0.5; `π` and `∞` are numbers too."""

    text: str


@dataclass(frozen=True)
class Letter(Node):
    """X, x_i, W^{(l)}: a name with its subscripts, and its superscripts in brackets."""

    name: str
    below: tuple[Node, ...] = ()
    above: tuple[Node, ...] = ()
    bold: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Plus(Node):
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Minus(Node):
    """−x"""

    of: Node


@dataclass(frozen=True)
class Times(Node):
    """A product of two, and the sign between them: nothing, ·, ×, *, ∘, @ or ⟨⟩."""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True)
class Over(Node):
    """top / bottom"""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power(Node):
    base: Node
    exponent: Node
    entrywise: bool = False  # as NumPy's ** is


@dataclass(frozen=True)
class Transposed(Node):
    of: Node


@dataclass(frozen=True)
class Call(Node):
    """softmax_j(A); `axis` and `keepdims` as NumPy has them; an `unbiased` variance divides by N − 1."""

    name: str
    arguments: tuple[Node, ...]
    below: tuple[Node, ...] = ()
    axis: int | None = None
    keepdims: bool = False
    unbiased: bool = False


@dataclass(frozen=True)
class Compared(Node):
    """left < right, one of < ≤ > ≥ = ≠"""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True)
class Both(Node):
    """Two conditions at once: 0 < x < 1."""

    first: Node
    second: Node


@dataclass(frozen=True)
class Bound(Node):
    """A letter that is bound, where it starts and ends, and what else is said of it: j = 1, ..., N, or j ≠ i."""

    letter: str
    upto: Node | None = None
    only: Compared | None = None
    start: Node | None = None


@dataclass(frozen=True)
class Total(Node):
    """Σ, ∏, max or min of a body over the letters that are bound."""

    kind: str
    bound: tuple[Bound, ...]
    body: Node


@dataclass(frozen=True)
class Norm(Node):
    """‖x‖_p; p is 1, 2, F or nothing"""

    of: Node
    order: str = ""


@dataclass(frozen=True)
class Cases(Node):
    """Values with their conditions, the last perhaps with none: otherwise."""

    pieces: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Indicator(Node):
    """1 where a condition holds, else 0."""

    condition: Node


@dataclass(frozen=True)
class Entry(Node):
    """X[s, :], softmax(z)_i: what stands at an index; `None` for a new axis, `Whole` for all of one."""

    of: Node
    at: tuple[Node | None, ...]


@dataclass(frozen=True)
class Whole(Node):
    """: in X[s, :]"""


@dataclass(frozen=True)
class Einsum(Node):
    """np.einsum("mi,mj->ij", A, B)"""

    rule: str
    arguments: tuple[Node, ...]


@cache
def field_names(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold others."""
    return tuple(f.name for f in fields(kind) if f.type not in (str, bool, Place))


def parts(node: Node) -> Iterator[Node]:
    """The nodes that a node is built of."""
    for name in field_names(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from nodes_in(value)


def nodes_in(values: tuple) -> Iterator[Node]:
    for v in values:
        if isinstance(v, Node):
            yield v
        elif isinstance(v, tuple):
            yield from nodes_in(v)


def walk(node: Node) -> Iterator[Node]:
    """A node and all that is in it, from the left to the right; found once, for a tree does not change."""
    found = node.__dict__.get("walked")
    if found is None:
        found = tuple(nodes_below(node))
        object.__setattr__(node, "walked", found)
    return iter(found)


def nodes_below(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        todo += [*parts(here)][::-1]


def labelled(items: tuple[Node, ...], sign: str, name: str) -> str:
    """What a label adds to a name: 1 to W for W^{(1)}, _in for W_in."""
    written = "".join(spelt(k) for k in items)
    if written.isdigit() and not name[-1].isdigit():
        return written
    return f"_{written}" if sign == "_" and written.isalnum() else f"{sign}{{{written}}}"


def spelt(k: Node) -> str:
    if isinstance(k, Number):
        return k.text
    if isinstance(k, Letter):
        return k.name + "".join(spelt(q) for q in (*k.below, *k.above))
    if isinstance(k, Plus):
        first, *rest = k.terms
        return spelt(first) + "".join(spelt(t) if spelt(t)[0] == "-" else "+" + spelt(t) for t in rest)
    return "-" + "".join(spelt(p) for p in parts(k))
