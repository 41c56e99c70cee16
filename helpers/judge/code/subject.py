"""Calls what a reader wrote, an object or functions, in one way."""

import inspect
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.judge.code.axes import Axes
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.guard import Endless, Raised, within
from helpers.judge.code.letters import among
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
    row: Axes | None = None
    flat = False  # whether states are (S, N) here, without the axis of one layer

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

    def bare(self, of: str, case: Case) -> bool:
        """Tell whether an array is a state, and (S, N) here."""
        return self.flat and case.row.axes.get(of.removeprefix("d"), "").startswith("L")

    def laid(self, arrays: Arrays, case: Case) -> Arrays:
        """Return copies, laid out as the work takes them."""
        return {of: (A[0] if self.bare(of, case) else A).copy() for of, A in arrays.items()}

    def ours(self, of: str, A: np.ndarray, case: Case) -> np.ndarray:
        """Return what came out, laid out as in the case."""
        return A[None] if self.bare(of, case) else A

    def parted(self, value: Any) -> list[Any]:
        """Return Y, and what came with it."""
        return (flat(value) or [None]) if self.row and self.row.outputs else [value]

    def fresh(self) -> None:
        """Forget every earlier call."""

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        """Return the letters among these that forward takes, or backward."""
        raise NotImplementedError

    def forward(self, case: Case) -> Arrays:
        """Return Y or L, and the last states where they are returned."""
        raise NotImplementedError

    def run(self, case: Case) -> Results:
        """Run forward, then backward, on copies of all arrays of the case."""
        raise NotImplementedError


def arranged(f: Callable, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what f takes of what can be given, in its order: by its names, else by what comes next.

    An argument with a default whose name means nothing here is left at it; f(*all) takes all.
    """
    if not positional(f) or any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(f).parameters.values()):
        return dict(given)
    found = {p.name: among(p.name, given) for p in positional(f)}
    left = (letter for letter in given if letter not in found.values())
    found |= {name: next(left, None) for name in names_of(f) if found[name] is None}
    return {letter: given[letter] for letter in found.values() if letter is not None}


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


def flat(value: Any) -> list[Any]:
    """Return what stands in a tuple of tuples, one after the other."""
    return [one for part in value for one in flat(part)] if isinstance(value, tuple) else [value]


def states(values: Sequence[Any], case: Case) -> Arrays:
    """Return the last states among what came out behind Y: arrays of their size, in their order."""
    if not (case.row and case.row.outputs):
        return {}
    shape = tuple(case.sizes[a] for a in case.row.axes[case.row.outputs[0]])
    found = [A for A in values if isinstance(A, np.ndarray) and A.size == np.prod(shape)]
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


def line_of(error: BaseException) -> str:
    """Find the line of the reader's code that raised, "" where there is none to show."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("guard.py")]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return (own[-1].line or "")[:100] if own else ""
