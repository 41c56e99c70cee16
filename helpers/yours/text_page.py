"""The page in a terminal: plain text."""

from helpers.derive import Derivation
from helpers.derive.card import Row
from helpers.derive.plain_text import from_latex, spoken
from helpers.yours.content import Content
from helpers.yours.docstring import written
from helpers.yours.page_parts import checked, costs, derived, inserted, remarks, roles


def text(made: Content, full: bool = False) -> str:
    """Definition, gradients, NumPy, check, cost; with `full` every line of the derivations."""
    parts = [
        "\n".join(f"{spoken(d.left)} = {spoken(d.right)}" for d in written(made.chain)),
        roles(made),
        *remarks(made),
        *(gradient(row, full) for row in made.rows),
        made.numpy,
        checked(made),
        "\n".join(f"{title:<27}{spoken(e)}" for title, e in costs(made.cost)),
    ]
    return "\n\n".join(filter(None, parts))


def gradient(row: Row, full: bool) -> str:
    """∂L/∂W_ij = Σ_m ∂L/∂Y_mi X_mj, and (∂L/∂Y)ᵀ X; the lines before it if asked."""
    d = row.derivation
    rows = [f"{spoken(d.left)} = {spoken(d.result)}"]
    if full:
        lemmas = [line for lemma in inserted(d) for line in [derived(lemma), *lines(lemma)]]
        rows = [*lemmas, derived(d), *lines(d)]
    return "\n".join([*rows, *matrix(row)])


def lines(d: Derivation) -> list[str]:
    """Every line with its rule, those of the paths first."""
    said = [line for path in d.paths for line in [path.name, *lines(path)]]
    said.append(spoken(d.left))
    return [*said, *(f"  = {spoken(line.expression)}    ({line.rule.title})" for line in d.lines)]


def matrix(row: Row) -> list[str]:
    """The matrix form, where it has one that a line of text can hold."""
    try:
        return [f"{from_latex(row.matrix.left)} = {from_latex(row.matrix.right)}"] if row.matrix else []
    except NotImplementedError:
        return []
