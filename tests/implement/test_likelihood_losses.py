"""The negative log-likelihood and the binary cross-entropy of logits, against PyTorch's in every option."""

import warnings

import numpy as np
import pytest
import torch

from helpers.implement import BCEWithLogits, LogSoftmax, NLLLoss, SoftmaxCrossEntropy
from tests.implement.rows import normal
from tests.implement.test_losses import (
    DTYPES,
    REDUCTIONS,
    assert_as_torch,
    ids,
    inf,
    nan,
    ran,
    targets,
    torch_ran,
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore_index", [-100, 1])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 2), (4,), (1, 4), (0, 4)])
def test_the_negative_log_likelihood_agrees_with_pytorch(shape, ignore_index, weighted, reduction, dtype):
    X, T = normal(shape, dtype), targets("ids", shape)
    if T.size:
        T.flat[0] = ignore_index
    w = np.array([0.5, 2, 1, 3], dtype) if weighted else None
    options = {"ignore_index": ignore_index, "reduction": reduction}
    module = torch.nn.NLLLoss(None if w is None else torch.from_numpy(w), **options)
    assert_as_torch(NLLLoss(w, **options), module, X, T)


@pytest.mark.parametrize(
    ("X", "T", "w"),
    [
        ([[0, -inf, 1]], [0], None),
        ([[0, -inf, 1]], [1], None),
        ([[nan, 0, 1], [1, 2, 3]], [0, 1], None),
        ([[nan, 0, 1], [1, 2, 3]], [-100, 1], None),
        ([[0, 2, 1]], [-100], None),  # nothing is left to average
        ([[0, -inf, 1]], [1], [1, 0, 1]),  # 0 · inf
        ([[0, 2, 1]], [1], [1, 0, 1]),  # 0 / 0
    ],
)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_extreme_log_probabilities_are_nan_exactly_where_pytorch_is(X, T, w, dtype):
    w = None if w is None else np.array(w, dtype)
    module = torch.nn.NLLLoss(None if w is None else torch.from_numpy(w))
    assert_as_torch(NLLLoss(w), module, np.array(X, dtype), np.array(T))


@pytest.mark.parametrize(("kind", "ignore_index"), [("ids", -100), ("ids", 1), ("soft", -100)])
def test_after_a_log_softmax_it_is_the_fused_loss(kind, ignore_index):
    X, T = normal((6, 4)), targets(kind, (6, 4))
    options = {"weight": np.array([0.5, 2, 1, 3]), "ignore_index": ignore_index}
    layer, loss, fused = LogSoftmax(), NLLLoss(**options), SoftmaxCrossEntropy(**options)
    assert loss.forward(layer.forward(X), T) == pytest.approx(fused.forward(X, T), rel=1e-14)
    np.testing.assert_allclose(layer.backward(loss.backward()), fused.backward(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (3,), (0, 3), (2, 4, 3), ()])
@pytest.mark.parametrize("weighted", ["", "w", "p", "w and p"])
def test_binary_cross_entropy_agrees_with_pytorch(shape, weighted, reduction, dtype):
    X, T = normal(shape, dtype), (normal(shape, dtype, seed=1) > 0).astype(dtype)
    T = np.asarray(T * dtype(0.9))
    width = shape[-1:]
    p = np.abs(normal(width, dtype, seed=2)) if "p" in weighted else None
    w = np.abs(normal((*shape[:1], *[1] * (len(shape) - 1)), dtype, seed=3)) if "w" in weighted else None
    w_torch, p_torch = (None if A is None else torch.from_numpy(np.asarray(A)) for A in (w, p))
    module = torch.nn.BCEWithLogitsLoss(w_torch, reduction=reduction, pos_weight=p_torch)
    assert_as_torch(BCEWithLogits(w, reduction, p), module, X, T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [None, 3.0])
def test_certain_logits_agree_with_pytorch(p, dtype):
    X = np.array([0, 1e-8, 25, -25, 88, -88, 1e4, -1e4], dtype)
    module = torch.nn.BCEWithLogitsLoss(
        pos_weight=None if p is None else torch.tensor(p, dtype=torch.float64)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for T in (0.0, 0.3, 1.0):
            assert_as_torch(BCEWithLogits(pos_weight=p), module, X, np.full_like(X, T))


@pytest.mark.filterwarnings("ignore:invalid value")
def test_infinite_logits_are_as_in_pytorch_where_it_gives_a_number():
    """PyTorch has NaN for −inf and yes, as 0 · inf is a part of its sum; the loss is inf."""
    X, T = np.array([inf, -inf, inf, -inf, nan, nan]), np.array([0.0, 1, 1, 0, 0, 1])
    L, dL, dX = ran(BCEWithLogits(reduction="none"), X, T)
    L_torch, dX_torch = torch_ran(torch.nn.BCEWithLogitsLoss(reduction="none"), X, T, dL)
    np.testing.assert_array_equal(L, [inf, inf, nan, nan, nan, nan])
    np.testing.assert_array_equal(L[~np.isnan(L_torch)], L_torch[~np.isnan(L_torch)])
    np.testing.assert_allclose(dX, dX_torch, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "T", "message"),
    [
        (
            BCEWithLogits(pos_weight=np.ones(2)),
            np.ones((2, 3)),
            r"pos_weight has shape \(2,\), which does not",
        ),
        (BCEWithLogits(np.ones((1, 2, 3))), np.ones((2, 3)), r"weight has shape \(1, 2, 3\), which does not"),
        (BCEWithLogits(), np.ones(3), r"T has shape \(3,\), but X has shape \(2, 3\)"),
        (BCEWithLogits(), np.ones((2, 3), int), "T has dtype int64"),
        (NLLLoss(np.ones(2)), ids, r"weight has shape \(2,\), but X of shape \(2, 3\) has N = 3 classes"),
        (NLLLoss(), np.array([0, 3]), r"T\[1\] = 3, but the classes of X are 0 to 2"),
        (NLLLoss(), np.array([0.0, 1]), "T has dtype float64, but class ids are integers"),
    ],
)
def test_targets_and_weights_that_do_not_fit_are_refused(loss, T, message):
    with pytest.raises((ValueError, TypeError), match=message):
        loss.forward(np.ones((2, 3)), T)
