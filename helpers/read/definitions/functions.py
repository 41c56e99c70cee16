"""Functions that a text defines, put in where they are called."""

from collections.abc import Callable
from dataclasses import replace

from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.syntax import Bound, Call, Entry, Letter, Node, Total, field_names, walk


def inlined(node: Node, functions: dict, depth: int = 0) -> Node:
    """The tree with each function of the text replaced by what it is defined as."""
    if depth > 8:
        raise Unreadable("a function is defined by itself: write what it is", node.place)
    if isinstance(node, Call) and node.name in functions:
        parameters, body = functions[node.name]
        if len(parameters) != len(node.arguments):
            raise Unreadable(f"{node.name} takes {len(parameters)} arguments", node.place, node.name)
        given = dict(zip(parameters, (inlined(a, functions, depth) for a in node.arguments), strict=True))
        return inlined(put(apart(body), given), functions, depth + 1)
    return rebuilt(node, lambda part: inlined(part, functions, depth))


def apart(body: Node) -> Node:
    """A function's own sums with letters of their own: i' for i."""
    bound = {b.letter for n in walk(body) if isinstance(n, Total) for b in n.bound}

    def renamed(node: Node) -> Node:
        if isinstance(node, Letter | Bound):
            key = "name" if isinstance(node, Letter) else "letter"
            if getattr(node, key) in bound:
                node = replace(node, **{key: getattr(node, key) + "'"})
        return rebuilt(node, renamed)

    return renamed(body) if bound else body


def put(node: Node, given: dict[str, Node]) -> Node:
    if isinstance(node, Letter) and node.name in given:
        value, below = given[node.name], tuple(put(k, given) for k in node.below)
        if isinstance(value, Letter) and not value.below:
            return replace(node, name=value.name, below=below)
        return Entry(node.place, value, below) if below else value
    return rebuilt(node, lambda part: put(part, given))


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with changed parts."""

    def changed(value):
        if isinstance(value, Node):
            return change(value)
        return tuple(map(changed, value)) if isinstance(value, tuple) else value

    before = {name: getattr(node, name) for name in field_names(type(node))}
    values = {name: changed(value) for name, value in before.items()}
    same = all(values[k] is v or values[k] == v for k, v in before.items())
    return node if same else replace(node, **values)
