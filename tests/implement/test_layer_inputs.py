"""What a layer can take beside one array of floats, checked all the same: ids, more arrays, a mask, a first state."""

import numpy as np
import pytest

from helpers.implement import Layer, Linear, Sequential


class Embedding(Layer):
    """Yₜ = E[idsₜ]"""

    inputs = integers = ("ids",)

    def __init__(self, N, M):
        super().__init__()
        self.params["E"] = np.random.default_rng(0).normal(size=(N, M))

    def formula(self, ids):
        return self.params["E"][ids]

    def gradient(self, dY):
        self.grads["E"] = np.zeros_like(self.params["E"])
        np.add.at(self.grads["E"], self.ids, dY)

    def check(self, ids):
        N = len(self.params["E"])
        if ids.size and not 0 <= ids.min() <= ids.max() < N:
            raise ValueError(f"ids go from {ids.min()} to {ids.max()}, but the rows of E from 0 to {N - 1}")


class Scores(Layer):
    """Y = X Kᵀ, and 0 where the mask says so"""

    inputs = ("X", "K", "mask")
    booleans = optional = ("mask",)

    def formula(self, X, K, mask):
        return X @ K.T if mask is None else np.where(mask, 0, X @ K.T)

    def gradient(self, dY):
        dY = dY if self.mask is None else np.where(self.mask, 0, dY)
        return dY @ self.K, dY.T @ self.X

    def check(self, X, K, mask):
        if X.shape[-1] != K.shape[-1]:
            raise ValueError(
                f"X has shape {X.shape}, but K of shape {K.shape} needs X of shape (S, {K.shape[-1]})"
            )


class Accumulate(Layer):
    """Hₜ = w Hₜ₋₁ + Xₜ"""

    inputs = ("X", "H0")
    optional = ("H0",)

    def __init__(self):
        super().__init__()
        self.params["w"] = np.array(0.5)

    def formula(self, X, H0):
        H = [np.zeros_like(X[0]) if H0 is None else H0]
        for Xt in X:
            H.append(self.params["w"] * H[-1] + Xt)
        self.H = np.array(H)
        return self.H[1:]

    def gradient(self, dY):
        dX, dH = np.empty_like(dY), np.zeros_like(dY[0])
        for t in reversed(range(len(dY))):
            dX[t] = dH = dY[t] + dH
            dH = self.params["w"] * dH
        self.grads["w"] = np.sum(dX * self.H[:-1])
        return dX if self.H0 is None else (dX, dH)


rng = np.random.default_rng(1)
CASES = {
    "ids": (Embedding(5, 3), {"ids": np.array([4, 0, 4])}),
    "two arrays": (Scores(), {"X": rng.normal(size=(2, 3)), "K": rng.normal(size=(4, 3))}),
    "a mask": (
        Scores(),
        {"X": rng.normal(size=(2, 3)), "K": rng.normal(size=(4, 3)), "mask": rng.random((2, 4)) < 0.5},
    ),
    "a first state": (Accumulate(), {"X": rng.normal(size=(4, 2)), "H0": rng.normal(size=2)}),
    "no first state": (Accumulate(), {"X": rng.normal(size=(4, 2))}),
}


@pytest.mark.parametrize(("layer", "given"), CASES.values(), ids=CASES)
def test_every_gradient_is_a_central_difference(layer, given):
    Y = layer.forward(*given.values())
    dY = rng.normal(size=Y.shape)
    dX = layer.backward(dY)
    dX = () if dX is None else dX if isinstance(dX, tuple) else (dX,)
    floats = [letter for letter, A in given.items() if A.dtype.kind == "f"]
    pairs = dict(zip(floats, dX, strict=True)) | layer.grads
    for letter, A in ({letter: given[letter] for letter in floats} | layer.params).items():
        for k in np.ndindex(A.shape):
            here, h = A[k].copy(), 1e-6
            A[k] = here + h
            ahead = (dY * layer.forward(*given.values())).sum()
            A[k] = here - h
            behind = (dY * layer.forward(*given.values())).sum()
            A[k] = here
            assert pairs[letter][k] == pytest.approx((ahead - behind) / (2 * h), rel=1e-7, abs=1e-7), letter


X, K, ids = np.ones((2, 3)), np.ones((4, 3)), np.array([0, 1])


@pytest.mark.parametrize(
    ("layer", "given", "said"),
    [
        (Embedding(5, 3), (np.ones(2),), "ids has dtype float64, and should be made of integers"),
        (Embedding(5, 3), (np.array([True]),), "ids has dtype bool, and should be made of integers"),
        (Embedding(5, 3), (np.array([0, 5]),), "ids go from 0 to 5, but the rows of E from 0 to 4"),
        (Embedding(5, 3), (ids, X), "Embedding takes ids, and 2 arrays came"),
        (Scores(), (X,), "K is missing: Scores takes X, K, mask"),
        (Scores(), (X, None), "K is missing"),
        (Scores(), (None, K), "X is missing"),
        (Scores(), (X, K.astype(int)), "K has dtype int64, but a gradient needs float32 or float64"),
        (
            Scores(),
            (X, K.astype(np.float32)),
            r"K has dtype float32, but X has dtype float64: take K.astype\(np.float64\)$",
        ),
        (Scores(), (X, np.ones((4, 2))), r"X has shape \(2, 3\), but K of shape \(4, 2\) needs"),
        (Scores(), (X, K, np.ones((2, 4))), "mask has dtype float64, and should be made of booleans"),
        (
            Accumulate(),
            (X.astype(np.float32),),
            r"but w has dtype float64: .*Accumulate\(\.\.\., dtype",
        ),
        (Accumulate(), (X, np.ones(3, np.float32)), "H0 has dtype float32, but w has dtype float64"),
    ],
)
def test_what_does_not_fit_is_refused_in_letters(layer, given, said):
    with pytest.raises((TypeError, ValueError), match=said):
        layer.forward(*given)


@pytest.mark.parametrize(("layer", "given"), CASES.values(), ids=CASES)
def test_the_upstream_gradient_is_checked_as_that_of_any_layer(layer, given):
    with pytest.raises(RuntimeError, match=r"backward\(dY\) before forward\(.*\): there is no Y yet"):
        type(layer)(*([5, 3] * isinstance(layer, Embedding))).backward(X)
    Y = layer.forward(*given.values())
    with pytest.raises(ValueError, match=r"dY has shape .*, but Y has shape"):
        layer.backward(np.ones((*Y.shape, 1)))


def test_what_is_refused_leaves_the_last_forward_as_it_was():
    layer = Scores()
    dY = layer.forward(X, K)
    before = layer.backward(dY)
    with pytest.raises(ValueError):
        layer.forward(2 * X, np.ones((4, 2)))
    for A, B in zip(layer.backward(dY), before, strict=True):
        np.testing.assert_array_equal(A, B)


def test_a_network_takes_what_its_first_layer_takes():
    network = Sequential(Embedding(5, 3), Linear(3, 2, rng=0))
    Y = network.forward(np.array([[0, 4], [1, 1]]))
    assert Y.shape == (2, 2, 2)
    assert network.backward(np.ones_like(Y)) is None
    np.testing.assert_array_equal(network.grads["0.E"][1], 2 * network.layers[1].params["W"].sum(0))
    np.testing.assert_array_equal(network.predict(np.array([[0, 4], [1, 1]])), Y)
