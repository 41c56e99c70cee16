"""Holds each part of a chain of equalities against its left side, in numbers, by autograd."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from itertools import combinations

import sympy as sp
from sympy import Indexed

from helpers.compare import LeftSide
from helpers.compare.left_side import Quantity
from helpers.compare.meaning import random_numbers
from helpers.compare.numbers import Numbers
from helpers.derive import L, Partial, free_indices, gradient, jacobian
from helpers.judge.lines.kind_of_mistake import beside_the_line_before, find_mistake
from helpers.judge.lines.marked_lines import MarkedLine
from helpers.judge.lines.rule_names import name_step
from helpers.read import Statement, Written
from helpers.read.question import Question
from helpers.verdict import Kind, Verdict, not_judged, right, wrong

OTHER_SIZES = 8, 13, 14, 19, 21  # none of those that are drawn first, nor one more
HARMLESS = {0, 1, -1, 2, -2, sp.Rational(1, 2), -sp.Rational(1, 2)}  # no size, and no quotient of two
REFUSALS = (ValueError, TypeError, IndexError, NotImplementedError, RuntimeError)


def mark_statement(
    question: Question, statement: Statement, number: int = 0, how: str = "declared"
) -> list[MarkedLine]:
    """Mark every part of one chain of equalities."""
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

    @cached_property
    def elsewhere(self) -> "Marker | None":
        """The same question at other sizes; None where sizes follow from others."""
        if self.question.definitions.derived_sizes:
            return None
        sizes = {n: OTHER_SIZES[k % len(OTHER_SIZES)] for k, n in enumerate(self.numbers.sizes)}
        other = Marker(self.question)
        drawn = random_numbers(self.question.definitions, self.question.facts, 1, sizes=sizes)
        other.numbers = calm(drawn, self.question)
        return other

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

    def mark(self, statement: Statement, diagnose: bool = True) -> list[MarkedLine]:
        """The first part that can be read is the left side, and given; each other is held against it.

        Without a diagnosis only the states of the verdicts count.
        """
        chain = EqualityChain(self, statement, diagnose)
        return [MarkedLine(part, chain.verdict(part), self.question.name) for part in statement.parts]


def has_numbers(e: sp.Expr) -> bool:
    """Does a number stand in it that could be a size, or made of sizes?"""
    return bool(e.atoms(sp.Number) - HARMLESS)


def calm(numbers: Numbers, question: Question) -> Numbers:
    """Smaller weights in a net of several layers: a softmax of large numbers is so small that it hides mistakes."""
    if len(question.definitions.definitions) <= 3:
        return numbers
    fixed = {f.left.function.base for f in question.facts}
    values = {t: a if t in fixed or not a.ndim else a / 2 for t, a in numbers.values.items()}
    return Numbers(numbers.chain, numbers.sizes, values, numbers.seed, numbers.outputs)


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
        more = free_indices(e) - free_indices(left)  # for ∂v_j/∂μ_j: as ∂v_k/∂μ_j
        if not e.has(Partial) and not more:
            yield e


def second_order(left: Partial, question: Question) -> Iterator[sp.Expr]:
    """∂²L/∂x² through numbers y, z that are computed from x: Σ ∂²L/∂y∂z ∂y/∂x ∂z/∂x + Σ ∂L/∂y ∂²y/∂x²"""
    chain, x = question.definitions, left.x
    through = [d.left for d in chain if isinstance(d.left, Indexed) and chain.computed_from(d.tensor, x.base)]
    if left.f.f != L or left.f.x != x or any(t.base.shape != (1,) for t in (x, *through)):
        return
    numbers = [t.base[0] for t in through]
    mixed = (
        2 * Partial(Partial(L, y), z) * Partial(y, x) * Partial(z, x) for y, z in combinations(numbers, 2)
    )
    pure = (Partial(Partial(L, y), y) * Partial(y, x) ** 2 for y in numbers)
    slopes = (Partial(L, y) * Partial(Partial(y, x), x) for y in numbers)
    yield sp.Add(*pure, *slopes, *mixed)


class EqualityChain:
    """One chain of equalities: its left side, and what was right and wrong so far."""

    def __init__(self, marker: Marker, statement: Statement, diagnose: bool = True) -> None:
        self.marker, self.statement, self.diagnose = marker, statement, diagnose
        self.left: Written | None = None
        self.right: list[sp.Expr] = []
        self.wrong_before: sp.Expr | None = None

    def verdict(self, part: Written) -> Verdict | None:
        """The verdict on the next part; None where it claims nothing."""
        if part.aside:
            return None
        if part.expression is None:
            rangeless = self.left and part.rangeless
            return wrong(Kind.USELESS_INDEX, rangeless) if rangeless else not_judged(refusal=part.unreadable)
        try:
            if self.left is None:
                return self.begin(part)
            judge, e, seen = self.hold(part)
            if seen.right and has_numbers(e) and self.marker.elsewhere:
                judge, e, seen = self.elsewhere(part)
        except REFUSALS as refusal:
            return not_judged(refusal=str(refusal))
        if seen.right:
            return self.accept(part)
        try:
            return self.refuse(part, judge, e, seen) if seen.wrong and self.diagnose else seen
        except REFUSALS:  # what is wrong stays wrong where its kind cannot be found
            return seen

    def elsewhere(self, part: Written) -> tuple[LeftSide, sp.Expr, Verdict]:
        """The part at other sizes: a number may stand for a size that happens to be it."""
        chain = EqualityChain(self.marker.elsewhere, self.statement, self.diagnose)
        chain.left = self.left
        return chain.hold(part)

    def begin(self, part: Written) -> Verdict | None:
        """The left side: nothing is claimed yet."""
        if part is self.statement.parts[-1]:
            return not_judged(nothing="equation" if len(self.statement.parts) == 1 else "left side")
        self.marker.judge(part.expression, self.statement.free)
        self.left = part
        if not isinstance(part.expression, Partial | Indexed):
            self.right.append(part.expression)
        return None

    def hold(self, part: Written) -> tuple[LeftSide, sp.Expr, Verdict]:
        """The part against the left side, where the part is claimed ("if i = j")."""
        left, e = self.left.expression, part.expression
        judge = self.marker.judge(left, self.statement.free)
        if part.where is not None and judge.wrong_letters(e) is None:
            judge = self.marker.judge(left * part.where, self.statement.free)
            e = e * part.where
        return judge, e, judge.verdict(e)

    def accept(self, part: Written) -> Verdict:
        """A right part: by which rule, and what is remarkable about it."""
        left, e = self.left.expression, part.expression
        restated = isinstance(left, Indexed) and left.base in self.marker.question.definitions
        pieces = {"restated": True} if restated and not self.right else {}
        before = self.right[-1] if self.right and part.where is None else left
        if self.wrong_before is not None:
            rule, remark = "", ["again"]
        else:
            vanishes = self.marker.judge(left, self.statement.free).vanishes and e != 0
            rule = "definition" if pieces else self.rule(before, e)
            remark = ["taken"] * bool(part.note) + ["vanishes"] * vanishes
        self.right.append(e)
        self.wrong_before = None
        return right(rule=rule, remark=tuple(remark), **pieces)

    def rule(self, before: sp.Expr, e: sp.Expr) -> str:
        return name_step(before, e, self.marker.question, self.left.expression) if self.diagnose else ""

    def refuse(self, part: Written, judge: LeftSide, e: sp.Expr, seen: Verdict) -> Verdict:
        """A wrong part: what kind of mistake it has."""
        right_lines = [*self.right, *self.marker.engine_lines(self.left.expression)]
        verdict = find_mistake(judge, e, seen, right_lines, part.where)
        verdict = beside_the_line_before(judge, e, self.wrong_before, verdict)
        self.wrong_before = e
        return verdict
