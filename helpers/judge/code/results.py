"""What came out of a reader's code: arrays that were checked, what has changed, and what shares memory."""

import contextlib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.verdict import Kind, Verdict, not_judged, wrong


@dataclass
class Results:
    """Copies of what came out, by the letters of the formula; which arguments changed, which share memory."""

    values: Arrays
    changed: list[str] = field(default_factory=list)
    aliased: list[tuple[str, str]] = field(default_factory=list)


def array(of: str, value: Any, lists: bool = False) -> np.ndarray:
    """Copy what came out, if it is an array of numbers, or a list of them where lists are the convention."""
    if lists and isinstance(value, list | tuple):
        with contextlib.suppress(ValueError):
            value = np.array(value)
    if isinstance(value, tuple | list) and len(value) > 1 and all(map(is_nothing, value[1:])):
        value = value[0]  # dX, and of the parameters that the layer has not, nothing
    if value is None:
        function = "forward" if of in ("Y", "L") else "backward"
        raise Trouble(wrong(Kind.RETURNS_NOTHING, of, function=function))
    if isinstance(value, np.ndarray | np.number | np.bool_ | float | int):
        A = np.array(value)
        if A.dtype.kind in "fiub":
            return A
    if isinstance(value, np.ndarray):
        case = "dtype of a number" if of == "L" else "dtype"
        raise Trouble(wrong(Kind.TYPE, of, case=case, type=value.dtype))
    case = "number" if of == "L" else ""
    raise Trouble(wrong(Kind.TYPE, of, case=case, type=type(value).__name__))


def is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple | list | dict) and not value)


def flat(value: Any) -> list[Any]:
    """Return what stands in tuples, lists and dicts of arrays, one after the other; numbers in a list are no arrays."""
    if isinstance(value, Mapping):
        return [one for part in value.values() for one in flat(part)]
    if isinstance(value, tuple) or (
        isinstance(value, list) and any(isinstance(A, np.ndarray) for A in value)
    ):
        return [one for part in value for one in flat(part)]
    return [value]


def states(values: Sequence[Any], case: Case) -> Arrays:
    """Return the last states among what came out behind Y: arrays of their size, in their order."""
    if not (case.row and case.row.outputs):
        return {}
    shape = tuple(case.sizes[a] for a in case.row.axes[case.row.outputs[0]])
    found = [
        A for value in values for A in flat(value) if isinstance(A, np.ndarray) and A.size == np.prod(shape)
    ]
    return {of: A.reshape(shape).copy() for of, A in zip(case.row.outputs, found, strict=False)}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, A in before.items()
        if isinstance(A, np.ndarray) and not np.array_equal(A, after[name], equal_nan=A.dtype.kind == "f")
    ]


def shared(results: Mapping[str, Any], given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find the results that share memory with an argument: ("Y", "X")."""
    return [
        (r, g)
        for r, A in results.items()
        for g, B in given.items()
        if isinstance(A, np.ndarray) and isinstance(B, np.ndarray) and np.shares_memory(A, B)
    ]


def stopped(said: str, case: Case, error: BaseException) -> Verdict:
    """Return the verdict on a call that raised, with the reader's line; a package that is missing is no mistake."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    say = not_judged if isinstance(error, ImportError) else wrong
    loss, asserts = case.T is not None, isinstance(error, AssertionError)
    pieces = {"sizes": str(case), "error": words, "line": line_of(error), "one_hot": loss, "asserts": asserts}
    return say(Kind.RAISES, said, **pieces)


def line_of(error: BaseException) -> str:
    """Find the line of the reader's code that raised, "" where there is none to show."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("guard.py")]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return (own[-1].line or "")[:100] if own else ""
