"""The page as HTML: its mathematics is MathML, so it needs no script, no font and no network."""

import html
from pathlib import Path

from helpers.derive import Derivation, latex
from helpers.derive.card import Row
from helpers.derive.typeset import where_line
from helpers.show.sheet import math
from helpers.yours.content import Content
from helpers.yours.page_parts import checked, costs, derived, inserted, remarks, roles

CHECKING = "Every line is being held against autograd ..."
STYLE = Path(__file__).with_suffix(".css")


def article(made: Content, check: bool = True) -> str:
    """Definition, gradients, NumPy, check and cost, in one element; without `check` it says that one is under way."""
    formula = made.formula
    shapes = " ".join(math(shape) for shape in made.shapes_latex)
    definition = [*formula.equations, *formula.known, *map(where_line, formula.where)]
    return (
        f'<article class="yours"><h2>{html.escape(made.name)}</h2>'
        f'<p class="quiet">{shapes}</p><p class="quiet">{html.escape(roles(made))}</p>'
        f'<div class="definition">{"".join(f"<p>{math(e)}</p>" for e in definition)}</div>'
        f"{''.join(f'<p>{html.escape(said)}</p>' for said in remarks(made))}"
        f"{''.join(map(gradient, made.rows))}"
        f"<pre><code>{html.escape(made.numpy)}</code></pre>"
        f"<p>{html.escape(checked(made) if check else CHECKING)}</p>{cost(made)}</article>"
    )


def gradient(row: Row) -> str:
    """The last line and its matrix form, the derivation folded beneath."""
    last = " ".join(f"<span>{math(e)}</span>" for e in (row.index, row.matrix) if e)
    d = row.derivation
    lemmas = "".join(f"<p>{html.escape(derived(lemma))}</p>{lines(lemma)}" for lemma in inserted(d))
    title = html.escape(derived(d))
    fold = f"<details><summary>{title}</summary>{lemmas}{f'<p>{title}</p>' if lemmas else ''}{lines(d)}</details>"
    return f'<section><p class="last">{last}</p>{fold}</section>'


def lines(d: Derivation) -> str:
    """Every line with its rule, those of the paths before the sum."""
    paths = "".join(
        f"<p>through {math(latex(path.chain.output.tensor))}</p>{lines(path)}" for path in d.paths
    )
    left = math(latex(d.left, d.last))
    rows = "".join(
        f"<tr><td>{'' if k else left}</td><td>{math('= ' + latex(line.expression, d.last, d.chain.places))}</td>"
        f"<td>{math(line.rule.tex) if line.rule.tex else html.escape(line.rule.title)}</td></tr>"
        for k, line in enumerate(d.lines)
    )
    return f"{paths}<table>{rows}</table>"


def cost(made: Content) -> str:
    rows = "".join(f"<tr><td>{title}</td><td>{math(latex(e))}</td></tr>" for title, e in costs(made.cost))
    return f'<table class="cost">{rows}</table>' if rows else ""


def document(made: Content) -> str:
    """A page of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(made.name)}</title>'
        f"<style>{STYLE.read_text('utf8')}</style></head>\n<body>{article(made)}</body></html>\n"
    )
