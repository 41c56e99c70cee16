"""The limits of time under which a reader's code is called: one for each call, one for all of them together."""

import threading
import time
from collections.abc import Callable
from typing import Any

from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.guard import Endless, Raised, within
from helpers.judge.code.results import stopped
from helpers.verdict import Kind, wrong


class OutOfTime(Exception):
    """Raised when all calls together have used up their time."""


class Limited:
    """Calls what a reader wrote, each time for so many seconds at most, and for so many altogether."""

    def __init__(self, seconds: float, call_seconds: float) -> None:
        self.seconds, self.call_seconds = seconds, call_seconds
        self.left = seconds  # of the limit for all calls together: what happens between them is not theirs
        self.inside = False  # whether the limits hold already, of a call around this one

    def call(self, said: str, case: Case, f: Callable, *arguments: Any, **named: Any) -> Any:
        """Call f under the time limits; what goes wrong is a Trouble."""
        if self.inside:
            try:
                return f(*arguments, **named)
            except (Exception, SystemExit) as error:
                raise error if isinstance(error, Trouble) else Trouble(stopped(said, case, error)) from None
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

    def together(self, f: Callable[[], Any]) -> Any:
        """Return f(), which calls the work many times, under one limit: the time that is left."""
        limit, start, self.inside = min(self.left, threading.TIMEOUT_MAX), time.monotonic(), True
        try:
            return within(limit, f)
        except Endless:
            raise OutOfTime from None
        except Raised as raised:
            raise raised.error from None
        finally:
            self.inside = False
            self.left -= time.monotonic() - start
