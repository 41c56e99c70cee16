"""What is wrong with an answer: one maker of checks for each kind of answer."""

import ast
import copy
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from sympy import Expr, IndexedBase, sympify

from helpers.absent import PyTorchMissing
from helpers.compare import diagnose_difference
from helpers.derive import Derivation, Partial, latex
from helpers.derive.plain_text import spoken
from helpers.exercises.machine.exercise import Check
from helpers.exercises.machine.sentences import error_said
from helpers.judge.lines import MarkedLine, mark, mark_statement, question_of, statements_of
from helpers.read import Statement, Written
from helpers.read.question import Question
from helpers.verdict import Difference, Kind, Verdict, right, wrong

SYMPY = re.compile(r"KroneckerDelta|δ\(|\bSum\(")
RIGHT = right()


def told(why: str, kind: Kind = Kind.KNOWN_MISTAKE) -> Verdict:
    """Wrong, in the words of the exercise's author; right where there are none."""
    return wrong(kind, why=why) if why else RIGHT


def of_type(asked: str, answer: Any) -> Verdict:
    """Wrong: "A number is" asked for, and the answer is of another type."""
    return wrong(Kind.TYPE, asked=asked, got=type(answer).__name__)


def within(part: str, verdict: Verdict) -> Verdict:
    """The verdict on a part of the answer, such as "Line 6:"."""
    inner = verdict.pieces.get("part")
    return replace(verdict, pieces={**verdict.pieces, "part": f"{part} {inner}" if inner else part})


def of_line(line: MarkedLine, where: str = "") -> Verdict:
    """The verdict on a marked line as one on the answer; a line that cannot be read is a wrong answer."""
    return RIGHT if line.right else wrong(Kind(line.kind), where, line=line)


def written(line: MarkedLine) -> str:
    return line.written.text or line.written.latex


def differs(
    got: np.ndarray, want: np.ndarray, around: str, rounding: str = "", sizes: Mapping[str, int] | None = None
) -> Verdict:
    """Wrong by what makes one array of the other, said `around` a {}; `rounding` is said where that is too little."""
    difference = diagnose_difference(got, want, sizes) or Difference(Kind.WRONG_VALUE)
    return wrong(difference.kind, difference=difference, around=around, rounding=rounding)


def same_expression(derivation: Derivation) -> Check:
    """The answer is a line of SymPy, or text as same_lines has it, equal to the left side of the derivation."""
    asked = Question("exercise", derivation.chain, derivation.facts)
    in_text = same_lines(asked, spoken(derivation.left))
    left = Written(latex(derivation.left), 1, derivation.left, derivation.free)

    def check(answer: Any) -> Verdict:
        if isinstance(answer, str):
            return in_text(answer)
        if not isinstance(answer, Expr | int | float):
            return of_type("A line of SymPy, or text, is", answer)
        line = Written(latex(e := sympify(answer)), 1, e, derivation.free)
        return of_line(mark_statement(asked, Statement((left, line)))[-1])

    return check


def same_lines(question: Question | str, left: str) -> Check:
    r"""The answer is text, in LaTeX, plain text or NumPy: lines that end in what `left` is, such as "dL/dW_ij".

    One line is enough, and its left side may be missing. Every line must be right, and the last one without a ∂ that
    is still to be taken.
    """

    def check(answer: Any) -> Verdict:
        if not isinstance(answer, str):
            return of_type("Lines of text are", answer)
        report = mark(question, answer, left)
        for line in report:
            if line.kind == Kind.NOT_READABLE and SYMPY.search(answer):
                return told(
                    "This is SymPy in quotes. As text a sum is sum_m x_m, and a delta delta_mi.",
                    Kind.NOT_READABLE,
                )
            if not line.right:
                return of_line(line, written(line))
        if not report or not same_quantity(report.statements[-1][0].written, left, question):
            return told(f"The last line does not say what {left} is.", Kind.LEFT_SIDE)
        if report.lines[-1].written.expression.has(Partial):
            return told(
                "Every line is right. A derivative is still to be taken in the last one.", Kind.INCOMPLETE
            )
        return RIGHT

    return check


def same_quantity(written: Written, left: str, question: Question | str) -> bool:
    """Do two left sides speak of the same derivative, whatever their letters?"""
    (asked,) = statements_of(left, question_of(question))
    a, b = written.expression, asked.left.expression
    return type(a) is type(b) and a.atoms(IndexedBase) == b.atoms(IndexedBase)


def same_number(value: float, tolerance: float, why: str) -> Check:
    """The answer is a number within the tolerance; `why` is said where it is not."""
    return about_number(lambda number: "" if abs(number - value) <= tolerance else why)


def about_number(why: Callable[[float], str]) -> Check:
    """The answer is a number, of Python, NumPy, SymPy or PyTorch; `why` says why it is wrong, "" where it is right."""

    def check(answer: Any) -> Verdict:
        try:
            number = None if isinstance(answer, bool | str) else float(answer)
        except (TypeError, ValueError):
            number = None
        return of_type("A number is", answer) if number is None else told(why(number))

    return check


def letters_in(answer: Any) -> list[str]:
    """The letters of "A B C", "a, b", "A → B" or ["A", "B"], as capitals; of one without end the first."""
    if isinstance(answer, Iterable) and not isinstance(answer, str):
        answer = "".join(map(str, islice(answer, 100)))
    return re.findall(r"\w", str(answer).upper())


@dataclass(frozen=True, eq=False)
class SameFunction:
    """The check of a function that is to return what `right` returns, on every case of arguments.

    A result may be an array or a tuple of arrays. A changed argument, a missing return, shape, dtype and NaN
    are told apart from a wrong value, and a wrong value is diagnosed. `sizes(*case)`, such as {"S": 5}, lets
    the diagnosis name a factor. `results`, such as "dX dW db", names those of a tuple. A known mistake is looked for
    on the cases of `seen_on`, or on all.
    """

    right: Callable
    cases: Iterable[Sequence]
    tolerance: float = 1e-9
    sizes: Callable[..., dict[str, int]] = lambda *case: {}
    results: str = ""
    seen_on: Iterable[Sequence] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cases", list(self.cases))
        object.__setattr__(self, "seen_on", list(self.seen_on) or self.cases)

    def __call__(self, answer: Any) -> Verdict:
        if not callable(answer):
            return of_type("A function is", answer)
        return self.compared(answer, self.right, self.cases)

    def does(self, answer: Callable, source: str) -> bool:
        """Does the answer what another one does, whose source is run where `right` is defined?"""
        return bool(self.compared(answer, answer_in(source, self.right.__globals__), self.seen_on))

    def compared(self, answer: Callable, right: Callable, cases: list[Sequence]) -> Verdict:
        names = list(inspect.signature(self.right).parameters)
        for case in cases:
            named = dict(zip(names, case, strict=True))
            found = wrong_on(answer, right, named, self.tolerance, self.sizes(*case), self.results)
            if not found:
                return found
        return RIGHT


same_function = SameFunction  # beside same_lines and same_number


def answer_in(source: str, names: Mapping[str, Any]) -> Any:
    """What a source defines last, run among the names of its notebook."""
    names, last = dict(names), ast.parse(source).body[-1]
    exec(source, names)
    return names[last.targets[0].id if isinstance(last, ast.Assign) else last.name]


def wrong_on(
    answer: Callable,
    right: Callable,
    case: dict[str, Any],
    tolerance: float,
    sizes: dict[str, int] | None = None,
    results: str = "",
) -> Verdict:
    """What is wrong with the answer on one case of named arguments, right where it does what `right` does."""
    given = copy.deepcopy(case)
    with np.errstate(all="ignore"):
        try:
            got = answer(*given.values())
        except PyTorchMissing:
            raise
        except Exception as error:
            return wrong(Kind.RAISES, case=case, error=error_said(error))
        want = right(*copy.deepcopy(case).values())
    for name, before in case.items():
        if isinstance(before, np.ndarray) and not np.array_equal(before, given[name], equal_nan=True):
            return wrong(Kind.MUTATES, name, case=case)
    if got is None:
        return wrong(Kind.RETURNS_NOTHING, case=case)
    if isinstance(want, tuple) and isinstance(got, list):
        got = tuple(got)
    if not isinstance(want, tuple):
        got, want = (got,), (want,)
    if not isinstance(got, tuple) or len(got) != len(want):
        return wrong(Kind.TYPE, case=case, results=(len(want), results.split()))
    numbered = ["your result"] if len(want) == 1 else [f"result {k}" for k in range(1, len(want) + 1)]
    for name, g, w in zip(results.split() or numbered, got, want, strict=True):
        if not (found := compare_arrays(name, g, np.asarray(w), tolerance, sizes)):
            return replace(found, pieces={**found.pieces, "case": case})
    return RIGHT


def compare_arrays(
    name: str, got: Any, want: np.ndarray, tolerance: float, sizes: dict[str, int] | None = None
) -> Verdict:
    """What is wrong with one array, right where it is within the tolerance of the one wanted."""
    if got is None:
        return wrong(Kind.RETURNS_NOTHING, name)
    if not isinstance(got, np.ndarray | np.number | float | int):
        return wrong(Kind.TYPE, name, got=type(got).__name__)
    got = np.asarray(got)
    if got.shape != want.shape:
        return wrong(Kind.SHAPE, name, got=got.shape, want=want.shape)
    if np.isnan(got).any() and not np.isnan(want).any():
        return wrong(Kind.NAN, name, index=tuple(map(int, np.argwhere(np.isnan(got))[0])))
    if want.dtype.kind == "f" and got.dtype != want.dtype:
        return wrong(Kind.DTYPE, name, got=got.dtype, want=want.dtype)
    if np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        return RIGHT
    off = f"off by up to {np.abs(got - want).max():.0e}, which is more than rounding"
    return differs(got, want, f"{name} has the wrong value: {{}}", off, sizes)
