"""What a text says as a whole, found before any formula is evaluated: its indices, definitions, sizes and uses."""

from dataclasses import replace

from helpers.read.definitions.bounds import last_value
from helpers.read.definitions.doubts import ask_of_entries, ask_of_words, refuse_unbound
from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.functions import inlined, rebuilt
from helpers.read.definitions.letters import LAYERS, PICKED, USUAL_INDICES, Definition, Text
from helpers.read.definitions.statements import Defined, Statements
from helpers.read.definitions.syntax import (
    Bound,
    Call,
    Entry,
    Indicator,
    Letter,
    Minus,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    labelled,
    nodes_in,
    parts,
    walk,
)


def text_of(statements: Statements) -> Text:
    text = Text(statements)
    read_functions(text)
    find_squares(text)
    find_indices(text)
    find_names(text)
    find_definitions(text)
    find_uses(text)
    return text


def read_functions(text: Text) -> None:
    """f(x) = ..., where f is called elsewhere: a function, put in where it is called; else f is a letter."""
    statements = text.statements
    called = {n.name for d in statements.defined for n in walk(d.right) if isinstance(n, Call)}
    kept = []
    for d in statements.defined:
        if isinstance(d.left, Entry) and isinstance(d.left.of, Call):
            if d.left.of.name in called:
                said = f"{d.left.of.name} is known here: leave its definition out, or give it another name"
                raise Unreadable(said, d.left.place, d.left.of.name)
            d = replace(d, left=Letter(d.left.place, d.left.of.name, d.left.at))
        if isinstance(d.left, Call):
            parameters = tuple(a.name for a in d.left.arguments if isinstance(a, Letter) and not a.below)
            name = d.left.name + (labelled(d.left.below, "_", d.left.name) if d.left.below else "")
            if name in called and len(parameters) == len(d.left.arguments):
                text.functions[name] = (parameters, d.right)
                continue
            below = {a.below for a in d.left.arguments if isinstance(a, Letter)}
            shared = below.pop() if len(below) == 1 else ()
            if (
                len(shared) < 2
            ):  # of FL(p_t) the t is part of a name; of F(x_ij, y_ij) the indices are those of F
                text.labels |= {
                    k.name for a in d.left.arguments for k in walk(a) if k != a and isinstance(k, Letter)
                }
                shared = ()
            left = Letter(d.left.place, name, shared)
            if any(k in scripts(d.right) for k in d.left.below):
                left = Letter(d.left.place, d.left.name, (*d.left.below, *shared))
            d = replace(d, left=left)
        kept.append(d)
    known = text.functions
    statements.defined[:] = [replace(d, right=inlined(d.right, known)) for d in kept]


def scripts(node: Node) -> list[Node]:
    """What stands below or above some letter of a tree."""
    return [k for n in walk(node) if isinstance(n, Letter) for k in (*n.below, *n.above)]


def find_squares(text: Text) -> None:
    """σ^2 = ...: the square has a letter of its own, and σ is its root."""
    for d in text.statements.defined:
        if is_square(d.left):
            text.squares.add(d.left.base.name)
    if text.squares:
        text.statements.defined[:] = [
            replace(d, left=squared(d.left, text.squares), right=squared(d.right, text.squares))
            for d in text.statements.defined
        ]


def is_square(node: Node) -> bool:
    return isinstance(node, Power) and isinstance(node.base, Letter) and node.exponent == two(node)


def two(node: Node) -> Number:
    return Number(node.place, "2")


def squared(node: Node, squares: set[str]) -> Node:
    if is_square(node) and node.base.name in squares:
        return replace(node.base, name=node.base.name + "_sq")
    if isinstance(node, Letter) and node.name in squares:
        half = Over(node.place, Number(node.place, "1"), two(node))
        return Power(node.place, replace(node, name=node.name + "_sq"), half, entrywise=True)
    return rebuilt(node, lambda part: squared(part, squares))


def find_indices(text: Text) -> None:
    """A letter that a sum binds, that stands in X[s, n], or on the left below and on the right as well."""
    for d in text.statements.defined:
        inside = [*walk(d.right)]
        for b in (b for n in inside if isinstance(n, Total) for b in n.bound):
            if isinstance(b.start, Number) and b.start.text.isdigit():
                text.statements.firsts.setdefault(b.letter, int(b.start.text))
        text.indices |= {
            b.letter for n in inside if isinstance(n, Total) for b in (*n.bound, *other_bound(n))
        }
        for n in (*walk(d.left), *inside):
            if isinstance(n, Entry) and not d.arrays:
                text.indices |= {k.name for k in nodes_in(n.at) if isinstance(k, Letter) and not k.below}
            if isinstance(n, Call) and n.name == "stacked":
                text.indices |= {k.name for k in n.arguments[1:]}
            if isinstance(n, Entry) and d.arrays:
                text.indices |= {k.name for k in n.at if isinstance(k, Letter) and k.name in USUAL_INDICES}
        if isinstance(d.left, Letter):
            left = {k.name for k in (*d.left.below, *d.left.above) if isinstance(k, Letter) and not k.below}
            right = {n.name for n in inside if isinstance(n, Letter) and n.name not in LAYERS}
            labels = {k.name for k in d.left.above if isinstance(k, Letter) and k.name in LAYERS}
            text.indices |= {k for k in left & right if k[0].islower() and len(k) == 1} - labels
        for n in inside:
            if isinstance(n, Indicator):
                text.indices |= {
                    k.name
                    for k in walk(n)
                    if isinstance(k, Letter) and k.name in USUAL_INDICES and not k.below
                } & {
                    k.name
                    for m in inside
                    if isinstance(m, Letter)
                    for k in (*m.below, *m.above)
                    if isinstance(k, Letter)
                }
    text.indices |= {i for i, _ in text.statements.ranges}
    text.indices -= {
        d.left.name for d in text.statements.defined if isinstance(d.left, Letter) and not d.left.below
    }


def other_bound(total: Total) -> list[Bound]:
    """j of Σ_{i<j}: where nothing else says what it runs over, the sum does."""
    own = {b.letter for b in total.bound}
    others = [b.only.right for b in total.bound if b.only and b.only.sign != "≠"]
    return [
        Bound(x.place, x.name)
        for x in others
        if isinstance(x, Letter) and not x.below and x.name in USUAL_INDICES - PICKED - own
    ]


def find_names(text: Text) -> None:
    """The letters that are defined, and those that stand with an index somewhere."""
    for d in text.statements.defined:
        for n in walk(d.right):
            if isinstance(n, Letter) and n.below and any(map(text.is_index, n.below)):
                text.indexed.add(n.name)
        if isinstance(d.left, Letter):
            text.left.add(text.split(d.left)[0])


def find_definitions(text: Text) -> None:
    for d in text.statements.defined:
        left = d.left
        if isinstance(left, Entry) and isinstance(left.of, Letter):
            left = replace(left.of, below=(*left.of.below, *(k for k in left.at if k)))
        if not isinstance(left, Letter):
            raise Unreadable("on the left stands one letter: write Y = ..., or y_i = ...", d.left.place)
        name, indices = text.split(left)
        if first_of(text, left, d):
            continue
        if name in text.definitions:
            if d.right == text.definitions[name].right:
                continue
            raise Unreadable(
                f"{name} is defined twice: give the second one a letter of its own, {name}2", left.place, name
            )
        text.definitions[name] = Definition(name, indices, d.right, d, left)


def first_of(text: Text, left: Letter, d: Defined) -> bool:
    """h_0 = 0: the state before the first step of an h_t that the text defines as well."""
    zero = left.below[:1] == (Number(left.place, "0"),)
    others = [
        o.left for o in text.statements.defined if isinstance(o.left, Letter) and o.left.name == left.name
    ]
    if zero and any(text.split(o)[1] and o != left for o in others):
        text.firsts[left.name] = d.right
        text.first_names.add(labelled(left.below, "_", left.name))
        return True
    return False


def find_uses(text: Text) -> None:
    """How each name is used: each letter of the text with the number of its indices."""
    for d in text.definitions.values():
        text.uses.setdefault(d.name, []).append((Letter(d.left.place, d.name), len(d.indices)))
        sides = [d.right]
        for side in sides:
            note_uses(text, side, False)
    for s in text.statements.said:
        text.sizes |= {n.name for n in s.sizes or () if isinstance(n, Letter)}
        text.sizes |= {text.split(n)[0] for n in s.sizes or () if isinstance(n, Letter)}
    text.sizes |= {text.split(n)[0] for _, n in text.statements.ranges if isinstance(n, Letter)}
    for d in text.definitions.values():
        for n in walk(d.right):
            if isinstance(n, Bound) and isinstance(end := last_value(n, text.indices), Letter):
                text.sizes.add(text.split(end)[0])
    text.below_bars = {
        name
        for name, uses in text.uses.items()
        if name not in text.definitions and uses and all(x.place in text.under for x, _ in uses)
    }
    refuse_unbound(text)
    ask_of_entries(text)
    ask_of_words(text)


def note_uses(text: Text, node: Node, under: bool) -> None:
    if isinstance(node, Letter):
        if node.name in text.indices and not node.below and not node.above:
            return
        name, indices = text.split(node)
        text.uses.setdefault(name, []).append((node, len(indices)))
        if under:
            text.under.add(node.place)
        for k in indices:
            note_uses(text, k, False)
        return
    if isinstance(node, Entry) and isinstance(node.of, Letter):
        name, indices = text.split(node.of)
        text.uses.setdefault(name, []).append((node.of, len(indices) + sum(k is not None for k in node.at)))
        for k in node.at:
            if k is not None:
                note_uses(text, k, False)
        return
    if isinstance(node, Over):
        note_uses(text, node.top, under)
        note_uses(text, node.bottom, True)
        return
    if isinstance(node, Power):
        note_uses(text, node.base, under)
        note_uses(text, node.exponent, False)
        return
    inside = isinstance(node, Times | Plus | Minus) or (isinstance(node, Call) and node.name == "sqrt")
    for part in parts(node):
        note_uses(text, part, under and inside)
