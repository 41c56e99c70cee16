"""A convention is a remark and no accusation; the wrong work next to it stays wrong."""

import numpy as np
import pytest

from helpers import implement as ours
from helpers.judge.code import diagnose_work
from helpers.verdict import Kind, State
from tests.judge.work import BatchNorm, Dropout, Linear, Pool, works


def diagnose(work, like=None, **options):
    return diagnose_work.diagnose(work, like, **({"seconds": 1e6, "call_seconds": 1e4} | options))


def entry(f, slope):
    """A function of one entry, and its derivative."""
    return f, lambda X, dY: dY * slope(X)


def norm(sigma, backward_too=True):
    """Batch norm with this σ of a variance."""
    return works(BatchNorm, sigma=lambda self, v: sigma(v), constant=not backward_too)


def mse(scale, back):
    return (lambda X, T: scale(X) * ((X - T) ** 2).sum()), (lambda X, T: 2 * back(X) * (X - T))


def ce(log, P=lambda X: X):
    """Cross-entropy by a logarithm, with the right gradient for probabilities X or scores."""
    fused = P is not softmax
    return (
        lambda X, T: -(T * log(P(X))).sum() / len(X),
        (lambda X, T: -T / np.where(X == 0, 1, X) / len(X)) if fused else (lambda X, T: (P(X) - T) / len(X)),
    )


def softmax(X):
    E = np.exp(X - X.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


def dropping(mask):
    """Dropout as two functions that are handed p = 0.8."""
    return lambda X, p=0.8: (lambda M: (X * M, M))(mask(X, p)), lambda dY, cache: dY * cache


def relu(X):
    return np.maximum(X, 0)


class Adds(Linear):
    """Gradients add up, and a method sets them to 0."""

    def __init__(self, M, N):
        super().__init__(M, N)
        self.zero_grad()

    def zero_grad(self):
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def backward(self, dY):
        self.dW = self.dW + dY.T @ self.X
        self.db = self.db + dY.sum(0)
        return dY @ self.W


class Forgets(Adds):
    """The method leaves db as it is."""

    def zero_grad(self):
        self.dW = np.zeros_like(self.W)
        self.db = getattr(self, "db", np.zeros_like(self.b))


def rows(dgamma):
    return works(BatchNorm, shape=lambda self, A: dgamma(A))


PAIRS = {  # the remark; the work that is told it; the wrong one next to it, and its kind; like
    "log(X + ε)": (
        Kind.EPSILON_IN_LOG,
        ce(lambda P: np.log(P + 1e-4)),
        (ce(lambda P: np.log(P + 1e-4))[0], lambda X, T: -T / (X + 0.5) / len(X)),
        Kind.WRONG_VALUE,
        "cross entropy",
    ),
    "ε that shows at extremes alone": (
        Kind.AT_EXTREMES,
        ce(lambda P: np.log(P + 1e-12), softmax),
        ce(np.log, softmax),
        Kind.NAN_AT_EXTREMES,
        "softmax cross entropy",
    ),
    "another ε": (
        Kind.OTHER_EPSILON,
        norm(lambda v: np.sqrt(v + 1e-3)),
        norm(lambda v: np.sqrt(v + 1e-3 * np.arange(1, len(v) + 1))),
        Kind.FORWARD,
        ours.BatchNorm1d(3),
    ),
    "ε outside": (
        Kind.EPSILON_OUTSIDE,
        norm(lambda v: np.sqrt(v) + 1e-3),
        norm(lambda v: np.sqrt(v) + 1e-3, backward_too=False),
        Kind.STATISTICS_CONSTANT,
        ours.BatchNorm1d(3),
    ),
    "½ Σ / S": (
        Kind.OTHER_MEAN,
        mse(lambda X: 0.5 / len(X), lambda X: 0.5 / len(X)),
        mse(lambda X: 0.5 / len(X), lambda X: 0.5),
        Kind.FACTOR,
        "mse",
    ),
    "the slope at a kink": (
        Kind.AT_TIES,
        entry(relu, lambda X: np.where(X == 0, 0.3, X > 0)),
        entry(relu, lambda X: np.where(X == 0, 1.3, X > 0)),
        Kind.AT_TIES,
        "relu",
    ),
    "ties that share": (
        Kind.AT_TIES,
        works(Pool, share=lambda self, M: M / M.sum((3, 5), keepdims=True)),
        works(Pool, share=lambda self, M: 1.0 * M),
        Kind.AT_TIES,
        ours.MaxPool2d(2),
    ),
    "an axis of 1 in front": (
        Kind.SHAPE,
        rows(lambda A: A[None]),
        rows(lambda A: A[:, None]),
        Kind.SHAPE,
        ours.BatchNorm1d(3),
    ),
    "gradients that are cleared": (Kind.ACCUMULATES, Adds, Forgets, Kind.ACCUMULATES, "linear"),
    "the running variance": (
        Kind.RUNNING_BIASED,
        works(BatchNorm, kept=lambda self, v, S: v),
        works(BatchNorm, kept=lambda self, v, S: v * S),
        Kind.IN_EVALUATION,
        ours.BatchNorm1d(3),
    ),
    "classic dropout": (
        Kind.NOT_SCALED,
        works(Dropout, kept=lambda self: 1.0, evaluated=lambda self: 1 - self.p),
        works(Dropout, kept=lambda self: 1.0),
        Kind.NOT_SCALED,
        "dropout",
    ),
    "the probability to keep": (
        Kind.DROP_FOR_KEEP,
        dropping(lambda X, p: (np.random.random(X.shape) < p) / p),
        dropping(lambda X, p: (np.random.random(X.shape) < p) / (1 - p)),
        Kind.FACTOR,
        "dropout",
    ),
    "momentum": (
        Kind.MOMENTUM_REVERSED,
        works(BatchNorm, momentum=0.9),
        works(BatchNorm, momentum=0.1, first=lambda self, mean: mean / 2),
        Kind.IN_EVALUATION,
        ours.BatchNorm1d(3),
    ),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_convention_is_a_remark_and_its_neighbour_is_wrong(pair):
    kind, right, neighbour, mistake, like = pair
    options = {"p": 0.8} if "keep" in str(kind) else {}
    told = diagnose(right, like, **options)
    assert told.state is State.REMARK, told
    assert kind in [remark.kind for remark in told.remarks], told
    found = diagnose(neighbour, like, **options)
    assert found.state is State.WRONG and found.kind == mistake, found


def test_the_usual_work_has_no_remark():
    for work, like in (
        (Linear, "linear"),
        (BatchNorm, ours.BatchNorm1d(3)),
        (Pool, ours.MaxPool2d(2)),
        (ce(lambda P: np.log(np.where(P == 0, 1, P))), "cross entropy"),
    ):
        assert diagnose(work, like).state is State.RIGHT, diagnose(work, like)


def test_epsilon_is_read_off():
    for eps in (1e-8, 3e-4):
        (said,) = diagnose(norm(lambda v, eps=eps: np.sqrt(v + eps)), ours.BatchNorm1d(3)).remarks
        assert said.pieces["eps"] == pytest.approx(eps, rel=1e-2)
    (said,) = diagnose(ce(lambda P: np.log(P + 2e-5)), "cross entropy").remarks
    assert said.pieces["eps"] == pytest.approx(2e-5, rel=1e-2)


def test_the_battery_goes_on_after_a_remark():
    """Another mistake behind each convention is still found."""
    late = works(BatchNorm, sigma=lambda self, v: np.sqrt(v) + 1e-3, constant=True)
    found = diagnose(late, ours.BatchNorm1d(3))
    assert {v.kind for v in found.verdicts} == {Kind.EPSILON_OUTSIDE, Kind.STATISTICS_CONSTANT}
    shaped = works(BatchNorm, shape=lambda self, A: 2 * A[None])
    assert diagnose(shaped, ours.BatchNorm1d(3)).kind == Kind.FACTOR
    ties = entry(relu, lambda X: np.where(np.abs(X) > 500, 2, X >= 0))
    found = diagnose(ties, "relu")
    assert {v.kind for v in found.verdicts} == {Kind.AT_TIES, Kind.AT_EXTREMES}


def test_an_epsilon_that_float32_does_not_know_is_told_once():
    tiny = ce(lambda P: np.log(P + P.dtype.type(1e-300)), softmax)
    assert [said.kind for said in diagnose(tiny, "softmax cross entropy").verdicts] == [Kind.AT_EXTREMES]
