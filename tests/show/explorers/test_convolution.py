"""The numbers that the convolution explorer says and draws, against autograd."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.implement import Conv2d
from helpers.show import blank_figure
from helpers.show.explorers.convolution import H, compared, convolution_explorer, numbers_of, reads, sentence

QUESTIONS = [(K, r, p) for K in (1, 2, 3, 4) for r in (1, 2, 3) for p in (0, 1, 2)]


def gradient(W, dY, r, p):
    """dX, by PyTorch."""
    X, W, dY = (torch.tensor(A.copy())[None, None] for A in (np.zeros((H, H)), W, dY))
    return torch.autograd.grad(F.conv2d(X.requires_grad_(), W, stride=r, padding=p), X, dY)[0][0, 0].numpy()


@pytest.mark.parametrize("K, r, p", QUESTIONS)
def test_numbers(K, r, p):
    W, dY, right, wrong = numbers_of(Conv2d, K, r, p)
    np.testing.assert_array_equal(right, gradient(W, dY, r, p))
    np.testing.assert_array_equal(wrong, gradient(W[::-1, ::-1], dY, r, p))


@pytest.mark.parametrize("K, r, p", QUESTIONS)
def test_a_pixel_feeds_as_many_outputs_as_a_kernel_of_ones_says(K, r, p):
    """With W and dY of ones, dX counts."""
    W, dY, right, _ = numbers_of(Conv2d, K, r, p)
    met = [reads(y, len(dY), K, r, p) for y in range(H)]
    counts = gradient(np.ones((K, K)), np.ones_like(dY), r, p)
    for (y, x), fed in np.ndenumerate(counts):
        text = sentence(W, dY, met[y], met[x], (y, x), right)
        said = re.search(r"= (\d+) outputs?\.", text)
        assert int(said[1]) == fed if fed else text.startswith("No output reads")


@pytest.mark.parametrize("K, r, p", QUESTIONS)
def test_without_padding_the_mean_does_not_see_a_flip(K, r, p):
    _, _, right, wrong = numbers_of(Conv2d, K, r, p)
    assert (right != wrong).any() == (K > 1)
    same = right.sum() == wrong.sum()
    assert same or p > 0
    assert f"{(right != wrong).sum()} of 36" in compared(right, wrong)
    assert ("the mean stays" in compared(right, wrong)) == same


def test_prediction_is_what_happens():
    explorer = convolution_explorer(Conv2d)
    assert "3 · 3 = 9 outputs" in explorer.result["sentence"]
    assert "✓" in explorer.commit(2)
    assert explorer.values["r"] == 2
    assert "2 · 1 = 2 outputs" in explorer.result["sentence"]


@pytest.mark.parametrize("moved", [{"r": 2}, {"K": 4, "p": 2, "y": 0}, {"K": 2, "p": 1, "x": 5}])
def test_sentence_about_dX(moved):
    at = {"K": 3, "r": 1, "p": 0, "y": 2, "x": 3} | moved
    right = numbers_of(Conv2d, at["K"], at["r"], at["p"])[2][at["y"], at["x"]]
    said = convolution_explorer(Conv2d).move(**moved).replace("−", "-")
    assert re.search(r"dX.*?= (-?\d+)\.", said)[1] == f"{right:.0f}"
    if terms := re.findall(r"\((-?\d+)\)·\((-?\d+)\)", said):
        assert sum(int(a) * int(b) for a, b in terms) == right


def test_picture():
    """The numbers of the counts, of dY with the weight on each edge, of W and of both dX; an edge an output."""
    W, dY, right, wrong = numbers_of(Conv2d, 3, 2, 0)
    figure = blank_figure()
    convolution_explorer(Conv2d)._draw(figure, K=3, r=2, p=0, y=2, x=3, flip=True)
    above, below = ([t.get_text().replace("−", "-") for t in axes.texts] for axes in figure.axes)
    counts = ["1", "1", "2", "1", "1", "0"]
    assert [text for text in above if re.match(r"-?\d", text)] == [
        *(count for count in counts for _ in "yx"),
        *("-2", "-2\nW₂₁", "0", "3\nW₀₁"),
    ]
    assert [len(lines.get_segments()) for lines in figure.axes[0].collections if lines.get_zorder() == 2] == [
        2
    ]
    numbers = [int(text) for text in below if re.fullmatch(r"-?\d+", text)]
    assert numbers == [*W.ravel(), *right.ravel(), *wrong.ravel()]
    assert dY.tolist() == [[-2, -2], [0, 3]]
