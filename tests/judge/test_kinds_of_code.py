"""What is wrong in a layer or a loss is named for what it is: each sentence with a work that is told it."""

import numpy as np
import pytest

from helpers import implement as ours
from helpers.compare.sentences import apart
from helpers.judge.code.sentences import sentence
from helpers.verdict import Kind, State
from tests.judge.test_other_hands import Switched
from tests.judge.test_remarks import PAIRS, diagnose, relu, softmax
from tests.judge.work import BatchNorm, Conv, Dropout, LayerNorm, Linear, Norm2d, Pool, Windows, told, works


def sigmoid(X):
    return 1 / (1 + np.exp(-X))


def dX(path):
    """Batch norm whose dX is this of dX̂, X̂, σ and the means of a batch."""

    def backward(self, dY):
        BatchNorm.backward(self, dY)
        dH = dY * self.gamma
        return path(dH, dH.mean(0), self.H * (dH * self.H).mean(0), self.s)

    return works(BatchNorm, backward=backward)


def standardised(f):
    """Batch norm that has f(X, v) for X̂."""

    def forward(self, X):
        Y = BatchNorm.forward(self, X)
        return self.gamma * f(X, X.var(0)) + self.beta if self.training else Y

    return works(BatchNorm, forward=forward)


class StepFirst(Linear):
    """Updates, and then computes dX."""

    def backward(self, dY, lr):
        self.W -= lr * dY.T @ self.X
        self.b -= lr * dY.sum(0)
        return dY @ self.W


class Sloppy(Linear):
    """A mean of what adds up."""

    def __init__(self, M, N):
        super().__init__(M, N)
        self.dW = np.zeros((N, M))

    def backward(self, dY):
        self.dW, self.db = (self.dW + dY.T @ self.X) / len(dY), dY.sum(0)
        return dY @ self.W


class Overwrites:
    def forward(self, X):
        self.Y = relu(X)
        return self.Y

    def backward(self, dY):
        self.Y[self.Y > 0] = 1
        return dY * self.Y


def squeezed(self, dY):
    self.dW, self.db = np.squeeze(dY.T @ self.X), dY.sum(0)
    return dY @ self.W


def over_samples(X):
    return softmax(X.T).T


def by_channel(self, X):
    return np.random.random((*X.shape[:2], *[1] * (X.ndim - 2))) >= self.p


def with_mode(X, option):
    M = (np.random.random(X.shape) >= option["p"]) / (1 - option["p"])
    return X * M, M


class LayerNormOutside(LayerNorm):
    """γ in front of the whole of dX."""

    def backward(self, dY):
        gamma, self.gamma = self.gamma, np.ones_like(self.gamma)
        dX, self.gamma = super().backward(dY), gamma
        return gamma * dX


def clipped(X):
    return np.clip(sigmoid(X), 1e-7, 1 - 1e-7)


CLIPPED = clipped, lambda X, dY: dY * clipped(X) * (1 - clipped(X))
OPTIONS = {
    "kept": {"p": 0.8},
    "no mode": {"option": {"p": 0.2, "mode": "train"}},
    "by channel": {"X": np.zeros((1, 3, 4, 4))},
}
NORM, POOL = ours.BatchNorm1d(3), ours.MaxPool2d(3, stride=2)
NAMED = {  # a sentence, the work that is told it, and what it should be like
    (Kind.OTHER_MEAN, ""): (PAIRS["½ Σ / S"][1], "mse"),
    (Kind.OTHER_EPSILON, ""): (PAIRS["another ε"][1], NORM),
    (Kind.EPSILON_IN_LOG, ""): (PAIRS["log(X + ε)"][1], "cross entropy"),
    (Kind.EPSILON_IN_LOG, "extremes"): (
        PAIRS["ε that shows at extremes alone"][1],
        "softmax cross entropy",
    ),
    (Kind.ACCUMULATES, "cleared"): (PAIRS["gradients that are cleared"][1], "linear"),
    (Kind.ACCUMULATES, "too"): (Sloppy, "linear"),
    (Kind.NOT_SCALED, "classic"): (PAIRS["classic dropout"][1], "dropout"),
    (Kind.DROP_FOR_KEEP, "kept"): (PAIRS["the probability to keep"][1], "dropout"),
    (Kind.IN_EVALUATION, "no mode"): ((with_mode, lambda dY, cache: dY * cache), "dropout"),
    (Kind.WRONG_VALUE, "channel"): (Dropout, "dropout2d"),
    (Kind.WRONG_AXIS, "channel"): (works(Dropout, drawn=by_channel), "dropout"),
    (Kind.AT_TIES, ""): (PAIRS["the slope at a kink"][2], "relu"),
    (Kind.SHAPE, "axis"): (
        works(Linear, backward=lambda self, dY: Linear.backward(self, dY).sum(0)),
        "linear",
    ),
    (Kind.NAN, "no number"): ((lambda X: np.log(-np.exp(X)), lambda X, dY: dY), None),
    (Kind.AT_TIES, "kink"): (PAIRS["the slope at a kink"][1], "relu"),
    (Kind.AT_TIES, "shared"): (PAIRS["ties that share"][1], ours.MaxPool2d(2)),
    (Kind.AT_TIES, "handed out twice"): (PAIRS["ties that share"][2], ours.MaxPool2d(2)),
    (Kind.SHAPE, "axes of 1"): (PAIRS["an axis of 1 in front"][2], NORM),
    (Kind.SHAPE, "axes of 1 in front"): (PAIRS["an axis of 1 in front"][1], NORM),
    (Kind.WITH_ONE_OUTPUT, ""): (works(Linear, backward=squeezed), "linear"),
    (Kind.MUTATES, "result"): (Overwrites, "relu"),
    (Kind.PATH_TWICE, "mean"): (dX(lambda dH, a, b, s: (dH - 2 * a - b) / s), NORM),
    (Kind.PATH_TWICE, "variance"): (dX(lambda dH, a, b, s: (dH - a + b) / s), NORM),
    (Kind.PATH_TWICE, "each"): (dX(lambda dH, a, b, s: (dH - 2 * a - 3 * b) / s), NORM),
    (Kind.PATH_TWICE, "both"): (
        works(Norm2d, mean=lambda self, A: A.sum((0, 2, 3), keepdims=True) / len(A)),
        ours.BatchNorm2d(2),
    ),
    (Kind.FORWARD, "root"): (works(BatchNorm, sigma=lambda self, v: np.sqrt(np.sqrt(v + 1e-5))), NORM),
    (Kind.FORWARD, "variance"): (works(BatchNorm, sigma=lambda self, v: v + 1e-5), NORM),
    (Kind.FORWARD, "not centred"): (standardised(lambda X, v: X / np.sqrt(v + 1e-5)), NORM),
    (Kind.FORWARD, "not divided"): (standardised(lambda X, v: X - X.mean(0)), NORM),
    (Kind.WRONG_ARRAY, "root backward"): (dX(lambda dH, a, b, s: (dH - a - b) / np.sqrt(s)), NORM),
    (Kind.WRONG_ARRAY, "variance backward"): (dX(lambda dH, a, b, s: (dH - a - b) / s**2), NORM),
    (Kind.AT_EXTREMES, "mean"): (
        standardised(lambda X, v: (X - X.mean(0)) / np.sqrt(np.abs((X * X).mean(0) - X.mean(0) ** 2) + 1e-5)),
        NORM,
    ),
    (Kind.WRONG_AXIS, "samples"): ((over_samples, lambda Y, dY: Y * (dY - (dY * Y).sum(0))), "softmax"),
    (Kind.WRONG_ARRAY, "formula"): ((np.tanh, lambda X, dY: dY * (1 - X**2)), "tanh"),
    (Kind.FORWARD, "minus X"): ((lambda X: 1 / (1 + np.exp(X)), lambda Y, dY: dY * Y * (1 - Y)), "sigmoid"),
    (Kind.WRONG_VALUE, "minus X"): (
        (lambda X: np.log1p(np.exp(-np.abs(X))) + relu(X), lambda X, dY: dY * sigmoid(-X)),
        "softplus",
    ),
    (Kind.WRONG_VALUE, "fused one-hot"): (lambda X, T: (X - T) / len(X), "cross entropy"),
    (Kind.WRONG_VALUE, "fused binary"): (lambda X, T: (X - T) / X.size, "bce"),
    (Kind.DERIVATIVE_MISSING, "softmax of scores"): (
        lambda X, T: -T / softmax(X) / len(X),
        "softmax cross entropy",
    ),
    (Kind.DERIVATIVE_MISSING, "sigmoid of scores"): (
        lambda X, T: ((1 - T) / (1 - sigmoid(X)) - T / sigmoid(X)) / X.size,
        "bce with logits",
    ),
    (Kind.AT_EXTREMES, "unit"): (
        lambda X, T: ((1 - T) / (1 - X) - T / X) / X.size * np.where(X < 0.01, 2, 1),
        "bce",
    ),
    (Kind.AT_EXTREMES, "moderate"): (
        lambda X, T: (np.exp(np.minimum(X, 9)) - T) / X.size,
        "poisson nll",
    ),
    (Kind.WRONG_VALUE, "stride"): (works(Windows, backward_stride=1), POOL),
    (Kind.WRONG_VALUE, "overlap"): (works(Windows, add=lambda self, old, new: new), POOL),
    (Kind.NOT_SUMMED, "window"): (works(Windows, last=True), POOL),
    (Kind.TRANSPOSED, "rows and columns"): (works(Pool, turned=True), ours.MaxPool2d(2)),
    (Kind.FACTOR, "mask backward"): (
        works(Dropout, backward=lambda self, dY: dY * self.M * 0.7**2),
        "dropout",
    ),
    (Kind.DTYPE, "float32 code"): (
        (lambda X: relu(X).astype("f"), lambda X, dY: (dY * (X > 0)).astype("f")),
        "relu",
    ),
    (Kind.ONE_BRANCH, "distance"): (
        lambda X, T: np.where(np.abs(X - T) < 1, X - T, 2 * np.sign(X - T)) / X.size,
        "huber",
    ),
    (Kind.WRONG_ARRAY, "after the step"): (StepFirst, "linear"),
    (Kind.IN_EVALUATION, "backward"): (Switched, "dropout"),
    (Kind.GAMMA_LEFT_OUT, "outside"): (LayerNormOutside, ours.LayerNorm(3)),
    (Kind.AT_EXTREMES, "clipped"): (CLIPPED, "sigmoid"),
    (Kind.FORWARD, "parameter times"): (works(Conv, times=18), ours.Conv2d(2, 3, 3)),
}


@pytest.mark.parametrize("key, work, like", [(key, *row) for key, row in NAMED.items()], ids=map(str, NAMED))
def test_a_mistake_is_told_its_sentence(key, work, like):
    options = OPTIONS.get("by channel" if key == (Kind.WRONG_AXIS, "channel") else key[1], {})
    found = diagnose(work, like, **options)
    assert key in set().union(*map(told, found.verdicts)), found


def test_the_works_that_these_change_are_right():
    for work, like in (
        (Windows, POOL),
        (Conv, ours.Conv2d(2, 3, 3)),
        (Norm2d, ours.BatchNorm2d(2)),
        (LayerNorm, ours.LayerNorm(3)),
        (Linear, "linear"),
        (Dropout, "dropout"),
        (works(Dropout, drawn=by_channel), "dropout2d"),
    ):
        assert diagnose(work, like).right, diagnose(work, like)


def test_an_entry_that_is_overwritten_is_named():
    one = works(Windows, add=lambda self, old, new: np.where(new != 0, new, old))
    (finding,) = diagnose(one, ours.MaxPool2d(3, stride=2)).findings
    assert told(finding) == {(Kind.WRONG_VALUE, "overlap")}


def factor(like, c, d=1.0):
    """What is said of dW and db that are c and d times too large, in a layer like this."""

    def backward(self, dY):
        dX = Linear.backward(self, dY)
        self.dW, self.db = self.dW * c(dY, self.X), self.db * d
        return dX

    return [f.difference.factor for f in diagnose(works(Linear, backward=backward), like).findings]


def test_a_constant_is_no_size():
    three, four = factor("linear", lambda dY, X: 3, 4)
    assert (three.value, three.names, four.value, four.names) == (3, (), 4, ())
    for c, name in (
        (lambda dY, X: 1 / len(dY), "1/S"),
        (lambda dY, X: dY.shape[1], "N"),
        (lambda dY, X: X.shape[1], "M"),
        (lambda dY, X: dY.shape[1] / 2, "N/2"),
        (lambda dY, X: 1 / dY.size / X.shape[1], "1/(S M N)"),
        (lambda dY, X: len(dY) / max(len(dY) - 1, 1), "S/(S - 1)"),
    ):
        (found,) = factor("linear", c)
        assert [said.split(" = ")[0] for said in found.names] == [name]


def test_places_of_a_convolution_name_a_factor():
    (found,) = diagnose(works(Conv, mean=True), ours.Conv2d(2, 3, 3)).findings
    assert found.difference.factor.names[0].startswith("1/(S N1 N2)")


def test_numbers_are_told_apart():
    off = (lambda X, T: ((X - T) ** 2).mean() + 1e-5), (lambda X, T: 2 * (X - T) / X.size)
    (found,) = diagnose(off, "mse").findings
    got, want = apart(found.pieces["got"], found.pieces["want"])
    assert got != want and f"L is {got}, where {want}" in sentence(found)


def test_sequences_are_tried_where_a_sample_is_normalised():
    for over, tried in ((None, "three axes"), (0, "two axes")):
        found = diagnose(works(LayerNorm, over=over), ours.LayerNorm(3))
        assert found.state is State.RIGHT
        assert [stage for stage, _ in found.stages if stage in ("two axes", "three axes")] == [tried]
