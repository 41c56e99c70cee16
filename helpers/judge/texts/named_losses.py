r"""The loss that a text names in words and does not define: the cross-entropy of what it predicts, or a square.

What is predicted is the letter that stands beside a target, \hat{y} of \hat{y} - y; the target has no definition.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpers.compare.readings.room import Definition
from helpers.read.claims.letters import Letters
from helpers.read.claims.parts import Statement
from helpers.read.claims.spoken import spoken
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.definitions.errors import Place
from helpers.read.definitions.syntax import Call, Letter, Minus, Node, Number, Over, Plus, Power, Times, walk

NOWHERE = Place(0, 0, 1, 1)
LOG = r"cross[- ]?entropy|log[- ]?loss|log[- ]?likelihood|softmax|logistic"
SQUARE = r"squared|\bmse\b|least[- ]squares|quadratic (?:cost|loss)"


@dataclass(frozen=True)
class NamedLoss:
    """A definition of the loss that the words of a text name, and how it is said."""

    definition: Definition
    letters: Letters
    said: str


def named_losses(
    letters: Letters, statements: Iterable[Statement], definitions: dict[str, list[Definition]]
) -> Iterator[NamedLoss]:
    """Each loss that the words may mean, of each prediction beside a target."""
    trees = [p.node for s in statements for p in s.parts if p.node is not None]
    derived = (n.of for tree in trees for n in walk(tree) if isinstance(n, Derivative))
    loss = next((x for x in derived if is_open(x, letters, definitions)), None)
    if loss is None:
        return
    for p, t in predictions(trees, definitions):
        for said, right in meant(letters, p, t, definitions[p.name][-1].right):
            own = letters.copy()
            own.targets.add(t.name)
            yield NamedLoss(
                Definition(Letter(loss.place, loss.name), right, own),
                own,
                f"{spoken(loss.name)} is {said} of {spoken(p.name)} and {spoken(t.name)}",
            )


def is_open(x: Node | None, letters: Letters, definitions: dict[str, list[Definition]]) -> bool:
    """Is it a loss without a label, and without a definition?"""
    return letters.is_loss(x) and not (x.below or x.above) and x.name not in definitions


def predictions(
    trees: list[Node], definitions: dict[str, list[Definition]]
) -> Iterator[tuple[Letter, Letter]]:
    """p and t of p − t, or of t − p, where only p has a definition; each pair once, as a whole."""
    found = set()
    for n in (n for tree in trees for n in walk(tree) if isinstance(n, Plus) and len(n.terms) == 2):
        first, second = n.terms
        if not (isinstance(first, Letter) and isinstance(second, Minus) and isinstance(second.of, Letter)):
            continue
        for p, t in ((first, second.of), (second.of, first)):
            known = definitions.get(p.name, [])
            alone = not (p.above or t.above) and (p.name, t.name) not in found
            if alone and known and t.name not in definitions and not known[-1].derives:
                found.add((p.name, t.name))
                yield Letter(p.place, p.name), Letter(t.place, t.name)


def meant(letters: Letters, p: Letter, t: Letter, made: Node) -> Iterator[tuple[str, Node]]:
    """What the words may mean, for a prediction that is made by a softmax, by a sigmoid, or by anything."""
    if re.search(LOG, letters.words) and is_made_by(made, letters, "softmax"):
        yield "the cross-entropy", minus(summed(times(t, log(p))))
    elif re.search(LOG, letters.words) and is_made_by(made, letters, "sigmoid"):
        one = Number(NOWHERE, "1")
        rest = times(Plus(NOWHERE, (one, minus(t))), log(Plus(NOWHERE, (one, minus(p)))))
        yield "the cross-entropy", minus(summed(Plus(NOWHERE, (times(t, log(p)), rest))))
    if re.search(SQUARE, letters.words):
        square = summed(Power(NOWHERE, Plus(NOWHERE, (p, minus(t))), Number(NOWHERE, "2"), entrywise=True))
        yield "half the squared error", Over(NOWHERE, square, Number(NOWHERE, "2"))
        yield "the squared error", square


def is_made_by(made: Node, letters: Letters, function: str) -> bool:
    """Is a formula a softmax, or a sigmoid, typed by name or as an exponential below a bar?"""
    if isinstance(made, Call):
        return made.name == function
    if isinstance(made, Applied):
        name = made.function.name
        return letters.is_softmax(name) if function == "softmax" else name == "sigma" and letters.sigmoid
    exponential = isinstance(made, Over) and any(
        isinstance(n, Call) and n.name == "exp" for n in walk(made.bottom)
    )
    return exponential and (function == "softmax") is not isinstance(made.top, Number)


def minus(x: Node) -> Node:
    return Minus(NOWHERE, x)


def times(x: Node, y: Node) -> Node:
    return Times(NOWHERE, x, "∘", y)


def log(x: Node) -> Node:
    return Call(NOWHERE, "log", (x,))


def summed(x: Node) -> Node:
    return Call(NOWHERE, "sum", (x,))
