"""What is wrong with an answer: one maker of checks for each kind of answer."""

import copy
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr, IndexedBase, sympify

from helpers.absent import PyTorchMissing
from helpers.compare import diagnose_difference
from helpers.compare.sentences import difference_said
from helpers.derive import Derivation, Partial, latex
from helpers.derive.plain_text import spoken
from helpers.exercises.exercise import Check, said_by
from helpers.judge.lines.marker import mark_statement
from helpers.judge.lines.marking import mark, question_of, statements_of
from helpers.read import Statement, Written
from helpers.read.question import Question

SYMPY = re.compile(r"KroneckerDelta|δ\(|\bSum\(")


def same_expression(derivation: Derivation) -> Check:
    """The answer is a line of SymPy, or text as same_lines has it, equal to the left side of the derivation."""
    asked = Question("exercise", derivation.chain, derivation.facts)
    in_text = same_lines(asked, spoken(derivation.left))
    left = Written(latex(derivation.left), 1, derivation.left, derivation.free)

    def check(answer: Any) -> str:
        if isinstance(answer, str):
            return in_text(answer)
        if not isinstance(answer, Expr | int | float):
            return f"A line of SymPy, or text, is asked for, and this is of type {type(answer).__name__}."
        line = Written(latex(e := sympify(answer)), 1, e, derivation.free)
        verdict = mark_statement(asked, Statement((left, line)))[-1]
        return "" if verdict.right else verdict.said

    return check


def same_lines(question: Question | str, left: str) -> Check:
    r"""The answer is text, in LaTeX, plain text or NumPy: lines that end in what `left` is, such as "dL/dW_ij".

    One line is enough, and its left side may be missing. Every line must be right, and the last one without a ∂ that
    is still to be taken.
    """

    def check(answer: Any) -> str:
        if not isinstance(answer, str):
            return f"Lines of text are asked for, and this is of type {type(answer).__name__}."
        report = mark(question, answer, left)
        for line in report:
            if line.verdict == "unreadable" and SYMPY.search(answer):
                return "This is SymPy in quotes. As text a sum is sum_m x_m, and a delta delta_mi."
            if not line.right:
                return f"{line.written.text or line.written.latex}: {line.said}"
        if not report or not same_quantity(report.statements[-1][0].written, left, question):
            return f"The last line does not say what {left} is."
        if report.lines[-1].written.expression.has(Partial):
            return "Every line is right. A derivative is still to be taken in the last one."
        return ""

    return check


def same_quantity(written: Written, left: str, question: Question | str) -> bool:
    """Do two left sides speak of the same derivative, whatever their letters?"""
    (asked,) = statements_of(left, question_of(question))
    a, b = written.expression, asked.left.expression
    return type(a) is type(b) and a.atoms(IndexedBase) == b.atoms(IndexedBase)


def same_number(value: float, tolerance: float, why: str) -> Check:
    """The answer is a number within the tolerance; `why` is said where it is not."""
    return about_number(lambda number: "" if abs(number - value) <= tolerance else why)


def about_number(wrong: Callable[[float], str]) -> Check:
    """The answer is a number, of Python, NumPy, SymPy or PyTorch; `wrong` says what is wrong with it."""

    def check(answer: Any) -> str:
        try:
            number = None if isinstance(answer, bool | str) else float(answer)
        except (TypeError, ValueError):
            number = None
        if number is None:
            return f"A number is asked for, and this is of type {type(answer).__name__}."
        return wrong(number)

    return check


def letters_in(answer: Any) -> list[str]:
    """The letters of "A B C", "a, b", "A → B" or ["A", "B"], as capitals."""
    text = (
        answer if isinstance(answer, str) or not isinstance(answer, Iterable) else "".join(map(str, answer))
    )
    return re.findall(r"\w", str(text).upper())


def same_function(
    right: Callable,
    cases: Iterable[Sequence],
    tolerance: float = 1e-9,
    sizes: Callable[..., dict[str, int]] | None = None,
    results: str = "",
) -> Check:
    """The answer is a function that returns what `right` returns, on every case of arguments.

    A result may be an array or a tuple of arrays. A changed argument, a missing return, shape, dtype and NaN
    are told apart from a wrong value, and a wrong value is diagnosed. `sizes(*case)`, such as {"S": 5}, lets
    the diagnosis name a factor. `results`, such as "dX dW db", names those of a tuple.
    """
    cases = [tuple(case) for case in cases]
    names = list(inspect.signature(right).parameters)

    def check(answer: Any) -> str:
        if not callable(answer):
            return f"A function is asked for, and this is of type {type(answer).__name__}."
        for case in cases:
            named = dict(zip(names, case, strict=True))
            if reason := wrong_on(answer, right, named, tolerance, sizes(*case) if sizes else None, results):
                return reason
        return ""

    return check


def unless(check: Check, known: Mapping[str, Callable], cases: list[tuple]) -> Check:
    """The check; an answer that does what a known mistake does is told so."""
    is_it = {said: same_function(mistake, cases) for said, mistake in known.items()}

    def named(answer: Any) -> str:
        reason = check(answer)
        return reason and next((said for said, differs in is_it.items() if not differs(answer)), reason)

    return named


def wrong_on(
    answer: Callable,
    right: Callable,
    case: dict[str, Any],
    tolerance: float,
    sizes: dict[str, int] | None = None,
    results: str = "",
) -> str:
    """What is wrong with the answer on one case of named arguments, "" where it does what `right` does."""
    at = "With " + ", ".join(f"{n} {said(a)}" for n, a in case.items())
    given = copy.deepcopy(case)
    with np.errstate(all="ignore"):
        try:
            got = answer(*given.values())
        except PyTorchMissing:
            raise
        except Exception as error:
            return f"{at}: your function stopped with {said_by(error)}"
        want = right(*copy.deepcopy(case).values())
    for name, before in case.items():
        if isinstance(before, np.ndarray) and not np.array_equal(before, given[name], equal_nan=True):
            return f"{at}: your function changed its argument {name}. Work on a copy."
    if got is None:
        return f"{at}: your function returned None. Is a return missing?"
    if isinstance(want, tuple) and isinstance(got, list):
        got = tuple(got)
    if not isinstance(want, tuple):
        got, want = (got,), (want,)
    if not isinstance(got, tuple) or len(got) != len(want):
        which = f": {', '.join(results.split())}" if results else ""
        return f"{at}: {len(want)} results are asked for, in a tuple{which}."
    numbered = ["your result"] if len(want) == 1 else [f"result {k}" for k in range(1, len(want) + 1)]
    for name, g, w in zip(results.split() or numbered, got, want, strict=True):
        if reason := compare_arrays(g, np.asarray(w), tolerance, sizes):
            return f"{at}: {name} {reason}"
    return ""


def said(argument: Any) -> str:
    """An argument in a few words."""
    if isinstance(argument, np.ndarray) and argument.ndim:
        return f"of shape {np.shape(argument)}"
    return "a function" if callable(argument) else f"= {argument}"


def compare_arrays(got: Any, want: np.ndarray, tolerance: float, sizes: dict[str, int] | None = None) -> str:
    """What is wrong with one array, "" where it is within the tolerance of the one wanted."""
    if got is None:
        return "is None. Is a return missing?"
    if not isinstance(got, np.ndarray | np.number | float | int):
        return f"is of type {type(got).__name__}; an array is asked for."
    got = np.asarray(got)
    if got.shape != want.shape:
        return f"has shape {got.shape}; {want.shape} is asked for."
    if np.isnan(got).any() and not np.isnan(want).any():
        return f"holds NaN, first at index {tuple(map(int, np.argwhere(np.isnan(got))[0]))}."
    if want.dtype.kind == "f" and got.dtype != want.dtype:
        return f"has dtype {got.dtype}; {want.dtype} is asked for, that of the arguments."
    if np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        return ""
    unequal = f"off by up to {np.abs(got - want).max():.0e}, which is more than rounding"
    return f"has the wrong value: {difference_said(diagnose_difference(got, want, sizes)) or unequal}"
