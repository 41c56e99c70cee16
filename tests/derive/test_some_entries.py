"""Definitions of some entries alone: the others are 0, and two that never meet make one tensor."""

import numpy as np
import pytest
from sympy import Sum

from helpers.compare import numpy_function
from helpers.derive import Chain, Definition, gradient, indices, numbers, sizes, tensor
from tests.derive.held import held

T, H, K = sizes("T H K")
(t,), (i,), (j,), (h,), (u,) = (
    indices("t", T),
    indices("i", H),
    indices("j", K),
    indices("h", H),
    indices("u", K),
)
X, Y, C, S = tensor("X", T, 2 * H), tensor("Y", T, 2 * H), tensor("C", T, H), tensor("S", T, H)
A, B, Z = tensor("A", T, H), tensor("B", T, K), tensor("Z", T, H + K)
(a,) = numbers("a")

even = Definition(Y[t, 2 * i], X[t, 2 * i] * C[t, i] - X[t, 2 * i + 1] * S[t, i])
odd = Definition(Y[t, 2 * i + 1], X[t, 2 * i] * S[t, i] + X[t, 2 * i + 1] * C[t, i])
above, below = Definition(Z[t, i], A[t, i] ** 2), Definition(Z[t, H + j], B[t, j] ** 3)


def test_the_entries_at_other_places_are_0():
    held(gradient(even, C), numpy="dY[:, ::2] * X[:, ::2]")
    held(gradient(even, X))


def test_the_even_and_the_odd_entries_are_one_tensor():
    held(gradient((even, odd), C), numpy="dY[:, 1::2] * X[:, 1::2] + dY[:, ::2] * X[:, ::2]")
    held(gradient((even, odd), X))


def test_one_block_beside_another():
    block = held(gradient((above, below), A), numpy="2 * dZ[:, :H] * A")
    assert r"\left[\frac{\partial L}{\partial Z_{kl}}\right]_{kl} \circ \mathbf{A}" in block.matrix.right
    held(gradient((below, above), B), numpy="3 * dZ[:, H:] * B**2")


def test_a_letter_that_is_absent_is_said_to_be_in_either_of_them():
    c = tensor("c", K)
    beside = Definition(Z[t, H + j], a * c[j], broadcast=(t,))
    held(gradient((beside, above), c), numpy="a * dZ[:, H:].sum(0)")
    held(gradient((beside, above), a))


@pytest.mark.parametrize(
    ("define", "said"),
    [
        (lambda: Chain((even, even)), r"Y is defined twice: Y\[t, 2\*i\] and Y\[t, 2\*i\] may be the same"),
        (
            lambda: Chain((above, Definition(Z[t, H + j - 1], B[t, j]))),
            r"Z\[t, i\] and Z\[t, H \+ j - 1\] may be the same entry",
        ),
        (lambda: Chain((Definition(A[t, i], S[t, i]), Definition(A[t, i], C[t, i]))), "A is defined twice"),
        (
            lambda: Definition(Z[t, h + u], Sum(A[t, h] * B[t, u], t)),
            r"h \+ u in Z\[t, h \+ u\]: .* Sum\(... \* KroneckerDelta\(y, h \+ u\)",
        ),
        (
            lambda: Definition(Z[t, 2 * i], A[t, i]),
            r"axis 1 of Z has entries 0 to H \+ K - 1, and 2\*i runs from 0 to 2\*H - 2",
        ),
        (lambda: Definition(Y[i, 2 * i], C[i, i]), "index i in Y"),
        (lambda: Definition(Y[t, 2 * i], C[t, 0]), r"index i of Y\[t, 2\*i\] does not occur on the right"),
    ],
)
def test_entries_that_meet_or_do_not_exist_are_refused(define, said):
    with pytest.raises(ValueError, match=said):
        define()


def test_windows_of_which_only_the_first_are_asked_for():
    """Of an array of K entries there are K - M + 1 windows, and the letter g takes the first N of them."""
    N, M = sizes("N M")
    (g,), (v,) = indices("g", N), indices("v", M)
    x, y, w = tensor("x", T, K), tensor("y", T, N), tensor("w", M)
    windows = Definition(y[t, g], Sum(x[t, g + v] * w[v], v))
    first = gradient(windows, w)
    assert first.numpy == 'np.einsum("tgi,tg->i", sliding_window_view(x, (M,), (1,))[:, :N], dy)'
    related = gradient(Chain(windows, where={N: K - M + 1}), w)
    assert related.numpy == 'np.einsum("tgi,tg->i", sliding_window_view(x, (M,), (1,)), dy)'
    x, dy = np.random.default_rng(0).normal(size=(3, 9)), np.ones((3, 4))
    want = [x[:, i : i + 4].sum() for i in range(2)]
    np.testing.assert_allclose(numpy_function(first)(x=x, dy=dy, M=2), want)
