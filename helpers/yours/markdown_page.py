"""The page in a notebook: Markdown with LaTeX, each derivation folded under its last line."""

from helpers.derive import Derivation, latex
from helpers.derive.card import WIDEST, Row
from helpers.yours.content import Content
from helpers.yours.page_parts import checked, costs, derived, inserted, remarks, roles


def page(made: Content) -> str:
    """Definition, gradients, matrices, NumPy, check, cost; checked first, so that each line has its mark."""
    check = checked(made)
    gradients = map(gradient, made.rows)
    definition = made.formula._repr_latex_()
    return "\n\n".join(
        [heading(made), definition, *remarks(made), *gradients, numpy(made), check, *cost(made)]
    )


def heading(made: Content) -> str:
    shapes = "".join(f" · ${shape}$" for shape in made.shapes_latex)
    return f"**{made.name}**{shapes}\n\n{roles(made)}."


def gradient(row: Row) -> str:
    """The last line, over indices and as matrices, and all lines in a fold."""
    d: Derivation = row.derivation
    sides = [f"{e.left} = {e.right}" for e in (row.index, row.matrix) if e]
    together = r" \qquad ".join(sides)
    lines = [together] if len(together) <= WIDEST else sides
    shown = "\n\n".join(f"$$\n{line}\n$$" for line in lines)
    blocks = [f"{derived(lemma)}\n\n{lemma.full._repr_latex_()}" for lemma in inserted(d)]
    blocks += [f"{derived(d)}\n\n{d.full._repr_latex_()}" if blocks else d.full._repr_latex_()]
    fold = "\n\n".join(blocks)
    return f"{shown}\n\n<details><summary>{derived(d)}</summary>\n\n{fold}\n\n</details>"


def numpy(made: Content) -> str:
    return f"```python\n{made.numpy}\n```"


def cost(made: Content) -> list[str]:
    rows = [f"| {title} | ${latex(e)}$ |" for title, e in costs(made.cost)]
    return ["\n".join(["| cost | |", "|---|---|", *rows])] if rows else []
