"""What a reader wrote, an object or functions, called in one way."""

import inspect
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.finding import Trouble
from helpers.judge.code.guard import Endless, Raised, within


class OutOfTime(Exception):
    """The battery as a whole has used up its time."""


@dataclass
class Results:
    """Copies of what came out, by the letters of the formula; which arguments changed, which share memory."""

    values: Arrays
    changed: list[str]
    aliased: list[str]


class Subject:
    """What forward and backward have in common, however they are written."""

    loss = False
    own_forward = True

    def __init__(self, name: str, seconds: float, call_seconds: float) -> None:
        self.name, self.call_seconds, self.ends = name, call_seconds, time.monotonic() + seconds

    def call(self, said: str, case: Case, f: Callable, *arguments: Any, **named: Any) -> Any:
        """f(...) under the time limit; what goes wrong is a Trouble, in a sentence."""
        left = self.ends - time.monotonic()
        try:
            if left <= 0:
                raise Endless
            return within(min(self.call_seconds, left), f, *arguments, **named)
        except Endless as endless:
            if left < self.call_seconds:
                raise OutOfTime from None
            reason = f"{said} did not return within {self.call_seconds:g} s. Which loop never ends?"
            if endless.running:
                reason += (
                    " It could not be stopped and goes on behind: restart the kernel if all is slow now."
                )
            raise Trouble("loops for ever", said, reason) from None
        except Raised as raised:
            if isinstance(raised.error, Trouble):
                raise raised.error from None
            error, where = raised.error, line_of(raised.error)
            words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            one_hot = " T is one-hot here, a row a sample." if case.T is not None else ""
            reason = f"With {case}, {said} stops with {words}.{where}{one_hot}"
            raise Trouble("raises", said, reason) from None

    def fresh(self) -> None:
        """Forget every earlier call."""

    def forward(self, case: Case) -> np.ndarray:
        """Y or L alone."""
        raise NotImplementedError

    def run(self, case: Case) -> Results:
        """Forward, then backward, on copies of all arrays of the case."""
        raise NotImplementedError


def names_of(f: Callable) -> list[str]:
    """The names of the arguments that f cannot do without."""
    return [p.name for p in positional(f) if p.default is p.empty]


def optional_names_of(f: Callable) -> list[str]:
    """The names of those that have a default."""
    return [p.name for p in positional(f) if p.default is not p.empty]


def positional(f: Callable) -> list[inspect.Parameter]:
    """The arguments of f that go by position; none where f does not tell, as some of NumPy's do not."""
    try:
        signature = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in signature if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def array(of: str, value: Any) -> np.ndarray:
    """A copy of what came out, if it is an array of numbers."""
    if value is None:
        function = "forward" if of in ("Y", "L") else "backward"
        raise Trouble(
            "returns nothing", of, f"{function} returns None where {of} is asked for. Is a return missing?"
        )
    if isinstance(value, np.ndarray | np.number | np.bool_ | float | int):
        A = np.array(value)
        if A.dtype.kind in "fiub":
            return A
    what = (
        f"an array of dtype {value.dtype}"
        if isinstance(value, np.ndarray)
        else f"of type {type(value).__name__}"
    )
    raise Trouble(
        "type", of, f"{of} is {what}; {'a number' if of == 'L' else 'an array of numbers'} is asked for."
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, A in before.items()
        if isinstance(A, np.ndarray) and not np.array_equal(A, after[name], equal_nan=True)
    ]


def shared(results: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """The results that share memory with an argument: "Y and X"."""
    return [
        f"{r} and {g}"
        for r, A in results.items()
        for g, B in given.items()
        if isinstance(A, np.ndarray) and isinstance(B, np.ndarray) and np.shares_memory(A, B)
    ]


def line_of(error: BaseException) -> str:
    """The line of the reader's code that raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("guard.py")]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return f" The line: {own[-1].line:.100}" if own and own[-1].line else ""
