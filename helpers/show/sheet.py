"""The sheet of formulas as one page of HTML, its mathematics in MathML: it needs no script, no font, no network."""

import html
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from math_core import LatexToMathML

STYLE = Path(__file__).with_suffix(".css")
CONVERTER = LatexToMathML()
NOTATION = [
    "∂L/∂Y in code <code>dY</code>, of the shape of Y",
    "h′ in code <code>h_prime</code>",
    "∘, ⊘ and ∘2: product, quotient and square entry by entry",
    "𝟏 a column of ones",
    "δ<sub>ij</sub> and [ ]: 1 where it holds, else 0",
    "the number at the right of a title: its notebook",
]


def math(tex: object) -> str:
    """LaTeX as MathML. Raises math_core.LatexError for a command that it does not know."""
    return CONVERTER.convert_with_local_state(str(tex), displaystyle=False)


def flow(kind: str, *parts: str) -> str:
    """Parts side by side, as many as a line holds."""
    return f'<p class="{kind}">{" ".join(parts)}</p>' if parts else ""


def row(derived: Any) -> str:
    """One derived quantity: over its indices, as matrices, in NumPy."""
    equations = [math(e) for e in (derived.index, derived.matrix) if e]
    return f'<div class="row">{"".join(equations)}<code>{html.escape(derived.code)}</code></div>'


def article(card: Any) -> str:
    """One formula: its name, the shapes of its tensors, what it is, what was derived from it."""
    formula = card.formula
    parts = [
        flow("shapes", f"<b>{html.escape(formula.name)}</b>", *map(math, card.shapes_latex)),
        flow("definition", *map(math, [*formula.equations, *formula.known])),
        *(flow("where", "where", *map(math, rows)) for rows in formula.where),
        *map(row, card.rows),
    ]
    return f"<article>{''.join(parts)}</article>"


def sheet_page(
    cards: Iterable[Any], titles: Mapping[str, str], letters: Mapping[str, str], notebooks: str = "."
) -> str:
    """All cards as an HTML document, those of a notebook under its title, with a link into the folder `notebooks`."""
    sections = []
    for name, group in groupby(cards, key=lambda card: card.notebook):
        head = f'<a href="{notebooks}/{name}.ipynb"><span>{titles[name]}</span><span>{name[:2]}</span></a>'
        sections.append(f"<section><h2>{head}</h2>{''.join(map(article, group))}</section>")
    legend = " · ".join([f"{math(letter)} {meaning}" for letter, meaning in letters.items()] + NOTATION)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Gradients, line by line: the formulas</title>'
        f"<style>{STYLE.read_text('utf8')}</style></head>\n"
        f"<body><header><h1>Gradients, line by line</h1><p>{legend}</p></header>\n"
        f"<main>{''.join(sections)}</main></body></html>\n"
    )
