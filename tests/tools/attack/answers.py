"""Objects, texts and functions that are no answer, for every exercise: never right, and marking raises nothing."""

import decimal
import fractions
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from tests.exercises.test_exercises import ALL
from tests.tools.attack.trial import FINE, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 10**6, Allowed(seconds=60, waiting=120, memory=2 * 10**9)


def cases(seed: int, budget: int) -> Iterator[Case]:
    """All of them in their order, or as many as the budget, drawn."""
    names = [name for name, _ in hostile()]
    every = [(exercise, k) for exercise in ALL.values() for k in range(len(names))]
    for exercise, k in every if budget >= len(every) else random.Random(seed).sample(every, budget):
        yield Case(f"{exercise.number}, {names[k]}", partial(marked, exercise, k))


def marked(exercise: Any, k: int) -> str:
    """What came of the answer with this number, its sentences written too."""
    mark = exercise.mark([answer for _, answer in hostile()][k])
    said = repr(mark) + mark._repr_html_()
    return WRONG if mark.right else SENTENCE if said else FINE


# The answers


def fails(*arguments: Any, **named: Any) -> Any:
    raise NoText


class NoText(Exception):
    def __str__(self) -> str:
        raise SystemExit("no text")

    __repr__ = __str__


def odd(method: str) -> Any:
    """An object of which one method raises; of the error even the text does."""
    return type("Odd", (), {method: fails})()


def raises(error: BaseException) -> Callable:
    def answer(*arguments: Any, **named: Any) -> Any:
        raise error

    return answer


def returns(value: Any) -> Callable:
    return lambda *arguments, **named: value


def endless(*arguments: Any) -> Any:
    while True:
        pass


def stubborn(*arguments: Any) -> Any:
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue


def deep(*arguments: Any) -> Any:
    return deep(*arguments)


def writes(*arguments: Any) -> Any:
    for A in arguments:
        if isinstance(A, np.ndarray):
            A[...] = np.nan
    return arguments


def hostile() -> Iterator[tuple[str, Any]]:
    """Each answer with its name, made anew."""
    loop: list = []
    loop.append(loop)
    nest: Any = 0
    for _ in range(5000):
        nest = (nest,)
    yield from (
        ("nan", float("nan")), ("inf", float("inf")), ("huge", 10**400), ("digits", 10**10000), ("complex", 1 + 2j),
        ("decimal", decimal.Decimal("NaN")), ("fraction", fractions.Fraction(1, 3)), ("bool", True), ("empty", ()),
        ("bytes", b"\xff"), ("set", {1}), ("dict", {"a": 1}), ("range", range(10**12)), ("iterator", iter(())),
        ("list in itself", loop), ("nested", nest), ("type", type), ("object", object()), ("module", np),
        ("array", np.ones(3)), ("objects", np.array([None, []], dtype=object)), ("no entries", np.empty((0, 0))),
        ("many axes", np.ones((1,) * 60)), ("text array", np.array(["a"])), ("NaNs", np.full((3, 4), np.nan)),
        ("letter", sp.Symbol("x")), ("zoo", sp.zoo), ("sympy nan", sp.nan), ("relation", sp.Symbol("x") < 1),
        ("unevaluated", sp.Sum(sp.Symbol("x"), (sp.Symbol("k"), 1, sp.oo))), ("matrix", sp.eye(3)),
    )  # fmt: skip
    for text in (
        "\x00", "\ud800", "x" * 10**5, "(" * 5000, "\\frac{" * 2000, "1e99999999", "9**9**9**9", "sum_m " * 500,
        "=" * 1000,
        "dW = 1e99999999", r"\underbrace{dY^T}_{\href{javascript:alert(1)}{x}}", "dW_ij = sum_m dY_mi sum_m X_mj",
        "((((y+z)^99)^99)^99)", "__import__('os')._exit(0)", "A B C D E F G H", "\u2028\r\x0b", "d/dx " * 300,
        "\\newcommand{" * 500, "<script>alert(1)</script>", "-" * 20000, "∂" * 1000, "%", "\\begin{align}",
    ):  # fmt: skip
        yield f"text {text[:20]!r}", text
    for method in ("__getattr__", "__getattribute__", "__eq__", "__len__", "__iter__", "__array__", "__float__",
                   "__call__", "__repr__", "__str__", "__bool__", "__hash__", "__index__", "__deepcopy__"):  # fmt: skip
        yield method, odd(method)
    for error in (SystemExit(), KeyboardInterrupt(), GeneratorExit(), StopIteration(), NoText(), MemoryError(),
                  RecursionError(), type("E" * 10**5, (Exception,), {})("\ud800" * 10**5)):  # fmt: skip
        yield f"raises {type(error).__name__[:20]}", raises(error)
    for name, value in (
        ("itself", loop), ("None in a tuple", (None,) * 3), ("text", "x"), ("object", odd("__array__")),
        ("objects", np.array([None], dtype=object)), ("class", int), ("generator", (x for x in ())),
        ("strings", (np.array(["a"]),) * 3), ("complex", np.ones((4, 4)) * 1j), ("nested", nest),
    ):  # fmt: skip
        yield f"returns {name}", returns(value)
    yield from (("endless", endless), ("stubborn", stubborn), ("deep", deep), ("writes", writes))
    yield "no code", print
    yield "partial", max
    yield "class that fails", type("Layer", (), {"__init__": fails, "forward": fails, "backward": fails})
    yield (
        "layer that exits",
        type("Layer", (), {"forward": raises(SystemExit()), "backward": raises(SystemExit())}),
    )
    yield "layer of nothing", type("Layer", (), {"forward": returns(None), "backward": returns(None)})()
