"""The numbers that the softmax explorer says and draws, against autograd."""

import re

import numpy as np
import pytest
import torch

from helpers.implement import Softmax
from helpers.show import blank_figure
from helpers.show.explorers.softmax import numbers_of, softmax_explorer

START = {"X": [1.0, 1.0, 0.0, -1.0], "dY": [0.5, 0.0, 0.0, -1.0]}


def reference(X, dY):
    """Y, dX and the Jacobian, by PyTorch."""
    X = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    dY = torch.tensor(dY, dtype=torch.float64)
    Y = torch.softmax(X, 0)
    J = torch.autograd.functional.jacobian(lambda X: torch.softmax(X, 0), X)
    return Y.detach().numpy(), torch.autograd.grad(Y, X, dY)[0].numpy(), J.numpy()


@pytest.mark.parametrize("seed", range(3))
def test_numbers(seed):
    X, dY = np.random.default_rng(seed).normal(size=(2, 4))
    for got, want in zip(numbers_of(Softmax(), X, dY), reference(X, dY), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-14)


def test_prediction_is_what_happens():
    explorer = softmax_explorer(Softmax())
    before, after = (reference(START["X"], [0.5, dY2, 0.0, -1.0])[1][0] for dY2 in (0.0, 2.0))
    assert f"dX₁ is {before:.2f}" in explorer.page["predict"]["question"]
    assert before > 0 > after
    assert "✓" in explorer.commit("a negative one")
    assert explorer.values["dY2"] == 2.0


@pytest.mark.parametrize("moved", [{}, {"dY2": 2.0}, {"X1": 3.0, "dY3": -2.0}, {"X4": 3.0, "dY1": -1.5}])
def test_sentence(moved):
    sentence = softmax_explorer(Softmax()).move(**moved)
    X, dY = ([moved.get(f"{name}{n}", start) for n, start in enumerate(START[name], 1)] for name in START)
    Y, dX, _ = reference(X, dY)
    mean = float(re.search(r"is (−?\d\.\d\d):", sentence)[1].replace("−", "-"))
    assert mean == pytest.approx(Y @ np.array(dY), abs=0.0051)
    for sign, wanted in ((">", dX > 0), ("<", dX < 0)):
        said = re.search(rf"so ([^;]*?)\s{sign}\s0", sentence)
        assert re.findall(r"dX(.)", said[1]) == [k for k, there in zip("₁₂₃₄", wanted, strict=True) if there]


def test_upstream_of_ones_moves_nobody():
    sentence = softmax_explorer(Softmax()).move(dY1=1.0, dY2=1.0, dY3=1.0, dY4=1.0)
    assert (
        sentence == "The mean of dY, weighted by Y, is 1.00: every dY is equal to it, so dX is 0 everywhere."
    )


@pytest.mark.parametrize("c", [-20.0, 10.0])
def test_constant_changes_no_number(c):
    at_zero = picture_of(c=0.0)
    assert picture_of(c=c)["heights"] == pytest.approx(at_zero["heights"], abs=1e-12)
    assert f"c = {c:g}".replace("-", "−") in softmax_explorer(Softmax()).move(c=c)


def test_picture():
    Y, dX, J = reference(*START.values())
    drawn = picture_of(c=0.0)
    np.testing.assert_allclose(
        drawn["heights"], [*Y, *(np.array(START["dY"]) - Y @ START["dY"]), *dX], atol=1e-12
    )
    assert drawn["cells"] == [
        f"{entry + 0.0:.2f}".replace("-", "−") for row in J.round(2) for entry in (*row, 0.0)
    ]


def picture_of(c):
    """The heights of all bars and the numbers in the heat map."""
    numbers = {f"{name}{n}": x for name, row in START.items() for n, x in enumerate(row, 1)}
    figure = blank_figure()
    softmax_explorer(Softmax())._draw(figure, c=c, **numbers)
    *bars, heat = figure.axes
    return {
        "heights": [bar.get_height() for axes in bars for bar in axes.patches],
        "cells": [text.get_text() for text in heat.texts],
    }
