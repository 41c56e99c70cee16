"""Numbers are drawn so that every definition has a value: log(P/Q), (1 - P)^γ, the root of a sum."""

import pytest
import sympy as sp
from sympy import Sum, exp, log, sqrt

from helpers.compare import check, check_line
from helpers.compare.meaning import random_numbers
from helpers.derive import Chain, Definition, L, gradient, indices, sizes, tensor, upstream

S, N = sizes("S N")
(m,), (n, k) = indices("m", S), indices("n k", N)
P, Q, X, Y = (tensor(name, S, N) for name in "PQXY")
g, p, q, x = sp.Symbol("gamma", positive=True), P[m, n], Q[m, n], X[m, n]

OF_NUMBERS = {
    "log of a quotient": (Definition(L, Sum(p * log(p / q), m, n)), Q),
    "power of a difference": (Definition(L, -Sum((1 - p) ** g * log(p), m, n)), P),
    "entropy of a coin": (Definition(L, Sum(p * log(p) + (1 - p) * log(1 - p), m, n)), P),
    "a circle": (Definition(Y[m, n], sqrt(1 - x**2) * q), X),
    "log of a sum": (Definition(Y[m, n], log(Sum(X[m, k], k)) * x), X),
    "beyond 1": (Definition(Y[m, n], sqrt(x - 1) + x), X),
    "a negative one": (Definition(Y[m, n], log(-x)), X),
    "a product, defined before": ((Definition(Y[m, n], x * p), Definition(L, Sum(log(Y[m, n]), m, n))), X),
}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_line_under_a_root_can_be_checked(name):
    assert check(gradient(*OF_NUMBERS[name])).worst < 1e-11


def test_numbers_that_have_a_value_stay_as_they_are_drawn():
    """Only what stands under the root is drawn again: X is of both signs in both."""
    plain = random_numbers(Chain(Definition(Y[m, n], exp(x) * p)))
    rooted = random_numbers(Chain(Definition(Y[m, n], exp(x) * log(p / q))))
    assert (plain.array(X) < 0).any() and (rooted.array(X) < 0).any()
    assert (rooted.array(P) / rooted.array(Q) > 0).all()


def test_what_has_no_value_anywhere_cannot_be_checked():
    derivation = gradient(Definition(Y[m, n], log(-1 - x**2) * x), X)
    with pytest.raises(ValueError, match="not finite for random numbers: nothing can be checked"):
        check(derivation)


TWO_OUTPUTS = Definition(Y[m, n], 2 * x), Definition(P[m, n], 3 * x)


@pytest.mark.parametrize("factor", [2, 7])
def test_a_gradient_that_arrives_nowhere_is_refused_and_hides_nothing(factor):
    dY, dP = upstream(Y), upstream(P)
    line = factor * dY[m, n] + 3 * dP[m, n]
    checked = check_line(gradient(TWO_OUTPUTS, X[m, n]), line)
    assert not checked and "P is not computed from Y, so no ∂L/∂Y arrives" in checked.reason
