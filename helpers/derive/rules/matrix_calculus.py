"""The derivatives of a determinant and of an inverse, and of functions of several arguments."""

import sympy as sp
from sympy import Add, Idx, Sum

from helpers.derive.matrices import Determinant, InverseEntry, LogDeterminant, inverse
from helpers.derive.notation import OfMatrix, Partial, free_indices
from helpers.derive.rewrite import fresh
from helpers.derive.rules.base import derivative_rule


def two_letters(f: OfMatrix, x: sp.Indexed) -> tuple[Idx, Idx]:
    """Letters p, q for the entry A_pq, apart from those of f and x."""
    taken = free_indices(f) | free_indices(x)
    p = fresh(Idx("k", f.matrix.shape[0]), taken)
    return p, fresh(p, {*taken, p})


@derivative_rule("derivative of the inverse")
def inverse_matrix(f, x, chain):
    """∂(A⁻¹)_ij/∂x = −Σ_pq (A⁻¹)_ip (∂A_pq/∂x) (A⁻¹)_qj"""
    if isinstance(f, InverseEntry):
        (i, j), (p, q) = f.indices, two_letters(f, x)
        return -Sum(f.at(i, p) * Partial(f.matrix[p, q], x) * f.at(q, j), p, q)


@derivative_rule("Jacobi's formula")
def determinant(f, x, chain):
    """∂ log det A/∂x = Σ_pq (A⁻¹)_qp ∂A_pq/∂x, and ∂ det A/∂x = det A times that"""
    if isinstance(f, Determinant | LogDeterminant):
        p, q = two_letters(f, x)
        change = Sum(inverse(f.matrix)[q, p] * Partial(f.matrix[p, q], x), p, q)
        return change if isinstance(f, LogDeterminant) else f * change


@derivative_rule("chain rule, the sum over the arguments")
def several_arguments(f, x, chain):
    """∂f(y, z)/∂x = (∂f/∂y) ∂y/∂x + (∂f/∂z) ∂z/∂x"""
    if isinstance(f, sp.atan2 | sp.polygamma):
        changing = [k for k, u in enumerate(f.args) if chain.depends(u, x.base)]
        return Add(*[f.fdiff(k + 1) * Partial(f.args[k], x) for k in changing])
