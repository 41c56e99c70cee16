"""Kinks and steps: a maximum, an absolute value, cases, each differentiated by its arguments, under any sum."""

import pytest
import sympy as sp
from sympy import Abs, Max, Min, Sum, exp

from helpers.compare import check, check_line, numpy_function
from helpers.compare.meaning import random_numbers
from helpers.derive import (
    Definition,
    L,
    elementwise,
    gradient,
    hessian,
    indices,
    latex,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.notation import Cases

S, N, M = sizes("S N M")
(m,), (n, k), (p,) = indices("m", S), indices("n k", N), indices("p", M)
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


Z, W, b, w, y = tensor("Z", S, M), tensor("W", N, M), tensor("b", N), tensor("w", M), tensor("y", S)
dY, dy, h = upstream(Y), upstream(y), elementwise("h")
score, scores = Sum(Z[m, p] * w[p], p), Sum(Z[m, p] * W[n, p], p)


def step(u: sp.Expr) -> sp.Expr:
    return sp.Heaviside(u, 0)


KINKS = {
    "hinge": (
        Definition(L, Sum(Max(0, 1 - y[m] * score), m)),
        w,
        lambda i: -Sum(step(1 - y[m] * score) * y[m] * Z[m, i], m),
    ),
    "distance": (
        Definition(L, Sum(Abs(score - y[m]), m)),
        w,
        lambda i: -Sum(sp.sign(y[m] - score) * Z[m, i], m),
    ),
    "ReLU of a linear layer": (
        Definition(Y[m, n], Max(0, scores + b[n])),
        b,
        lambda i: Sum(dY[m, i] * step(scores + b[n]).xreplace({n: i}), m),
    ),
    "leaky ReLU of a linear layer": (
        Definition(Y[m, n], sp.Piecewise((scores, scores > 0), (scores / 10, True))),
        W,
        lambda i, j: Sum(
            dY[m, i] * Cases((1, scores > 0), (sp.Rational(1, 10), True)).xreplace({n: i}) * Z[m, j], m
        ),
    ),
    "clipped": (
        Definition(Y[m, n], Min(Max(b[n], -1), scores)),
        W,
        lambda i, j: Sum(dY[m, i] * step(Max(b[n], -1) - scores).xreplace({n: i}) * Z[m, j], m),
    ),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_of_a_sum_in_one_expression(name):
    definition, variable, textbook = KINKS[name]
    derivation = gradient(definition, variable)
    assert check(derivation).worst < 1e-12
    assert check_line(derivation, textbook(*derivation.free))
    numbers = random_numbers(derivation.chain)
    needed = sorted({e.base for e in derivation.result.atoms(sp.Indexed)}, key=str)
    values = {str(t): numbers.array(t).numpy() for t in needed}
    got = numpy_function(derivation)(**values)
    assert got == pytest.approx(numbers.value(derivation.left, derivation.free).numpy(), abs=1e-12)


@pytest.mark.parametrize(
    "right",
    [
        Max(scores, b[n], Sum(Z[m, p] ** 2, p)),
        Min(h(scores), Z[m, 0] * scores),
        sp.Piecewise((scores * b[n], scores > b[n]), (exp(Z[m, 0]) + h(scores), True)),
        sp.Piecewise((sp.sqrt(Z[m, 0] ** 2 + 1) ** scores, Z[m, 0] > scores), (0, True)),
        sp.sign(scores) * Max(Abs(scores) - b[n], 0) + sp.floor(scores) + sp.Heaviside(scores) * scores,
    ],
    ids=str,
)
def test_several_quantities_that_change_are_each_differentiated(right):
    assert check(gradient(Definition(Y[m, n], right + b[n]), Z)).worst < 1e-11


def test_of_equal_ones_the_first_counts_and_a_number_first_of_all():
    """max(0, u)' is 0 at 0; max(u, v) has a subgradient there, not the sum of both or of none."""
    relu = gradient(Definition(L, Sum(Max(0, b[n]), n)), b)
    both = gradient(Definition(L, Sum(Max(b[n], b[n] ** 2), n)), b)
    (i,) = both.free
    assert relu.result.subs(b[i], 0) == 0
    assert both.result.subs(b[i], 1) in (1, 2)
    assert latex(both.result) == r"[b_{i} - b_{i}^{2} \ge 0] + 2 b_{i} [b_{i}^{2} - b_{i} > 0]"


def test_the_second_derivative_of_a_kink():
    squared = Definition(L, Sum(Max(0, 1 - y[m] * score) ** 2, m))
    assert check(hessian(squared, w)).worst < 1e-11


def test_cases_by_an_index_with_a_branch_that_is_minus_infinity():
    """A mask: SymPy's own sum would take the cases out of the inner sum, with its letter."""
    (t, l), A, P, z = indices("t l", N), tensor("A", N, N), tensor("P", N, N), tensor("z", N)
    masked = (
        Definition(P[t, l], sp.Piecewise((A[t, l], l <= t), (-sp.oo, True))),
        Definition(z[t], sp.log(Sum(exp(P[t, l]), l))),
    )
    assert check(gradient(masked, A)).worst < 1e-12
    inner = Sum(sp.Piecewise((A[t, l], A[t, l] > 0), (0, True)), l)
    with pytest.raises(ValueError, match="SymPy has taken cases out of the sum over l"):
        Definition(L, Sum(z[t] * inner, t))
    named = Definition(z[t], inner), Definition(L, Sum(z[t] ** 2, t))
    assert check(gradient(named, A)).worst < 1e-12
