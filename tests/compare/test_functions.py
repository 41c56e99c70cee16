"""Batch norm and layer norm three ways in PyTorch: equal, right once, and right or refused a second time."""

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from helpers.compare.specimens import batch_norm, layer_norm
from helpers.compare.specimens.batch_norm import (
    BatchNorm,
    BatchNormAuto,
    BatchNormFunction,
    BatchNormOnce,
    BatchNormSaved,
)
from helpers.compare.specimens.double_backward import check_orders
from helpers.compare.specimens.layer_norm import LayerNorm, LayerNormAuto, LayerNormFunction

nn = torch.nn
RIGHT = {"BatchNormFunction": BatchNormFunction, "LayerNormFunction": LayerNormFunction}
ONCE = {"BatchNormOnce": BatchNormOnce}
SAVED = {"BatchNormSaved": BatchNormSaved}
ALL = RIGHT | ONCE | SAVED
REFERENCES = {
    "Batch": lambda X, gamma, beta: torch.nn.functional.batch_norm(X, None, None, gamma, beta, training=True),
    "Layer": lambda X, gamma, beta: torch.nn.functional.layer_norm(X, gamma.shape, gamma, beta),
}
MODULES = {
    "BatchNormAuto": (BatchNormAuto, lambda N: nn.BatchNorm1d(N, track_running_stats=False)),
    "BatchNorm": (BatchNorm, nn.BatchNorm1d),
    "BatchNorm, average": (
        lambda N, **o: BatchNorm(N, momentum=None, **o),
        lambda N: nn.BatchNorm1d(N, momentum=None),
    ),
    "BatchNorm, options": (
        lambda N, **o: BatchNorm(N, 1e-2, 0.4, **o),
        lambda N: nn.BatchNorm1d(N, 1e-2, 0.4),
    ),
    "LayerNormAuto": (LayerNormAuto, nn.LayerNorm),
    "LayerNorm": (LayerNorm, nn.LayerNorm),
}


def inputs(S=4, N=3, seed=0, grad=True):
    rng = np.random.default_rng(seed)
    shapes = (S, N), (N,), (N,)
    return [torch.tensor(rng.standard_normal(shape), requires_grad=grad) for shape in shapes]


def bound(function, gamma, beta):
    """The function of X alone."""
    return lambda X: function(X, gamma, beta)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sizes", [(4, 3), (3, 3), (5, 2)])
def test_first_derivatives_are_right(name, sizes):
    X, gamma, beta = inputs(*sizes)
    assert gradcheck(ALL[name].apply, (X, gamma, beta, 1e-3))
    want = REFERENCES[name[:5]](X, gamma, beta)
    got = ALL[name].apply(X, gamma, beta)
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)
    dY = torch.tensor(np.random.default_rng(1).standard_normal(sizes))
    for ours, theirs in zip(
        *(torch.autograd.grad(Y, (X, gamma, beta), dY) for Y in (got, want)), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", RIGHT)
def test_second_derivatives_are_right(name):
    assert gradgradcheck(RIGHT[name].apply, (*inputs(), 1e-3))
    X, gamma, beta = inputs(5, 4)
    orders = check_orders(
        bound(RIGHT[name].apply, gamma, beta), bound(REFERENCES[name[:5]], gamma, beta), X.detach().numpy()
    )
    assert (orders.first, orders.second, orders.refuses) == (True, True, ())
    assert orders.error < 1e-12


@pytest.mark.parametrize("name", ONCE)
def test_or_refused_on_every_way(name):
    X, gamma, beta = inputs()
    Y = ONCE[name].apply(X, gamma, beta)
    for ask in (
        lambda: torch.autograd.grad((Y**2).sum(), X, create_graph=True),
        lambda: torch.autograd.grad((Y**2).sum(), X, create_graph=True)[0].sum().backward(),
        lambda: torch.autograd.functional.hessian(lambda X: (ONCE[name].apply(X, gamma, beta) ** 2).sum(), X),
    ):
        with pytest.raises(RuntimeError, match="is not differentiable: it takes X̂ and σ"):
            ask()
    orders = check_orders(
        bound(ONCE[name].apply, gamma, beta), bound(REFERENCES[name[:5]], gamma, beta), X.detach()
    )
    assert orders.first and orders.refused


@pytest.mark.parametrize("name", SAVED)
def test_the_common_mistake_is_right_once_and_far_off_the_second_time(name):
    X, gamma, beta = inputs(5, 4)
    assert gradcheck(SAVED[name].apply, (X, gamma, beta))
    assert not gradgradcheck(SAVED[name].apply, (X, gamma, beta), raise_exception=False)
    orders = check_orders(
        bound(SAVED[name].apply, gamma, beta), bound(REFERENCES[name[:5]], gamma, beta), X.detach()
    )
    assert (orders.first, orders.second, orders.refuses) == (True, False, ())
    assert orders.error > 0.1


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("needed", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1)])
def test_what_nobody_needs_is_none(name, needed):
    given = inputs(grad=False)
    for A, need in zip(given, needed, strict=True):
        A.requires_grad_(bool(need))
    Y = ALL[name].apply(*given, 1e-5)
    with torch.no_grad():
        returned = Y.grad_fn._forward_cls.backward(Y.grad_fn, torch.ones_like(Y))
    assert [A is not None for A in returned] == [*map(bool, needed), False]


@pytest.mark.parametrize("name", RIGHT | ONCE)
def test_little_is_saved(name):
    X, gamma, beta = inputs()
    saved = ALL[name].apply(X, gamma, beta).grad_fn.saved_tensors
    large = [A for A in saved if A.numel() >= X.numel()]
    assert len(large) == 1
    assert name not in RIGHT or large[0].data_ptr() == X.data_ptr()  # the input itself: no memory of its own


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("name", MODULES)
def test_modules_equal_those_of_pytorch_in_training_evaluation_and_state(name, dtype):
    tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == torch.float64 else {"rtol": 1e-5, "atol": 1e-5}
    ours, theirs = (make(4, **o) for make, o in zip(MODULES[name], ({"dtype": dtype}, {}), strict=True))
    theirs = theirs.to(dtype)
    letters = {"weight": "gamma", "bias": "beta"}
    for key, W in theirs.named_parameters():
        W.data.copy_(torch.tensor(np.random.default_rng(len(key)).standard_normal(4)))
        getattr(ours, letters[key]).data.copy_(W)
    for k, (S, mode) in enumerate([(5, True), (3, True), (4, False), (6, True), (2, False)]):
        rng = np.random.default_rng(k)
        X, dY = (torch.tensor(rng.standard_normal((S, 4)) + k, dtype=dtype) for _ in range(2))
        came = []
        for module in (ours.train(mode), theirs.train(mode)):
            module.zero_grad()
            x = X.clone().requires_grad_()
            y = module(x)
            y.backward(dY)
            came.append([y, x.grad, *(W.grad for W in module.parameters()), *module.buffers()])
        for A, B in zip(*came, strict=True):
            torch.testing.assert_close(A, B, **tolerance)


@pytest.mark.parametrize(
    "module, X, said",
    [
        (BatchNormAuto(3), (5, 2), r"X has shape \(5, 2\), but γ of shape \(3,\) needs X of shape \(S, 3\)"),
        (BatchNorm(3), (3,), r"needs X of shape \(S, 3\)"),
        (BatchNorm(3), (1, 3), "more than one sample"),
        (LayerNormAuto(3), (3, 2), r"needs X of shape \(\.\.\., 3\)"),
        (LayerNorm(3), (), r"needs X of shape \(\.\.\., 3\)"),
    ],
)
def test_a_wrong_shape_is_refused_in_words(module, X, said):
    with pytest.raises(ValueError, match=said):
        module(torch.ones(X, dtype=torch.float64))


@pytest.mark.parametrize("room", [batch_norm, layer_norm])
def test_the_unbiased_variance_would_fail_gradcheck(room, monkeypatch):
    """The checks see it: the backward belongs to the biased one."""
    dim = {"keepdim": True, "dim": -1} if room is layer_norm else {"dim": 0}

    def unbiased(X, eps):
        sigma = (X.var(**dim, correction=1) + eps).sqrt()
        return (X - X.mean(**dim)) / sigma if room is layer_norm else (X - X.mean(0)) / sigma, sigma

    monkeypatch.setattr(room, "standardised", unbiased)
    function = RIGHT["LayerNormFunction" if room is layer_norm else "BatchNormFunction"]
    assert not gradcheck(function.apply, inputs(), raise_exception=False)
