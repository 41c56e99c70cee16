r"""What a text defines without saying so: z of h = \sigma(z) = \sigma(W x + b), and of \sigma'(z) behind it."""

from collections.abc import Iterator
from dataclasses import replace

from helpers.compare.readings.room import Definition
from helpers.judge.texts.sections import Section
from helpers.judge.texts.upstream import DELTA
from helpers.read.claims.letters import Key, Letters
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.definitions.syntax import Call, Letter, Node, walk

ACTIVATIONS = {"sigmoid", "tanh", "relu", "softmax"}


def implied(letters: Letters, section: Section) -> dict[str, list[Definition]]:
    """The letters that stand in a function where the text also has a formula in it, and have no definition."""
    trees = [p.node for s in (*section.before, *section.statements) for p in s.parts if p.node is not None]
    inner = [
        x
        for tree in (*trees, *(d.right for ds in section.definitions.values() for d in ds))
        for x in arguments(tree)
    ]
    formal = {n.name for x, _ in section.functions.values() for n in walk(x) if isinstance(n, Letter)}
    found: dict[str, list[Definition]] = {}
    for name, z in inner:
        if not isinstance(z, Letter) or letters.slots(z).indices or z.name in {*section.functions, *formal}:
            continue
        key, known = letters.slots(z).key, section.definitions.get(z.name, []) + found.get(z.name, [])
        meant = {a for f, a in inner if f == name and is_of(letters, a, key)}
        if len(meant) == 1 and all(d.key != key for d in known):
            found.setdefault(z.name, []).append(Definition(z, *meant, letters))
    known = {**section.definitions, **{x: section.definitions.get(x, []) + ds for x, ds in found.items()}}
    return {**known, **deltas_of_layers(letters, trees, known)}


def deltas_of_layers(
    letters: Letters, trees: list[Node], known: dict[str, list[Definition]]
) -> dict[str, list[Definition]]:
    r"""\delta^{(1)} = ∂L/∂z^{(1)}, where the text says so of \delta^{(2)} and z^{(2)}, and defines z^{(1)} too."""
    found = {d.key: d for d in known.get(DELTA, [])}
    given = [d for d in found.values() if isinstance(d.right, Derivative) and isinstance(d.right.by, Letter)]
    for x in (n for tree in trees for n in walk(tree) if isinstance(n, Letter) and n.name == DELTA):
        for d in given:
            z, key = replace(d.right.by, above=x.above, below=x.below), letters.slots(x).key
            same = (d.right.by.above, d.right.by.below) == (d.left.above, d.left.below)
            if (
                same
                and key not in found
                and any(o.key == letters.slots(z).key for o in known.get(z.name, []))
            ):
                found[key] = Definition(x, replace(d.right, by=z), letters)
    return {DELTA: [*found.values()]} if len(found) > len(known.get(DELTA, [])) else {}


def arguments(tree: Node) -> Iterator[tuple[str, Node]]:
    """Each function of one letter or formula, and what it is taken of; f and f' are one."""
    for n in walk(tree):
        if isinstance(n, Applied):
            yield n.function.name, n.argument
        elif isinstance(n, Call) and n.name in ACTIVATIONS and len(n.arguments) == 1:
            yield n.name, n.arguments[0]


def is_of(letters: Letters, a: Node, key: Key) -> bool:
    """Is it a formula with other letters of that layer: W^{(2)} h + b^{(2)} for z^{(2)}?"""
    inner = [letters.slots(n).key for n in walk(a) if isinstance(n, Letter)]
    of_layer = not key[1] or any(k[1] == key[1] for k in inner)
    return not isinstance(a, Letter) and len(inner) > 1 and of_layer and key[0] not in {k[0] for k in inner}
