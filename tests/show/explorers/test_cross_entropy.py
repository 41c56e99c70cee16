"""The numbers that the gap explorer says and draws, against PyTorch in float64."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.implement import CrossEntropy, Softmax, SoftmaxCrossEntropy
from helpers.show import blank_figure
from helpers.show.explorers.cross_entropy import GAPS, gap_explorer, numbers_of, truth


def with_floor(floor, slope):
    """The loss of floored probabilities, as a method; slope(Y) is the derivative of the floor."""

    def method(X, T):
        softmax = Softmax()
        Y = softmax.forward(X)
        return -(T * np.log(floor(Y))).sum(), softmax.backward(-T * slope(Y) / floor(Y))

    return method


def unfused(X, T):
    softmax, loss = Softmax(), CrossEntropy()
    L = loss.forward(softmax.forward(X), T)
    return L, softmax.backward(loss.backward())


def fused(X, T):
    loss = SoftmaxCrossEntropy()
    return loss.forward(X, T), loss.backward()


METHODS = {
    "unfused": unfused,
    "with eps": with_floor(lambda Y: Y + 1e-8, lambda Y: 1),
    "clamped": with_floor(lambda Y: np.maximum(Y, 1e-8), lambda Y: Y > 1e-8),
    "fused": fused,
}


def by_torch(gap):
    """L and dX of the right logit, in float64."""
    X = torch.tensor([[gap, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
    L = F.cross_entropy(X, torch.tensor([1]))
    return L.item(), torch.autograd.grad(L, X)[0][0, 1].item()


def by_hand(name, gap, dtype):
    """L and dX of the right logit as they must come out, from the truth and the limits of the dtype."""
    L, dX = by_torch(gap)
    Y = np.exp(-L)
    if name == "unfused":
        numbers = np.finfo(dtype)
        lost, infinite = np.log(numbers.max), -np.log(numbers.smallest_subnormal)
        return np.inf if infinite < L else L, np.nan if lost < L else dX
    if name == "with eps":
        return -np.log(Y + 1e-8), dX * Y / (Y + 1e-8)
    if name == "clamped":
        return -np.log(max(Y, 1e-8)), dX if Y > 1e-8 else 0
    return L, dX


@pytest.fixture(scope="module")
def explorer():
    return gap_explorer(METHODS)


def values(sentence, name):
    """L and dX of one method, as the sentence says them."""
    said = re.search(rf"\b{name}(?: the truth is)?:? L (\S+?)(?:,| and) dX (\S+?)[;.]?(?: |$)", sentence)
    return [float(number.replace("−", "-")) for number in said.groups()]


@pytest.mark.parametrize("gap", [0.0, 1.0, 10.0, 90.0, 750.0, 1000.0])
def test_truth(gap):
    assert truth(gap) == pytest.approx(by_torch(gap), rel=1e-12)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "gap, dtype",
    [(0, "float32"), (20, "float32"), (90, "float32"), (110, "float32"), (700, "float64"), (720, "float64")],
)
def test_sentence(explorer, name, gap, dtype):
    sentence = explorer.move(gap=gap, dtype=dtype)
    said = values(sentence.replace("Unfused", "unfused"), name)
    assert said == pytest.approx(by_hand(name, gap, dtype), abs=0.051, nan_ok=True)
    assert values(sentence, dtype) == pytest.approx(by_torch(gap), abs=0.051)


def test_prediction_is_what_happens(explorer):
    assert "✓" in explorer.commit("practically 0")
    assert explorer.values == {"gap": 90, "dtype": "float32"}
    assert numbers_of(METHODS["unfused"], 90, "float32") == pytest.approx((90, np.nan), nan_ok=True)
    L, dX = numbers_of(METHODS["with eps"], 90, "float32")
    assert L < 19
    assert 0 < -dX < 1e-30


@pytest.mark.parametrize("dtype, nan, inf", [("float32", 89, 104), ("float64", 710, 746)])
def test_drawn_limits(dtype, nan, inf):
    """The first gap with 1/Y beyond the largest number, and the first with Y = 0."""
    figure = blank_figure(7.6, 3.6)
    gap_explorer(METHODS)._draw(figure, gap=90, dtype=dtype)
    losses, gradients = ([text.get_text() for text in axes.texts] for axes in figure.axes)
    assert f"unfused:\ninf from {inf}" in losses
    assert f"NaN from {nan}" in gradients
    assert sum("NaN from" in text for text in gradients) == 1
    largest = np.finfo(dtype).max
    assert np.exp(np.longdouble(nan - 1)) < largest < np.exp(np.longdouble(nan))
    assert len(GAPS) == 1001
