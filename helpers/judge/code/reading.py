"""From what a reader hands over to something that can be called: an object, a class, functions, or what makes them."""

import functools
import inspect
from functools import partial
from typing import Any

import numpy as np

from helpers.judge.code.arguments import SWITCH, names_of, parameters_of, positional
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.guard import Endless, Raised, within
from helpers.judge.code.layer_object import Object
from helpers.judge.code.making import asked_by
from helpers.judge.code.roles import backward_of, forward_of, plain
from helpers.judge.code.subject import Subject
from helpers.judge.code.two_functions import Functions
from helpers.verdict import Kind, not_judged, wrong


def readings(work: Any, seconds: float, call_seconds: float, options: dict[str, Any]) -> list[Subject]:
    """Return what a work may be, the likeliest first: one function may be backward alone, or return a loss and dX."""
    limits = seconds, call_seconds, options
    if isinstance(work, tuple | list) and len(work) == 2 and callable(work[1]):
        return [Functions(*work, *limits)]
    if isinstance(work, str):
        raise Trouble(not_judged(Kind.INTERFACE, case="text", work=work))
    if isinstance(work, tuple | list):
        several = {"type": type(work).__name__, "count": len(work)}
        raise Trouble(not_judged(Kind.INTERFACE, case="several", **several))
    if is_function(work):
        if switch := switch_of(work):
            backward = functools.wraps(work)(partial(work, **{switch: True}))
            return [Functions(work, backward, *limits)]
        if positional(work) or parameters_of(work) is None:
            return [Functions(None, work, *limits), Functions(work, None, *limits)]
        return readings(made_by(work, call_seconds), *limits)
    forward, backward = forward_of(work), backward_of(work)
    if forward and (backward or len(asked_by(work)) == 2):
        return [Object(work, *limits)]
    name = getattr(work, "__name__", type(work).__name__)
    if forward or backward:
        missing = "backward" if forward else "forward"
        raise Trouble(not_judged(Kind.INTERFACE, name, case="no method", missing=missing))
    raise Trouble(not_judged(Kind.INTERFACE, name, case="no methods"))


def switch_of(f: Any) -> str | None:
    """Return the option by which a function is its derivative, f(x, derivative=True); None where it has none."""
    options = (p for p in parameters_of(f) or () if p.default is False)
    return next((p.name for p in options if plain(p.name) in SWITCH), None)


def is_function(work: Any) -> bool:
    return inspect.isroutine(work) or isinstance(work, np.ufunc | partial)


def made_by(maker: Any, call_seconds: float) -> Any:
    """Return what a function of nothing makes."""
    try:
        return within(call_seconds, maker)
    except Endless as endless:
        said = f"{getattr(maker, '__name__', type(maker).__name__)}()"
        late = wrong(Kind.LOOPS, said, seconds=call_seconds, still_running=endless.running)
        raise Trouble(late) from None
    except (Raised, RecursionError) as error:
        fault = wrong(Kind.RAISES, case="maker", error=repr(getattr(error, "error", error)))
        raise Trouble(fault) from None


def check_like(work: Any, like: Any) -> None:
    """Ask for like where a class needs its sizes from it."""
    if like is None and inspect.isclass(work) and (needs := names_of(work)):
        raise Trouble(not_judged(Kind.INTERFACE, work.__name__, case="no like", needs=needs))
