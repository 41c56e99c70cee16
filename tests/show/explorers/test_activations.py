"""The numbers that the explorers of the activations say and draw, against PyTorch."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.implement import ELU, GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from helpers.show import blank_figure
from helpers.show.explorers.activations import (
    CONVENTIONS,
    depth_explorer,
    draw_kink,
    gradient_sizes,
    kink_explorer,
    spread,
)

LAYERS = {"ReLU": ReLU(), "leaky": LeakyReLU(0.1), "ELU": ELU(2.0), "sigmoid": Sigmoid(), "GELU": GELU()}
TORCH = {
    "ReLU": F.relu,
    "leaky": lambda x: F.leaky_relu(x, 0.1),
    "ELU": lambda x: F.elu(x, 2.0),
    "sigmoid": torch.sigmoid,
    "GELU": F.gelu,
}


def numbers(sentence):
    """The secant's slope and h'(x), as the sentence says them."""
    found = re.search(r"slope is (−?[\d.e−]+), h'\(.*\) is (−?[\d.e−]+)\.", sentence)
    return [float(number.replace("−", "-")) for number in found.groups()]


def said(h, **values):
    """What the explorer says of one of the layers."""
    return draw_kink(blank_figure(), LAYERS[h], h, **values)


@pytest.mark.parametrize("h", LAYERS)
@pytest.mark.parametrize("x", [-1.3, 0.0, 0.2, 2.9])
@pytest.mark.parametrize("exponent", [-3.0, 0.0])
def test_slopes(h, x, exponent):
    secant, exact = numbers(said(h, x=x, exponent=exponent))
    t, step = torch.tensor(x, dtype=torch.float64, requires_grad=True), 10**exponent
    want = (TORCH[h](t + step) - TORCH[h](t - step)).item() / (2 * step)
    assert secant == pytest.approx(want, rel=6e-3)
    assert exact == pytest.approx(torch.autograd.grad(TORCH[h](t), t)[0].item(), rel=6e-3)


ZERO = torch.zeros(())
AT_ZERO = [F.relu, lambda x: torch.maximum(x, ZERO), lambda x: x.clamp(min=0)]


@pytest.mark.parametrize("convention, function", list(zip(CONVENTIONS, AT_ZERO, strict=True)))
def test_conventions_are_those_of_pytorch(convention, function):
    x = torch.zeros((), requires_grad=True)
    want = torch.autograd.grad(function(x), x)[0].item()
    assert numbers(said("ReLU", x=0.0, exponent=-1.0, convention=convention))[1] == want


def test_prediction_is_what_happens():
    explorer = kink_explorer(LAYERS)
    assert "✓" in explorer.commit("it is 1/2 at every ε")
    assert numbers(explorer.result["sentence"]) == [0.5, 0.0]
    assert all(numbers(said("ReLU", x=0.0, exponent=k))[0] == 0.5 for k in np.arange(-7, 0.5, 0.5))


def test_each_reason_is_given_where_it_holds():
    assert "They agree" in said("ReLU", x=1.0, exponent=-0.5)
    assert "mixes the slopes of both sides, and h'(0) is a convention" in said("ReLU", x=0.0, exponent=-0.5)
    assert "mixes the slopes of both sides." in said("ReLU", x=0.1, exponent=-0.5)
    assert "bends" in said("sigmoid", x=1.0, exponent=0.0)
    assert "rounding" in said("sigmoid", x=1.0, exponent=-7.0, dtype="float32")


def test_picture():
    figure = blank_figure()
    draw_kink(figure, ReLU(), "ReLU", x=0.0, exponent=-1.0, dashed=True)
    value, slopes = figure.axes
    np.testing.assert_allclose(value.lines[2].get_xydata(), [[-0.1, 0], [0.1, 0.1]], atol=1e-15)
    dashed = next(line for line in slopes.lines if line.get_linestyle() == "--")
    want = np.clip(
        (dashed.get_xdata() + 0.1) / 0.2, 0, 1
    )  # the ramp: the share of the step right of the kink
    np.testing.assert_allclose(dashed.get_ydata(), want, atol=1e-12)
    np.testing.assert_array_equal(slopes.lines[-1].get_xydata(), [[0, 0.5]])


DEEP = {"ReLU": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}


@pytest.mark.parametrize(
    "name, function", list(zip(DEEP, (torch.relu, torch.tanh, torch.sigmoid), strict=True))
)
def test_gradient_sizes(name, function):
    depth, std = 6, 0.2
    rng = np.random.default_rng(4)
    Y = torch.tensor(rng.normal(size=(16, 100)))
    kept = []
    for _ in range(depth):
        kept.append(Y.requires_grad_())
        Y = function(Y @ torch.tensor(std * rng.normal(size=(100, 100))).T)
    dY = torch.tensor(rng.normal(size=(16, 100)))
    grads = [dY, *torch.autograd.grad(Y, kept[::-1], dY)]
    want = [(g.square().mean() / dY.square().mean()).sqrt().log10().item() for g in grads]
    np.testing.assert_allclose(gradient_sizes(DEEP[name], depth, std), want, atol=1e-10)


def test_depth_prediction_is_what_happens():
    explorer = depth_explorer(DEEP)
    assert "✓" in explorer.commit(0.1414)
    for depth in (10, 20, 40):
        assert (
            abs(float(re.search(r"ReLU (−?[\d.]+)", explorer.move(depth=depth))[1].replace("−", "-"))) < 0.5
        )
    assert "ReLU −5.7, tanh −0.9" in explorer.move(std=0.1, depth=40)


def test_labels_do_not_touch():
    assert spread([1.0, 0.9, -3.0], gap=0.5) == [1.4, 0.9, -3.0]
