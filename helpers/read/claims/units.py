r"""Index letters that tell layers apart: a_j of the hidden units and a_k of the outputs are different letters.

A text that writes so defines a letter again under another index, in other terms: a_j = \sum_i w_{ji} x_i, a_k = \sum_j
w_{kj} z_j; or one of its units by the next, \delta_j = h'(a_j) \sum_k w_{kj} \delta_k.
"""

from itertools import combinations

from helpers.read.claims.parts import Statement
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import Letter, Node, Total, walk


def tells_layers_apart(statements: list[Statement]) -> bool:
    """Is a letter defined twice in a section, with different indices and in different terms?"""
    defined: dict[tuple[int, str], list[tuple[str, Node]]] = {}
    for s in statements:
        if len(s.parts) < 2 or not isinstance(left := s.parts[0].node, Letter) or s.parts[1].node is None:
            continue
        if (i := unit(left)) and not left.above:
            defined.setdefault((s.section, left.name), []).append((i, s.parts[1].node))
    return any(
        is_other(name, one, another)
        for (_, name), found in defined.items()
        for one, another in combinations(found, 2)
    )


def is_other(name: str, one: tuple[str, Node], another: tuple[str, Node]) -> bool:
    """Two definitions under different indices that are not one definition in other index letters."""
    (i, right), (j, other) = one, another
    return (
        i != j
        and anonymous(right, {i: "1"}) != anonymous(other, {j: "1"})
        and made_of_each_other(one, another)
    )


def made_of_each_other(one: tuple[str, Node], another: tuple[str, Node]) -> bool:
    """Does one of them sum over the index of the other?"""
    (i, right), (j, other) = one, another
    return j in summed(right) or i in summed(other)


def summed(tree: Node) -> set[str]:
    return {b.letter for n in walk(tree) if isinstance(n, Total) for b in n.bound}


def unit(x: Letter) -> str:
    """The one index letter below a letter, else nothing."""
    if len(x.below) != 1 or not isinstance(x.below[0], Letter) or x.below[0].below or x.below[0].above:
        return ""
    name = x.below[0].name
    return name if len(name) == 1 and name.islower() else ""


def anonymous(tree: Node, names: dict[str, str]) -> Node:
    """The tree with its index letters numbered in the order in which they come."""

    def numbered(name: str) -> str:
        return names.setdefault(name, str(len(names) + 1))

    def change(node: Node, script: bool = False) -> Node:
        if isinstance(node, Letter):
            below = tuple(change(b, True) for b in node.below)
            name = (
                numbered(node.name) if script and len(node.name) == 1 and node.name.islower() else node.name
            )
            return Letter(node.place, name, below, node.above)
        if isinstance(node, Total):
            bound = tuple(type(b)(b.place, numbered(b.letter)) for b in node.bound)
            return Total(node.place, node.kind, bound, change(node.body))
        return rebuilt(node, change)

    return change(tree)
