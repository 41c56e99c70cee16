"""What every page says, however it is typeset: sentences and small tables."""

import sympy as sp

from helpers.derive.derivation import Derivation
from helpers.derive.names import name_of
from helpers.derive.notation import L
from helpers.derive.plain_text import named
from helpers.yours.content import Content
from helpers.yours.cost import Cost
from helpers.yours.roles import feeding_itself, said_total, said_unused, unused

COSTS = (
    ("multiply-adds forward", "multiply_adds"),
    ("multiply-adds backward", "backward_multiply_adds"),
    ("other operations forward", "entrywise"),
    ("other operations backward", "backward_entrywise"),
    ("entries kept for backward", "kept"),
    ("entries of the parameters", "parameters"),
)


def costs(cost: Cost | None) -> list[tuple[str, sp.Expr]]:
    """What costs something, and the formula of how much."""
    said = [] if cost is None else [(title, sp.factor(getattr(cost, name))) for title, name in COSTS]
    return [(title, e) for title, e in said if e != 0]


def lines_of(d: Derivation) -> int:
    """How many lines a derivation has, those of its paths too."""
    return len(d.lines) + sum(map(lines_of, d.paths))


def derived(d: Derivation) -> str:
    """`dW in 6 lines`, `dX in 9 lines on 2 paths`."""
    paths = f" on {counted(len(d.paths), 'path')}" if d.paths else ""
    return f"{d.name} in {counted(lines_of(d), 'line')}{paths}"


def counted(n: int, thing: str) -> str:
    return f"{n} {thing}{'s' * (n != 1)}"


def inserted(d: Derivation) -> list[Derivation]:
    """The derivations whose results its lines insert, each after those that it inserts itself; no gradients."""
    found = [lemma for path in d.paths for lemma in inserted(path)]
    rules = {line.rule.title for line in d.lines}
    for lemma in d.lemmas:
        if lemma.left.f != L and rules & {lemma.name, f"insert {lemma.name}"}:
            found += [*inserted(lemma), lemma]
    return list({id(lemma): lemma for lemma in found}.values())


def checked(made: Content) -> str:
    """The check in a sentence with the sizes drawn."""
    report = made.check
    at = ", ".join(f"{n} = {k}" for n, k in made.sizes.items())
    return f"{report!r}, at {at}" if at else repr(report)


def roles(made: Content) -> str:
    """`X comes with every batch; W and b are learned`."""
    learned = [t for t in made.roles.parameters if f"d{name_of(t)}" in made.gradients]
    kinds = made.roles.inputs, learned, made.roles.constants
    inputs, parameters, constants = ([named(name_of(t)) for t in kind] for kind in kinds)
    said = [
        (inputs, "comes with every batch", "come with every batch"),
        (parameters, "is learned", "are learned"),
        (constants, "is chosen", "are chosen"),
    ]
    return "; ".join(
        f"{listed(names)} {one if len(names) == 1 else many}" for names, one, many in said if names
    )


def remarks(made: Content) -> list[str]:
    """What a reader should know before the gradients: a definition that leads nowhere, a gradient that is total."""
    said = [said_unused(d, made.chain.output) for d in unused(made.chain)]
    if H := feeding_itself(made.chain):
        said.append(f"∂L/∂{name_of(H)} here is total, what arrives through time included: {said_total(H)}.")
    return said


def listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
