"""A maximum over an index is differentiated by its selection, 1 at the place of the largest entry."""

import numpy as np
import pytest
import torch
from sympy import Abs, Sum, Symbol, exp, log

from helpers.compare import numpy_function
from helpers.derive import Definition, L, gradient, hessian, indices, largest, latex, sizes, tensor
from helpers.derive.plain_text import spoken
from tests.derive.held import held

S, N, M = sizes("S N M")
(s,), (n, k), (p,) = indices("s", S), indices("n k", N), indices("p", M)
X, Y, y, b = tensor("X", S, N), tensor("Y", S, N), tensor("y", S), tensor("b", N)
A, W = tensor("A", S, M), tensor("W", N, M)
ROWS = Definition(y[s], largest(X[s, n], n))


def test_the_gradient_goes_to_the_largest_entry():
    dX = held(gradient(ROWS, X), numpy="np.eye(N)[X.argmax(1)] * dy[:, None]")
    assert latex(dX.result) == r"\frac{\partial L}{\partial y_{i}} [X_{ij} = \max_{k} X_{ik}]"
    assert spoken(dX.result) == "[X_ij = max_k X_ik] ∂L/∂y_i"
    assert r"[X_{ij} = \max_{k} X_{ik}]_{ij} \circ" in dX.matrix.right


def test_of_equal_entries_the_first_counts_as_in_pytorch():
    X = np.array([[1.0, 3.0, 3.0]])
    got = numpy_function(gradient(ROWS, ROWS.right.of.base))(X=X, dy=np.ones(1))
    x = torch.tensor(X, requires_grad=True)
    x.max(1).values.sum().backward()
    np.testing.assert_array_equal(got, x.grad)


def test_along_the_other_axis_and_over_both():
    held(gradient(Definition(b[n], largest(X[s, n], s)), X), numpy="np.eye(S)[X.argmax(0)].T * db")
    held(gradient(Definition(L, largest(X[s, n], s, n) ** 2), X))


def test_what_is_compared_is_computed():
    held(gradient(Definition(y[s], largest(Sum(A[s, p] * W[n, p], p), n)), W))


def test_the_max_norm():
    db = held(gradient(Definition(L, largest(Abs(b[n]), n)), b))
    assert db.numpy == "np.eye(N)[np.abs(b).argmax()] * np.sign(b)"


def test_in_the_logsumexp_the_shift_cancels():
    shifted = log(Sum(exp(X[s, n] - y[s]), n)) + y[s]
    dX = held(gradient((ROWS, Definition(L, Sum(shifted, s))), X))
    assert latex(dX.result) == r"\frac{e^{X_{ij} - y_{i}}}{\sum_{n} e^{X_{in} - y_{i}}}"


def test_the_selection_stays_where_it_is():
    held(hessian(Definition(L, largest(b[n] ** 2, n)), b))


def test_a_reversed_axis():
    held(gradient(Definition(L, largest(b[N - 1 - n] * b[n], n)), b))


def test_a_letter_without_a_range_is_refused():
    with pytest.raises(TypeError, match="max runs over an index with a range, and z has none"):
        largest(b[n], Symbol("z"))
    with pytest.raises(ValueError, match="index n is bound in Largest"):
        Definition(b[n], largest(X[s, n], n))
