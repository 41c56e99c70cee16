"""What else may have been meant where a line is wrong: what stands in the definitions and the right lines of a text."""

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.read.claims.asking import factors
from helpers.read.claims.letters import Letters, indices_of
from helpers.read.claims.trees import Derivative
from helpers.read.definitions.syntax import Letter, Minus, Node, Number, Plus, Times, walk

TINY = ("epsilon", "varepsilon", "eps")
"""What one forgets on purpose."""


@dataclass(frozen=True)
class Vocabulary:
    """The letters of a text, its gradients, the terms and factors of its right lines."""

    letters: Letters
    written: tuple[Letter, ...] = ()
    gradients: tuple[Derivative, ...] = ()
    terms: tuple[Node, ...] = ()
    indices: tuple[str, ...] = ()


def vocabulary(letters: Letters, lines: list[Node], definitions: list[Node], left: Node) -> Vocabulary:
    """What stands in the right lines, and in the definitions, of a text; the left side is no part of an answer."""
    whole = [n for tree in (*lines, *definitions) for n in walk(tree)]
    written = dict.fromkeys(
        n
        for n in whole
        if isinstance(n, Letter) and not letters.is_loss(n) and n.name not in (*letters.bound, *TINY)
    )
    gradients = dict.fromkeys(n for n in whole if isinstance(n, Derivative) and n != left)
    found = [p for tree in lines for n in walk(tree) for p in pieces(n)]
    terms = dict.fromkeys(p for p in found if p != left and not isinstance(p, Letter | Derivative | Number))
    indices = indices_of(left, letters) | {i for tree in lines for i in indices_of(tree, letters)}
    return Vocabulary(
        letters, tuple(written)[:24], tuple(gradients)[:12], tuple(terms)[:16], tuple(sorted(indices))[:5]
    )


def pieces(node: Node) -> Iterator[Node]:
    """The terms of a sum without their signs, and the factors of a product."""
    if isinstance(node, Plus):
        yield from (t.of if isinstance(t, Minus) else t for t in node.terms)
    elif isinstance(node, Times):
        yield from (f for _, f in factors(node))
