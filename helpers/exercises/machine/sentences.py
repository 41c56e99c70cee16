"""What is said of an answer, written from its verdict alone."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.compare.sentences import difference_said, line_said
from helpers.verdict import Kind, Verdict

UNFIT = re.compile(  # of @, and of np.dot
    r"matmul: .*core dimension 0.*\(size (\d+) is different from (\d+)\)"
    r"|not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)"
)


def answer_said(verdict: Verdict | None) -> str:
    """Why an answer is wrong or not judged, "" of a right one: its part, the arguments that show it, what is wrong."""
    if verdict is None:
        return "Replace the ... by your answer and run the cell again."
    if verdict.right:
        return ""
    pieces, said = verdict.pieces, wrong_said(verdict)
    if "case" in pieces:
        said = f"With {case_said(pieces['case'])}: {said}"
    return f"{pieces['part']} {said}" if "part" in pieces else said


def wrong_said(verdict: Verdict) -> str:
    """What is wrong: in its author's words, in those of a judge of lines, or by its kind."""
    pieces, kind, name = verdict.pieces, verdict.kind, verdict.where
    for written in ("why", "refusal"):
        if written in pieces:
            return pieces[written]
    if "line" in pieces:
        line = pieces["line"]
        return f"{name}{': ' * bool(name)}{line_said(line) if isinstance(line, Verdict) else line.said}"
    if verdict.difference:
        return pieces["around"].format(difference_said(verdict.difference) or pieces.get("rounding", ""))
    if kind is Kind.RAISES:
        return f"{'your function' if 'case' in pieces else 'Your answer'} stopped with {pieces['error']}"
    if kind is Kind.LOOPS:
        return f"Your answer took longer than {pieces['seconds']} seconds, and was stopped."
    if kind is Kind.MUTATES:
        return f"your function changed its argument {name}. Work on a copy."
    if kind is Kind.RETURNS_NOTHING:
        return (
            f"{name} is None. Is a return missing?"
            if name
            else "your function returned None. Is a return missing?"
        )
    if "asked" in pieces:
        return f"{pieces['asked']} asked for, and this is of type {pieces['got']}."
    if "results" in pieces:
        number, names = pieces["results"]
        return f"{number} results are asked for, in a tuple{': ' * bool(names)}{', '.join(names)}."
    if kind is Kind.TYPE:
        return f"{name} is of type {pieces['got']}; an array is asked for."
    if kind is Kind.SHAPE:
        return f"{name} has shape {pieces['got']}; {pieces['want']} is asked for."
    if kind is Kind.NAN:
        return f"{name} holds NaN, first at index {pieces['index']}."
    return f"{name} has dtype {pieces['got']}; {pieces['want']} is asked for, that of the arguments."


def case_said(case: Mapping[str, Any]) -> str:
    """X of shape (3, 2), b = 1; of many arguments the first three, which say how large all are."""
    said = [f"{name} {described(argument)}" for name, argument in case.items()]
    return ", ".join(said if len(said) <= 6 else [*said[:3], "..."])


def described(argument: Any) -> str:
    """An argument in a few words."""
    if isinstance(argument, np.ndarray) and argument.ndim:
        return f"of shape {np.shape(argument)}"
    return "a function" if callable(argument) else f"= {argument}"


def error_said(error: BaseException, length: int = 300) -> str:
    """An error's name and text, cut; of a product whose factors do not fit, what @ needs."""
    try:
        text = str(error)[:length]
    except BaseException:  # of an error that a reader made
        text = "an error without a text"
    if found := UNFIT.search(text):
        rows, columns = found[1] or found[4], found[2] or found[3]
        needs = "@ needs as many columns on the left as rows on the right"
        text = f"{needs}: the left has {columns}, the right {rows}."
    return f"{type(error).__name__[:60]}: {text}"
