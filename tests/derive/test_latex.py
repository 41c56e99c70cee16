"""How expressions of index notation are written."""

import pytest
import sympy as sp

from helpers.derive import elementwise, formulas, indices, latex, sizes, tensor, upstream

S, M, N = sizes("S M N")
(m,), (n,), (i, j) = indices("m", S), indices("n", N), indices("i j", M)
W1, Y, gamma = tensor("W1", M, M), tensor("Y", S, N), tensor("gamma", N)


@pytest.mark.parametrize(
    "value, written",
    [
        (sp.sqrt(2), r"\sqrt{2}"),
        (sp.sqrt(8), r"\sqrt{8}"),
        (sp.sqrt(2 * sp.pi), r"\sqrt{2 \pi}"),
        (1 / sp.sqrt(2 * sp.pi), r"\frac{1}{\sqrt{2 \pi}}"),
        (sp.sqrt(2 / sp.pi), r"\sqrt{\frac{2}{\pi}}"),
        (2 * sp.pi, r"2 \pi"),
        (-sp.sqrt(2), r"-\sqrt{2}"),
    ],
)
def test_numbers(value, written):
    assert latex(value) == written


@pytest.mark.parametrize(
    "value, written",
    [
        (W1[i, j], r"W^{(1)}_{ij}"),
        (upstream(W1)[i, j], r"\frac{\partial L}{\partial W^{(1)}_{ij}}"),
        (gamma[n], r"\gamma_{n}"),
        (elementwise("phi")(gamma[n]).derivative(), r"\phi'\left(\gamma_{n}\right)"),
        (sp.Sum(Y[m, n], m, n) / (S * N), r"\frac{1}{S N} \sum_{m,n} Y_{mn}"),
        (-Y[m, n] - 1, "-1 - Y_{mn}"),
        (sp.exp(Y[m, n]) - 1, "e^{Y_{mn}} - 1"),
    ],
)
def test_index_notation(value, written):
    assert latex(value) == written


def test_a_derivation_as_matrices():
    """Its left side is its own, bold and numbered alike; three axes are a matrix for each value of one."""
    sample = formulas.linear_sample()
    assert str(sample["dy/dx"].matrix) == r"\frac{\partial \mathbf{y}}{\partial \mathbf{x}} = \mathbf{W}"
    assert str(formulas.mlp()["dX"].matrix) == (
        r"\frac{\partial L}{\partial \mathbf{X}} = "
        r"\frac{\partial L}{\partial \mathbf{Y}^{(1)}} \mathbf{W}^{(1)}"
    )
    of_weights = sample["dy/dW"].matrix
    assert of_weights.left == r"\frac{\partial \mathbf{y}}{\partial \mathbf{W}_{:, k}}"
    assert of_weights.right == r"x_{k} \mathbf{I}\quad \text{for each } k"
