"""Positions: what is learned where, what a sine and a turn know, which places there are none of; SwiGLU's gate."""

import numpy as np
import pytest

from helpers import implement as ours
from tests.implement.rows import made, normal


def test_only_places_that_occur_learn():
    layer = made(ours.LearnedPositions, (5, 4), {})
    Y = layer.forward(normal((3, 2, 4)))
    dY = normal(Y.shape, seed=1)
    layer.backward(dY)
    np.testing.assert_allclose(layer.grads["P"][:2], dY.sum(0), rtol=1e-15)
    assert not layer.grads["P"][2:].any()
    assert abs(ours.LearnedPositions(300, 40, rng=0).params["P"].std() - 0.02) < 0.001


def test_a_sine_is_turned_from_place_to_place():
    """P_{t+k} is P_t times one matrix, for every t; and its rows are those of Vaswani et al."""
    P = ours.SinusoidalPositions(20, 8).P
    np.testing.assert_allclose(P[3, :4], [np.sin(3), np.cos(3), np.sin(0.3), np.cos(0.3)], rtol=1e-12)
    turn, *_ = np.linalg.lstsq(P[:-5], P[5:], rcond=None)
    np.testing.assert_allclose(P[:-5] @ turn, P[5:], atol=1e-10)


def test_a_turned_product_knows_the_distance_alone():
    layer = ours.RotaryPositions(6)
    q, k = layer.forward(np.tile(normal(6), (9, 1))), layer.forward(np.tile(normal(6, seed=1), (9, 1)))
    scores = q @ k.T
    for distance in range(-8, 9):
        np.testing.assert_allclose(np.diag(scores, distance), np.diag(scores, distance)[0], rtol=1e-9)
    np.testing.assert_allclose((q**2).sum(1), (normal(6) ** 2).sum(), rtol=1e-12)


def test_turned_back_is_where_it_was():
    layer, X = ours.RotaryPositions(6), normal((2, 5, 6))
    np.testing.assert_allclose(layer.turned(layer.turned(X, 7), 7, back=True), X, rtol=1e-12)
    np.testing.assert_allclose(layer.turned(X)[:, 3:], layer.turned(X[:, 3:], start=3), rtol=1e-12)
    np.testing.assert_allclose(
        np.einsum("tpca,stpa->stpc", layer.matrices(5), X.reshape(2, 5, 3, 2)).reshape(X.shape),
        layer.forward(X),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("make", "shape", "said"),
    [
        (
            lambda: ours.LearnedPositions(4, 6),
            (2, 5, 6),
            r"X has T = 5 places, but P of shape \(4, 6\) knows 4",
        ),
        (
            lambda: ours.SinusoidalPositions(4, 6),
            (5, 6),
            r"X has T = 5 places, but P of shape \(4, 6\) knows 4",
        ),
        (
            lambda: ours.LearnedPositions(4, 6),
            (2, 4, 5),
            r"P of shape \(4, 6\) needs X of shape \(\.\.\., T, 6\)",
        ),
        (lambda: ours.LearnedPositions(4, 6), (6,), r"needs X of shape"),
        (lambda: ours.RotaryPositions(6), (2, 4), r"X has shape \(2, 4\), and should be \(\.\.\., T, 6\)"),
        (lambda: ours.LearnedPositions(0, 6), None, r"P cannot have shape \(0, 6\)"),
        (lambda: ours.SinusoidalPositions(3, 5), None, r"P cannot have shape \(3, 5\): E counts pairs"),
        (lambda: ours.RotaryPositions(5), None, "D = 5 entries are no pairs"),
        (lambda: ours.SwiGLU(3, 0), None, r"W cannot have shape \(0, 3\)"),
        (
            lambda: ours.SwiGLU(3, 4),
            (2, 4),
            r"X has shape \(2, 4\), but W of shape \(4, 3\) needs X of shape",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_letters(make, shape, said):
    with pytest.raises(ValueError, match=said):
        make().forward(np.ones(shape))


def test_another_dtype_is_refused():
    for layer in (ours.LearnedPositions(4, 6), ours.SinusoidalPositions(4, 6)):
        with pytest.raises(TypeError, match="X has dtype float32, but P has dtype float64"):
            layer.forward(np.ones((2, 6), np.float32))


def test_a_closed_gate_lets_nothing_pass():
    """Where A is very negative, σ(A) is 0: neither H nor the gradient of B passes."""
    layer = made(ours.SwiGLU, (2, 3), {})
    layer.params["W"][1] = [-1e3, 0]
    X = np.abs(normal((4, 2))) + 1
    layer.forward(X)
    layer.backward(normal((4, 2), seed=1))
    assert not layer.H[:, 1].any() and layer.H[:, [0, 2]].all()
    assert not layer.grads["V"][1].any() and not layer.grads["W2"][:, 1].any()
