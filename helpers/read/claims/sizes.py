"""Equalities that say how long an axis is, how far an index runs, or how a step changes a weight: no claims."""

import re

from helpers.read.claims.noise import is_update
from helpers.read.claims.parts import Statement
from helpers.read.definitions.syntax import Letter, Node, Number, Plus, Power, Total, walk
from helpers.read.definitions.tokens import Token

SHAPE = re.compile(r"\w+ = \( \w+ (?:, \w+ )+\)")
"""X = (m, n) says a shape, and claims nothing."""


def without_sizes(statements: list[Statement]) -> list[Statement]:
    """Without what claims nothing: updates, and what only says how far an index or a sum runs."""
    nodes = [n for s in statements for p in s.parts if p.node is not None for n in walk(p.node)]
    sizes = {b.upto for n in nodes if isinstance(n, Total) for b in n.bound if isinstance(b.upto, Letter)}
    scripts = [k for n in nodes if isinstance(n, Letter) for k in (*n.below, *n.above)]
    scripts += [n.exponent for n in nodes if isinstance(n, Power) and isinstance(n.base, Letter)]
    indices = {n.name for k in scripts for n in walk(k) if isinstance(n, Letter)}
    for s in statements:
        s.parts = [p for p in s.parts if not SOUGHT.search(p.text)]
    return [
        s for s in statements if s.parts and not (says_a_size(s, sizes) or runs(s, indices) or updates(s))
    ]


SOUGHT = re.compile(
    r"^\W*(?:hat|boldsymbol|operatorname\*?|text|mathrm|underset\W.*?)?\W*arg\W{0,12}(?:min|max)"
    r"|subject\s*to|\bs\.\s?t\.|^\W*(?:min|max)(?:imi[sz]e)?\b(?!\s*\()"
)
"""What is sought, as in argmin_w J, or subject to |u| = 1, is no side of an equality."""


def says_a_size(statement: Statement, sizes: set[Node]) -> bool:
    """K = n or K = 10, where a sum runs to K."""
    return len(statement.parts) > 1 and all(
        isinstance(p.node, Letter | Number) for p in statement.parts
    ) and any(p.node in sizes for p in statement.parts)  # fmt: skip


def runs(statement: Statement, indices: set[str]) -> bool:
    """i = 1, l = L, k = n − 1: what a letter that stands in scripts is, or runs over."""
    first, *rest = [p.node for p in statement.parts]
    is_index = isinstance(first, Letter) and not first.below and not first.above and first.name in indices
    return (
        is_index
        and len(first.name) == 1
        and first.name.islower()
        and bool(rest)
        and all(map(is_number_of_one, rest))
    )


def is_number_of_one(node: Node | None) -> bool:
    """1, L, n − 1"""
    if isinstance(node, Plus):
        return len(node.terms) == 2 and all(
            isinstance(getattr(t, "of", t), Letter | Number) for t in node.terms
        )
    return isinstance(node, Letter | Number) and not getattr(node, "below", ())


def updates(statement: Statement) -> bool:
    """w = w − η g; C = C(a), which says what it is made of"""
    nodes = [p.node for p in statement.parts]
    if len(nodes) == 2 and None not in nodes:
        return is_update(*nodes) or nodes[0] == nodes[1]
    return False


def axes_said(tokens: list[Token]) -> list[tuple[list[Token], int]]:
    r"""What x, W^{(l)} \in \mathbb{R}^{N \times D} says: two axes each; one of size 1 is none."""
    k = next((k for k, t in enumerate(tokens) if t.text == "∈"), len(tokens))
    behind = [t.text for t in tokens[k + 1 :]]
    if behind[:1] != ["ℝ"] or any(t.text == "=" for t in tokens[:k]):
        return []
    axes = 0
    if behind[1:3] == ["^", "{"]:
        depth, parts = 0, [[]]
        for x in behind[3:]:
            depth += (x == "{") - (x == "}")
            if depth < 0:
                break
            if x in ("×", "·", "*") and not depth:
                parts.append([])
            else:
                parts[-1].append(x)
        axes = sum(part != ["1"] for part in parts)
    elif behind[1:2] == ["^"]:
        axes = 1
    return [(name, axes) for name in apart_at_commas(tokens[:k])]


def apart_at_commas(tokens: list[Token]) -> list[list[Token]]:
    found, depth = [[]], 0
    for t in tokens:
        depth += (t.text in "([{") - (t.text in ")]}")
        if t.text == "," and not depth:
            found.append([])
        else:
            found[-1].append(t)
    return [letter for letter in found if letter]
