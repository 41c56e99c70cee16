r"""A \delta that a text uses and never defines: the gradient of its loss by one of the letters that it defines.

Which one, the lines tell: the meaning that makes most of them right stays, and is named.
"""

from collections.abc import Iterator
from dataclasses import replace

from helpers.compare.readings.room import Definition
from helpers.judge.texts.sections import Section
from helpers.judge.texts.typeset import latex
from helpers.read.claims.asking import is_delta, names_in
from helpers.read.claims.letters import Letters
from helpers.read.claims.trees import Derivative
from helpers.read.definitions.syntax import Letter, walk

DELTA = "delta"
MOST = 4
"""So many meanings are tried, those of the letters first that no other is made of."""


def meanings(letters: Letters, section: Section) -> Iterator[Definition]:
    """δ = ∂L/∂y for each letter y of a section that has the layers and the indices of its δ."""
    if DELTA in {*section.definitions, *section.broken}:
        return
    shapes = {shape(letters, x) for x in deltas(section)}
    if not shapes:
        return
    defined = [d for ds in section.definitions.values() for d in ds if not d.derives]
    made = {name for d in defined if not letters.is_loss(d.left) for name in names_in(d.right)}
    known = [d.left for d in defined if not letters.is_loss(d.left) and fits(shape(letters, d.left), shapes)]
    for x in sorted(known, key=lambda x: x.name in made)[:MOST]:
        yield Definition(replace(x, name=DELTA), Derivative(x.place, None, x), letters)


def deltas(section: Section) -> list[Letter]:
    """Where a δ stands that is no Kronecker delta."""
    trees = [p.node for s in section.statements for p in s.parts if p.node is not None]
    found = [n for tree in trees for n in walk(tree) if isinstance(n, Letter) and n.name == DELTA]
    return [n for n in found if not is_delta(n)]


def shape(letters: Letters, x: Letter) -> tuple[int, tuple[str, ...]]:
    """How many indices a letter has, and where its other scripts stand."""
    slots = letters.slots(x)
    return len(slots.indices), tuple(kind for kind, _ in slots.key[1])


def fits(own: tuple[int, tuple[str, ...]], shapes: set[tuple[int, tuple[str, ...]]]) -> bool:
    """Has a letter the scripts of the δs, and as many indices, or, standing for all of its entries, none?"""
    return any(own[1] == kinds and own[0] in (0, count) for count, kinds in shapes)


def said(meaning: Definition) -> str:
    return f"{latex(meaning.left)} is ∂L/∂{latex(meaning.right.by)}"
