"""What has three and more axes, as a matrix for each value of a letter: as one writes it, and right in numbers."""

import numpy as np
import pytest
import sympy as sp
from sympy import KroneckerDelta, Sum

from helpers.compare import numpy_function
from helpers.derive import (
    Chain,
    Definition,
    gradient,
    indices,
    jacobian,
    matrix_form,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.notation import Iverson, Tensor
from helpers.derive.source import numpy_source

S, M, N, K, T, r = sizes("S M N K T r")
m, i, s = indices("m i s", S)
n, j = indices("n j", N)
p, q = indices("p q", M)
k, l = indices("k l", K)
t, u = indices("t u", T)
X, Y, B, A = tensor("X", S, N), tensor("Y", S, M), tensor("B", S, M, N), tensor("A", S, M, N)
W, V = tensor("W", K, M, N), tensor("V", K, M)
dB, dY = upstream(B), upstream(Y)
DB, DY = (
    rf"\frac{{\partial L}}{{\partial \mathbf{{{letter}}}_{{{at}}}}}"
    for letter, at in (("B", "s"), ("Y", "s"))
)

SLICES = {
    "a letter before the others": (
        Sum(dB[s, p, n] * A[s, p, n], n),
        (s, p),
        rf"\left({DB} \circ \mathbf{{A}}_{{s}}\right) \mathbf{{1}}\quad \text{{for each }} s",
    ),
    "a letter between": (
        Sum(dB[s, p, n] * X[s, j], s),
        (p, n, j),
        r"\left(\frac{\partial L}{\partial \mathbf{B}_{:, p, :}}\right)^T \mathbf{X}\quad \text{for each } p",
    ),
    "a sum that stays": (
        Sum(dB[s, p, n] * W[k, p, n], p, n),
        (s, k),
        r"\sum_{n} \frac{\partial L}{\partial \mathbf{B}_{:, :, n}} \mathbf{W}_{:, :, n}^T",
    ),
    "an index that stands as a number": (
        sp.cos(t * V[k, p]),
        (t, k, p),
        r"\cos\left(t \mathbf{V}\right)\quad \text{for each } t",
    ),
}


@pytest.mark.parametrize("name", SLICES)
def test_it_reads_as_one_writes_it(name):
    e, free, text = SLICES[name]
    assert matrix_form(e, free) == text


def test_a_jacobian_is_a_matrix_for_each_pair_of_rows():
    P = tensor("P", S, N)
    softmax = Definition(P[m, n], sp.exp(X[m, n]) / Sum(sp.exp(X[m, j]), j))
    equation = jacobian(softmax, X).matrix
    assert equation.left == r"\frac{\partial \mathbf{P}_{m}}{\partial \mathbf{X}_{i}}"
    inside = r"\operatorname{diag}\left(\mathbf{P}_{m}\right) - \mathbf{P}_{m} \mathbf{P}_{m}^T"
    assert equation.right == rf"\delta_{{im}} \left({inside}\right)\quad \text{{for each }} m, i"


def test_a_place_inside_a_window_fixes_its_letters():
    (h,), (w,) = indices("h", N), indices("w", K)
    image, Z = tensor("X", S, M, T), tensor("Y", S, M, N)
    conv = Definition(Z[m, p, h], Sum(image[m, p, h * r + w] * V[w, p], w))
    product = r"\mathbf{X}_{:, :, h r + i} \circ \frac{\partial L}{\partial \mathbf{Y}_{:, :, h}}"
    right = rf"\sum_{{h}} \left({product}\right)^T \mathbf{{1}}\quad \text{{for each }} i"
    assert gradient(Chain(conv), V).matrix.right == right


def test_a_label_is_a_row_of_the_unit_matrix():
    x = Tensor("x", shape=(S,), integer=True)
    e = Sum(KroneckerDelta(k, x[s]) * Y[s, p], s)
    assert matrix_form(e, (k, p)) == r"\operatorname{onehot}\left(\mathbf{x}\right)^T \mathbf{Y}"
    source = numpy_source(e, (k, p))
    assert source == "np.eye(K)[x].T @ Y"
    labels, values = np.array([2, 0, 2]), np.arange(6.0).reshape(3, 2)
    found = eval(source, {"np": np, "K": 3, "x": labels, "Y": values})
    assert np.array_equal(found, [[2, 3], [0, 0], [4, 6]])


def test_a_bracket_over_two_letters_of_one_size_is_a_triangle():
    y = tensor("y", T)
    below, above = Sum(y[u] * Iverson(t - u, T), u), Sum(y[u] * Iverson(u - t, T), u)
    ones = r"\operatorname{tril}\left(\mathbf{1} \mathbf{1}^T\right)"
    assert matrix_form(below, (t,)) == rf"{ones} \mathbf{{y}}"
    assert matrix_form(above, (t,)) == rf"{ones}^T \mathbf{{y}}"
    values = np.array([1.0, 2.0, 4.0])
    assert np.array_equal(numpy_function(below, (t,))(y=values), np.cumsum(values))
    assert np.array_equal(numpy_function(above, (t,))(y=values), [7, 6, 4])


def test_an_index_that_stands_as_a_number_counts():
    angles = tensor("theta", M)
    e = sp.cos(t * angles[p])
    assert numpy_source(e, (t, p)) == "np.cos(theta * np.arange(T)[:, None])"
    found = numpy_function(e, (t, p))(theta=np.array([0.0, np.pi]), T=3)
    np.testing.assert_allclose(found, [[1, 1], [1, -1], [1, 1]])
