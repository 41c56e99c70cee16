"""Judges an initialisation by its statistics: the mean, the spread beside its formula, and the distribution."""

import inspect
from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any

import numpy as np

from helpers.families import letters_of
from helpers.judge.code.arguments import positional
from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.guard import Endless, Raised, within
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

M, N = 300, 200  # 60000 entries: their spread is known to 0.3 %
NEAR = 0.025  # relative
FORMULAS = {  # the standard deviation by the number of inputs and of outputs
    "√(2 / (M + N))": lambda M, N: sqrt(2 / (M + N)),
    "√(2 / M)": lambda M, N: sqrt(2 / M),
    "1 / √M": lambda M, N: 1 / sqrt(M),
    "√(2 / N)": lambda M, N: sqrt(2 / N),
    "1 / √N": lambda M, N: 1 / sqrt(N),
    "1 / √(M + N)": lambda M, N: 1 / sqrt(M + N),
    "1 / √(3 M)": lambda M, N: 1 / sqrt(3 * M),
    "2 / M": lambda M, N: 2 / M,
    "1 / M": lambda M, N: 1 / M,
    "2 / (M + N)": lambda M, N: 2 / (M + N),
    "√(2 / (3 (M + N)))": lambda M, N: sqrt(2 / (3 * (M + N))),
    "√(2 / (3 M))": lambda M, N: sqrt(2 / (3 * M)),
    "√(6 / (M + N))": lambda M, N: sqrt(6 / (M + N)),
    "√(6 / M)": lambda M, N: sqrt(6 / M),
    "√(2 M)": lambda M, N: sqrt(2 * M),
    "√M": lambda M, N: sqrt(M),
    "1": lambda M, N: 1.0,
    "0.1": lambda M, N: 0.1,
    "0.02": lambda M, N: 0.02,
    "0.01": lambda M, N: 0.01,
}
WANTED = {"xavier": "√(2 / (M + N))", "glorot": "√(2 / (M + N))", "kaiming": "√(2 / M)", "he": "√(2 / M)"}
WANTED["lecun"] = "1 / √M"
SHAPES = ("normal", "uniform")


def initialisation_meant(like: Any) -> tuple[str, str] | None:
    """The formula of the spread and the distribution, "" for any, that a name or a function of torch.nn.init means."""
    name = (
        like if isinstance(like, str) else getattr(like, "__name__", "") if inspect.isfunction(like) else ""
    )
    spelled = letters_of(name)
    for shape in (*SHAPES, ""):
        for known, formula in WANTED.items():
            if spelled in (known + shape, f"{known}{shape}init", f"{known}{shape}initialisation"):
                return formula, shape
    return None


def judge_initialisation(work: Any, like: Any, seconds: float, options: Mapping[str, Any]) -> Diagnosis:
    """Hold the spread of 200 × 300 weights against the formula of their numbers of inputs and outputs."""
    name, (formula, shape) = getattr(work, "__name__", type(work).__name__), initialisation_meant(like)
    for named, make in ways(work, options):
        try:
            W = within(seconds, make)
        except (Raised, Endless):
            continue
        if isinstance(W, np.ndarray) and W.size == M * N and W.dtype.kind == "f":
            sizes = (M, N) if named or W.shape == (N, M) else (N, M)
            stage = "spread", {"entries": W.size, "formula": formula}
            return Diagnosis(name, tuple(verdicts(W, formula, shape, sizes, named)), (stage,))
    return Diagnosis(name, (not_judged(Kind.INTERFACE, name, case="initialisation"),))


def ways(work: Any, options: Mapping[str, Any]) -> Iterator[tuple[bool, Any]]:
    """Yield ways to get a W, and whether they say which of its sizes is M."""
    asked = [p for p in positional(work) if p.default is p.empty]
    chosen = {p.name: options[p.name] for p in positional(work) if p.name in options}
    if inspect.isclass(work) or not inspect.isfunction(work):
        yield True, lambda: weights(work(M, N, **chosen) if inspect.isclass(work) else work)
        return
    if len(asked) == 1:
        yield False, lambda: work((N, M), **chosen)
    out_first = len(asked) > 1 and any(word in asked[0].name for word in ("out", "rows", "n_o"))
    yield True, lambda: work(*((N, M) if out_first else (M, N)), **chosen)
    yield False, lambda: work(shape=(N, M), **chosen)


def weights(layer: Any) -> np.ndarray:
    """Return the matrix of a layer."""
    table = getattr(layer, "params", None)
    held = [*vars(layer).values(), *(table.values() if isinstance(table, dict) else ())]
    return next(A for A in held if isinstance(A, np.ndarray) and A.ndim == 2)


def verdicts(
    W: np.ndarray, formula: str, shape: str, sizes: tuple[int, int], named: bool
) -> Iterator[Verdict]:
    """Yield what is to be said of W."""
    std, want = float(W.std()), FORMULAS[formula](*sizes)
    if std == 0:
        yield wrong(Kind.ZERO, "W", case="initialisation")
        return
    if abs(W.mean()) > 6 * std / sqrt(W.size):
        yield wrong(Kind.WRONG_VALUE, "W", case="mean", mean=float(W.mean()))
        return
    if abs(std / want - 1) > NEAR:
        turned = FORMULAS[formula](*sizes[::-1])
        if not named and abs(std / turned - 1) <= NEAR:
            yield remark(Kind.TRANSPOSED, "W", case="fan", formula=formula)
            return
        names = [f for f, value in FORMULAS.items() if abs(std / value(*sizes) - 1) <= NEAR]
        case = "spread that has a name" if names else "spread"
        yield wrong(Kind.FORWARD, "W", case=case, std=std, right=want, formula=formula, found=names[:1])
        return
    flatness = float(((W - W.mean()) ** 4).mean() / std**4)  # 3 for normal, 1.8 for uniform numbers
    seen = "uniform" if flatness < 2.2 else "normal" if abs(flatness - 3) < 0.3 else ""
    if shape and seen and seen != shape:
        yield remark(Kind.WRONG_FUNCTION, "W", case="distribution", seen=seen, shape=shape)
