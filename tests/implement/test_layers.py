"""One battery over every layer: whoever adds a layer adds a row to LAYERS, and nothing else."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import implement as ours
from helpers.compare.finite_differences import gradient_check
from helpers.implement.activations import Phi
from helpers.implement.fast import ERF, half_tanh
from helpers.judge.code import diagnose

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
EXTREMES = [1e4, -1e4, 88.0, -88.0, 25.0, -25.0, 20.0, 2.0, 1e-8, -1e-8, 0.0, -0.0, 1.0, -1.0]
nn = torch.nn


@dataclass
class Row:
    """A layer, the same layer in PyTorch, and the shapes of X to try: distinct sizes, square, one sample."""

    layer: Callable[..., ours.Layer]
    torch: Callable[[], nn.Module]
    shapes: tuple[tuple[int, ...], ...] = ((2, 3), (4, 4), (1, 3), (3,), (2, 3, 4), (0, 3))
    extremes: bool = True  # entry by entry: one array holds them all
    mixes: bool = False  # a sample reaches the Y of others


def linear(*args, **options):
    return lambda dtype=np.float64: ours.Linear(*args, **options, rng=0, dtype=dtype)


def drawn(layer, *args, **options):
    return lambda dtype=np.float64: layer(*args, **options, rng=0, dtype=dtype)


def chain(dtype=np.float64):
    draw = {"rng": 0, "dtype": dtype}
    return ours.Sequential(ours.Linear(3, 5, **draw), ours.Tanh(), ours.Linear(5, 2, bias=False, **draw))


def plain(layer):
    return lambda dtype=np.float64: layer()


def norm(layer, *args, **options):
    """With random γ and β: 1 and 0 would hide where they are missing."""

    def make(dtype=np.float64):
        made = layer(*args, **options, dtype=dtype)
        for k, W in enumerate(made.params.values()):
            W[...] = normal(W.shape, seed=k + 5)
        return made

    return make


def residual(dtype=np.float64):
    draw = {"rng": 0, "dtype": dtype}
    return ours.Residual(
        ours.Linear(3, 4, False, **draw), norm(ours.BatchNorm1d, 4)(dtype), ours.Linear(4, 3, **draw)
    )


class TorchResidual(nn.Sequential):
    def forward(self, X):
        return X + super().forward(X)


LAYERS = {
    "Linear": Row(linear(3, 5), lambda: nn.Linear(3, 5), ((2, 3), (1, 3), (3,), (2, 4, 3), (0, 3)), False),
    "Linear, square": Row(linear(4, 4), lambda: nn.Linear(4, 4), ((4, 4), (4, 4, 4)), False),
    "Linear, no bias": Row(
        linear(3, 1, bias=False), lambda: nn.Linear(3, 1, bias=False), ((2, 3), (1, 3)), False
    ),
    "Sequential": Row(
        chain,
        lambda: nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2, bias=False)),
        ((4, 3), (1, 3), (3,), (2, 4, 3)),
        False,
    ),
    "ReLU": Row(plain(ours.ReLU), nn.ReLU),
    "LeakyReLU": Row(plain(ours.LeakyReLU), nn.LeakyReLU),
    "LeakyReLU 0.2": Row(plain(lambda: ours.LeakyReLU(0.2)), lambda: nn.LeakyReLU(0.2)),
    "ELU": Row(plain(ours.ELU), nn.ELU),
    "ELU 1.7": Row(plain(lambda: ours.ELU(1.7)), lambda: nn.ELU(1.7)),
    "Sigmoid": Row(plain(ours.Sigmoid), nn.Sigmoid),
    "Tanh": Row(plain(ours.Tanh), nn.Tanh),
    "Softplus": Row(plain(ours.Softplus), nn.Softplus),
    "Softplus 3, 5": Row(plain(lambda: ours.Softplus(3, 5)), lambda: nn.Softplus(3, 5)),
    "GELU": Row(plain(ours.GELU), nn.GELU),
    "GELU tanh": Row(plain(lambda: ours.GELU("tanh")), lambda: nn.GELU("tanh")),
    "SiLU": Row(plain(ours.SiLU), nn.SiLU),
    "Softmax": Row(plain(ours.Softmax), lambda: nn.Softmax(-1)),
    "Softmax, dim 0": Row(
        plain(lambda: ours.Softmax(0)), lambda: nn.Softmax(0), ((2, 3), (3, 2, 4), (1, 3)), True, True
    ),
    "Softmax, one class": Row(plain(ours.Softmax), lambda: nn.Softmax(-1), ((2, 1), (1, 1))),
    "LogSoftmax": Row(plain(ours.LogSoftmax), lambda: nn.LogSoftmax(-1)),
    "LogSoftmax, dim 1": Row(plain(lambda: ours.LogSoftmax(1)), lambda: nn.LogSoftmax(1), ((2, 3, 4),)),
    "Residual": Row(
        residual,
        lambda: TorchResidual(nn.Linear(3, 4, False), nn.BatchNorm1d(4), nn.Linear(4, 3)),
        ((5, 3), (3, 3)),
        False,
        True,
    ),
    "BatchNorm1d": Row(
        norm(ours.BatchNorm1d, 3),
        lambda: nn.BatchNorm1d(3),
        ((5, 3), (3, 3), (4, 3, 2), (1, 3, 4)),
        False,
        True,
    ),
    "BatchNorm1d, one channel, no parameters": Row(
        norm(ours.BatchNorm1d, 1, affine=False),
        lambda: nn.BatchNorm1d(1, affine=False),
        ((5, 1),),
        False,
        True,
    ),
    "BatchNorm1d, other options": Row(
        norm(ours.BatchNorm1d, 3, 1e-2, None, track_running_stats=False),
        lambda: nn.BatchNorm1d(3, 1e-2, None, track_running_stats=False),
        ((5, 3),),
        False,
        True,
    ),
    "BatchNorm2d": Row(
        norm(ours.BatchNorm2d, 2),
        lambda: nn.BatchNorm2d(2),
        ((5, 2, 3, 4), (2, 2, 2, 2), (1, 2, 3, 2)),
        False,
        True,
    ),
    "LayerNorm": Row(
        norm(ours.LayerNorm, 4), lambda: nn.LayerNorm(4), ((3, 4), (4, 4), (4,), (2, 3, 4), (0, 4)), False
    ),
    "LayerNorm, no bias": Row(
        norm(ours.LayerNorm, 4, 1e-2, bias=False), lambda: nn.LayerNorm(4, 1e-2, bias=False), ((3, 4),), False
    ),
    "LayerNorm, two axes, no parameters": Row(
        norm(ours.LayerNorm, (2, 3), elementwise_affine=False),
        lambda: nn.LayerNorm((2, 3), elementwise_affine=False),
        ((4, 2, 3), (2, 3), (5, 4, 2, 3)),
        False,
    ),
    "RMSNorm": Row(
        norm(ours.RMSNorm, 4), lambda: nn.RMSNorm(4), ((3, 4), (4, 4), (4,), (2, 3, 4), (0, 4)), False
    ),
    "RMSNorm, ε": Row(
        norm(ours.RMSNorm, (2, 3), 1e-2), lambda: nn.RMSNorm((2, 3), 1e-2), ((4, 2, 3),), False
    ),
    "GroupNorm": Row(
        norm(ours.GroupNorm, 2, 6),
        lambda: nn.GroupNorm(2, 6),
        ((3, 6), (6, 6), (1, 6, 2), (3, 6, 2, 4)),
        False,
    ),
    "GroupNorm, one group, no parameters": Row(
        norm(ours.GroupNorm, 1, 3, affine=False),
        lambda: nn.GroupNorm(1, 3, affine=False),
        ((4, 3, 2),),
        False,
    ),
    "Dropout, nothing dropped": Row(plain(lambda: ours.Dropout(0)), lambda: nn.Dropout(0)),
    "Dropout in evaluation": Row(plain(lambda: ours.Dropout(0.5).eval()), lambda: nn.Dropout(0.5).eval()),
    "Flatten": Row(plain(ours.Flatten), nn.Flatten, ((2, 3), (1, 3), (2, 3, 4), (0, 3, 2)), False),
    "Conv1d": Row(
        drawn(ours.Conv1d, 2, 3, 2, 1, 1),
        lambda: nn.Conv1d(2, 3, 2, 1, 1),
        ((4, 2, 5), (2, 5), (0, 2, 5)),
        False,
    ),
    "Conv2d": Row(
        drawn(ours.Conv2d, 2, 3, (3, 2), 2, 1),
        lambda: nn.Conv2d(2, 3, (3, 2), 2, 1),
        ((4, 2, 5, 3), (2, 2, 2, 2), (1, 2, 5, 3), (2, 5, 3), (0, 2, 5, 3)),
        False,
    ),
    "Conv2d, groups and dilation": Row(
        drawn(ours.Conv2d, 4, 6, 2, padding="same", dilation=2, groups=2),
        lambda: nn.Conv2d(4, 6, 2, padding="same", dilation=2, groups=2),
        ((3, 4, 5, 3),),
        False,
    ),
    "Conv2d, a place, no bias": Row(
        drawn(ours.Conv2d, 3, 2, 1, bias=False),
        lambda: nn.Conv2d(3, 2, 1, bias=False),
        ((2, 3, 4, 5),),
        False,
    ),
    "MaxPool2d": Row(
        plain(lambda: ours.MaxPool2d(2)),
        lambda: nn.MaxPool2d(2),
        ((2, 3, 4, 5), (3, 4, 5), (0, 3, 4, 5)),
        False,
    ),
    "MaxPool2d, windows that overlap": Row(
        plain(lambda: ours.MaxPool2d(3, 2, 1)), lambda: nn.MaxPool2d(3, 2, 1), ((2, 3, 6, 5),), False
    ),
    "AvgPool2d": Row(
        plain(lambda: ours.AvgPool2d(2)),
        lambda: nn.AvgPool2d(2),
        ((2, 3, 4, 5), (3, 4, 5), (0, 3, 4, 5)),
        False,
    ),
    "AvgPool2d, padding not counted": Row(
        plain(lambda: ours.AvgPool2d(3, 2, 1, True, False)),
        lambda: nn.AvgPool2d(3, 2, 1, True, False),
        ((2, 3, 6, 5),),
        False,
    ),
    "GlobalAvgPool2d": Row(
        plain(ours.GlobalAvgPool2d),
        lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(-3)),
        ((2, 3, 4, 5), (3, 4, 5), (0, 3, 4, 5)),
        False,
    ),
}
CASES = [
    pytest.param(row, shape, id=f"{name} {shape}") for name, row in LAYERS.items() for shape in row.shapes
]
ROWS = [pytest.param(row, id=name) for name, row in LAYERS.items()]
ENTRYWISE = [pytest.param(row, id=name) for name, row in LAYERS.items() if row.extremes]


def normal(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def ran(row: Row, X: np.ndarray, dY: np.ndarray | None = None):
    """The layer after forward and backward: dY, and all that came out under the letters of the formula."""
    layer = row.layer(X.dtype.type)
    Y = layer.forward(X)
    dY = normal(Y.shape, X.dtype, seed=1) if dY is None else dY
    dX = layer.backward(dY)
    return layer, dY, {"Y": Y, "dX": dX} | {f"d{key}": dW for key, dW in layer.grads.items()}


def torch_ran(row: Row, layer: ours.Layer, X: np.ndarray, dY: np.ndarray) -> dict[str, np.ndarray]:
    """The same from PyTorch, with the same parameters."""
    module = row.torch().to(torch.from_numpy(X).dtype)
    parameters = dict(zip(layer.params, module.parameters(), strict=True))
    with torch.no_grad():
        for key, W in parameters.items():
            W.copy_(torch.from_numpy(layer.params[key]))
    x = torch.from_numpy(X.copy()).requires_grad_()
    y = module(x)
    y.backward(torch.from_numpy(dY))
    gradients = {f"d{key}": W.grad.numpy() for key, W in parameters.items()}
    return {"Y": y.detach().numpy(), "dX": x.grad.numpy()} | gradients


def assert_same(a: dict, b: dict, tolerance: float):
    """Each entry agrees relatively; entries far below the largest are judged on the scale of 1."""
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].shape == b[name].shape, name
        assert a[name].dtype == b[name].dtype, name
        np.testing.assert_allclose(a[name], b[name], rtol=tolerance, atol=tolerance / 10, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("row", "shape"), CASES)
def test_forward_and_backward_agree_with_pytorch(row, shape, dtype):
    X = normal(shape, dtype)
    layer, dY, results = ran(row, X)
    assert_same(results, torch_ran(row, layer, X, dY), TOLERANCE[dtype])


@pytest.mark.parametrize(("row", "shape"), [case for case in CASES if 0 not in case.values[1]])
def test_gradients_are_central_differences(row, shape):
    gradient_check(
        row.layer(), normal(shape), tolerance=1e-8, rng=1
    ).assert_agrees()  # dY = X has dX = 0 in a norm


@pytest.mark.parametrize("row", ROWS)
def test_the_battery_for_readers_finds_nothing(row):
    diagnosis = diagnose(row.layer(), like=row.torch())
    assert diagnosis.right and not diagnosis.remarks, diagnosis
    assert len(diagnosis.checked) >= 3 - row.mixes


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
@pytest.mark.parametrize("row", ENTRYWISE)
def test_extremes_agree_with_pytorch(row, dtype):
    """±1e4, saturation, kinks; alone, tied with their neighbours, and beside an ordinary number."""
    X = np.array(EXTREMES, dtype)[:, None]
    tied = np.repeat(X, 3, axis=1)
    aside = np.where([True, False, False], dtype(0.5), tied)
    for A in (X, tied, aside):
        layer, dY, results = ran(row, A)
        assert_same(results, torch_ran(row, layer, A, dY), TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ENTRYWISE)
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
        judged = ~(np.isnan(X) & np.isnan(A))
        np.testing.assert_allclose(A[judged], reference[name][judged], rtol=1e-5, atol=1e-6, err_msg=name)


def test_gelu_in_float32_is_the_normal_distribution_to_its_rounding():
    """Φ is there a polynomial inside of tanh, whose coefficients a slip would show."""
    X = np.linspace(-12, 12, 200_001, dtype=np.float32)
    tuned = half_tanh(X, ERF)
    error = np.abs(tuned - Phi(X.astype(np.float64)))
    assert error.max() < 1.8e-7 and tuned.dtype == np.float32


@pytest.mark.parametrize("row", ENTRYWISE)
def test_small_inputs_keep_their_digits(row):
    """exp(x) − 1 would lose half of them where expm1(x) does not."""
    X = np.array([[1e-10, -1e-10, 3e-9, -3e-9]]).T * np.ones(3)
    layer, dY, results = ran(row, X)
    reference = torch_ran(row, layer, X, dY)
    np.testing.assert_allclose(results["Y"], reference["Y"], rtol=1e-12, atol=0)


@pytest.mark.parametrize("row", ENTRYWISE)
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
    assert not np.isnan(results["Y"][1:]).any() or row.mixes


@pytest.mark.parametrize("row", ROWS)
def test_what_a_layer_says_of_itself_is_what_it_does(row):
    """Another first sample changes the Y of others, or only its own; another first entry only one entry."""
    layer, X = row.layer(), normal(row.shapes[0])
    other = X.copy()
    other[0] += 1
    changed = layer.forward(X) != layer.forward(other)
    assert changed[1:].any() == (layer.mixes_samples or row.mixes)
    entry = X.copy()
    entry.flat[0] += 1
    if layer.entrywise:
        assert (layer.forward(X) != layer.forward(entry)).sum() == 1
    assert np.array_equal(layer.forward(X), layer.forward(X)) or layer.random


@pytest.mark.parametrize("row", ROWS)
def test_bad_input_is_refused_in_letters(row):
    X = normal(row.shapes[0])
    with pytest.raises(RuntimeError, match=r"backward\(dY\) before forward\(X\)"):
        row.layer().backward(X)
    if row.layer().params:
        with pytest.raises(RuntimeError, match=r"backward\(dY\) before forward\(X\)"):
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
    row = Row(linear(M, N), lambda: nn.Linear(M, N))
    layer, dY, results = ran(row, X)
    assert_same(results, torch_ran(row, layer, X, dY), TOLERANCE[dtype])


@pytest.mark.parametrize("row", ENTRYWISE)
def test_large_strided_arrays_agree_with_pytorch(row):
    X = normal((300, 250))[:, ::2].T
    layer, dY, results = ran(row, X)
    assert_same(results, torch_ran(row, layer, X, dY), 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=4), st.sampled_from(["ReLU", "GELU", "Softplus 3, 5"]))
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
