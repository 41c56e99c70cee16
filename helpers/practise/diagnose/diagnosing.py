"""diagnose(work, like=...): from what a reader wrote to what is wrong with it."""

import inspect
import warnings
from typing import Any

import numpy as np

from helpers.practise.diagnose.battery import Battery
from helpers.practise.diagnose.bench import Bench
from helpers.practise.diagnose.finding import Diagnosis, Finding, Trouble
from helpers.practise.diagnose.functions import Functions
from helpers.practise.diagnose.guard import Endless, Raised, listening, within
from helpers.practise.diagnose.inputs import Inputs
from helpers.practise.diagnose.object import Object
from helpers.practise.diagnose.subject import Subject, names_of, positional
from helpers.practise.diagnose.truth import Differences, Likewise, by_torch, parameters

LIMIT, CALL_LIMIT = 4.0, 2.0  # seconds


def diagnose(
    work: Any,
    like: Any = None,
    *,
    X: np.ndarray | None = None,
    seconds: float = LIMIT,
    call_seconds: float = CALL_LIMIT,
    **options: Any,
) -> Diagnosis:
    """What is wrong with a layer or a loss that a reader wrote, in words; nothing the reader has is changed.

        diagnose(MyLinear, like=Linear)                       a class: made anew at several sizes
        diagnose(MyLinear(4, 3), like=Linear(4, 3))           an object: used as a copy, at its own size
        diagnose((forward, backward), like=ELU(1.7), alpha=1.7)
        diagnose(backward, like=Linear)                       Y is that of `like`

    `work` is an object or a class with forward and backward, params and grads; or functions, whose
    arguments are found by their names (X, W, b, Y, T, dY, cache and the options given here). `like` is a layer, loss or
    module of torch.nn, or functions that are right; without it backward is held against differences of forward. X is an
    input to take the shape from. No call may last longer than `call_seconds`, all together `seconds`.
    """
    with listening() as heard, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            subject = subject_of(work, seconds, call_seconds, options)
        except Trouble as trouble:
            return Diagnosis(getattr(work, "__name__", type(work).__name__), (trouble.finding,), (), ())
        bench, inputs = set_up(subject, like, X, options)
        Battery(bench, inputs).run()
    if heard.text.strip():
        first = heard.text.strip().splitlines()[0]
        bench.add(
            Finding("prints", "", f"It prints “{first}”, at every call. Take that out when you are done.")
        )
    return bench.diagnosis()


def subject_of(work: Any, seconds: float, call_seconds: float, options: dict[str, Any]) -> Subject:
    """The reader's work, ready to be called."""
    limits = seconds, call_seconds
    if isinstance(work, tuple | list) and len(work) == 2 and callable(work[1]):
        return Functions(*work, *limits, options)
    has = [callable(getattr(work, method, None)) for method in ("forward", "backward")]
    if all(has):
        return Object(work, *limits)
    if not any(has) and callable(work) and not inspect.isclass(work):
        if positional(work):
            return Functions(None, work, *limits, options)
        try:
            return subject_of(within(call_seconds, work), *limits, options)
        except (Raised, Endless, RecursionError) as error:
            raise Trouble(
                "raises", "", f"Making the layer failed: {getattr(error, 'error', error)!r}."
            ) from None
    missing = " and ".join(m for m, there in zip(("forward", "backward"), has, strict=True) if not there)
    name = getattr(work, "__name__", type(work).__name__)
    raise Trouble(
        "interface", name, f"{name} has no {missing}; a layer has both, or hand over two functions."
    )


def set_up(
    subject: Subject, like: Any, X: np.ndarray | None, options: dict[str, Any]
) -> tuple[Bench, Inputs]:
    """The truth that a subject is held against, and the inputs that both can take."""
    given = like
    if inspect.isclass(like):
        like = like(4, 3) if len(names_of(like)) == 2 else like()
    if getattr(like, "reduction", "mean") == "none":
        raise ValueError('a loss is one number here: its reduction is "mean" or "sum", not "none"')
    truth, loss = by_torch(like), hasattr(like, "reduction")
    if truth is None and like is not None:
        other = subject_of(given, np.inf, LIMIT, options)
        truth, loss = Likewise(other), loss or other.loss
    if truth is None:
        truth, loss = Differences(subject), subject.loss
    if not subject.own_forward:
        subject.borrowed = truth.value
    known = subject.original if like is None and isinstance(subject, Object) else like
    shapes = {key: A.shape for key, A in parameters(known).items()}
    probabilities = loss and type(like).__name__ == "CrossEntropy"
    return Bench(subject, truth), Inputs(shapes, loss, probabilities, X)
