"""Gradients by position in time: the first time from the end at which a layer and autograd part."""

import numpy as np
import pytest

from helpers.compare import by_time, finite_differences
from helpers.implement import GRU, LSTM, RNN, Linear

S, T, M, N = 2, 5, 3, 4
RNG = np.random.default_rng(0)
X, dY = RNG.standard_normal((S, T, M)), RNG.standard_normal((S, T, N))


class NothingHandedOn(RNN):
    def back_through_time(self, l, dY, *dstates):
        kept = self.kept[l][2]
        dA = [self.step_gradient(kept[t], dY[t])[0] for t in reversed(range(len(dY)))][::-1]
        self.set_gradients(l, np.stack(dA), np.stack(dA), *self.kept[l][:2])
        return np.stack(dA) @ self.weights(l)[0], *dstates


class CellNotHandedOn(LSTM):
    def step_gradient(self, kept, dH, dC):
        dA, dB, (straight, dC_before) = super().step_gradient(kept, dH, dC)
        return dA, dB, (straight, 0 * dC_before)


class NoSlope(RNN):
    def step_gradient(self, kept, dH):
        return dH, dH, (0,)


class NoSteps(RNN):
    def back_through_time(self, l, dY, *dstates):
        return self.params["W"].mean() * np.ones((T, S, M)), *dstates


class Turned(RNN):
    def gradient(self, dY, dHT):
        return dY.transpose(1, 2, 0)


@pytest.mark.parametrize(
    "layer", [RNN(M, N, 2, rng=0), RNN(M, N, nonlinearity="relu", bias=False), LSTM(M, N, 2), GRU(M, N)]
)
def test_ours_agree_at_all_times(layer):
    found = by_time(layer, X, dY)
    assert found and found.parts == {"dX": None, "dH": None}
    assert list(found.table.rows)[:4] == [f"dX_{T}", f"dH_{T}", f"dX_{T - 1}", f"dH_{T - 1}"]
    assert layer.X is None and not layer.grads
    for name, norms in found.norms.items():
        assert norms["NumPy"].shape == (T,)
        assert np.allclose(norms["NumPy"], norms["PyTorch"]), name
    assert np.allclose(found.norms["dH"]["NumPy"][-1], np.linalg.norm(dY[:, -1]))


@pytest.mark.parametrize(
    ("layer", "parts"),
    [
        (NothingHandedOn(M, N), {"dX": T - 1, "dH": T - 1}),
        (NothingHandedOn(M, N, 2), {"dX": T - 1, "dH": T - 1}),
        (CellNotHandedOn(M, N), {"dX": T - 1, "dH": T - 2}),
        (NoSlope(M, N), {"dX": T, "dH": T - 1}),
        (NoSteps(M, N), {"dX": T}),
    ],
)
def test_the_first_time_from_the_end_that_is_wrong_is_named(layer, parts):
    found = by_time(layer, X, dY)
    assert not found and found.parts == parts


def test_what_is_said():
    said = str(by_time(NoSlope(M, N), X, dY))
    assert f"dX: part at t = {T}, the last" in said
    assert f"dH: agree back to t = {T}, part at t = {T - 1}" in said


def test_one_sequence_without_samples():
    assert by_time(GRU(M, N), X[0], dY[0])


def test_without_pytorch_nothing_is_compared_and_there_are_norms(monkeypatch):
    monkeypatch.setattr(finite_differences, "INSTALLED", False)
    found = by_time(RNN(M, N), X, dY)
    assert not found and "dX: not compared" in str(found)
    assert list(found.norms["dX"]) == ["NumPy"]


def test_what_has_no_times_is_refused():
    with pytest.raises(TypeError, match="Linear is no recurrent layer"):
        by_time(Linear(M, N), X, dY)
    with pytest.raises(ValueError, match=r"dX has shape \(5, 4, 2\), but X has shape \(2, 5, 3\)"):
        by_time(Turned(M, N), X, dY)
