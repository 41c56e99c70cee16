"""Central differences, the check of a backward pass, and PyTorch's gradients as NumPy arrays."""

import numpy as np
import pytest
import torch.nn.functional as F

from helpers.compare import central_difference, gradient_check, step_sweep, torch_gradients


class Affine:
    """Y = X Wᵀ + b, with a fault to plant."""

    def __init__(self, fault=None):
        rng = np.random.default_rng(3)
        self.params = {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(3)}
        self.grads, self.fault = {}, fault

    def forward(self, X):
        self.X = X
        return X @ self.params["W"].T + self.params["b"]

    def backward(self, dY):
        self.grads["W"] = dY.T @ self.X * (-1 if self.fault == "sign" else 1)
        self.grads["b"] = dY.mean(0) if self.fault == "mean" else dY.sum(0)
        return dY @ self.params["W"] + (self.fault == "input")


class HalfSquare:
    """L = Σ (X − T)² / 2"""

    def forward(self, X, T):
        self.difference = X - T
        return float((self.difference**2).sum() / 2)

    def backward(self):
        return self.difference


class Softmax:
    """A layer of which a check with ones for dY would see nothing; `factor` is its fault."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def forward(self, X):
        E = np.exp(X)
        self.Y = E / E.sum(1, keepdims=True)
        return self.Y

    def backward(self, dY):
        return self.factor * self.Y * (dY - (dY * self.Y).sum(1, keepdims=True))


X = np.random.default_rng(4).standard_normal((5, 4))


def test_central_difference_is_the_gradient():
    A = np.arange(6.0).reshape(2, 3)
    x = np.ones((2, 3))
    assert np.allclose(central_difference(lambda x: (A * x**3).sum(), x), 3 * A, atol=1e-8)
    assert np.all(x == 1)
    assert central_difference(lambda x: x**2, np.array(3.0)) == pytest.approx(6)
    assert (
        central_difference(lambda x: x.sum() ** 2, np.array([1, 2])).dtype == np.float64
    )  # from integers, too


def test_a_function_that_keeps_or_changes_its_argument_does_no_harm():
    def f(x):
        x *= 2
        return x.sum()

    assert np.allclose(central_difference(f, np.ones(3)), 2)


def test_bad_steps_and_functions_are_refused():
    with pytest.raises(ValueError, match="must return one number, and returned shape"):
        central_difference(lambda x: x, np.ones(3))
    with pytest.raises(ValueError, match="must be positive"):
        central_difference(np.sum, np.ones(3), 0)


def test_the_sweep_falls_with_h_squared_and_rises_with_rounding():
    x = np.array([1.0])
    errors = step_sweep(lambda x: np.exp(x).sum(), x, [1e-2, 1e-3, 1e-5, 1e-12], np.exp(x))
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)
    assert errors[2] < 1e-9 < errors[3]
    single = step_sweep(lambda x: np.exp(x).sum(), x, [1e-2, 1e-6], np.exp(x), dtype=np.float32)
    assert single[0] < 1e-3 < single[1]


def test_a_right_layer_passes_and_its_parameters_are_as_before():
    layer = Affine()
    before = {k: a.copy() for k, a in layer.params.items()}
    X_before = X.copy()
    table = gradient_check(layer, X)
    table.assert_agrees()
    assert list(table.rows) == ["dX", "dW", "db"]
    assert all(np.array_equal(layer.params[k], before[k]) for k in before) and np.array_equal(X, X_before)


@pytest.mark.parametrize(("fault", "row"), [("sign", "dW"), ("mean", "db"), ("input", "dX")])
def test_a_planted_fault_is_found_in_its_row_and_nowhere_else(fault, row):
    cells = {name: verdict for name, *_, verdict in gradient_check(Affine(fault), X).table()[1:]}
    assert [name for name, verdict in cells.items() if verdict != "agree"] == [row]
    named = {"sign": "backward: the sign is wrong", "mean": "backward: 0.2 times the right value"}
    assert named.get(fault, "backward: 20 of 20 entries differ") in cells[row]


def test_the_upstream_is_random_so_that_softmax_cannot_hide():
    assert gradient_check(Softmax(), X)
    assert not gradient_check(Softmax(factor=2.0), X)


def test_a_loss_is_checked_through_its_targets():
    assert gradient_check(HalfSquare(), X, np.zeros_like(X))
    wrong = HalfSquare()
    wrong.backward = lambda: wrong.difference / 5
    assert not gradient_check(wrong, X, np.zeros_like(X))


def test_float32_and_missing_gradients_are_refused():
    with pytest.raises(ValueError, match="X has dtype float32; central differences need float64"):
        gradient_check(Affine(), X.astype(np.float32))
    layer = Affine()
    layer.backward = lambda dY: dY @ layer.params["W"]
    with pytest.raises(ValueError, match="grads has no W"):
        gradient_check(layer, X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_torch_gradients_are_arrays_of_the_same_dtype(dtype):
    rng = np.random.default_rng(5)
    X, W, b, dY = (rng.standard_normal(s).astype(dtype) for s in [(5, 4), (3, 4), 3, (5, 3)])
    Y, grads = torch_gradients(F.linear, {"X": X, "W": W, "b": b}, dY)
    assert list(grads) == ["dX", "dW", "db"] and {a.dtype for a in [Y, *grads.values()]} == {np.dtype(dtype)}
    assert np.allclose(grads["dW"], dY.T @ X, rtol=1e-5) and np.allclose(grads["db"], dY.sum(0), rtol=1e-5)


def test_torch_gradients_of_a_loss_with_class_ids():
    T = np.array([0, 2, 1, 1, 0])
    L, grads = torch_gradients(F.cross_entropy, {"X": X, "T": T})
    assert L.shape == () and list(grads) == ["dX"]
    with pytest.raises(ValueError, match=r"Y has shape \(5, 4\): an upstream gradient dY"):
        torch_gradients(F.relu, {"X": X})
    with pytest.raises(ValueError, match=r"dY has shape \(5,\), but Y has shape \(5, 4\)"):
        torch_gradients(F.relu, {"X": X}, np.ones(5))
