"""Calls what a reader wrote so that the notebook goes on, whatever it does."""

import contextlib
import ctypes
import io
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np


class Endless(Exception):
    """A call that did not return in time; `running` where nothing could stop it."""

    def __init__(self, running: bool = False) -> None:
        self.running = running


class Raised(Exception):
    """A call that raised `error`, of whatever class: SystemExit ends no notebook."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Stop(BaseException):
    """Raised inside of a call that takes too long; no `except Exception` of the reader's holds it.

    A bare `except:` does. So Stop, which is made in the thread where it is raised, has the next line there
    raise once more: that is the first line of the handler, where no `try` is left to hold it.
    """

    def __init__(self) -> None:
        frame = sys._getframe(1)
        while frame and frame.f_code is not Call.__call__.__code__:
            frame.f_trace = once_more
            frame = frame.f_back
        sys.settrace(once_more)


def once_more(frame: FrameType, event: str, argument: Any) -> None:
    raise KeyboardInterrupt


def within(seconds: float, f: Callable, *arguments: Any, **named: Any) -> Any:
    """Return f(*arguments), or raise Raised where it raises, or Endless after so many seconds.

    The call runs in a thread of its own and is stopped by an exception raised inside of it. That needs no
    signal, so it works on every system, in a widget's callback as in a cell, and for a class that only the
    notebook knows (a worker process could not unpickle it). If even the exception is swallowed, or if the
    thread sleeps, it is left behind and the notebook goes on. Not covered: one call into C that neither
    returns nor lets go of the interpreter, such as sum(range(10**12)). Jupyter's own stop button does not end
    that either; the kernel must be restarted.
    """
    call = Call(f, arguments, named)
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        late = thread.is_alive()
        if late:
            stop(thread)
    if late:
        raise Endless(thread.is_alive())
    if call.error is not None:
        raise Raised(call.error) from call.error
    return call.value


class Call:
    """f(*arguments), and afterwards what came of it."""

    def __init__(self, f: Callable, arguments: tuple, named: dict[str, Any]) -> None:
        self.f, self.arguments, self.named = f, arguments, named
        self.value: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        with np.errstate(all="ignore"):
            try:
                self.value = self.f(*self.arguments, **self.named)
            except BaseException as error:
                sys.settrace(None)
                self.error = error


def stop(thread: threading.Thread, tries: int = 20) -> None:
    """Raise Stop in a thread, again and again while it lives."""
    for _ in range(tries):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stop))
        thread.join(0.02)
        if not thread.is_alive():
            return


class Heard(io.TextIOBase):
    """A stdout that keeps the first characters and drops the rest: an endless loop may print."""

    def __init__(self, keep: int = 60) -> None:
        self.keep, self.text = keep, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: max(0, self.keep - len(self.text))]
        return len(text)


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Keep what is printed meanwhile, and show none of it."""
    heard = Heard()
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        yield heard
