"""What one asks of a tree: its letters, its factors, and how they are spelt."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from helpers.read.claims.samples import EACH
from helpers.read.claims.times import Script, script
from helpers.read.claims.trees import Derivative, Differential
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import (
    Compared,
    Entry,
    Letter,
    Node,
    Number,
    Power,
    Times,
    Total,
    Transposed,
    parts,
    walk,
)

SIZE_LETTERS = set("NMSnmDdBKTH")


def is_mean(n: Letter, total: Total) -> bool:
    r"""\frac{1}{N} \sum_j: how far j runs is said before the sum."""
    one = len(total.bound) == 1 and total.bound[0].upto is None and total.bound[0].only is None
    return one and n.name in SIZE_LETTERS and not n.below


def is_named(below: tuple, all_of_it: set[tuple], own: set[str]) -> bool:
    """Are two letters below a name, hh of W_{hh} beside h, and not indices?"""

    def named(sub: tuple) -> bool:
        return len(sub) == 2 and all(isinstance(s, str) and is_small(s) and s in own for s in sub)

    return len(below) == 2 and any(map(named, all_of_it))


def raised_behind(node: Node) -> Node:
    """σ_j² for what is typed as σ²_j."""
    if isinstance(node, Entry) and isinstance(node.of, Power) and isinstance(node.of.base, Letter):
        x = node.of.base
        if not x.below and all(a is not None for a in node.at):
            return replace(node.of, base=replace(x, below=node.at))
    return node


def bases(node: Node) -> Iterator[Letter]:
    """The letters of a tree that stand in no script and in no condition."""
    if isinstance(node, Letter):
        yield node
    elif not isinstance(node, Compared):
        for part in parts(node):
            yield from bases(part)


def renamed(node: Node, entries: dict[str, str], samples: dict[str, str]) -> Node:
    """A tree with other names for letters with two indices, and for those that each sample has."""
    node = rebuilt(node, lambda part: renamed(part, entries, samples))
    if not isinstance(node, Letter):
        return node
    names = samples | (entries if len(node.below) == 2 else {})
    return replace(node, name=names.get(node.name, node.name))


def is_delta(x: Letter) -> bool:
    """δ_{ij}; δ_{2i} is an entry of the second layer's error."""
    return (
        x.name == "delta"
        and len(x.below) == 2
        and not x.above
        and not any(isinstance(k, Number) for k in x.below)
    )


def is_small_letter(node: Node) -> bool:
    return isinstance(node, Letter) and node.name[0].islower() and not node.below


def is_small(s: str) -> bool:
    return len(s.rstrip("'")) == 1 and s.islower()


def inner_vectors(factors: list[Node]) -> set[str]:
    """w and x of w^T x: small letters, the first transposed and nothing between them."""
    found = set()
    for first, second in pairwise(factors):
        if isinstance(first, Transposed) and isinstance(first.of, Letter) and isinstance(second, Letter):
            both = {first.of.name, second.name.removesuffix(EACH)}
            if all(x.islower() for x in both) and not (first.of.below or second.below):
                found |= both
    return found


def behind_matrices(factors: list[Node]) -> set[str]:
    """x of W x^{(i)} and of W^T x^{(i)}."""
    found = set()
    for first, second in pairwise(factors):
        matrix = first.of if isinstance(first, Transposed) else first
        if not isinstance(matrix, Letter) or not isinstance(second, Letter) or matrix.below or second.below:
            continue
        if is_capital(matrix.name) and not second.name.isupper():
            found.add(second.name.removesuffix(EACH))
    return found


def function_name(x: Letter) -> str:
    """g of g(z); g^l of a function of one layer, g^{[l]}(z)."""
    return x.name + "".join(f"^{script(s)}" for s in x.above)


def is_capital(s: Script | None) -> bool:
    return isinstance(s, str) and len(s) == 1 and s.isupper()


def size_name(x: Letter) -> str:
    return x.name + "".join(f"_{s}" for s in map(script, x.below))


def names_in(node: Node) -> set[str]:
    return {n.name for n in walk(node) if isinstance(n, Letter)}


def factors(node: Node) -> list[tuple[str, Node]]:
    """The factors of a product from the left, each with the sign before it."""
    if isinstance(node, Times):
        return [*factors(node.left), (node.sign, node.right)]
    return [("", node)]


def squares_in(lefts: list[Node], sides: list) -> set[str]:
    """The letters whose square is a letter of its own, as σ² where σ² = ... or ∂σ² stands."""
    found = set()
    for x in map(raised_behind, lefts):
        if isinstance(x, Power) and isinstance(x.base, Letter) and getattr(x.exponent, "text", "") == "2":
            found.add(x.base.name)
    for p in sides:
        for n in walk(p.node):
            inner = (
                [n.of, n.by] if isinstance(n, Derivative) else [n.of] if isinstance(n, Differential) else []
            )
            for x in map(raised_behind, filter(None, inner)):
                if (
                    isinstance(x, Power)
                    and isinstance(x.base, Letter)
                    and getattr(x.exponent, "text", "") == "2"
                ):
                    found.add(x.base.name)
    return found & {"sigma", "s", "v", "S", "std"}


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.text.strip("0.") == ""
