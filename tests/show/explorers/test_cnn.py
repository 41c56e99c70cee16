"""The contributions that the explorer shows add up to dW, by autograd."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.exercises.cnn import right_contributions, uses
from helpers.implement import Conv2d
from helpers.show import blank_figure
from helpers.show.explorers.cnn import IMAGE, UPSTREAM, contributions, sharing_explorer

NUMBER = r"(-?\d+(?:\.\d+)?)"
WEIGHTS = list(np.ndindex(3, 3))


def dW_by_torch():
    W = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    Y = F.conv2d(torch.tensor(IMAGE)[None, None], W)
    return torch.autograd.grad(Y, W, torch.tensor(UPSTREAM)[None, None])[0][0, 0].numpy()


def said(sentence, before):
    return float(re.search(before + NUMBER, sentence.replace("−", "-"))[1])


@pytest.mark.parametrize(("u", "v"), WEIGHTS)
def test_at_the_last_place_the_sum_is_dw(u, v):
    sentence = sharing_explorer(Conv2d).move(k=16, u=u, v=v)
    dW = dW_by_torch()[u, v]
    assert said(sentence, "The sum is ") == said(sentence, "the layer's dW.. is ") == dW
    assert said(sentence, "the mean is ") == pytest.approx(dW / 16, abs=0.0051)


@pytest.mark.parametrize("k", [1, 6, 15])
def test_before_it_is_a_part_of_the_sum(k):
    sentence = sharing_explorer(Conv2d).move(k=k, u=2, v=0)
    X, dY = torch.tensor(IMAGE), torch.tensor(UPSTREAM)
    patches = F.unfold(X[None, None], 3)[0, 2 * 3]  # what W₂₀ lies on, place by place
    terms = (patches * dY.ravel())[:k]
    assert said(sentence, "which adds ") == terms[-1]
    assert said(sentence, "The sum is ") == terms.sum()
    assert said(sentence, "with ") == 16 - k


def test_prediction_is_what_happens():
    explorer = sharing_explorer(Conv2d)
    terms = contributions(1, 1)
    signs = [int((np.sign(terms) == sign).sum()) for sign in (-1, 1, 0)]
    asked = explorer.page["predict"]["question"]
    assert [int(n) for n in re.findall(r"(\d+) (?:are|positive)", asked)] == signs
    assert said(asked, "a mean of ") == terms.mean()
    assert "✓" in explorer.commit("8")
    assert dW_by_torch()[1, 1] == 8 == said(explorer.result["sentence"], "The sum is ")


def test_a_layer_that_averages_is_seen():
    class Mean(Conv2d):
        def gradient(self, dY):
            dX = super().gradient(dY)
            self.grads["W"] /= 16
            return dX

    sentence = sharing_explorer(Mean).move(k=16)
    assert said(sentence, "the layer's dW.. is ") == 0.5 != said(sentence, "The sum is ")


@pytest.mark.parametrize("k", [3, 16])
def test_picture(k):
    """Only the places so far have their contribution; the curve ends at the sum."""
    explorer = sharing_explorer(Conv2d)
    explorer.move(k=k)
    figure = blank_figure()
    explorer._draw(figure, **explorer.values)
    maps, total = figure.axes
    numbers = [t for t in maps.texts if t.get_text().replace("−", "-").lstrip("-").isdigit()]
    assert len(numbers) == 36 + 16 + k
    curve = total.lines[-1].get_ydata()
    np.testing.assert_array_equal(curve, contributions(1, 1).ravel()[:k].cumsum())


def test_the_contributions_of_the_exercise_add_up_to_dw():
    for X, dY, *place in uses():
        convolution = torch.nn.Conv2d(X.shape[1], dY.shape[1], 3, padding=1, bias=False, dtype=torch.float64)
        (dW,) = torch.autograd.grad(convolution(torch.tensor(X)), convolution.weight, torch.tensor(dY))
        assert right_contributions(X, dY, *place).sum() == pytest.approx(dW[*place].item(), rel=1e-12)
