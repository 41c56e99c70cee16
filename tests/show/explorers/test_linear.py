"""The numbers that the explorers of notebook 03 say, against counts and gradients of their own."""

import itertools
import re

import numpy as np
import pytest
import torch

from helpers.implement import Linear
from helpers.show.explorers.linear import FACTORS, bias_explorer, measured, numbers_of, products_explorer

SHAPES = {"X": "SM", "X.T": "MS", "dY": "SN", "dY.T": "NS", "W": "NM", "W.T": "MN"}


def counts(target, **sizes):
    """How many products exist and how many have the shape of the gradient, from the letters alone."""
    shapes = [tuple(sizes[letter] for letter in SHAPES[name]) for name in FACTORS]
    products = [(a[0], b[1]) for a, b in itertools.product(shapes, shapes) if a[1] == b[0]]
    wanted = tuple(sizes[letter] for letter in SHAPES[target[1:]])
    return len(products), products.count(wanted)


@pytest.mark.parametrize("S, M, N", [(2, 3, 5), (4, 4, 4), (3, 3, 5), (1, 4, 2), (5, 2, 5)])
@pytest.mark.parametrize("target, right", [("dW", ("dY.T", "X")), ("dX", ("dY", "W"))])
def test_products_are_counted_and_judged(target, right, S, M, N):
    explorer = products_explorer(Linear)
    sentence = explorer.move(S=S, M=M, N=N, target=target, left=right[0], right=right[1])
    assert sentence.startswith(f"{right[0]} @ {right[1]} is {target}. At S, M, N = {S}, {M}, {N}, ")
    exist, fit, _ = map(
        int, re.search(r"(\d+) of the 36 .*?(\d+) ha.*?(\d+) (?:is|are) d", sentence).groups()
    )
    assert (exist, fit) == counts(target, S=S, M=M, N=N)


def test_shapes_alone_decide_when_all_sizes_differ_and_never_when_all_are_equal():
    explorer = products_explorer(Linear)
    assert explorer.result["sentence"] == (
        "X @ dY does not exist: 3 columns meet 2 rows. At S, M, N = 2, 3, 5, 12 of the 36 products exist, "
        "1 has the shape of dW, 1 is dW."
    )
    assert explorer.commit(36).startswith("✓")
    assert explorer.result["sentence"].endswith("36 have the shape of dW, 1 is dW.")
    assert explorer.result["sentence"].startswith("X @ dY has the shape of dW and is not dW.")
    assert explorer.move(left="X.T", S=2, M=3, N=5).startswith("X.T @ dY is 3×5, and dW is 5×3.")


def test_gradients_of_the_products_are_pytorchs():
    arrays, gradients = numbers_of(Linear, 2, 3, 5)
    X, W = (torch.tensor(arrays[name], requires_grad=True) for name in ("X", "W"))
    torch.nn.functional.linear(X, W).backward(torch.tensor(arrays["dY"]))
    np.testing.assert_array_equal(gradients["dW"], W.grad)
    np.testing.assert_array_equal(gradients["dX"], X.grad)


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("S, N", [(1, 1), (16, 3), (64, 5)])
def test_slope_is_the_sum_of_dY(S, N, mean):
    dY, slope = measured(Linear, S, N, mean)
    assert dY.shape == (S, N)
    np.testing.assert_allclose(dY.sum(axis=0), slope, rtol=1e-9)


@pytest.mark.parametrize("loss", ["sum", "mean"])
def test_ratios_of_the_candidates(loss):
    sentence = bias_explorer(Linear).move(S=16, N=3, loss=loss)
    said = re.search(r"dY.sum\(0\) (\S+), dY.mean\(0\) (\S+), dY.sum\(\) .*, Σₘₙ\sdYₘᵢ (\S+)\.", sentence)
    assert said.groups() == ("1", "1/16", "3")
    assert ("Its 1/16 is in dY already" in sentence) == (loss == "mean")


def test_one_sample_and_one_output_show_no_mistake():
    explorer = bias_explorer(Linear)
    assert explorer.result["sentence"].endswith("dY.sum(0) 1, dY.mean(0) 1, dY.sum() 1, Σₘₙ\u00a0dYₘᵢ 1.")
    assert explorer.commit("dY.mean(0)").startswith("✗")
    assert "dY.mean(0) 1/16" in explorer.result["sentence"]
