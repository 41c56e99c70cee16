r"""[h_{t-1}, x_t]: one vector behind the other."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.read.definitions.cursor import Cursor
from helpers.read.definitions.syntax import CLOSING, Entry, Letter, Node, Times

Expression = Callable[[Cursor], Node]


@dataclass(frozen=True)
class Stacked(Node):
    """Vectors, or matrices of as many rows, one behind the other."""

    items: tuple[Node, ...]


def begins_stack(c: Cursor) -> bool:
    """Is there a comma or a semicolon inside of the bracket that opens here?"""
    depth = ahead = 0
    while c.peek(ahead).kind != "end":
        text = c.peek(ahead).text
        depth += (text in CLOSING) - (text in CLOSING.values())
        if depth == 0:
            return False
        if depth == 1 and text in (",", ";"):
            return True
        ahead += 1
    return False


def stacked(c: Cursor, expression: Expression) -> Stacked:
    opened, items = c.next(), []
    with c.inside():
        items.append(expression(c))
        while c.take(",", ";"):
            items.append(expression(c))
    c.want(CLOSING[opened.text], opened)
    return Stacked(c.place(opened), tuple(items))


def product_with_stack(node: Node) -> Node:
    """W [h_{t-1}, x_t] for what is typed as W[h_{t-1}, x_t]: no letter with a script is an index."""
    is_letter = isinstance(node, Entry) and isinstance(node.of, Letter) and len(node.at) > 1
    if is_letter and any(isinstance(x, Letter) and (x.below or x.above) for x in node.at):
        return Times(node.place, node.of, "", Stacked(node.place, node.at))
    return node
