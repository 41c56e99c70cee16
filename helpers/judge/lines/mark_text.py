r"""Judges every line of a text on its own against the truth.

    mark("linear", r"\frac{\partial L}{\partial W_{ij}} = \sum_m \frac{\partial L}{\partial Y_{mi}} X_{mj}")

The left side of a chain of equalities is evaluated at distinct random sizes by autograd, and so is each line.
"""

import re
from collections.abc import Iterable

import sympy as sp

from helpers.derive import latex
from helpers.judge.lines.line_by_line import mark_statement
from helpers.judge.lines.marked_lines import MarkedDerivation
from helpers.judge.lines.which_question import infer
from helpers.read import Statement, layout, read
from helpers.read.passages.document import LONGEST
from helpers.read.question import QUESTIONS, Question, question_named

SQUARE = r"(?:sigma|σ)[_\w{}]{0,6}(?:²|\^2|\^\{2\}|\*\*2)[_\w{}]{0,6}\s*"
BEHIND = f"of a text at most {LONGEST} characters are read: what is behind is not"
EPSILON = r"\\?(?:varepsilon|epsilon|eps|ε|ϵ)"
VARIANCE = re.compile(rf"{SQUARE}\+\s*{EPSILON}|^\W*{SQUARE}=(?!.*{EPSILON})", re.MULTILINE)


def mark(
    question: Question | str | None, lines: str | Iterable[str], left: str | sp.Expr | None = None
) -> MarkedDerivation:
    """Judge each line of a derivation: right, wrong (which kind, why), not judged (why) or given.

    `question` is a Question or the name of one; None infers it, chain by chain. `left` is the left side that is asked
    for: a line without an equals sign is held against it.
    """
    whole = text_of(lines)
    text = whole[:LONGEST]
    found, notes = layout(text), (BEHIND,) * (len(whole) > LONGEST)
    if question is None:
        return MarkedDerivation(tuple(infer(text, found)), found.passed_over, notes)
    asked = in_its_letters(question_of(question), text)
    chains = enumerate(statements_of(text, asked, left))
    marked = tuple(line for k, s in chains for line in mark_statement(asked, s, k))
    return MarkedDerivation(marked, found.passed_over, notes)


def text_of(lines: str | Iterable[str]) -> str:
    """The lines as one text."""
    whole = [lines] if isinstance(lines, str) else list(lines) if isinstance(lines, Iterable) else [lines]
    for line in whole:
        if not isinstance(line, str):
            raise TypeError(
                f"lines are text, or a list of lines of text; this is of type {type(line).__name__}"
            )
    return "\n".join(whole)


def question_of(question: Question | str) -> Question:
    """A question by its name, in any spelling."""
    return question if isinstance(question, Question) else QUESTIONS[question_named(question)]()


def in_its_letters(asked: Question, text: str) -> Question:
    """A norm whose text has √(σ² + ε) writes σ² for the variance; else σ is √(v + ε)."""
    paper = f"{asked.name}_paper"
    return QUESTIONS[paper]() if paper in QUESTIONS and VARIANCE.search(text) else asked


def statements_of(text: str, question: Question, left: str | sp.Expr | None = None) -> list[Statement]:
    """The chains in a text; one that has no equals sign is the right side of what is asked for."""
    statements = read(text, question)
    if left is None:
        return statements
    asked = left if isinstance(left, str) else latex(left)
    whole = []
    for s in statements or read(f"{asked} = {text}", question):
        if len(s.parts) == 1:
            (s,) = read(f"{asked} = {s.parts[0].text or s.parts[0].latex}", question)[:1] or (s,)
        whole.append(s)
    return whole
