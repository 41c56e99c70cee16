"""The numbers that the attention explorer says and draws, against autograd."""

import itertools
import re

import numpy as np
import pytest
import torch

from helpers.implement import Attention
from helpers.show import blank_figure
from helpers.show.explorers.attention import PADDING, K, Q, T, V, attention_explorer, numbers_of

MASKS = {"none": np.zeros((T, T), bool), "causal": np.triu(np.ones((T, T), bool), 1)}
MASKS["padding"] = np.tile(PADDING, (T, 1))
SETTINGS = list(itertools.product((1, 4), (1, 3), MASKS, (0.2, 1.0)))


def reference(t, e, mask, temperature):
    """P, dS and dV where L = Y_te, by PyTorch; dS is 0 at what is hidden."""
    scores = Q @ K.T / np.sqrt(3) / temperature
    S, values = torch.tensor(scores, requires_grad=True), torch.tensor(V, requires_grad=True)
    P = torch.softmax(S.masked_fill(torch.tensor(MASKS[mask]), -torch.inf), dim=1)
    dS, dV = torch.autograd.grad((P @ values)[t - 1, e - 1], (S, values))
    return P.detach().numpy(), dS.numpy(), dV.numpy()


@pytest.mark.parametrize("setting", SETTINGS)
def test_numbers(setting):
    for got, want in zip(numbers_of(Attention, *setting), reference(*setting), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-14)


def test_prediction_is_what_happens():
    explorer = attention_explorer(Attention)
    (_, _, dV) = reference(2, 1, "causal", 1.0)
    assert (dV != 0).any(axis=1).sum() == 2
    assert "✓" in explorer.commit(2)
    assert explorer.values["mask"] == "causal"


@pytest.mark.parametrize("setting", SETTINGS)
def test_sentence(setting):
    """Which values get gradient; what is hidden; and 0 is said of dS exactly where it is 0."""
    t, e, mask, temperature = setting
    sentence = attention_explorer(Attention).move(t=t, e=e, mask=mask, temperature=temperature)
    P, dS, dV = reference(*setting)
    heard = re.search(r"Values? (.*?) (?:alone )?gets? gradient", sentence)[1]
    assert re.findall(r"\d", heard) == [str(u + 1) for u in np.flatnonzero(dV[:, e - 1])]
    hidden = re.search(r"mask hides (.*?):", sentence)
    assert re.findall(r"\d", hidden[1] if hidden else "") == [
        str(u + 1) for u in np.flatnonzero(MASKS[mask][t - 1])
    ]
    nothing = abs(dS).max() < 1e-14
    assert ("no share matters" in sentence or "share of 1 among one" in sentence) == nothing
    assert ("not quite 0" in sentence) == (temperature == 0.2 and not nothing)
    if most := re.search(r"most, (\d\.\d\d), goes to (\d)", sentence):
        assert most[1] == f"{P[t - 1].max():.2f}"
        assert int(most[2]) == P[t - 1].argmax() + 1


def test_a_layer_that_masks_after_the_softmax_is_seen():
    class Late(Attention):
        tuned = None

        def formula(self, Q, K, V, padding, *masks):
            seen = ~self.hidden((len(Q), len(K)), padding, None)
            E = np.exp(Q @ K.T / np.sqrt(Q.shape[1]))
            self.P = E / E.sum(axis=1, keepdims=True) * seen
            return self.P @ V

    P = numbers_of(Late, 2, 1, "causal", 1.0)[0]
    assert abs(P - reference(2, 1, "causal", 1.0)[0]).max() > 0.1
    assert "0.91" not in attention_explorer(Late).move(t=2, mask="causal")


@pytest.mark.parametrize("mask", MASKS)
def test_picture(mask):
    """A dash where a token is hidden, 0 where there is exactly nothing, else the number."""
    explorer = attention_explorer(Attention)
    explorer.move(mask=mask)
    figure = blank_figure()
    explorer._draw(figure, **explorer.values)
    for axes, A, none in zip(
        figure.axes, reference(4, 1, mask, 1.0), (MASKS[mask], MASKS[mask], None), strict=True
    ):
        said = [text.get_text() for text in axes.texts]
        assert said == [
            "–"
            if none is not None and none[at]
            else "0"
            if a == 0
            else f"{a if none is None else abs(a):.2f}"
            for at, a in np.ndenumerate(A)
        ]
