"""Products over an index: the derivative is the product of the other factors, right at 0 too."""

import numpy as np
import pytest
from sympy import Product, log

from helpers.compare import numpy_function
from helpers.derive import Definition, L, gradient, hessian, indices, latex, sizes, tensor
from tests.derive.held import held

S, N = sizes("S N")
(s,), (n, k) = indices("s", S), indices("n k", N)
X, y, b, v = tensor("X", S, N), tensor("y", S), tensor("b", N), tensor("v", S)
ALL = Definition(L, Product(b[n], n))


def test_the_product_of_the_other_factors():
    db = held(gradient(ALL, b), numpy="np.where(np.eye(N) == 1, 1, b).prod(1)")
    assert latex(db.result) == r"\prod_{k \ne i} b_{k}"
    assert db.matrix.right == r"\left[\prod_{k \ne i} b_{k}\right]_{i}"
    assert any(line.rule.title == "product rule over the index" for line in db.lines)


def test_where_a_factor_is_0():
    """P/b_j would be 0/0 there."""
    db = numpy_function(gradient(ALL, b))(b=np.array([2.0, 0.0, 3.0]))
    np.testing.assert_array_equal(db, [0, 6, 0])


def test_a_product_for_each_row():
    dX = held(gradient(Definition(y[s], Product(X[s, n], (n, 0, N - 1))), X))
    assert latex(dX.result) == r"\frac{\partial L}{\partial y_{i}} \prod_{k \ne j} X_{ik}"


def test_factors_that_are_computed():
    dX = held(gradient(Definition(y[s], Product(1 + X[s, n] * b[n], n)), b))
    assert latex(dX.result) == (
        r"\sum_{s} \frac{\partial L}{\partial y_{s}} X_{si} \prod_{k \ne i} \left(1 + b_{k} X_{sk}\right)"
    )


def test_a_product_over_two_letters_is_one_after_the_other():
    held(gradient(Definition(L, Product(1 - X[s, n] ** 2, n, s)), X))


def test_a_factor_that_stays_the_same():
    held(gradient(Definition(L, Product(v[s], s) * Product(b[0] + 2, k)), b))


def test_the_second_derivative_leaves_out_two_factors():
    H = held(hessian(ALL, b))
    assert latex(H.result) == r"\left(1 - \delta_{ij}\right) \prod_{l \notin \{i, j\}} b_{l}"


def test_the_logarithm_of_a_product():
    c = tensor("c", N, positive=True)
    held(gradient(Definition(L, log(Product(c[n], n))), c), numpy="1 / c")


def test_a_product_over_a_part_is_refused():
    with pytest.raises(ValueError, match=r"runs from 0 to 2: write Product\(..., n\) over all values"):
        Definition(L, Product(b[n], (n, 0, 2)))
    with pytest.raises(ValueError, match=r"index n is bound in Product.*has a meaning outside"):
        Definition(b[n], Product(X[s, n], n))
