"""Y = softmax(X), row by row, and its logarithms."""

from sympy import Sum, exp, log

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient, jacobian

S, N = sizes("S N")
(m,), (n, k) = indices("m", S), indices("n k", N)
X = tensor("X", S, N)


def softmax_of(X, Y) -> Definition:
    """Y_mn = e^X_mn / Σ_k e^X_mk"""
    return Definition(Y[m, n], exp(X[m, n]) / Sum(exp(X[m, k]), k))


def softmax() -> Formula:
    """Y_mn = e^X_mn / Σ_k e^X_mk

    ∂Y_mn/∂X_ij = Y_mn δ_mi (δ_nj − Y_mj)
    dX_ij       = Y_ij (dY_ij − Σ_n dY_in Y_in)
    """
    definition = softmax_of(X, tensor("Y", S, N))
    J = jacobian(definition, X)
    return Formula("softmax", (definition,), {"dY/dX": J, "dX": gradient(definition, X, lemmas=[J])})


def log_softmax() -> Formula:
    """Y_mn = X_mn − log Σ_k e^X_mk, with P = softmax(X)

    ∂Y_mn/∂X_ij = δ_mi (δ_nj − P_mj)
    dX_ij       = dY_ij − P_ij Σ_n dY_in
    """
    P, Y = tensor("P", S, N), tensor("Y", S, N)
    definitions = softmax_of(X, P), Definition(Y[m, n], X[m, n] - log(Sum(exp(X[m, k]), k)))
    J = jacobian(definitions, X)
    return Formula("log-softmax", definitions, {"dY/dX": J, "dX": gradient(definitions, X, lemmas=[J])})


def logsumexp() -> Formula:
    """y_m = log Σ_k e^X_mk, with P = softmax(X)

    ∂y_m/∂X_ij = δ_mi P_mj
    dX_ij      = dy_i P_ij
    """
    P, y = tensor("P", S, N), tensor("y", S)
    definitions = softmax_of(X, P), Definition(y[m], log(Sum(exp(X[m, k]), k)))
    J = jacobian(definitions, X)
    return Formula("logsumexp", definitions, {"dy/dX": J, "dX": gradient(definitions, X, lemmas=[J])})
