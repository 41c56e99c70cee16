r"""w_1 x_1 + w_2 x_2 + \dots + w_n x_n as a sum over an index."""

from dataclasses import replace

from helpers.read.definitions.errors import Place, Unreadable
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import Bound, Letter, Node, Number, Total, walk

INDICES = "jikqr"


def series(terms: list[Node], last: Node, place: Place) -> list[Node]:
    """The terms with those that the dots go on from as one sum; they must be alike, but for the number below."""
    if not terms:
        raise Unreadable("nothing stands before the dots", place)
    first = terms[0] if len(terms) == 1 else None
    for k in range(max(len(terms) - 2, 0), -1, -1):
        run = terms[k:]
        general = general_term(run, last)
        if general is not None:
            body, index, start, end = general
            return [*terms[:k], Total(place, "sum", (Bound(place, index, end, None, start),), body)]
    raise Unreadable("what do the dots stand for? write a sum, \\sum_{i=1}^{n}", (first or terms[-1]).place)


def general_term(run: list[Node], last: Node) -> tuple[Node, str, Number, Node] | None:
    """The term with an index for the first number, and from where to where it runs; None where they are not alike."""
    starts = [n for n in walk(run[0]) if isinstance(n, Letter) and len(n.below) == 1]
    numbers = {n.below[0] for n in starts if isinstance(n.below[0], Number)}
    if len(numbers) != 1:
        return None
    (start,) = numbers
    used = {n.name for term in (*run, last) for n in walk(term) if isinstance(n, Letter)}
    index = next((i for i in INDICES if i not in used), None)
    if index is None or not start.text.isdigit():
        return None
    body = at(run[0], start, Letter(start.place, index))
    ends = {n.below[0] for n in walk(last) if isinstance(n, Letter) and len(n.below) == 1}
    for end in ends:
        numbered = [Number(start.place, str(int(start.text) + k)) for k in range(len(run))]
        alike = all(at(body, Letter(start.place, index), n) == t for n, t in zip(numbered, run, strict=True))
        if alike and at(body, Letter(start.place, index), end) == last and isinstance(end, Letter):
            return body, index, start, end
    return None


def at(node: Node, before: Node, after: Node) -> Node:
    """The tree with another index below its letters."""
    node = rebuilt(node, lambda part: at(part, before, after))
    if isinstance(node, Letter) and node.below == (before,):
        return replace(node, below=(after,))
    return node
