r"""Indices that stand twice in a term and under no sum there, j of \delta_{ij} A_{jk}: Einstein's sums."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from helpers.read.claims.asking import is_delta
from helpers.read.claims.parts import Statement
from helpers.read.claims.times import script
from helpers.read.definitions.syntax import Entry, Letter, Minus, Node, Plus, Power, Total, parts

ENOUGH = 3
"""So many statements must have one before a text is held to leave out its sums."""


class Letters(Protocol):
    """What each letter of a text is."""

    def slots(self, x: Letter) -> Any: ...
    def remembered(self, what: str, node: Node, find: Callable[[Node], Any]) -> Any: ...


def repeated(node: Node, letters: Letters) -> frozenset[str]:
    """The indices that stand twice in a term of a tree."""
    return letters.remembered("repeated", node, lambda tree: frozenset(twice(tree, letters)))


def twice(node: Node, letters: Letters) -> set[str]:
    return {i for i, n in count(node, letters).items() if n > 1}


def count(node: Node, letters: Letters) -> Counter[str]:
    """How often each index stands in a tree: of terms that are added the one with most counts."""
    if isinstance(node, Letter):
        scripts = map(script, node.below) if is_delta(node) else letters.slots(node).indices
        return Counter(i for i in scripts if isinstance(i, str) and not i.isdigit())
    if isinstance(node, Power):
        return count(node.base, letters)
    if isinstance(node, Plus):
        found: Counter[str] = Counter()
        for term in node.terms:
            found |= count(term.of if isinstance(term, Minus) else term, letters)
        return found
    found = sum((count(part, letters) for part in parts(node)), Counter[str]())
    if isinstance(node, Entry):
        found += Counter(i for i in map(script, filter(None, node.at)) if isinstance(i, str) and i.isalpha())
    elif isinstance(node, Total):
        for b in node.bound:
            del found[b.letter]
    return found


def leaves_sums_out(statements: Iterable[Statement], letters: Letters) -> bool:
    """Has a text several statements in which an index stands twice, on the right side alone, and no sum over it?"""
    found = 0
    for s in statements:
        left, *rest = (p.node for p in s.parts)
        if left is not None:
            own = {*count(left, letters)}
            found += any(p is not None and twice(p, letters) - own for p in rest)
    return found >= ENOUGH
