r"""Numbered entries: w_{12} and y_1 beside w_{ij} and y_i, where the text defines nothing by such a number."""

from collections.abc import Iterable

from helpers.read.claims.parts import Statement
from helpers.read.claims.times import Script
from helpers.read.claims.trees import Applied
from helpers.read.definitions.syntax import Letter, Node, Number, walk

Scripts = dict[str, set[tuple[Script | None, ...]]]


def numbered_entries(below: Scripts, bound: set[str], statements: Iterable[Statement]) -> dict[str, int]:
    """The letters whose numbers below are entries, and how many indices each has."""
    found = {}
    defining = {x.name for s in statements if len(s.parts) > 1 for x in in_definition(s) if has_number(x)}
    for name, subs in below.items():
        typed = [sub for sub in subs if sub and all(isinstance(s, str) for s in sub)]
        counts = {len(sub) for sub in typed if bound.issuperset(sub)}
        numbers = [sub for sub in typed if all(s.isdigit() for s in sub)]
        others = len(typed) > len(numbers) + sum(bound.issuperset(sub) for sub in typed)
        if len(counts) == 1 and numbers and not others and name not in defining:
            (k,) = counts
            counted = [entries(sub, k) for sub in numbers]
            if all(len(e) == k and "0" not in e for e in counted):
                found[name] = k
    return found


def singled_out(below: Scripts, bound: set[str]) -> set[str]:
    """The letters with one index, in whose place a number stands elsewhere: w_0 is a number like w_j, and no vector."""
    found = set()
    for name, subs in below.items():
        typed = [sub for sub in subs if sub and all(isinstance(s, str) for s in sub)]
        single = {sub[0] for sub in typed if len(sub) == 1}
        if len(single) and all(len(sub) == 1 for sub in typed) and any(s.isdigit() for s in single):
            found |= {name} if single & bound else set()
    return found


def entries(numbers: tuple[str, ...], k: int) -> tuple[str, ...]:
    """1 and 2 of w_{12} and of w_{1,2}, which have two indices; 12 of y_{12}, which has one."""
    return tuple(numbers[0]) if len(numbers) == 1 and k > 1 else numbers


def in_definition(s: Statement) -> Iterable[Letter]:
    """The letters of what may be a definition, of a letter or a function, by its first two sides."""
    left, right = s.parts[0].node, s.parts[1].node
    trees: list[Node] = (
        [left, *([right] if right is not None else [])] if isinstance(left, Letter | Applied) else []
    )
    return [n for tree in trees for n in walk(tree) if isinstance(n, Letter)]


def has_number(x: Letter) -> bool:
    return any(isinstance(s, Number) for s in x.below)
