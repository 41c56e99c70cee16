"""One battery over every layer: the rows of helpers/families.py, and the two that are made of layers."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import implement as ours
from helpers.compare.finite_differences import gradient_check
from helpers.compare.reference import torch_function
from helpers.implement.activations import Phi
from helpers.implement.fast.activations import ERF, half_tanh
from helpers.judge.code import diagnose
from tests.implement.rows import LAYERS, Row, made, normal

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
EXTREMES = [1e4, -1e4, 88.0, -88.0, 25.0, -25.0, 20.0, 2.0, 1e-8, -1e-8, 0.0, -0.0, 1.0, -1.0]
nn = torch.nn


def chain(dtype=np.float64):
    draw = {"rng": 0, "dtype": dtype}
    return ours.Sequential(ours.Linear(3, 5, **draw), ours.Tanh(), ours.Linear(5, 2, bias=False, **draw))


def residual(dtype=np.float64):
    draw = {"rng": 0, "dtype": dtype}
    norm = made(ours.BatchNorm1d, (4,), {}, dtype)
    return ours.Residual(ours.Linear(3, 4, False, **draw), norm, ours.Linear(4, 3, **draw))


class TorchResidual(nn.Sequential):
    def forward(self, X):
        return X + super().forward(X)


ALL = (
    *LAYERS.values(),
    Row(
        "Sequential",
        chain,
        lambda: nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2, bias=False)),
        ((4, 3), (1, 3), (3,), (2, 4, 3)),
    ),
    Row(
        "Residual",
        residual,
        lambda: TorchResidual(nn.Linear(3, 4, False), nn.BatchNorm1d(4), nn.Linear(4, 3)),
        ((5, 3), (3, 3)),
    ),
)
ROWS = [pytest.param(row, id=row.name) for row in ALL]
CASES = [pytest.param(row, shape, id=f"{row.name} {shape}") for row in ALL for shape in row.shapes]
KNOWN = [case for case in CASES if case.values[0].reference(case.values[0].layer())[0]]  # to PyTorch
ANY = [row for row in ROWS if row.values[0].extremes and row.values[0].reference(row.values[0].layer())[0]]


def mixes(row: Row) -> bool:
    """Whether a sample reaches the Y of others, by its class or by its options."""
    return row.mixes or row.layer().mixes_samples


def ran(row: Row, X: np.ndarray, dY: np.ndarray | None = None):
    """The layer after forward and backward: dY, and all that came out under the letters of the formula."""
    layer = row.layer(X.dtype.type)
    Y = layer.forward(X)
    dY = normal(Y.shape, X.dtype, seed=1) if dY is None else dY
    dX = layer.backward(dY)
    return layer, dY, {"Y": Y, "dX": dX} | {f"d{key}": dW for key, dW in layer.grads.items()}


def torch_ran(row: Row, layer: ours.Layer, X: np.ndarray, dY: np.ndarray) -> dict[str, np.ndarray]:
    """The same from PyTorch, with the same parameters."""
    return by(*row.reference(layer), layer, X, dY)


def by(function, parameters, layer, X, dY):
    x = torch.from_numpy(X.copy()).requires_grad_()
    y = function(x, *parameters)
    y.backward(torch.from_numpy(dY))
    gradients = {f"d{key}": W.grad.numpy() for key, W in zip(layer.params, parameters, strict=True)}
    return {"Y": y.detach().numpy(), "dX": x.grad.numpy()} | gradients


def assert_same(a: dict, b: dict, tolerance: float):
    """Each entry agrees relatively; entries far below the largest are judged on the scale of 1."""
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].shape == b[name].shape, name
        assert a[name].dtype == b[name].dtype, name
        np.testing.assert_allclose(a[name], b[name], rtol=tolerance, atol=tolerance / 10, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("row", "shape"), KNOWN)
def test_forward_and_backward_agree_with_pytorch(row, shape, dtype):
    """With the module of torch.nn that takes the same arguments, if there is one."""
    X = normal(shape, dtype)
    layer, dY, results = ran(row, X)
    theirs = torch_ran(row, layer, X, dY)
    if isinstance(layer, ours.Composed | ours.MultiheadAttention) and dtype == np.float32:
        results, theirs = scaled(results, theirs), scaled(theirs, theirs)
    assert_same(results, theirs, TOLERANCE[dtype])


def scaled(results: dict, by: dict) -> dict:
    """With 0.1 for the largest entry: what comes of many layers in float32 is right to 1e-5 on that scale."""
    return {name: A / (10 * np.abs(by[name]).max(initial=1)) for name, A in results.items()}


@pytest.mark.parametrize("row", [row for row in ROWS if torch_function(row.values[0].layer())])
def test_the_twin_has_the_options_of_the_layer(row):
    layer, dY, results = ran(row, normal(row.shapes[0]))
    _, parameters = row.reference(layer)
    twin = by(torch_function(layer), parameters, layer, normal(row.shapes[0]), dY)
    assert_same(results, twin, 1e-12)


@pytest.mark.parametrize(("row", "shape"), [case for case in CASES if 0 not in case.values[1]])
def test_gradients_are_central_differences(row, shape):
    gradient_check(
        row.layer(), normal(shape), tolerance=1e-8, rng=1
    ).assert_agrees()  # dY = X has dX = 0 in a norm


@pytest.mark.parametrize("row", ROWS)
def test_the_battery_for_readers_finds_nothing(row):
    if row.width_of_its_own:
        pytest.skip("the battery makes X with 3 entries for what has no parameters")
    diagnosis = diagnose(row.layer(), like=row.like)
    assert diagnosis.right and not diagnosis.remarks, diagnosis
    assert len(diagnosis.checked) >= 3 - mixes(row)


@pytest.mark.parametrize("row", ROWS)
def test_no_argument_is_changed_or_handed_back(row):
    X = np.abs(normal(row.shapes[0]))  # positive: ReLU might hand X itself back
    layer = row.layer()
    Y = layer.forward(X.copy())
    dY = normal(Y.shape, seed=1)
    X_given, dY_given = X.copy(), dY.copy()
    Y = layer.forward(X_given)
    dX = layer.backward(dY_given)
    np.testing.assert_array_equal(X_given, X)
    np.testing.assert_array_equal(dY_given, dY)
    given = (X_given, dY_given, *layer.params.values())
    for result in (Y, dX, *layer.grads.values()):
        assert not any(np.shares_memory(result, argument) for argument in given)


@pytest.mark.parametrize("row", ROWS)
def test_a_second_call_is_the_first_again(row):
    X = normal(row.shapes[0])
    layer, dY, first = ran(row, X)
    kept = {name: A.copy() for name, A in first.items()}
    dX = layer.backward(dY)  # overwrites, does not add
    second = {"Y": layer.forward(X), "dX": dX} | {f"d{key}": dW for key, dW in layer.grads.items()}
    for name in first:
        np.testing.assert_array_equal(second[name], kept[name])
        np.testing.assert_array_equal(first[name], kept[name])  # results of the first call are left alone


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ANY)
def test_extremes_agree_with_pytorch(row, dtype):
    """±1e4, saturation, kinks; alone, tied with their neighbours, and beside an ordinary number."""
    X = np.array(EXTREMES, dtype)[:, None]
    tied = np.repeat(X, 3, axis=1)
    aside = np.where([True, False, False], dtype(0.5), tied)
    for A in (X, tied, aside):
        layer, dY, results = ran(row, A)
        assert_same(results, torch_ran(row, layer, A, dY), TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ANY)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_infinity_and_nan_go_where_pytorch_sends_them(row, dtype):
    """The reference is float64: PyTorch's float32 kernel has GELU(inf) = NaN, its float64 kernel inf."""
    inf, nan = np.inf, np.nan
    X = np.array([[inf, 0, 1], [-inf, 0, 1], [-inf, -inf, -inf], [inf, inf, 0], [nan, 0, 1]])
    layer, dY, results = ran(row, X)
    reference = torch_ran(row, layer, X, dY)
    _, _, results = ran(row, X.astype(dtype), dY.astype(dtype))
    for name, A in results.items():
        # where X is NaN, some of PyTorch's kernels let dY pass and some give NaN: NaN is never wrong there
        judged = ~(np.isnan(X) & np.isnan(A)) if A.shape == X.shape else ...
        np.testing.assert_allclose(A[judged], reference[name][judged], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_infinite_gradient_does_not_pass_where_relu_is_shut(dtype):
    layer = ours.ReLU()
    layer.forward(np.array([-1, 0, 1, np.nan], dtype))
    np.testing.assert_array_equal(layer.backward(np.full(4, -np.inf, dtype)), [0, 0, -np.inf, -np.inf])


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_slope_of_elu_keeps_its_digits_where_it_is_nearly_zero(dtype):
    X = np.array([-17.5, -38, -80], dtype)
    layer = ours.ELU(1.5)
    layer.forward(X)
    np.testing.assert_allclose(layer.backward(np.ones_like(X)), 1.5 * np.exp(X.astype(float)), rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (ours.Softmax(0), (), "there is no axis 0 of classes"),
        (ours.Softmax(2), (1, 2), "there is no axis 2 of classes"),
        (ours.LogSoftmax(-1), (1, 0), "there are no classes on axis -1"),
    ],
)
def test_classes_that_are_not_there_are_missed_by_name(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer.forward(np.ones(shape))


def test_a_tuple_of_one_stands_for_every_axis_and_a_number_is_flattened_to_a_vector():
    X = normal((2, 3, 5, 5))
    got, want = (ours.AvgPool2d(2, stride, padding).forward(X) for stride, padding in (((1,), (1,)), (1, 1)))
    np.testing.assert_array_equal(got, want)
    assert ours.Flatten(0).forward(np.array(3.0)).shape == (1,)


def test_gelu_in_float32_is_the_normal_distribution_to_its_rounding():
    """Φ is there a polynomial inside of tanh, whose coefficients a slip would show."""
    X = np.linspace(-12, 12, 200_001, dtype=np.float32)
    tuned = half_tanh(X, ERF)
    error = np.abs(tuned - Phi(X.astype(np.float64)))
    assert error.max() < 1.8e-7 and tuned.dtype == np.float32


@pytest.mark.parametrize("row", ANY)
def test_small_inputs_keep_their_digits(row):
    """exp(x) − 1 would lose half of them where expm1(x) does not."""
    X = np.array([[1e-10, -1e-10, 3e-9, -3e-9]]).T * np.ones(3)
    layer, dY, results = ran(row, X)
    reference = torch_ran(row, layer, X, dY)
    np.testing.assert_allclose(results["Y"], reference["Y"], rtol=1e-12, atol=0)


@pytest.mark.parametrize("row", ANY)
def test_large_inputs_make_no_noise(row):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [800, 0, -800]])
        _, _, results = ran(row, X)
    assert all(np.isfinite(A).all() for A in results.values())


@pytest.mark.parametrize("row", ROWS)
def test_nan_comes_through(row):
    X = normal(row.shapes[0])
    X[0, 0] = np.nan
    with np.errstate(invalid="ignore"):
        _, _, results = ran(row, X)
    assert np.isnan(results["Y"][0]).any()
    assert not np.isnan(results["Y"][1:]).any() or mixes(row)


@pytest.mark.parametrize("row", ROWS)
def test_what_a_layer_says_of_itself_is_what_it_does(row):
    """Another first sample changes the Y of others, or only its own; another first entry only one entry."""
    layer, X = row.layer(), normal(row.shapes[0])
    other = X.copy()
    other[0] += 1
    changed = layer.forward(X) != layer.forward(other)
    assert changed[1:].any() == mixes(row)
    entry = X.copy()
    entry.flat[0] += 1
    if layer.entrywise:
        assert (layer.forward(X) != layer.forward(entry)).sum() == 1
    assert np.array_equal(layer.forward(X), layer.forward(X)) or layer.random


@pytest.mark.parametrize("row", ROWS)
def test_bad_input_is_refused_in_letters(row):
    X = normal(row.shapes[0])
    with pytest.raises(RuntimeError, match=r"backward\(dY\) before forward\(X"):
        row.layer().backward(X)
    if row.layer().params:
        with pytest.raises(RuntimeError, match=r"backward\(dY\) before forward\(X"):
            row.layer().parameter_gradients(X)
    with pytest.raises(TypeError, match="X has dtype int64"):
        row.layer().forward(X.astype(int))
    layer = row.layer()
    Y = layer.forward(X)
    with pytest.raises(ValueError, match=r"dY has shape .*, but Y has shape"):
        layer.backward(np.ones((*Y.shape, 1)))
    with pytest.raises(TypeError, match="dY has dtype float32, but Y has dtype float64"):
        layer.backward(np.ones(Y.shape, np.float32))


def test_linear_names_the_shape_it_needs():
    layer = ours.Linear(4, 3)
    with pytest.raises(ValueError, match=r"X has shape \(5, 2\), but W of shape \(3, 4\) needs X of shape"):
        layer.forward(np.ones((5, 2)))
    with pytest.raises(TypeError, match="X has dtype float32, but W has dtype float64"):
        layer.forward(np.ones((5, 4), np.float32))
    with pytest.raises(ValueError, match=r"W cannot have shape \(3, 0\)"):
        ours.Linear(0, 3)


@pytest.mark.parametrize(
    ("std", "spread", "b_spread"),
    [(None, 1 / np.sqrt(3 * 500), 1 / np.sqrt(3 * 500)), (1e-4, 1e-4, 0), ("kaiming", np.sqrt(2 / 500), 0)],
)
def test_linear_starts_as_asked(std, spread, b_spread):
    layer = ours.Linear(500, 400, std=std, rng=1)
    assert layer.params["W"].std() == pytest.approx(spread, rel=0.02)
    assert layer.params["b"].std() == pytest.approx(b_spread, rel=0.2)
    if std is None:
        assert np.abs(layer.params["W"]).max() <= 1 / np.sqrt(500)
    np.testing.assert_array_equal(layer.params["W"], ours.Linear(500, 400, std=std, rng=1).params["W"])


@pytest.mark.parametrize("row", ROWS)
def test_parameter_gradients_are_those_of_backward(row):
    X = normal(row.shapes[0])
    layer, dY, results = ran(row, X)
    layer.forward(X)
    layer.parameter_gradients(dY)
    for key, dW in layer.grads.items():
        np.testing.assert_array_equal(dW, results[f"d{key}"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from([*TOLERANCE]),
)
def test_linear_takes_any_leading_axes(leading, M, N, dtype):
    X = normal((*leading, M), dtype)
    row = Row("", lambda dtype: made(ours.Linear, (M, N), {}, dtype), lambda: nn.Linear(M, N), ())
    layer, dY, results = ran(row, X)
    assert_same(results, torch_ran(row, layer, X, dY), TOLERANCE[dtype])


@pytest.mark.parametrize("row", ANY)
def test_large_strided_arrays_agree_with_pytorch(row):
    X = normal((300, 250))[:, ::2].T
    layer, dY, results = ran(row, X)
    assert_same(results, torch_ran(row, layer, X, dY), 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=4), st.sampled_from(["ReLU", "GELU", "Softplus 3 5"]))
def test_activations_take_any_shape(shape, name):
    X = normal(tuple(shape))
    layer, dY, results = ran(LAYERS[name], X)
    assert_same(results, torch_ran(LAYERS[name], layer, X, dY), 1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.sampled_from([1.0, 1e2, 1e4]), st.integers(0, 2**32 - 1))
def test_rows_of_softmax_sum_to_one_and_those_of_its_gradient_to_zero(S, N, scale, seed):
    layer = ours.Softmax()
    Y = layer.forward(scale * normal((S, N), seed=seed))
    dX = layer.backward(normal((S, N), seed=seed + 1))
    np.testing.assert_allclose(Y.sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(dX.sum(axis=-1), 0, atol=1e-14)


def in_itself():
    nest = []
    nest.append(nest)
    return nest


@pytest.mark.parametrize("A", [[[1.0], [2.0, 3.0]], in_itself(), torch.ones(2, requires_grad=True)], ids=type)
def test_what_is_no_array_is_refused_by_its_letter(A):
    with pytest.raises(TypeError, match=r"X is a .* that is no array"):
        ours.ReLU().forward(A)
    layer, loss = ours.ReLU(), ours.MSE()
    layer.forward(np.ones(2))
    with pytest.raises(TypeError, match=r"dY is a .* that is no array"):
        layer.backward(A)
    loss.forward(np.ones(2), np.zeros(2))
    with pytest.raises(TypeError, match=r"dL is a .* that is no array"):
        loss.backward(A)


def test_an_image_without_pixels_is_refused():
    with pytest.raises(ValueError, match="there is nothing on an axis of its places"):
        ours.Conv2d(3, 2, 3, padding=2).forward(np.ones((2, 3, 5, 0)))
