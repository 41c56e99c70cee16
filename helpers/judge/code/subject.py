"""Calls what a reader wrote, an object or functions, in one way."""

import inspect
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.guard import Endless, Raised, within
from helpers.verdict import Kind, Verdict, wrong


class OutOfTime(Exception):
    """Raised when all calls together have used up their time."""


@dataclass
class Results:
    """Copies of what came out, by the letters of the formula; which arguments changed, which share memory."""

    values: Arrays
    changed: list[str]
    aliased: list[tuple[str, str]]


class Subject:
    """What forward and backward have in common, however they are written."""

    loss = False
    own_forward = True

    def __init__(self, name: str, seconds: float, call_seconds: float) -> None:
        self.name, self.seconds, self.call_seconds = name, seconds, call_seconds
        self.left = (
            seconds  # of the time limit for all calls together: what happens between them is not theirs
        )

    def call(self, said: str, case: Case, f: Callable, *arguments: Any, **named: Any) -> Any:
        """Call f under the time limits; what goes wrong is a Trouble."""
        limit, start = min(self.call_seconds, self.left), time.monotonic()
        try:
            if limit <= 0:
                raise OutOfTime
            return within(limit, f, *arguments, **named)
        except Endless as endless:
            if limit < self.call_seconds:
                raise OutOfTime from None
            late = wrong(Kind.LOOPS, said, seconds=limit, still_running=endless.running)
            raise Trouble(late) from None
        except Raised as raised:
            if isinstance(raised.error, Trouble):
                raise raised.error from None
            raise Trouble(stopped(said, case, raised.error)) from None
        finally:
            self.left -= time.monotonic() - start

    def fresh(self) -> None:
        """Forget every earlier call."""

    def forward(self, case: Case) -> np.ndarray:
        """Return Y or L alone."""
        raise NotImplementedError

    def run(self, case: Case) -> Results:
        """Run forward, then backward, on copies of all arrays of the case."""
        raise NotImplementedError


def names_of(f: Callable) -> list[str]:
    """Return the names of the arguments that f cannot do without."""
    return [p.name for p in positional(f) if p.default is p.empty]


def optional_names_of(f: Callable) -> list[str]:
    """Return the names of those that have a default."""
    return [p.name for p in positional(f) if p.default is not p.empty]


def positional(f: Callable) -> list[inspect.Parameter]:
    """Return the arguments of f that go by position; none where f does not tell, as some of NumPy's."""
    try:
        signature = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in signature if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def stopped(said: str, case: Case, error: BaseException) -> Verdict:
    """Return the verdict on a call that raised, with the reader's line."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    loss = case.T is not None
    return wrong(Kind.RAISES, said, sizes=str(case), error=words, line=line_of(error), one_hot=loss)


def array(of: str, value: Any) -> np.ndarray:
    """Copy what came out, if it is an array of numbers."""
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


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, A in before.items()
        if isinstance(A, np.ndarray) and not np.array_equal(A, after[name], equal_nan=True)
    ]


def shared(results: Mapping[str, Any], given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find the results that share memory with an argument: ("Y", "X")."""
    return [
        (r, g)
        for r, A in results.items()
        for g, B in given.items()
        if isinstance(A, np.ndarray) and isinstance(B, np.ndarray) and np.shares_memory(A, B)
    ]


def line_of(error: BaseException) -> str:
    """Find the line of the reader's code that raised, "" where there is none to show."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("guard.py")]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return (own[-1].line or "")[:100] if own else ""
