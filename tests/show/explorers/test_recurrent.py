"""What the walk back through time says, against PyTorch's gradients of the states and against powers."""

import re

import numpy as np
import pytest
import torch

from helpers.implement import LSTM, RNN
from helpers.show import blank_figure
from helpers.show.explorers.recurrent import SENT, T, X, lstm_with, memory_explorer, rnn_with, walked_back


def number(text: str) -> float:
    """Of 0.12 or 9.5 · 10⁻⁷."""
    digits, _, power = text.partition(" · 10")
    return float(digits) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)


def left(sentence: str) -> float:
    return number(re.search(r"is ([\d.]+(?: · 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?) times \|d", sentence)[1])


def by_torch(layer, cell: str, X: np.ndarray) -> np.ndarray:
    """|dH_t|, or |dC_t| of an LSTM, from T back to 0, beside that at T."""
    W, U, b, _ = (torch.tensor(A) for A in layer.params.values())
    H, C = torch.zeros(1, len(U.T), dtype=torch.float64, requires_grad=True), None
    if cell == "LSTM":
        C = torch.zeros_like(H, requires_grad=True)
    seen = [H if C is None else C]
    for x in torch.tensor(X):
        A = x @ W.T + H @ U.T + b
        if C is None:
            H = torch.tanh(A)
        else:
            I, F, G, O = A.chunk(4, 1)
            C = F.sigmoid() * C + I.sigmoid() * G.tanh()
            H = O.sigmoid() * C.tanh()
        seen.append(H if C is None else C)
    grads = torch.autograd.grad((H * torch.tensor(SENT)).sum(), seen)
    sizes = np.array([g.norm().item() for g in reversed(grads)])
    return sizes / sizes[0]


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("cell", ["linear", "tanh", "LSTM"])
def test_the_walk_is_what_autograd_says(cell, radius):
    layer, states = lstm_with(LSTM, radius, 0.8) if cell == "LSTM" else rnn_with(RNN, radius)
    inputs = 0 * X if cell == "linear" else X
    np.testing.assert_allclose(walked_back(layer, states, inputs), by_torch(layer, cell, inputs), rtol=1e-9)


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.3])
@pytest.mark.parametrize("back", [0, 1, 7, 20])
def test_of_a_linear_net_a_power_is_left(radius, back):
    sentence = memory_explorer(RNN, LSTM).move(cell="linear", radius=radius, back=back)
    assert left(sentence) == pytest.approx(radius**back, rel=0.06)


def test_tanh_leaves_less_and_the_cell_more():
    explorer = memory_explorer(RNN, LSTM)
    linear, tanh, cell = (
        left(explorer.move(cell=c, radius=0.8, back=T, F=1.0)) for c in ("linear", "tanh", "LSTM")
    )
    assert tanh < linear < cell
    assert left(explorer.move(F=0.5)) < 1e-3  # a cell that forgets half of it vanishes too


def test_prediction_is_what_happens():
    explorer = memory_explorer(RNN, LSTM)
    assert "✓" in explorer.commit("7 times")
    assert left(explorer.result["sentence"]) == pytest.approx(1.1**20, rel=0.02)


def test_picture_has_a_bar_for_each_step_walked():
    explorer = memory_explorer(RNN, LSTM)
    for back in (0, 3, 20):
        explorer.move(back=back)
        figure = blank_figure()
        explorer._draw(figure, **explorer.values)
        assert len(figure.axes[0].patches) == back + 1
