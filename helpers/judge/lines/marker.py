"""A question in numbers: each part of a chain of equalities is held against the left side, by autograd."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import sympy as sp
from sympy import Indexed

from helpers.compare import LeftSide
from helpers.compare.left_side import Quantity
from helpers.compare.meaning import Numbers, random_numbers
from helpers.compare.sentences import line_said
from helpers.derive import L, Partial, free_indices, gradient, jacobian
from helpers.judge.lines.explain import beside_the_line_before, explain
from helpers.judge.lines.marked import MarkedLine
from helpers.judge.lines.notation import notation_of
from helpers.judge.lines.rule_names import name_step
from helpers.read import Statement, Written
from helpers.read.question import Question
from helpers.verdict import Verdict

REFUSALS = (ValueError, TypeError, IndexError, NotImplementedError, RuntimeError)
RANGELESS = re.compile(r"the range of the index (\w+) is not known")


def mark_statement(
    question: Question, statement: Statement, number: int = 0, how: str = "declared"
) -> list[MarkedLine]:
    """Every part of one chain of equalities."""
    return [replace(line, statement=number, how=how) for line in marker_of(question).mark(statement)]


@cache
def marker_of(question: Question) -> "Marker":
    return Marker(question)


class Marker:
    """A question in numbers, once; chains of equalities are held against it."""

    def __init__(self, question: Question, seed: int = 0) -> None:
        self.question = question
        self.numbers = calm(random_numbers(question.definitions, question.facts, seed), question)
        self.judges: dict[tuple, LeftSide] = {}
        self.derived: dict[sp.Expr, list[sp.Expr]] = {}

    def judge(self, left: sp.Expr, free: tuple[sp.Idx, ...]) -> LeftSide:
        if (left, free) not in self.judges:
            quantity = Quantity(left, free, self.question.definitions, self.question.facts)
            self.judges[left, free] = LeftSide(quantity, numbers=self.numbers)
        return self.judges[left, free]

    def engine_lines(self, left: sp.Expr) -> list[sp.Expr]:
        """The lines that the machine derives for the same left side, where it can."""
        if left not in self.derived:
            self.derived[left] = list(derived_lines(left, self.question))
        return self.derived[left]

    def mark(self, statement: Statement) -> list[MarkedLine]:
        """The first part that can be read is the left side, and given; each other is held against it."""
        chain = EqualityChain(self, statement)
        return [
            MarkedLine(part, *chain.verdict(part), question=self.question.name) for part in statement.parts
        ]

    def verdicts(self, statement: Statement) -> list[str]:
        """The verdict of each part, without the reason."""
        chain = EqualityChain(self, statement, diagnose=False)
        return [chain.verdict(part)[0] for part in statement.parts if not part.aside]


def calm(numbers: Numbers, question: Question) -> Numbers:
    """Smaller weights in a net of several layers: a softmax of large numbers is so small that it hides mistakes."""
    if len(question.definitions.definitions) <= 3:
        return numbers
    fixed = {f.left.function.base for f in question.facts}
    values = {t: a if t in fixed or not a.ndim else a / 2 for t, a in numbers.values.items()}
    return Numbers(numbers.chain, numbers.sizes, values, numbers.seed, numbers.output)


def derived_lines(left: sp.Expr, question: Question) -> Iterator[sp.Expr]:
    """The lines without ∂ of the derivation of ∂L/∂X_ij or ∂Y_mn/∂X_ij."""
    if not isinstance(left, Partial) or not isinstance(left.x, Indexed):
        return
    if isinstance(left.f, Partial):
        yield from second_order(left, question)
        return
    try:
        if left.f == L:
            derivation = gradient(question.definitions, left.x, facts=question.facts)
        else:
            derivation = jacobian(question.definitions, left.x, of=left.f, facts=question.facts)
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
        return
    for line in derivation.lines:
        e = line.expression
        if not e.has(Partial) and free_indices(e) <= free_indices(
            left
        ):  # more of them for ∂v_j/∂μ_j: as ∂v_k/∂μ_j
            yield e


def second_order(left: Partial, question: Question) -> Iterator[sp.Expr]:
    """∂²L/∂x² through numbers y, z that are computed from x: Σ ∂²L/∂y∂z ∂y/∂x ∂z/∂x + Σ ∂L/∂y ∂²y/∂x²"""
    chain, x = question.definitions, left.x
    through = [d.left for d in chain if isinstance(d.left, Indexed) and chain.computed_from(d.tensor, x.base)]
    if left.f.f != L or left.f.x != x or any(t.base.shape != (1,) for t in (x, *through)):
        return
    numbers = [t.base[0] for t in through]
    mixed = [
        Partial(Partial(L, y), z) * Partial(y, x) * Partial(z, x)
        for y, z in product(numbers, numbers)
        if y != z
    ]
    pure = [Partial(Partial(L, y), y) * Partial(y, x) ** 2 for y in numbers]
    slopes = [Partial(L, y) * Partial(Partial(y, x), x) for y in numbers]
    yield sp.Add(*pure, *slopes, *(2 * m for m in mixed[: len(mixed) // 2]))


class EqualityChain:
    """One chain of equalities: its left side, and what was right and wrong so far."""

    def __init__(self, marker: Marker, statement: Statement, diagnose: bool = True) -> None:
        self.marker, self.statement, self.diagnose = marker, statement, diagnose
        self.left: Written | None = None
        self.right: list[sp.Expr] = []
        self.wrong_before: sp.Expr | None = None

    def verdict(self, part: Written) -> tuple[str, str, str, str]:
        """Verdict, kind, reason, rule of the next part."""
        if part.aside:
            return "given", "", part.aside, ""
        if part.expression is None and self.left and (lost := RANGELESS.match(part.unreadable)):
            reason = f"index {lost[1]} stands on no tensor: nothing says what it runs over"
            return "wrong", "useless index", reason, ""
        if part.expression is None:
            return "unreadable", "not readable", part.unreadable, ""
        if self.left is None:
            return self.begin(part)
        try:
            judge, e, verdict = self.hold(part)
        except REFUSALS as refusal:
            return "unreadable", "not readable", str(refusal), ""
        if verdict.right:
            return self.accept(part)
        if verdict.kind == "not readable":
            return "unreadable", "not readable", line_said(verdict).removeprefix("cannot be read: "), ""
        return self.refuse(part, judge, e, verdict)

    def begin(self, part: Written) -> tuple[str, str, str, str]:
        """The left side: nothing is claimed yet."""
        if len(self.statement.parts) == 1:
            return "unreadable", "not readable", "there is no equation here: nothing to hold it against", ""
        if part is self.statement.parts[-1]:
            return (
                "unreadable",
                "not readable",
                "no left side that can be read: nothing to hold it against",
                "",
            )
        try:
            self.marker.judge(part.expression, self.statement.free)
        except REFUSALS as refusal:
            return "unreadable", "not readable", str(refusal), ""
        self.left = part
        if not isinstance(part.expression, Partial | Indexed):
            self.right.append(part.expression)
        return "given", "", "", ""

    def hold(self, part: Written) -> tuple[LeftSide, sp.Expr, Verdict]:
        """The part against the left side, where the part is claimed ("if i = j")."""
        left, e = self.left.expression, part.expression
        judge = self.marker.judge(left, self.statement.free)
        if part.where is not None and not judge.wrong_letters(e):
            judge = self.marker.judge(left * part.where, self.statement.free)
            e = e * part.where
        return judge, e, judge.verdict(e)

    def accept(self, part: Written) -> tuple[str, str, str, str]:
        left, e = self.left.expression, part.expression
        restated = isinstance(left, Indexed) and left.base in self.marker.question.definitions
        before = self.right[-1] if self.right and part.where is None else left
        rule = "definition" if restated and not self.right else ""
        if self.diagnose and not rule:
            rule = name_step(before, e, self.marker.question, left)
        judge = self.marker.judge(left, self.statement.free)
        nothing = "both sides are 0: any factor would pass" if judge.vanishes and e != 0 else ""
        reason = "; ".join(filter(None, (part.note, nothing)))
        if self.wrong_before is not None:
            reason, rule = "right again, though the line before it is wrong", ""
        self.right.append(e)
        self.wrong_before = None
        return "given" if restated and len(self.right) == 1 else "right", "", reason, rule

    def refuse(
        self, part: Written, judge: LeftSide, e: sp.Expr, verdict: Verdict
    ) -> tuple[str, str, str, str]:
        if not self.diagnose:
            return "wrong", verdict.kind, line_said(verdict), ""
        right_lines = [*self.right, *self.marker.engine_lines(self.left.expression)]
        kind, reason = explain(judge, e, verdict, right_lines, part.where, notation_of(part))
        beside = beside_the_line_before(judge, e, self.wrong_before)
        self.wrong_before = e
        reason = f"{reason}; {part.note}" if part.note else reason
        if beside:
            kind, reason = "sign" if "sign" in beside else kind, f"{reason}; {beside}"
        return "wrong", kind, reason, ""
