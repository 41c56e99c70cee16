"""Determinant, log determinant and inverse of a matrix."""

import pytest
import sympy as sp
from sympy import KroneckerDelta, Sum

from helpers.compare import check_line
from helpers.derive import (
    Chain,
    Definition,
    Fact,
    Iverson,
    L,
    det,
    gradient,
    indices,
    inverse,
    jacobian,
    latex,
    logdet,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.plain_text import spoken
from tests.derive.held import held

S, N = sizes("S N")
(s,), (i, j, k, l) = indices("s", S), indices("i j k l", N)
A, B, P, X, R = tensor("A", N, N), tensor("B", N, N), tensor("P", N, N), tensor("X", S, N), tensor("R", S, N)
b, mu, z = tensor("b", N), tensor("mu", N), tensor("z", N)
INVERSE = Definition(B[i, j], inverse(A)[i, j])


def test_log_determinant():
    dA = held(gradient(Definition(L, logdet(A)), A), numpy="np.linalg.inv(A).T")
    assert dA.matrix.right == r"\mathbf{A}^{-T}"
    assert latex(dA.result) == r"(\mathbf{A}^{-1})_{ji}" and spoken(dA.result) == "(A⁻¹)_ji"
    assert "Jacobi's formula" in [line.rule.title for line in dA.lines]


def test_determinant_keeps_its_name():
    d = sp.Indexed(tensor("d", sp.S.One), 0)
    dA = held(gradient((Definition(d, det(A)), Definition(L, sp.sin(d))), A))
    assert spoken(dA.result) == "cos(d) d (A⁻¹)_ji"


def test_inverse_in_its_name():
    J, dA = held(jacobian(INVERSE, A)), held(gradient(INVERSE, A))
    assert J.result == -B[i, k] * B[l, j]
    assert dA.matrix.right == (r"-\mathbf{B}^T \frac{\partial L}{\partial \mathbf{B}} \mathbf{B}^T")


def test_the_solution_of_a_linear_system():
    """z = A⁻¹ b: db = A⁻ᵀ dz, dA = −db zᵀ."""
    solved = Definition(z[i], Sum(inverse(A)[i, j] * b[j], j))
    db, dA = held(gradient(solved, b)), held(gradient(solved, A))
    assert db.matrix.right == r"\mathbf{A}^{-T} \frac{\partial L}{\partial \mathbf{z}}"
    right = -Sum(inverse(A)[i, k] * upstream(z)[i], i) * Sum(inverse(A)[l, j] * b[j], j)
    assert check_line(dA, right)


def test_the_gaussian_log_likelihood():
    chain = Chain(
        (
            Definition(R[s, i], X[s, i] - mu[i]),
            Definition(L, S * logdet(P) / 2 - Sum(R[s, i] * P[i, j] * R[s, j], s, i, j) / 2),
        )
    )
    dP = held(gradient(chain, P))
    assert dP.matrix.right == r"\frac{S}{2} \mathbf{P}^{-T} - \frac{1}{2} \mathbf{R}^T \mathbf{R}"
    symmetric = Fact("P is symmetric", P[i, j], P[j, i])
    dmu = held(gradient(chain, mu, facts=[symmetric]))
    assert latex(dmu.result) == r"\sum_{s,i} P_{ik} R_{si}"


def test_a_matrix_that_is_computed():
    chain = Chain(
        (Definition(A[i, j], Sum(X[s, i] * X[s, j], s) + KroneckerDelta(i, j)), Definition(L, logdet(A)))
    )
    dX = held(gradient(chain, X))
    assert dX.matrix.right == r"\mathbf{X} \left(\mathbf{A}^{-T} + \mathbf{A}^{-1}\right)"


def test_entries_of_the_inverse_by_number_and_on_the_diagonal():
    held(gradient(Definition(L, Sum(inverse(A)[i, i] * b[i], i) + inverse(A)[0, N - 1]), A))
    held(gradient(Definition(z[i], inverse(A)[i, i] * b[i] + inverse(A)[i, 0]), b))


def test_a_shifted_entry_of_the_inverse():
    held(gradient(Definition(z[i], b[i] * inverse(A)[i + 1, 0] * Iverson(i + 1, N)), A))
    with pytest.raises(ValueError, match="leaves axis 0 of A"):
        Chain(Definition(z[i], b[i] * inverse(A)[i + 1, 0]))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: logdet(A[i, j]), "a matrix is expected by its letter"),
        (lambda: det(X), r"det\(X\) needs a square matrix, and X has shape \(S, N\)"),
        (lambda: inverse(A)[s, i], "index s in A.s, i. runs over S"),
        (lambda: inverse(A)[i], "A of shape .N, N. needs 2"),
        (
            lambda: Definition(KroneckerDelta(i, k), Sum(A[i, j] * B[j, k], j)),
            r"B\[i, j\] = inverse\(A\)\[i, j\]",
        ),
        (
            lambda: Definition(L, sp.Determinant(sp.MatrixSymbol("A", N, N))),
            "A is a MatrixSymbol: write A = tensor",
        ),
    ],
    ids=["an entry", "not square", "wrong axis", "one index", "A B = I", "MatrixSymbol"],
)
def test_what_is_no_matrix_is_refused(act, said):
    with pytest.raises((ValueError, TypeError, IndexError), match=said):
        act()
