"""The numbers that the gap explorer says and draws, against PyTorch."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.show import blank_figure
from helpers.show.explorers.cross_entropy import GAPS, gap_explorer, numbers_of, truth


def by_torch(of):
    """L and dX of a loss of the probabilities Y, or of the logits where `of` is None, by autograd."""

    def method(X, T):
        X, T = torch.tensor(X, requires_grad=True), torch.tensor(T)
        L = F.cross_entropy(X, T) if of is None else -(T * of(torch.softmax(X, 1))).sum()
        (dX,) = torch.autograd.grad(L, X)
        return L.item(), dX.numpy()

    return method


METHODS = {
    "unfused": by_torch(lambda Y: torch.log(Y[:, 1:2])),
    "with eps": by_torch(lambda Y: torch.log(Y + 1e-8)),
    "clamped": by_torch(lambda Y: torch.log(Y.clamp(1e-8))),
    "fused": by_torch(None),
}


@pytest.fixture(scope="module")
def explorer():
    return gap_explorer(METHODS)


def values(sentence, name):
    """L and dX of one method, as the sentence says them."""
    said = re.search(rf"\b{name}(?: the truth is)?:? L (\S+?)(?:,| and) dX (\S+?)[;.]?(?: |$)", sentence)
    return [float(number.replace("−", "-")) for number in said.groups()]


@pytest.mark.parametrize("gap", [0.0, 1.0, 10.0, 90.0, 750.0, 1000.0])
def test_truth(gap):
    L, dX = by_torch(None)(np.array([[gap, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]]))
    assert truth(gap) == pytest.approx((L, dX[0, 1]), rel=1e-12)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "gap, dtype", [(0, "float32"), (20, "float32"), (90, "float32"), (110, "float32"), (740, "float64")]
)
def test_sentence(explorer, name, gap, dtype):
    sentence = explorer.move(gap=gap, dtype=dtype)
    want = METHODS[name](np.array([[gap, 0, 0]], dtype), np.array([[0, 1, 0]], dtype))
    said = values(sentence.replace("Unfused", "unfused"), name)
    assert said == pytest.approx([want[0], want[1][0, 1]], abs=0.051, nan_ok=True)
    assert values(sentence, dtype) == pytest.approx(truth(gap), abs=0.051)


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
