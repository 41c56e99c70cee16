"""Losses against PyTorch's, at their edges and in every option."""

import itertools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.compare.finite_differences import gradient_check
from helpers.compare.reference import torch_function
from helpers.implement import MSE, CrossEntropy, LogSoftmax, Softmax, SoftmaxCrossEntropy
from helpers.judge.code import diagnose
from tests.implement.rows import CLASSES, LOSSES, made, normal

F = torch.nn.functional
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
REDUCTIONS = ["mean", "sum", "none"]
SHAPES = [(2, 3), (4, 4), (1, 3), (5, 1), (1, 1), (3,), (0, 3), (2, 3, 4), (2, 3, 4, 5)]
inf, nan = np.inf, np.nan
ROWS = [pytest.param(family, case, id=f"{family.name} {case.options}") for family, case in LOSSES]
EACH = [
    pytest.param(made(CLASSES[family.name], case.arguments, case.options), id=f"{family.name} {case.options}")
    for family, case in LOSSES
]


def targets(kind, shape, dtype=np.float64, seed=1):
    """Class ids, one-hot rows, rows that sum to 1, or any rows; classes on axis 1."""
    rng, axis = np.random.default_rng(seed), min(1, len(shape) - 1)
    N = shape[axis]
    ids = rng.integers(0, N, shape[:axis] + shape[axis + 1 :])
    if kind == "ids":
        return ids
    if kind == "one-hot":
        return np.moveaxis(np.eye(N, dtype=dtype)[ids], -1, axis)
    T = rng.random(shape)
    return (T / T.sum(axis, keepdims=True) if kind == "soft" else 3 * T - 1).astype(dtype)


def arguments(loss, shape, dtype=np.float64):
    """X and T that this loss takes: probabilities, and rows that weigh the classes, where it says so of itself."""
    X = targets("soft", shape, dtype, seed=3) if loss.probabilities else normal(shape, dtype)
    return X, targets("soft", shape, dtype) if loss.classes else normal(shape, dtype, seed=1)


def ran(loss, X, T):
    """L, dL and dX."""
    L = loss.forward(X, T)
    dL = normal(L.shape, X.dtype, seed=2) if loss.reduction == "none" else None
    return L, dL, loss.backward(dL)


def torch_ran(function, X, T, dL):
    x = torch.from_numpy(X.copy()).requires_grad_()
    L = function(x, torch.from_numpy(np.asarray(T)))
    L.backward(None if dL is None else torch.from_numpy(np.asarray(dL)))
    return L.detach().numpy(), x.grad.numpy()


def assert_as_torch(loss, function, X, T):
    L, dL, dX = ran(loss, X, T)
    L_torch, dX_torch = torch_ran(function, X, T, dL)
    tolerance = TOLERANCE[X.dtype.type]
    assert isinstance(L, np.ndarray if loss.reduction == "none" else float)
    assert dX.dtype == X.dtype
    assert dX.shape == X.shape
    np.testing.assert_allclose(L, L_torch, rtol=tolerance, atol=tolerance / 10)
    np.testing.assert_allclose(dX, dX_torch, rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ["ids", "one-hot", "soft", "any"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1, 1e4])
def test_softmax_cross_entropy_agrees_with_pytorch(shape, kind, reduction, dtype, scale):
    X, T = scale * normal(shape, dtype), targets(kind, shape, dtype)
    assert_as_torch(
        SoftmaxCrossEntropy(reduction=reduction),
        lambda x, t: F.cross_entropy(x, t, reduction=reduction),
        X.astype(dtype),
        T,
    )


OPTIONS = itertools.product([False, True], [-100, 1], REDUCTIONS, [0.0, 0.1, 1.0])


@pytest.mark.parametrize(("weighted", "ignore_index", "reduction", "smoothing"), list(OPTIONS))
@pytest.mark.parametrize("kind", ["ids", "soft"])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 2)])
def test_its_options_are_those_of_pytorch(shape, kind, weighted, ignore_index, reduction, smoothing):
    X, T = normal(shape), targets(kind, shape)
    weight = np.array([0.5, 2, 1, 3]) if weighted else None
    if kind == "ids":
        T.flat[0] = ignore_index
    else:
        ignore_index = -100  # PyTorch refuses another with weights of classes
    assert_as_torch(
        SoftmaxCrossEntropy(weight, ignore_index, reduction, smoothing),
        lambda x, t: F.cross_entropy(
            x,
            t,
            None if weight is None else torch.from_numpy(weight),
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=smoothing,
        ),
        X,
        T,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(
    ("X", "T"),
    [
        ([[1e4, -1e4, 0]], [1]),
        ([[-1e4, -1e4, -1e4]], [2]),
        ([[800, 0, 0]], [1]),
        ([[0, -inf, 1]], [0]),  # a class that cannot be, and is not
        ([[0, -inf, 1]], [1]),  # and is
        ([[inf, 0, 1]], [0]),
        ([[nan, 0, 1], [1, 2, 3]], [0, 1]),
        ([[nan, 0, 1], [1, 2, 3]], [-100, 1]),
        ([[0, 2, 1]], [-100]),  # nothing is left to average
        ([[1, 1, 1]], [0]),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_extreme_logits_are_nan_exactly_where_pytorch_is(X, T, smoothing, dtype):
    assert_as_torch(
        SoftmaxCrossEntropy(label_smoothing=smoothing),
        lambda x, t: F.cross_entropy(x, t, label_smoothing=smoothing),
        np.array(X, dtype),
        np.array(T),
    )


@pytest.mark.parametrize("T", [[0, 0], [0, -100], [0, 1]])
def test_a_mean_over_weights_of_zero_is_nan_as_in_pytorch(T):
    weight = np.array([0.0, 1, 2])
    assert_as_torch(
        SoftmaxCrossEntropy(weight),
        lambda x, t: F.cross_entropy(x, t, torch.from_numpy(weight)),
        normal((2, 3)),
        np.array(T),
    )


def test_large_logits_make_no_noise():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for T in (np.array([1, 0]), np.array([[0.0, 1, 0], [1, 0, 0]])):
            L, _, dX = ran(SoftmaxCrossEntropy(), np.array([[1e4, -1e4, 0], [-1e4, 0, 1e4]]), T)
            assert pytest.approx(20000) == L
            np.testing.assert_array_equal(dX, [[0.5, -0.5, 0], [-0.5, 0, 0.5]])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ["ids", "one-hot", "soft", "any"])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_is_the_formula_in_pytorch(shape, kind, reduction, dtype):
    X, T = targets("soft", shape, dtype, seed=3), targets(kind, shape, dtype)
    axis = min(1, len(shape) - 1)

    def formula(x, t):
        if kind == "ids":
            return F.nll_loss(x.log(), t, reduction=reduction)
        losses = -(t * x.log()).sum(axis)
        return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()

    assert_as_torch(CrossEntropy(reduction), formula, X, T)


def test_zero_times_log_zero_is_zero_and_log_zero_is_infinite():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        L, _, dX = ran(CrossEntropy(), np.array([[0.0, 1], [0.5, 0.5]]), np.array([1, 0]))
        assert pytest.approx(np.log(2) / 2, rel=1e-15) == L
        np.testing.assert_array_equal(dX, [[0, -0.5], [-1, 0]])
        L, _, dX = ran(CrossEntropy(), np.array([[0.0, 1]]), np.array([0]))
        assert np.isposinf(L)
        np.testing.assert_array_equal(dX, [[-inf, 0]])
    assert np.isnan(CrossEntropy().forward(np.array([[nan, 1.0]]), np.array([[0.0, 1]])))


@pytest.mark.parametrize(
    "T", [np.eye(3, dtype=int)[[0, 2]], np.eye(3, dtype=bool)[[0, 2]], [0, 2], [[1, 0, 0], [0, 0, 1]]]
)
@pytest.mark.parametrize("Loss", [CrossEntropy, SoftmaxCrossEntropy])
def test_one_hot_rows_of_any_dtype_are_class_ids(Loss, T):
    X = Softmax().forward(normal((2, 3)))
    L, _, dX = ran(Loss(), X, T)
    L_ids, _, dX_ids = ran(Loss(), X, np.array([0, 2]))
    assert pytest.approx(L_ids, rel=1e-15) == L
    np.testing.assert_allclose(dX, dX_ids, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [*SHAPES, ()])
def test_mse_agrees_with_pytorch(shape, reduction, dtype):
    X, T = normal(shape, dtype), normal(shape, dtype, seed=1)
    assert_as_torch(MSE(reduction), lambda x, t: F.mse_loss(x, t, reduction=reduction), X, T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(2, 3), (4, 4), (1, 3)])
@pytest.mark.parametrize(("family", "case"), ROWS)
def test_a_loss_agrees_with_its_twin(family, case, shape, reduction, dtype):
    loss = made(CLASSES[family.name], case.arguments, {**case.options, "reduction": reduction})
    if (twin := torch_function(loss)) is None:
        pytest.skip(family.no_twin)
    X, T = arguments(loss, shape, dtype)
    assert_as_torch(loss, twin, X, T)


@pytest.mark.parametrize("loss", EACH)
def test_gradients_are_central_differences(loss):
    gradient_check(loss, *arguments(loss, (4, 3)), tolerance=1e-8).assert_agrees()


@pytest.mark.parametrize(("family", "case"), ROWS)
def test_the_battery_for_readers_finds_nothing(family, case):
    loss = made(CLASSES[family.name], case.arguments, case.options)
    for like in (loss, *([family.load("module")(*case.arguments, **case.options)] if family.module else [])):
        diagnosis = diagnose(loss, like=like)
        assert diagnosis.right and not diagnosis.remarks, diagnosis


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_fused_gradient_is_the_chain_of_softmax_and_cross_entropy(S, N, seed):
    X, T = normal((S, N), seed=seed), targets("soft", (S, N), seed=seed)
    softmax, loss, fused = Softmax(), CrossEntropy(), SoftmaxCrossEntropy()
    L = loss.forward(softmax.forward(X), T)
    assert fused.forward(X, T) == pytest.approx(L, rel=1e-12)
    dX = softmax.backward(loss.backward())
    np.testing.assert_allclose(fused.backward(), dX, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(fused.backward(), (softmax.Y - T) / S, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(-np.sum(T * LogSoftmax().forward(X)) / S, L, rtol=1e-12)


@pytest.mark.parametrize("loss", EACH)
def test_no_argument_is_changed_or_handed_back(loss):
    X, T = targets("soft", (4, 3), seed=3), targets("one-hot", (4, 3))
    X_given, T_given = X.copy(), T.copy()
    first, _, dX = ran(loss, X_given, T_given)
    np.testing.assert_array_equal(X_given, X)
    np.testing.assert_array_equal(T_given, T)
    again, _, dX_again = ran(loss, X_given, T_given)
    assert first == again
    np.testing.assert_array_equal(dX, dX_again)
    assert not any(np.shares_memory(a, b) for a in (dX, dX_again) for b in (X_given, T_given))
    assert not np.shares_memory(dX, dX_again)


ids = np.array([0, 1])


@pytest.mark.parametrize(
    ("loss", "X", "T", "message"),
    [
        (SoftmaxCrossEntropy(), (2, 3), np.array([0, 3]), r"T\[1\] = 3, but the classes of X are 0 to 2"),
        (SoftmaxCrossEntropy(), (2, 3), np.array([-1, 0]), r"T\[0\] = -1"),
        (CrossEntropy(), (2, 3), np.array([0, 3]), r"T\[1\] = 3"),
        (SoftmaxCrossEntropy(), (2, 3), np.array([0, 1, 2]), r"T has shape \(3,\), but X of shape \(2, 3\)"),
        (SoftmaxCrossEntropy(), (2, 3), np.ones((2, 1)), r"T has shape \(2, 1\)"),
        (
            SoftmaxCrossEntropy(),
            (2, 3),
            np.array([0.0, 1]),
            "T has dtype float64, but class ids are integers",
        ),
        (SoftmaxCrossEntropy(np.ones(2)), (2, 3), ids, r"weight has shape \(2,\)"),
        (SoftmaxCrossEntropy(), (), ids, r"X has shape \(\)"),
        (
            SoftmaxCrossEntropy(),
            (2, 0),
            np.ones((2, 0)),
            r"X has shape \(2, 0\): there are no classes on axis 1",
        ),
        (SoftmaxCrossEntropy(), (2, 3), np.ones((2, 3)) * 1j, "T has dtype complex128, but the weights of"),
        (SoftmaxCrossEntropy(), (1, 2), np.array([["a", "b"]]), "T has dtype <U1, but the weights of"),
        (
            SoftmaxCrossEntropy(ignore_index=0),
            (2, 3),
            np.ones((2, 3)),
            r"ignore_index=0 needs class ids \(2,\)",
        ),
        (MSE(), (2, 3), np.ones(3), r"T has shape \(3,\), but X has shape \(2, 3\)"),
        (MSE(), (2, 3), np.ones((2, 3), np.float32), "T has dtype float32, but X has dtype float64"),
    ],
)
def test_bad_targets_are_refused_in_letters(loss, X, T, message):
    with pytest.raises((ValueError, TypeError), match=message):
        loss.forward(np.ones(X), T)


@pytest.mark.parametrize("Loss", [CLASSES[family.name] for family, _ in LOSSES])
def test_misuse_is_refused(Loss):
    with pytest.raises(ValueError, match='reduction is "mean", "sum" or "none"'):
        Loss(reduction="average")
    with pytest.raises(RuntimeError, match="before forward"):
        Loss().backward()
    X = np.full((2, 3), 1 / 3)
    loss = Loss(reduction="none")
    L = loss.forward(X, X)
    for dL in (None, np.ones(5)):
        with pytest.raises(ValueError, match="backward needs dL of the shape of L"):
            loss.backward(dL)
    loss.backward(np.ones(L.shape))
    with pytest.raises(TypeError, match="X has dtype int64"):
        loss.forward(np.ones((2, 3), int), X)
    with pytest.raises(ValueError, match="label_smoothing lies between 0 and 1"):
        SoftmaxCrossEntropy(label_smoothing=2)
    with pytest.raises(TypeError, match="ignore_index is 'x', and should be an integer"):
        SoftmaxCrossEntropy(ignore_index="x")


def test_a_mean_takes_the_upstream_of_its_one_number():
    loss, X, T = MSE(), normal((2, 3)), normal((2, 3), seed=1)
    loss.forward(X, T)
    np.testing.assert_allclose(loss.backward(3.0), 3 * loss.backward(), rtol=1e-15)


def test_accuracy_is_the_share_of_largest_scores_at_the_target():
    X = np.array([[3.0, 1, 2], [0, 5, 1], [2, 1, 0], [0, 0, 1]])
    T = np.array([0, 1, 2, 2])
    for loss in (SoftmaxCrossEntropy(), CrossEntropy()):
        assert loss.accuracy(X, T) == loss.accuracy(X, np.eye(3)[T]) == 0.75
    assert SoftmaxCrossEntropy(ignore_index=2).accuracy(X, T) == 1
    assert np.isnan(MSE().accuracy(X, X))


def test_the_upstream_gradient_of_a_loss_may_be_a_list_and_is_made_of_numbers():
    X, T = normal((3, 2)), normal((3, 2), seed=1)
    loss = MSE("none")
    dL = 2 * np.ones(loss.forward(X, T).shape)
    np.testing.assert_array_equal(loss.backward(dL.tolist()), loss.backward(dL))
    for wrong in (dL.astype(str), dL * 1j, dL.astype(object)):
        with pytest.raises(TypeError, match=r"dL has dtype .*, but a gradient needs numbers"):
            loss.backward(wrong)
