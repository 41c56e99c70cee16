"""Each tuned twin gives what the formula gives, and is what runs."""

import inspect

import numpy as np
import pytest

from helpers import implement as ours
from helpers.implement import fast
from tests.implement.rows import LAYERS, made, normal
from tests.implement.test_layers import EXTREMES

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
FORWARD, BACKWARD = {"formula", "through_time"}, {"gradient", "back_through_time"}
TWINS = {
    name for name, thing in vars(fast).items() if inspect.isclass(thing) and FORWARD & vars(thing).keys()
}
TUNED = {name: row for name, row in LAYERS.items() if row.layer().tuned}
CASES = [
    pytest.param(row, shape, id=f"{name} {shape}") for name, row in TUNED.items() for shape in row.shapes
]
inf, nan = np.inf, np.nan


def both(make, X, dY=None):
    """All that comes out by the twin and by the formula, the state too."""
    results = []
    for untuned in (False, True):
        layer = make(X.dtype.type)
        if untuned:
            layer.tuned = None
        Y = layer.forward(X)
        dY = normal(Y.shape, X.dtype, seed=1) if dY is None else dY
        dX = layer.backward(dY)
        named = {"Y": Y, "dX": dX, **{f"d{key}": dW for key, dW in layer.grads.items()}, **layer.buffers}
        results.append({name: A.copy() for name, A in named.items()})
    return results


def assert_equal(tuned, formula, dtype):
    assert tuned.keys() == formula.keys()
    for name, A in formula.items():
        got = tuned[name]
        assert (got.shape, got.dtype) == (A.shape, A.dtype) == (A.shape, dtype), name
        scale = np.abs(A[np.isfinite(A)]).max(initial=1)
        np.testing.assert_allclose(got, A, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("row", "shape"), CASES)
def test_a_twin_gives_what_the_formula_gives(row, shape, dtype):
    assert_equal(*both(row.layer, normal(shape, dtype)), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in TUNED.items() if row.extremes])
@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
def test_also_at_extremes_at_kinks_and_at_what_is_no_number(row, dtype):
    X = np.array(EXTREMES, dtype)[:, None] * np.ones(3, dtype)
    beside = np.where([True, False, False], X, dtype(0.5))
    numbers = [[inf, 0, 1], [-inf, 0, 1], [-inf, -inf, -inf], [inf, inf, 0], [nan, 0, 1], [0, 0, 0]]
    for A in (X, beside, np.array(numbers, dtype)):
        assert_equal(*both(row.layer, A), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["MaxPool2d", "MaxPool2d 3 2 1"])
def test_also_at_ties_in_a_window(name, dtype):
    for seed, entries in enumerate([[0.0, 1], [-inf, 0], [-inf, nan, 0, inf]]):
        X = np.random.default_rng(seed).choice(entries, (3, 2, 6, 5)).astype(dtype)
        assert_equal(*both(LAYERS[name].layer, X), dtype)


@pytest.mark.parametrize("window", [((2, 3), (3, 2)), ((3, 1), (1, 2), (1, 0)), ((2, 1), (2, 1))], ids=str)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_also_where_windows_overlap_on_one_axis_and_lie_apart_on_the_other(window):
    """Only what is infinite itself makes a mean infinite, or no number."""
    X = normal((2, 3, 6, 5), np.float64)
    X[0, 0, :2, 2], X[1, 1, 3, 3] = (inf, -inf), nan
    assert_equal(*both(lambda dtype: ours.AvgPool2d(*window), X), np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["BatchNorm1d", "BatchNorm2d"])
def test_also_in_evaluation(name, dtype):
    def make(dtype):
        layer = LAYERS[name].layer(dtype)
        layer.buffers["running_mean"][...], layer.buffers["running_var"][...] = 0.3, 2.0
        return layer.eval()

    assert_equal(*both(make, normal(LAYERS[name].shapes[0], dtype)), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 4), (4,), (0, 4), (3, 4, 2)])
@pytest.mark.parametrize(
    "options", [{}, {"label_smoothing": 0.1}, {"weight": np.array([0.5, 2, 1, 3])}], ids=str
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("kind", ["ids", "ids, one ignored", "rows"])
def test_the_twin_of_the_fused_loss_gives_what_its_formula_gives(kind, reduction, options, shape, dtype):
    X, axis = normal(shape, dtype), min(1, len(shape) - 1)
    T = np.abs(normal(shape, dtype, seed=2)) if kind == "rows" else X.argmin(axis)
    if kind == "ids, one ignored" and T.size and T.ndim:
        T.flat[0] = -100
    found = []
    for untuned in (False, True):
        loss = ours.SoftmaxCrossEntropy(reduction=reduction, **options)
        assert loss.tuned is fast.SoftmaxCrossEntropy
        if untuned:
            loss.tuned = None
        L = np.asarray(loss.forward(X, T))
        dX = loss.backward(normal(L.shape, dtype, seed=3) if reduction == "none" else None)
        found.append({"L": L, "dX": dX})
    (tuned, formula) = found
    for name in tuned:
        np.testing.assert_allclose(tuned[name], formula[name], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
        assert (tuned[name].shape, tuned[name].dtype) == (formula[name].shape, formula[name].dtype)


@pytest.mark.parametrize("X", [[[0, -inf, 1]], [[1e4, -1e4, 0]], [[nan, 0, 1]], [[inf, 0, 1]]], ids=str)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_also_at_extreme_logits(X):
    for T in range(3):
        losses = ours.SoftmaxCrossEntropy(), ours.SoftmaxCrossEntropy()
        losses[1].tuned = None
        (L, dX), (L_formula, dX_formula) = [
            (f.forward(np.array(X), np.array([T])), f.backward()) for f in losses
        ]
        np.testing.assert_allclose(L, L_formula, rtol=1e-12)
        np.testing.assert_allclose(dX, dX_formula, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lengths", [None, [4, 1, 3], [2, 2, 2]], ids=str)
@pytest.mark.parametrize("Layer", [ours.LSTM, ours.GRU])
def test_also_with_states_and_lengths(Layer, lengths, dtype):
    """Twice on one layer: what its memory holds of the first call reaches nothing."""
    layers = [made(Layer, (3, 2, 2), {}, dtype) for _ in range(2)]
    layers[1].tuned = None
    for seed, S in ((0, 3), (1, 3), (2, 2)):
        X, *first = (normal(s, dtype, seed) for s in ((S, 4, 3), *[(2, S, 2)] * len(Layer.outputs)))
        results = []
        for layer in layers:
            Y = layer.forward(X, *first, lengths=None if lengths is None else np.array(lengths[:S]))
            dlast = [normal(A.shape, dtype, 4) for A in first]
            dX = layer.backward(normal(Y.shape, dtype, 3), *dlast)
            named = {"Y": Y} | {letter: getattr(layer, letter) for letter in layer.outputs}
            results.append(named | dict(enumerate(dX)) | layer.grads)
        assert_equal(*results, dtype)


# What runs


@pytest.mark.parametrize("name", sorted(TWINS - {"Attention"}))
def test_what_has_a_twin_runs_it(name, monkeypatch):
    """Each method of the twin, in place of that of the layer."""
    ran = set()
    rows = [(row.layer(), normal(row.shapes[0])) for row in TUNED.values()]
    cases = [(layer, (X,)) for layer, X in rows if layer.tuned is getattr(fast, name)]
    if name == "SoftmaxCrossEntropy":
        cases = [(ours.SoftmaxCrossEntropy(), (normal((2, 3)), np.array([0, 1])))]
    assert cases
    methods = {key: method for key, method in vars(getattr(fast, name)).items() if inspect.isfunction(method)}
    for key, method in methods.items():
        monkeypatch.setattr(
            getattr(fast, name), key, lambda *given, key=key, method=method: (ran.add(key), method(*given))[1]
        )
    layer, inputs = cases[0]
    Y = layer.forward(*inputs)
    assert ran == FORWARD & methods.keys()
    layer.backward(None if isinstance(layer, ours.Loss) else Y)
    assert ran >= (FORWARD | BACKWARD) & methods.keys()
    ran.clear()
    if "parameter_gradients" in methods:
        layer.parameter_gradients(Y)
        assert ran == {"parameter_gradients"}


def test_each_class_of_fast_is_the_twin_of_layers():
    used = {layer.tuned.__name__ for row in LAYERS.values() if (layer := row.layer()).tuned}
    assert used | {"SoftmaxCrossEntropy", "Attention"} == TWINS


def test_another_formula_has_no_twin():
    """A reader's own layer runs as it is written, whatever its name and whatever it is made from."""

    class ReLU(ours.ReLU):
        def h(self, X):
            return 2 * np.maximum(X, 0)

    class Wider(ours.Linear):
        pass

    class Linear(ours.Layer):
        def formula(self, X):
            return 3 * X

    class Leaking(ours.LSTM):
        def step(self, A, B, H, C):
            (H, C), kept = super().step(A, B, H, C)
            return (H, 0.5 * C), kept

    X = np.array([[-1.0, 2]])
    assert Leaking(2, 3).tuned is None and ours.LSTM(2, 3).tuned is fast.LSTM
    twice = np.vstack([X, X])
    assert not np.allclose(Leaking(2, 3, rng=0).forward(twice), ours.LSTM(2, 3, rng=0).forward(twice))
    np.testing.assert_array_equal(ReLU().forward(X), [[0, 4]])
    np.testing.assert_array_equal(Linear().forward(X), 3 * X)
    assert Wider(2, 3).tuned is fast.Linear


@pytest.mark.parametrize("odd", [inf, -inf, nan])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_mean_over_windows_keeps_what_is_no_number_to_its_window(odd):
    X, dY = normal((2, 4, 6)), normal((2, 2, 3), seed=1)
    X[0, 1, 2] = dY[1, 1, 0] = odd
    assert_equal(*both(lambda dtype: ours.AvgPool2d(2), X, dY), np.float64)
