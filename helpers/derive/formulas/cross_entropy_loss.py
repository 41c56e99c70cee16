"""L = −1/S Σ T log X, on probabilities, and together with the softmax that makes them."""

from sympy import Sum, log

from helpers.derive.definition import Definition, Fact
from helpers.derive.formulas.formula import Formula
from helpers.derive.formulas.softmax_layer import N, S, X, k, m, n, softmax_of
from helpers.derive.notation import L, tensor
from helpers.derive.strategy import gradient, hessian, hessian_vector_product

T = tensor("T", S, N)
ROWS_OF_T = Fact("rows of T sum to 1", Sum(T[m, k], k), 1)


def cross_entropy_of(X) -> Definition:
    """L = −1/S Σ_mn T_mn log X_mn"""
    return Definition(L, -Sum(T[m, n] * log(X[m, n]), m, n) / S)


def cross_entropy() -> Formula:
    """L = −1/S Σ_mn T_mn log X_mn, X probabilities

    dX_ij = −T_ij / (S X_ij)
    """
    definition = cross_entropy_of(X)
    return Formula("cross-entropy", (definition,), {"dX": gradient(definition, X)})


def softmax_cross_entropy(facts: tuple[Fact, ...] = (ROWS_OF_T,)) -> Formula:
    """Y = softmax(X), L = −1/S Σ_mn T_mn log Y_mn

    dX_ij = (Y_ij − T_ij) / S                     given that the rows of T sum to 1
    dX_ij = (Y_ij Σ_n T_in − T_ij) / S            for any T: facts=()

    ∂²L/∂X_ij∂X_kl = δ_ik Y_ij (δ_jl − Y_il) / S
    Σ_kl V_kl ∂²L/∂X_kl∂X_ij = Y_ij (V_ij − Σ_l V_il Y_il) / S
    """
    Y, V = tensor("Y", S, N), tensor("V", S, N)
    definitions = softmax_of(X, Y), cross_entropy_of(Y)
    dX = gradient(definitions, X, facts=facts)
    dX2 = hessian(definitions, X, facts=facts, lemmas=[dX])
    derivations = {"dX": dX, "dX2": dX2, "dX2 V": hessian_vector_product(dX2, V)}
    return Formula("softmax with cross-entropy", definitions, derivations, facts)
