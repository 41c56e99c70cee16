"""The numbers that the layer norm explorer says and draws, against autograd."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.implement import LayerNorm
from helpers.show import blank_figure
from helpers.show.explorers.layer_norm import GAMMAS, START, layer_norm_explorer, parts_of

MOVES = [
    {},
    {"dY1": -1.5, "x2": -1.0},
    {"dY1": 1.0, "dY2": 1.0, "dY3": 1.0, "gamma": "1, ½, 1½"},
    {"eps": 1.0},
    {"x1": 1.0, "x2": 1.0, "x3": 1.0},
]


def dX_by_torch(x, dY, gamma, eps):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    Y = F.layer_norm(x[None], (3,), torch.tensor(gamma), eps=eps)
    return torch.autograd.grad(Y, x, torch.tensor(dY, dtype=torch.float64)[None])[0].numpy()


def numbers(moved):
    """x, dY, γ and ε after a move."""
    x, dY = (np.array([moved.get(f"{key}{n}", v) for n, v in enumerate(START[key], 1)]) for key in START)
    return x, dY, GAMMAS[moved.get("gamma", "1, 1, 1")], moved.get("eps", 1e-5)


@pytest.mark.parametrize("eps", [1e-5, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_parts(seed, eps):
    x, dY, gamma = np.random.default_rng(seed).normal(size=(3, 3))
    p = parts_of(LayerNorm, x, dY, gamma, eps)
    np.testing.assert_allclose(p.dX, dX_by_torch(x, dY, gamma, eps), atol=1e-13)
    np.testing.assert_allclose(p.dXhat - p.along_ones - p.along_xhat, p.left, atol=1e-13)
    np.testing.assert_allclose(p.xhat, F.layer_norm(torch.tensor(x)[None], (3,), eps=eps)[0], atol=1e-13)
    assert p.left.sum() == pytest.approx(0, abs=1e-13)
    assert p.left @ p.xhat == pytest.approx(eps / p.sigma**2 * (p.dXhat @ p.xhat), abs=1e-13)


@pytest.mark.parametrize("moved", MOVES)
def test_sentence(moved):
    sentence = layer_norm_explorer(LayerNorm).move(**moved).replace("−", "-")
    x, dY, gamma, eps = numbers(moved)
    said = [float(d) for d in re.search(r"dX = \(([^)]*)\)", sentence)[1].split(", ")]
    np.testing.assert_allclose(said, dX_by_torch(x, dY, gamma, eps), atol=0.0051)
    g = gamma * dY
    ones, *others = (int(percent) for percent in re.findall(r"(\d+)%", sentence)[:3])
    assert ones == pytest.approx(100 * 3 * g.mean() ** 2 / (g @ g), abs=0.51)
    if len(others) == 2:  # there is a direction x̂
        d = x - x.mean()
        assert others[0] == pytest.approx(100 * (g @ d) ** 2 / (d @ d) / (g @ g), abs=0.51)
        assert ones + sum(others) == pytest.approx(100, abs=1)
    assert ("dX̂ = γ dY is not" in sentence) == (np.ptp(dY) == 0)
    assert ("keeps ε/σ² = 60%" in sentence) == (eps == 1.0)


def test_prediction_is_what_happens():
    explorer = layer_norm_explorer(LayerNorm)
    question = explorer.page["predict"]["question"]
    assert str(START["x"]).replace("-", "−") in question
    assert "✓" in explorer.commit("0 but for ε")
    assert explorer.result["sentence"].endswith("Nothing is left: dX = 0.")
    assert np.abs(dX_by_torch(START["x"], START["x"], np.ones(3), 1e-5)).max() < 1e-4
    assert np.abs(dX_by_torch(START["x"], [1.0, 1.0, 1.0], np.ones(3), 1e-5)).max() < 1e-9


@pytest.mark.parametrize("moved", MOVES)
def test_picture(moved):
    """The table adds up, and the arrow of what is left has its length and stands at right angles to x̂."""
    explorer = layer_norm_explorer(LayerNorm)
    explorer.move(**moved)
    figure = blank_figure()
    explorer._draw(figure, **explorer.values)
    _, above, ledger = figure.axes
    rows = np.reshape([float(t.get_text().replace("−", "-")) for t in ledger.texts], (4, 3))
    x, dY, gamma, eps = numbers(moved)
    np.testing.assert_allclose(rows[0], gamma * dY, atol=0.0051)
    np.testing.assert_allclose(rows[:3].sum(axis=0), rows[3], atol=0.021)
    sigma = np.sqrt(x.var() + eps)
    np.testing.assert_allclose(rows[3], sigma * dX_by_torch(x, dY, gamma, eps), atol=0.0051)
    arrows = [t.xy for t in above.texts if hasattr(t, "arrow_patch") and t.arrow_patch]
    assert np.linalg.norm(arrows[-1]) == pytest.approx(np.linalg.norm(rows[3]), abs=0.02)


def test_zero_upstream():
    assert layer_norm_explorer(LayerNorm).move(dY1=0.0, dY2=0.0, dY3=0.0) == "dX̂ is 0, and so is dX."
