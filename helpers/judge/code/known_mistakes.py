"""Makes known mistakes in a layer or a loss, as arrays that a result can be held against."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from helpers.compare.difference import named_factor
from helpers.judge.code.case import Case
from helpers.judge.code.expert import Suspect
from helpers.judge.code.truth import Truth
from helpers.verdict import Difference, Kind, wrong

FORMULAS = {  # of derivatives that are written in Y, and the array that X or Y stands in it for
    "Y (1 − Y)": lambda A, dY: dY * A * (1 - A),
    "1 − Y²": lambda A, dY: dY * (1 - A**2),
    "Y ∘ (dY − Σ dY Y)": lambda A, dY: A * (dY - (dY * A).sum(-1, keepdims=True)),
    "Y": lambda A, dY: dY * A,
}


def suspects(of: str, got: np.ndarray, want: np.ndarray, case: Case, truth: Truth) -> Iterator[Suspect]:
    """Yield each known mistake in a quantity: the verdict on it, and the array that it makes."""
    if of == case.value:
        yield from value_suspects(of, got, want, case, truth)
    if of == "dX" and case.T is None:
        yield from layer_suspects(want, case, truth)
    if of == "dX" and case.T is not None and case.X.ndim > 1:
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
    if (
        of == "dX"
        and case.dY is not None
        and "W" in case.params
        and case.params["W"].ndim == case.X.ndim == 2
    ):
        yield from after_the_step(case)
    for key, W in case.params.items():
        if W.ndim > 2:
            turned = truth(replace(case, params={**case.params, key: half_turn(W)}))[of]
            yield wrong(Kind.FLIPPED, of), half_turn(turned) if of == f"d{key}" else turned
        if W.ndim == 2 and W.shape[0] == W.shape[1]:
            turned = truth(replace(case, params={**case.params, key: W.T}))[of]
            yield wrong(Kind.TRANSPOSED, of, case="parameter", key=key), turned


def after_the_step(case: Case) -> Iterator[Suspect]:
    """Yield dX with a W that a step at a learning rate of 1 has changed: of the whole batch, or of each sample."""
    X, W, dY, said = case.X, case.params["W"], case.dY, wrong(Kind.WRONG_ARRAY, "dX", case="after the step")
    yield said, dY @ (W - dY.T @ X)
    yield said, dY @ W - (dY * dY).sum(1, keepdims=True) * X


def value_suspects(of: str, got: np.ndarray, want: np.ndarray, case: Case, truth: Truth) -> Iterator[Suspect]:
    """Yield known mistakes in Y or L."""
    for key, W in case.params.items():
        without = truth.values(replace(case, params={**case.params, key: np.zeros_like(W)}))[of]
        part = want - without
        yield wrong(Kind.FORWARD, of, case="parameter", key=key), without
        if (size := (part * part).sum()) and got.shape == want.shape and np.isfinite(got).all():
            times = ((got - without) * part).sum() / size
            factor = Difference(Kind.FACTOR, named_factor(times, case.sizes | kernel_sizes(case)))
            yield wrong(Kind.FORWARD, of, factor, case="parameter times", key=key), without + times * part
    if case.row:
        return
    yield wrong(Kind.FORWARD, of, case="minus X"), truth.values(replace(case, X=-case.X))[of]
    if case.X.ndim == 2 and not case.params:
        over = replace(case, X=case.X.T, T=None if case.T is None else case.T.T)
        for scale in (1.0, case.X.shape[1] / len(case.X)):
            yield wrong(Kind.WRONG_AXIS, of, case="samples"), scale * truth.values(over)[of].T


def kernel_sizes(case: Case) -> dict[str, int]:
    """The sizes of one window of a convolution, as factors are named by them."""
    if case.weights is None or case.weights.ndim < 3:
        return {}
    shape = case.weights.shape[1:]
    return {f"C {' '.join(f'K{k}' for k in range(1, len(shape)))}": int(np.prod(shape))}


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
    Y = truth(case)["Y"]
    for letter, A in (("Y", Y), ("dY", dY)):
        at = wrong(Kind.WRONG_ARRAY, "dX", case="derivative", letter=letter)
        yield at, truth(replace(case, X=A))["dX"]
    for formula, f in FORMULAS.items():
        yield wrong(Kind.WRONG_ARRAY, "dX", case="formula", formula=formula), f(X, dY)
    if X.ndim == 2 and not case.row:
        over = truth(replace(case, X=X.T, dY=dY.T))["dX"].T
        yield wrong(Kind.WRONG_AXIS, "dX", case="samples"), over
    yield wrong(Kind.WRONG_VALUE, "dX", case="minus X"), truth(replace(case, X=-X))["dX"]
