"""Makes known mistakes in a normalisation, as arrays that a result can be held against."""

from collections.abc import Iterator

import numpy as np

from helpers.compare.difference import named_factor
from helpers.judge.code.case import Case
from helpers.judge.code.expert import Suspect
from helpers.judge.code.standardise import Standard, backward, paths
from helpers.verdict import Difference, Factor, Kind, Verdict, wrong


def suspects(how: Standard, of: str, got: np.ndarray, case: Case) -> Iterator[Suspect]:
    """Yield known mistakes in Y, dX or dγ."""
    X, dY, axes = case.X, case.dY, how.axes(case.X)
    gamma, beta = how.parameters(case)
    Xhat, sigma = how.standardised(X, axes)
    if of == "Y":
        yield wrong(Kind.GAMMA_LEFT_OUT, of, case="forward"), Xhat + beta
        for said, wrongly in wrongly_standardised(how, X, axes):
            yield said, gamma * wrongly + beta
    if of == "dX":
        without = backward(dY + 0 * Xhat, Xhat, sigma, axes)
        yield wrong(Kind.GAMMA_LEFT_OUT, of, case="backward"), without
        yield (
            wrong(Kind.GAMMA_LEFT_OUT, of, case="outside"),
            gamma * backward(dY + 0 * Xhat, Xhat, sigma, axes),
        )
        yield from miscounted_paths(how, gamma * dY, got, Xhat, sigma, axes, case)
        for case_, wrongly in (("variance", sigma**2), ("root", np.sqrt(sigma))):
            divided = backward(gamma * dY, Xhat, wrongly, axes)
            yield wrong(Kind.WRONG_ARRAY, of, case=f"{case_} backward"), divided
    if of == "dgamma":
        over = how.over(case)
        shape = np.shape(case.params["gamma"])
        yield wrong(Kind.WRONG_ARRAY, of, case="gamma"), (dY * X).sum(over).reshape(shape)


def wrongly_standardised(how: Standard, X: np.ndarray, axes: tuple[int, ...]) -> Iterator[Suspect]:
    """Yield what people have for X̂, with the verdict on Y."""
    other = tuple(range(1, X.ndim)) if how.by_batch else (0,)
    taken_for, letter = ("layer norm", "S") if how.by_batch else ("batch norm", "N")
    centred, v = X - X.mean(axes, keepdims=True), X.var(axes, keepdims=True)
    yield wrong(Kind.UNBIASED_VARIANCE, "Y", letter=letter), how.standardised(X, axes, 1)[0]
    yield wrong(Kind.WRONG_AXIS, "Y", case=taken_for), how.standardised(X, other)[0]
    for case, wrongly in (
        ("root", np.sqrt(np.sqrt(v) + how.eps)),
        ("root", np.sqrt(np.sqrt(v + how.eps))),
        ("variance", v + how.eps),
    ):
        yield wrong(Kind.FORWARD, "Y", case=case), centred / wrongly
    yield wrong(Kind.FORWARD, "Y", case="not centred"), X / np.sqrt(v + how.eps)
    yield wrong(Kind.FORWARD, "Y", case="not divided"), centred


def miscounted_paths(
    how: Standard,
    dXhat: np.ndarray,
    got: np.ndarray,
    Xhat: np.ndarray,
    sigma: np.ndarray,
    axes: tuple[int, ...],
    case: Case,
) -> Iterator[Suspect]:
    """Yield dX = dX̂/σ + a · (the path through μ) + b · (that through σ), with the a and b that fit it best."""
    both = paths(dXhat, Xhat, sigma, axes)
    A = np.stack([np.broadcast_to(path, got.shape).ravel() for path in both], axis=1)
    (a, b), *_ = np.linalg.lstsq(A, (got - dXhat / sigma).ravel(), rcond=None)
    a, b = (0.0 if abs(c) < 1e-6 else c for c in (a, b))
    yield miscounted(how, a, b, case), dXhat / sigma + a * both[0] + b * both[1]


def miscounted(how: Standard, a: float, b: float, case: Case) -> Verdict:
    """Return the verdict on dX where the paths through μ and σ count a and b times."""
    missing = {(0, 1): "mean", (1, 0): "variance", (0, 0): "both"}
    if (found := missing.get((round(a, 6), round(b, 6)))) is not None:
        return wrong(Kind.STATISTICS_CONSTANT, "dX", case=found)
    which = "both" if np.isclose(a, b) else "mean" if np.isclose(b, 1) else "variance"
    times = b if which == "variance" else a
    if not (which == "both" or np.isclose(a, 1) or np.isclose(b, 1)):
        return wrong(Kind.PATH_TWICE, "dX", case="each", a=a, b=b)
    factor, places = named_factor(times, case.sizes), np.prod(case.X.shape[2:])
    if case.X.ndim > 2 and np.isclose(times, places):
        factor = Factor(times, (f"H W = {places}",))
    return wrong(Kind.PATH_TWICE, "dX", Difference(Kind.FACTOR, factor), case=which)
