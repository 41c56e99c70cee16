"""Functions that are right once, right twice, or refuse: what the checks say of each."""

import numpy as np
import pytest
import torch
from torch.autograd.function import once_differentiable

from helpers.compare.specimens.double_backward import check_orders, unit_rows, unit_rows_with

X = np.random.default_rng(16).normal(size=(2, 3))


def saved(ctx, dY):
    _, Y, r = ctx.saved_tensors
    return (dY - Y * (dY * Y).sum(1, keepdim=True)) / r


def mended(ctx, dY):
    X, Y, _ = ctx.saved_tensors
    return (dY - Y * (dY * Y).sum(1, keepdim=True)) / X.norm(dim=1, keepdim=True)


def refusing(ctx, dY):
    if torch.is_grad_enabled():
        raise RuntimeError("once only")
    return saved(ctx, dY)


def by_upstream(ctx, dY):
    """Refuses only where dY has a graph, which it has not where L is linear in Y."""
    if dY.requires_grad:
        raise RuntimeError("once only")
    return saved(ctx, dY)


def mended_by_upstream(ctx, dY):
    return (mended if dY.requires_grad else saved)(ctx, dY)


@pytest.mark.parametrize(
    "backward, first, second, refuses",
    [
        (saved, True, False, ()),
        (mended, True, True, ()),
        (refusing, True, False, ("backward", "grad")),
        (once_differentiable(saved), True, False, ("backward",)),
        (torch.no_grad()(mended), True, False, ()),
        (lambda ctx, dY: 1 * dY, False, True, ()),
    ],
)
def test_orders(backward, first, second, refuses):
    orders = check_orders(unit_rows_with(backward), unit_rows, X)
    assert (orders.first, orders.second, orders.refuses) == (first, second, refuses)
    assert orders.refused == (backward is refusing)
    assert (orders.error < 1e-12) == (backward is mended)
    assert np.isnan(orders.error) == orders.refused
    assert orders.right == (backward is mended)


@pytest.mark.parametrize("backward", [by_upstream, mended_by_upstream])
def test_a_loss_that_is_linear_in_Y_is_tried_too(backward):
    orders = check_orders(unit_rows_with(backward), unit_rows, X)
    assert orders.linear > 0.01
    assert not orders.right and not orders.refused
    assert str(orders).endswith("% off where L is linear in Y")


@pytest.mark.parametrize(
    "backward, said",
    [
        (mended, "gradcheck ✓, gradgradcheck ✓, Hessian right"),
        (refusing, "gradcheck ✓, gradgradcheck refused, Hessian none"),
        (once_differentiable(saved), "% off, an error by .backward() alone"),
    ],
)
def test_text(backward, said):
    assert str(check_orders(unit_rows_with(backward), unit_rows, X)).endswith(said)


def test_error_is_that_of_the_hessian():
    """By a second difference of L, entry by entry, of a function that drops its second derivative."""
    orders = check_orders(unit_rows_with(torch.no_grad()(mended)), unit_rows, X)
    A = torch.randn(X.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).numpy()

    def dL(X):
        r = np.linalg.norm(X, axis=1, keepdims=True)
        dY = 2 * A * X / r
        return (dY - X / r * (dY * X / r).sum(1, keepdims=True)) / r + 2 * X

    def column(k):
        e = np.zeros(X.size)
        e[k] = 1e-5
        return (dL(X + e.reshape(X.shape)) - dL(X - e.reshape(X.shape))).ravel() / 2e-5

    H = np.array([column(k) for k in range(X.size)])
    worst = np.abs(H - 2 * np.eye(X.size)).max() / np.abs(H).max()
    assert orders.error == pytest.approx(worst, rel=1e-6)
