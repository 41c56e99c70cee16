"""A function that a reader gives by cases, one of them 0."""

import pytest
import sympy as sp

from helpers.compare import check
from helpers.derive import Definition, gradient, indices, sizes, tensor

S, N = sizes("S N")
(m,), (n,) = indices("m", S), indices("n", N)
X, Y = tensor("X", S, N), tensor("Y", S, N)
x, t = X[m, n], sp.Symbol("t", positive=True)


@pytest.mark.parametrize(
    ("cases", "source"),
    [
        ([(x, x > 0), (0, True)], "dY * np.where(X > 0, 1, 0)"),
        ([(x**2, x > t), (0, True)], "dY * X * np.where(t < X, 2, 0)"),
        ([(0, x < 0), (3 * x, x < 1), (x**2, True)], "dY * np.where(X < 0, 0, np.where(X < 1, 3, 2 * X))"),
        ([(sp.log(x), x > 0), (0, True)], "dY * np.where(X > 0, 1 / X, 0)"),
    ],
)
def test_the_sums_are_used_up(cases, source):
    derivation = gradient(Definition(Y[m, n], sp.Piecewise(*cases)), X)
    assert derivation.numpy == source
    assert check(derivation).worst < 1e-12
