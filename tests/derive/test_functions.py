"""The functions of one entry: each with its derivative, its NumPy and its twin in PyTorch."""

import pytest
import sympy as sp
from sympy import Abs, Sum, Symbol, sqrt

from helpers.derive import Definition, L, gradient, indices, latex, sizes, tensor
from tests.derive.held import held

(N,) = sizes("N")
(n,) = indices("n", N)
x, c, y = tensor("x", N), tensor("c", N, positive=True), tensor("y", N)


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (sp.sinh(x[n]), "dy * np.cosh(x)"),
        (sp.tan(x[n]), "dy * (1 + y**2)"),
        (sp.asin(x[n]), "dy / np.sqrt(1 - x**2)"),
        (sp.acos(x[n]), "-dy / np.sqrt(1 - x**2)"),
        (sp.atan(x[n]), "dy / (1 + x**2)"),
        (sp.asinh(x[n]), "dy / np.sqrt(1 + x**2)"),
        (sp.atanh(x[n]), "dy / (1 - x**2)"),
        (sp.Function("sigmoid")(x[n]), "dy * y * (1 - y)"),
        (sp.Function("softplus")(x[n]), "dy / (1 + np.exp(-x))"),
        (sp.log(1 + x[n] ** 2, 2), "2 * dy * x / (np.log(2) * (1 + x**2))"),
        (sp.erfc(x[n]) * x[n], None),
        (sp.atan2(x[n], 1 + x[n] ** 2), None),
    ],
    ids=str,
)
def test_of_any_number(value, source):
    held(gradient(Definition(y[n], value), x), numpy=source)


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (sp.cbrt(c[n]), "dy / (3 * y**2)"),
        (sp.loggamma(c[n]), "dy * digamma(c)"),
        (sp.digamma(c[n]), "dy * polygamma(1, c)"),
    ],
    ids=str,
)
def test_of_a_positive_number(value, source):
    held(gradient(Definition(y[n], value), c), numpy=source)


def test_digamma_is_written_psi():
    dc = gradient(Definition(L, Sum(sp.loggamma(c[n]), n)), c)
    assert latex(dc.result) == r"\psi\left(c_{i}\right)" and dc.matrix.right == r"\psi\left(\mathbf{c}\right)"


def test_norms():
    p = Symbol("p", positive=True)
    held(gradient(Definition(L, Sum(Abs(x[n]), n)), x), numpy="np.sign(x)")
    held(gradient(Definition(L, sqrt(Sum(x[n] ** 2, n))), x))
    held(gradient(Definition(L, Sum(Abs(x[n]) ** p, n) ** (1 / p)), x))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (sp.gamma(x[n]), r"gamma in gamma\(x\[n\]\) has no twin in NumPy and PyTorch"),
        (sp.sinc(x[n]), "sinc in .* has no twin"),
        (
            sp.Function("h")(x[n]),
            r"h in h\(x\[n\]\) is not known: write h by its formula, or h = elementwise",
        ),
    ],
    ids=str,
)
def test_a_function_that_is_not_known_is_refused(value, said):
    with pytest.raises((ValueError, NotImplementedError), match=said):
        Definition(y[n], value)
