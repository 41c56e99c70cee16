"""The derivation as a fragment of a LaTeX document: \\usepackage{amsmath, amssymb} is all that it needs."""

from helpers.derive import Derivation, latex
from helpers.derive.derivation import Line
from helpers.derive.typeset import where_line
from helpers.yours.content import Content
from helpers.yours.page_parts import derived, inserted, remarks

PLAIN = {"′": "'", "∂": r"$\partial$", "Σ": r"$\Sigma$", "δ": r"$\delta$", "·": r"$\cdot$", "∘": r"$\circ$"}


def fragment(made: Content) -> str:
    """The definitions, then each gradient with all its lines, each with its rule."""
    rows = [f"{e.left} &= {e.right}" for e in (*made.formula.equations, *made.formula.known)]
    parts = [aligned(rows), *(where_line(rows) for rows in map(list, made.formula.where))]
    parts = [parts[0], *(rf"\[ {part} \]" for part in parts[1:])]
    parts += [rf"\noindent {plain(said)}" for said in remarks(made)]
    return "\n\n".join([*parts, *(part for d in made.gradients.values() for part in derivation(d))]) + "\n"


def derivation(d: Derivation) -> list[str]:
    """What is derived, each path, the lines, and the matrix form where there is one."""
    parts = [part for lemma in inserted(d) for part in [paragraph(lemma), lines(lemma)]]
    parts.append(paragraph(d))
    parts += [part for path in d.paths for part in [rf"\noindent {path.heading}", lines(path)]]
    parts.append(lines(d))
    try:
        return [*parts, rf"\[ {d.matrix} \]"] if d.free else parts
    except NotImplementedError:
        return parts


def paragraph(d: Derivation) -> str:
    return rf"\paragraph{{{derived(d).replace('_', ' ')}}}"


def lines(d: Derivation) -> str:
    left = latex(d.left, d.last)
    return aligned([row("" if k else left, line, d) for k, line in enumerate(d.lines)])


def row(left: str, line: Line, d: Derivation) -> str:
    rule = line.rule.tex or rf"\text{{{plain(line.rule.title)}}}"
    return rf"{left} &= {latex(line.expression, d.last, d.chain.places)} && {rule}"


def plain(title: str) -> str:
    """The name of a rule in characters that LaTeX knows."""
    for sign, written in PLAIN.items():
        title = title.replace(sign, written)
    return title.replace("_", r"\_") if "$" not in title else title


def aligned(rows: list[str]) -> str:
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
