r"""One sample and each of many: x beside x^{(i)}.

Where a text has both, those of the many are letters of their own, xⁱ. What is defined for one sample, z = w^T x, holds
for each of them, zⁱ = w^T xⁱ; and the other way round.
"""

from collections.abc import Iterable
from dataclasses import replace

from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import Letter, Node, Total, walk

EACH = "ⁱ"
"""What the name of a letter ends with that each sample has."""
SAMPLE = "sample"
"""The index of the samples, where it is put to a letter that the text has without."""


def has_sample(x: Letter, bound: set[str]) -> bool:
    return any(isinstance(s, Letter) and not s.below and not s.above and s.name in bound for s in x.above)


def both_ways(nodes: list[Node], bound: set[str], losses: set[str]) -> set[str]:
    """Small letters and losses with a superscript of a sample; nothing if none of them also stands without it."""
    letters = [n for n in nodes if isinstance(n, Letter) and (n.name in losses or not n.name.isupper())]
    sampled = {n.name for n in letters if has_sample(n, bound)}
    return sampled if sampled & {n.name for n in letters if not has_sample(n, bound)} else set()


def named_apart(node: Node, names: set[str], bound: set[str]) -> Node:
    """The tree with xⁱ for x, where it has the superscript of a sample."""
    node = rebuilt(node, lambda part: named_apart(part, names, bound))
    if isinstance(node, Letter) and node.name in names and has_sample(node, bound):
        return replace(node, name=node.name + EACH)
    return node


def for_each(node: Node, names: set[str]) -> Node:
    """What is said of one sample, said of each."""
    node = rebuilt(node, lambda part: for_each(part, names))
    if isinstance(node, Letter) and node.name in names:
        return replace(node, name=node.name + EACH, above=(*node.above, Letter(node.place, SAMPLE)))
    return node


def for_one(node: Node, bound: set[str]) -> Node:
    """What is said of each sample, said of one."""
    node = rebuilt(node, lambda part: for_one(part, bound))
    if isinstance(node, Letter) and node.name.endswith(EACH):
        above = tuple(s for s in node.above if not has_sample(Letter(node.place, "", (), (s,)), bound))
        return replace(node, name=node.name.removesuffix(EACH), above=above)
    return node


def names_of(node: Node) -> set[str]:
    return {n.name for n in walk(node) if isinstance(n, Letter)}


def sums_over_samples(node: Node, indices: Iterable[str]) -> bool:
    return any(b.letter in set(indices) for n in walk(node) if isinstance(n, Total) for b in n.bound)


def depend_on_the_sample(names: set[str], rights: dict[str, list[Node]]) -> set[str]:
    """The letters that each sample has: those that are written so, and those that are made of them."""
    found, before = set(names), None
    while found != before:
        before = set(found)
        for name, trees in rights.items():
            if not name.endswith(EACH) and any(names_of(t) & found for t in trees):
                found.add(name)
    return found
