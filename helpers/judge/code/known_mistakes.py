"""Makes known mistakes in a layer or a loss, as arrays that a result can be held against."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.truth import Truth
from helpers.verdict import Kind, Verdict, wrong

Suspect = tuple[Verdict, np.ndarray]


def suspects(of: str, want: np.ndarray, case: Case, truth: Truth) -> Iterator[Suspect]:
    """Yield each known mistake in a quantity: the verdict on it, and the array that it makes."""
    if of == "Y":
        for key, W in case.params.items():
            without = truth(replace(case, params={**case.params, key: np.zeros_like(W)}))["Y"]
            yield wrong(Kind.FORWARD, of, case="parameter", key=key), without
    if of == "dX" and case.T is None:
        yield from layer_suspects(want, case, truth)
    if of == "dX" and case.T is not None:
        P = np.exp(case.X - case.X.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        again = P * (want - (want * P).sum(1, keepdims=True))
        yield wrong(Kind.APPLIED_TWICE, of, case="softmax"), again
    if of[1:] in case.params:
        for s, which in ((-1, "last"), (0, "first")):
            try:
                alone = truth(case.sample(s))[of]
            except ValueError:  # batch norm has no answer for one sample
                continue
            yield wrong(Kind.NOT_SUMMED, of, case="one sample", which=which), alone
    for key, W in case.params.items():
        if W.ndim > 2:
            turned = truth(replace(case, params={**case.params, key: half_turn(W)}))[of]
            yield wrong(Kind.FLIPPED, of), half_turn(turned) if of == f"d{key}" else turned
        if W.ndim == 2 and W.shape[0] == W.shape[1]:
            turned = truth(replace(case, params={**case.params, key: W.T}))[of]
            yield wrong(Kind.TRANSPOSED, of, case="parameter", key=key), turned


def half_turn(W: np.ndarray) -> np.ndarray:
    """Turn the kernel (O, C, K, K) by 180°."""
    return np.flip(W, tuple(range(2, W.ndim))).copy()


def layer_suspects(want: np.ndarray, case: Case, truth: Truth) -> Iterator[Suspect]:
    """Yield known mistakes in dX of a layer whose Y has the shape of X."""
    X, dY = case.X, case.dY
    if X.shape != dY.shape or case.images:
        return
    yield wrong(Kind.DERIVATIVE_MISSING, "dX"), dY
    diagonal = np.zeros_like(X)
    for k in np.ndindex(X.shape):
        unit = np.zeros_like(X)
        unit[k] = 1
        diagonal[k] = truth(replace(case, dY=unit))["dX"][k]
    yield wrong(Kind.DIAGONAL_ONLY, "dX"), diagonal * dY
    yield wrong(Kind.APPLIED_TWICE, "dX"), truth(replace(case, dY=want))["dX"]
    if case.params:
        return
    for letter, A in (("Y", truth(case)["Y"]), ("dY", dY)):
        at = wrong(Kind.WRONG_ARRAY, "dX", case="derivative", letter=letter)
        yield at, truth(replace(case, X=A))["dX"]
