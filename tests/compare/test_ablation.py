"""The path that a wrong gradient leaves out is named: gradients of our own layers with one path left out by hand."""

import numpy as np
import pytest

from helpers.compare import missing_path
from helpers.compare.ablation import PATHS
from helpers.compare.finite_differences import gradient_name, torch_gradients
from helpers.compare.reference import torch_function
from helpers.implement import (
    GRU,
    LSTM,
    RNN,
    Attention,
    LayerNorm,
    Linear,
    MultiheadAttention,
    TransformerBlock,
)

RNG = np.random.default_rng(0)
X, dY = RNG.standard_normal((2, 2, 4, 6))
QKV = tuple(RNG.standard_normal((3, 2, 4, 6)))


def gradients(layer, *given, back=None):
    """What a layer computes by its backward, or by another."""
    layer.forward(*given)
    dA = (back or layer.backward)(dY)
    floats = [letter for letter in layer.inputs if letter not in layer.booleans + layer.integers]
    dA = dict(zip(floats, dA if isinstance(dA, tuple) else (dA,), strict=False))
    return {gradient_name(key): A for key, A in (dA | layer.grads).items()}


class ForgetsTheState(RNN):
    def back_through_time(self, l, dY, *dstates):
        X, H_before, kept = self.kept[l]
        dA = np.stack([self.step_gradient(kept[t], dY[t])[0] for t in range(len(dY))])
        self.set_gradients(l, dA, dA, X, H_before)
        return dA @ self.weights(l)[0], *dstates


class ForgetsTheCell(LSTM):
    def step_gradient(self, kept, dH, dC):
        return super().step_gradient(kept, dH, 0 * dC)


class ForgetsStraight(GRU):
    def step_gradient(self, kept, dH):
        return *super().step_gradient(kept, dH)[:2], (0,)


class ForgetsTheSum(Attention):
    def gradient(self, dY):
        dS = self.P * (dY @ self.V.mT) / np.sqrt(self.Q.shape[-1])
        return dS @ self.K, dS.mT @ self.Q, self.P.mT @ dY


class ForgetsV(MultiheadAttention):
    """dX without what comes from V."""

    def gradient(self, dY):
        dX, E = super().gradient(dY), dY.shape[-1]
        dV = self.attention.backward(self.heads(dY @ self.params["Wo"]))[2]
        return dX - dV.swapaxes(-3, -2).reshape(dY.shape) @ self.params["W"][2 * E :]


class ForgetsTheStatistics(LayerNorm):
    def gradient(self, dY):
        super().gradient(dY)
        return dY * self.params["gamma"] / np.sqrt(self.X.var(-1, keepdims=True) + self.eps)


@pytest.mark.parametrize(
    ("layer", "given", "path"),
    [
        (ForgetsTheState(6, 6, rng=0), (X,), "from Hₜ to Hₜ₋₁ (dh_next)"),
        (ForgetsTheState(6, 6, 2, "relu", rng=0), (X,), "from Hₜ to Hₜ₋₁ (dh_next)"),
        (ForgetsTheCell(6, 6, rng=0), (X,), "from Cₜ to Cₜ₋₁ (dc_next)"),
        (ForgetsStraight(6, 6, rng=0), (X,), "straight from Hₜ to Hₜ₋₁"),
        (ForgetsTheSum(causal=True), QKV, "through the sum in the softmax"),
        (ForgetsV(6, 2, rng=0), (X,), "from V to X, or Z"),
        (ForgetsV(6, 3, bias=False, causal=True, rng=0), (X,), "from V to X, or Z"),
    ],
)
def test_a_path_left_out_by_hand_is_named(layer, given, path):
    assert missing_path(layer, given, dY, gradients(layer, *given)) == path


def test_it_is_named_beside_other_inputs_too():
    layer, B = MultiheadAttention(6, 2, rng=0), RNG.standard_normal((4, 4))
    given = X, QKV[0], None, None, B
    dA = gradients(layer, *given)
    assert missing_path(layer, given, dY, dA) is None
    dV = layer.attention.backward(layer.heads(dY @ layer.params["Wo"]))[2]
    dZ = dV.swapaxes(-3, -2).reshape(X.shape) @ layer.params["W"][12:]
    assert missing_path(layer, given, dY, dA | {"dZ": dZ}) == "from K to X, or Z"


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("which", [("norm1",), ("norm2",), ("norm1", "norm2")])
def test_a_block_whose_norms_forget_their_statistics(norm_first, which):
    block = TransformerBlock(6, 2, 5, norm_first=norm_first, rng=0)
    for name in which:
        vars(block)[name].__class__ = ForgetsTheStatistics
    found = missing_path(block, X, dY, gradients(block, X))
    assert found == f"through the mean and variance of {' and '.join(which)}"


def test_a_block_without_its_residuals():
    block = TransformerBlock(6, 2, 5, "swiglu", causal=True, rng=0)

    def without(first, second):
        def back(dY):
            dR = first * dY + block.norm2.backward(block.mlp.backward(dY))
            return second * dR + block.norm1.backward(block.attention.backward(dR))

        return missing_path(block, X, dY, gradients(block, X, back=back))

    assert without(1, 1) is None
    assert without(0, 1) == "the residual around the MLP"
    assert without(1, 0) == "the residual around attention"
    assert without(0, 0) == "the residual around attention and the MLP"
    assert without(1, 0.5) is None


LAYERS = (
    RNN(6, 6),
    LSTM(6, 6, 2),
    GRU(6, 6),
    Attention(causal=True),
    MultiheadAttention(6, 2),
    TransformerBlock(6, 3, 5, "relu", False, causal=True),
)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_right_gradients_miss_nothing_and_every_cut_is_told_from_every_other(layer):
    given = QKV if type(layer) is Attention else (X,)
    assert missing_path(layer, given, dY, gradients(layer, *given)) is None
    paths, cut = PATHS[type(layer).__name__]
    inputs = dict(zip(layer.inputs, given + (None,) * (len(layer.inputs) - len(given)), strict=True))
    Y = torch_gradients(torch_function(layer), inputs | layer.params, dY)[0]
    for path, slip in paths.items():

        def f(*A, slip=slip):
            Y = cut(layer, slip)(*A)
            return Y[0] if isinstance(Y, tuple) else Y

        value, left = torch_gradients(f, inputs | layer.params, dY)
        assert np.allclose(value, Y)
        assert missing_path(layer, given, dY, left) == path
        off = {name: A + 1e-6 for name, A in left.items()}
        assert missing_path(layer, given, dY, off) is None


def test_what_cannot_be_told_apart_is_both():
    layer = Attention()
    dQ = np.zeros_like(X)
    assert missing_path(layer, QKV, dY, {"dQ": dQ}) == "through the scores S or through the queries Q"


def test_of_one_time_nothing_is_missing_where_nothing_can_be_handed_on():
    layer = RNN(6, 6)
    layer.forward(X[:, :1])
    assert missing_path(layer, X[:, :1], dY[:, :1], {"dX": layer.backward(dY[:, :1])}) is None


def test_small_gradients_are_no_more_alike():
    layer, small = ForgetsTheState(6, 6, rng=0), 1e-9 * dY
    layer.forward(X)
    dX = layer.backward(small)
    assert missing_path(layer, X, small, {"dX": dX}) == "from Hₜ to Hₜ₋₁ (dh_next)"
    assert missing_path(layer, X, small, {"dX": 1.1 * dX}) is None


def test_what_is_not_known_is_refused():
    with pytest.raises(TypeError, match=r"the paths of Linear.* are not known: RNN"):
        missing_path(Linear(6, 6), X, dY, {})
    with pytest.raises(TypeError, match="without rotary positions"):
        missing_path(MultiheadAttention(6, 1, rotary=True), X, dY, {})
    with pytest.raises(ValueError, match="dw: the gradients here are dX, dW"):
        missing_path(RNN(6, 6), X, dY, {"dw": X})
